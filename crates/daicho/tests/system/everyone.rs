//! Every address of the server, called by everybody: by nobody who is signed in, by each role, by a role that holds for
//! one office only, by machines. No call fails, no answer holds anything that the caller may not read, and none holds a
//! protected value of which the journal does not tell.
//!
//! The addresses are taken from the server itself (`web::routes`, the sources of the routers), so that a new one is
//! called without being listed here; one that this test cannot fill in fails it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use daicho::web;
use identity::password::{self, NewPassword};
use identity::{Origin, Password, principal};
use journal::Channel;
use ledger::access::Access;
use ledger::port::{EntryKind, HistoryQuery, JournalQuery, Writer};
use ledger::{Kernel, Principal};
use serde_json::json;
use testkit::on_each_database;
use ui::web::Handler;

use crate::agency::Agency;
use crate::browser::{Browser, PASSWORD, Reply};
use crate::marks::{MARK, Side, World};

/// One call that this test makes.
#[derive(Debug, Clone)]
struct Call {
    method: &'static str,
    /// The pattern, for the eye.
    pattern: String,
    path: String,
}

/// Patterns and methods in the source of a router, as they stand in `.route("…", get(…).post(…))`.
fn patterns(source: &str) -> Vec<(String, Vec<&'static str>)> {
    let lines = source.lines().filter_map(|line| line.trim().strip_prefix(".route(\""));
    lines
        .filter_map(|line| line.split_once('"'))
        .map(|(pattern, rest)| {
            let known =
                [("get(", "GET"), ("post(", "POST"), ("patch(", "PATCH"), ("put(", "PUT"), ("delete(", "DELETE")];
            let methods = known.iter().filter(|(word, _)| rest.contains(word)).map(|(_, method)| *method);
            (pattern.to_string(), methods.collect())
        })
        .collect()
}

/// What may be put in place of a parameter.
struct Filling<'a> {
    kernel: &'a Kernel,
    world: &'a World,
}

impl Filling<'_> {
    /// All addresses that a pattern stands for, with what is there and with what is not.
    fn all(&self, pattern: &str) -> Vec<String> {
        if !pattern.contains('{') {
            return vec![pattern.to_string()];
        }
        let mut paths = Vec::new();
        let ledgers: Vec<&str> = self.kernel.catalogue.ledgers.keys().map(String::as_str).collect();
        if pattern.contains("{ledger}") {
            for ledger in ledgers {
                let one = pattern.replace("{ledger}", ledger);
                if one.contains("{id}") {
                    for id in self.records(ledger, &one) {
                        paths.extend(self.names(&one.replace("{id}", &id), ledger));
                    }
                } else {
                    paths.extend(self.names(&one, ledger));
                }
            }
            paths.push(self.absent(pattern));
        } else if pattern.contains("{id}") {
            // `/evaluation/sheets/{id}` is about the ledger whose name ends with `sheet`.
            let folder = pattern.split("/{id}").next().and_then(|before| before.rsplit('/').next()).unwrap_or_default();
            let single = folder.trim_end_matches('s').replace('-', "_");
            let about: Vec<&str> = ledgers.into_iter().filter(|name| name.ends_with(&single)).collect();
            if folder == "Users" {
                paths.extend(self.records("account", pattern).iter().map(|id| pattern.replace("{id}", id)));
            }
            if folder == "jobs" {
                paths.extend(self.names(&pattern.replace("{id}", &self.world.job), "account"));
            }
            for ledger in about {
                for id in self.records(ledger, pattern) {
                    paths.extend(self.names(&pattern.replace("{id}", &id), ledger));
                }
            }
            assert!(!paths.is_empty(), "nothing to put into {pattern}: teach this test");
            paths.push(self.absent(pattern));
        } else if pattern.starts_with("/documents/") || pattern.starts_with("/api/v1/documents/") {
            for form in self.kernel.catalogue.documents.values() {
                let path = pattern.replace("{name}", &form.name);
                paths.push(path.clone());
                paths.extend(
                    self.records(&form.ledger, pattern).iter().map(|id| format!("{path}?reason=story&record={id}")),
                );
            }
        } else if pattern.starts_with("/scim/") && pattern.contains("{name}") {
            paths.extend(["User", "nothing"].map(|name| pattern.replace("{name}", name)));
        } else if pattern.contains("{*") {
            paths.push(pattern.split("{*").next().unwrap_or_default().to_string() + "nothing/here");
        }
        assert!(
            !paths.is_empty() && paths.iter().all(|path| !path.contains('{')),
            "teach this test {pattern}: {paths:?}"
        );
        paths
    }

    /// Records to call: one of mine, one of theirs; where the record itself is the question, those in other states too.
    fn records(&self, ledger: &str, pattern: &str) -> Vec<String> {
        let most = if pattern.contains("{name}") { 2 } else { usize::MAX };
        let records = self.world.marked.iter().filter(|one| one.record.ledger == ledger);
        records.map(|one| one.record.id.clone()).take(most).collect()
    }

    fn names(&self, path: &str, ledger: &str) -> Vec<String> {
        let path = path.replace("{attachment}", &self.world.attachment);
        if !path.contains("{name}") {
            return vec![path];
        }
        let transitions = self.kernel.catalogue.ledger(ledger).map(|ledger| &ledger.workflow.transitions);
        let names = transitions.into_iter().flatten().map(|transition| transition.name.as_str());
        names.chain(["nothing"]).map(|name| path.replace("{name}", name)).collect()
    }

    fn absent(&self, pattern: &str) -> String {
        let path = pattern.replace("{ledger}", "nothing").replace("{id}", "01K00000000000000000000000");
        path.replace("{name}", "nothing").replace("{attachment}", "01K00000000000000000000000")
    }
}

