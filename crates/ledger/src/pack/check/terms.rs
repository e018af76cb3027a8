//! Terms: every ledger, field and setting that is named exists, every value fits its field, and every rule can be read
//! whatever is decided.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::Value;

use super::{Looking, expressions, mend};
use crate::definition::{Catalogue, Every, Field, FillProblem, Item, Kind, Ledger, Terms};
use crate::pack::read::{Draft, ITEM_KEYS};
use crate::pack::toml_text::Places;
use crate::value;

/// What the ledger of contracts must have: each field with what it is for.
const CONTRACT: [(&str, &str); 4] = [
    ("terms", "choices = \"terms\" の選択"),
    ("settings", "name、label、value、clause、note の列を持つ表"),
    ("starts_on", "日付"),
    ("ends_on", "日付"),
];
/// Columns of the field `settings`.
const COLUMNS: [&str; 6] = ["name", "label", "value", "said", "clause", "note"];
/// What the ledger that receives the deadlines must have. Items cannot give these values themselves.
const MADE: [(&str, &str); 11] = [
    ("item", "一行の文字"),
    ("label", "一行の文字"),
    ("span", "一行の文字"),
    ("period", "日付"),
    ("event_ledger", "一行の文字"),
    ("event", "一行の文字"),
    ("due_on", "日付"),
    ("counted", "一行の文字"),
    ("clause", "一行の文字"),
    ("source", "一行の文字"),
    ("fixed", "はい・いいえ"),
];

pub(super) fn check(draft: &Draft) {
    let choices = Catalogue { choices: draft.choices.clone(), ..Catalogue::default() };
    let mut labels: BTreeMap<&str, &str> = BTreeMap::new();
    for one in draft.terms.values() {
        let (terms, places) = (&one.terms, &one.places);
        let raise = |path: &str, message: String, mend: &str| {
            draft.problems.borrow_mut().push(places.at(path).problem(message, mend));
        };
        if let Some(other) = labels.insert(&terms.label, &terms.name) {
            raise(
                "terms.label",
                format!("契約の決まり「{}」はパック「{other}」にもあります。", terms.label),
                "契約案件を作る人が選び分けられるように、名前を変えてください。",
            );
        }
        let Some(contract) = ledger(draft, places, "terms.for", &terms.ledger) else { continue };
        let Some(made) = ledger(draft, places, "terms.makes", &terms.makes) else { continue };
        let checking = Checking { draft, terms, places, contract, made, choices: &choices };
        if checking.shapes() {
            checking.values();
            checking.settings();
            checking.items();
        }
    }
}

/// The ledger of that name. A file that could not be read has its own problems already.
fn ledger<'d>(draft: &'d Draft, places: &Places, path: &str, name: &str) -> Option<&'d Ledger> {
    let found = draft.ledgers.get(name).map(|draft| &draft.ledger);
    if found.is_none() && !name.is_empty() && !draft.broken.iter().any(|broken| broken == name) {
        let known: Vec<&str> = draft.ledgers.keys().map(String::as_str).collect();
        let problem = places.at(path).problem(format!("台帳「{name}」はありません。"), mend(name, "台帳", &known));
        draft.problems.borrow_mut().push(problem);
    }
    found
}

struct Checking<'d> {
    draft: &'d Draft,
    terms: &'d Terms,
    places: &'d Places,
    contract: &'d Ledger,
    made: &'d Ledger,
    choices: &'d Catalogue,
}

/// The reference by which a ledger's records belong to a contract.
fn reference<'l>(ledger: &'l Ledger, contract: &Ledger) -> Option<&'l Field> {
    ledger
        .fields
        .iter()
        .find(|field| matches!(&field.kind, Kind::Reference { ledger, many: false } if *ledger == contract.name))
}

impl<'d> Checking<'d> {
    fn raise(&self, path: &str, message: impl Into<String>, mend: impl Into<String>) {
        self.draft.problems.borrow_mut().push(self.places.at(path).problem(message, mend));
    }

