//! Several files as one archive, to be saved by one click.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::WriteProblem;

/// Put files (name and content) into a ZIP archive. Contents that are compressed already, such as PDF, are stored as
/// they are; the archive carries no clock, so the same files give the same bytes.
///
/// # Errors
/// [`WriteProblem::Failed`] when the archive cannot be written, such as for two files of one name.
pub fn write_zip(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, WriteProblem> {
    let failed = |error: &dyn std::fmt::Display| WriteProblem::Failed(error.to_string());
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(name.as_str(), options).map_err(|error| failed(&error))?;
        writer.write_all(content).map_err(|error| failed(&error))?;
    }
    writer.finish().map(Cursor::into_inner).map_err(|error| failed(&error))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn every_file_comes_out_as_it_went_in() {
        let files = vec![("一.pdf".to_string(), b"%PDF-1.7".to_vec()), ("b.pdf".to_string(), vec![0; 1_000])];
        let bytes = write_zip(&files).unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
        assert_eq!(archive.len(), 2);
        for (name, content) in &files {
            let mut read = Vec::new();
            archive.by_name(name).unwrap().read_to_end(&mut read).unwrap();
            assert_eq!(&read, content);
        }
        assert_eq!(bytes, write_zip(&files).unwrap());
    }

    #[test]
    fn two_files_of_one_name_are_refused() {
        let twice = vec![("a".to_string(), vec![1]), ("a".to_string(), vec![2])];
        assert!(write_zip(&twice).is_err());
    }
}
