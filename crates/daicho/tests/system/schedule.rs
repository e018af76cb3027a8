//! Backups that nobody asks for: by the plan, on a clock that can be set.

use backup::{instant_of, new_identity};
use daicho::work;
use ledger::port::Reader;
use ledger::query::{Filter, Query};
use serde_json::json;
use testkit::on_each_database;

use crate::agency::Agency;
use crate::browser::{Browser, PASSWORD};

fn states(agency: &Agency, ledger: &str) -> Vec<String> {
    let query =
        Query { ledger: ledger.into(), filter: Filter::Everything, sort: vec![], after: None, limit: 100, as_of: None };
    let found = agency.installation().store.read(|tx: &mut dyn Reader| tx.find(&query)).expect("the ledger");
    found.into_iter().map(|one| one.state).collect()
}

fn work_off(agency: &Agency) {
    // A minute apart, as the plan is looked at once a minute.
    for _ in 0..6 {
        agency.clock.advance(chrono::TimeDelta::seconds(61));
        while work::round(&agency.app).expect("the database") {}
    }
}

#[test]
fn a_backup_falls_due_by_the_plan_and_old_generations_go() {
    on_each_database(|store| {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("backups");
        let (_, recipient) = new_identity();
        let agency = Agency::with(store, "2026-11-20", |settings| {
            settings.backup.folder = Some(place.clone());
            settings.backup.recipients = vec![recipient];
        });
        let plan = json!({
            "valid_from": "2026-11-01", "every_hours": 24, "rpo_hours": 26, "rto_minutes": 60, "keep_days": 2,
            "keep_weeks": 0, "keep_months": 0, "check_days": 7, "rehearse_days": 90,
        });
        agency.create("backup_plan", plan);
        let files = || -> Vec<String> {
            let listed = std::fs::read_dir(&place).expect("the folder");
            let names = listed.map(|one| one.expect("an entry").file_name().to_string_lossy().into_owned());
            let mut names: Vec<String> = names.filter(|name| instant_of(name).is_some()).collect();
            names.sort();
            names
        };
        work_off(&agency);
        assert_eq!(files().len(), 1, "one, not one a minute");
        assert_eq!(states(&agency, "backup_generation"), ["made"]);
        assert_eq!(states(&agency, "backup_rehearsal"), ["planned"]);
        for day in ["2026-11-21", "2026-11-22", "2026-11-23"] {
            agency.clock.set(crate::agency::morning(day) + chrono::TimeDelta::hours(1));
            work_off(&agency);
        }
        assert_eq!(files().len(), 2, "two days are kept: {:?}", files());
        let gone = states(&agency, "backup_generation").iter().filter(|state| *state == "removed").count();
        assert_eq!(gone, 2);

        // The page and the figures say how it stands.
        let administrator = agency.somebody("kanri2", None, &["administrator"]);
        let page = administrator.get("/backups").text();
        assert!(page.contains("決めた時間のうちのバックアップがあります"), "{page}");
        assert!(administrator.get("/metrics").text().contains("daicho_backup_age_seconds"));
        assert_eq!(agency.somebody("heiin", None, &[]).get("/backups").status, 404);

        // A place that cannot be written: the failure is a record and a duty, and the next try is an hour away.
        std::fs::remove_dir_all(&place).expect("removed");
        std::fs::write(&place, b"a file stands where the folder was").expect("a file");
        agency.clock.set(crate::agency::morning("2026-11-25"));
        work_off(&agency);
        let broken = states(&agency, "backup_generation").iter().filter(|state| *state == "broken").count();
        assert_eq!(broken, 1, "told once, not at every look");
        let administrator = Browser::sign_in(agency.address, "kanri2", PASSWORD);
        let page = administrator.get("/backups").text();
        assert!(page.contains("古くなっています"), "{page}");
    });
}
