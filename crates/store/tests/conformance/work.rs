//! Jobs and mail.

use std::collections::BTreeSet;

use ledger::port::{JobState, Mail, NewJob, StoreError};
use serde_json::{Value, json};

use crate::databases::Database;
use crate::people::{at, id};

on_both!(
    a_job_runs_from_queue_to_end,
    two_workers_never_take_the_same_job,
    a_job_of_a_dead_worker_is_taken_again,
    only_one_job_of_a_key_is_open,
    a_cancelled_job_stays_cancelled,
    a_mail_is_queued_once_per_key,
    mails_are_sent_and_tried_again,
);

fn new_job(number: u64, only_one: Option<&str>) -> NewJob {
    NewJob {
        id: id(number),
        kind: "export".into(),
        input: json!({"ledger": "person"}),
        account: id(900),
        run_at: at(0),
        only_one: only_one.map(Into::into),
    }
}

fn add(database: &Database, job: &NewJob) -> bool {
    database.store.write::<_, StoreError>(|writer| writer.add_job(job, at(0))).unwrap()
}

fn take(database: &Database, second: i64) -> Option<ledger::port::Job> {
    database.store.write::<_, StoreError>(|writer| writer.take_job(at(second), at(second + 60))).unwrap()
}

fn end(database: &Database, number: u64, state: JobState, second: i64) {
    database
        .store
        .write::<_, StoreError>(|writer| writer.end_job(&id(number), state, "終わり", &json!({"a": 1}), at(second)))
        .unwrap();
}

fn a_job_runs_from_queue_to_end(database: &Database) {
    let store = &database.store;
    let later = NewJob { run_at: at(100), ..new_job(2, None) };
    assert!(add(database, &new_job(1, None)) && add(database, &later));
    assert_eq!(store.read::<_, StoreError>(|reader| reader.backlog()).unwrap(), (2, 0));
    let job = take(database, 10).unwrap();
    assert_eq!(
        (&job.new, job.state, job.tries, job.held_until),
        (&new_job(1, None), JobState::Running, 1, Some(at(70)))
    );
    assert_eq!(job.output, Value::Null);
    assert!(take(database, 10).is_none(), "the other one may not run yet");
    let state = store.write::<_, StoreError>(|writer| writer.job_progress(&id(1), 30, 100, "30件目", at(120))).unwrap();
    assert_eq!(state, JobState::Running);
    end(database, 1, JobState::Done, 50);
    let done = store.read::<_, StoreError>(|reader| reader.job(&id(1))).unwrap().unwrap();
    assert_eq!((done.state, done.done, done.total, done.output), (JobState::Done, 30, 100, json!({"a": 1})));
    assert_eq!(done.message, "終わり");
    assert_eq!(take(database, 100).map(|job| job.new), Some(later));
    let jobs = store.read::<_, StoreError>(|reader| reader.jobs(&id(900), 10)).unwrap();
    assert_eq!(jobs.iter().map(|job| job.new.id.clone()).collect::<Vec<_>>(), [id(2), id(1)]);
    // Put back, it waits for its time.
    end(database, 2, JobState::Waiting, 300);
    assert!(take(database, 299).is_none());
    assert_eq!(take(database, 300).map(|job| job.tries), Some(2));
    let missing = store.write::<_, StoreError>(|writer| writer.job_progress(&id(9), 0, 0, "", at(1)));
    assert!(missing.is_err());
}

fn two_workers_never_take_the_same_job(database: &Database) {
    for number in 1..=40 {
        add(database, &new_job(number, None));
    }
    let taken = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut mine = Vec::new();
                    while let Some(job) = take(database, 1) {
                        mine.push(job.new.id);
                    }
                    mine
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(taken.len(), 40);
    assert_eq!(taken.into_iter().collect::<BTreeSet<_>>().len(), 40);
}

fn a_job_of_a_dead_worker_is_taken_again(database: &Database) {
    add(database, &new_job(1, None));
    assert_eq!(take(database, 0).map(|job| job.tries), Some(1));
    assert!(take(database, 59).is_none(), "it is held");
    assert_eq!(take(database, 60).map(|job| job.tries), Some(2));
}

