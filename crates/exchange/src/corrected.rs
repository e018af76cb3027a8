//! The file handed back for correction: the same table, with every bad cell marked and explained.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use document::write::{Cell, Column, Kind, Sheet, Value, Workbook, WriteProblem, write_xlsx};
use ledger::import::{CellProblem, Incoming};

/// A workbook with the incoming table, bad cells marked with what is wrong.
pub fn corrected_workbook(
    title: &str,
    incoming: &Incoming,
    problems: &[CellProblem],
    made_at: NaiveDateTime,
) -> Result<Vec<u8>, WriteProblem> {
    let mut by_address: BTreeMap<&str, String> = BTreeMap::new();
    for problem in problems.iter().filter(|problem| !problem.address.is_empty()) {
        let text = by_address.entry(problem.address.as_str()).or_default();
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&problem.message);
    }
    let columns = incoming.headings.iter().map(|heading| Column::new(heading.as_str(), Kind::Text)).collect();
    let rows: Vec<Vec<Cell>> = incoming
        .lines
        .iter()
        .map(|line| {
            line.cells
                .iter()
                .map(|cell| match by_address.get(cell.address.as_str()) {
                    Some(fault) => Cell::faulty(Value::text(cell.text.as_str()), fault.as_str()),
                    None => Value::text(cell.text.as_str()).into(),
                })
                .collect()
        })
        .collect();
    let mut sheet = Sheet::new("取込みの訂正", columns, rows);
    sheet.faults = Some("誤りの内容".into());
    write_xlsx(Workbook { title: title.into(), author: "Daicho".into(), created: made_at, sheets: vec![sheet] })
}