    /// The two ledgers are made for terms.
    fn shapes(&self) -> bool {
        let mut fit = true;
        let mut lacks = |path: &str, ledger: &Ledger, name: &str, what: &str| {
            fit = false;
            self.raise(
                path,
                format!(
                    "台帳「{}」は契約の決まりを受け取れません。項目「{name}」（{what}）がありません。",
                    ledger.name
                ),
                "業務パック engagement の台帳 engagement と obligation を書いてください。",
            );
        };
        for (name, what) in CONTRACT {
            let fits = self.contract.field(name).is_some_and(|field| match (&field.kind, name) {
                (Kind::Choice { set }, "terms") => set == "terms",
                (Kind::Rows { columns }, "settings") => {
                    COLUMNS.iter().all(|name| columns.iter().any(|column| column.name == *name))
                }
                (Kind::Date, "starts_on" | "ends_on") => true,
                _ => false,
            });
            if !fits {
                lacks("terms.for", self.contract, name, what);
            }
        }
        for (name, what) in MADE {
            let fits = self.made.field(name).is_some_and(|field| match field.kind {
                Kind::Text => what == "一行の文字",
                Kind::Date => what == "日付",
                Kind::YesNo => what == "はい・いいえ",
                _ => false,
            });
            if !fits {
                lacks("terms.makes", self.made, name, what);
            }
        }
        if reference(self.made, self.contract).is_none() {
            lacks("terms.makes", self.made, &self.contract.name, "契約案件の参照");
        }
        if self.made.workflow.transition("waive").is_none() {
            self.raise(
                "terms.makes",
                format!("台帳「{}」に、期限を不要とする操作「waive」がありません。", self.made.name),
                "[transition] に waive を加えるか、台帳 obligation を書いてください。",
            );
            fit = false;
        }
        fit
    }

    /// First values of the contract.
    fn values(&self) {
        for (name, value) in &self.terms.values {
            let path = format!("values.{name}");
            if ["terms", "settings"].contains(&name.as_str()) {
                self.raise(
                    &path,
                    format!("項目「{name}」の初めの値は書けません。"),
                    "この行を消してください。決めごとは [setting.名前] に書きます。",
                );
                continue;
            }
            self.value(&path, self.contract, name, value, &[]);
        }
    }

    fn value(&self, path: &str, ledger: &Ledger, name: &str, value: &Value, further: &[&str]) {
        let Some(field) = ledger.field(name) else {
            let known: Vec<&str> =
                ledger.fields.iter().map(|field| field.name.as_str()).chain(further.iter().copied()).collect();
            let hint = match super::nearest(name, known.iter().copied()) {
                Some(near) => format!("「{near}」ではありませんか。"),
                None => "台帳の項目の名前を確かめてください。".into(),
            };
            self.raise(path, format!("台帳「{}」に項目「{name}」はありません。", ledger.name), hint);
            return;
        };
        if field.computed.is_some() || field.retired {
            self.raise(
                path,
                format!("項目「{name}」には値を書けません。計算で決まるか、使われなくなった項目です。"),
                "この行を消してください。",
            );
            return;
        }
        if let Err((message, mend)) = self.fits(field, value) {
            self.raise(path, message, mend);
        }
    }

