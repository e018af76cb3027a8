//! What the money ledgers work out of their fields.

use calendar::BusinessCalendar;
use chrono::{Datelike, Days, Months, NaiveDate};
use ledger::engine::Context;
use ledger::find;
use ledger::record::{Body, Record};
use ledger::refusal::{Problem, Refusal};
use ledger::write::Change;
use serde_json::{Value, json};

use super::rates;
use crate::money::late::{self, in_force};
use crate::money::{MoneyError, Rate, Reckoned, Step, grouped, pay};

/// Days from a proper claim to payment: the next day is day 1 (契約書 art. 8; 民法 art. 140).
const PAY_WITHIN: u64 = 30;
/// Ceiling of all honoraria of a contract when the contract sets none: none.
const CEILING: &str = "honorarium_ceiling";

/// Due day of a claim received on a day, with what is done when it is a closed day.
pub fn due_day(received: NaiveDate, closed_day: &str, calendar: &BusinessCalendar) -> Option<NaiveDate> {
    let due = received.checked_add_days(Days::new(PAY_WITHIN))?;
    Some(match closed_day {
        "next" => calendar.on_or_after(due),
        "previous" => calendar.on_or_before(due),
        _ => due,
    })
}

/// The tax office is paid by the 10th of the month after payment; a closed day moves it to the next open one
/// (所得税法 art. 204; 国税通則法 art. 10-2).
pub fn tax_due(paid: NaiveDate, calendar: &BusinessCalendar) -> Option<NaiveDate> {
    let next = paid.with_day(1)?.checked_add_months(Months::new(1))?;
    Some(calendar.on_or_after(next.with_day(10)?))
}

fn refused(field: &str) -> impl Fn(MoneyError) -> Refusal {
    move |error| Refusal::invalid(Problem::field(field, error.to_string()))
}

fn rows(steps: &[Step]) -> Value {
    let row = |step: &Step| json!({ "label": step.label, "formula": step.formula, "value": step.value });
    steps.iter().map(row).collect::<Vec<_>>().into()
}

fn yen(record: &Record, field: &str) -> i64 {
    record.value(field).as_i64().unwrap_or_default()
}

/// Set values; an empty one is taken away.
fn put<const N: usize>(record: &mut Record, pairs: [(&str, Value); N]) {
    for (name, value) in pairs {
        let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if empty {
            record.body.shift_remove(name);
        } else {
            record.body.insert(name.into(), value);
        }
    }
}

fn engagement(context: &mut Context<'_>, record: &Record) -> Result<Record, Refusal> {
    context
        .tx
        .record("engagement", record.text("engagement").unwrap_or_default())?
        .ok_or_else(|| Refusal::invalid(Problem::field("engagement", "契約案件を選んでください。")))
}

/// A claim: its amount, its due day, and interest when it was paid late.
pub fn invoice(context: &mut Context<'_>, after: &mut Record) -> Result<(), Refusal> {
    let mut steps = Vec::new();
    let kind = after.text("kind").unwrap_or_default().to_string();
    if kind == "monthly" && after.value("amount").is_null() {
        let contract = engagement(context, after)?;
        put(
            after,
            [("amount", contract.value("monthly_amount").clone()), ("tax", contract.value("monthly_tax").clone())],
        );
    }
    if kind == "final"
        && let (Some(month), Some(days)) = (find::date(after, "month"), after.value("days").as_i64())
    {
        let monthly = yen(&engagement(context, after)?, "monthly_amount");
        let part = pay::pro_rata(monthly, days, days_of_month(month)).map_err(refused("days"))?;
        put(after, [("amount", part.amount.into())]);
        steps.extend(part.steps);
    }
    let closed_day = after.text("closed_day").unwrap_or("as_is").to_string();
    let received = find::date(after, "received_on");
    let due = received.and_then(|day| due_day(day, &closed_day, &context.kernel.calendar));
    put(after, [("due_on", due.map_or(Value::Null, |day| day.to_string().into()))]);
    let (mut rate, mut interest) = (Value::Null, Value::Null);
    if let (Some(due), Some(paid)) = (due, find::date(after, "paid_on"))
        && paid > due
    {
        let unpaid = yen(after, "amount");
        let found = interest_rate(context, rates::LATE_PAYMENT, due)?;
        let left_out = yen(after, "disaster_days");
        let reckoned = late::payment_interest(unpaid, due, paid, left_out, found).map_err(refused("disaster_days"))?;
        (rate, interest) = (found.to_string().into(), reckoned.amount.into());
        steps.extend(reckoned.steps);
    }
    put(after, [("rate", rate), ("interest", interest), ("steps", rows(&steps))]);
    Ok(())
}

