//! What an investigator asks of the journal, read from an address: the page, the file and REST read the same words.

use calendar::{jst, parse_date};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use ledger::access::Access;
use ledger::definition::{Kind, Ledger};
use ledger::port::{EntryKind, JournalQuery, Reader};
use ledger::query::{Filter, Query};
use ledger::{Kernel, Principal, Problem, Refusal};
use ui::Url;

use crate::names::ledger_name;

/// Records of one person looked through at most.
const MOST_RECORDS: usize = 2_000;
/// Questions by words alone look at this many days, because no index holds words.
const DAYS_BY_WORDS: i64 = 90;
/// Names of what can be asked.
pub const NAMES: [&str; 15] = [
    "who", "account", "whom", "person", "record", "ledger", "act", "kind", "from", "until", "address", "device",
    "reason", "batch", "sequence",
];

/// What was asked, as it was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked(Vec<(String, String)>);

impl Asked {
    /// What the pairs of an address ask; others are passed over.
    pub fn read<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let known = pairs.into_iter().filter(|(name, value)| NAMES.contains(name) && !value.trim().is_empty());
        let mut asked: Vec<(String, String)> =
            known.map(|(name, value)| (name.to_string(), value.trim().chars().take(200).collect())).collect();
        asked.dedup();
        asked.truncate(40);
        Self(asked)
    }

    /// The value under a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All values under a name.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect()
    }

    /// Whether nothing was asked.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The address of it.
    pub fn url(&self, base: Url) -> Url {
        self.0.iter().fold(base, |url, (name, value)| url.query(name.as_str(), value))
    }

    /// The pairs.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    fn day(&self, name: &str, today: NaiveDate) -> Result<Option<NaiveDate>, Refusal> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let day = parse_date(text, today);
        day.map(Some).map_err(|problem| wrong(name, format!("{problem}{}", problem.mend())))
    }

    /// The question for the database.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] that names what cannot be understood, and whom nobody is.
    pub fn question(
        &self,
        tx: &mut (impl Reader + ?Sized),
        kernel: &Kernel,
        limit: usize,
    ) -> Result<JournalQuery, Refusal> {
        let today = kernel.today();
        let one = |name: &str| self.get(name).map(String::from);
        let mut query = JournalQuery {
            from: self.day("from", today)?.map(jst::start_of_day),
            until: self.day("until", today)?.and_then(|day| day.succ_opt()).map(jst::start_of_day),
            accounts: self.all("account"),
            ledgers: self.all("ledger"),
            acts: self
                .all("act")
                .into_iter()
                .map(|act| if act == "transition" { "transition:".into() } else { act })
                .collect(),
            records: self.all("record"),
            batch: one("batch"),
            address: one("address"),
            device: one("device"),
            reason: one("reason"),
            limit,
            ..JournalQuery::default()
        };
        query.kind = match self.get("kind") {
            None | Some("all") => None,
            Some("reads") => Some(EntryKind::Reads),
            Some("changes") => Some(EntryKind::Changes),
            Some(_) => return Err(wrong("kind", "閲覧か変更かは、reads、changes、all のどれかを指定してください。")),
        };
        for text in self.all("sequence") {
            query.sequences.push(text.parse().map_err(|_| wrong("sequence", "証跡の番号は数字で入れてください。"))?);
        }
        if let Some(who) = self.get("who") {
            query.accounts.extend(accounts(tx, who)?);
        }
        let mut persons = self.all("person");
        if let Some(whom) = self.get("whom") {
            persons.push(person(tx, whom)?);
        }
        for person in persons {
            query.records.extend(about(tx, kernel, &person)?);
        }
        let driven = !(query.sequences.is_empty()
            && query.accounts.is_empty()
            && query.records.is_empty()
            && query.batch.is_none()
            && query.address.is_none());
        if (query.device.is_some() || query.reason.is_some()) && !driven && query.from.is_none() {
            query.from = Some(query.until.unwrap_or_else(|| kernel.now()) - TimeDelta::days(DAYS_BY_WORDS));
        }
        Ok(query)
    }
}

fn wrong(name: &str, words: impl Into<String>) -> Refusal {
    Refusal::invalid(Problem::field(name, words))
}

/// Whether somebody may search the journal: whoever may keep searches.
pub fn permitted(kernel: &Kernel, who: &Principal) -> bool {
    kernel.catalogue.ledger(ledger_name::SEARCH).is_some_and(|ledger| Access::new(ledger, who).may_create())
}

