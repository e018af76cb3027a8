//! Verification of this installation: the daily self-check, and findings in words. The comparison itself is the crate
//! `verify`.

pub mod self_check;

use ledger::definition::Catalogue;
use verify::{Finding, Report};

/// The first findings of a report in words, and how many more there are. Empty when nothing was found.
pub fn summary(report: &Report, catalogue: &Catalogue) -> String {
    const SHOWN: usize = 3;
    let mut words: Vec<String> =
        report.findings.iter().take(SHOWN).map(|finding| sentence(finding, Some(catalogue))).collect();
    if report.found > SHOWN as u64 {
        words.push(format!("ほかに{}件あります。", report.found - SHOWN as u64));
    }
    words.join(" ")
}

/// A finding in words: ledger, record, field, old and new value, the seal.
pub fn sentence(finding: &Finding, catalogue: Option<&Catalogue>) -> String {
    let ledger = finding.ledger.as_deref().and_then(|name| catalogue?.ledger(name));
    let mut text = String::new();
    if let Some(name) = finding.ledger.as_deref().filter(|name| !name.is_empty()) {
        text.push_str(&format!("台帳「{}」", ledger.map_or(name, |ledger| ledger.label.as_str())));
    }
    if let Some(record) = finding.record.as_deref().filter(|record| !record.is_empty()) {
        text.push_str(&format!("の記録 {record}"));
    }
    if let Some(revision) = finding.revision {
        text.push_str(&format!("(第{revision}版、表 {})", finding.table));
    } else {
        text.push_str(&format!("[{} {}]", finding.table, finding.row));
    }
    if let Some(field) = &finding.field {
        let label = ledger.and_then(|ledger| ledger.field(field)).map_or(field.as_str(), |field| field.label.as_str());
        text.push_str(&format!("の項目「{label}」"));
    }
    text.push_str(&format!(": {}。", finding.reason));
    if finding.field.is_some() && (finding.expected.is_some() || finding.found.is_some()) {
        let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "なし".into());
        text.push_str(&format!(" 証跡の値: {}、いまの値: {}。", shown(&finding.expected), shown(&finding.found)));
    }
    match (&finding.sealed, finding.sequence) {
        (Some(sealed), _) => text.push_str(&format!(
            " この値の証跡は位置 {} で、{} の封印({} 件)に含まれています。",
            sealed.position, sealed.at, sealed.size
        )),
        (None, Some(sequence)) => text.push_str(&format!(" 証跡 {sequence} は未封印です。")),
        (None, None) => {}
    }
    text
}
