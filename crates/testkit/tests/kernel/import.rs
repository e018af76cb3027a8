//! Imports: all or nothing, every bad cell named.

use ledger::import::{Cell, ImportOptions, ImportReport, Incoming, Line};
use ledger::port::Writer;
use ledger::{Principal, Refusal};
use testkit::on_each_database;

use crate::pack::{Office, office};

fn table(headings: &[&str], rows: &[&[&str]]) -> Incoming {
    Incoming {
        headings: headings.iter().map(|heading| (*heading).to_string()).collect(),
        lines: rows
            .iter()
            .enumerate()
            .map(|(row, cells)| Line {
                number: row + 2,
                cells: cells
                    .iter()
                    .zip('A'..)
                    .map(|(text, column)| Cell { text: (*text).to_string(), address: format!("{column}{}", row + 2) })
                    .collect(),
            })
            .collect(),
    }
}

/// Import and keep it when it is clean, as every caller does.
fn import(office: &Office, ledger: &str, incoming: &Incoming) -> ImportReport {
    let options = ImportOptions {
        batch: "batch".into(),
        chosen: vec![],
        outside_cp932: &|text| text.chars().filter(|c| *c == '𠮷').map(String::from).collect(),
        progress: &|_, _| true,
    };
    let kernel = &office.desk.kernel;
    enum End {
        Refused(ImportReport),
        Failed(Refusal),
    }
    impl From<ledger::port::StoreError> for End {
        fn from(error: ledger::port::StoreError) -> Self {
            End::Failed(error.into())
        }
    }
    let outcome = office.desk.store.write(|tx: &mut dyn Writer| {
        match kernel.import(tx, &Principal::system("test"), ledger, incoming, &options) {
            Ok(report) if report.clean() => Ok(report),
            Ok(report) => Err(End::Refused(report)),
            Err(refusal) => Err(End::Failed(refusal)),
        }
    });
    match outcome {
        Ok(report) | Err(End::Refused(report)) => report,
        Err(End::Failed(refusal)) => panic!("{refusal:?}"),
    }
}

fn count(office: &Office, ledger: &str) -> u64 {
    let filter = ledger::query::Filter::Everything;
    office.desk.read(|tx| Ok(tx.count(ledger, &filter, None, 1_000)?)).unwrap()
}

#[test]
fn five_mistakes_are_named_by_cell_and_nothing_is_stored() {
    on_each_database(|store| {
        let office = office(store);
        let people = count(&office, "person");
        let report = import(
            &office,
            "person",
            &table(
                &["職員番号", "氏名", "氏名カナ", "生年月日"],
                &[
                    &["0101", "山本　見本", "ヤマモト", "S60.2.30"],
                    &["0102", "𠮷田　見本", "ヨシダ", "１９９０年１月２日"],
                    &["0102", "伊藤　見本", "イトウ", "1991/3/4"],
                    &["0104", "加藤　見本", "カトウ", "平成3年3月4日"],
                ],
            ),
        );
        let cells: Vec<&str> = report.problems.iter().map(|problem| problem.address.as_str()).collect();
        assert_eq!(cells, ["D2", "B3", "A4"], "{:#?}", report.problems);
        assert_eq!(count(&office, "person"), people);

        let report = import(
            &office,
            "stint",
            &table(
                &["職員番号", "開始日", "終了日", "種別"],
                &[
                    &["0001", "2020-04-01", "", "本務"],
                    &["0001", "2023-04-01", "", "本務"],
                    &["9999", "2023-04-01", "", "本務"],
                ],
            ),
        );
        let cells: Vec<&str> = report.problems.iter().map(|problem| problem.address.as_str()).collect();
        assert_eq!(cells, ["C2", "B3", "A4"], "the unclosed period, the one that overlaps it, the unknown number");
        assert_eq!(count(&office, "stint"), 0);
    });
}

#[test]
fn a_file_brings_offices_under_one_another_in_any_order_and_again_without_change() {
    on_each_database(|store| {
        let office = office(store);
        let file = table(
            &["コード", "名称", "上位組織コード", "電話"],
            &[&["110", "係", "100"], &["100", "課", "010"], &["010", "局", ""]],
        );
        let report = import(&office, "organisation", &file);
        assert_eq!((report.created, report.problems.len()), (3, 0), "{:?}", report.problems);
        assert_eq!(report.ignored, ["電話"]);
        let again = import(&office, "organisation", &file);
        assert_eq!((again.created, again.amended, again.unchanged), (0, 0, 3));
        let renamed = table(&["コード", "名称"], &[&["100", "新しい課"]]);
        let report = import(&office, "organisation", &renamed);
        assert_eq!((report.amended, report.unchanged), (1, 0));
    });
}

#[test]
fn a_file_without_a_needed_column_is_refused_by_its_heading() {
    on_each_database(|store| {
        let office = office(store);
        let report = import(&office, "person", &table(&["職員番号"], &[&["0200"]]));
        assert!(report.problems.iter().any(|problem| problem.row == 0 && problem.column.contains("氏名")));
    });
}
