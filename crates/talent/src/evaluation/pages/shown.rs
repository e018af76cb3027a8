//! Parts of a sheet as people read them. Everything here is drawn from a record out of which unreadable fields were
//! taken before; an absent value is not drawn at all.

use ledger::definition::Ledger;
use ledger::read::title::Titles;
use ledger::{Kernel, Record};
use maud::{Markup, Render, html};
use serde_json::Value;
use ui::components::{Badge, RecordState, Section, StepState, Steps, Tone};
use ui::screens::words::{day, state_badge};
use ui::web::Ask;
use ui::when::{Day, day_text};

use super::super::find;
use super::super::look_back::PastMark;
use super::super::names::ledger_name::{ORGANISATION, PERSON, POST};
use super::super::names::{kind, state};
use super::super::sheet::due_field;
use super::asked;

/// Evidence that these past marks are shown.
pub fn marks_seen<'a>(ask: &Ask<'_>, ledger: &Ledger, marks: impl IntoIterator<Item = &'a PastMark>) {
    let class = ledger.field("result_mark").map(|field| field.class.clone());
    for mark in marks {
        ask.seen.looked(ledger, &mark.sheet, class.clone());
    }
}

/// A goal or item with everything that was said of it, as far as it is open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Item {
    /// Number.
    pub no: i64,
    /// Title.
    pub title: String,
    /// What, until when, to which level; or the behaviour asked for.
    pub detail: String,
    /// Importance, difficulty and the like, in words.
    pub tags: Vec<String>,
    /// Self-report.
    pub report: Option<String>,
    /// Mark of the evaluator.
    pub mark: Option<String>,
    /// Finding of the evaluator.
    pub finding: Option<String>,
}

/// Goals, then items of a sheet.
pub fn items(kernel: &Kernel, sheet: &Record) -> Vec<Item> {
    let rows = |field: &str| -> Vec<Value> { sheet.value(field).as_array().cloned().unwrap_or_default() };
    let (reports, marks) = (rows("reports"), rows("item_marks"));
    let beside = |rows: &[Value], no: i64, column: &str| {
        let row = rows.iter().find(|row| row.get("no").and_then(Value::as_i64) == Some(no))?;
        row.get(column).and_then(Value::as_str).map(String::from)
    };
    let mut items = Vec::new();
    for (place, row) in rows("goals").iter().chain(rows("items").iter()).enumerate() {
        let no = row.get("no").and_then(Value::as_i64).unwrap_or_else(|| i64::try_from(place + 1).unwrap_or_default());
        let text = |column: &str| row.get(column).and_then(Value::as_str).unwrap_or_default().to_string();
        let mut tags = Vec::new();
        for (column, label) in [("importance", "重要度"), ("difficulty", "困難度")] {
            let code = text(column);
            if !code.is_empty() {
                let words = kernel.catalogue.choices.get(column).map_or(code.as_str(), |set| set.label(&code));
                tags.push(format!("{label}: {words}"));
            }
        }
        for (column, label) in [("challenge", "チャレンジ目標"), ("management", "マネジメント目標")] {
            if row.get(column) == Some(&Value::Bool(true)) {
                tags.push(label.into());
            }
        }
        let detail = [text("detail"), text("description")].concat();
        items.push(Item {
            no,
            title: text("title"),
            detail,
            tags,
            report: beside(&reports, no, "report"),
            mark: beside(&marks, no, "mark"),
            finding: beside(&marks, no, "finding"),
        });
    }
    items
}

/// Tags of a goal as badges.
pub fn tags(item: &Item) -> Markup {
    html! {
        @if !item.tags.is_empty() {
            p class="cluster" { @for tag in &item.tags { (Badge::tag(tag.as_str())) } }
        }
    }
}

/// Goals or items one under the other, with what was said of each.
pub fn item_list(items: &[Item], empty: &str) -> Markup {
    html! {
        @if items.is_empty() { p class="quiet" { (empty) } }
        @for item in items {
            section class="panel stack" {
                h3 { (item.no) " " (item.title) }
                (tags(item))
                @if !item.detail.is_empty() { p class="value-only" { (item.detail) } }
                @if let Some(report) = &item.report { div { h4 { "自己申告" } p class="value-only" { (report) } } }
                @if let Some(mark) = &item.mark { div { h4 { "個別評語" } p { (mark) } } }
                @if let Some(finding) = &item.finding { div { h4 { "評価者の所見" } p class="value-only" { (finding) } } }
            }
        }
    }
}

