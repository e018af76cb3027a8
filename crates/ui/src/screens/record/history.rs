//! The whole history of a record, to be narrowed by field and person, with the days at which it can be seen again.

use calendar::jst_date;
use ledger::port::{HistoryQuery, Reader, Told};
use ledger::read::SeenEntry;
use maud::{Markup, Render, html};

use crate::components::{AsOf, Choice, Empty, Field, LinkButton, Page, Pager, Select};
use crate::web::{Ask, Reply, Stop};

use super::super::words::{list_url, own_titles, record_url, titles_of};
use super::sentences;

/// Entries on one page.
const ON_A_PAGE: usize = 50;
/// Entries looked through when the history is narrowed.
const LOOKED_AT: usize = 500;

/// The page.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let ledger = ask.kernel.ledger(ask.param("ledger"))?;
    let detail = ask.kernel.detail(tx, ask.who, &ledger.name, ask.param("id"), None)?;
    let record = &detail.record;
    let chosen = |name: &str| ask.query(name).filter(|value| !value.is_empty()).map(String::from);
    let (field, person) = (chosen("field"), chosen("person"));
    let narrowed = field.is_some() || person.is_some();
    let told = match ask.query("told") {
        Some("readings") => Told::Readings,
        Some("everything") => Told::Everything,
        _ => Told::Changes,
    };
    let before = ask.query("before").and_then(|text| text.parse().ok());
    let limit = if narrowed { LOOKED_AT } else { ON_A_PAGE };
    let entries = ask.kernel.history(
        tx,
        ask.who,
        &ledger.name,
        &record.id,
        HistoryQuery { before, ..HistoryQuery::newest(told, limit) },
    )?;
    let shown = entries.iter().flat_map(|seen| seen.entry.changes.keys());
    let classes = shown.filter_map(|name| ledger.field(name)).map(|field| field.class.clone());
    ask.seen.looked(&ledger, &record.id, classes);
    let last = entries.last().map(|seen| seen.sequence).filter(|_| entries.len() >= limit);
    let people: Vec<String> = {
        let mut people: Vec<String> = entries.iter().filter_map(|seen| seen.entry.actor.person.clone()).collect();
        people.sort_unstable();
        people.dedup();
        people
    };
    let shown: Vec<SeenEntry> = entries
        .into_iter()
        .filter(|seen| field.as_ref().is_none_or(|field| seen.entry.changes.contains_key(field)))
        .filter(|seen| person.is_none() || seen.entry.actor.person == person)
        .collect();
    let wanted: Vec<(String, String)> = people.iter().map(|id| ("person".to_string(), id.clone())).collect();
    let titles = titles_of(ask.kernel, tx, ask.who, &wanted)?;
    let title = own_titles(ask.kernel, tx, ask.who, &ledger, std::slice::from_ref(record))?.pop().unwrap_or_default();
    let url = record_url(&ledger.name, &record.id);
    let word = match told {
        Told::Changes => None,
        Told::Readings => Some("readings".to_string()),
        Told::Everything => Some("everything".to_string()),
    };
    let here = url
        .clone()
        .join("history")
        .query_if("told", word.clone())
        .query_if("field", field.clone())
        .query_if("person", person.clone());
    let fields = ledger
        .fields
        .iter()
        .filter(|field| detail.readable.contains(&field.class))
        .map(|field| Choice::new(field.name.as_str(), field.label.as_str()))
        .collect();
    let sorts = vec![Choice::new("readings", "閲覧・印刷・出力"), Choice::new("everything", "すべて")];
    let people = people.iter().map(|id| Choice::new(id.as_str(), titles.get("person", id))).collect();
    let form = html! {
        form method="get" action=(here.bare()) role="search" aria-label="履歴の絞り込み" {
            div class="filter-fields" {
                (Field::new("told", "内容", Select::new(sorts).chosen(word).empty(Some("作成・変更・手続".into()))))
                (Field::new("field", "項目", Select::new(fields).chosen(field).empty(Some("すべて".into()))))
                (Field::new("person", "行った人", Select::new(people).chosen(person).empty(Some("すべて".into()))))
            }
            button type="submit" class="button" { "この条件で見る" }
        }
    };
    let slider = AsOf::new(url.clone(), jst_date(record.created_at), ask.kernel.today(), None);
    let days = days(&shown, &url);
    let history = match shown.is_empty() {
        true => Empty::new(
            "条件に合う履歴はありません",
            "記録を変更すると、いつ誰が何を変えたかがここに残ります。閲覧の記録は「内容」で選べます。",
        )
        .render(),
        false => sentences::draw(tx, ask, &ledger, &shown)?,
    };
    let pager = Pager::new(before.map(|_: i64| here.clone()), last.map(|last| here.clone().query("before", last)));
    let page = Page::new(format!("{title} の履歴"))
        .under(ledger.label.as_str(), list_url(&ledger.name))
        .under(title, url.clone())
        .action(LinkButton::secondary("証明", url.join("proof")))
        .body(html! { (slider) div class="stack" { (days) (form) (history) } (pager) });
    Ok(Reply::page(page))
}

/// Days on which something changed, each as a link to the record as it stood at its end.
fn days(entries: &[SeenEntry], url: &crate::Url) -> Markup {
    let mut days: Vec<chrono::NaiveDate> = entries.iter().map(|seen| jst_date(seen.entry.at)).collect();
    days.dedup();
    html! {
        @if days.len() > 1 {
            p class="cluster no-print" {
                span class="quiet" { "変更があった日の終わりの内容: " }
                @for day in days.iter().take(12) {
                    a href=(url.clone().query("as_of", day)) { (crate::when::day_text(*day)) }
                }
            }
        }
    }
}
