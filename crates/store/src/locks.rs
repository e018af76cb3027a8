//! What is locked: which fields of which ledgers, and how a value becomes a locked text and back.
//!
//! A locked text begins with `locked:1:` and the holder whose key opens it (see `vault`), so it opens wherever it stands,
//! even in a field that is encrypted no longer. A text that is not locked is a value from before the field was.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use ledger::definition::{Kind, Ledger};
use ledger::port::{INSTALLATION, Protection, ProtectionProblem, StoreError};
use ledger::record::Body;
use ledger::value;
use serde_json::Value;

/// How every locked text begins.
pub(crate) const START: &str = "locked:1:";

/// Characters of a token that are kept of a gram: 56 bits, so that two grams are mistaken for one another once in 10^16.
const GRAM: usize = 14;

/// What is locked in the records of one ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Field that names the holder; none where the record is its own.
    pub(crate) subject: Option<String>,
    /// Encrypted fields, former names included, each with its other names.
    pub(crate) fields: BTreeMap<String, Names>,
    /// Attachment fields whose files belong to the subject.
    pub(crate) files: Vec<String>,
    /// Unique keys (names of fields joined by `+`) with an encrypted field in them.
    pub(crate) unique: BTreeSet<String>,
}

/// An encrypted field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Names {
    /// The name today and all former ones.
    pub(crate) all: Vec<String>,
    /// Records are found by it.
    pub(crate) token: bool,
}

impl Plan {
    fn of(ledger: &Ledger) -> Option<Self> {
        let mut plan = Plan { subject: ledger.subject.clone().filter(|field| field != "id"), ..Plan::default() };
        for field in &ledger.fields {
            let all: Vec<String> = std::iter::once(&field.name).chain(&field.was).cloned().collect();
            if matches!(field.kind, Kind::Attachment) && ledger.subject.is_some() {
                plan.files.extend(all.clone());
            }
            if field.encrypted {
                let names = Names { all: all.clone(), token: field.has_token() };
                plan.fields.extend(all.into_iter().map(|name| (name, names.clone())));
            }
        }
        for unique in &ledger.unique {
            if unique.fields.iter().any(|field| plan.fields.contains_key(field)) {
                plan.unique.insert(unique.fields.join("+"));
            }
        }
        (!plan.fields.is_empty() || !plan.files.is_empty()).then_some(plan)
    }

    /// Whose key locks the values of a record with this body.
    pub(crate) fn holder<'r>(&self, id: &'r str, body: &'r Body) -> &'r str {
        let subject = self.subject.as_ref().and_then(|field| body.get(field)).and_then(Value::as_str);
        subject.filter(|text| !text.is_empty()).unwrap_or(id)
    }
}

pub(crate) type Plans = BTreeMap<String, Arc<Plan>>;

/// The way to the vault, and the plans in force. One for each open store.
#[derive(Default)]
pub(crate) struct Locks {
    protection: Option<Arc<dyn Protection>>,
    plans: RwLock<Arc<Plans>>,
}

impl Locks {
    pub(crate) fn new(protection: Option<Arc<dyn Protection>>) -> Self {
        Self { protection, plans: RwLock::default() }
    }

    /// Follow the definitions of these ledgers; the plans of others stay.
    pub(crate) fn follow(&self, ledgers: &[Arc<Ledger>]) {
        if self.protection.is_none() {
            return;
        }
        let mut plans = Plans::clone(&self.plans());
        for ledger in ledgers {
            match Plan::of(ledger) {
                Some(plan) => plans.insert(ledger.name.clone(), Arc::new(plan)),
                None => plans.remove(&ledger.name),
            };
        }
        *self.plans.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(plans);
    }

