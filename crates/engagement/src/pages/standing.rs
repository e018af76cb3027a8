//! How a contract stands, in one line for each kind of trouble: works, issues, risks, incidents, defects.

use chrono::TimeDelta;
use ledger::Refusal;
use ledger::port::Reader;
use ledger::read::{Condition, Test};
use maud::{Markup, html};
use ui::asked;
use ui::components::{Badge, Tone};
use ui::web::Ask;

use super::filed::Filed;
use crate::progress::names::ledger_name::{ISSUE, RISK, WORK_ITEM};

/// What makes an open record of a ledger urgent.
enum Urgent {
    /// Its day has passed: the field with the day, and the words.
    Past(&'static str, &'static str),
    /// A field has this value.
    Has(&'static str, &'static str, &'static str),
    /// Being open is enough.
    Open,
}

/// The ledgers looked at, in order.
const LOOKED_AT: [(&str, Urgent); 5] = [
    (WORK_ITEM, Urgent::Past("ends_on", "予定の日を過ぎたもの")),
    (ISSUE, Urgent::Past("due_on", "対応期限を過ぎたもの")),
    (RISK, Urgent::Has("priority", "high", "優先度の高いもの")),
    ("incident", Urgent::Open),
    ("nonconformity", Urgent::Open),
];

/// The section; nothing while none of these ledgers holds anything.
pub fn section(tx: &mut dyn Reader, ask: &Ask<'_>, filed: &[Filed]) -> Result<Markup, Refusal> {
    let yesterday = (ask.kernel.today() - TimeDelta::days(1)).to_string();
    let mut lines = Vec::new();
    for (name, urgent) in LOOKED_AT {
        let Some(one) = filed.iter().find(|one| one.name == name && one.total > 0) else { continue };
        let open = one.open();
        let states = asked::is("state", one.open_states());
        let (count, words, further) = match &urgent {
            _ if open == 0 => (0, "", None),
            Urgent::Open => (open, "", None),
            Urgent::Past(field, words) => {
                let past = asked::test(field, Test::To, yesterday.clone());
                (counted(tx, ask, one, &[&states, &past])?, *words, Some(past))
            }
            Urgent::Has(field, value, words) => {
                let has = asked::is(field, [*value]);
                (counted(tx, ask, one, &[&states, &has])?, *words, Some(has))
            }
        };
        let to = one.list().query("f", states.to_string());
        let urgent_to = further.map(|condition| to.clone().query("f", condition.to_string()));
        lines.push(html! {
            li {
                div class="cluster" {
                    @if count > 0 { (Badge::new("対応が要ります", Tone::Bad)) }
                    @else if open > 0 { (Badge::new("進行中", Tone::Caution)) }
                    @else { (Badge::new("終わりました", Tone::Good)) }
                    a href=(if open > 0 { to } else { one.list() }) { (one.label) }
                    @if open > 0 { span { "終わっていないもの" (open) "件" } } @else { span class="quiet" { "全部で" (one.total) "件" } }
                    @if let Some(to) = urgent_to.filter(|_| count > 0) { a href=(to) { (words) (count) "件" } }
                }
            }
        });
    }
    Ok(html! {
        @if !lines.is_empty() {
            section class="section stack" id="standing" {
                h2 { "工程、課題、リスク" }
                ul class="plain-list" { @for line in &lines { (line) } }
            }
        }
    })
}

fn counted(tx: &mut dyn Reader, ask: &Ask<'_>, one: &Filed, also: &[&Condition]) -> Result<u64, Refusal> {
    let conditions = std::iter::once(one.of_this()).chain(also.iter().map(|condition| (*condition).clone())).collect();
    asked::count(tx, ask, &one.name, conditions)
}
