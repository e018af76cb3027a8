//! What falls due: a backup by the plan, the removal of generations that are no longer kept, and word to the
//! administrators when a backup fails or is overdue.

use std::path::{Path, PathBuf};

use backup::{file_name, instant_of, sidecar, superfluous};
use chrono::{DateTime, TimeDelta, Utc};
use ledger::port::{Job, Mail, NewJob, Reader, StoreError, Writer};
use ledger::{Kernel, Principal, Record};
use serde_json::Value;

use super::{BACKUP, Origin, Plan, RecoveryProblem, generation, keys, newest_good, take};
use crate::web::App;
use crate::work::reminder;

/// Account of what nobody asked for.
pub const SYSTEM: &str = "system";
/// How often the plan is looked at.
const PAUSE: TimeDelta = TimeDelta::minutes(1);
/// After a failure, the next try.
const RETRY: TimeDelta = TimeDelta::hours(1);

/// When this process looked last.
static LOOKED: std::sync::Mutex<Option<DateTime<Utc>>> = std::sync::Mutex::new(None);

/// Queue a backup when one is due. Any number of workers may ask: one waiting backup is the most there is.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub fn due(app: &App, kernel: &Kernel) -> Result<bool, StoreError> {
    let now = kernel.now();
    let settings = &app.installation.settings.backup;
    if settings.folder.is_none() || !looks(now) {
        return Ok(false);
    }
    let wanted = app.installation.store.read(|tx: &mut dyn Reader| -> Result<bool, StoreError> {
        let plan = Plan::in_force(tx, kernel)?;
        let tried = generation::newest_try(tx)?;
        Ok(tried.is_none_or(|tried| {
            let pause = if tried.state == "broken" { RETRY.min(plan.every) } else { plan.every };
            now >= tried.created_at + pause
        }))
    })?;
    if !wanted {
        return Ok(false);
    }
    let new = NewJob {
        id: kernel.new_id(),
        kind: BACKUP.into(),
        input: Value::Null,
        account: SYSTEM.into(),
        run_at: now,
        only_one: Some(BACKUP.into()),
    };
    app.installation.store.write(|tx: &mut dyn Writer| tx.add_job(&new, now))
}

fn looks(now: DateTime<Utc>) -> bool {
    let Ok(mut looked) = LOOKED.lock() else { return false };
    // A clock that was set back must not put this off.
    if looked.is_some_and(|at| at <= now && now < at + PAUSE) {
        return false;
    }
    *looked = Some(now);
    true
}

/// Make the backup of a job, and remove what is no longer kept. Returns the words for whoever asked, or `None` when they
/// have stopped it.
///
/// # Errors
/// [`RecoveryProblem`]; the failure is in the ledger and the administrators are told.
pub fn job(
    app: &App,
    kernel: &Kernel,
    who: &Principal,
    job: &Job,
    progress: &mut dyn FnMut(&str, u64) -> Result<bool, StoreError>,
) -> Result<Option<String>, RecoveryProblem> {
    let origin = if job.new.account == SYSTEM { Origin::Schedule } else { Origin::Request };
    let mut stopped = false;
    let mut told = Told::default();
    let made = folder(app).and_then(|folder| {
        let lock = keys::lock_of(&app.installation.settings, &[], None)?;
        let target = folder.join(file_name(kernel.now()));
        take(&app.installation, who, origin, &target, &lock, &mut |words, done| {
            if told.again(done) {
                stopped |= !matches!(progress(words, done), Ok(true));
            }
            !stopped
        })
    });
    match made {
        Ok(taken) => {
            let removed = prune(app, kernel, who)?;
            let size = megabytes(taken.finished.size);
            let mut words = format!("{} を作りました({size}、{:.1}秒)。", taken.file(), taken.seconds);
            if removed > 0 {
                words.push_str(&format!("保存の期間を過ぎた{removed}世代を削除しました。"));
            }
            Ok(Some(words))
        }
        Err(_) if stopped => Ok(None),
        Err(problem) => {
            let words = problem.to_string();
            app.installation.store.write(|tx: &mut dyn Writer| {
                generation::note_failure(tx, kernel, who, origin, &words)?;
                tell(tx, kernel, &app.installation.settings.agency, "バックアップを作れませんでした", &words)
            })?;
            Err(problem)
        }
    }
}

