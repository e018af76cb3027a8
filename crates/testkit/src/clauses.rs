//! Stories of requirements, written as TOML: who does what with which record, and what is said, stored or seen.
//!
//! A folder holds `cast.toml` (packs, day, people, what is there before) and one file for each group of clauses. The
//! stories of a file are played one after another on one database; each begins with what `[[each]]` makes for it.
//!
//! ```toml
//! [[story]]
//! name = "nothing_is_carried_in_before_it_is_permitted"  # cited in docs/traceability.tsv
//! shows = ["T-022"]
//! steps = [
//!   { by = "lead", make = "site_entry", as = "entry", with = { kind = "bring_in", people = ["$worker"] } },
//!   { by = "lead", take = "permit", of = "$entry", refused = "" },
//!   { by = "supervisor", take = "permit", of = "$entry", state = "permitted" },
//! ]
//! ```
//!
//! In values `$name` is the identifier of the record that an earlier step called so, `$name.field` its value as it is
//! now, `file:文書.pdf` a file that was handed in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ledger::pack::read_folder;
use ledger::port::{DutyFilter, Writer};
use ledger::read::ListRequest;
use ledger::{Body, Change, Engine, Principal, Record, Refusal, RoleHeld};
use serde::Deserialize;
use serde_json::{Value, json};
use store::Store;

use crate::{Desk, somebody};

/// What every story of a folder starts from.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cast {
    /// Names of the packs, in the order in which they are read.
    packs: Vec<String>,
    /// The day of a story that names none.
    today: String,
    /// People by the name that `by` gives.
    who: BTreeMap<String, Role>,
    /// Done once for a file.
    #[serde(default)]
    given: Vec<Step>,
    /// Done again for each story.
    #[serde(default)]
    each: Vec<Step>,
}

/// The roles that somebody holds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Role {
    /// Names of the roles.
    roles: Vec<String>,
    /// The organisation, as `$name`; everywhere where there is none.
    of: Option<String>,
    /// Not of the agency.
    #[serde(default)]
    outside: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Packs beside those of the cast.
    #[serde(default)]
    packs: Vec<String>,
    #[serde(default)]
    story: Vec<Story>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Story {
    /// A name that no other test bears.
    name: String,
    /// Requirements that it shows.
    shows: Vec<String>,
    /// The day on which it begins.
    on: Option<String>,
    steps: Vec<Step>,
}

/// One act, or one look. Exactly one of `make`, `take`, `amend`, `look`, `list`, `duty`, `paper`, `find`, `go_to` is given.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Step {
    /// Who does it; the system where nobody is named.
    by: Option<String>,
    /// Ledger of a new record.
    make: Option<String>,
    /// Transition of the record `of`.
    take: Option<String>,
    /// Record whose values change.
    amend: Option<String>,
    /// Record that is opened.
    look: Option<String>,
    /// Ledger that is listed (the records of the story's contract, where it has any).
    list: Option<String>,
    /// Duty of the record `of`.
    duty: Option<String>,
    /// Form that is printed of the record `of`.
    paper: Option<String>,
    /// Ledger in which an engine has made the record with the values `has`.
    find: Option<String>,
    /// The story goes on in the morning of this day.
    go_to: Option<String>,
    /// The record that is meant, as `$name`.
    of: Option<String>,
    /// Values.
    with: Body,
    /// What later steps call the record.
    r#as: Option<String>,
    /// The act or look is refused with these words in the answer; any words where empty.
    refused: Option<String>,
    /// State afterwards.
    state: Option<String>,
    /// Values afterwards, as the one who looks sees them.
    has: Body,
    /// Fields that the one who looks does not see.
    lacks: Vec<String>,
    /// Records that the list shows, as `$name`.
    finds: Vec<String>,
    /// Records that the list does not show.
    misses: Vec<String>,
    /// Words on the paper.
    holds: Vec<String>,
    /// Last day of the duty.
    due: Option<String>,
    /// Role that holds the duty.
    holder: Option<String>,
    /// Whether the duty is open; it is where nothing is said.
    open: Option<bool>,
}

/// Prints a form of a record as somebody would; gives all text that the paper is made from.
pub type Print = fn(&Desk, &Principal, form: &str, record: &str) -> Result<String, String>;

