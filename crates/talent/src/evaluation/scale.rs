//! Scales of marks (評語の段階): dated data that live side by side. A sheet keeps the words of its mark, so that an old
//! mark reads as it was given; the order of the marks comes from the scale of its round.

use ledger::port::Reader;
use ledger::record::Record;
use ledger::refusal::{Problem, Refusal};

use super::find;
use super::names::ledger_name::SCALE;

/// One mark of a scale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Place in the scale, 1 for the best.
    pub order: i64,
    /// Short code, such as `S`.
    pub code: String,
    /// Words that a sheet keeps and forms show (評語).
    pub label: String,
    /// What the mark says, in a sentence; may be empty.
    pub meaning: String,
}

/// A scale.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scale {
    /// Record in the ledger of scales.
    pub id: String,
    /// Name.
    pub name: String,
    /// Marks, best first.
    pub marks: Vec<Mark>,
}

impl Scale {
    /// The scale in a record of the ledger `rating_scale`.
    pub fn of(record: &Record) -> Self {
        let rows = record.value("marks").as_array().map_or(&[][..], Vec::as_slice);
        let word = |row: &serde_json::Value, key: &str| {
            row.get(key).and_then(serde_json::Value::as_str).unwrap_or_default().to_string()
        };
        let mut marks: Vec<Mark> = rows
            .iter()
            .map(|row| Mark {
                order: row.get("order").and_then(serde_json::Value::as_i64).unwrap_or(i64::MAX),
                code: word(row, "code"),
                label: word(row, "label"),
                meaning: word(row, "meaning"),
            })
            .collect();
        marks.sort_by_key(|mark| mark.order);
        Self { id: record.id.clone(), name: record.text("name").unwrap_or_default().to_string(), marks }
    }

    /// The scale of that identifier; empty when there is none.
    pub fn load(tx: &mut (impl Reader + ?Sized), id: Option<&str>) -> Result<Self, Refusal> {
        let Some(id) = id else { return Ok(Self::default()) };
        Ok(tx.record(SCALE, id)?.map(|record| Self::of(&record)).unwrap_or_default())
    }

    /// The mark written as its words or its code.
    pub fn find(&self, written: &str) -> Option<&Mark> {
        let written = written.trim();
        self.marks
            .iter()
            .find(|mark| mark.label == written)
            .or_else(|| self.marks.iter().find(|mark| mark.code == written))
    }

    /// The words of the mark that was written, or the problem that names the marks there are.
    pub fn words(&self, field: &str, written: &str) -> Result<String, Problem> {
        self.find(written).map(|mark| mark.label.clone()).ok_or_else(|| Problem::field(field, self.no_such(written)))
    }

    /// The message for a mark that the scale does not have.
    pub fn no_such(&self, written: &str) -> String {
        let known: Vec<&str> = self.marks.iter().map(|mark| mark.label.as_str()).collect();
        if known.is_empty() {
            return "この評価期に評語の段階がありません。評価期に段階を設定してください。".into();
        }
        format!("「{written}」という評語はこの評価期にありません。{}から選んでください。", known.join("、"))
    }

    /// Points for a mean: the lowest mark is 1, each better one is one more.
    pub fn points(&self, mark: &Mark) -> usize {
        let behind = self.marks.iter().filter(|other| other.order > mark.order).count();
        behind + 1
    }
}

/// The scale of a kind (`overall` or `item`) in force on a day.
pub fn in_force(tx: &mut (impl Reader + ?Sized), kind: &str, day: chrono::NaiveDate) -> Result<Option<Scale>, Refusal> {
    let filter = find::is("kind", kind).and(find::in_force("valid_from", "valid_to", day));
    Ok(find::all(tx, SCALE, filter, 1)?.first().map(Scale::of))
}

#[cfg(test)]
mod tests {
    use super::{Mark, Scale};

    #[test]
    fn a_mark_is_found_by_words_before_codes_and_worth_more_the_better_it_is() {
        let mark = |order, code: &str, label: &str| Mark {
            order,
            code: code.into(),
            label: label.into(),
            meaning: String::new(),
        };
        // A code that is another mark's word: the word counts.
        let scale = Scale {
            id: "s".into(),
            name: "s".into(),
            marks: vec![mark(1, "B", "A"), mark(2, "A", "B"), mark(3, "C", "C")],
        };
        for (written, order, points) in [("A", 1, 3), (" B ", 2, 2), ("C", 3, 1)] {
            let found = scale.find(written).expect("a mark");
            assert_eq!((found.order, scale.points(found)), (order, points), "{written}");
        }
        assert!(scale.words("f", "S").is_err_and(|problem| problem.message.contains("A、B、C")));
        assert!(Scale::default().words("f", "S").is_err_and(|problem| problem.message.contains("段階を設定")));
    }
}