/// The calls of pages: routes of screens and areas, and what the server adds by hand.
fn pages(filling: &Filling<'_>) -> Vec<Call> {
    let mut calls = Vec::new();
    for route in web::routes() {
        let method = if matches!(route.handler, Handler::Write(_)) { "POST" } else { "GET" };
        for path in filling.all(route.path) {
            calls.push(Call { method, pattern: route.path.into(), path });
        }
    }
    for (pattern, methods) in patterns(include_str!("../../src/web/mod.rs")) {
        for path in filling.all(&pattern) {
            for &method in &methods {
                calls.push(Call { method, pattern: pattern.clone(), path: path.clone() });
            }
        }
    }
    // What a list is asked for beside itself.
    for ledger in filling.kernel.catalogue.ledgers.keys() {
        for query in ["as_of=2026-11-20", "q=zqm0", "group=state", "in_force=2026-11-20"] {
            let path = format!("/ledgers/{ledger}?{query}");
            calls.push(Call { method: "GET", pattern: "/ledgers/{ledger}?".into(), path });
        }
        for format in ["csv", "json"] {
            let path = format!("/ledgers/{ledger}/export?format={format}&reason=story");
            calls.push(Call { method: "GET", pattern: "/ledgers/{ledger}/export?".into(), path });
        }
    }
    calls.push(Call { method: "GET", pattern: "/search".into(), path: format!("/search?q={MARK}") });
    // Ends the session of the caller, so it comes last.
    calls.sort_by_key(|call| call.path.contains("sign-out") || call.path == "/sign-in/lock");
    calls
}

/// The calls of REST.
fn api(filling: &Filling<'_>) -> Vec<Call> {
    let mut calls = Vec::new();
    for (pattern, methods) in patterns(include_str!("../../src/api/mod.rs")) {
        for path in filling.all(&pattern) {
            for &method in &methods {
                calls.push(Call { method, pattern: pattern.clone(), path: path.clone() });
            }
            if path.ends_with("/records") {
                for query in ["as_of=2026-11-20", "q=zqm0", "group=state&count=true", "in_force=2026-11-20&limit=1000"]
                {
                    calls.push(Call { method: "GET", pattern: pattern.clone(), path: format!("{path}?{query}") });
                }
            }
        }
    }
    calls
}

/// Somebody who calls.
struct Caller {
    name: String,
    browser: Browser,
    who: Principal,
    /// Pages too, not REST alone.
    pages: bool,
}