/// Plays every story of `folder/FILE.toml` on this database, with the packs of the project.
///
/// # Panics
/// With every story that does not come out as it says: file, story, number of the step and what happened.
pub fn play(store: Store, folder: &Path, file: &str, engines: Vec<std::sync::Arc<dyn Engine>>, print: Print) {
    let cast: Cast = read(&folder.join("cast.toml"));
    let stories: File = read(&folder.join(format!("{file}.toml")));
    let packs = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../packs");
    // A prebuilt test looks beside its own stories.
    let packs = folder.ancestors().map(|above| above.join("packs")).find(|packs| packs.is_dir()).unwrap_or(packs);
    let packs: Vec<_> = cast
        .packs
        .iter()
        .chain(&stories.packs)
        .map(|name| read_folder(&packs.join(name)).expect("the pack is read"))
        .collect();
    let mut stage = Stage {
        desk: Desk::with_packs(store, &cast.today, engines, &packs),
        who: &cast.who,
        named: BTreeMap::new(),
        acting: String::new(),
        print,
    };
    stage.run("given", &cast.given).unwrap_or_else(|problem| panic!("cast.toml: {problem}"));
    let known = stage.named.clone();
    let only = std::env::var("CLAUSES_ONLY").ok();
    let mut problems = Vec::new();
    for story in &stories.story {
        if only.as_ref().is_some_and(|only| !story.name.contains(only) && !story.shows.contains(only)) {
            continue;
        }
        assert!(!story.shows.is_empty() && !story.steps.is_empty(), "{file}: {} is empty", story.name);
        stage.named = known.clone();
        stage.desk.go_to(story.on.as_ref().unwrap_or(&cast.today));
        let played = stage.run("each", &cast.each).and_then(|()| stage.run("step", &story.steps));
        if let Err(problem) = played {
            problems.push(format!("{file}.toml, {} ({}): {problem}", story.name, story.shows.join(", ")));
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> T {
    let text = std::fs::read_to_string(path).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()));
    toml::from_str(&text).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()))
}

struct Stage<'a> {
    desk: Desk,
    who: &'a BTreeMap<String, Role>,
    /// Ledger and identifier of each named record.
    named: BTreeMap<String, (String, String)>,
    /// Account of whoever takes the step: a file is handed in by whoever uses it.
    acting: String,
    print: Print,
}

