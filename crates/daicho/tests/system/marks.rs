//! A world in which every text of every record can be told from every other, so that a leak shows as what it is.
//!
//! For each ledger of the packs there are records that belong to one person (`Mine`) and records that belong to another
//! one in another office (`Theirs`). Each text field holds a mark of its own. They are put into the store as they are,
//! past workflow and rules, so that a new ledger takes part without anybody thinking of it.

use std::collections::{BTreeMap, BTreeSet};

use identity::names::{account, role_grant};
use journal::{Actor, Change as Changed, Entry};
use ledger::access::Access;
use ledger::definition::{Field, Kind, Ledger};
use ledger::port::{Attachment, JobState, NewJob, Put, ReferenceRow, SearchText, StoreError, Writer};
use ledger::{Body, Kernel, Principal, Record, search};
use serde_json::{Value, json};

use crate::agency::Agency;

/// Whose records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    Mine,
    Theirs,
}

/// A record with its marks by field.
pub struct Marked {
    pub record: Record,
    pub marks: BTreeMap<String, String>,
}

/// All records.
pub struct World {
    pub marked: Vec<Marked>,
    ids: BTreeMap<(String, Side), String>,
    /// A job of somebody else.
    pub job: String,
    /// The attached file of every record.
    pub attachment: String,
    kernel: Kernel,
}

/// Every mark begins so.
pub const MARK: &str = "zqm";
/// Content of the attached file.
pub const CONTENT: &str = "zqmcontent";

impl World {
    pub fn build(agency: &Agency) -> Self {
        let kernel = agency.installation().kernel();
        let mut ids = BTreeMap::new();
        for ledger in kernel.catalogue.ledgers.values() {
            for side in [Side::Mine, Side::Theirs] {
                ids.insert((ledger.name.clone(), side), kernel.new_id());
            }
        }
        let (job, attachment) = (kernel.new_id(), kernel.new_id());
        let mut world = Self { marked: Vec::new(), ids, job, attachment, kernel: kernel.clone() };
        for ledger in kernel.catalogue.ledgers.values() {
            let states: Vec<&str> = ledger.workflow.states.iter().map(|state| state.name.as_str()).collect();
            let (first, last) =
                (states.first().copied().unwrap_or("active"), states.last().copied().unwrap_or("active"));
            for (side, state) in [(Side::Mine, first), (Side::Theirs, last)] {
                let id = world.id(&ledger.name, side);
                world.add(ledger, side, state, id);
            }
            // Mine in every state: what is a draft or sealed must stay hidden in each of them.
            if ["evaluation_sheet", "bid", "lottery"].contains(&ledger.name.as_str()) {
                for state in states.iter().skip(1) {
                    world.add(ledger, Side::Mine, state, kernel.new_id());
                }
            }
        }
        let stored = agency.installation().store.write(|tx: &mut dyn Writer| world.store(tx));
        stored.expect("the world is stored");
        world
    }

    pub fn id(&self, ledger: &str, side: Side) -> String {
        self.ids.get(&(ledger.to_string(), side)).cloned().unwrap_or_else(|| panic!("no ledger {ledger}"))
    }

    fn add(&mut self, ledger: &Ledger, side: Side, state: &str, id: String) {
        let number = self.marked.len();
        let mut marks = BTreeMap::new();
        let mut body = Body::new();
        for (place, field) in ledger.fields.iter().enumerate() {
            let mark = format!("{MARK}{number}x{place}y");
            let value = self.value(ledger, field, side, &mark);
            if value.to_string().contains(&mark) {
                marks.insert(field.name.clone(), mark);
            }
            if !value.is_null() {
                body.insert(field.name.clone(), value);
            }
        }
        let now = self.kernel.now();
        let record = Record {
            ledger: ledger.name.clone(),
            id,
            revision: 1,
            state: state.into(),
            body,
            acts: BTreeMap::new(),
            created_at: now,
            recorded_at: now,
        };
        self.marked.push(Marked { record, marks });
    }