fn callers(agency: &Agency, world: &World) -> Vec<Caller> {
    let kernel = agency.installation().kernel();
    let (store, settings) = (&agency.installation().store, &agency.installation().settings.sign_in);
    let roles: Vec<String> = kernel.catalogue.roles.keys().filter(|role| *role != "everyone").cloned().collect();
    let office = world.id("organisation", Side::Mine);
    let mut grants: Vec<(String, Vec<(&str, Option<String>)>)> = vec![("plain".into(), Vec::new())];
    grants.push(("manager in one office".into(), vec![("manager", Some(office.clone()))]));
    let outside = |role: &str| kernel.catalogue.roles.get(role).is_some_and(|role| role.outside);
    for role in &roles {
        // Whoever comes from outside comes from somewhere.
        grants.push((role.clone(), vec![(role, outside(role).then(|| office.clone()))]));
    }
    let hash = NewPassword::lasting(&kernel, settings, &Password::new(PASSWORD)).expect("a hash");
    let mut callers = Vec::new();
    for (number, (name, grants)) in grants.into_iter().enumerate() {
        let login = format!("yobidashi{number}");
        let system = Principal::system("test");
        let added = store.write(|tx: &mut dyn Writer| {
            let id = world.account(tx, &login, &grants)?;
            password::set(tx, &kernel, &system, &id, &hash, None)?;
            Ok::<_, ledger::port::StoreError>(id)
        });
        let id = added.expect("an account");
        let origin = Origin::new(Channel::Page, None, None);
        let who = store.read(|tx| principal::load(tx, &kernel, &id, &origin)).expect("the database").expect("active");
        let browser = Browser::sign_in(agency.address, &login, PASSWORD);
        callers.push(Caller { name, browser, who, pages: true });
    }
    for role in &roles {
        let browser = agency.machine(role, true);
        // A machine sees what its role sees, without a person behind it.
        let who = Principal {
            actor: journal::Actor { person: None, ..journal::Actor::system("machine") },
            name: String::new(),
            roles: vec![ledger::RoleHeld {
                role: role.clone(),
                offices: outside(role).then(Vec::new),
                outside: outside(role),
            }],
            standing: ledger::Standing::Machine,
        };
        callers.push(Caller { name: format!("machine {role}"), browser, who, pages: false });
    }
    callers
}

/// Marks in an answer.
fn marks(reply: &Reply) -> BTreeSet<String> {
    let text = reply.text();
    let mut found = BTreeSet::new();
    for rest in text.split(MARK).skip(1) {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let rest = &rest[..end];
        // `zqm12x3y`: nothing shorter was asked for, so nothing shorter is an echo.
        if let Some(cut) = rest.find('y') {
            found.insert(format!("{MARK}{}", &rest[..=cut]));
        }
        if rest.starts_with("content") || rest.starts_with("job") {
            found.insert(format!("{MARK}{rest}"));
        }
    }
    found
}

/// Make the calls on several threads and gather what is wrong.
fn run(calls: &[Call], check: impl Fn(&Call) -> Vec<String> + Sync) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut wrong = Vec::new();
        while let Some(call) = calls.get(next.fetch_add(1, Ordering::Relaxed)) {
            wrong.extend(check(call));
        }
        wrong
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker")).collect()
    })
}

fn send(browser: &Browser, call: &Call) -> Reply {
    match call.method {
        "GET" => browser.get(&call.path),
        "PATCH" | "PUT" | "DELETE" => {
            browser.send(call.method, &call.path, Some("\"1\""), &json!({ "note": "zqmine" }))
        }
        _ if call.path.starts_with("/api/") || call.path.starts_with("/scim/") => {
            browser.send("POST", &call.path, Some("\"1\""), &json!({}))
        }
        _ => browser.post(&call.path, &[("_revision", "1"), ("_fields", "note"), ("note", "x")]),
    }
}