fn days_of_month(day: NaiveDate) -> i64 {
    let first = day.with_day(1);
    let next = first.and_then(|first| first.checked_add_months(Months::new(1)));
    first.zip(next).map_or(0, |(first, next)| (next - first).num_days())
}

/// The rate in force on the day after the agreed period ends.
fn interest_rate(context: &mut Context<'_>, kind: &str, due: NaiveDate) -> Result<Rate, Refusal> {
    let day = due.succ_opt().unwrap_or(due);
    in_force(&rates::of(context.tx, kind)?, day).ok_or_else(|| {
        let words =
            format!("{}の利息の率が登録されていません。「利息の率」に加えてください。", calendar::format_date(day));
        Refusal::invalid(Problem::record(words))
    })
}

/// A penalty: its amount by its kind, what damage exceeds it, and interest when it was paid late.
pub fn penalty(context: &mut Context<'_>, after: &mut Record) -> Result<(), Refusal> {
    let kind = after.text("kind").unwrap_or_default().to_string();
    let default = match kind.as_str() {
        "late" => "0.1",
        "rigging_grave" => "15",
        _ => "10",
    };
    let percent = after.text("percent").unwrap_or(default).to_string();
    let share: Rate = percent.parse().map_err(|_| {
        Refusal::invalid(Problem::field(
            "percent",
            "率は0から100までの数を、小数点以下4桁までで書いてください（例: 10）。",
        ))
    })?;
    let base = yen(after, "base");
    let damage = yen(after, "damage");
    let reckoned = match kind.as_str() {
        "damage" => damages(damage, yen(after, "own_fault"))?,
        "late" => match (find::date(after, "late_due"), find::date(after, "late_done")) {
            (Some(due), Some(done)) => late::performance(base, due, done, share).map_err(refused("base"))?,
            _ => return Ok(()),
        },
        _ => late::penalty(base, share).map_err(refused("base"))?,
    };
    let mut steps = reckoned.steps;
    let excess = match kind.as_str() {
        "damage" => None,
        _ => Some(damage - reckoned.amount).filter(|excess| *excess > 0),
    };
    if let Some(excess) = excess {
        let formula = format!("{} － {}", grouped(damage), grouped(reckoned.amount));
        steps.push(Step { label: "違約金を超える損害".into(), formula, value: excess });
    }
    let due = find::date(after, "due_on");
    let (mut rate, mut interest) = (Value::Null, Value::Null);
    if let (Some(due), Some(paid)) = (due, find::date(after, "paid_on"))
        && paid > due
    {
        let found = interest_rate(context, rates::UNPAID_PENALTY, due)?;
        let left_out = u64::try_from(yen(after, "disaster_days")).unwrap_or_default();
        // Days of a disaster are not counted (契約書 art. 12-2): the same as if it had been paid so much earlier.
        let counted = paid
            .checked_sub_days(Days::new(left_out))
            .filter(|day| *day >= due)
            .ok_or_else(|| refused("disaster_days")(MoneyError::Days))?;
        let reckoned = late::penalty_interest(reckoned.amount, due, counted, found).map_err(refused("amount"))?;
        if left_out > 0 {
            let formula = format!("納付期限の翌日から納付の日まで、{left_out}日を除く");
            steps.push(Step { label: "数えない日数".into(), formula, value: yen(after, "disaster_days") });
        }
        (rate, interest) = (found.to_string().into(), reckoned.amount.into());
        steps.extend(reckoned.steps);
    }
    put(
        after,
        [
            ("amount", reckoned.amount.into()),
            ("excess", excess.map_or(Value::Null, Value::from)),
            ("rate", rate),
            ("interest", interest),
            ("steps", rows(&steps)),
        ],
    );
    Ok(())
}

