//! A search of the journal as a file. That it was taken out is written down like every export.

use document::write::{
    Column, CsvOptions, Kind as Shown, Sheet, Value as Put, Workbook, WriteProblem, write_csv, write_xlsx,
};
use journal::act::EXPORT;
use ledger::evidence::reading;
use ledger::port::Writer;
use ledger::{Problem, Refusal};
use serde_json::json;
use ui::screens::words::Words;
use ui::web::{Ask, Reply, Stop};

use super::{search, timeline};

/// Entries in one file at most; a narrower time gives the rest.
const MOST: usize = 20_000;
/// Entries read at a time.
const PART: usize = 500;

/// The file.
pub fn file(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    search::only_permitted(ask)?;
    let asked = search::asked(ask);
    let mut query = asked.question(tx, ask.kernel, PART)?;
    let mut rows: Vec<Vec<document::write::Cell>> = Vec::new();
    let more = loop {
        let trail = ask.kernel.trail(tx, ask.who, &query)?;
        let titles = timeline::titles(tx, ask.kernel, ask.who, &trail.entries)?;
        let words = Words { kernel: ask.kernel, titles: &titles };
        for traced in &trail.entries {
            let entry = &traced.seen.entry;
            let ledger = ask.kernel.catalogue.ledger(&entry.ledger).map(|ledger| ledger.as_ref());
            if let Some(ledger) = ledger {
                let shown = entry.changes.keys().filter_map(|name| ledger.field(name)).map(|field| field.class.clone());
                ask.seen.looked(ledger, &entry.record, shown);
            }
            let (place, record) = timeline::place(&words, traced);
            let changes: Vec<String> = ledger
                .into_iter()
                .flat_map(|ledger| &ledger.fields)
                .filter_map(|field| Some((field, entry.changes.get(&field.name)?)))
                .map(|(field, change)| {
                    let (before, after) = (words.text(field, &change.before), words.text(field, &change.after));
                    format!("{}: {before} → {after}", field.label)
                })
                .collect();
            let text = |text: &str| Put::text(text).into();
            rows.push(vec![
                Put::Integer(traced.seen.sequence).into(),
                text(&calendar::jst::format_iso(entry.at)),
                text(&entry.actor.login),
                text(&timeline::actor(&words, traced)),
                text(&timeline::act_words(ask.kernel, ledger, &entry.act)),
                text(&place),
                text(record.as_ref().map_or("", |(title, _)| title.as_str())),
                text(&changes.join("\n")),
                text(&timeline::facts(ask.kernel, traced).join("、")),
                text(entry.reason.as_deref().unwrap_or_default()),
                text(entry.actor.address.as_deref().unwrap_or_default()),
                text(entry.actor.device.as_deref().unwrap_or_default()),
                text(entry.batch.as_deref().unwrap_or_default()),
            ]);
        }
        match trail.next {
            Some(next) if rows.len() < MOST => query.behind = Some(next),
            next => break next.is_some(),
        }
    };
    let xlsx = ask.query("format") != Some("csv");
    let count = rows.len();
    let facts = json!({ "format": if xlsx { "xlsx" } else { "csv" }, "count": count, "asked": asked.pairs() });
    tx.append(&reading(ask.kernel, ask.who, EXPORT, "journal", "", facts))?;
    let headings =
        ["利用者名", "行った人", "操作", "台帳", "記録", "変更", "内容", "理由", "接続元", "端末", "一括処理"];
    let mut columns = vec![Column::new("証跡の番号", Shown::Integer), Column::new("日時（日本時間）", Shown::Text)];
    columns.extend(headings.into_iter().map(|heading| Column::new(heading, Shown::Text)));
    let mut sheet = Sheet::new("証跡", columns, rows);
    if more {
        sheet.notes = vec![format!("{MOST}件までを出力しました。期間を狭めると続きを出力できます。")];
    }
    let wrong = |problem: WriteProblem| {
        Stop::Refusal(Refusal::invalid(Problem::record(format!("ファイルを作れませんでした。{problem}"))))
    };
    let (ending, media_type, content) = if xlsx {
        let created = calendar::jst::wall_clock(ask.kernel.now());
        let workbook = Workbook { title: "証跡".into(), author: ask.who.name.clone(), created, sheets: vec![sheet] };
        (
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            write_xlsx(workbook).map_err(wrong)?,
        )
    } else {
        ("csv", "text/csv; charset=utf-8", write_csv(sheet, &CsvOptions::default()).map_err(wrong)?.bytes)
    };
    let name = format!("証跡_{}.{ending}", ask.kernel.today().format("%Y%m%d"));
    Ok(Reply::File { name, media_type: media_type.into(), content, inline: false })
}
