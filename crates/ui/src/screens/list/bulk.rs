//! Acting on many records at once: first a page that says what will happen to which, then all or nothing.

use ledger::access::Access;
use ledger::definition::{Ledger, Transition};
use ledger::port::{Reader, Writer};
use ledger::{Change, Problem, Record, Refusal, write};
use maud::{Markup, Render, html};

use crate::components::{Button, Cell, Column, Field, Form, LinkButton, Notice, Page, Row, Table, TextArea};
use crate::web::{Ask, Reply, Stop};

use super::super::words::{list_url, own_titles, page_url, state_badge};

/// Records of one bulk act.
const MOST: usize = 500;

/// A chosen record as the reader may see it.
struct Chosen {
    record: Record,
    title: String,
    seen: i64,
    /// Why it cannot be done to this one.
    obstacle: Option<String>,
}

/// Do it, or say what would be done.
pub fn bulk(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let ledger = ask.kernel.ledger(ask.param("ledger"))?;
    if !Access::new(&ledger, ask.who).any() {
        return Err(Refusal::NotFound.into());
    }
    let action = ask.form("action").unwrap_or_default();
    let transition = ledger.workflow.transition(action).ok_or(Refusal::NotFound)?;
    let chosen = chosen(tx, ask, &ledger, transition)?;
    if ask.form("_sure").is_none() {
        return Ok(Reply::page(ask_page(ask, &ledger, transition, &chosen, None)));
    }
    let reason = ask.form("reason").unwrap_or_default().trim();
    if transition.comment_required && reason.is_empty() {
        let page = ask_page(ask, &ledger, transition, &chosen, Some("理由を入力してください。"));
        return Err(Stop::Answer(Reply::page(page)));
    }
    let batch = ask.kernel.new_id();
    let mut refused: Vec<(&Chosen, String)> = Vec::new();
    for one in &chosen {
        let change = Change::transition(&ledger.name, &one.record.id, one.seen, &transition.name).in_batch(&batch);
        let change = if reason.is_empty() { change } else { change.because(reason) };
        match ask.kernel.commit(tx, ask.who, change) {
            Ok(_) => {}
            Err(Refusal::Store(error)) => return Err(error.into()),
            Err(refusal) => refused.push((one, why(&refusal))),
        }
    }
    if !refused.is_empty() {
        // Whatever was done to the others is undone with this answer.
        return Err(Stop::Answer(Reply::page(refused_page(ask, &ledger, transition, chosen.len(), &refused))));
    }
    let notice =
        Notice::success(format!("{}件の{}について「{}」を行いました", chosen.len(), ledger.label, transition.label));
    Ok(Reply::to_with(list_url(&ledger.name), notice))
}

fn chosen(tx: &mut dyn Reader, ask: &Ask<'_>, ledger: &Ledger, transition: &Transition) -> Result<Vec<Chosen>, Stop> {
    let access = Access::new(ledger, ask.who);
    let mut picked: Vec<(String, i64)> = Vec::new();
    for text in ask.forms("id") {
        let Some((id, seen)) = text.split_once(':') else { continue };
        let Ok(seen) = seen.parse() else { continue };
        if !picked.iter().any(|(known, _)| known == id) {
            picked.push((id.to_string(), seen));
        }
    }
    if picked.is_empty() {
        let message = "記録が選ばれていません。一覧に戻り、左の欄で記録を選んでください。";
        return Err(Refusal::invalid(Problem::record(message)).into());
    }
    if picked.len() > MOST {
        return Err(
            Refusal::invalid(Problem::record(format!("一度に{MOST}件まで選べます。分けて行ってください。"))).into()
        );
    }
    let ids: Vec<String> = picked.iter().map(|(id, _)| id.clone()).collect();
    let records: Vec<Record> =
        tx.records(&ledger.name, &ids)?.into_iter().filter(|record| access.may_read(record)).collect();
    let obstacles: Vec<Option<String>> =
        records.iter().map(|record| write::obstacle(ledger, transition, record, ask.who)).collect();
    let records: Vec<Record> = records.into_iter().map(|record| access.redact(record)).collect();
    let titles = own_titles(ask.kernel, tx, ask.who, ledger, &records)?;
    let mut found: Vec<Chosen> = records
        .into_iter()
        .zip(titles)
        .zip(obstacles)
        .filter_map(|((record, title), obstacle)| {
            let seen = picked.iter().find(|(id, _)| *id == record.id)?.1;
            Some(Chosen { record, title, seen, obstacle })
        })
        .collect();
    // In the order in which they were chosen.
    found.sort_by_key(|one| picked.iter().position(|(id, _)| *id == one.record.id));
    if found.len() != picked.len() {
        return Err(Refusal::NotFound.into());
    }
    Ok(found)
}

