//! What stands beside a sheet: last term's goals, my notes on the person, past marks, findings handed over, documents.

use ledger::port::Reader;
use maud::{Markup, html};
use ui::Url;
use ui::components::{Button, Field, SidePanel, TextArea};
use ui::screens::words::{day, list_url, record_url};
use ui::web::{Ask, Stop};
use ui::when::Day;

use super::super::super::look_back::{PastMark, look_back};
use super::super::super::names::ledger_name::{COMPLAINT, HANDOVER, MEMO, PERSON, SHEET};
use super::super::super::names::{kind, state};
use super::super::super::year::sheet_before;
use super::super::{address, asked, shown};
use super::seen::Seen;

/// Notes shown at most.
const NOTES: usize = 20;

/// The panel.
pub fn panel(tx: &mut dyn Reader, ask: &Ask<'_>, seen: &Seen) -> Result<SidePanel, Stop> {
    let mut panel = SidePanel::new();
    if let Some((heading, lines)) = last_term(tx, ask, seen)? {
        panel = panel.block(heading, None, lines, "前期の評価記録書は、ないか、あなたには見られません。");
    }
    if !seen.is_subject(ask) {
        let lines = handed_over(tx, ask, seen)?;
        if !lines.is_empty() {
            panel = panel.block("引継ぎの所見", None, lines, "");
        }
        let lines = past(tx, ask, seen)?;
        panel = panel.block("過去の評語", None, lines, "見られる過去の評語はありません。");
        if matches!(seen.seat(ask), Some("evaluator" | "concurrent_evaluators" | "former_evaluators")) {
            let mut lines = notes(tx, ask, seen)?;
            lines.push(note_form(ask, seen));
            panel = panel.block("手控え（あなただけが読めます）", None, lines, "");
        }
    }
    Ok(panel.block("文書と履歴", None, links(ask, seen), "開ける文書はありません。"))
}

/// Goals of the term before with their marks.
fn last_term(tx: &mut dyn Reader, ask: &Ask<'_>, seen: &Seen) -> Result<Option<(String, Vec<Markup>)>, Stop> {
    if seen.sheet().text("kind") != Some(kind::PERFORMANCE) {
        return Ok(None);
    }
    let Some(before) = sheet_before(tx, ask.kernel, ask.who, seen.sheet())? else {
        return Ok(Some(("前期の目標".into(), Vec::new())));
    };
    ask.seen.shown(ask.who, &seen.ledger, [&before], None);
    let mut lines: Vec<Markup> = shown::items(ask.kernel, &before)
        .iter()
        .map(|item| {
            html! {
                details {
                    summary { (item.no) " " (item.title) @if let Some(mark) = &item.mark { "（" (mark) "）" } }
                    p class="value-only small" { (item.detail) }
                    @if let Some(report) = &item.report { p class="small bold" { "自己申告" } p class="value-only small" { (report) } }
                }
            }
        })
        .collect();
    lines.push(html! {
        a href=(address::sheet(&before.id)) { "前期の評価記録書を開く" }
    });
    Ok(Some(("前期の目標".into(), lines)))
}

fn past(tx: &mut dyn Reader, ask: &Ask<'_>, seen: &Seen) -> Result<Vec<Markup>, Stop> {
    let Some(subject) = seen.sheet().text("subject").map(String::from) else { return Ok(Vec::new()) };
    let found = look_back(tx, ask.kernel, ask.who, &[subject])?;
    let line = |mark: &PastMark| {
        html! {
            a href=(address::sheet(&mark.sheet)) { (mark.round_name) }
            " " span class="bold" { (mark.label) }
            span class="small quiet" { "（" (mark.of) "段階の上から" (mark.order) "番目）" }
        }
    };
    let marks = found.iter().flat_map(|back| back.ability.iter().chain(&back.performance));
    let marks: Vec<&PastMark> = marks.filter(|mark| mark.sheet != seen.sheet().id).collect();
    shown::marks_seen(ask, &seen.ledger, marks.iter().copied());
    Ok(marks.into_iter().map(line).collect())
}

fn handed_over(tx: &mut dyn Reader, ask: &Ask<'_>, seen: &Seen) -> Result<Vec<Markup>, Stop> {
    let found = asked::all(tx, ask, HANDOVER, vec![asked::is("sheet", [seen.sheet().id.as_str()])])?;
    let people = found.iter().filter_map(|record| record.text("from_evaluator"));
    let titles = asked::names(tx, ask, PERSON, people)?;
    let ledger = ask.kernel.ledger(HANDOVER)?;
    ask.seen.shown(ask.who, &ledger, &found, None);
    Ok(found
        .iter()
        .map(|record| {
            let from = record.text("from_evaluator").map_or("", |id| titles.get(PERSON, id));
            html! {
                p { span class="bold" { (from) } " " (ui::screens::words::state_badge(&ledger, &record.state)) }
                @if let Some(findings) = record.text("findings") { p class="value-only small" { (findings) } }
                a href=(record_url(HANDOVER, &record.id)) { "引継ぎを開く" }
            }
        })
        .collect())
}

fn notes(tx: &mut dyn Reader, ask: &Ask<'_>, seen: &Seen) -> Result<Vec<Markup>, Stop> {
    let Some(subject) = seen.sheet().text("subject") else { return Ok(Vec::new()) };
    let mut found = asked::all(tx, ask, MEMO, vec![asked::is("subject", [subject])])?;
    found.truncate(NOTES);
    ask.seen.shown(ask.who, &*ask.kernel.ledger(MEMO)?, &found, None);
    Ok(found
        .iter()
        .map(|memo| {
            html! {
                @if let Some(on) = memo.text("noted_on").and_then(day) {
                    a href=(record_url(MEMO, &memo.id)) { (Day::new(on)) span class="visually-hidden" { "の手控えを開く" } }
                }
                p class="value-only small" { (memo.text("text").unwrap_or_default()) }
            }
        })
        .collect())
}

fn note_form(ask: &Ask<'_>, seen: &Seen) -> Markup {
    html! {
        form class="stack" method="post" action=(address::memo(&seen.sheet().id)) {
            input type="hidden" name="_secret" value=(ask.secret);
            (Field::new("note", "手控えを書く", TextArea::new().rows(3).limit(4000)))
            (Button::secondary("手控えを残す").small())
        }
    }
}

fn links(ask: &Ask<'_>, seen: &Seen) -> Vec<Markup> {
    let sheet = seen.sheet();
    let mut lines: Vec<Markup> = seen
        .detail
        .documents
        .iter()
        .filter_map(|name| ask.kernel.catalogue.documents.get(name))
        .map(|form| {
            let to = Url::path(["documents", form.name.as_str()]).query("record", &sheet.id);
            html! { a href=(to) { (form.label) "（PDF）を開く" } }
        })
        .collect();
    if seen.detail.history {
        lines.push(html! { a href=(record_url(SHEET, &sheet.id).join("history")) { "履歴を見る" } });
    }
    lines.push(html! { a href=(record_url(SHEET, &sheet.id)) { "すべての項目を見る" } });
    if seen.is_subject(ask) && state::FINAL.contains(&sheet.state.as_str()) {
        let to = list_url(COMPLAINT).join("new").query("sheet", &sheet.id);
        lines.push(html! { a href=(to) { "この評価について苦情を申し出る" } });
    }
    lines
}
