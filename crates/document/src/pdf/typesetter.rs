//! From a form and a record to a PDF.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use chrono::{Datelike, NaiveDateTime, Timelike};
use serde_json::Value;
use typst::diag::{SourceDiagnostic, Warned};
use typst::foundations::{Bytes, Datetime, Smart};
use typst::text::{FontFamily, FontList, Lang, Locale, Region, TextElem};
use typst::utils::LazyHash;
use typst::{Feature, Library, LibraryExt, World, WorldExt, comemo};
use typst_layout::PagedDocument;
use typst_pdf::{PdfStandard, PdfStandards, Timestamp};

use super::fonts::Fonts;
use super::world::FormWorld;
use super::{Form, FormFault, MissingGlyph, TypesetProblem};

/// Japan Standard Time in minutes east of UTC.
const JST_MINUTES: i32 = 540;
/// How many documents a memoized result survives without being used. Results that depend on the form alone are used by
/// every document; those of one record never again.
const CACHE_AGE: usize = 2;

/// Which standard a PDF conforms to. Every one of them refuses characters without a glyph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Standard {
    /// PDF/UA-1 and PDF/A-2a: accessible and fit for the archive.
    #[default]
    AccessibleArchive,
    /// PDF/UA-1 alone.
    Accessible,
    /// PDF/A-2a alone.
    Archive,
}

impl Standard {
    fn list(self) -> &'static [PdfStandard] {
        match self {
            Standard::AccessibleArchive => &[PdfStandard::A_2a, PdfStandard::Ua_1],
            Standard::Accessible => &[PdfStandard::Ua_1],
            Standard::Archive => &[PdfStandard::A_2a],
        }
    }
}

/// Properties of a document.
#[derive(Debug, Clone)]
pub struct PdfOptions {
    /// Title in the properties; a reader shows it in its window.
    pub title: String,
    /// Author in the properties, normally the office.
    pub author: String,
    /// Date and time of the document in Japan Standard Time; also what `datetime.today()` gives to the form.
    pub created: NaiveDateTime,
    /// Stable identifier of the document, such as its number; settles the identifier in the file.
    pub identifier: Option<String>,
    /// Standard to conform to.
    pub standard: Standard,
}

impl PdfOptions {
    /// Options without identifier, for PDF/UA-1 and PDF/A-2a.
    pub fn new(title: impl Into<String>, author: impl Into<String>, created: NaiveDateTime) -> Self {
        PdfOptions {
            title: title.into(),
            author: author.into(),
            created,
            identifier: None,
            standard: Standard::default(),
        }
    }
}

/// A finished document.
#[derive(Debug, Clone)]
pub struct Pdf {
    /// The file.
    pub bytes: Vec<u8>,
    /// Number of pages.
    pub pages: usize,
    /// Variants of characters (IVS) that the fonts lack; they are drawn in the usual shape. Say so to whoever prints.
    pub plain_variants: Vec<MissingGlyph>,
    /// Warnings about the form, such as a font family that is not there.
    pub warnings: Vec<FormFault>,
}

/// Sets forms. Holds the fonts; made once and shared between threads.
pub struct Typesetter {
    library: LazyHash<Library>,
    fonts: Fonts,
}

impl Default for Typesetter {
    fn default() -> Self {
        Typesetter::new()
    }
}

impl Typesetter {
    /// A typesetter with the embedded fonts.
    pub fn new() -> Self {
        Typesetter::of(Fonts::embedded())
    }

    /// A typesetter with further fonts after the embedded ones, such as IPAmj Mincho for rare characters of names.
    ///
    /// # Errors
    /// [`TypesetProblem::Fonts`] when the folder cannot be read.
    pub fn with_font_folder(folder: &Path) -> Result<Self, TypesetProblem> {
        Ok(Typesetter::of(Fonts::with_folder(folder)?))
    }

    fn of(fonts: Fonts) -> Self {
        // Row headings of tables (`pdf.header-cell`) are behind this feature in Typst 0.15.
        let features = [Feature::A11yExtras].into_iter().collect();
        let mut library = Library::builder().with_features(features).build();
        // A form that sets nothing is still Japanese: the language is read aloud, and settles line breaking.
        library.styles.set(TextElem::lang, Lang::JAPANESE);
        library.styles.set(TextElem::region, japan());
        library
            .styles
            .set(TextElem::font, FontList(["BIZ UDGothic", "Noto Sans JP"].into_iter().map(FontFamily::new).collect()));
        Typesetter { library: LazyHash::new(library), fonts }
    }

    /// Sets a form for one record, or for many when the form walks through an array in the data.
    ///
    /// The same input gives the same bytes.
    ///
    /// # Errors
    /// [`TypesetProblem::Form`] with the lines of the form, [`TypesetProblem::MissingGlyphs`] with the places in the
    /// data.
    pub fn render(&self, form: &Form, data: &Value, options: &PdfOptions) -> Result<Pdf, TypesetProblem> {
        let (today, timestamp) = instants(options.created).ok_or(TypesetProblem::Date)?;
        let world = FormWorld {
            library: &self.library,
            fonts: &self.fonts,
            form,
            data: Bytes::from_string(data.to_string()),
            today,
        };
        let result = catch_unwind(AssertUnwindSafe(|| self.compile(&world, data, options, timestamp)))
            .unwrap_or_else(|_| Err(TypesetProblem::Failed("組版の途中で中断しました".to_owned())));
        comemo::evict(CACHE_AGE);
        result
    }

