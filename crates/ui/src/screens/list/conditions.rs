//! Conditions in words, as chips that can be taken away, and the form that adds them.

use ledger::access::Access;
use ledger::definition::{Field as LedgerField, Kind, Ledger};
use ledger::port::Reader;
use ledger::read::subtree::ORGANISATION;
use ledger::read::{Condition, Test};
use ledger::{Problem, Refusal};
use maud::{Markup, Render, html};

use crate::Url;
use crate::components::{Choice, Date, Field, Filters, Picker, Select, Text};
use crate::web::{Ask, Stop};

use super::super::form::choices::resolve;
use super::super::words::{day, list_url, titles_of};
use super::asked::Asked;

/// Prefix of the inputs that add a condition on a field.
const ADD: &str = "c.";

/// The conditions as a sentence, with the form that adds more.
pub fn filters(tx: &mut dyn Reader, ask: &Ask<'_>, ledger: &Ledger, asked: &Asked) -> Result<Markup, Stop> {
    let wanted: Vec<(String, String)> = asked
        .own
        .iter()
        .filter_map(|condition| Some((ledger.field(plain(condition))?.target()?.to_string(), condition)))
        .flat_map(|(target, condition)| condition.values.iter().map(move |value| (target.clone(), value.clone())))
        .collect();
    let titles = titles_of(ask.kernel, tx, ask.who, &wanted)?;
    let value = |condition: &Condition, value: &str| match ledger.field(plain(condition)).map(|field| &field.kind) {
        _ if value == "@me" => "自分".to_string(),
        Some(Kind::Reference { ledger, .. }) => titles.get(ledger, value).to_string(),
        Some(Kind::Choice { set } | Kind::Choices { set }) => {
            ask.kernel.catalogue.choices.get(set).map_or(value, |set| set.label(value)).to_string()
        }
        Some(Kind::Date | Kind::Period) => day(value).map_or_else(|| value.to_string(), crate::when::day_text),
        Some(Kind::YesNo) => if value == "true" { "はい" } else { "いいえ" }.to_string(),
        _ if condition.field == "state" => ledger.workflow.state_label(value).to_string(),
        _ => value.to_string(),
    };
    let mut filters = Filters::new().clear(list_url(&ledger.name));
    for condition in &asked.own {
        let values: Vec<String> = condition.values.iter().map(|text| value(condition, text)).collect();
        let words = sentence(&label(ledger, condition), condition.test, &values.join("、"));
        filters = filters.chip(words, asked.url.without_pair("f", &condition.to_string()));
    }
    if let Some(words) = &asked.request.words {
        filters = filters.chip(format!("言葉: {words}"), asked.url.without("q"));
    }
    if let Some(day) = asked.request.in_force {
        filters = filters.chip(format!("{}に有効", crate::when::day_text(day)), asked.url.without("in_force"));
    }
    Ok(filters.form(&asked.url, form(ask, ledger, asked)).render())
}

fn plain(condition: &Condition) -> &str {
    condition.field.split('.').next().unwrap_or_default()
}

fn label(ledger: &Ledger, condition: &Condition) -> String {
    let field = ledger.field(plain(condition)).map(|field| field.label.clone());
    match (condition.field.as_str(), field) {
        ("state", _) => "状態".into(),
        ("created_at", _) => "登録日時".into(),
        ("recorded_at", _) => "更新日時".into(),
        (name, Some(label)) if name.ends_with(".from") => format!("{label}の初日"),
        (name, Some(label)) if name.ends_with(".to") => format!("{label}の末日"),
        (_, Some(label)) => label,
        (name, None) => name.to_string(),
    }
}

fn sentence(label: &str, test: Test, values: &str) -> String {
    match test {
        Test::Is => format!("{label}: {values}"),
        Test::IsNot => format!("{label}: {values}以外"),
        Test::From => format!("{label}: {values}以上(以後)"),
        Test::To => format!("{label}: {values}以下(以前)"),
        Test::Starts => format!("{label}: 「{values}」で始まる"),
        Test::Under => format!("{label}: {values}以下の組織"),
        Test::Empty => format!("{label}: 空欄"),
        Test::Filled => format!("{label}: 記入あり"),
    }
}

/// The inputs: words, one input for each field that the ledger offers, days.
fn form(ask: &Ask<'_>, ledger: &Ledger, asked: &Asked) -> Markup {
    let access = Access::new(ledger, ask.who);
    let offered: Vec<&LedgerField> = ledger
        .views
        .filters
        .iter()
        .filter_map(|name| ledger.field(name))
        .filter(|field| !access.operand_class_hidden(field))
        .collect();
    let states: Vec<Choice> =
        ledger.workflow.states.iter().map(|state| Choice::new(state.name.as_str(), state.label.as_str())).collect();
    let date = |day: Option<chrono::NaiveDate>| day.map_or_else(Date::new, |day| Date::new().value(day));
    html! {
        @for (name, value) in asked.url.pairs().iter().filter(|(name, _)| !matches!(name.as_str(), "q" | "as_of" | "in_force")) {
            input type="hidden" name=(name) value=(value);
        }
        (Field::new("q", "言葉", Text::new().value(asked.request.words.clone().unwrap_or_default())).help("番号、氏名、件名などに含まれる言葉"))
        @if states.len() > 1 {
            (Field::new("c.state", "状態", Select::new(states).empty(Some("指定しない".into()))))
        }
        @for field in offered { (input(ask, field)) }
        @if ledger.effective.is_some() {
            (Field::new("in_force", "この日に有効なもの", date(asked.request.in_force)))
        }
        (Field::new("as_of", "この日の時点の内容", date(asked.as_of)).help("過去の日を指定すると、その日の終わりの時点で登録されていた内容を表示します。"))
        @if !ledger.views.groups.is_empty() {
            @let groups = ledger.views.groups.iter().filter_map(|name| {
                let label = if name == "state" { "状態" } else { ledger.field(name).filter(|field| !access.operand_class_hidden(field))?.label.as_str() };
                Some(Choice::new(name.as_str(), label))
            }).collect();
            (Field::new("by", "数える単位", Select::new(groups).chosen(asked.group.clone()).empty(Some("数えない(一覧)".into())))
                .help("選ぶと、条件に合う記録の件数を項目ごとに数えます。"))
        }
    }
}