impl Stage<'_> {
    fn run(&mut self, kind: &str, steps: &[Step]) -> Result<(), String> {
        for (at, step) in steps.iter().enumerate() {
            self.step(step).map_err(|problem| format!("{kind} {}: {problem}", at + 1))?;
        }
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Result<(), String> {
        let who = self.principal(step.by.as_deref())?;
        self.acting.clone_from(&who.actor.account);
        if let Some(day) = &step.go_to {
            self.desk.go_to(day);
            return Ok(());
        }
        if let Some(ledger) = &step.make {
            let mut values = self.body(&step.with)?;
            let fields = &self.desk.kernel.ledger(ledger).map_err(|problem| words(&problem))?.fields;
            if let Some((_, contract)) = self.named.get("contract")
                && fields.iter().any(|field| field.name == "engagement")
            {
                values.entry("engagement").or_insert(json!(contract));
            }
            let made = self.desk.commit(&who, Change::create(ledger, values));
            return self.done(step, made);
        }
        if let Some(transition) = &step.take {
            let record = self.record(step.of.as_deref())?;
            let values = self.body(&step.with)?;
            let taken = self.desk.take(&who, &record, transition, values);
            return self.done(step, taken);
        }
        if let Some(name) = &step.amend {
            let record = self.record(Some(name))?;
            let change = Change::amend(&record.ledger, &record.id, record.revision, self.body(&step.with)?);
            let amended = self.desk.commit(&who, change.because("見本の理由"));
            return self.done(step, amended);
        }
        if let Some(name) = &step.look {
            let record = self.record(Some(name))?;
            let seen = self.desk.read(|tx| self.desk.kernel.detail(tx, &who, &record.ledger, &record.id, None));
            return self.done(step, seen.map(|seen| seen.record));
        }
        if let Some(ledger) = &step.list {
            return self.list(step, &who, ledger);
        }
        if let Some(duty) = &step.duty {
            return self.duty(step, duty);
        }
        if let Some(form) = &step.paper {
            let record = self.record(step.of.as_deref())?;
            let text = match (self.print)(&self.desk, &who, form, &record.id) {
                Err(problem) => return refused(step.refused.as_deref(), &problem),
                Ok(_) if step.refused.is_some() => return Err("printed, though it should be refused".into()),
                Ok(text) => text,
            };
            let missing: Vec<_> = step.holds.iter().filter(|word| !text.contains(word.as_str())).collect();
            return if missing.is_empty() { Ok(()) } else { Err(format!("the paper lacks {missing:?}: {text}")) };
        }
        if let Some(ledger) = &step.find {
            return self.find(step, ledger);
        }
        Err("says nothing to do".into())
    }

    /// What came of an act is as the step says.
    fn done(&mut self, step: &Step, done: Result<Record, Refusal>) -> Result<(), String> {
        let record = match (done, &step.refused) {
            (Err(refusal), expected) => return refused(expected.as_deref(), &words(&refusal)),
            (Ok(record), None) => record,
            (Ok(record), Some(_)) => return Err(format!("done, though it should be refused: {:?}", record.body)),
        };
        if let Some(name) = &step.r#as {
            self.named.insert(name.clone(), (record.ledger.clone(), record.id.clone()));
        }
        if step.state.as_ref().is_some_and(|state| *state != record.state) {
            return Err(format!("the state is {}", record.state));
        }
        self.compare(&record, &step.has)?;
        match step.lacks.iter().find(|field| !record.value(field).is_null()) {
            Some(field) => Err(format!("{field} is seen: {}", record.value(field))),
            None => Ok(()),
        }
    }

    fn compare(&self, record: &Record, expected: &Body) -> Result<(), String> {
        for (field, value) in expected {
            let value = self.value(value)?;
            if record.value(field) != &value {
                return Err(format!("{field} is {} and not {value}", record.value(field)));
            }
        }
        Ok(())
    }

    fn list(&self, step: &Step, who: &Principal, ledger: &str) -> Result<(), String> {
        let mut seen = Vec::new();
        let mut cursor = None;
        loop {
            let request = ListRequest { ledger: ledger.into(), cursor, ..ListRequest::default() };
            let page = match self.desk.read(|tx| self.desk.kernel.list(tx, who, &request)) {
                Ok(page) => page,
                Err(refusal) => return refused(step.refused.as_deref(), &words(&refusal)),
            };
            seen.extend(page.records.into_iter().map(|record| record.id));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        for (names, there) in [(&step.finds, true), (&step.misses, false)] {
            for name in names {
                if seen.contains(&self.record(Some(name))?.id) != there {
                    return Err(format!("{name} is {}in the list", if there { "not " } else { "" }));
                }
            }
        }
        if step.refused.is_some() { Err("listed, though it should be refused".into()) } else { Ok(()) }
    }

    fn duty(&self, step: &Step, name: &str) -> Result<(), String> {
        let record = self.record(step.of.as_deref())?;
        let filter = DutyFilter { record: Some(record.id.clone()), limit: 100, ..DutyFilter::default() };
        let duties = self.desk.read(|tx| Ok(tx.duties(&filter)?)).map_err(|problem| words(&problem))?;
        let mut open = duties.iter().filter(|duty| {
            duty.name == name && step.holder.as_ref().is_none_or(|role| duty.role.as_ref() == Some(role))
        });
        let Some(duty) = open.next() else {
            return if step.open == Some(false) { Ok(()) } else { Err(format!("no open duty {name}: {duties:?}")) };
        };
        if step.open == Some(false) {
            return Err(format!("the duty {name} is open"));
        }
        match (&step.due, duty.due.map(|due| due.to_string())) {
            (Some(expected), due) if Some(expected) != due.as_ref() => Err(format!("due on {due:?}, not {expected}")),
            _ => Ok(()),
        }
    }

    /// The newest record of the contract with these values.
    fn find(&mut self, step: &Step, ledger: &str) -> Result<(), String> {
        let system = Principal::system("test");
        let request = ListRequest { ledger: ledger.into(), limit: 1000, ..ListRequest::default() };
        let page =
            self.desk.read(|tx| self.desk.kernel.list(tx, &system, &request)).map_err(|refusal| words(&refusal))?;
        let contract = self.named.get("contract").map(|(_, id)| json!(id));
        let found = page.records.into_iter().rev().find(|record| {
            record.body.get("engagement").is_none_or(|engagement| Some(engagement) == contract.as_ref())
                && step.state.as_ref().is_none_or(|state| *state == record.state)
                && self.compare(record, &step.has).is_ok()
        });
        match (found, step.open) {
            (Some(record), Some(false)) => Err(format!("there is one: {:?}", record.body)),
            (None, Some(false)) => Ok(()),
            (None, _) => Err(format!("no record of {ledger} has these values")),
            (Some(record), _) => {
                if let Some(name) = &step.r#as {
                    self.named.insert(name.clone(), (record.ledger, record.id));
                }
                Ok(())
            }
        }
    }

    fn principal(&self, name: Option<&str>) -> Result<Principal, String> {
        let Some(name) = name else { return Ok(Principal::system("test")) };
        let role = self.who.get(name).ok_or_else(|| format!("nobody is called {name}"))?;
        let office = role.of.as_deref().map(|of| self.record(Some(of))).transpose()?.map(|office| office.id);
        let mut who = somebody(name, None, &[]);
        who.roles = role
            .roles
            .iter()
            .map(|role_name| RoleHeld {
                role: role_name.clone(),
                offices: office.clone().map(|office| vec![office]),
                outside: role.outside,
            })
            .collect();
        Ok(who)
    }

    /// A named record as it is stored now.
    fn record(&self, name: Option<&str>) -> Result<Record, String> {
        let name = name.and_then(|name| name.strip_prefix('$')).ok_or("a record is meant with $name")?;
        let (ledger, id) = self.named.get(name).ok_or_else(|| format!("no record is called ${name}"))?;
        Ok(self.desk.record(ledger, id))
    }

    fn body(&self, values: &Body) -> Result<Body, String> {
        values.iter().map(|(name, value)| Ok((name.clone(), self.value(value)?))).collect()
    }

    fn value(&self, value: &Value) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) if text.starts_with('$') => match text.split_once('.') {
                Some((name, field)) => self.record(Some(name))?.value(field).clone(),
                None => json!(self.record(Some(text))?.id),
            },
            Value::String(text) => match text.strip_prefix("file:") {
                Some(name) => self.file(name)?,
                None => value.clone(),
            },
            Value::Array(items) => Value::Array(items.iter().map(|item| self.value(item)).collect::<Result<_, _>>()?),
            Value::Object(values) => Value::Object(self.body(values)?),
            other => other.clone(),
        })
    }

    /// A file that was handed in.
    fn file(&self, name: &str) -> Result<Value, String> {
        let id = self.desk.kernel.new_id();
        let sha256 = "0".repeat(64);
        let file = ledger::port::Attachment {
            id: id.clone(),
            name: name.into(),
            media_type: "application/pdf".into(),
            sha256: sha256.clone(),
            content: b"%PDF".to_vec(),
            stored_by: self.acting.clone(),
            stored_at: self.desk.kernel.now(),
        };
        let stored = self.desk.store.write(move |tx: &mut dyn Writer| -> Result<(), Refusal> {
            tx.add_attachment(&file)?;
            Ok(())
        });
        stored.map_err(|refusal| words(&refusal))?;
        Ok(json!([{ "id": id, "name": name, "media_type": "application/pdf", "sha256": sha256, "size": 4 }]))
    }
}

fn refused(expected: Option<&str>, said: &str) -> Result<(), String> {
    match expected {
        Some(expected) if said.contains(expected) => Ok(()),
        Some(expected) => Err(format!("refused without 「{expected}」: {said}")),
        None => Err(format!("refused: {said}")),
    }
}

/// Every message of a refusal, each with its field.
fn words(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Invalid(problems) => {
            let lines = problems.iter().map(|problem| format!("{:?}: {}", problem.field, problem.message));
            lines.collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    }
}
