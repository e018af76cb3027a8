//! Everything that fuzzing found worth keeping is read again.

use std::path::Path;

#[test]
fn no_kept_input_makes_a_reader_fail() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (name, read) in fuzz::READERS {
        let mut told = 0;
        for file in std::fs::read_dir(corpora.join(name)).unwrap_or_else(|_| panic!("no corpus of {name}")) {
            let path = file.expect("a file").path();
            let bytes = std::fs::read(&path).expect("its bytes");
            let read = std::panic::AssertUnwindSafe(|| read(&bytes));
            assert!(std::panic::catch_unwind(read).is_ok(), "{}", path.display());
            told += 1;
        }
        assert!(told > 0, "the corpus of {name} is empty");
    }
}
