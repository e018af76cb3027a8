//! A form with the files it imports, parsed once and used for many records.

use std::collections::BTreeMap;

use typst::foundations::Bytes;
use typst::syntax::{DiagSpanKind, FileId, RootedPath, Source, VirtualPath, VirtualRoot};

use super::{BASE, FormFault, TypesetProblem};

/// A form: its main text, what it imports, and `/base.typ`.
#[derive(Debug, Clone)]
pub struct Form {
    pub(super) main: FileId,
    pub(super) sources: BTreeMap<String, Source>,
    pub(super) files: BTreeMap<String, Bytes>,
}

impl Form {
    /// Takes a form. `name` appears in messages (`evaluation/sheet.typ`); `files` are what it may import or show, by
    /// path from the root (`/seal.svg`, `/parts.typ`). `/base.typ` and `/data.json` are always there.
    ///
    /// # Errors
    /// [`TypesetProblem::Path`] for a path that leaves the root or is reserved.
    pub fn new<'a, I>(name: &str, main: &str, files: I) -> Result<Self, TypesetProblem>
    where
        I: IntoIterator<Item = (&'a str, &'a [u8])>,
    {
        let mut form = Form { main: id("/base.typ")?, sources: BTreeMap::new(), files: BTreeMap::new() };
        form.sources.insert("/base.typ".to_owned(), Source::new(form.main, BASE.to_owned()));
        for (path, content) in files {
            let file = id(path)?;
            let path = file.get().vpath().get_with_slash().to_owned();
            form.free(&path)?;
            match std::str::from_utf8(content) {
                Ok(text) if path.ends_with(".typ") => {
                    form.sources.insert(path, Source::new(file, text.to_owned()));
                }
                _ => {
                    form.files.insert(path, Bytes::new(content.to_vec()));
                }
            }
        }
        form.main = id(name)?;
        let path = form.main.get().vpath().get_with_slash().to_owned();
        form.free(&path)?;
        form.sources.insert(path, Source::new(form.main, main.to_owned()));
        Ok(form)
    }

    /// Mistakes of syntax in the form and its imports, found without a record. Names that do not exist show only when
    /// the form is set.
    pub fn faults(&self) -> Vec<FormFault> {
        let mut faults = Vec::new();
        for (path, source) in &self.sources {
            let (errors, _) = source.root().errors_and_warnings();
            for error in errors {
                let range = match error.span.get() {
                    DiagSpanKind::Number { num, sub_range, .. } => source.range(num, sub_range),
                    DiagSpanKind::Range { range, .. } => Some(range),
                    DiagSpanKind::Detached => None,
                };
                let place = range.and_then(|range| source.lines().byte_to_line_column(range.start));
                let (line, column) = place.map_or((0, 0), |(line, column)| (line + 1, column + 1));
                let file = path.trim_start_matches('/').to_owned();
                faults.push(FormFault { file, line, column, message: error.message.to_string() });
            }
        }
        faults
    }

    fn free(&self, path: &str) -> Result<(), TypesetProblem> {
        if path == "/data.json" || self.sources.contains_key(path) || self.files.contains_key(path) {
            return Err(TypesetProblem::Path(path.to_owned()));
        }
        Ok(())
    }
}

/// Typst's name for a path within the form.
pub(super) fn id(path: &str) -> Result<FileId, TypesetProblem> {
    let path = VirtualPath::new(path).map_err(|_| TypesetProblem::Path(path.to_owned()))?;
    Ok(FileId::new(RootedPath::new(VirtualRoot::Project, path)))
}