/// The three overall marks side by side, each with its findings, as far as they are open; nothing when none is.
pub fn overall(sheet: &Record, titles: &Titles) -> Option<Section> {
    let mut section = Section::new("全体評語").id("overall");
    let mut any = false;
    for (office, seat) in [("評価者", "evaluator"), ("調整者", "adjuster"), ("実施権者", "confirmer")] {
        let (mark, findings) = (sheet.text(&format!("{seat}_mark")), sheet.text(&format!("{seat}_findings")));
        if mark.is_none() && findings.is_none() {
            continue;
        }
        any = true;
        let name = sheet.text(seat).map_or("", |id| titles.get(PERSON, id));
        section = section.fact(
            format!("{office}（{name}）"),
            html! {
                span class="bold" { (mark.unwrap_or("未記入")) }
                @if let Some(findings) = findings { "\n" (findings) }
            },
        );
    }
    if let Some(result) = sheet.text("result_mark") {
        any = true;
        section = section.fact("確定した全体評語", html! { span class="bold" { (result) } });
        if let Some(on) = sheet.text("disclosed_on").and_then(day) {
            section = section.fact("開示した日", Day::with_weekday(on));
        }
    }
    any.then_some(section)
}

/// The interviews that were recorded.
pub fn interviews(kernel: &Kernel, sheet: &Record) -> Option<Section> {
    let mut section = Section::new("面談と助言").id("interviews");
    let mut any = false;
    for (name, part) in [("期首面談", "opening"), ("期末面談", "closing")] {
        let Some(on) = sheet.text(&format!("{part}_on")).and_then(day) else { continue };
        any = true;
        let means = sheet.text(&format!("{part}_means")).map(|code| {
            kernel.catalogue.choices.get("interview_means").map_or(code, |set| set.label(code)).to_string()
        });
        let record = sheet.text(&format!("{part}_record"));
        section = section.fact(
            name,
            html! {
                (Day::with_weekday(on))
                @if let Some(means) = means { " " (means) }
                @if let Some(record) = record { "\n" (record) }
            },
        );
    }
    for (name, field) in [("目標についての助言", "goal_advice"), ("自己申告についての助言", "report_advice")]
    {
        if let Some(advice) = sheet.text(field) {
            any = true;
            section = section.fact(name, advice);
        }
    }
    any.then_some(section)
}

/// Views from second offices.
pub fn views(sheet: &Record, titles: &Titles) -> Option<Section> {
    let rows = sheet.value("concurrent_views").as_array()?;
    let mut section = Section::new("併任先の所見");
    for row in rows {
        let writer =
            row.get("writer").and_then(Value::as_str).map_or("書いた人は不明", |id| titles.get(PERSON, id));
        section = section.fact(writer, row.get("view").and_then(Value::as_str).unwrap_or_default());
    }
    Some(section)
}

/// Who is who on the sheet.
pub fn line(sheet: &Record, titles: &Titles) -> Section {
    let person = |field: &str| sheet.text(field).map(|id| titles.get(PERSON, id).to_string()).unwrap_or_default();
    let post = |field: &str| sheet.text(field).map(|id| titles.get(POST, id).to_string()).unwrap_or_default();
    let seat = |field: &str| {
        let parts = [person(field), post(&format!("{field}_post"))];
        parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("　")
    };
    let office = sheet.text("organisation").map_or("", |id| titles.get(ORGANISATION, id));
    let mut section = Section::new("対象と評価の系列")
        .fact("番号", sheet.text("number").unwrap_or_default())
        .fact("組織と官職", format!("{office}　{}", post("post")))
        .fact("評価者", seat("evaluator"));
    section = match sheet.text("adjuster") {
        Some(_) => section.fact("調整者", seat("adjuster")),
        None => section.fact("調整者", "置きません"),
    };
    section = section.fact("実施権者", seat("confirmer"));
    let second: Vec<&str> =
        sheet.references("concurrent_evaluators").into_iter().map(|id| titles.get(PERSON, id)).collect();
    if !second.is_empty() {
        section = section.fact("併任先の評価者", second.join("、"));
    }
    section
}

