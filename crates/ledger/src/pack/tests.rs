use std::path::Path;

use super::*;

fn packs() -> Vec<PackSource> {
    read_folders(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs")).expect("the packs of the repository")
}

#[test]
fn the_core_pack_is_without_mistakes() {
    let core: Vec<PackSource> = packs().into_iter().filter(|pack| pack.name == "core").collect();
    assert_eq!(core.len(), 1);
    let problems = load(&core).err().unwrap_or_default();
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}
