//! Why a file cannot be read, as a sentence for the person who sent it.

use std::fmt;

/// Why a file cannot be read. `Display` gives a Japanese sentence with the place and the mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadProblem {
    /// No content.
    #[error("ファイルに中身がありません。表を入力して保存し直してください。")]
    Empty,
    /// A bound of [`Limits`](super::Limits) was passed.
    #[error("{}", too_large(*.what, *.found, *.limit, .place.as_deref()))]
    TooLarge {
        /// What there is too much of.
        what: Amount,
        /// How much was found, where that is known.
        found: Option<u64>,
        /// How much is accepted.
        limit: u64,
        /// Cell, sheet or part.
        place: Option<String>,
    },
    /// An old `.xls` workbook or one locked by a password (both are OLE containers).
    #[error(
        "パスワード付きのブック、又は古い形式（.xls）のブックは読み込めません。パスワードを外し、「Excel ブック（.xlsx）」として保存し直してください。"
    )]
    OldOrLockedWorkbook,
    /// Recognised as something that holds no table.
    #[error("{kind}のファイルは読み込めません。Excel ブック（.xlsx）又は CSV で保存し直してください。")]
    WrongKind {
        /// Name of the kind.
        kind: &'static str,
    },
    /// A ZIP archive or workbook that cannot be taken apart.
    #[error(
        "ブックが壊れているか、Excel ブック（.xlsx）ではありません（{detail}）。Excel で開いて保存し直してください。"
    )]
    Broken {
        /// The part or sheet, with the reader's own words.
        detail: String,
    },
    /// Neither UTF-8 nor UTF-16 nor CP932.
    #[error(
        "文字コードを判別できません（{line} 行目、{charset}として読めないバイト {byte:02X}）。CSV は UTF-8 又はシフト JIS で保存し直してください。"
    )]
    Undecodable {
        /// Physical line counted from 1.
        line: usize,
        /// Character set that came nearest.
        charset: &'static str,
        /// First byte that does not fit.
        byte: u8,
    },
    /// Control characters that no table contains.
    #[error(
        "表として読めない文字（U+{code:04X}）が {line} 行目にあります。CSV として保存したファイルか確かめてください。"
    )]
    NotText {
        /// Code point.
        code: u32,
        /// Physical line counted from 1.
        line: usize,
    },
    /// A quoted field is never closed.
    #[error("{address} のセルの引用符（\"）が閉じていません。引用符を閉じるか、取り除いてください。")]
    UnclosedQuote {
        /// Cell in which the quote opens.
        address: String,
    },
    /// The sheet asked for does not exist.
    #[error("シート「{wanted}」がありません。このブックのシートは{}です。", list(.sheets))]
    NoSuchSheet {
        /// Name asked for.
        wanted: String,
        /// Names there are.
        sheets: Vec<String>,
    },
    /// No row carries any of the wanted labels.
    #[error(
        "見出しの行が見付かりません{}。{}の見出しを 1 行に並べてください。", sheet_suffix(.sheet), list(.wanted)
    )]
    NoHeader {
        /// Sheet looked at; empty for text files.
        sheet: String,
        /// Labels looked for.
        wanted: Vec<String>,
    },
    /// Two columns carry the same wanted label.
    #[error("見出し「{label}」が {} 列に重複しています。どちらか一方を残してください。", letters.join("・"))]
    DuplicateColumn {
        /// The label.
        label: String,
        /// Column letters.
        letters: Vec<String>,
    },
    /// Cells whose content cannot be taken.
    #[error("{}", cells(.0))]
    Cells(
        /// Every cell, in reading order; the first 1,000.
        Vec<CellFault>,
    ),
}

/// A cell whose content cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellFault {
    /// Address such as `C12`, or a range `C12:C14`.
    pub address: String,
    /// Japanese sentence: what is wrong and the mend.
    pub message: String,
}

/// What there is too much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// Bytes of the file.
    FileBytes,
    /// Bytes after unpacking.
    InflatedBytes,
    /// Unpacked bytes per packed byte.
    InflationRatio,
    /// Files inside the workbook.
    Parts,
    /// Rows with content.
    Rows,
    /// Columns.
    Columns,
    /// Cells of the table.
    Cells,
    /// Merged ranges.
    Merges,
    /// Characters in one cell.
    CellChars,
    /// Bytes of all texts.
    TextBytes,
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Amount::FileBytes => "ファイルの大きさ",
            Amount::InflatedBytes => "展開後の大きさ",
            Amount::InflationRatio => "圧縮の割合",
            Amount::Parts => "ブックの中の部品の数",
            Amount::Rows => "行数",
            Amount::Columns => "列数",
            Amount::Cells => "セルの数",
            Amount::Merges => "結合されたセルの数",
            Amount::CellChars => "セルの文字数",
            Amount::TextBytes => "文字の総量",
        })
    }
}

fn too_large(what: Amount, found: Option<u64>, limit: u64, place: Option<&str>) -> String {
    let unit = match what {
        Amount::FileBytes | Amount::InflatedBytes | Amount::TextBytes => "バイト",
        Amount::InflationRatio => "倍",
        Amount::Parts | Amount::Cells => "個",
        Amount::Merges => "か所",
        Amount::Rows => "行",
        Amount::Columns => "列",
        Amount::CellChars => "文字",
    };
    let mend = match what {
        Amount::FileBytes | Amount::Rows | Amount::Cells | Amount::TextBytes => "ファイルを分けてください。",
        Amount::Columns => "使わない列を削除してください。",
        Amount::Merges => "セルの結合を解除してください。",
        Amount::CellChars => "短くしてください。",
        Amount::InflatedBytes | Amount::InflationRatio | Amount::Parts => {
            "表だけを新しいブックへ写して保存し直してください。"
        }
    };
    let place = place.map(|place| format!("（{place}）")).unwrap_or_default();
    let found = found.map(|found| format!("{}{unit}で、", grouped(found))).unwrap_or_default();
    format!("{what}{place}が{found}上限（{}{unit}）を超えています。{mend}", grouped(limit))
}

/// Digits in groups of three, as 公用文 writes numbers.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("「{name}」")).collect()
}

fn sheet_suffix(sheet: &str) -> String {
    if sheet.is_empty() { String::new() } else { format!("（シート「{sheet}」）") }
}

fn cells(faults: &[CellFault]) -> String {
    let mut text = format!("読み取れないセルが {} 件あります。", faults.len());
    for fault in faults.iter().take(20) {
        text.push_str(&format!("\n{}：{}", fault.address, fault.message));
    }
    if faults.len() > 20 {
        text.push_str(&format!("\nほか {} 件", faults.len() - 20));
    }
    text
}
