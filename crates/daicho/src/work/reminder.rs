//! Reminders: on the days of each duty's ladder, a mail to whoever holds it now, and to nobody else.

use std::collections::BTreeMap;

use ledger::port::{Duty, DutyFilter, Mail, Writer};
use ledger::{Kernel, Refusal};

use crate::settings::Settings;

/// Most duties looked at in a day.
const MOST: usize = 200_000;

/// Queue today's reminders, one mail for each holder with all that is due. Returns how many mails were queued.
pub fn queue(tx: &mut dyn Writer, kernel: &Kernel, settings: &Settings) -> Result<u64, Refusal> {
    let duties = tx.duties(&DutyFilter { limit: MOST, ..DutyFilter::default() })?;
    let mut by_person: BTreeMap<String, Vec<Duty>> = BTreeMap::new();
    for duty in duties {
        let Some(person) = duty.person.clone() else { continue };
        if on_ladder(kernel, &duty) {
            by_person.entry(person).or_default().push(duty);
        }
    }
    let today = kernel.today();
    let mut queued = 0;
    for (person, duties) in by_person {
        let record = tx.record("person", &person)?;
        let Some(to) = record.as_ref().and_then(|person| person.text("mail")) else { continue };
        let mail = Mail {
            id: kernel.new_id(),
            to: to.to_string(),
            subject: format!("【{}】期限のお知らせ（{}件）", settings.agency, duties.len()),
            body: body(kernel, settings, duties),
            key: format!("reminder:{person}:{today}"),
            queued_at: kernel.now(),
            tries: 0,
        };
        if tx.add_mail(&mail)? {
            queued += 1;
        }
    }
    Ok(queued)
}

/// Whether today is a step of the duty's ladder.
fn on_ladder(kernel: &Kernel, duty: &Duty) -> bool {
    let Some(due) = duty.due else { return false };
    let rule = kernel
        .catalogue
        .ledger(&duty.ledger)
        .and_then(|ledger| ledger.duties.iter().find(|rule| rule.name == duty.name));
    rule.is_some_and(|rule| rule.remind.contains(&(kernel.today() - due).num_days()))
}

/// The words of a mail. It names what is to be done, not whom it is about: mail leaves the agency's walls.
fn body(kernel: &Kernel, settings: &Settings, duties: Vec<Duty>) -> String {
    let mut lines: BTreeMap<(String, String), usize> = BTreeMap::new();
    for duty in duties {
        let seen = kernel.duty_in_words(duty);
        let due = seen.duty.due.map(calendar::format_date_with_weekday).unwrap_or_default();
        let left = seen.remaining.unwrap_or_default();
        *lines.entry((format!("{due}（{left}）"), seen.label)).or_default() += 1;
    }
    let mut text = String::from("次の作業の期限をお知らせします。\n\n");
    for ((due, label), count) in lines {
        text.push_str(&format!("・{label}　{count}件　期限 {due}\n"));
    }
    text.push('\n');
    if let Some(url) = &settings.public_url {
        text.push_str(&format!("今日の仕事: {url}/\n"));
    }
    text.push_str("このメールは自動で送信しています。返信はできません。\n");
    text
}
