//! Background work: jobs with progress, and mail waiting to be sent.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{INSTALLATION, StoreError};

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// Waits for a worker.
    Waiting,
    /// A worker is at it.
    Running,
    /// Done.
    Done,
    /// Failed for good; `message` says why.
    Failed,
    /// Cancelled by a person.
    Cancelled,
}

/// A job to be queued.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// Identifier, a ULID.
    pub id: String,
    /// Kind: which worker function does it.
    pub kind: String,
    /// What it needs.
    pub input: Value,
    /// Account on whose behalf it runs; `system` for none.
    pub account: String,
    /// Not before this instant.
    pub run_at: DateTime<Utc>,
    /// At most one waiting or running job of the same kind and key; none for any number.
    pub only_one: Option<String>,
}

/// A job.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// What was queued.
    pub new: NewJob,
    /// Where it stands.
    pub state: JobState,
    /// Steps done.
    pub done: u64,
    /// Steps in all; 0 while unknown.
    pub total: u64,
    /// What is going on, or why it failed, in Japanese.
    pub message: String,
    /// Result (such as the identifier of the attachment it made).
    pub output: Value,
    /// Tries so far.
    pub tries: i64,
    /// Until when the worker holds it; another may take it afterwards.
    pub held_until: Option<DateTime<Utc>>,
    /// Instant of the last change.
    pub changed_at: DateTime<Utc>,
}

/// A mail waiting to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Identifier, a ULID.
    pub id: String,
    /// Address of the recipient.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Body, plain text.
    pub body: String,
    /// At most one mail with this key is ever queued (such as duty, step and day).
    pub key: String,
    /// Instant of queuing.
    pub queued_at: DateTime<Utc>,
    /// Tries so far.
    pub tries: i64,
}

/// Reading background work.
pub trait WorkReader {
    /// A job.
    fn job(&mut self, id: &str) -> Result<Option<Job>, StoreError>;
    /// Jobs of an account, newest first.
    fn jobs(&mut self, account: &str, limit: usize) -> Result<Vec<Job>, StoreError>;
    /// Mails sent or waiting, newest first, with the instant of sending and the last error.
    fn mails(&mut self, limit: usize) -> Result<Vec<(Mail, Option<DateTime<Utc>>, Option<String>)>, StoreError>;
    /// Waiting jobs, waiting mails: for `/metrics`.
    fn backlog(&mut self) -> Result<(u64, u64), StoreError>;
}

/// Writing background work.
pub trait WorkWriter {
    /// Queue a job; false when `only_one` forbids it.
    fn add_job(&mut self, job: &NewJob, now: DateTime<Utc>) -> Result<bool, StoreError>;
    /// Take the next job that may run and hold it until then.
    fn take_job(&mut self, now: DateTime<Utc>, held_until: DateTime<Utc>) -> Result<Option<Job>, StoreError>;
    /// Report progress and hold longer; returns the state, so that a worker sees a cancellation.
    fn job_progress(
        &mut self,
        id: &str,
        done: u64,
        total: u64,
        message: &str,
        held_until: DateTime<Utc>,
    ) -> Result<JobState, StoreError>;
    /// End a job, or put it back with `Waiting` to be run at `run_at`.
    fn end_job(
        &mut self,
        id: &str,
        state: JobState,
        message: &str,
        output: &Value,
        run_at: DateTime<Utc>,
    ) -> Result<(), StoreError>;
    /// Queue a mail; false when its key was used before. It is locked under the key of the installation.
    fn add_mail(&mut self, mail: &Mail) -> Result<bool, StoreError> {
        self.add_mail_to(INSTALLATION, mail)
    }
    /// The same with a mail to a person: it is locked under that person's key.
    fn add_mail_to(&mut self, holder: &str, mail: &Mail) -> Result<bool, StoreError>;
    /// Take the texts out of mails that were sent, and the input, output and papers out of jobs that ended, before that
    /// instant. That they were stays. Returns how many.
    fn empty_work(&mut self, before: DateTime<Utc>) -> Result<u64, StoreError>;
    /// Mails to be sent now, oldest first, held until then.
    fn take_mails(
        &mut self,
        now: DateTime<Utc>,
        held_until: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Mail>, StoreError>;
    /// A mail was sent, or failed and is tried again at `retry_at`.
    fn mail_result(
        &mut self,
        id: &str,
        error: Option<&str>,
        retry_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;
}