/// Accounts of a sign-in name or of a staff number.
fn accounts(tx: &mut (impl Reader + ?Sized), who: &str) -> Result<Vec<String>, Refusal> {
    // What the program does by itself has no account of its own.
    if who == "system" {
        return Ok(vec!["system".into()]);
    }
    let found = tx.lookup(ledger_name::ACCOUNT, "login", &[who.to_string()])?;
    let mut accounts: Vec<String> = found.into_values().flatten().collect();
    if accounts.is_empty() {
        for person in tx.lookup(ledger_name::PERSON, "number", &[who.to_string()])?.into_values().flatten() {
            let query = Query {
                ledger: ledger_name::ACCOUNT.into(),
                filter: Filter::Holds { field: "person".into(), values: vec![person] },
                sort: Vec::new(),
                after: None,
                limit: 10,
                as_of: None,
            };
            accounts.extend(tx.find(&query)?.into_iter().map(|account| account.id));
        }
    }
    match accounts.is_empty() {
        true => Err(wrong("who", format!("「{who}」という利用者名と職員番号はありません。確かめて入れてください。"))),
        false => Ok(accounts),
    }
}

/// The person of a staff number.
fn person(tx: &mut (impl Reader + ?Sized), whom: &str) -> Result<String, Refusal> {
    let found = tx.lookup(ledger_name::PERSON, "number", &[whom.to_string()])?.into_values().flatten().next();
    found.ok_or_else(|| wrong("whom", format!("職員番号「{whom}」の職員はいません。番号を確かめてください。")))
}

/// The field that says whom a record is about: `subject` of its pack; where a pack says nothing, the first reference to
/// one person. None in the ledger of persons, whose records are about themselves.
pub fn subject_field(ledger: &Ledger) -> Option<&str> {
    if let Some(subject) = ledger.subject.as_deref() {
        return Some(subject).filter(|subject| *subject != "id");
    }
    let one = |kind: &Kind| matches!(kind, Kind::Reference { ledger, many: false } if ledger == ledger_name::PERSON);
    ledger.fields.iter().find(|field| one(&field.kind)).map(|field| field.name.as_str())
}

/// Every record that is about the person: their own, those whose subject they are now, and those whose subject they once
/// were.
fn about(tx: &mut (impl Reader + ?Sized), kernel: &Kernel, person: &str) -> Result<Vec<String>, Refusal> {
    let mut records = vec![person.to_string()];
    for row in tx.referrers(ledger_name::PERSON, person, MOST_RECORDS)? {
        let subject = kernel.catalogue.ledger(&row.ledger).and_then(|ledger| subject_field(ledger));
        if subject == Some(row.field.as_str()) {
            records.push(row.record);
        }
    }
    for ledger in kernel.catalogue.ledgers.values() {
        // Only a pack that names the subject has records that change hands with their protected values in them.
        let Some(field) = ledger.subject.as_deref().and_then(|_| subject_field(ledger)) else { continue };
        records.extend(tx.records_ever(&ledger.name, field, person, MOST_RECORDS)?);
    }
    records.sort_unstable();
    records.dedup();
    Ok(records)
}

/// A cursor as text: instant and sequence.
pub fn cursor(place: (DateTime<Utc>, i64)) -> String {
    format!("{}_{}", place.0.timestamp_micros(), place.1)
}

/// A cursor that was text.
pub fn read_cursor(text: &str) -> Option<(DateTime<Utc>, i64)> {
    let (at, sequence) = text.split_once('_')?;
    Some((DateTime::from_timestamp_micros(at.parse().ok()?)?, sequence.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_went_out() {
        let at = "2026-11-20T01:02:03.456789Z".parse().unwrap();
        assert_eq!(read_cursor(&cursor((at, 77))), Some((at, 77)));
        for wrong in ["", "1", "a_b", "1_", "_1", "99999999999999999999_1"] {
            assert_eq!(read_cursor(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn only_known_names_are_read_and_blank_ones_ask_nothing() {
        let asked = Asked::read([("who", " a "), ("from", ""), ("drop", "x"), ("act", "open"), ("act", "export")]);
        assert_eq!((asked.get("who"), asked.get("from"), asked.get("drop")), (Some("a"), None, None));
        assert_eq!(asked.all("act"), ["open", "export"]);
        assert_eq!(asked.url(Url::path(["trail"])).to_string(), "/trail?who=a&act=open&act=export");
    }
}
