//! The agency as tables of text, with the columns that an import takes.

use std::collections::BTreeMap;

use super::{Organisation, SampleAgency};

/// A table: a header and rows as wide as the header. Dates are ISO; an empty text is an empty cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// Ledger that the table is imported into.
    pub ledger: &'static str,
    /// Japanese names of the columns.
    pub header: Vec<&'static str>,
    /// Cells.
    pub rows: Vec<Vec<String>>,
}

fn date(date: Option<chrono::NaiveDate>) -> String {
    date.map_or_else(String::new, |date| date.to_string())
}

impl SampleAgency {
    /// Offices, each after the one above it.
    pub fn organisation_rows(&self) -> Rows {
        Rows {
            ledger: "organisation",
            header: vec!["コード", "名称", "上位組織コード", "種別", "有効開始日", "有効終了日"],
            rows: self
                .organisations
                .iter()
                .map(|office| {
                    vec![
                        office.code.clone(),
                        office.name.clone(),
                        office.parent.clone().unwrap_or_default(),
                        office.kind.to_owned(),
                        date(Some(office.valid_from)),
                        date(office.valid_to),
                    ]
                })
                .collect(),
        }
    }

    /// Posts with their class, capacity and the life of their office.
    pub fn post_rows(&self) -> Rows {
        let offices: BTreeMap<&str, &Organisation> =
            self.organisations.iter().map(|office| (office.code.as_str(), office)).collect();
        Rows {
            ledger: "post",
            header: vec!["コード", "名称", "組織コード", "職制段階", "定員", "有効開始日", "有効終了日"],
            rows: self
                .posts
                .iter()
                .map(|post| {
                    let office = offices.get(post.organisation.as_str());
                    vec![
                        post.code.clone(),
                        post.name.clone(),
                        post.organisation.clone(),
                        post.rank.label().to_owned(),
                        post.capacity.to_string(),
                        date(office.map(|office| office.valid_from)),
                        date(office.and_then(|office| office.valid_to)),
                    ]
                })
                .collect(),
        }
    }

    /// People, those who left among them.
    pub fn person_rows(&self) -> Rows {
        Rows {
            ledger: "person",
            header: vec![
                "職員番号",
                "氏名",
                "氏名カナ",
                "生年月日",
                "採用年月日",
                "退職年月日",
                "条件付採用期間の終了日",
                "メール",
            ],
            rows: self
                .people
                .iter()
                .map(|person| {
                    vec![
                        person.number.clone(),
                        person.name.clone(),
                        person.kana.clone(),
                        date(Some(person.born_on)),
                        date(Some(person.hired_on)),
                        date(person.left_on),
                        date(Some(person.conditional_until)),
                        person.mail.clone(),
                    ]
                })
                .collect(),
        }
    }

    /// Assignments, concurrent ones among them.
    pub fn assignment_rows(&self) -> Rows {
        Rows {
            ledger: "assignment",
            header: vec!["職員番号", "官職コード", "発令日", "終了日", "種別", "備考"],
            rows: self
                .assignments
                .iter()
                .map(|one| {
                    vec![
                        one.person.clone(),
                        one.post.clone(),
                        date(Some(one.from)),
                        date(one.to),
                        one.kind.label().to_owned(),
                        one.kind.reason().to_owned(),
                    ]
                })
                .collect(),
        }
    }

    /// Lines of evaluation by office and class.
    pub fn evaluation_line_rows(&self) -> Rows {
        Rows {
            ledger: "evaluation_line",
            header: vec![
                "組織コード",
                "職制段階",
                "評価者官職コード",
                "調整者官職コード",
                "実施権者官職コード",
                "有効開始日",
                "有効終了日",
            ],
            rows: self
                .evaluation_lines
                .iter()
                .map(|line| {
                    vec![
                        line.organisation.clone(),
                        line.rank.label().to_owned(),
                        line.evaluator.clone(),
                        line.adjuster.clone().unwrap_or_default(),
                        line.confirmer.clone(),
                        date(Some(line.valid_from)),
                        date(line.valid_to),
                    ]
                })
                .collect(),
        }
    }
}
