//! Jobs and mail.

use chrono::{DateTime, Utc};
use ledger::port::{INSTALLATION, Job, JobState, Mail, NewJob, StoreError, WorkReader, WorkWriter};
use serde_json::Value;

use super::Transaction;
use crate::locks::Locks;
use crate::value::Row;

const JOB: &str = "id, kind, input, account, run_at, only_one, state, done, total, message, output, tries, held_until, \
                   changed_at";
const MAIL: &str = "id, recipient, subject, body, key, queued_at, tries";

fn code(state: JobState) -> &'static str {
    match state {
        JobState::Waiting => "waiting",
        JobState::Running => "running",
        JobState::Done => "done",
        JobState::Failed => "failed",
        JobState::Cancelled => "cancelled",
    }
}

fn state(row: &mut Row) -> Result<JobState, StoreError> {
    let text = row.text()?;
    [JobState::Waiting, JobState::Running, JobState::Done, JobState::Failed, JobState::Cancelled]
        .into_iter()
        .find(|state| code(*state) == text)
        .ok_or_else(|| row.corrupt("知らない状態です"))
}

pub(super) fn job_place(id: &str, what: &str) -> String {
    format!("job/{id}/{what}")
}

pub(super) fn mail_place(id: &str, what: &str) -> String {
    format!("mail/{id}/{what}")
}

fn job(locks: &Locks, mut row: Row) -> Result<Job, StoreError> {
    let mut job = Job {
        new: NewJob {
            id: row.text()?,
            kind: row.text()?,
            input: row.json()?,
            account: row.text()?,
            run_at: row.instant()?,
            only_one: row.optional_text()?,
        },
        state: state(&mut row)?,
        done: row.count()?,
        total: row.count()?,
        message: row.text()?,
        output: row.json()?,
        tries: row.int()?,
        held_until: row.optional_instant()?,
        changed_at: row.instant()?,
    };
    let place = |what| job_place(&job.new.id, what);
    let input = locks.open_json(&place("input"), std::mem::take(&mut job.new.input))?;
    let output = locks.open_json(&place("output"), std::mem::take(&mut job.output))?;
    let message = locks.open_text(&place("message"), std::mem::take(&mut job.message))?;
    (job.new.input, job.output, job.message) = (input, output, message);
    Ok(job)
}

fn mail(locks: &Locks, row: &mut Row) -> Result<Mail, StoreError> {
    let mut mail = Mail {
        id: row.text()?,
        to: row.text()?,
        subject: row.text()?,
        body: row.text()?,
        key: row.text()?,
        queued_at: row.instant()?,
        tries: row.int()?,
    };
    for (what, text) in [("recipient", &mut mail.to), ("subject", &mut mail.subject), ("body", &mut mail.body)] {
        *text = locks.open_text(&mail_place(&mail.id, what), std::mem::take(text))?;
    }
    Ok(mail)
}

fn steps(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Transaction<'_> {
    /// Remove the file that a job made: many records' papers in one, of which no record knows.
    pub(super) fn drop_paper(&mut self, output: &Value) -> Result<(), StoreError> {
        let Some(id) = output.get("attachment").and_then(Value::as_str) else { return Ok(()) };
        self.execute("attachment", "DELETE FROM attachment WHERE id = $1", &[id.into()]).map(drop)
    }
}