    /// Whether a value as written is one of the field.
    fn fits(&self, field: &Field, value: &Value) -> Result<(), (String, String)> {
        let name = &field.name;
        let wrong = |wanted: &str| (format!("項目「{name}」の値は{wanted}。"), "書き方を改めてください。".to_owned());
        let codes = |set: &str, written: &Value| -> Result<(), (String, String)> {
            let known: Vec<&str> = (self.choices.choices.get(set).into_iter())
                .flat_map(|set| set.choices.iter().map(|choice| choice.code.as_str()))
                .collect();
            match written.as_str() {
                Some(code) if known.contains(&code) => Ok(()),
                Some(code) => Err((format!("選択肢「{code}」はありません。"), mend(code, "選択肢", &known))),
                None => Err(wrong("選択肢の記号を文字列で書きます")),
            }
        };
        match &field.kind {
            Kind::Choice { set } => return codes(set, value),
            Kind::Choices { set } => {
                let one = std::slice::from_ref(value);
                return value.as_array().map_or(one, Vec::as_slice).iter().try_for_each(|code| codes(set, code));
            }
            Kind::Reference { .. } | Kind::Rows { .. } | Kind::Attachment | Kind::Period | Kind::DateTime => {
                return Err((
                    format!("項目「{name}」の値は契約の決まりに書けません。"),
                    "契約ごとに人が入れます。この行を消してください。".to_owned(),
                ));
            }
            Kind::Integer | Kind::Yen if !value.is_i64() => return Err(wrong("整数で書きます")),
            Kind::YesNo if !value.is_boolean() => return Err(wrong(" true か false で書きます")),
            Kind::Text | Kind::LongText | Kind::Date | Kind::Decimal { .. } if !value.is_string() => {
                return Err(wrong("文字列で書きます"));
            }
            _ => {}
        }
        let context = value::Context { catalogue: self.choices, today: NaiveDate::default() };
        match value::normalise(field, value, &context) {
            Ok(Value::Null) => {
                Err((format!("項目「{name}」の値が空です。"), "値を書くか、行を消してください。".to_owned()))
            }
            Ok(_) => Ok(()),
            Err(problems) => Err((
                format!("項目「{name}」の値が違います。"),
                problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join(" "),
            )),
        }
    }

    fn settings(&self) {
        for setting in &self.terms.settings {
            let path = format!("setting.{}", setting.name);
            if !setting.options.is_empty() && !setting.options.iter().any(|(_, value)| *value == setting.value) {
                let values: Vec<&str> = setting.options.iter().map(|(_, value)| value.as_str()).collect();
                self.raise(
                    &format!("{path}.value"),
                    format!("初めの値「{}」が options にありません。", setting.value),
                    format!("選べるのは {} です。", values.join("、")),
                );
            }
            let used = self.terms.items.iter().any(|item| item.settings().contains(&setting.name.as_str()));
            if !used && !setting.reading {
                self.raise(
                    &path,
                    format!("決めごと「{}」がどの期限にも使われていません。", setting.name),
                    format!(
                        "due に {{{}}} と書くか、この決めごとを消してください。条項の読み方を決めるだけなら reading = true を加えます。",
                        setting.name
                    ),
                );
            }
            if used && setting.reading {
                self.raise(
                    &format!("{path}.reading"),
                    format!(
                        "決めごと「{}」は期限に使われていて、条項の読み方だけを決めるものではありません。",
                        setting.name
                    ),
                    "reading の行を消してください。",
                );
            }
        }
    }

    fn items(&self) {
        let mut seen: BTreeMap<(&str, &str), &str> = BTreeMap::new();
        let own: Vec<&str> = MADE.iter().map(|(name, _)| *name).collect();
        for item in &self.terms.items {
            let path = format!("item.{}", item.name);
            if let Some(other) = seen.insert((&item.label, &item.clause), &item.name) {
                self.raise(
                    &path,
                    format!("項目「{}」と「{other}」は名前も条項も同じです。", item.name),
                    "片方を消すか、別のものなら名前か条項で見分けられるようにしてください。",
                );
            }
            let texts = [("label", &item.label), ("clause", &item.clause), ("source", &self.terms.source)];
            for (name, text) in texts {
                let at = if name == "source" { "terms.source".into() } else { format!("{path}.{name}") };
                // An empty one was told where it was read.
                if !text.trim().is_empty() {
                    self.value(&at, self.made, name, &text.as_str().into(), &[]);
                }
            }
            for (name, value) in &item.values {
                let at = format!("{path}.{name}");
                let refers = reference(self.made, self.contract).is_some_and(|field| field.name == *name);
                if own.contains(&name.as_str()) || refers {
                    self.raise(
                        &at,
                        format!("項目「{name}」は契約の決まりから自動で入ります。"),
                        "この行を消してください。期限は due に規則で書きます。",
                    );
                    continue;
                }
                self.value(&at, self.made, name, value, &ITEM_KEYS);
            }
            self.decided(item, &path);
            if let Some(over) = self.over(item, &path) {
                self.rule(item, &path, over);
            }
        }
    }