    fn value(&self, ledger: &Ledger, field: &Field, side: Side, mark: &str) -> Value {
        match &field.kind {
            Kind::Text | Kind::LongText => mark.into(),
            Kind::Integer | Kind::Yen => 2026.into(),
            Kind::Decimal { .. } => "1.00".into(),
            Kind::Date => "2026-11-02".into(),
            Kind::DateTime => "2026-11-02T00:00:00Z".into(),
            Kind::Period => json!({ "from": "2026-11-02", "to": "2026-11-30" }),
            Kind::YesNo => false.into(),
            Kind::Choice { set } => self.code(set),
            Kind::Choices { set } => json!([self.code(set)]),
            // A record that stood above itself would be no tree.
            Kind::Reference { ledger: target, .. } if *target == ledger.name => Value::Null,
            Kind::Reference { ledger: target, many: true } => json!([self.id(target, side)]),
            Kind::Reference { ledger: target, many: false } => self.id(target, side).into(),
            Kind::Rows { columns } => {
                // An overall word of evaluation is one of a scale, which this world does not have.
                let columns = columns.iter().filter(|column| column.name != "mark");
                let cells = columns.map(|column| (column.name.clone(), self.value(ledger, column, side, mark)));
                json!([cells.filter(|(_, value)| !value.is_null()).collect::<Body>()])
            }
            Kind::Attachment => json!([{
                "id": self.attachment, "name": format!("{mark}.txt"), "media_type": "text/plain", "size": 5, "sha256": "0",
            }]),
        }
    }

    fn code(&self, set: &str) -> Value {
        let set = self.kernel.catalogue.choices.get(set);
        set.and_then(|set| set.choices.first()).map_or(Value::Null, |choice| choice.code.as_str().into())
    }

    fn store(&self, tx: &mut dyn Writer) -> Result<(), StoreError> {
        let now = self.kernel.now();
        for one in &self.marked {
            put(tx, &self.kernel, &one.record)?;
        }
        tx.add_attachment(&Attachment {
            id: self.attachment.clone(),
            name: "zqmfile.txt".into(),
            media_type: "text/plain".into(),
            sha256: "0".into(),
            content: CONTENT.as_bytes().to_vec(),
            stored_by: "somebody".into(),
            stored_at: now,
        })?;
        let job = NewJob {
            id: self.job.clone(),
            kind: "paper".into(),
            input: Value::Null,
            account: "somebody".into(),
            run_at: now,
            only_one: None,
        };
        tx.add_job(&job, now)?;
        tx.end_job(&self.job, JobState::Done, "zqmjob", &json!({ "attachment": self.attachment }), now)
    }

    /// Marks that the principal may see: the fields whose class is open to it, record by record as they stand now.
    pub fn open_to(&self, agency: &Agency, who: &Principal) -> BTreeSet<String> {
        let mut open = BTreeSet::new();
        let read = agency.installation().store.read(|tx| -> Result<(), StoreError> {
            for one in &self.marked {
                let Some(ledger) = self.kernel.catalogue.ledger(&one.record.ledger) else { continue };
                let Some(record) = tx.record(&one.record.ledger, &one.record.id)? else { continue };
                let classes = Access::new(ledger, who).readable_classes(&record);
                for (field, mark) in &one.marks {
                    if ledger.field(field).is_some_and(|field| classes.contains(&field.class)) {
                        open.insert(mark.clone());
                    }
                }
                let named = ledger.fields.iter().filter(|field| field.named && classes.contains(&field.class));
                for (field, target) in named.filter_map(|field| Some((field, field.target()?))) {
                    for id in record.references(&field.name) {
                        self.title_of(target, id, 2, &mut open);
                    }
                }
            }
            Ok(())
        });
        read.expect("the world is read");
        open
    }

    /// Marks that stand in the title of a record which a field names for whoever reads it.
    fn title_of(&self, ledger: &str, id: &str, steps: u8, open: &mut BTreeSet<String>) {
        let Some(definition) = self.kernel.catalogue.ledger(ledger) else { return };
        let found = self.marked.iter().filter(|one| one.record.ledger == ledger && one.record.id == id);
        for one in found {
            for field in definition.title.iter().filter_map(|name| definition.field(name)) {
                open.extend(one.marks.get(&field.name).cloned());
                if let (Some(target), true) = (field.target(), steps > 0) {
                    for id in one.record.references(&field.name) {
                        self.title_of(target, id, steps - 1, open);
                    }
                }
            }
        }
    }

