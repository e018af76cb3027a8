//! The files that every page needs, embedded in the program.
//!
//! Their addresses carry a hash of their content, so that a browser may keep them for ever
//! (`Cache-Control: public, max-age=31536000, immutable`).

/// One embedded file.
#[derive(Clone, Copy)]
pub struct Asset {
    /// Absolute path on this server, such as `/assets/app.0123456789abcdef.css`.
    pub path: &'static str,
    /// Value for the `Content-Type` header.
    pub content_type: &'static str,
    /// The content.
    pub bytes: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// All embedded files, for a server that wants to list its routes.
pub const ALL: [Asset; 3] = [STYLES, SCRIPT, ICON];

/// The file at this path, or `None` when no such file is embedded.
#[must_use]
pub fn find(path: &str) -> Option<Asset> {
    ALL.into_iter().find(|asset| asset.path == path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_is_found_under_its_own_path_only() {
        for asset in ALL {
            assert!(find(asset.path).is_some_and(|found| found.bytes == asset.bytes));
            assert!(asset.bytes.len() > 100, "{} is empty", asset.path);
        }
        assert!(find("/assets/app.css").is_none());
        assert!(find("/assets/../Cargo.toml").is_none());
    }

    #[test]
    fn nothing_embedded_asks_another_server() {
        for asset in [STYLES, SCRIPT] {
            let text = String::from_utf8_lossy(asset.bytes).replace("http://www.w3.org/2000/svg", "");
            assert!(!text.contains("http://") && !text.contains("https://"), "{}", asset.path);
        }
    }
}
