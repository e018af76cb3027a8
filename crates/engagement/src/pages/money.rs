//! The money of a contract: what was agreed, claimed, inspected and paid, each amount beside the records it was added up
//! from, and what is claimed next.

use chrono::{Datelike, Months, NaiveDate};
use ledger::access::Access;
use ledger::port::Reader;
use ledger::{Record, Refusal, find};
use maud::{Markup, html};
use ui::Url;
use ui::asked;
use ui::components::{Cell, Column, LinkButton, Row, Table};
use ui::figures::yen;
use ui::screens::words::{list_url, record_url};
use ui::web::Ask;

use crate::names::ledger_name::{ENGAGEMENT, INVOICE, PENALTY};
use crate::names::{claim, contract};

/// Amounts of one contract in yen, tax included, as far as the reader may know them.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Amounts {
    /// Agreed; `None` while there is none.
    pub contract: Option<i64>,
    /// Claims that were handed in and not sent back, and how many.
    pub claimed: (i64, usize),
    /// Of them, for what passed inspection.
    pub inspected: (i64, usize),
    /// Of them, what was paid.
    pub paid: (i64, usize),
    /// Interest for late payment.
    pub interest: i64,
    /// Penalties and damages that were notified, and how many.
    pub penalties: (i64, usize),
    /// Of them, not yet paid in.
    pub penalties_open: i64,
}

impl Amounts {
    /// Add up the records of a contract.
    pub fn of(engagement: &Record, invoices: &[Record], penalties: &[Record]) -> Self {
        let amount = |record: &Record, field: &str| record.value(field).as_i64().unwrap_or_default();
        let sum = |records: &[&Record], field: &str| -> (i64, usize) {
            (records.iter().map(|record| amount(record, field)).sum(), records.len())
        };
        let claimed: Vec<&Record> = invoices.iter().filter(|one| claim::MADE.contains(&one.state.as_str())).collect();
        let inspected: Vec<&Record> =
            claimed.iter().copied().filter(|one| !one.value("inspected_on").is_null()).collect();
        let paid: Vec<&Record> = claimed.iter().copied().filter(|one| one.state == claim::PAID).collect();
        let told: Vec<&Record> =
            penalties.iter().filter(|one| [claim::NOTICED, claim::PAID].contains(&one.state.as_str())).collect();
        let open: Vec<&Record> = told.iter().copied().filter(|one| one.state == claim::NOTICED).collect();
        Self {
            contract: engagement.value(contract::AMOUNT).as_i64(),
            claimed: sum(&claimed, "amount"),
            inspected: sum(&inspected, "amount"),
            paid: sum(&paid, "paid_amount"),
            interest: sum(&claimed, "interest").0,
            penalties: sum(&told, "amount"),
            penalties_open: sum(&open, "amount").0,
        }
    }

    /// What of the contract was not claimed yet.
    pub fn rest(&self) -> Option<i64> {
        self.contract.map(|contract| contract - self.claimed.0)
    }
}

/// The first month of a contract paid by the month that nobody has claimed yet.
pub fn next_month(engagement: &Record, invoices: &[Record]) -> Option<NaiveDate> {
    if engagement.text("payment") != Some("monthly") {
        return None;
    }
    let last = find::date(engagement, contract::ENDS_ON)?;
    let mut month = find::date(engagement, contract::STARTS_ON)?.with_day(1)?;
    let there: Vec<NaiveDate> = invoices.iter().filter_map(|one| find::date(one, "month")).collect();
    while month <= last {
        if !there.iter().any(|one| (one.year(), one.month()) == (month.year(), month.month())) {
            return Some(month);
        }
        month = month.checked_add_months(Months::new(1))?;
    }
    None
}