    /// Whether this is the content of the attached file, asked for at a record whose attachments are open.
    pub fn is_file(&self, mark: &str, path: &str, open: &BTreeSet<String>) -> bool {
        // A bundle holds the files of a hand-in and of its deliverables as they are, in a ZIP without compression: what
        // follows the content in it looks like a part of the mark.
        let bundle = path.strip_prefix("/hand-ins/").and_then(|rest| rest.strip_suffix("/bundle"));
        let (id, is_content) = match (bundle, path.strip_prefix("/attachments/")) {
            (Some(id), _) => (Some(id), mark.starts_with(CONTENT)),
            (None, Some(rest)) => (rest.split('/').nth(1), mark == CONTENT),
            (None, None) => return false,
        };
        let here = self.marked.iter().filter(|one| id == Some(one.record.id.as_str()));
        let mut files =
            here.flat_map(|one| one.marks.iter().filter(|(field, _)| self.is_attachment(&one.record.ledger, field)));
        is_content && files.any(|(_, mark)| open.contains(mark))
    }

    fn is_attachment(&self, ledger: &str, field: &str) -> bool {
        let field = self.kernel.catalogue.ledger(ledger).and_then(|ledger| ledger.field(field));
        field.is_some_and(|field| matches!(field.kind, Kind::Attachment))
    }

    /// An account with a person and a role, put past the rule that a person has one account.
    pub fn account(
        &self,
        tx: &mut dyn Writer,
        login: &str,
        grants: &[(&str, Option<String>)],
    ) -> Result<String, StoreError> {
        let made = |ledger: &str, state: &str, body: Value| Record {
            ledger: ledger.into(),
            id: self.kernel.new_id(),
            revision: 1,
            state: state.into(),
            body: body.as_object().cloned().unwrap_or_default(),
            acts: BTreeMap::new(),
            created_at: self.kernel.now(),
            recorded_at: self.kernel.now(),
        };
        let person = self.id("person", Side::Mine);
        let owner = made(account::LEDGER, account::ACTIVE, json!({ account::LOGIN: login, account::PERSON: person }));
        put(tx, &self.kernel, &owner)?;
        for (role, office) in grants {
            let body = json!({ role_grant::ACCOUNT: owner.id, role_grant::ROLE: role, role_grant::OFFICE: office });
            let mut grant = made(role_grant::LEDGER, role_grant::IN_FORCE, body);
            grant.body.retain(|_, value| !value.is_null());
            put(tx, &self.kernel, &grant)?;
        }
        Ok(owner.id)
    }
}

/// Store a record as it is, with references, search text and an entry.
fn put(tx: &mut dyn Writer, kernel: &Kernel, record: &Record) -> Result<(), StoreError> {
    let Some(ledger) = kernel.catalogue.ledger(&record.ledger) else { return Ok(()) };
    let mut references = Vec::new();
    let mut texts: BTreeMap<&str, String> = BTreeMap::new();
    for field in &ledger.fields {
        if let Some(target) = field.target() {
            references.extend(record.references(&field.name).into_iter().map(|id| ReferenceRow {
                ledger: record.ledger.clone(),
                record: record.id.clone(),
                field: field.name.clone(),
                target_ledger: target.into(),
                target: id.into(),
            }));
        } else if let Some(text) = record.text(&field.name) {
            let all = texts.entry(&field.class).or_default();
            all.push(' ');
            all.push_str(text);
        }
    }
    let search = texts
        .into_iter()
        .map(|(class, text)| SearchText { class: class.into(), grams: search::grams(&text) })
        .collect();
    let put = Put { record, references, search, unique: Vec::new() };
    tx.put(&put)?.map_err(|_| StoreError::Stale)?;
    let changes = record
        .body
        .iter()
        .map(|(name, value)| (name.clone(), Changed { before: Value::Null, after: value.clone() }))
        .collect();
    tx.append(&Entry {
        at: record.recorded_at,
        actor: Actor::system("test"),
        ledger: record.ledger.clone(),
        record: record.id.clone(),
        revision: 1,
        act: "create".into(),
        reason: None,
        state_before: None,
        state_after: Some(record.state.clone()),
        changes,
        batch: None,
    })?;
    Ok(())
}
