//! Comma- and tab-separated text (RFC 4180, read leniently as spreadsheets do).
//!
//! The parser is our own because the row number must be the one the sender sees in a spreadsheet: blank lines count,
//! line breaks inside quotes do not.

use super::header::{self, Grid, Source};
use super::{Amount, Format, ReadOptions, ReadProblem, Table, address, encoding};

pub(super) fn read(bytes: &[u8], file_name: &str, options: &ReadOptions) -> Result<Table, ReadProblem> {
    let (text, encoding) = encoding::decode(bytes)?;
    // Files from old systems end with Ctrl-Z.
    let text = text.trim_end_matches('\u{1A}');
    refuse_control_characters(text)?;
    let (text, hinted) = separator_hint(text);
    let separator = hinted.unwrap_or_else(|| guess_separator(text, file_name));
    let grid = parse(text, separator, options)?;
    let format = if separator == '\t' { Format::Tsv } else { Format::Csv };
    let source = Source { format, sheet: String::new(), sheets: Vec::new(), encoding: Some(encoding) };
    header::build(grid, source, options)
}

fn refuse_control_characters(text: &str) -> Result<(), ReadProblem> {
    let allowed = ['\t', '\n', '\r', '\u{B}', '\u{C}'];
    match text.char_indices().find(|(_, c)| c.is_ascii_control() && !allowed.contains(c)) {
        None => Ok(()),
        Some((at, c)) => {
            let before = text.get(..at).unwrap_or(text);
            Err(ReadProblem::NotText { code: c.into(), line: 1 + before.matches('\n').count() })
        }
    }
}

/// A first line `sep=;` tells spreadsheets the separator and is not shown as a row.
fn separator_hint(text: &str) -> (&str, Option<char>) {
    let line = text.split('\n').next().unwrap_or_default();
    let mut rest = line.trim_end_matches('\r').strip_prefix("sep=").unwrap_or_default().chars();
    match (rest.next(), rest.next()) {
        (Some(separator), None) => (text.get(line.len() + 1..).unwrap_or_default(), Some(separator)),
        _ => (text, None),
    }
}

fn guess_separator(text: &str, file_name: &str) -> char {
    let lower = file_name.to_ascii_lowercase();
    if lower.ends_with(".tsv") || lower.ends_with(".tab") {
        return '\t';
    }
    let mut counts = [(',', 0_usize), ('\t', 0), (';', 0)];
    let mut quoted = false;
    for c in text.chars().take(64 * 1024) {
        if c == '"' {
            quoted = !quoted;
        } else if !quoted {
            for (separator, count) in &mut counts {
                *count += usize::from(c == *separator);
            }
        }
    }
    // The first of equals: a comma unless another separator is more frequent.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(',', |(separator, _)| *separator)
}

/// Splits text into a grid. Line ends are CRLF, LF or CR.
fn parse(text: &str, separator: char, options: &ReadOptions) -> Result<Grid, ReadProblem> {
    let mut grid = Grid::default();
    let mut row: u32 = 1;
    let mut column: u32 = 0;
    let mut field = String::new();
    let mut chars = text.chars().peekable();
    loop {
        let next = chars.next();
        match next {
            Some('"') if field.is_empty() => {
                let opened = (row, column);
                loop {
                    match chars.next() {
                        Some('"') if chars.peek() == Some(&'"') => {
                            field.push('"');
                            chars.next();
                        }
                        Some('"') => break,
                        Some('\r') => {
                            if chars.peek() == Some(&'\n') {
                                chars.next();
                            }
                            field.push('\n');
                        }
                        Some(c) => field.push(c),
                        None => {
                            let column = u16::try_from(opened.1).unwrap_or(u16::MAX);
                            return Err(ReadProblem::UnclosedQuote { address: address(opened.0, column) });
                        }
                    }
                }
                // A quoted field may be empty: do not take a second quote for its opening.
                while let Some(c) = chars.next_if(|c| *c != separator && *c != '\n' && *c != '\r') {
                    field.push(c);
                }
            }
            Some(c) if c == separator => {
                store(&mut grid, row, column, &mut field, options)?;
                column = column.saturating_add(1);
            }
            Some(c @ ('\n' | '\r')) => {
                if c == '\r' && chars.peek() == Some(&'\n') {
                    chars.next();
                }
                store(&mut grid, row, column, &mut field, options)?;
                row = row.saturating_add(1);
                column = 0;
            }
            Some(c) => field.push(c),
            None => {
                store(&mut grid, row, column, &mut field, options)?;
                return Ok(grid);
            }
        }
    }
}

fn store(grid: &mut Grid, row: u32, column: u32, field: &mut String, options: &ReadOptions) -> Result<(), ReadProblem> {
    let text = unwrap_text(std::mem::take(field));
    if text.trim().is_empty() {
        return Ok(());
    }
    let Ok(column) = u16::try_from(column) else {
        return Err(ReadProblem::TooLarge {
            what: Amount::Columns,
            found: None,
            limit: options.limits.columns.into(),
            place: Some(format!("{row} 行目")),
        });
    };
    grid.push(row, column, text, &options.limits)
}

/// Undoes the two ways in which CSV text is kept from being taken for a number or a formula: `="00123"`, and the
/// leading apostrophe that [`write_csv`](crate::write::write_csv) sets before `=`, `+`, `-`, `@`.
fn unwrap_text(text: String) -> String {
    if let Some(inner) = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'))
        && !inner.contains('"')
    {
        return inner.to_owned();
    }
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r']) => rest.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::read_table;

    fn rows(text: &str) -> Vec<Vec<String>> {
        let table = read_table(text.as_bytes(), "a.csv", &ReadOptions::default()).unwrap();
        let heading = table.columns.iter().map(|column| column.written.clone()).collect();
        let body = table.rows.iter().map(|row| row.cells.iter().map(|cell| cell.text.clone()).collect());
        std::iter::once(heading).chain(body).collect()
    }

    #[test]
    fn quoting_and_line_ends() {
        assert_eq!(rows("a,b\r\n\"1,\"\"x\"\"\",\"二行\r\n目\"\r\n"), [["a", "b"], ["1,\"x\"", "二行\n目"]]);
        assert_eq!(rows("a\tb\n1\t2,3\n"), [["a", "b"], ["1", "2,3"]]);
        assert_eq!(rows("a;b\r1;2"), [["a", "b"], ["1", "2"]]);
        assert_eq!(rows("sep=;\na;b\n1;2,5"), [["a", "b"], ["1", "2,5"]]);
        assert_eq!(rows("a,b\n=\"00123\",'-見本\n"), [["a", "b"], ["00123", "-見本"]]);
        assert_eq!(rows("a,b\n\"\",\"x\"\n"), [["a", "b"], ["", "x"]]);
    }

    #[test]
    fn numbers_are_those_the_spreadsheet_shows() {
        let text = "番号,備考\n\n1,\"二\n行\"\n2,x\n";
        let table = read_table(text.as_bytes(), "a.csv", &ReadOptions::default()).unwrap();
        assert_eq!(table.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [3, 4]);
    }

    #[test]
    fn mistakes_are_placed() {
        let problem = |text: &str| read_table(text.as_bytes(), "a.csv", &ReadOptions::default()).unwrap_err();
        assert_eq!(problem("a,b\n1,\"x\n2,y\n"), ReadProblem::UnclosedQuote { address: "B2".into() });
        assert_eq!(problem("a,b\n1,\u{0}\n"), ReadProblem::NotText { code: 0, line: 2 });
        assert_eq!(problem(" \r\n \n"), ReadProblem::Empty);
    }
}