    pub(crate) fn plans(&self) -> Arc<Plans> {
        self.plans.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is locked in a ledger; none where nothing is, or where there is no vault.
    pub(crate) fn plan(&self, ledger: &str) -> Option<Arc<Plan>> {
        self.plans.read().unwrap_or_else(PoisonError::into_inner).get(ledger).cloned()
    }

    /// Make the keys that were used safe on the disk.
    pub(crate) fn settle(&self) -> Result<(), StoreError> {
        self.protection.as_ref().map_or(Ok(()), |protection| protection.settle().map_err(|problem| told(problem, "")))
    }

    /// Lock a text; as it is where there is no vault.
    pub(crate) fn lock(&self, holder: &str, place: &str, clear: &[u8]) -> Result<Option<String>, StoreError> {
        let Some(protection) = &self.protection else { return Ok(None) };
        protection.lock(holder, place, clear).map(Some).map_err(|problem| told(problem, place))
    }

    /// Open a locked text under the key of the holder it names; `None` when the key was destroyed.
    pub(crate) fn open(&self, place: &str, locked: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let (Some(protection), Some(holder)) = (&self.protection, holder(locked)) else {
            return Err(StoreError::Corrupt {
                table: "keyring",
                row: place.to_owned(),
                reason: "ロックされた値を開く鍵がありません".into(),
            });
        };
        protection.open(holder, place, locked).map_err(|problem| told(problem, place))
    }

    /// A token of a value, for asking whether two are equal.
    pub(crate) fn token(&self, purpose: &str, clear: &Value) -> Option<String> {
        let protection = self.protection.as_ref()?;
        Some(match clear {
            Value::String(text) => protection.token(purpose, text.as_bytes()),
            other => protection.token(purpose, other.to_string().as_bytes()),
        })
    }

    /// Grams as they are stored and asked for: keyed, so that the words cannot be read off them.
    pub(crate) fn grams<'g>(&self, grams: &'g [String]) -> Cow<'g, [String]> {
        let Some(protection) = &self.protection else { return Cow::Borrowed(grams) };
        let keyed = grams.iter().map(|gram| {
            let mut token = protection.token("gram", gram.as_bytes());
            token.truncate(GRAM);
            token
        });
        let mut keyed: Vec<String> = keyed.collect();
        keyed.sort_unstable();
        Cow::Owned(keyed)
    }

    /// A text of the installation (the title of a duty) as it is stored.
    pub(crate) fn lock_text<'t>(&self, place: &str, text: &'t str) -> Result<Cow<'t, str>, StoreError> {
        self.lock_text_of(INSTALLATION, place, text)
    }

    /// A text about somebody (a mail). Where that key is destroyed already, it is the installation's.
    pub(crate) fn lock_text_of<'t>(
        &self,
        holder: &str,
        place: &str,
        text: &'t str,
    ) -> Result<Cow<'t, str>, StoreError> {
        let locked = match self.lock(holder, place, text.as_bytes()) {
            Err(StoreError::Erased) => self.lock(INSTALLATION, place, text.as_bytes()),
            locked => locked,
        };
        Ok(locked?.map_or(Cow::Borrowed(text), Cow::Owned))
    }

    /// JSON of the installation (a job); what says nothing is not worth a lock.
    pub(crate) fn lock_json(&self, place: &str, value: &Value) -> Result<Value, StoreError> {
        self.lock_json_of(INSTALLATION, place, value)
    }

    /// JSON about somebody (a draft).
    pub(crate) fn lock_json_of(&self, holder: &str, place: &str, value: &Value) -> Result<Value, StoreError> {
        if value.is_null() || self.protection.is_none() {
            return Ok(value.clone());
        }
        Ok(Value::String(self.lock_text_of(holder, place, &value.to_string())?.into_owned()))
    }

    /// A text of a row; 「消去済み」 when its key was destroyed.
    pub(crate) fn open_text(&self, place: &str, text: String) -> Result<String, StoreError> {
        if self.protection.is_none() || !is_locked(&text) {
            return Ok(text);
        }
        match self.open(place, &text)? {
            Some(bytes) => String::from_utf8(bytes).map_err(|_| garbled(place)),
            None => Ok(value::ERASED.to_owned()),
        }
    }

    /// JSON of a row.
    pub(crate) fn open_json(&self, place: &str, stored: Value) -> Result<Value, StoreError> {
        match &stored {
            Value::String(text) if self.protection.is_some() && is_locked(text) => match self.open(place, text)? {
                Some(bytes) => serde_json::from_slice(&bytes).map_err(|_| garbled(place)),
                None => Ok(value::erased()),
            },
            _ => Ok(stored),
        }
    }

    /// The value of a field of a record, locked under the key of the holder.
    pub(crate) fn lock_field(&self, at: &At<'_>, holder: &str, name: &str, clear: &Value) -> Result<Value, StoreError> {
        if value::is_erased(clear) {
            // What was erased cannot be written; it is kept by copying the locked text, not by locking.
            return Err(StoreError::Erased);
        }
        let locked = self.lock(holder, &at.place(name), clear.to_string().as_bytes())?;
        Ok(locked.map_or_else(|| clear.clone(), Value::String))
    }

    /// Open every locked value of a body or of changes, in place.
    pub(crate) fn open_field(&self, at: &At<'_>, name: &str, stored: &mut Value) -> Result<(), StoreError> {
        let Value::String(text) = &*stored else { return Ok(()) };
        if self.protection.is_none() || !is_locked(text) {
            return Ok(());
        }
        let plan = self.plan(at.ledger);
        let names = plan.as_ref().and_then(|plan| plan.fields.get(name));
        let opened = match self.open(&at.place(name), text) {
            // A value that stands under a new name was locked under the former one.
            Err(StoreError::Corrupt { .. }) if names.is_some_and(|names| names.all.len() > 1) => {
                let names = names.map(|names| names.all.as_slice()).unwrap_or_default();
                let mut other =
                    names.iter().filter(|other| *other != name).map(|other| self.open(&at.place(other), text));
                match other.find(Result::is_ok) {
                    Some(opened) => opened,
                    None => self.open(&at.place(name), text),
                }
            }
            // In a field that is not encrypted somebody may have typed what looks like a locked text.
            Err(StoreError::Corrupt { .. }) if names.is_none() => return Ok(()),
            opened => opened,
        }?;
        *stored = match opened {
            Some(bytes) => serde_json::from_slice(&bytes).map_err(|_| garbled(&at.place(name)))?,
            None => value::erased(),
        };
        Ok(())
    }
}