/// A size in words: megabytes of 1,000,000 bytes.
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1}MB", bytes as f64 / 1e6)
}

/// Progress goes to the database at every 32 MB, not at every piece.
#[derive(Default)]
struct Told(Option<u64>);

impl Told {
    fn again(&mut self, done: u64) -> bool {
        let due = self.0.is_none_or(|last| done >= last + (32 << 20));
        if due {
            self.0 = Some(done);
        }
        due
    }
}

fn folder(app: &App) -> Result<PathBuf, RecoveryProblem> {
    let folder = app.installation.settings.backup.folder.clone().ok_or_else(|| {
        RecoveryProblem::Told(
            "バックアップを置くフォルダが決まっていません。設定 [backup] に folder を書いてください。".into(),
        )
    })?;
    std::fs::create_dir_all(&folder).map_err(RecoveryProblem::file(&folder))?;
    Ok(folder)
}

/// Remove the files of generations that the plan no longer keeps.
fn prune(app: &App, kernel: &Kernel, who: &Principal) -> Result<usize, RecoveryProblem> {
    let folder = folder(app)?;
    let listed = std::fs::read_dir(&folder).map_err(RecoveryProblem::file(&folder))?;
    let names = listed.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let taken: Vec<DateTime<Utc>> = names.filter_map(|name| instant_of(&name)).collect();
    let plan = app.installation.store.read(|tx: &mut dyn Reader| Plan::in_force(tx, kernel))?;
    let gone = superfluous(&taken, plan.keep);
    for at in &gone {
        let path = folder.join(file_name(*at));
        remove(&path)?;
        let file = file_name(*at);
        app.installation.store.write(|tx: &mut dyn Writer| generation::note_removed(tx, kernel, who, &file))?;
    }
    Ok(gone.len())
}

fn remove(path: &Path) -> Result<(), RecoveryProblem> {
    std::fs::remove_file(path).map_err(RecoveryProblem::file(path))?;
    // The hash beside it means nothing any more; a backup copied by hand may have none.
    let _ = std::fs::remove_file(sidecar(path));
    Ok(())
}

/// Once a day: tell the administrators when the newest good generation is older than the plan allows.
///
/// # Errors
/// The write path's refusal.
pub fn overdue(tx: &mut dyn Writer, kernel: &Kernel, agency: &str) -> Result<u64, ledger::Refusal> {
    let plan = Plan::in_force(tx, kernel)?;
    let newest = newest_good(tx)?;
    // Whoever never made a backup is told on the page; a new installation is not scolded by mail on its first day.
    let Some(age) = newest.as_ref().and_then(|newest| age(newest, kernel.now())).filter(|age| *age > plan.rpo) else {
        return Ok(0);
    };
    let words = format!(
        "最新の使える世代は{}時間前のものです(目標復旧時点は{}時間)。今すぐバックアップを取り、予定どおりに取れない原因を調べてください。",
        age.num_hours(),
        plan.rpo.num_hours()
    );
    tell(tx, kernel, agency, "バックアップが古くなっています", &words)
}

/// How old a generation is.
pub fn age(generation: &Record, now: DateTime<Utc>) -> Option<TimeDelta> {
    let taken: DateTime<Utc> = generation.text("taken_at")?.parse().ok()?;
    Some(now - taken)
}

/// A mail to every administrator, once a day for each subject.
fn tell(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    agency: &str,
    subject: &str,
    words: &str,
) -> Result<u64, ledger::Refusal> {
    let mut queued = 0;
    for person in reminder::holders(tx, kernel, "administrator")? {
        let record = tx.record("person", &person)?;
        let Some(to) = record.as_ref().and_then(|person| person.text("mail")) else { continue };
        let mail = Mail {
            id: kernel.new_id(),
            to: to.to_string(),
            subject: format!("【{agency}】{subject}"),
            body: format!("{words}\n\nこのメールは自動で送信しています。返信はできません。\n"),
            key: format!("backup:{subject}:{person}:{}", kernel.today()),
            queued_at: kernel.now(),
            tries: 0,
        };
        queued += u64::from(tx.add_mail_to(&person, &mail)?);
    }
    Ok(queued)
}
