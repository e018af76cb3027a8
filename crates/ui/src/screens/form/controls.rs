//! The input for a field, holding what was sent.

use calendar::parse_date;
use ledger::definition::{Field, Kind};

use crate::components::{
    CellControl, Checkboxes, Choice, Control, Date, File, Fixed, Number, Period, Picker, Radios, RowTable, Select,
    Text, TextArea, Width, YesNo,
};
use crate::web::Ask;

use super::super::pairs::Pairs;
use super::super::words::list_url;
use super::choices::Choices;
use super::files;

/// Draws inputs from pairs.
pub struct Controls<'a> {
    /// The request.
    pub ask: &'a Ask<'a>,
    /// What was sent, or would be sent.
    pub pairs: &'a Pairs,
    /// What can be chosen.
    pub choices: &'a Choices,
}

impl Controls<'_> {
    /// The input of a field under a name. `tight` is for the cell of a table.
    pub fn of(&self, field: &Field, name: &str, required: bool, tight: bool) -> CellControl {
        let typed = self.pairs.first(name);
        match &field.kind {
            Kind::Text => {
                let width = if field.max_length.is_some_and(|most| most <= 20) { Width::Twenty } else { Width::Full };
                Box::new(Text::new().value(typed).width(width))
            }
            Kind::LongText => {
                let area = TextArea::new().value(typed).rows(if tight { 2 } else { 5 });
                match field.max_length.and_then(|most| u32::try_from(most).ok()) {
                    Some(most) => Box::new(area.limit(most)),
                    None => Box::new(area),
                }
            }
            Kind::Integer => Box::new(Number::whole().value(typed)),
            Kind::Yen => Box::new(Number::yen().value(typed)),
            Kind::Decimal { .. } => Box::new(Number::decimal().value(typed)),
            Kind::Date => Box::new(self.date(typed)),
            Kind::DateTime => Box::new(Text::new().value(typed).width(Width::Twenty)),
            Kind::Period => {
                let from = self.date(self.pairs.first(&format!("{name}.from")));
                let to = self.date(self.pairs.first(&format!("{name}.to")));
                Box::new(Period::new(from, to))
            }
            Kind::YesNo => Box::new(YesNo::new("はい", typed == "true")),
            Kind::Choice { set } => {
                let choices = self.valid(set, &[typed]);
                if required && !tight && choices.len() <= 7 {
                    Box::new(Radios::new(choices).chosen(Some(typed)))
                } else {
                    Box::new(Select::new(choices).chosen(Some(typed)))
                }
            }
            Kind::Choices { set } => {
                let chosen: Vec<&str> = self.pairs.all(name).collect();
                Box::new(Checkboxes::new(self.valid(set, &chosen)).chosen(chosen))
            }
            Kind::Reference { ledger, many: false } => match self.choices.list(ledger, &[typed]) {
                Some(list) => Box::new(Select::new(list).chosen(Some(typed))),
                None => {
                    let words = self.choices.words(ledger, typed);
                    Box::new(Picker::new().value(words).search(list_url(ledger).join("offers")))
                }
            },
            Kind::Reference { ledger, many: true } => {
                let chosen: Vec<&str> = self.pairs.all(name).collect();
                match self.choices.list(ledger, &chosen) {
                    Some(list) if list.len() <= 30 => Box::new(Checkboxes::new(list).chosen(chosen)),
                    _ => {
                        let lines: Vec<String> = chosen.iter().map(|id| self.choices.words(ledger, id)).collect();
                        Box::new(TextArea::new().value(lines.join("\n")).rows(3))
                    }
                }
            }
            Kind::Attachment => Box::new(files::Attached::of(self.pairs, name)),
            Kind::Rows { columns } => Box::new(self.rows(name, columns)),
        }
    }

    fn date(&self, typed: &str) -> Date {
        Date::new().typed(typed, parse_date(typed, self.ask.kernel.today()).ok())
    }

    /// Choices in force today, and those that the record holds already.
    fn valid(&self, set: &str, chosen: &[&str]) -> Vec<Choice> {
        let today = self.ask.kernel.today();
        let set = self.ask.kernel.catalogue.choices.get(set);
        let choices = set.iter().flat_map(|set| &set.choices).filter(|choice| {
            let valid = choice.from.is_none_or(|from| from <= today) && choice.to.is_none_or(|to| today <= to);
            valid || chosen.contains(&choice.code.as_str())
        });
        choices.map(|choice| Choice::new(choice.code.as_str(), choice.label.as_str())).collect()
    }

    /// The table of a field of rows.
    pub fn rows(&self, name: &str, columns: &[Field]) -> RowTable {
        let asked = || columns.iter().filter(|column| !column.retired);
        let cells = |row: &str| -> Vec<CellControl> {
            asked().map(|column| self.of(column, &format!("{name}.{row}.{}", column.name), false, true)).collect()
        };
        let heads = asked().map(|column| (column.name.clone(), column.label.clone())).collect();
        let mut table = RowTable::new(heads, cells("new"));
        let rows = self.pairs.rows(name).len();
        for row in 0..rows.max(1) {
            table = table.row(cells(&row.to_string()));
        }
        table
    }
}

/// A value that is shown in a form but cannot be changed there.
pub fn fixed(words: String) -> impl Control {
    Fixed::new(words)
}

/// What a kind of field accepts, said below its input. A default is given to new records only.
pub fn kind_help(ask: &Ask<'_>, field: &Field, choices: &Choices, new: bool) -> String {
    let text = match &field.kind {
        Kind::Date => "例: 令和8年3月14日、R8.3.14、2026-03-14".to_string(),
        Kind::DateTime => "例: 令和8年3月14日 9:30、2026-03-14 9:30".to_string(),
        Kind::Reference { ledger, many } if choices.list(ledger, &[]).is_none_or(|list| *many && list.len() > 30) => {
            let target = ask.kernel.catalogue.ledger(ledger);
            let key = target.and_then(|target| target.field(target.key.as_deref()?)).map(|field| field.label.as_str());
            let many = if *many { "1行に1件ずつ入力してください。" } else { "" };
            format!("{}か名前で入力できます。{many}", key.unwrap_or("番号"))
        }
        Kind::Attachment => format!("1件{}MBまで", files::LARGEST / 1_048_576),
        _ => String::new(),
    };
    let default =
        if new && field.default.is_some() { "空欄にすると、はじめの値が入ります。" } else { "" };
    [field.help.as_str(), text.as_str(), default]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Kept for files that a form holds already.
pub fn file_input(several: bool) -> File {
    if several { File::new().several() } else { File::new() }
}