/// A record as the place of its values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At<'r> {
    pub(crate) ledger: &'r str,
    pub(crate) record: &'r str,
}

impl At<'_> {
    fn place(&self, field: &str) -> String {
        let mut place = String::with_capacity(self.ledger.len() + self.record.len() + field.len() + 2);
        for part in [self.ledger, "/", self.record, "/", field] {
            place.push_str(part);
        }
        place
    }
}

/// Whether a text has the form of a locked one.
pub(crate) fn is_locked(text: &str) -> bool {
    text.starts_with(START)
}

/// Whose key opens a locked text.
pub(crate) fn holder(locked: &str) -> Option<&str> {
    locked.strip_prefix(START)?.split(':').next().filter(|holder| !holder.is_empty())
}

fn garbled(place: &str) -> StoreError {
    StoreError::Corrupt { table: "keyring", row: place.to_owned(), reason: "開いた値を読めません".into() }
}

fn told(problem: ProtectionProblem, place: &str) -> StoreError {
    match problem {
        ProtectionProblem::Erased => StoreError::Erased,
        ProtectionProblem::Altered(reason) => StoreError::Corrupt {
            table: "keyring",
            row: place.to_owned(),
            reason: format!("保護された値を開けません: {reason}"),
        },
        ProtectionProblem::Unavailable(reason) => StoreError::Unavailable(format!("鍵を利用できません: {reason}")),
    }
}
