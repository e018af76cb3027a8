//! What nobody touched is intact.

use store::{PostgresOptions, SqliteOptions, Store};
use verify::{Options, database};

use crate::agency::{fill, guard};
use crate::client;

#[test]
fn an_agency_that_nobody_touched_is_intact() {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteOptions { guard: guard(), ..SqliteOptions::default() };
    let desk = fill(Store::open_sqlite(&folder.path().join("daicho.db"), options).unwrap());
    let report = database(&desk.store, &Options::default()).unwrap();
    assert!(report.intact(), "{:#?}", report.findings);
    assert!(report.records > 10 && report.versions > report.records && report.rows > 100, "{report:?}");
    assert!(report.unchecked.is_empty(), "{report:?}");
    if let Some(base) = client::postgres_base() {
        let options = PostgresOptions { guard: guard(), ..PostgresOptions::default() };
        let store = Store::open_postgres(&base, options).unwrap();
        let report = database(&store, &Options::default()).unwrap();
        assert!(report.intact(), "{:#?}", report.findings);
        assert!(report.records > 10 && report.rows > 100, "{report:?}");
    }
}

#[test]
fn what_a_restore_leaves_out_is_told_to_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daicho.db");
    let options = SqliteOptions { guard: guard(), ..SqliteOptions::default() };
    let desk = fill(Store::open_sqlite(&path, options).unwrap());
    rusqlite::Connection::open(&path).unwrap().execute_batch("DELETE FROM session").unwrap();
    let report = database(&desk.store, &Options::default()).unwrap();
    assert!(!report.intact() && report.findings.iter().all(|finding| finding.table == "session"), "{report:#?}");
    assert_eq!(desk.store.restamp(&["session"]).unwrap(), 2);
    assert!(desk.store.restamp(&["desk"]).is_err(), "what has no stamps cannot be stamped anew");
    let report = database(&desk.store, &Options::default()).unwrap();
    assert!(report.intact(), "{report:#?}");
}
