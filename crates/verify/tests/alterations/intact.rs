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
