//! Takes the built style sheet, script and icon from `assets/dist`, names each after its content, and embeds them.
#![forbid(unsafe_code)]

use std::{env, error::Error, fs, path::Path};

use sha2::{Digest, Sha256};

const FILES: [(&str, &str, &str, &str); 3] = [
    ("STYLES", "app", "css", "text/css; charset=utf-8"),
    ("SCRIPT", "app", "js", "text/javascript; charset=utf-8"),
    ("ICON", "favicon", "svg", "image/svg+xml"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let manifest = env::var("CARGO_MANIFEST_DIR")?;
    let out = env::var("OUT_DIR")?;
    let dist = Path::new(&manifest).join("../../assets/dist");
    println!("cargo::rerun-if-changed=build.rs");
    let mut code = String::new();
    for (constant, stem, extension, content_type) in FILES {
        let file = format!("{stem}.{extension}");
        let source = dist.join(&file);
        println!("cargo::rerun-if-changed={}", source.display());
        let Ok(bytes) = fs::read(&source) else {
            return Err(format!("assets/dist/{file} is missing: run make assets").into());
        };
        let digest = hex::encode(Sha256::digest(&bytes));
        let name = format!("{stem}.{}.{extension}", &digest[..16]);
        fs::write(Path::new(&out).join(&file), &bytes)?;
        code.push_str(&format!(
            "/// `{file}`, named after its content.\n\
             pub const {constant}: Asset = Asset {{\n    \
             path: \"/assets/{name}\",\n    \
             content_type: \"{content_type}\",\n    \
             bytes: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{file}\")),\n}};\n"
        ));
    }
    fs::write(Path::new(&out).join("assets.rs"), code)?;
    Ok(())
}