#[test]
fn nobody_reads_or_changes_anything_without_being_signed_in() {
    on_each_database(|store| {
        let agency = Agency::start(store, "2026-11-20");
        let world = World::build(&agency);
        let kernel = agency.installation().kernel();
        let filling = Filling { kernel: &kernel, world: &world };
        let nobody = Browser::anonymous(agency.address);
        let forged = Browser::with_token(agency.address, "daicho_01K00000000000000000000000_zzzz");
        // One address a pattern is enough: what is decided here is decided before the address is read.
        let mut seen = BTreeSet::new();
        let mut calls = pages(&filling);
        calls.extend(api(&filling));
        calls.retain(|call| seen.insert((call.method, call.pattern.clone())));
        let open = [
            "/sign-in",
            "/sign-in/sso",
            "/sign-in/sso/callback",
            "/signed-out",
            "/help",
            "/healthz",
            "/readyz",
            "/metrics",
            "/assets/{*path}",
            "/favicon.ico",
        ];
        let machines = ["/api/", "/scim/", "/journal/checkpoint", "/journal/tile/"];
        let wrong = run(&calls, |call| {
            let mut wrong = Vec::new();
            for browser in [&nobody, &forged] {
                let reply = send(browser, call);
                let expected = if open.contains(&call.pattern.as_str()) {
                    reply.status < 500
                } else if call.path == "/journal/add-checkpoint" {
                    // Open to installations whose checkpoints are witnessed here; there are none.
                    reply.status == 404 || reply.status == 405
                } else if machines.iter().any(|at| call.path.starts_with(at)) {
                    // A method that an address does not know is no answer about the record.
                    reply.status == 401 || reply.status == 405
                } else {
                    (reply.status == 303 && reply.to().starts_with("/sign-in")) || reply.status == 405
                };
                if !expected || !marks(&reply).is_empty() {
                    wrong.push(format!("{} {}: {} {:?}", call.method, call.path, reply.status, marks(&reply)));
                }
            }
            wrong
        });
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

#[test]
fn everybody_gets_an_answer_and_only_what_they_may_read() {
    // The question is one of the layers above the database, and the calls are many: the embedded one is enough.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = store::Store::open_sqlite(&folder.path().join("daicho.db"), store::SqliteOptions::default());
    let agency = Agency::start(store.expect("SQLite opens"), "2026-11-20");
    let world = World::build(&agency);
    let kernel = agency.installation().kernel();
    let filling = Filling { kernel: &kernel, world: &world };
    let (pages, api) = (pages(&filling), api(&filling));
    let callers = callers(&agency, &world);
    let mut wrong = Vec::new();
    let mut shown: BTreeMap<String, usize> = BTreeMap::new();
    let mut told_of = 0;
    // First everybody reads, then everybody writes: what is written opens records to others.
    for reads in [true, false] {
        for (turn, caller) in callers.iter().enumerate() {
            let mut calls = api.clone();
            if caller.pages {
                calls.extend(pages.iter().cloned());
            }
            calls.retain(|call| (call.method == "GET") == reads);
            // Typesetting is dear and is told elsewhere; here nobody prints what they may not print.
            calls.retain(|call| !printable(&kernel, &world, &caller.who, &call.path));
            // Ledgers of which a caller can read nothing at all are asked in turns: each address by every fifth of these
            // callers, the list and the search of each by all of them.
            let mut number = 0;
            calls.retain(|call| {
                number += 1;
                !shut(&kernel, &caller.who, &call.path) || call.pattern.ends_with("{ledger}") || number % 5 == turn % 5
            });
            let start = newest(&agency);
            let before = world.open_to(&agency, &caller.who);
            let answers = std::sync::Mutex::new(Vec::new());
            wrong.extend(run(&calls, |call| {
                let reply = send(&caller.browser, call);
                let what = format!("{}: {} {} gave {}", caller.name, call.method, call.path, reply.status);
                let printed = reply.body.starts_with(b"%PDF");
                // SCIM asks some of its questions by POST.
                let asks = call.path.ends_with("/.search");
                let wrote = !caller.pages && !reads && reply.status < 300 && !asks;
                let failed = reply.status >= 500 || printed || wrote;
                answers.lock().expect("the answers").push((what.clone(), call.path.clone(), marks(&reply)));
                if failed { vec![what] } else { Vec::new() }
            }));
            // What the caller's own acts have opened counts as open.
            let after = world.open_to(&agency, &caller.who);
            let mut seen = BTreeSet::new();
            let mut looks = Vec::new();
            for (what, path, found) in answers.into_inner().expect("the answers") {
                let open = |mark: &String| {
                    before.contains(mark) || after.contains(mark) || world.is_file(mark, &path, &before)
                };
                let foreign: Vec<&String> = found.iter().filter(|mark| !open(mark)).collect();
                if !foreign.is_empty() {
                    wrong.push(format!("{what} with {}", told(&world, &foreign)));
                }
                looks.push((what, found.clone()));
                seen.extend(found);
            }
            let readings = readings(&agency, start);
            wrong.extend(untold(&caller.name, &world, &kernel, &caller.who, &looks, &readings));
            told_of += readings.values().sum::<usize>();
            // Were nothing told, it would show.
            if reads && caller.name == "auditor" {
                let silent = untold(&caller.name, &world, &kernel, &caller.who, &looks, &BTreeMap::new());
                assert!(silent.len() > 10, "{silent:?}");
            }
            if reads {
                shown.insert(caller.name.clone(), seen.len());
            }
        }
    }
    wrong.sort();
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.iter().take(60).cloned().collect::<Vec<_>>().join("\n")
    );
    // The story can fail only if marks are seen at all.
    assert!(told_of > 1_000, "{told_of}");
    assert!(shown["auditor"] > 100 && shown["plain"] > 5 && shown["auditor"] > shown["plain"], "{shown:?}");
}

/// Whether the address is of a ledger in which nothing is open to the principal.
fn shut(kernel: &Kernel, who: &Principal, path: &str) -> bool {
    let Some((_, rest)) = path.split_once("/ledgers/") else { return false };
    let name = rest.split(['/', '?']).next().unwrap_or_default();
    kernel.catalogue.ledger(name).is_some_and(|ledger| !Access::new(ledger, who).any())
}

/// The newest entry.
fn newest(agency: &Agency) -> i64 {
    let query = HistoryQuery { limit: 1, ..HistoryQuery::default() };
    let found = agency.installation().store.read(|tx| tx.history(&query)).expect("the journal");
    found.first().map_or(0, |stored| stored.sequence)
}

/// How many entries behind this one tell that a record was read, by ledger and record.
fn readings(agency: &Agency, start: i64) -> BTreeMap<(String, String), usize> {
    let query =
        JournalQuery { after: Some(start), kind: Some(EntryKind::Reads), limit: 1_000_000, ..Default::default() };
    let mut told: BTreeMap<(String, String), usize> = BTreeMap::new();
    for stored in agency.installation().store.read(|tx| tx.journal(&query)).expect("the journal") {
        let entry = stored.entry;
        let facts = entry.changes.get(&entry.act).map(|change| &change.after["records"]);
        let many = facts.and_then(|records| records.as_array()).into_iter().flatten().filter_map(|id| id.as_str());
        let ids: BTreeSet<&str> = many.chain(Some(entry.record.as_str()).filter(|id| !id.is_empty())).collect();
        for id in ids {
            *told.entry((entry.ledger.clone(), id.to_string())).or_default() += 1;
        }
    }
    told
}

/// Records with a protected value in more answers than the journal tells of: each request leaves an entry of its own, and
/// none tells of a record twice. What one enters about oneself as a member of the staff is no look at somebody.
fn untold(
    name: &str,
    world: &World,
    kernel: &Kernel,
    who: &Principal,
    looks: &[(String, BTreeSet<String>)],
    told: &BTreeMap<(String, String), usize>,
) -> Vec<String> {
    let mut at: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    for one in &world.marked {
        let Some(ledger) = kernel.catalogue.ledger(&one.record.ledger) else { continue };
        let own = ledger.name == "person" && who.person() == Some(one.record.id.as_str());
        let protected = |field: &String| {
            let class = ledger.field(field).map(|field| field.class.as_str());
            ledger.classes.iter().any(|known| known.protected && Some(known.name.as_str()) == class)
        };
        let marks = one.marks.iter().filter(|(field, _)| !own && protected(field));
        at.extend(marks.map(|(_, mark)| (mark.as_str(), (one.record.ledger.as_str(), one.record.id.as_str()))));
    }
    let mut answers: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for (what, found) in looks {
        let records: BTreeSet<(&str, &str)> = found.iter().filter_map(|mark| at.get(mark.as_str()).copied()).collect();
        records.into_iter().for_each(|record| answers.entry(record).or_default().push(what));
    }
    let told = |(ledger, record): (&str, &str)| {
        told.get(&(ledger.to_string(), record.to_string())).copied().unwrap_or_default()
    };
    let fewer = answers.into_iter().filter(|(record, answers)| told(*record) < answers.len());
    fewer
        .map(|(record, answers)| {
            let list = answers.iter().take(12).copied().collect::<Vec<_>>().join("\n    ");
            format!(
                "{name}: {}/{} in {} answers, {} entries:\n    {list}",
                record.0,
                record.1,
                answers.len(),
                told(record)
            )
        })
        .collect()
}

/// Whether this is the paper of a record that the caller may print.
fn printable(kernel: &Kernel, world: &World, who: &Principal, path: &str) -> bool {
    let Some((head, id)) = path.split_once("?reason=story&record=") else { return false };
    let name = head.rsplit('/').next().unwrap_or_default();
    let record = world.marked.iter().find(|one| one.record.id == id).map(|one| &one.record);
    let (Some(form), Some(record)) = (kernel.catalogue.documents.get(name), record) else { return false };
    let Some(ledger) = kernel.catalogue.ledger(&form.ledger) else { return false };
    let access = Access::new(ledger, who);
    access.may_read(record) && access.may_print(record, name)
}

/// Marks in words: ledger and field, whose record, in which state.
fn told(world: &World, foreign: &[&String]) -> String {
    let mut words = Vec::new();
    for mark in foreign {
        let at = world.marked.iter().find_map(|one| {
            let field = one.marks.iter().find(|(_, known)| known == mark)?.0;
            Some(format!("{}.{field} ({})", one.record.ledger, one.record.state))
        });
        words.push(at.unwrap_or_else(|| (*mark).clone()));
    }
    words.join(", ")
}