/// The steps of the scheme with where this sheet stands. Ability has no goals to set, and nobody adjusts where there is
/// no adjuster.
pub fn steps(ledger: &Ledger, sheet: &Record, round: &Record) -> Steps {
    let performance = sheet.text("kind") == Some(kind::PERFORMANCE);
    let exempt = sheet.value("exempt") == &Value::Bool(true);
    let passed_over = |step: &str| {
        (!performance && [state::GOAL_SETTING, state::GOAL_CHECK].contains(&step))
            || (step == state::ADJUSTING && sheet.text("adjuster").is_none())
            || (step == state::DISCLOSED && exempt)
    };
    let present = if sheet.state == state::CORRECTING { state::CLOSED } else { sheet.state.as_str() };
    let at = state::COURSE.iter().position(|known| *known == present);
    let mut steps = Steps::new();
    for (place, step) in state::COURSE.into_iter().enumerate().filter(|(_, step)| !passed_over(step)) {
        let stands = match at {
            Some(at) if place < at || (place == at && step == state::CLOSED) => StepState::Done,
            Some(at) if place == at => StepState::Now,
            _ => StepState::Ahead,
        };
        let due = due_field(step).and_then(|field| find::date(round, field));
        steps = steps.step(ledger.workflow.state_label(step), stands, due.map(calendar::format_era_short));
    }
    steps
}

/// State, next step and last day of a sheet, as the head of its page.
pub fn stand(ask: &Ask<'_>, ledger: &Ledger, sheet: &Record, round: &Record, titles: &Titles) -> RecordState {
    let (sentence, late) = next(ask, ledger, sheet, round, titles);
    RecordState::new(state_badge(ledger, &sheet.state), sentence).late(late).steps(steps(ledger, sheet, round))
}

/// The same among several sheets on one page, where it is no landmark of its own.
pub fn stand_among(ask: &Ask<'_>, ledger: &Ledger, sheet: &Record, round: &Record, titles: &Titles) -> Markup {
    let (sentence, late) = next(ask, ledger, sheet, round, titles);
    html! {
        div class=(if late { "record-state late" } else { "record-state" }) {
            div class="cluster" {
                (state_badge(ledger, &sheet.state))
                @if late { (Badge::new("期限を過ぎています", Tone::Bad)) }
            }
            @if !sentence.is_empty() { p class="next" { (sentence) } }
            (steps(ledger, sheet, round))
        }
    }
}

/// What comes next, who does it and by when; and whether that day has passed.
fn next(ask: &Ask<'_>, ledger: &Ledger, sheet: &Record, round: &Record, titles: &Titles) -> (String, bool) {
    let next = ledger.workflow.state(&sheet.state).map(|state| state.next.clone()).unwrap_or_default();
    let duty = ledger.duties.iter().find(|duty| duty.states.contains(&sheet.state));
    let mut sentence = match (sheet.text("holder"), duty) {
        (None, _) => next,
        (Some(holder), Some(duty)) if ask.who.person() == Some(holder) => format!("あなたの番です: {}。", duty.label),
        (Some(holder), _) => format!("{next} 今の担当: {}。", titles.get(PERSON, holder)),
    };
    let due = asked::due(sheet, Some(round));
    let mut late = false;
    if let Some(due) = due {
        let (left, over) = asked::due_words(ask, due);
        late = over;
        sentence.push_str(&format!(" 期限 {}（{left}）", day_text(due)));
    }
    (sentence.trim().to_string(), late)
}

/// A last day with what is left; a badge when it has passed.
pub fn due_cell(ask: &Ask<'_>, due: Option<chrono::NaiveDate>) -> Markup {
    let Some(due) = due else { return Markup::default() };
    let (left, late) = asked::due_words(ask, due);
    html! {
        (Day::new(due))
        @if late { " " (Badge::new(left, Tone::Bad)) } @else { span class="second" { (left) } }
    }
}

/// A month in the Japanese calendar: 令和8年4月.
pub fn month_text(date: chrono::NaiveDate) -> String {
    let whole = day_text(date);
    whole.split_once('月').map_or(whole.clone(), |(month, _)| format!("{month}月"))
}

/// The words of a choice; the code where the set does not know it.
pub fn choice(kernel: &Kernel, set: &str, code: &str) -> String {
    kernel.catalogue.choices.get(set).map_or(code, |set| set.label(code)).to_string()
}

/// Parts of a page that are there.
pub fn parts(parts: impl IntoIterator<Item = Option<Section>>) -> Markup {
    html! { @for part in parts.into_iter().flatten() { (part.render()) } }
}
