//! Rules to begin with: loaded when an installation is made, amended by each agency as records.

use ledger::port::Writer;
use ledger::query::{Filter, Query};
use ledger::{Change, Kernel, Principal, Refusal};
use serde_json::{Value, json};

use crate::names::ledger_name;

const READS: &[&str] = &["open", "read_list", "export", "print", "download"];
const TAKEN: &[&str] = &["export", "print", "download"];
const LOOKED: &[&str] = &["open", "read_list"];
const FAILED: &[&str] = &["sign_in_failed", "second_factor_failed", "resume_failed", "proof_failed"];
const CHANGES: &[&str] = &["create", "amend", "import", "transition"];

/// One rule: number, name, severity, way, acts, ledgers, key, threshold, minutes, and what to do first.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static str,
    &'static str,
    u32,
    u32,
    &'static str,
);

const RULES: &[Row] = &[
    (
        "R-01",
        "保護項目の大量の取出し",
        "high",
        "volume",
        TAKEN,
        "",
        "account",
        300,
        60,
        "本人と上司に、業務に必要な取出しかを確かめます。\n必要のないものであれば、利用者を停止して事案として調べます。",
    ),
    (
        "R-02",
        "ふだんより多い閲覧",
        "medium",
        "habit",
        READS,
        "",
        "account",
        50,
        1_440,
        "本人に、その日の業務の内容を確かめます。",
    ),
    (
        "R-03",
        "開庁時間外の出力と印刷",
        "medium",
        "odd_hours",
        &["export", "print"],
        "",
        "account",
        1,
        60,
        "時間外の勤務が命じられていたかを確かめます。",
    ),
    (
        "R-04",
        "サインインの失敗の繰返し",
        "medium",
        "count",
        FAILED,
        "",
        "subject",
        5,
        15,
        "本人が入力を誤ったのかを、画面以外の方法で確かめます。\n本人でなければ、利用者を停止します。",
    ),
    (
        "R-05",
        "同じ接続元からの失敗の繰返し",
        "medium",
        "count",
        FAILED,
        "",
        "address",
        20,
        15,
        "接続元の端末を特定し、使っている人に確かめます。",
    ),
    (
        "R-06",
        "多くの利用者名への失敗",
        "high",
        "distinct",
        FAILED,
        "",
        "address",
        5,
        60,
        "接続元を遮断し、同じ時間にサインインに成功した利用者がいないかを調べます。",
    ),
    (
        "R-07",
        "初めての端末からのサインイン",
        "low",
        "count",
        &["new_device", "unknown_device"],
        "",
        "account",
        1,
        60,
        "端末の貸与や更新の記録と照らします。",
    ),
    (
        "R-08",
        "権限の変更",
        "medium",
        "count",
        CHANGES,
        "role_grant",
        "account",
        1,
        60,
        "承認された変更かを、申請の記録と照らします。",
    ),
    (
        "R-09",
        "利用者のロック",
        "medium",
        "count",
        &["locked_out"],
        "",
        "subject",
        1,
        60,
        "本人が入力を誤ったのかを確かめます。本人でなければ、ロックを解かずに調べます。",
    ),
    (
        "R-10",
        "プログラムの再起動",
        "low",
        "count",
        &["start"],
        "",
        "program",
        1,
        60,
        "予定された再起動かを、作業の記録と照らします。",
    ),
    (
        "R-11",
        "時計の飛び",
        "high",
        "count",
        &["clock_jump"],
        "",
        "program",
        1,
        60,
        "時刻の同期の状態を確かめます。飛んだ時間の証跡は、番号の順で読みます。",
    ),
    (
        "R-12",
        "範囲外の記録へのアクセスの繰返し",
        "high",
        "count",
        &["denied"],
        "",
        "account",
        10,
        60,
        "何を見ようとしたかを証跡で調べ、本人に確かめます。",
    ),
    (
        "R-13",
        "証跡の書込みの失敗",
        "high",
        "count",
        &["journal_failed"],
        "",
        "program",
        1,
        60,
        "ディスクの空きとデータベースの状態を確かめます。書けない間は記録も閲覧もできていません。",
    ),
    (
        "R-14",
        "封印の遅れと検証の不一致",
        "high",
        "count",
        &["seal_late", "verify_failed"],
        "",
        "program",
        1,
        60,
        "証跡の検証を行い、書き換えられた場所を調べます。データベースに触れた人を確かめます。",
    ),
    (
        "R-15",
        "監視と保存の規則の変更",
        "medium",
        "count",
        CHANGES,
        "anomaly_rule retention_rule legal_hold",
        "account",
        1,
        60,
        "承認された変更かを確かめます。停止した規則があれば、理由を確かめます。",
    ),
    (
        "R-16",
        "トークンの発行と業務パックの組込み",
        "medium",
        "count",
        &["token_created", "install_pack"],
        "",
        "account",
        1,
        60,
        "承認された変更かを、申請の記録と照らします。",
    ),
    // Different records on pages, each counted once in the hour. An adjuster who opens 60 sheets in an hour sees about 420:
    // beside each sheet stand up to six past marks, which are records of their own.
    (
        "R-17",
        "保護項目の大量の閲覧",
        "high",
        "volume",
        LOOKED,
        "",
        "account",
        600,
        60,
        "本人と上司に、業務に必要な閲覧かを確かめます。\n必要のない閲覧であれば、利用者を停止して事案として調べます。",
    ),
];

fn rule((code, name, severity, kind, acts, ledgers, key, threshold, minutes, advice): &Row) -> Value {
    let mut values = json!({
        "code": code, "name": name, "severity": severity, "kind": kind, "acts": acts, "ledgers": ledgers, "key": key,
        "threshold": threshold, "window_minutes": minutes, "gather_minutes": 1_440, "advice": advice,
        "clause": "付紙第8・第9、T-081", "valid_from": "2020-01-01",
    });
    match *kind {
        "habit" => {
            values["factor"] = "3.0".into();
            values["weeks"] = 8.into();
        }
        "odd_hours" => values["hours"] = "7:00-22:00".into(),
        _ => {}
    }
    values
}

fn retention() -> Value {
    json!({
        "code": "保存-01", "name": "閲覧と操作の履歴", "kind": "reads", "years": 5,
        "clause": "T-077（アクセスの履歴を5年保存する）", "valid_from": "2020-01-01",
    })
}

/// Load the rules into ledgers that are empty. Returns how many records were made.
///
/// # Errors
/// Those of the kernel.
pub fn load(tx: &mut dyn Writer, kernel: &Kernel) -> Result<usize, Refusal> {
    let who = Principal::system("defaults");
    let mut made = 0;
    let wanted = [(ledger_name::RULE, RULES.iter().map(rule).collect()), (ledger_name::RETENTION, vec![retention()])];
    for (ledger, records) in wanted {
        let records: Vec<Value> = records;
        let any = Query {
            ledger: ledger.into(),
            filter: Filter::Everything,
            sort: Vec::new(),
            after: None,
            limit: 1,
            as_of: None,
        };
        if !tx.find(&any)?.is_empty() {
            continue;
        }
        for values in records {
            let values = values.as_object().cloned().unwrap_or_default();
            kernel.commit(tx, &who, Change::create(ledger, values))?;
            made += 1;
        }
    }
    Ok(made)
}
