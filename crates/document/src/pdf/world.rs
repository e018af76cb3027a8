//! What Typst may see of the world: one form, one record, the fonts, and no clock of its own.

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, Source, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, World};

use super::Form;
use super::fonts::Fonts;

pub(super) struct FormWorld<'a> {
    pub library: &'a LazyHash<Library>,
    pub fonts: &'a Fonts,
    pub form: &'a Form,
    /// The record as JSON text.
    pub data: Bytes,
    pub today: Datetime,
}

impl World for FormWorld<'_> {
    fn library(&self) -> &LazyHash<Library> {
        self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.fonts.book
    }

    fn main(&self) -> FileId {
        self.form.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let path = path(id)?;
        self.form.sources.get(path).cloned().ok_or_else(|| FileError::NotFound(path.into()))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let path = path(id)?;
        if path == "/data.json" {
            return Ok(self.data.clone());
        }
        if let Some(source) = self.form.sources.get(path) {
            return Ok(Bytes::from_string(source.text().to_owned()));
        }
        self.form.files.get(path).cloned().ok_or_else(|| FileError::NotFound(path.into()))
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index)
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        Some(self.today)
    }
}

/// The path of a file of the form; packages are never fetched.
fn path(id: FileId) -> FileResult<&'static str> {
    let rooted = id.get();
    match rooted.root() {
        VirtualRoot::Project => Ok(rooted.vpath().get_with_slash()),
        VirtualRoot::Package(_) => Err(FileError::AccessDenied),
    }
}
