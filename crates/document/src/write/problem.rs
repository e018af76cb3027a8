//! Why a table cannot be written.

/// A character that the character set asked for cannot carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmappable {
    /// Row in the file as a spreadsheet shows it, counted from 1 (the heading is row 1).
    pub row: u32,
    /// Label of the column.
    pub column: String,
    /// The character, with its variation selector if it has one.
    pub character: String,
    /// Its code points, such as `U+20BB7`.
    pub code: String,
}

/// Why a table cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteProblem {
    /// Characters that CP932 cannot carry, and the options say to refuse them.
    #[error("{}", unmappable(.0))]
    Unmappable(
        /// Every such character in reading order.
        Vec<Unmappable>,
    ),
    /// A text is longer than a spreadsheet cell holds (32,767 characters in UTF-16).
    #[error("{address} の文字が長すぎるため、Excel ブックに書き出せません。CSV で書き出してください。")]
    TextTooLong {
        /// Address of the cell.
        address: String,
    },
    /// More rows or columns than a sheet has (1,048,576 rows, 16,384 columns).
    #[error("行又は列が多すぎるため、Excel ブックに書き出せません。条件で絞り込むか、CSV で書き出してください。")]
    TooManyCells,
    /// The writer failed, for example because the disk for temporary files is full.
    #[error("ファイルを書き出せません（{0}）。")]
    Failed(
        /// The writer's own words.
        String,
    ),
}

fn unmappable(list: &[Unmappable]) -> String {
    let mut text = format!("シフト JIS（CP932）で表せない文字が {} か所あります。", list.len());
    for item in list.iter().take(20) {
        text.push_str(&format!("\n{} 行目「{}」：{}（{}）", item.row, item.column, item.character, item.code));
    }
    if list.len() > 20 {
        text.push_str(&format!("\nほか {} か所", list.len() - 20));
    }
    text.push_str("\nUTF-8 で書き出すか、〓への置き換えを選んでください。");
    text
}
