//! Reminders: on the days of each duty's ladder, a mail to whoever holds it now, and to nobody else. A duty of a role goes
//! to those who hold the role for the office; on the last step of the ladder the role to tell is told too.

use std::collections::{BTreeMap, BTreeSet};

use identity::names::{account, role_grant};
use ledger::definition::DutyRule;
use ledger::port::{Duty, DutyFilter, Mail, StoreError, Writer};
use ledger::query::{Filter, Operand, Query};
use ledger::read::subtree;
use ledger::{Kernel, Record, Refusal};

use crate::settings::Settings;

/// Most duties looked at in a day.
const MOST: usize = 200_000;

/// Queue today's reminders, one mail for each holder with all that is due. Returns how many mails were queued.
pub fn queue(tx: &mut dyn Writer, kernel: &Kernel, settings: &Settings) -> Result<u64, Refusal> {
    let duties = tx.duties(&DutyFilter { limit: MOST, ..DutyFilter::default() })?;
    let mut by_person: BTreeMap<String, Vec<Duty>> = BTreeMap::new();
    let mut roles = Roles::default();
    for duty in duties {
        let Some(rule) = on_ladder(kernel, &duty) else { continue };
        let mut told: BTreeSet<String> = duty.person.iter().cloned().collect();
        if let Some(role) = &duty.role {
            told.extend(roles.holders(tx, kernel, role, duty.office.as_deref())?);
        }
        if let Some(role) = rule.escalate.as_ref().filter(|_| last_step(kernel, &duty, rule)) {
            told.extend(roles.holders(tx, kernel, role, duty.office.as_deref())?);
        }
        // What one may not read because it is about oneself is not reminded of either.
        if let Some(about) = excepted(tx, kernel, &duty)? {
            told.retain(|person| !about.contains(person));
        }
        for person in told {
            by_person.entry(person).or_default().push(duty.clone());
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
        if tx.add_mail_to(&person, &mail)? {
            queued += 1;
        }
    }
    Ok(queued)
}

/// Persons whom the record of a role's duty is about, where its ledger closes it to them (`except` in the pack).
fn excepted(tx: &mut dyn Writer, kernel: &Kernel, duty: &Duty) -> Result<Option<String>, StoreError> {
    let Some(ledger) = kernel.catalogue.ledger(&duty.ledger) else { return Ok(None) };
    let fields: BTreeSet<&String> = ledger.access.iter().flat_map(|rule| &rule.except).collect();
    if fields.is_empty() || (duty.role.is_none() && duty.person.is_some()) {
        return Ok(None);
    }
    let Some(record) = tx.record(&duty.ledger, &duty.record)? else { return Ok(None) };
    Ok(Some(fields.into_iter().map(|field| record.value(field).to_string()).collect()))
}

/// The rule of the duty, when today is a step of its ladder.
fn on_ladder<'a>(kernel: &'a Kernel, duty: &Duty) -> Option<&'a DutyRule> {
    let days = days_after(kernel, duty)?;
    let ledger = kernel.catalogue.ledger(&duty.ledger)?;
    ledger.duties.iter().find(|rule| rule.name == duty.name && rule.remind.contains(&days))
}

fn days_after(kernel: &Kernel, duty: &Duty) -> Option<i64> {
    Some((kernel.today() - duty.due?).num_days())
}

/// Whether today is the last step of the ladder, after the due day.
fn last_step(kernel: &Kernel, duty: &Duty, rule: &DutyRule) -> bool {
    let last = rule.remind.iter().copied().max();
    last.is_some_and(|last| last > 0) && days_after(kernel, duty) == last
}

/// Persons who hold a role today, for whatever office.
pub fn holders(tx: &mut dyn Writer, kernel: &Kernel, role: &str) -> Result<Vec<String>, StoreError> {
    let mut persons: Vec<String> = read_holders(tx, kernel, role)?.into_iter().map(|held| held.person).collect();
    persons.sort();
    persons.dedup();
    Ok(persons)
}

/// Who holds a role today, asked once for each role.
#[derive(Default)]
pub struct Roles(BTreeMap<String, Vec<Held>>);

/// A person who holds a role, and the offices it covers.
struct Held {
    person: String,
    offices: Option<Vec<String>>,
}

impl Roles {
    /// Persons who hold the role for the office; for a duty of no office, everybody who holds it.
    pub fn holders(
        &mut self,
        tx: &mut dyn Writer,
        kernel: &Kernel,
        role: &str,
        office: Option<&str>,
    ) -> Result<Vec<String>, StoreError> {
        if !self.0.contains_key(role) {
            let held = read_holders(tx, kernel, role)?;
            self.0.insert(role.to_string(), held);
        }
        let held = self.0.get(role).map_or(&[] as &[Held], Vec::as_slice);
        let covers = |held: &&Held| match (&held.offices, office) {
            (Some(offices), Some(office)) => offices.iter().any(|covered| covered == office),
            _ => true,
        };
        Ok(held.iter().filter(covers).map(|held| held.person.clone()).collect())
    }
}

/// Persons who hold a role today, anywhere.
pub fn holders_of(tx: &mut dyn Writer, kernel: &Kernel, role: &str) -> Result<Vec<String>, StoreError> {
    Ok(read_holders(tx, kernel, role)?.into_iter().map(|held| held.person).collect())
}

fn read_holders(tx: &mut dyn Writer, kernel: &Kernel, role: &str) -> Result<Vec<Held>, StoreError> {
    let query = Query {
        ledger: role_grant::LEDGER.into(),
        filter: Filter::All(vec![
            Filter::Holds { field: role_grant::ROLE.into(), values: vec![role.to_string()] },
            Filter::OneOf(Operand::State, vec![role_grant::IN_FORCE.into()]),
        ]),
        sort: Vec::new(),
        after: None,
        limit: MOST,
        as_of: None,
    };
    let today = kernel.today().to_string();
    let in_force = |grant: &Record| {
        grant.text(role_grant::VALID_FROM).is_none_or(|from| from <= today.as_str())
            && grant.text(role_grant::VALID_TO).is_none_or(|to| today.as_str() <= to)
    };
    let mut held = Vec::new();
    for grant in tx.find(&query)?.into_iter().filter(in_force) {
        let Some(account) = grant.text(role_grant::ACCOUNT) else { continue };
        let account = tx.record(account::LEDGER, account)?.filter(|account| account.state == account::ACTIVE);
        let Some(person) = account.as_ref().and_then(|account| account.text(account::PERSON)) else { continue };
        let offices = match grant.text(role_grant::OFFICE) {
            None => None,
            Some(office) => Some(subtree::under(tx, office)?),
        };
        held.push(Held { person: person.to_string(), offices });
    }
    Ok(held)
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
