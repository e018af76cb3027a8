//! Taking a list away as a file. What was taken goes into the journal.

use exchange::{ExportFormat, ExportProblem};
use ledger::access::Access;
use ledger::port::Writer;
use ledger::query::Filter;
use ledger::{Problem, Refusal};
use maud::html;

use crate::components::{LinkButton, Notice, Page};
use crate::web::{Ask, Reply, Stop};

use super::list::asked::Asked;
use super::reason::{given, reason_page};
use super::words::list_url;

/// The file.
pub fn file(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let ledger = ask.kernel.ledger(ask.param("ledger"))?;
    let access = Access::new(&ledger, ask.who);
    if !access.any() {
        return Err(Refusal::NotFound.into());
    }
    let word = ask.query("format").unwrap_or("xlsx");
    let format = ExportFormat::parse(word).ok_or_else(|| {
        Refusal::invalid(Problem::field(
            "format",
            "出力の形式は、xlsx、csv、csv-cp932、json のどれかを指定してください。",
        ))
    })?;
    let mut asked = Asked::read(ask, &ledger)?;
    asked.request.cursor = None;
    let reason = given(ask.query("reason"));
    // Whoever may not export is told so, not asked why.
    if ledger.asks_reason && reason.is_none() && access.exportable() != Filter::Nothing {
        let help = format!("{}をファイルとして取り出します。", ledger.label);
        let to = list_url(&ledger.name).join("export");
        let page = reason_page("取り出す理由", &help, &to, &ask.query, asked.url.clone(), None);
        return Ok(Reply::page(page.under(ledger.label.as_str(), asked.url)));
    }
    let name = format!("{}_{}.{}", ledger.label, ask.kernel.today().format("%Y%m%d"), format.ending());
    match exchange::export(ask.kernel, tx, ask.who, &asked.request, &[], format, reason.as_deref()) {
        Ok(file) => {
            Ok(Reply::File { name, media_type: format.media_type().to_string(), content: file.content, inline: false })
        }
        Err(ExportProblem::Refusal(refusal)) => Err(refusal.into()),
        Err(ExportProblem::Write(problem)) => {
            let list = asked.url.clone();
            let again = |words: &str, format: &str| {
                let mut to = list_url(&ledger.name).join("export");
                for (name, value) in asked.url.pairs() {
                    to = to.query(name, value);
                }
                LinkButton::download(words, to.query("format", format).query_if("reason", reason.clone()))
            };
            let text = problem.to_string();
            let mut notice = Notice::error("この形式では出力できません");
            for line in text.lines() {
                notice = notice.text(line);
            }
            let page = Page::new("出力できませんでした").under(ledger.label.as_str(), list.clone()).notice(notice).body(html! {
                div class="actions" {
                    (again("CSV(UTF-8)で出力する", "csv"))
                    @if format == ExportFormat::CsvCp932 { (again("〓に置き換えてシフトJISで出力する", "csv-cp932-geta")) }
                    (LinkButton::secondary("一覧に戻る", list))
                }
            });
            Err(Stop::Answer(Reply::page(page)))
        }
    }
}