/// The section; nothing where no amount is known to the reader.
pub fn section(tx: &mut dyn Reader, ask: &Ask<'_>, engagement: &Record) -> Result<Markup, Refusal> {
    let of_this = || vec![asked::is("engagement", [engagement.id.as_str()])];
    let invoices = asked::all(tx, ask, INVOICE, of_this())?;
    let penalties = asked::all(tx, ask, PENALTY, of_this())?;
    let amounts = Amounts::of(engagement, &invoices, &penalties);
    if amounts.contract.is_none() && invoices.is_empty() && penalties.is_empty() {
        return Ok(Markup::default());
    }
    // What is not open to the reader is left out rather than shown as nothing.
    let sees = |name: &str| ask.kernel.catalogue.ledger(name).map(|ledger| Access::new(ledger, ask.who));
    let claims = sees(INVOICE).filter(Access::any);
    let list = |ledger: &str, states: &[&str]| {
        let of_this = list_url(ledger).query("f", format!("engagement:is:{}", engagement.id));
        if states.is_empty() { of_this } else { of_this.query("f", format!("state:is:{}", states.join(","))) }
    };
    let records = |to: Url, label: &str, count: usize| {
        html! { @if count == 0 { (label) "はまだありません" } @else { a href=(to) { (label) (count) "件" } } }
    };
    let mut rows = Vec::new();
    let mut line = |words: &str, value: Option<i64>, from: Markup| {
        let value = value.map_or_else(|| Cell::text("未定"), Cell::yen);
        rows.push(Row::new(vec![Cell::text(words), value, Cell::of_markup(from)]));
    };
    let terms = html! { a href=(record_url(ENGAGEMENT, &engagement.id)) { "契約の内容" } };
    line("契約金額（税込み）", amounts.contract, terms);
    if claims.is_some() {
        let all = list(INVOICE, &claim::MADE);
        line("請求を受けた額", Some(amounts.claimed.0), records(all.clone(), "請求書", amounts.claimed.1));
        if amounts.claimed.1 > 0 {
            let passed = html! { "うち検査に合格した日のある" (amounts.inspected.1) "件" };
            line("検査に合格した額", Some(amounts.inspected.0), passed);
            let paid = records(list(INVOICE, &[claim::PAID]), "支払済みの請求書", amounts.paid.1);
            line("支払った額", Some(amounts.paid.0), paid);
        }
        if amounts.interest > 0 {
            line(
                "支払の遅れの利息（官側が払う）",
                Some(amounts.interest),
                html! { a href=(all) { "請求書の「遅延利息」" } },
            );
        }
        if let Some(rest) = amounts.rest() {
            let how = if rest < 0 {
                "請求が契約金額を超えています"
            } else {
                "契約金額から請求を受けた額を引いた額"
            };
            line("まだ請求のない額", Some(rest), html! { (how) });
        }
    }
    if amounts.penalties.1 > 0 {
        let from = records(list(PENALTY, &[claim::NOTICED, claim::PAID]), "違約金・損害金", amounts.penalties.1);
        line("違約金など（相手方が払う）", Some(amounts.penalties.0), from);
        if amounts.penalties_open > 0 {
            let from = html! { a href=(list(PENALTY, &[claim::NOTICED])) { "納付を待つもの" } };
            line("うち納められていない額", Some(amounts.penalties_open), from);
        }
    }
    let columns = vec![Column::text("項目").names_row(), Column::number("金額"), Column::text("もとになる記録")];
    let table = Table::new("金額と支払", columns).hide_caption().rows(rows);
    let next = match claims {
        Some(access) => next_claim(engagement, &invoices, access.may_create()),
        None => Markup::default(),
    };
    Ok(html! {
        section class="section stack" id="money" {
            h2 { "金額と支払" }
            (table)
            (next)
        }
    })
}