fn only_one_job_of_a_key_is_open(database: &Database) {
    assert!(add(database, &new_job(1, Some("nightly"))));
    assert!(!add(database, &new_job(2, Some("nightly"))));
    assert!(add(database, &new_job(3, Some("other"))));
    assert!(add(database, &NewJob { kind: "import".into(), ..new_job(4, Some("nightly")) }));
    assert!(add(database, &new_job(5, None)) && add(database, &new_job(6, None)));
    assert_eq!(take(database, 0).map(|job| job.new.id), Some(id(1)));
    assert!(!add(database, &new_job(7, Some("nightly"))), "running counts too");
    end(database, 1, JobState::Failed, 1);
    assert!(add(database, &new_job(8, Some("nightly"))));
}

fn a_cancelled_job_stays_cancelled(database: &Database) {
    add(database, &new_job(1, None));
    take(database, 0).unwrap();
    end(database, 1, JobState::Cancelled, 1);
    let seen = database.store.write::<_, StoreError>(|writer| writer.job_progress(&id(1), 1, 2, "", at(100))).unwrap();
    assert_eq!(seen, JobState::Cancelled, "the worker sees it");
    end(database, 1, JobState::Done, 2);
    let job = database.store.read::<_, StoreError>(|reader| reader.job(&id(1))).unwrap().unwrap();
    assert_eq!(job.state, JobState::Cancelled);
    assert!(take(database, 1000).is_none());
}

fn mail(number: u64, key: &str) -> Mail {
    Mail {
        id: id(number),
        to: "sample@example.jp".into(),
        subject: "見本".into(),
        body: "本文\n".into(),
        key: key.into(),
        queued_at: at(number as i64),
        tries: 0,
    }
}

fn queue(database: &Database, mail: &Mail) -> bool {
    database.store.write::<_, StoreError>(|writer| writer.add_mail(mail)).unwrap()
}

fn a_mail_is_queued_once_per_key(database: &Database) {
    assert!(queue(database, &mail(1, "a")) && queue(database, &mail(2, "b")));
    assert!(!queue(database, &mail(3, "a")));
    sent(database, 1, 5);
    assert!(!queue(database, &mail(4, "a")), "also when it was sent long ago");
}

fn sent(database: &Database, number: u64, second: i64) {
    database
        .store
        .write::<_, StoreError>(|writer| writer.mail_result(&id(number), None, at(second), at(second)))
        .unwrap();
}

fn mails_are_sent_and_tried_again(database: &Database) {
    let store = &database.store;
    for number in 1..=5 {
        queue(database, &mail(number, &format!("{number}")));
    }
    let take = |second: i64, limit| -> Vec<(String, i64)> {
        let mails =
            store.write::<_, StoreError>(|writer| writer.take_mails(at(second), at(second + 60), limit)).unwrap();
        mails.into_iter().map(|mail| (mail.id, mail.tries)).collect()
    };
    assert_eq!(take(4, 3), [(id(1), 1), (id(2), 1), (id(3), 1)]);
    assert_eq!(take(4, 3), [(id(4), 1)], "the fifth was not queued yet");
    sent(database, 1, 5);
    store
        .write::<_, StoreError>(|writer| writer.mail_result(&id(2), Some("宛先がありません"), at(500), at(5)))
        .unwrap();
    assert_eq!(take(64, 9), [(id(3), 2), (id(4), 2), (id(5), 1)], "what was held and not reported comes again");
    assert_eq!(take(499, 9).len(), 3);
    assert_eq!(take(500, 1), [(id(2), 2)]);
    let mails = store.read::<_, StoreError>(|reader| reader.mails(10)).unwrap();
    assert_eq!(
        mails.iter().map(|(mail, _, _)| mail.id.clone()).collect::<Vec<_>>(),
        [id(5), id(4), id(3), id(2), id(1)]
    );
    assert_eq!(mails[4].1, Some(at(5)));
    assert_eq!((mails[3].1, mails[3].2.as_deref()), (None, Some("宛先がありません")));
    assert_eq!(store.read::<_, StoreError>(|reader| reader.backlog()).unwrap(), (0, 4));
}