fn input(ask: &Ask<'_>, field: &LedgerField) -> Markup {
    let name = format!("{ADD}{}", field.name);
    let label = field.label.as_str();
    match &field.kind {
        Kind::Choice { set } | Kind::Choices { set } => {
            let set = ask.kernel.catalogue.choices.get(set);
            let choices = set.iter().flat_map(|set| &set.choices);
            let choices = choices.map(|choice| Choice::new(choice.code.as_str(), choice.label.as_str())).collect();
            Field::new(name, label, Select::new(choices).empty(Some("指定しない".into()))).render()
        }
        Kind::YesNo => {
            let choices = vec![Choice::new("true", "はい"), Choice::new("false", "いいえ")];
            Field::new(name, label, Select::new(choices).empty(Some("指定しない".into()))).render()
        }
        Kind::Date | Kind::Period | Kind::DateTime => html! {
            (Field::new(format!("{name}.from"), format!("{label}(この日から)"), Date::new()))
            (Field::new(format!("{name}.to"), format!("{label}(この日まで)"), Date::new()))
        },
        Kind::Integer | Kind::Yen | Kind::Decimal { .. } => html! {
            (Field::new(format!("{name}.from"), format!("{label}(以上)"), Text::new()))
            (Field::new(format!("{name}.to"), format!("{label}(以下)"), Text::new()))
        },
        Kind::Reference { ledger, .. } => {
            let help = if ledger == ORGANISATION {
                "コードか名称。その下の組織も含めて探します。"
            } else {
                "番号か名前"
            };
            let picker = Picker::new().search(list_url(ledger).join("offers"));
            Field::new(name, label, picker).help(help).render()
        }
        _ => Field::new(name, label, Text::new()).help("この言葉で始まるもの").render(),
    }
}

/// The address with the conditions that the form added; `None` when it added none.
pub fn added(tx: &mut dyn Reader, ask: &Ask<'_>, ledger: &Ledger) -> Result<Option<Url>, Stop> {
    let by = ask.query("by");
    if by.is_none() && !ask.query.iter().any(|(name, _)| name.starts_with(ADD)) {
        return Ok(None);
    }
    let mut url = list_url(&ledger.name);
    let kept = ask.query.iter().filter(|(name, value)| {
        !name.starts_with(ADD)
            && !matches!(name.as_str(), "by" | "group" | "cursor" | "trail")
            && !value.trim().is_empty()
    });
    for (name, value) in kept {
        url = url.query(name, value);
    }
    url = url.query_if("group", by.filter(|by| !by.is_empty()));
    for (name, value) in ask.query.iter().filter(|(_, value)| !value.trim().is_empty()) {
        let Some(name) = name.strip_prefix(ADD) else { continue };
        let condition = condition(tx, ask, ledger, name, value.trim())?;
        let text = condition.to_string();
        url = url.without_pair("f", &text).query("f", text);
    }
    Ok(Some(url))
}

fn condition(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    ledger: &Ledger,
    name: &str,
    value: &str,
) -> Result<Condition, Refusal> {
    let (name, part) = match name.rsplit_once('.') {
        Some((name, part @ ("from" | "to"))) => (name, Some(part)),
        _ => (name, None),
    };
    let one = |field: &str, test: Test, value: String| Condition { field: field.into(), test, values: vec![value] };
    let Some(field) = ledger.field(name) else { return Ok(one(name, Test::Is, value.into())) };
    let today = ask.kernel.today();
    Ok(match (&field.kind, part) {
        (Kind::Reference { ledger: target, .. }, _) => {
            let id = resolve(ask.kernel, tx, ask.who, target, &field.label, value)
                .map_err(|error| error.into_refusal(&field.name))?;
            let test = if target == ORGANISATION { Test::Under } else { Test::Is };
            one(name, test, id.unwrap_or_default())
        }
        (Kind::Date | Kind::Period | Kind::DateTime, Some(part)) => {
            let day = calendar::parse_date(value, today).map_err(|problem| {
                Refusal::invalid(Problem::field(name, format!("「{}」: {problem}{}", field.label, problem.mend())))
            })?;
            let test = if part == "from" { Test::From } else { Test::To };
            // A period is in the span when it begins before its end and ends after its beginning.
            let name = match (&field.kind, part) {
                (Kind::Period, "from") => format!("{name}.to"),
                (Kind::Period, _) => format!("{name}.from"),
                _ => name.to_string(),
            };
            one(&name, test, day.to_string())
        }
        (_, Some("from")) => one(name, Test::From, value.into()),
        (_, Some(_)) => one(name, Test::To, value.into()),
        (Kind::Text | Kind::LongText, None) => one(name, Test::Starts, value.into()),
        _ => one(name, Test::Is, value.into()),
    })
}
