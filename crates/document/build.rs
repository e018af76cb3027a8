//! Finds the fonts that are embedded for typesetting and names them to the compiler.
//!
//! The fonts come from npm (`assets/fonts/package.json`, SIL Open Font License 1.1) and are not kept in the
//! repository; `make assets` fetches them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Order is the order of fallback. The last is there for characters the others lack, such as 𠮷 (U+20BB7).
const FONTS: [&str; 4] = [
    "biz-udgothic/400Regular/BIZUDGothic_400Regular.ttf",
    "biz-udgothic/700Bold/BIZUDGothic_700Bold.ttf",
    "biz-udmincho/400Regular/BIZUDMincho_400Regular.ttf",
    "noto-sans-jp/400Regular/NotoSansJP_400Regular.ttf",
];

fn main() -> ExitCode {
    let (Some(here), Some(out)) = (std::env::var_os("CARGO_MANIFEST_DIR"), std::env::var_os("OUT_DIR")) else {
        println!("cargo::error=run by cargo only");
        return ExitCode::FAILURE;
    };
    let folder = Path::new(&here).join("../../assets/fonts/node_modules/@expo-google-fonts");
    let mut list = String::from("[\n");
    let mut missing = Vec::new();
    for font in FONTS {
        let path: PathBuf = folder.join(font);
        println!("cargo::rerun-if-changed={}", path.display());
        if !path.is_file() {
            missing.push(font);
        }
        let _ = writeln!(list, "    include_bytes!({:?}),", path.display().to_string());
    }
    list.push_str("]\n");
    if !missing.is_empty() {
        println!("cargo::error=fonts for typesetting are missing ({}): run `make assets`", missing.join(", "));
        return ExitCode::FAILURE;
    }
    match std::fs::write(Path::new(&out).join("fonts.rs"), list) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("cargo::error=the list of fonts cannot be written: {error}");
            ExitCode::FAILURE
        }
    }
}