    /// A span that is decided for each contract: its setting is there and gives nothing but spans.
    fn decided(&self, item: &Item, path: &str) {
        let Every::Decided { setting: name } = &item.every else { return };
        let known: Vec<&str> = self.terms.settings.iter().map(|setting| setting.name.as_str()).collect();
        let Some(setting) = self.terms.setting(name) else {
            let message = format!("「{{{name}}}」という決めごとはありません。");
            self.raise(&format!("{path}.every"), message, mend(name, "決めごと", &known));
            return;
        };
        let spans = setting.options.iter().all(|(option, _)| Every::DECIDED.contains(&option.as_str()));
        if setting.options.is_empty() || !spans {
            self.raise(
                &format!("setting.{name}"),
                format!("決めごと「{name}」は項目「{}」の間隔なので、選べる値を間隔だけにします。", item.name),
                format!(
                    "options の名前を {} から選んでください（例: half = \"半期ごと\"）。",
                    Every::DECIDED.join("、")
                ),
            );
        }
    }

    /// The ledger whose dates the rule of the item counts from.
    fn over(&self, item: &Item, path: &str) -> Option<&'d Ledger> {
        let Every::Record { ledger: events } = &item.every else { return Some(self.contract) };
        let at = format!("{path}.each");
        let found = ledger(self.draft, self.places, &at, events)?;
        if reference(found, self.contract).is_none() {
            self.raise(
                &at,
                format!("台帳「{events}」に契約案件を指す項目がありません。"),
                format!("ledger = \"{}\" の参照の項目を持つ台帳を書いてください。", self.contract.name),
            );
            return None;
        }
        // The acts of that ledger by which the deadline is met (fields of the ledger that receives it).
        for act in ["met_by", "accepted_by"] {
            let named = item.values.iter().find(|(name, _)| name == act).and_then(|(_, value)| value.as_str());
            let Some(named) = named.filter(|named| found.workflow.transition(named).is_none()) else { continue };
            let known: Vec<&str> = found.workflow.transitions.iter().map(|one| one.name.as_str()).collect();
            self.raise(
                &format!("{path}.{act}"),
                format!("台帳「{events}」に操作「{named}」はありません。"),
                mend(named, "操作", &known),
            );
        }
        if let Some(when) = &item.when {
            let at = format!("{path}.when");
            expressions::one(&Looking::new(self.draft, found, self.places), &at, when);
            for name in when.names().iter().filter(|name| ["today", "me", "before"].contains(&name.as_str())) {
                self.raise(
                    &at,
                    format!("「when」に「{name}」は使えません。"),
                    "記録そのものの項目と state だけで書いてください。日が過ぎたことは期限が示します。",
                );
            }
        }
        Some(found)
    }

    /// The rule can be read with every value that may be chosen, and counts from a date that is there.
    fn rule(&self, item: &Item, path: &str, over: &Ledger) {
        let at = format!("{path}.due");
        let Some(written) = &item.due else {
            if item.every.is_span() {
                self.raise(
                    path,
                    format!("期間ごとの項目「{}」に「due」がありません。", item.name),
                    "due = \"on period_end\" のように、いつまでかを書いてください。",
                );
            }
            return;
        };
        let first = |name: &str| self.terms.setting(name).map(|setting| setting.value.clone());
        let known: Vec<&str> = self.terms.settings.iter().map(|setting| setting.name.as_str()).collect();
        let place = |offset: usize| self.places.at(&at).within(written, offset);
        match item.rule(&first) {
            Err(problem @ FillProblem::NoSetting { .. }) => {
                let FillProblem::NoSetting { name, offset } = &problem else { return };
                let hint = match known.as_slice() {
                    [] => format!("[setting.{name}] を書いてください。"),
                    known => mend(name, "決めごと", known),
                };
                self.draft.problems.borrow_mut().push(place(*offset).problem(problem.to_string(), hint));
                return;
            }
            Err(FillProblem::NotARule { text, error, offset }) => {
                let message = format!("期限「{text}」: {}", error.message);
                self.draft.problems.borrow_mut().push(place(offset).problem(message, error.mend));
                return;
            }
            Ok(Some(rule)) => {
                for name in rule.fields() {
                    if let Err((message, mend)) = self.date(item, over, name) {
                        self.draft.problems.borrow_mut().push(place(0).within(name, 0).problem(message, mend));
                    } else if matches!(item.every, Every::Decided { .. }) && name == "period" {
                        self.raise(
                            &at,
                            format!("項目「{}」の間隔は契約ごとに変わるので、初日からは数えられません。", item.name),
                            "期間の末日 period_end から数える規則にしてください。",
                        );
                    } else if item.every.is_span() && !["period", "period_end"].contains(&name.as_str()) {
                        self.raise(
                            &at,
                            format!(
                                "期間ごとの項目「{}」の期限が「{name}」から数えられ、どの期間でも同じ日になります。",
                                item.name
                            ),
                            "期間の初日 period か末日 period_end から数える規則にしてください。一度だけのものなら every を消します。",
                        );
                    }
                }
            }
            Ok(None) => {}
        }
        for setting in item.settings().iter().filter_map(|name| self.terms.setting(name)) {
            for (code, option) in &setting.options {
                let value_of = |name: &str| if name == setting.name { Some(option.clone()) } else { first(name) };
                let problem = match item.rule(&value_of) {
                    Ok(Some(rule)) => {
                        rule.fields().iter().find_map(|name| self.date(item, over, name).err().map(|found| found.0))
                    }
                    Ok(None) => None,
                    Err(problem) => Some(problem.to_string()),
                };
                if let Some(problem) = problem {
                    self.raise(
                        &format!("setting.{}.options.{code}", setting.name),
                        format!("「{option}」を選ぶと、項目「{}」の期限が読めません。{problem}", item.name),
                        format!("「{written}」に入れて規則になる値を書いてください。"),
                    );
                }
            }
        }
    }

    /// A date that the rule of an item may count from.
    fn date(&self, item: &Item, over: &Ledger, name: &str) -> Result<(), (String, String)> {
        if name == "period" || name == "period_end" {
            return if item.every.is_span() {
                Ok(())
            } else {
                Err((
                    format!("「{name}」は期間ごとの項目だけで使えます。"),
                    "every = \"month\" などを書くか、日付の項目から数えてください。".into(),
                ))
            };
        }
        let through = reference(over, self.contract).filter(|_| matches!(item.every, Every::Record { .. }));
        let (ledger, inner) = match name.split_once('.') {
            None => (over, name),
            Some((first, inner)) if through.is_some_and(|field| field.name == first) => (self.contract, inner),
            Some((first, _)) => {
                let mend = match through {
                    Some(field) => format!("使えるのは、この記録の日付と「{}.日付」です。", field.name),
                    None => "契約案件の日付の項目の名前だけを書いてください。".into(),
                };
                return Err((format!("「{first}」の先の日付からは数えられません。"), mend));
            }
        };
        let dates = || -> Vec<&str> {
            let dates = ledger.fields.iter().filter(|field| matches!(field.kind, Kind::Date | Kind::DateTime));
            dates.map(|field| field.name.as_str()).collect()
        };
        match ledger.field(inner).map(|field| &field.kind) {
            Some(Kind::Date | Kind::DateTime) => Ok(()),
            Some(_) => Err((
                format!("期限の起点「{name}」は日付ではありません（台帳「{}」）。", ledger.name),
                format!("使えるのは {} です。", dates().join("、")),
            )),
            None => Err((
                format!("台帳「{}」に項目「{inner}」はありません。", ledger.name),
                mend(inner, "日付の項目", &dates()),
            )),
        }
    }
}
