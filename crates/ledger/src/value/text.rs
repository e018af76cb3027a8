//! Texts: kept as people wrote them.

use serde_json::Value;
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use super::{MAX_LINE, MAX_LINES, Wrong};
use crate::definition::Field;

/// Full-width letters, digits and signs in half width, for reading numbers and comparing choices. Never stored as a name.
pub(super) fn narrow(text: &str) -> String {
    text.trim().nfkc().collect()
}

/// Whether a text holds no control character (line ends and tabs allowed in several lines), and nothing that hides or
/// turns round what stands beside it.
pub(super) fn is_clean(text: &str, lines: bool) -> bool {
    dirt(text, lines).is_none()
}

fn dirt(text: &str, lines: bool) -> Option<char> {
    text.chars().find(|c| match c {
        '\n' | '\t' => !lines,
        // Bidirectional overrides make one text look like another (Unicode TR 36, section 2.5).
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' => true,
        // Noncharacters never stand in text; private ones are gaiji of some other system.
        '\u{FFFE}' | '\u{FFFF}' => true,
        c => c.is_control(),
    })
}

fn written(input: &Value) -> Result<String, Wrong> {
    match input {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_) => {
            Err("文字として読み取れません。文字で入力してください。".into())
        }
    }
}

fn checked(text: String, field: &Field, lines: bool, most: usize) -> Result<String, Wrong> {
    if let Some(dirt) = dirt(&text, lines) {
        let mend = if dirt == '\n' {
            "1行で入力してください"
        } else {
            "その文字を取り除いて入力し直してください"
        };
        let name = if dirt == '\n' {
            "改行".into()
        } else {
            format!("見えない制御文字（U+{:04X}）", u32::from(dirt))
        };
        return Err(format!("{name}が入っています。{mend}。"));
    }
    let most = field.max_length.unwrap_or(most);
    let length = if text.len() <= most { 0 } else { text.graphemes(true).count() };
    if length > most {
        return Err(format!("{length}文字あります。{most}文字までにしてください。"));
    }
    Ok(text)
}

/// One line, without outer white space.
pub(super) fn line(field: &Field, input: &Value) -> Result<String, Wrong> {
    checked(written(input)?.trim().to_owned(), field, false, MAX_LINE)
}

/// Several lines, with line ends as `\n` and no white space at the end.
pub(super) fn lines(field: &Field, input: &Value) -> Result<String, Wrong> {
    let text = written(input)?.replace("\r\n", "\n").replace('\r', "\n");
    checked(text.trim_end().to_owned(), field, true, MAX_LINES)
}

/// The identifier of a record.
pub(super) fn identifier(input: &Value) -> Result<String, Wrong> {
    let text = match input {
        Value::String(text) => text.trim(),
        Value::Object(object) => object.get("id").and_then(Value::as_str).unwrap_or_default(),
        _ => "",
    };
    if text.is_empty() || text.len() > 100 || !is_clean(text, false) {
        return Err("参照先として読み取れません。一覧から選び直してください。".into());
    }
    Ok(text.to_owned())
}
