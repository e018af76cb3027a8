//! `daicho document`.

use std::path::PathBuf;

use clap::Args;
use ledger::Principal;
use ledger::port::Reader;
use ledger::read::{Condition, LARGEST_PAGE, ListRequest, Test};

use super::{End, Failure, Line, refused};

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// 帳票の名前
    name: String,
    /// 記録の識別子か番号(書かなければ、印刷できるすべての記録)
    #[arg(long)]
    record: Vec<String>,
    /// 対象の月(2026-10)。その月に変わった記録だけを印刷する
    #[arg(long)]
    period: Option<String>,
    /// 出力するファイル
    #[arg(long)]
    out: PathBuf,
}

/// Make a paper.
pub fn run(line: &Line, arguments: &Arguments) -> Result<End, Failure> {
    let installation = line.open()?;
    let kernel = installation.kernel();
    let Some(form) = kernel.catalogue.documents.get(&arguments.name) else {
        let known: Vec<&str> = kernel.catalogue.documents.keys().map(String::as_str).collect();
        return Err(format!("帳票「{}」はありません。あるのは: {}", arguments.name, known.join("、")).into());
    };
    let who = Principal::system("document");
    let ledger = kernel.ledger(&form.ledger).map_err(refused)?;
    let mut conditions = Vec::new();
    if !form.states.is_empty() {
        conditions.push(Condition { field: "state".into(), test: Test::Is, values: form.states.clone() });
    }
    if let Some(period) = &arguments.period {
        let first = calendar::parse_month(period, kernel.today())?;
        let next = first.checked_add_months(chrono::Months::new(1)).and_then(|next| next.pred_opt());
        let last = next.ok_or("--period の月が正しくありません。")?;
        for (test, day) in [(Test::From, first), (Test::To, last)] {
            conditions.push(Condition { field: "recorded_at".into(), test, values: vec![day.to_string()] });
        }
    }
    let ids = installation.store.read(|tx: &mut dyn Reader| {
        let mut ids = Vec::new();
        if !arguments.record.is_empty() {
            for given in &arguments.record {
                let key = ledger.key.as_deref().or(ledger.numbering.as_ref().map(|numbering| numbering.field.as_str()));
                let known = match key {
                    Some(key) => tx.lookup(&ledger.name, key, std::slice::from_ref(given))?.remove(given),
                    None => None,
                };
                ids.push(known.and_then(|ids| ids.into_iter().next()).unwrap_or_else(|| given.clone()));
            }
            return Ok(ids);
        }
        let mut request =
            ListRequest { ledger: ledger.name.clone(), conditions, limit: LARGEST_PAGE, ..ListRequest::default() };
        loop {
            let page = kernel.list(tx, &who, &request)?;
            ids.extend(page.records.into_iter().map(|record| record.id));
            match page.next {
                Some(next) => request.cursor = Some(next),
                None => return Ok::<_, ledger::Refusal>(ids),
            }
        }
    });
    let ids = ids.map_err(refused)?;
    if ids.is_empty() {
        println!("印刷できる記録がありません。");
        return Ok(End::Refused);
    }
    let typesetter = crate::paper::typesetter(&installation.settings)?;
    let agency = &installation.settings.agency;
    let pdf =
        crate::paper::print(&installation.store, &kernel, &typesetter, &who, &arguments.name, &ids, agency, None)?;
    std::fs::write(&arguments.out, &pdf.bytes)
        .map_err(|error| format!("{} に書けません: {error}", arguments.out.display()))?;
    println!("{}: {}件、{}ページ", arguments.out.display(), ids.len(), pdf.pages);
    Ok(End::Done)
}