fn ask_page(ask: &Ask<'_>, ledger: &Ledger, transition: &Transition, chosen: &[Chosen], error: Option<&str>) -> Page {
    let able = chosen.iter().filter(|one| one.obstacle.is_none()).count();
    let mut form = Form::new(list_url(&ledger.name).join("bulk"))
        .hidden("_secret", ask.secret)
        .hidden("_sure", "yes")
        .hidden("action", &transition.name);
    for one in chosen.iter().filter(|one| one.obstacle.is_none()) {
        form = form.hidden("id", format!("{}:{}", one.record.id, one.seen));
    }
    let reason = Field::new("reason", "理由", TextArea::new().rows(3))
        .required_if(transition.comment_required)
        .error_if(error)
        .help("選んだすべての記録の履歴に残ります。");
    let rows = chosen.iter().map(|one| {
        let what = one.obstacle.as_deref().map_or_else(|| "行います".to_string(), |why| format!("行いません。{why}"));
        Row::new(vec![
            Cell::link(one.title.as_str(), &page_url(&ask.kernel.catalogue, &ledger.name, &one.record.id)),
            Cell::badge(&state_badge(ledger, &one.record.state)),
            Cell::text(what),
        ])
    });
    let columns =
        vec![Column::text(ledger.label.as_str()).names_row(), Column::text("今の状態"), Column::text("行うこと")];
    let mut page = page(ledger, format!("「{}」をまとめて行う", transition.label));
    if able < chosen.len() {
        let left = chosen.len() - able;
        page = page.notice(Notice::warning(format!("{left}件は今の状態や権限では行えないため、含めません")));
    }
    let form = if able == 0 {
        html! { p { "行える記録がありません。" (LinkButton::secondary("一覧に戻る", list_url(&ledger.name))) } }
    } else {
        form.body(html! {
            p class="bold" { (able) "件の" (ledger.label) "について「" (transition.label) "」を行います。" }
            @if !transition.confirm.is_empty() { p { (transition.confirm) } }
            p { "1件でも行えないときは、どれにも行いません。" }
            (reason)
        })
        .button(Button::primary(format!("{able}件に「{}」を行う", transition.label)))
        .button(LinkButton::secondary("やめて一覧に戻る", list_url(&ledger.name)))
        .render()
    };
    page.body(html! { (form) (Table::new("対象の記録", columns).rows(rows)) })
}

fn refused_page(
    ask: &Ask<'_>,
    ledger: &Ledger,
    transition: &Transition,
    all: usize,
    refused: &[(&Chosen, String)],
) -> Page {
    let rows = refused.iter().map(|(one, why)| {
        Row::new(vec![
            Cell::link(one.title.as_str(), &page_url(&ask.kernel.catalogue, &ledger.name, &one.record.id)),
            Cell::text(why.as_str()).wrong(),
        ])
    });
    let columns = vec![Column::text(ledger.label.as_str()).names_row(), Column::text("理由")];
    let bad: Vec<&str> = refused.iter().map(|(one, _)| one.record.id.as_str()).collect();
    let rest: Vec<&str> =
        ask.forms("id").filter(|text| !bad.iter().any(|id| text.split(':').next() == Some(id))).collect();
    let again = |rest: &[&str]| -> Markup {
        html! {
            form method="post" action=(list_url(&ledger.name).join("bulk")) {
                input type="hidden" name="_secret" value=(ask.secret);
                input type="hidden" name="action" value=(transition.name);
                @for id in rest { input type="hidden" name="id" value=(id); }
                (Button::secondary(format!("残りの{}件だけで行う", rest.len())))
            }
        }
    };
    page(ledger, format!("「{}」を行えませんでした", transition.label))
        .notice(
            Notice::error(format!("{all}件のうち{}件で行えないため、どれにも行っていません", refused.len()))
                .text("下の理由を直すか、行えない記録を除いて、もう一度行ってください。"),
        )
        .body(html! {
            (Table::new("行えない記録", columns).rows(rows))
            div class="actions" {
                @if !rest.is_empty() { (again(&rest)) }
                (LinkButton::secondary("一覧に戻る", list_url(&ledger.name)))
            }
        })
}

fn page(ledger: &Ledger, title: String) -> Page {
    Page::new(title).under(ledger.label.as_str(), list_url(&ledger.name))
}

fn why(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Invalid(problems) => {
            problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>().join(" ")
        }
        Refusal::Conflict(_) => "画面を開いた後に、ほかの人が更新しました。開き直して確かめてください。".into(),
        other => other.to_string(),
    }
}
