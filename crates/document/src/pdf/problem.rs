//! Why a paper cannot be set.

/// A mistake in a form, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormFault {
    /// Path of the form or of a file it imports; empty when the mistake belongs to the document as a whole.
    pub file: String,
    /// Line counted from 1, 0 for the document as a whole.
    pub line: usize,
    /// Column in characters counted from 1.
    pub column: usize,
    /// Typst's own words, and its hints.
    pub message: String,
}

/// A character that no font can draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingGlyph {
    /// The character, with its variation selector if that is what is missing.
    pub character: String,
    /// Its code points, such as `U+2A6B2`.
    pub code: String,
    /// Where it stands: a JSON pointer into the data (RFC 6901, `/rows/3/氏名`), or a line of the form.
    pub place: String,
}

/// Why a paper cannot be set.
#[derive(Debug, thiserror::Error)]
pub enum TypesetProblem {
    /// Mistakes in the form, or in how it uses the data.
    #[error("{}", faults(.0))]
    Form(
        /// Every mistake with its place.
        Vec<FormFault>,
    ),
    /// Characters that no font can draw. The paper is refused: a name must not be printed with a gap.
    #[error("{}", glyphs(.0))]
    MissingGlyphs(
        /// Every such character with its place.
        Vec<MissingGlyph>,
    ),
    /// A path that leaves the root of the form, is used twice or is reserved.
    #[error("様式のファイル名「{0}」は使えません。")]
    Path(
        /// The path.
        String,
    ),
    /// The folder of additional fonts cannot be read.
    #[error("フォントのフォルダを読み込めません（{0}）。設定を確かめてください。")]
    Fonts(
        /// Path and reason.
        String,
    ),
    /// A date before year 0 or after 9999.
    #[error("文書の日付が正しくありません。")]
    Date,
    /// The typesetter failed in itself.
    #[error("文書を組版できません（{0}）。")]
    Failed(
        /// What it said.
        String,
    ),
}

fn faults(faults: &[FormFault]) -> String {
    let mut text = "様式に誤りがあります。".to_owned();
    for fault in faults {
        text.push('\n');
        if fault.line > 0 {
            text.push_str(&format!("{} の {} 行目 {} 文字目：", fault.file, fault.line, fault.column));
        }
        text.push_str(&fault.message);
    }
    text
}

fn glyphs(glyphs: &[MissingGlyph]) -> String {
    let mut text = "印刷用のフォントにない文字があるため、文書を作れません。".to_owned();
    for glyph in glyphs.iter().take(20) {
        text.push_str(&format!("\n{}：「{}」（{}）", glyph.place, glyph.character, glyph.code));
    }
    if glyphs.len() > 20 {
        text.push_str(&format!("\nほか {} 文字", glyphs.len() - 20));
    }
    text.push_str("\nこの文字を持つフォントを追加するか、文字を改めてください。");
    text
}
