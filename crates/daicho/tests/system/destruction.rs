//! The end of a contract: two people agree, everything goes, keys first, and a certificate tells what went.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use calendar::SystemClock;
use daicho::installation::{Ambient, Installation, SystemEntropy};
use daicho::leaving::{self, DestructionCertificate, Order};
use daicho::settings::Settings;
use ledger::port::{Attachment, Mail, Writer};
use ledger::{Body, Change, Principal, Record, Refusal};
use serde_json::{Value, json};
use testkit::{somebody, values};

use crate::database::{Where, on_each_place};
use crate::program::{Ended, Program};

const AGENCY: &str = "(機関名が未設定です)";

fn ambient() -> Ambient {
    Ambient { clock: Arc::new(SystemClock), entropy: Arc::new(SystemEntropy) }
}

/// An installation with a person, an attached file and a mail.
struct Story {
    program: Program,
}

impl Story {
    fn new(place: &Where) -> Self {
        let program = Program::at(place);
        program.init();
        let story = Self { program };
        story.with(|kernel, tx| {
            let who = Principal::system("test");
            let person =
                values([("number", json!("A0001")), ("name", json!("消田花子")), ("mail", json!("h@example.jp"))]);
            let person = kernel.commit(tx, &who, Change::create("person", person))?;
            let content = "消田花子の免許証の写し".as_bytes().to_vec();
            let file = Attachment {
                id: kernel.new_id(),
                name: "免許証.txt".into(),
                media_type: "text/plain".into(),
                sha256: sha256(&content),
                content,
                stored_by: "test".into(),
                stored_at: kernel.now(),
            };
            tx.add_attachment(&file)?;
            let evidence = json!([{
                "id": file.id, "name": file.name, "media_type": file.media_type, "sha256": file.sha256,
                "size": file.content.len(),
            }]);
            let held = values([
                ("person", json!(person.id)),
                ("kind", json!("license")),
                ("name", json!("見本免許")),
                ("acquired_on", json!("2020-04-01")),
                ("source", json!("免許証")),
                ("evidence", evidence),
            ]);
            kernel.commit(tx, &who, Change::create("qualification", held))?;
            tx.add_mail(&Mail {
                id: kernel.new_id(),
                to: "h@example.jp".into(),
                subject: "消田花子さん".into(),
                body: "消田花子さんへ".into(),
                key: "test".into(),
                queued_at: kernel.now(),
                tries: 0,
            })?;
            Ok(())
        });
        story
    }

    fn settings(&self) -> Settings {
        let environment = self.program.url().map(|url| ("DAICHO_DATABASE_URL".to_owned(), url.to_owned())).into_iter();
        Settings::read(&self.program.data(), environment).unwrap()
    }

    fn with<T>(&self, work: impl Fn(&ledger::Kernel, &mut dyn Writer) -> Result<T, Refusal>) -> T {
        let installation = Installation::open(&self.program.data(), self.settings(), ambient()).unwrap();
        let kernel = installation.kernel();
        installation.store.write(|tx: &mut dyn Writer| work(&kernel, tx)).unwrap()
    }

    /// A request, by this state of affairs.
    fn ask(&self, planned_on: &str) -> Record {
        self.with(|kernel, tx| {
            let request = values([
                ("contract", json!("見本省人事評価システム運用業務")),
                ("basis", json!("contract")),
                ("reason", json!("契約期間の満了")),
                ("planned_on", json!(planned_on)),
            ]);
            kernel.commit(
                tx,
                &somebody("asks", None, &["administrator"]),
                Change::create("destruction_request", request),
            )
        })
    }

    fn approve(&self, request: &Record) {
        let officer = somebody("second", None, &["security_officer"]);
        self.with(|kernel, tx| {
            let change = Change::transition("destruction_request", &request.id, request.revision, "approve");
            kernel.commit(tx, &officer, change.with(Body::new()))
        });
    }

    /// An approved request, and its number.
    fn approved(&self) -> String {
        let request = self.ask("2020-01-01");
        self.approve(&request);
        request.text("number").unwrap().to_owned()
    }

    fn out(&self) -> PathBuf {
        self.program.path("certificate")
    }

