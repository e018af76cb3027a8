//! The text of a token: taken apart and put together in one place.

use crate::Secret;

const WORD: &str = "daicho";
/// Characters of a ULID.
const IDENTIFIER: usize = 26;

/// Put together what is shown once.
pub fn write(id: &str, secret: &Secret) -> Secret {
    Secret::from_text(format!("{WORD}_{id}_{}", secret.expose()))
}

/// Identifier and secret of a token; `None` for any other text. The secret may itself contain `_`.
pub fn read(text: &str) -> Option<(&str, Secret)> {
    let (word, rest) = text.trim().split_once('_')?;
    let (id, secret) = rest.split_once('_')?;
    let sound = word == WORD
        && id.len() == IDENTIFIER
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && (1..=100).contains(&secret.len());
    sound.then(|| (id, Secret::from_text(secret)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01KAMA6T4R9E8ZJX5V0B3H7CQW";

    #[test]
    fn a_token_reads_back_with_underscores_in_its_secret() {
        let text = write(ID, &Secret::from_text("a_b-C_"));
        assert_eq!(text.expose(), "daicho_01KAMA6T4R9E8ZJX5V0B3H7CQW_a_b-C_");
        let (id, secret) = read(text.expose()).unwrap();
        assert_eq!((id, secret.expose()), (ID, "a_b-C_"));
    }

    #[test]
    fn anything_else_is_no_token() {
        let long = format!("daicho_{ID}_{}", "x".repeat(101));
        for text in
            ["", "_", "daicho", "daicho_", "daicho__", "daicho_short_secret", "other_01KAMA6T4R9E8ZJX5V0B3H7CQW_s"]
        {
            assert!(read(text).is_none(), "{text}");
        }
        assert!(read(&format!("daicho_{ID}_")).is_none());
        assert!(read(&long).is_none());
        assert!(read(&format!("daicho_{}_s", "あ".repeat(9))).is_none());
    }
}