/// Damage, less what the agency itself is to blame for (契約書 art. 15-2).
fn damages(damage: i64, own_fault: i64) -> Result<Reckoned, Refusal> {
    if own_fault > damage {
        let words = "減額する額が、損害の額より大きくなっています。額を確かめてください。";
        return Err(Refusal::invalid(Problem::field("own_fault", words)));
    }
    let amount = damage - own_fault;
    let formula = format!("{} － {}（官側の責めによる減額）", grouped(damage), grouped(own_fault));
    Ok(Reckoned { amount, steps: vec![Step { label: "損害賠償の額".into(), formula, value: amount }] })
}

/// A fee: gross, tax withheld, what is paid; kept within the ceiling of the contract.
pub fn honorarium(context: &mut Context<'_>, after: &mut Record) -> Result<(), Refusal> {
    let quarters = quarters(after.text("hours").unwrap_or_default()).ok_or_else(|| {
        Refusal::invalid(Problem::field("hours", "時間は、15分（0.25）を単位に書いてください（例: 3、1.75）。"))
    })?;
    let reckoned = pay::honorarium(yen(after, "hourly"), quarters).map_err(refused("hourly"))?;
    let gross = reckoned.steps.first().map_or(0, |step| step.value);
    let paid = find::date(after, "paid_on");
    let due = paid.and_then(|day| tax_due(day, &context.kernel.calendar));
    put(
        after,
        [
            ("gross", gross.into()),
            ("withheld", (gross - reckoned.amount).into()),
            ("net", reckoned.amount.into()),
            ("tax_due", due.map_or(Value::Null, |day| day.to_string().into())),
            ("steps", rows(&reckoned.steps)),
        ],
    );
    within_ceiling(context, after, gross)
}

/// Hours in quarters.
fn quarters(hours: &str) -> Option<i64> {
    let (whole, rest) = hours.split_once('.').unwrap_or((hours, ""));
    let rest = match rest.trim_end_matches('0') {
        "" => 0,
        "25" => 1,
        "5" => 2,
        "75" => 3,
        _ => return None,
    };
    Some(whole.parse::<i64>().ok().filter(|whole| (0..=24).contains(whole))? * 4 + rest)
}

fn within_ceiling(context: &mut Context<'_>, after: &Record, gross: i64) -> Result<(), Refusal> {
    let contract = engagement(context, after)?;
    let settings = contract.value("settings").as_array().map_or(&[] as &[Value], Vec::as_slice);
    let set = settings.iter().find(|row| row.get("name").and_then(Value::as_str) == Some(CEILING));
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>().parse::<i64>().ok();
    let Some(ceiling) = set.and_then(|row| row.get("value")).and_then(Value::as_str).and_then(digits) else {
        return Ok(());
    };
    let all = find::all(context.tx, "honorarium", find::is("engagement", &contract.id), find::MOST)?;
    let others: i64 = all.iter().filter(|one| one.id != after.id).map(|one| yen(one, "gross")).sum();
    if others + gross <= ceiling {
        return Ok(());
    }
    let words = format!(
        "この契約の謝金の合計（{}円）が、限度（{}円）を超えます。時間か額を確かめてください。",
        grouped(others + gross),
        grouped(ceiling)
    );
    Err(Refusal::invalid(Problem::field("hours", words)))
}

/// What was done before a cancellation is paid by its days (契約書 art. 14).
pub fn part_payment(context: &mut Context<'_>, after: &mut Record) -> Result<(), Refusal> {
    let (Some(days), Some(of)) = (after.value("done_days").as_i64(), after.value("month_days").as_i64()) else {
        put(after, [("part_payment", Value::Null), ("steps", Value::Null)]);
        return Ok(());
    };
    let monthly = yen(&engagement(context, after)?, "monthly_amount");
    let part = pay::pro_rata(monthly, days, of).map_err(refused("done_days"))?;
    put(after, [("part_payment", part.amount.into()), ("steps", rows(&part.steps))]);
    Ok(())
}

