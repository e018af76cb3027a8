//! Storing what a sheet's form sent, with or without an act.

use ledger::port::{Reader, Writer};
use ledger::{Body, Change, Problem, Record, Refusal};
use maud::html;
use serde_json::{Value, json};
use ui::components::{Cell, Column, Notice, Row, RowAction, Table};
use ui::screens::words::Words;
use ui::web::{Ask, Reply, Stop};

use super::super::address;
use super::super::pairs::{Pairs, draft_key};
use super::draw;
use super::form::{ACT, FIELDS, MY_VIEW, REVISION};
use super::seen::{Seen, is_asked};

/// The form of a sheet.
pub fn save(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let seen = Seen::load(tx, ask, ask.param("id"))?;
    let pairs = Pairs(ask.form.clone());
    if let Some((field, action)) = ask.form("_rows").and_then(RowAction::parse) {
        return Err(moved(tx, ask, &seen, pairs, field, &action)?);
    }
    let sent: Vec<&str> = pairs.first(FIELDS).split(',').filter(|name| is_asked(name)).collect();
    let values = values(ask, &seen, &pairs, &sent);
    let revision = pairs.first(REVISION).parse().unwrap_or_default();
    let act = ask.form(ACT).filter(|act| !act.is_empty());
    let change = match act {
        Some(act) => Change::transition(&seen.sheet().ledger, &seen.sheet().id, revision, act).with(values),
        None => Change::amend(&seen.sheet().ledger, &seen.sheet().id, revision, values),
    };
    let outcome = match moves_without_reason(&seen, act, &change.values) {
        Some(problem) => Err(Refusal::invalid(problem)),
        None => ask.kernel.commit(tx, ask.who, change.clone()),
    };
    match outcome {
        Ok(stored) => {
            tx.clear_desk(&ask.who.actor.account, &draft_key(&stored.id))?;
            let label = act.and_then(|act| seen.ledger.workflow.transition(act)).map(|act| act.label.as_str());
            let notice = match label {
                Some(label) => {
                    let state = seen.ledger.workflow.state_label(&stored.state);
                    Notice::success(format!("「{label}」を行いました。今の状態は「{state}」です"))
                }
                None if stored.revision == revision => Notice::info("変更した項目はありませんでした"),
                None => Notice::success("保存しました。提出はまだしていません"),
            };
            Ok(Reply::to_with(address::sheet(&stored.id), notice))
        }
        Err(Refusal::Invalid(problems)) => {
            let fields = seen.editable();
            let page = draw(tx, ask, &seen, &fields, &pairs, &problems)?;
            Err(Stop::Answer(Reply::page(page)))
        }
        Err(Refusal::Conflict(now)) => Err(conflict(tx, ask, &seen, &pairs, &change.values, &now)?),
        Err(other) => Err(other.into()),
    }
}

/// A row was added, taken out or moved: the same form with its rows changed, nothing stored.
fn moved(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    seen: &Seen,
    mut pairs: Pairs,
    field: &str,
    action: &RowAction,
) -> Result<Stop, Stop> {
    let mut rows = pairs.rows(field);
    if rows.is_empty() {
        rows.push(Default::default());
    }
    action.apply(&mut rows);
    pairs.set_rows(field, rows);
    let fields = seen.editable();
    let page = draw(tx, ask, seen, &fields, &pairs, &[])?;
    Ok(Stop::status(200, Reply::page(page)))
}

/// Values for the write path. Of views from second offices only one's own is sent; those of others stay.
fn values(ask: &Ask<'_>, seen: &Seen, pairs: &Pairs, sent: &[&str]) -> Body {
    let mut values = pairs.values(&seen.ledger, sent);
    if sent.contains(&"concurrent_views") {
        let me = ask.who.person();
        let stored = seen.sheet().value("concurrent_views").as_array().cloned().unwrap_or_default();
        let mut rows: Vec<Value> =
            stored.into_iter().filter(|row| row.get("writer").and_then(Value::as_str) != me).collect();
        let view = pairs.first(MY_VIEW);
        if let Some(me) = me.filter(|_| !view.trim().is_empty()) {
            rows.push(json!({ "writer": me, "view": view }));
        }
        values.insert("concurrent_views".into(), rows.into());
    }
    values
}

/// Whoever moves a mark that came to them says why (人事評価の調整・確認で評語を動かした理由).
fn moves_without_reason(seen: &Seen, act: Option<&str>, values: &Body) -> Option<Problem> {
    let (mark, findings, came) = match act? {
        "adjust" => ("adjuster_mark", "adjuster_findings", seen.sheet().text("evaluator_mark")),
        "confirm" => {
            let adjusted = seen.sheet().text("adjuster_mark");
            ("confirmer_mark", "confirmer_findings", adjusted.or(seen.sheet().text("evaluator_mark")))
        }
        _ => return None,
    };
    let text = |field: &str| {
        let given = values.get(field).and_then(Value::as_str);
        given.or(seen.sheet().text(field)).unwrap_or_default().trim().to_string()
    };
    let given = text(mark);
    let moved = !given.is_empty() && came.is_some_and(|came| came != given);
    (moved && text(findings).is_empty()).then(|| {
        Problem::field(
            findings,
            format!("評語を「{}」から「{given}」に動かす理由を所見に書いてください。", came.unwrap_or_default()),
        )
    })
}

/// Somebody else changed the sheet meanwhile: what both wrote side by side, and the form with one's own input.
fn conflict(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    seen: &Seen,
    pairs: &Pairs,
    values: &Body,
    now: &Record,
) -> Result<Stop, Stop> {
    let words = Words { kernel: ask.kernel, titles: &seen.titles };
    let context = ledger::value::Context { catalogue: &ask.kernel.catalogue, today: ask.kernel.today() };
    // Written between the reading of the sheet and now, it may hold more than the sheet that is drawn below.
    ask.seen.shown(ask.who, &seen.ledger, [now], None);
    let mut rows = Vec::new();
    for (name, input) in values {
        let Some(field) = seen.ledger.field(name) else { continue };
        let mine = ledger::value::normalise(field, input, &context).unwrap_or_else(|_| input.clone());
        if mine != *now.value(name) {
            rows.push(Row::new(vec![
                Cell::text(field.label.as_str()),
                Cell::of_markup(html! { span class="value-only" { (words.text(field, &mine)) } }),
                Cell::of_markup(html! { span class="value-only" { (words.text(field, now.value(name))) } }),
            ]));
        }
    }
    let columns = vec![Column::text("項目").names_row(), Column::text("あなたの入力"), Column::text("今の内容")];
    let fields = seen.editable();
    let page = draw(tx, ask, seen, &fields, pairs, &[])?.notice(
        Notice::warning("あなたが画面を開いた後に、ほかの人がこの評価記録書を更新しました")
            .text("まだ何も保存していません。下の入力欄にはあなたの入力が残っています。今の内容と見比べて直し、もう一度保存してください。")
            .action(Table::new("違いのある項目", columns).rows(rows)),
    );
    Ok(Stop::status(409, Reply::page(page)))
}
