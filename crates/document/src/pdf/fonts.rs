//! The fonts that forms are set in.

use std::path::Path;

use typst::foundations::Bytes;
use typst::layout::Abs;
use typst::text::{Font, FontBook, FontInstance, FontVariant, FontVariations};
use typst::utils::LazyHash;

use super::{MissingGlyph, TypesetProblem};
use crate::{cp932, names};

/// BIZ UDGothic (regular, bold), BIZ UDMincho and Noto Sans JP, in this order (see `build.rs`).
const EMBEDDED: [&[u8]; 4] = include!(concat!(env!("OUT_DIR"), "/fonts.rs"));

/// Fonts in order of fallback.
pub(super) struct Fonts {
    pub book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    /// The same fonts opened, to ask for variants of characters.
    faces: Vec<FontInstance>,
}

impl Fonts {
    pub fn embedded() -> Self {
        Fonts::of(EMBEDDED.into_iter().flat_map(|bytes| Font::iter(Bytes::new(bytes))).collect())
    }

    /// The embedded fonts, then those of a folder (`.ttf`, `.otf`, `.ttc`) in order of file name.
    pub fn with_folder(folder: &Path) -> Result<Self, TypesetProblem> {
        let unreadable = |error: std::io::Error| TypesetProblem::Fonts(format!("{}: {error}", folder.display()));
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
            if ["ttf", "otf", "ttc"].contains(&extension.to_ascii_lowercase().as_str()) {
                paths.push(path);
            }
        }
        paths.sort();
        let mut fonts = Fonts::embedded().fonts;
        for path in paths {
            fonts.extend(Font::iter(Bytes::new(std::fs::read(&path).map_err(unreadable)?)));
        }
        Ok(Fonts::of(fonts))
    }

    fn of(fonts: Vec<Font>) -> Self {
        let open =
            |font: &Font| font.clone().instantiate(FontVariant::default(), Abs::pt(10.0), &FontVariations::default());
        Fonts { book: LazyHash::new(FontBook::from_fonts(&fonts)), faces: fonts.iter().map(open).collect(), fonts }
    }

    pub fn get(&self, index: usize) -> Option<Font> {
        self.fonts.get(index).cloned()
    }

    /// The characters of a text that no font can draw, or that have no meaning outside one system (外字).
    pub fn missing(&self, text: &str, place: &str) -> Vec<MissingGlyph> {
        let private = names::private_use(text);
        text.chars()
            .filter(|c| private.contains(c) || !self.draws(*c))
            .map(|c| MissingGlyph {
                character: c.to_string(),
                code: cp932::codes(&c.to_string()),
                place: place.to_owned(),
            })
            .collect()
    }

    /// Ideographic variants (IVS) that the drawing font lacks: they are drawn in the usual shape of the character.
    pub fn undrawn_variants(&self, text: &str, place: &str) -> Vec<MissingGlyph> {
        let mut found = Vec::new();
        let mut previous: Option<char> = None;
        for c in text.chars() {
            if let Some(base) = previous.filter(|_| names::is_variation_selector(c)) {
                // The first font that has the character draws it, whether or not it has the variant.
                let first = self.fonts.iter().position(|font| font.info().coverage.contains(u32::from(base)));
                let face = first.and_then(|first| self.faces.get(first));
                let drawn = face.is_some_and(|face| face.ttf().glyph_variation_index(base, c).is_some());
                if !drawn {
                    let character = format!("{base}{c}");
                    let code = cp932::codes(&character);
                    found.push(MissingGlyph { character, code, place: place.to_owned() });
                }
            }
            previous = Some(c);
        }
        found
    }

    fn draws(&self, c: char) -> bool {
        c.is_control()
            || c.is_whitespace()
            || names::is_variation_selector(c)
            || matches!(u32::from(c), 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x2064 | 0xFEFF)
            || self.fonts.iter().any(|font| font.info().coverage.contains(c.into()))
    }
}