/// What is claimed next, and for whom it is open to write it.
fn next_claim(engagement: &Record, invoices: &[Record], may: bool) -> Markup {
    let running = ["in_force", "completed"].contains(&engagement.state.as_str());
    if !running {
        return Markup::default();
    }
    let new = list_url(INVOICE).join("new").query("engagement", &engagement.id);
    if let Some(waiting) = invoices.iter().find(|one| claim::OPEN.contains(&one.state.as_str())) {
        return html! {
            p { "次の請求: " a href=(record_url(INVOICE, &waiting.id)) {
                (waiting.text("span").or(waiting.text("number")).unwrap_or("請求書")) "の請求書"
            } " が提出を待っています。" }
        };
    }
    if let Some(month) = next_month(engagement, invoices) {
        let month_words = calendar::format_era_month(month);
        let amount = engagement.value(contract::MONTHLY).as_i64().map(|amount| format!(" {}", yen(amount)));
        let new = new.query("month", month.to_string());
        return html! {
            p { "次の請求: " span class="bold" { (month_words) "分" (amount.unwrap_or_default()) } "。その月の役務の検査に合格してから請求します。" }
            @if may { p { (LinkButton::secondary(format!("{month_words}分の請求書を作る"), new)) } }
        };
    }
    if engagement.text("payment") == Some("monthly") {
        return html! { p { "履行期間のすべての月の請求書があります。" } };
    }
    if !invoices.is_empty() && Amounts::of(engagement, invoices, &[]).rest().is_some_and(|rest| rest <= 0) {
        return html! { p { "契約金額のすべてが請求されています。" } };
    }
    html! {
        p { "次の請求: " @if engagement.text("payment") == Some("partial") { "出来形の検査に合格した部分" } @else { "履行を終え、検査に合格した後の全額" } "。" }
        @if may { p { (LinkButton::secondary("請求書を作る", new)) } }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn record(ledger: &str, state: &str, body: Value) -> Record {
        Record {
            ledger: ledger.into(),
            id: "r".into(),
            revision: 1,
            state: state.into(),
            body: body.as_object().unwrap().clone().into_iter().collect(),
            acts: Default::default(),
            created_at: Default::default(),
            recorded_at: Default::default(),
        }
    }

    #[test]
    fn drafts_and_what_was_sent_back_are_no_claims_and_only_what_was_notified_is_a_penalty() {
        let contract = record("engagement", "in_force", json!({ "amount": 1_200_000 }));
        let invoices = [
            record(
                "invoice",
                "paid",
                json!({ "amount": 100_000, "paid_amount": 100_000, "inspected_on": "2026-05-07", "interest": 300 }),
            ),
            record("invoice", "accepted", json!({ "amount": 100_000, "inspected_on": "2026-06-04" })),
            record("invoice", "submitted", json!({ "amount": 100_000 })),
            record("invoice", "draft", json!({ "amount": 100_000 })),
            record("invoice", "sent_back", json!({ "amount": 100_000 })),
        ];
        let penalties = [
            record("penalty", "noticed", json!({ "amount": 1_000 })),
            record("penalty", "paid", json!({ "amount": 2_000 })),
            record("penalty", "asked", json!({ "amount": 4_000 })),
            record("penalty", "dropped", json!({ "amount": 8_000 })),
        ];
        let amounts = Amounts::of(&contract, &invoices, &penalties);
        let wanted = Amounts {
            contract: Some(1_200_000),
            claimed: (300_000, 3),
            inspected: (200_000, 2),
            paid: (100_000, 1),
            interest: 300,
            penalties: (3_000, 2),
            penalties_open: 1_000,
        };
        assert_eq!((amounts.rest(), amounts), (Some(900_000), wanted));
    }

    #[test]
    fn the_next_claim_is_the_first_month_without_one() {
        let contract = |payment: &str| {
            record(
                "engagement",
                "in_force",
                json!({ "payment": payment, "starts_on": "2026-04-10", "ends_on": "2026-06-30" }),
            )
        };
        let invoice = |month: &str| record("invoice", "draft", json!({ "month": month }));
        let next = |payment: &str, months: &[&str]| {
            let invoices: Vec<Record> = months.iter().map(|month| invoice(month)).collect();
            next_month(&contract(payment), &invoices).map(|day| day.to_string())
        };
        assert_eq!(next("monthly", &[]).as_deref(), Some("2026-04-01"));
        assert_eq!(next("monthly", &["2026-04-01", "2026-06-01"]).as_deref(), Some("2026-05-01"));
        assert_eq!(next("monthly", &["2026-04-01", "2026-05-01", "2026-06-01"]), None);
        assert_eq!(next("once", &[]), None);
    }
}