impl WorkReader for Transaction<'_> {
    fn job(&mut self, id: &str) -> Result<Option<Job>, StoreError> {
        self.first("job", &format!("SELECT {JOB} FROM job WHERE id = $1"), &[id.into()])?
            .map(|row| job(self.locks, row))
            .transpose()
    }

    fn jobs(&mut self, account: &str, limit: usize) -> Result<Vec<Job>, StoreError> {
        let sql = format!("SELECT {JOB} FROM job WHERE account = $1 ORDER BY queued_at DESC, id DESC LIMIT $2");
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.query("job", &sql, &[account.into(), limit.into()])?.into_iter().map(|row| job(self.locks, row)).collect()
    }

    fn mails(&mut self, limit: usize) -> Result<Vec<(Mail, Option<DateTime<Utc>>, Option<String>)>, StoreError> {
        let sql = format!("SELECT {MAIL}, sent_at, error FROM mail ORDER BY queued_at DESC, id DESC LIMIT $1");
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.query("mail", &sql, &[limit.into()])?;
        rows.into_iter()
            .map(|mut row| {
                let mail = mail(self.locks, &mut row)?;
                let (sent_at, error) = (row.optional_instant()?, row.optional_text()?);
                let error =
                    error.map(|error| self.locks.open_text(&mail_place(&mail.id, "error"), error)).transpose()?;
                Ok((mail, sent_at, error))
            })
            .collect()
    }

    fn backlog(&mut self) -> Result<(u64, u64), StoreError> {
        let sql = "SELECT (SELECT count(*) FROM job WHERE state = 'waiting'), \
                   (SELECT count(*) FROM mail WHERE sent_at IS NULL)";
        match self.first("job", sql, &[])? {
            Some(mut row) => Ok((row.count()?, row.count()?)),
            None => Ok((0, 0)),
        }
    }
}