    /// The command, with what is typed into it.
    fn destroy(&self, more: &[&str], typed: &str) -> Ended {
        let mut command = self.program.command();
        command.arg("destroy").args(more).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(format!("{typed}\n").as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ended { code: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
    }

    fn still_there(&self) {
        let names = self.with(|_, tx| Ok(tx.lookup("person", "number", &["A0001".to_owned()])?));
        assert_eq!(names["A0001"].len(), 1);
    }

    /// The certificate holds, and says what it should.
    fn certificate(&self, number: &str) -> DestructionCertificate {
        let file = |ending: &str| self.out().join(format!("消去証明書-{number}.{ending}"));
        let (note, key) = (file("txt"), std::fs::read_to_string(file("pub")).unwrap());
        let checked = self.program.run(["keys", "check-certificate", &text(&note), "--key", key.trim()]);
        assert!(checked.code == 0 && checked.out.contains("本物です"), "{}{}", checked.out, checked.err);
        // Anybody else's program reads it too: the first line is JSON, and a byte altered is found.
        let written = std::fs::read_to_string(&note).unwrap();
        let _: Value = serde_json::from_str(written.lines().next().unwrap()).unwrap();
        let forged = self.program.file("forged.txt", written.replacen("\"records\":", "\"records\":1", 1));
        let checked = self.program.run(["keys", "check-certificate", &text(&forged), "--key", key.trim()]);
        assert_eq!(checked.code, 1, "{}", checked.out);
        assert!(!written.contains("消田") && !written.contains("h@example.jp"), "it names nobody");
        let paper = std::fs::read(file("pdf")).unwrap();
        assert!(paper.starts_with(b"%PDF"));
        if let Some(folder) = std::env::var_os("DAICHO_TEST_KEEP") {
            std::fs::copy(file("pdf"), Path::new(&folder).join("destruction.pdf")).unwrap();
        }
        let key = journal::VerifierKey::parse(key.trim()).unwrap();
        DestructionCertificate::open(&written, &key).unwrap()
    }

    /// Nothing that opens is left: no file of ours, no table of ours.
    fn nothing_left(&self, kept: &[&str]) {
        let mut there: Vec<String> = Vec::new();
        list(&self.program.data(), &mut there);
        assert_eq!(there, kept, "in the data directory");
        if let Some(url) = self.program.url() {
            let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
            let sql = "SELECT format('%s.%s', nspname, relname) FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace \
                       WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema' AND relkind IN ('r', 'v') \
                       ORDER BY 1";
            let found: Vec<String> = client.query(sql, &[]).unwrap().into_iter().map(|row| row.get(0)).collect();
            assert_eq!(found, ["public.somebody_else"], "on the server");
        }
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(bytes))
}

fn list(folder: &Path, found: &mut Vec<String>) {
    for one in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match one.path().is_dir() {
            true => list(&one.path(), found),
            false => found.push(one.file_name().to_string_lossy().into_owned()),
        }
    }
}

#[test]
fn an_installation_is_destroyed_by_two_people_and_a_certificate_tells_what_went() {
    on_each_place(|place| {
        if let Some(url) = &place.url {
            let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
            client.batch_execute("CREATE TABLE somebody_else (x int)").unwrap();
        }
        let story = Story::new(&place);
        std::fs::write(story.program.data().join("foreign.txt"), "not ours").unwrap();
        let (out, export) = (story.out(), story.program.path("export"));
        let (out, export) = (text(&out), text(&export));
        let said = |ended: &Ended| format!("{}{}", ended.out, ended.err);

        // A backup by the book, which goes too; and the key that opens it stays with the agency.
        story.program.done(&["backup", "key", "--out", &text(&story.program.path("key"))]);
        let words = story.program.file("words", "正しい馬の電池ホチキス合言葉");
        let backups = story.program.path("backups");
        std::fs::create_dir(&backups).unwrap();
        let backup = backups.join("one.age");
        story.program.done(&["backup", "--out", &text(&backup), "--passphrase-file", &text(&words)]);
        assert!(backup.exists());

        // No request, one that nobody approved, one whose day has not come, a hold: nothing happens.
        let none = story.destroy(&["--request", "全消-2026-9999", "--out", &out, "--without-export", "x"], AGENCY);
        assert!(none.code == 1 && none.err.contains("ありません"), "{}", said(&none));
        let early = story.ask("2999-01-01");
        let number = early.text("number").unwrap().to_owned();
        let alone = story.destroy(&["--request", &number, "--out", &out, "--without-export", "x"], AGENCY);
        assert!(alone.code == 1 && alone.err.contains("承認"), "{}", said(&alone));
        story.approve(&early);
        let early = story.destroy(&["--request", &number, "--out", &out, "--without-export", "x"], AGENCY);
        assert!(early.code == 1 && early.err.contains("予定の日"), "{}", said(&early));
        let number = story.approved();
        let hold = story.with(|kernel, tx| {
            let hold = values([("name", json!("見本")), ("reason", json!("見本")), ("requested_by", json!("見本部"))]);
            kernel.commit(tx, &Principal::system("test"), Change::create("legal_hold", hold))
        });
        let order = ["--request", &number, "--out", &out, "--export", &export];
        let held = story.destroy(&order, AGENCY);
        assert!(held.code == 1 && held.err.contains("保全"), "{}", said(&held));
        for (act, by, body) in
            [("ask", "asks", values([("lift_reason", json!("見本"))])), ("lift", "second", Body::new())]
        {
            let officer = somebody(by, None, &["security_officer"]);
            story.with(|kernel, tx| {
                let now = tx.record("legal_hold", &hold.id)?.unwrap();
                let change = Change::transition("legal_hold", &hold.id, now.revision, act).with(body.clone());
                kernel.commit(tx, &officer, change)
            });
        }

        // An export is offered; one that is older than the ledger is not taken, nor one that was altered.
        let offered = story.destroy(&["--request", &number, "--out", &out], AGENCY);
        assert!(offered.code == 2 && offered.err.contains("export --all"), "{}", said(&offered));
        let old = text(&story.program.path("old"));
        story.program.done(&["export", "--all", "--out", &old]);
        story.program.done(&["token", "create", "--name", "later", "--role", "auditor"]);
        let late = story.destroy(&["--request", &number, "--out", &out, "--export", &old], AGENCY);
        assert!(late.code == 1 && late.err.contains("変わっています"), "{}", said(&late));
        story.program.done(&["export", "--all", "--out", &export]);
        let ledger = story.program.path("export/ledgers/person.csv");
        let whole = std::fs::read(&ledger).unwrap();
        std::fs::write(&ledger, [&whole[..], b" "].concat()).unwrap();
        let altered = story.destroy(&order, AGENCY);
        assert!(altered.code == 1 && altered.err.contains("person.csv"), "{}", said(&altered));
        std::fs::write(&ledger, &whole).unwrap();
        // Who mistypes the agency has destroyed nothing, nor does anything happen while it is in use.
        let mistyped = story.destroy(&order, "別の省");
        assert!(mistyped.code == 2 && mistyped.err.contains("何も消去していません"), "{}", said(&mistyped));
        let serving = story.program.serve(|_| {});
        let busy = story.destroy(&order, AGENCY);
        assert!(busy.code == 1 && busy.err.contains("止めてから"), "{}", said(&busy));
        serving.signal("KILL");
        serving.end();
        story.still_there();
        // Serving wrote into the journal, so everything is handed over once more.
        let export = text(&story.program.path("last"));
        story.program.done(&["export", "--all", "--out", &export]);

        let done = story.destroy(&["--request", &number, "--out", &out, "--export", &export], AGENCY);
        assert_eq!(done.code, 0, "{}", said(&done));
        assert!(!backup.exists(), "the backup went too");
        story.nothing_left(&["foreign.txt"]);
        let certificate = story.certificate(&number);
        assert_eq!((certificate.holdings.attachments, certificate.holdings.mails), (1, 1), "{certificate:?}");
        assert!(certificate.holdings.ledgers.iter().any(|one| one.ledger == "person" && one.records == 1));
        assert_eq!(certificate.destroyed[0].what, "マスター鍵");
        assert!(certificate.destroyed.iter().all(|one| !one.found_gone), "{:?}", certificate.destroyed);
        assert!(certificate.left.iter().any(|left| left.contains("foreign.txt")), "{:?}", certificate.left);
        assert_eq!(
            (certificate.requested.account.as_str(), certificate.approved.account.as_str()),
            ("account-asks", "account-second")
        );
        // The last checkpoint is the one under which the exported journal stands.
        let manifest: Value =
            serde_json::from_slice(&std::fs::read(Path::new(&export).join("manifest.json")).unwrap()).unwrap();
        assert_eq!(manifest["entries"], certificate.journal.size);
        let checked = story.program.run(["verify", "--journal", &text(&Path::new(&export).join("journal"))]);
        assert_eq!(checked.code, 0, "the journal verifies outside: {}", said(&checked));
        let again = story.destroy(&["--request", &number, "--out", &out, "--without-export", "x"], AGENCY);
        assert_eq!(again.code, 1, "{}", said(&again));
        drop(place);
    });
}

/// Steps at which the power can go.
fn cut(story: &Story, number: &str, at: usize) -> Option<String> {
    let mut steps = 0;
    let mut progress = |_: &str| {
        steps += 1;
        steps <= at
    };
    let (data, out, settings) = (story.program.data(), story.out(), story.settings());
    let ended = if leaving::is_begun(&data) {
        leaving::go_on(&data, &settings, &ambient(), &mut progress)
    } else {
        let order = Order {
            data: &data,
            settings,
            ambient: ambient(),
            number,
            export: None,
            without_export: Some("見本のため"),
            keep_backups: false,
            out: &out,
        };
        leaving::prepare(&order).and_then(|prepared| prepared.carry_out(&mut progress))
    };
    ended.err().map(|problem| problem.to_string())
}

#[test]
fn a_destruction_cut_short_anywhere_is_carried_to_its_end_and_claims_nothing_it_did_not_do() {
    on_each_place(|place| {
        if let Some(url) = &place.url {
            let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
            client.batch_execute("CREATE TABLE somebody_else (x int)").unwrap();
        }
        let story = Story::new(&place);
        let number = story.approved();
        let certificate = story.out().join(format!("消去証明書-{number}.txt"));
        // The power goes after each thing is destroyed, and again after that is noted; then before the certificate stands,
        // before its key goes, and before the traces go.
        let mut runs = 0;
        while let Some(problem) = cut(&story, &number, if certificate.exists() { 3 } else { 1 + runs % 2 }) {
            runs += 1;
            assert!(problem.contains("途中で止めました"), "{problem}");
            assert!(runs < 200, "it comes to an end");
            // Nothing else opens it, and nobody makes new keys over what is there.
            let refused = story.program.run(["verify"]);
            assert!(refused.code == 2 && refused.err.contains("消去の途中"), "{}{}", refused.out, refused.err);
        }
        assert!(runs > 4, "{runs}");
        assert!(certificate.exists());
        story.nothing_left(&[]);
        let certificate = story.certificate(&number);
        // Cut off between doing and noting, an item is found gone; it says so.
        assert!(certificate.destroyed.iter().any(|one| one.found_gone), "{:?}", certificate.destroyed);
        drop(place);
    });
}

#[test]
fn a_killed_destruction_goes_on_when_it_is_run_again() {
    on_each_place(|place| {
        if let Some(url) = &place.url {
            let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
            client.batch_execute("CREATE TABLE somebody_else (x int)").unwrap();
        }
        let story = Story::new(&place);
        let (number, out) = (story.approved(), text(&story.out()));
        // Killed as soon as it says that it destroys: wherever it is by then.
        let mut command = story.program.command();
        command.args(["destroy", "--request", &number, "--out", &out, "--without-export", "見本のため"]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(format!("{AGENCY}\n").as_bytes()).unwrap();
        let mut err = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("消去しています") {
            line.clear();
            assert!(err.read_line(&mut line).unwrap() > 0, "it began");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let mut kills = 1;
        while story.program.data().join("destroying").exists() && kills < 3 {
            let mut command = story.program.command();
            let mut child = command.arg("destroy").stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
            let mut err = BufReader::new(child.stderr.take().unwrap());
            for _ in 0..=kills {
                line.clear();
                if err.read_line(&mut line).unwrap() == 0 {
                    break;
                }
            }
            let _ = child.kill();
            child.wait().unwrap();
            kills += 1;
        }
        if story.program.data().join("destroying").exists() {
            let ended = story.destroy(&[], "");
            assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
        }
        story.nothing_left(&[]);
        story.certificate(&number);
        drop(place);
    });
}