    fn compile(
        &self,
        world: &FormWorld<'_>,
        data: &Value,
        options: &PdfOptions,
        timestamp: Timestamp,
    ) -> Result<Pdf, TypesetProblem> {
        let Warned { output, warnings } = typst::compile::<PagedDocument>(world);
        let mut document = output.map_err(|errors| self.problem(world, data, &errors))?;
        let info = document.info_mut();
        info.title = Some(options.title.as_str().into());
        info.author = vec![options.author.as_str().into()];
        info.date = Smart::Auto;
        info.locale = Smart::Custom(Locale::new(Lang::JAPANESE, japan()));
        let standards = PdfStandards::new(options.standard.list())
            .map_err(|error| TypesetProblem::Failed(error.message().to_string()))?;
        let pdf_options = typst_pdf::PdfOptions {
            ident: options.identifier.clone().map_or(Smart::Auto, Smart::Custom),
            creator: Smart::Custom(Some("Daicho".to_owned())),
            timestamp: Some(timestamp),
            standards,
            ..typst_pdf::PdfOptions::default()
        };
        let bytes = typst_pdf::pdf(&document, &pdf_options).map_err(|errors| self.problem(world, data, &errors))?;
        let mut plain_variants = Vec::new();
        each_text(data, &mut String::new(), &mut |text, place| {
            plain_variants.extend(self.fonts.undrawn_variants(text, place));
        });
        let warnings = warnings.iter().map(|warning| fault(world, warning)).collect();
        Ok(Pdf { bytes, pages: document.pages().len(), plain_variants, warnings })
    }

    /// Tells characters without a glyph, which belong to the data, from mistakes of the form.
    fn problem(&self, world: &FormWorld<'_>, data: &Value, errors: &[SourceDiagnostic]) -> TypesetProblem {
        let glyphs = ["could not be displayed with", "codepoint", "code point"];
        if errors.iter().any(|error| glyphs.iter().any(|words| error.message.contains(words))) {
            let mut missing = Vec::new();
            each_text(data, &mut String::new(), &mut |text, place| missing.extend(self.fonts.missing(text, place)));
            for (path, source) in &world.form.sources {
                for (number, line) in source.text().lines().enumerate() {
                    missing.extend(self.fonts.missing(line, &format!("{path} の {} 行目", number + 1)));
                }
            }
            if !missing.is_empty() {
                return TypesetProblem::MissingGlyphs(missing);
            }
        }
        TypesetProblem::Form(errors.iter().map(|error| fault(world, error)).collect())
    }
}

/// Walks through every text of the data, names of members included.
fn each_text(value: &Value, pointer: &mut String, visit: &mut impl FnMut(&str, &str)) {
    let length = pointer.len();
    match value {
        Value::String(text) => visit(text, pointer),
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                pointer.push_str(&format!("/{number}"));
                each_text(item, pointer, visit);
                pointer.truncate(length);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                pointer.push('/');
                pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                visit(name, pointer);
                each_text(member, pointer, visit);
                pointer.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn fault(world: &FormWorld<'_>, diagnostic: &SourceDiagnostic) -> FormFault {
    let mut message = diagnostic.message.to_string();
    for hint in &diagnostic.hints {
        message.push_str(&format!("（{}）", hint.v));
    }
    // A mistake inside the library is the form's: name the line that called it.
    let trace = diagnostic.trace.iter().map(|point| point.span.into());
    let spans = std::iter::once(diagnostic.span).chain(trace);
    let mut best = None;
    for span in spans {
        let Some((id, range)) = span.id().zip(world.range(span)) else { continue };
        let Ok(source) = world.source(id) else { continue };
        let Some((line, column)) = source.lines().byte_to_line_column(range.start) else { continue };
        let file = id.get().vpath().get_without_slash().to_owned();
        let own = id == world.form.main;
        if best.is_none() || own {
            best = Some((file, line + 1, column + 1));
        }
        if own {
            break;
        }
    }
    let (file, line, column) = best.unwrap_or_default();
    FormFault { file, line, column, message }
}

fn instants(at: NaiveDateTime) -> Option<(Datetime, Timestamp)> {
    let (month, day) = (u8::try_from(at.month()).ok()?, u8::try_from(at.day()).ok()?);
    let today = Datetime::from_ymd(at.year(), month, day)?;
    let (hour, minute) = (u8::try_from(at.hour()).ok()?, u8::try_from(at.minute()).ok()?);
    let instant = Datetime::from_ymd_hms(at.year(), month, day, hour, minute, u8::try_from(at.second()).ok()?)?;
    if !(0..=9999).contains(&at.year()) {
        return None;
    }
    Some((today, Timestamp::new_local(instant, JST_MINUTES)?))
}

fn japan() -> Option<Region> {
    "JP".parse().ok()
}