impl WorkWriter for Transaction<'_> {
    fn add_job(&mut self, job: &NewJob, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let sql = "INSERT INTO job (id, kind, input, account, run_at, only_one, state, done, total, message, output, \
                   tries, queued_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, 'waiting', 0, 0, '', 'null', 0, $7, $7) \
                   ON CONFLICT (kind, only_one) WHERE only_one IS NOT NULL AND state IN ('waiting', 'running') \
                   DO NOTHING";
        let input = self.locks.lock_json(&job_place(&job.id, "input"), &job.input)?;
        self.locked = true;
        let params = [
            (&job.id).into(),
            (&job.kind).into(),
            (&input).into(),
            (&job.account).into(),
            job.run_at.into(),
            job.only_one.as_ref().into(),
            now.into(),
        ];
        Ok(self.execute("job", sql, &params)? == 1)
    }

    fn take_job(&mut self, now: DateTime<Utc>, held_until: DateTime<Utc>) -> Result<Option<Job>, StoreError> {
        // A running job whose hold has run out was left by a worker that died.
        let sql = format!(
            "UPDATE job SET state = 'running', tries = tries + 1, held_until = $2, changed_at = $1 WHERE id = \
             (SELECT id FROM job WHERE state IN ('waiting', 'running') AND run_at <= $1 \
             AND (state = 'waiting' OR held_until <= $1) ORDER BY run_at, id LIMIT 1{}) RETURNING {JOB}",
            self.dialect.for_update_skipping()
        );
        self.first("job", &sql, &[now.into(), held_until.into()])?.map(|row| job(self.locks, row)).transpose()
    }

    fn job_progress(
        &mut self,
        id: &str,
        done: u64,
        total: u64,
        message: &str,
        held_until: DateTime<Utc>,
    ) -> Result<JobState, StoreError> {
        let sql = "UPDATE job SET done = $2, total = $3, message = $4, held_until = $5 \
                   WHERE id = $1 AND state = 'running'";
        let message = self.locks.lock_text(&job_place(id, "message"), message)?;
        self.locked = true;
        let params = [id.into(), steps(done).into(), steps(total).into(), message.into(), held_until.into()];
        self.execute("job", sql, &params)?;
        match self.first("job", "SELECT state FROM job WHERE id = $1", &[id.into()])? {
            Some(mut row) => state(&mut row),
            None => Err(StoreError::Failed("job UPDATE: その処理はありません".into())),
        }
    }

    fn end_job(
        &mut self,
        id: &str,
        state: JobState,
        message: &str,
        output: &Value,
        run_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        // What has ended stays as it ended: a worker that finishes a cancelled job does not bring it back.
        let sql = "UPDATE job SET state = $2, message = $3, output = $4, run_at = $5, held_until = NULL, \
                   changed_at = $5 WHERE id = $1 AND state IN ('waiting', 'running')";
        let message = self.locks.lock_text(&job_place(id, "message"), message)?;
        let output = self.locks.lock_json(&job_place(id, "output"), output)?;
        self.locked = true;
        let params = [id.into(), code(state).into(), message.into(), (&output).into(), run_at.into()];
        if self.execute("job", sql, &params)? == 0
            && self.first("job", "SELECT state FROM job WHERE id = $1", &[id.into()])?.is_none()
        {
            return Err(StoreError::Failed("job UPDATE: その処理はありません".into()));
        }
        Ok(())
    }

    fn add_mail_to(&mut self, holder: &str, mail: &Mail) -> Result<bool, StoreError> {
        let sql = "INSERT INTO mail (id, recipient, subject, body, key, queued_at, tries, next_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $6) ON CONFLICT (key) DO NOTHING";
        let place = |what| mail_place(&mail.id, what);
        let to = self.locks.lock_text_of(holder, &place("recipient"), &mail.to)?;
        let subject = self.locks.lock_text_of(holder, &place("subject"), &mail.subject)?;
        let body = self.locks.lock_text_of(holder, &place("body"), &mail.body)?;
        self.locked = true;
        let params = [
            (&mail.id).into(),
            to.into(),
            subject.into(),
            body.into(),
            (&mail.key).into(),
            mail.queued_at.into(),
            mail.tries.into(),
        ];
        Ok(self.execute("mail", sql, &params)? == 1)
    }

    fn take_mails(
        &mut self,
        now: DateTime<Utc>,
        held_until: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Mail>, StoreError> {
        let sql = format!(
            "WITH due AS MATERIALIZED (SELECT id FROM mail WHERE sent_at IS NULL AND next_at <= $1 \
             ORDER BY queued_at, id LIMIT $3{}) \
             UPDATE mail SET next_at = $2, tries = tries + 1 WHERE id IN (SELECT id FROM due) \
             RETURNING {MAIL}",
            self.dialect.for_update_skipping()
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.query("mail", &sql, &[now.into(), held_until.into(), limit.into()])?;
        let mut mails: Vec<Mail> =
            rows.into_iter().map(|mut row| mail(self.locks, &mut row)).collect::<Result<_, _>>()?;
        mails.sort_by(|a, b| (a.queued_at, &a.id).cmp(&(b.queued_at, &b.id)));
        Ok(mails)
    }

    fn empty_work(&mut self, before: DateTime<Utc>) -> Result<u64, StoreError> {
        let sql = "UPDATE mail SET recipient = '', subject = '', body = '', error = NULL \
                   WHERE sent_at < $1 AND (recipient <> '' OR subject <> '' OR body <> '')";
        let mut emptied = self.execute("mail", sql, &[before.into()])?;
        let sql = "SELECT id, output FROM job WHERE state IN ('done', 'failed', 'cancelled') AND changed_at < $1 \
                   AND (input <> $2 OR output <> $2 OR message <> '')";
        let null = &Value::Null;
        for mut row in self.query("job", sql, &[before.into(), null.into()])? {
            let id = row.text()?;
            let output = self.locks.open_json(&job_place(&id, "output"), row.json()?)?;
            self.drop_paper(&output)?;
            let sql = "UPDATE job SET input = $2, output = $2, message = '' WHERE id = $1";
            emptied += self.execute("job", sql, &[(&id).into(), null.into()])?;
        }
        Ok(emptied)
    }

    fn mail_result(
        &mut self,
        id: &str,
        error: Option<&str>,
        retry_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let sent = error.is_none().then_some(now);
        let sql = "UPDATE mail SET error = $2, next_at = $3, sent_at = $4 WHERE id = $1";
        // What a mail server answers may name the recipient.
        let recipient = self.first("mail", "SELECT recipient FROM mail WHERE id = $1", &[id.into()])?;
        let recipient = recipient.map(|mut row| row.text()).transpose()?.unwrap_or_default();
        let holder = crate::locks::holder(&recipient).unwrap_or(INSTALLATION);
        let error = error.map(|error| self.locks.lock_text_of(holder, &mail_place(id, "error"), error)).transpose()?;
        self.locked = true;
        if self.execute("mail", sql, &[id.into(), error.into(), retry_at.into(), sent.into()])? != 1 {
            return Err(StoreError::Failed("mail UPDATE: そのメールはありません".into()));
        }
        Ok(())
    }
}