/// A concluded change is taken over by the contract.
pub fn conclude(context: &mut Context<'_>, after: &Record) -> Result<(), Refusal> {
    if !matches!(after.text("kind"), Some("change" | "price_cut")) {
        return Ok(());
    }
    let fields = ["amount", "tax", "ends_on"];
    let values: Body = fields
        .iter()
        .filter(|field| !after.value(field).is_null())
        .map(|field| ((*field).to_string(), after.value(field).clone()))
        .collect();
    if values.is_empty() {
        return Ok(());
    }
    let contract = engagement(context, after)?;
    let reason = format!("変更契約 {}", after.text("number").unwrap_or_default());
    let change = Change::amend("engagement", &contract.id, contract.revision, values).because(&reason);
    context.kernel.commit(context.tx, context.who, change)?;
    Ok(())
}

/// No more is assigned than the claim leaves, all assignments together.
pub fn assignment(context: &mut Context<'_>, after: &mut Record) -> Result<(), Refusal> {
    let Some(invoice) = find::owned(after, "invoice") else { return Ok(()) };
    let filter = find::is("invoice", &invoice).and(find::in_state(&["approved", "effective"]));
    let all = find::all(context.tx, "receivable_assignment", filter, find::MOST)?;
    let others: i64 = all.iter().filter(|one| one.id != after.id).map(|one| yen(one, "amount")).sum();
    let left = yen(after, "balance") - others;
    if yen(after, "amount") <= left {
        return Ok(());
    }
    let words =
        format!("この請求書からは、あと{}円まで譲渡できます。ほかの譲渡を確かめてください。", grouped(left.max(0)));
    Err(Refusal::invalid(Problem::field("amount", words)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// Counted on a calendar by hand.
    #[test]
    fn a_proper_claim_is_paid_within_thirty_days_and_the_next_day_is_the_first() {
        let open = BusinessCalendar::government();
        for (received, closed_day, due) in [
            ("2024-05-10", "as_is", "2024-06-09"), // a Sunday
            ("2024-05-10", "next", "2024-06-10"),
            ("2024-05-10", "previous", "2024-06-07"),
            ("2024-05-01", "next", "2024-05-31"),
            ("2024-12-02", "next", "2025-01-06"), // 1 January
            ("2024-12-02", "previous", "2024-12-27"),
            ("2024-01-30", "as_is", "2024-02-29"),
        ] {
            assert_eq!(due_day(day(received), closed_day, &open), Some(day(due)), "{received} {closed_day}");
        }
    }

    #[test]
    fn withheld_tax_is_due_on_the_tenth_of_the_next_month() {
        let open = BusinessCalendar::government();
        for (paid, due) in [
            ("2024-05-01", "2024-06-10"),
            ("2024-05-31", "2024-06-10"),
            ("2024-07-31", "2024-08-13"), // Saturday the 10th, then a holiday and its substitute
            ("2024-12-27", "2025-01-10"),
            ("2024-01-31", "2024-02-13"), // Saturday the 10th, the 12th a substitute holiday
        ] {
            assert_eq!(tax_due(day(paid), &open), Some(day(due)), "{paid}");
        }
    }

    #[test]
    fn hours_are_quarters() {
        for (text, found) in [
            ("3.00", Some(12)),
            ("1.75", Some(7)),
            ("0.5", Some(2)),
            ("0.25", Some(1)),
            ("1.1", None),
            ("", None),
            ("25", None),
        ] {
            assert_eq!(quarters(text), found, "{text}");
        }
    }

    #[test]
    fn months_have_their_days() {
        for (month, days) in [("2024-02-01", 29), ("2023-02-01", 28), ("2024-04-01", 30), ("2024-12-15", 31)] {
            assert_eq!(days_of_month(day(month)), days);
        }
    }
}
