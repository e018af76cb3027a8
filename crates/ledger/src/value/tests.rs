use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::pack::{PackSource, load};

const LEDGER: &str = r#"
[ledger]
label = "見本"
area = "sample"
[field]
name = { label = "氏名", kind = "text", max_length = 10 }
note = { label = "備考", kind = "long_text" }
count = { label = "数", kind = "integer", min = -5, max = 2000000 }
amount = { label = "金額", kind = "yen" }
share = { label = "率", kind = "decimal", scale = 2 }
ratio = { label = "割合", kind = "decimal", scale = 2, computed = "share" }
on = { label = "日", kind = "date" }
at = { label = "日時", kind = "datetime" }
span = { label = "期間", kind = "period" }
done = { label = "済", kind = "yes_no" }
mark = { label = "評語", kind = "choice", choices = { s = { label = "Ｓ", to = "2022-09-30" }, a = "優良", b = { label = "良好", from = "2022-10-01" }, c = "C1" } }
marks = { label = "評語", kind = "choices", choices = { a = "甲", b = "乙", c = "丙" } }
owner = { label = "担当", kind = "reference", ledger = "sample" }
others = { label = "関係者", kind = "reference", ledger = "sample", many = true }
files = { label = "添付", kind = "attachment" }
goals = { label = "目標", kind = "rows", columns = { title = { label = "目標", kind = "text", required = true }, weight = { label = "比重", kind = "integer", max = 100 } } }
[[access]]
role = "everyone"
read = "*"
"#;

fn catalogue() -> Catalogue {
    let head = "label = '見本'\nversion = '1'\n[area]\nsample = { label = '見本' }";
    let files = vec![("pack.toml".into(), head.into()), ("sample.toml".into(), LEDGER.into())];
    match load(&[PackSource { name: "sample".into(), files }]) {
        Ok(catalogue) => catalogue,
        Err(problems) => panic!("{problems:?}"),
    }
}

fn field(catalogue: &Catalogue, name: &str) -> Field {
    catalogue.ledger("sample").and_then(|ledger| ledger.field(name)).expect("declared").clone()
}

fn read(catalogue: &Catalogue, name: &str, input: &Value) -> Result<Value, Vec<Problem>> {
    let context = Context { catalogue, today: NaiveDate::from_ymd_opt(2026, 11, 21).expect("a date") };
    normalise(&field(catalogue, name), input, &context)
}

#[test]
fn what_people_write_becomes_the_canonical_value() {
    let catalogue = catalogue();
    for (name, input, expected) in [
        ("name", json!("　見本　太郎 "), json!("見本　太郎")),
        // A variation selector and a compatibility character stay as they were written.
        ("name", json!("葛\u{E0100}城 髙﨑"), json!("葛\u{E0100}城 髙﨑")),
        ("name", json!("ｶﾞ①㈱"), json!("ｶﾞ①㈱")),
        ("name", json!(12), json!("12")),
        ("name", json!("  "), json!(null)),
        ("note", json!("一\r\n二\t三\r\n\r\n"), json!("一\n二\t三")),
        ("count", json!("1,234"), json!(1234)),
        ("count", json!("１２３"), json!(123)),
        ("count", json!(-5), json!(-5)),
        ("count", json!("5.0"), json!(5)),
        ("count", json!("　７　"), json!(7)),
        ("amount", json!("１，２３４円"), json!(1234)),
        ("amount", json!("￥１，２３４"), json!(1234)),
        ("amount", json!("¥1,234"), json!(1234)),
        ("amount", json!("▲1,000"), json!(-1000)),
        ("amount", json!("△１，０００円"), json!(-1000)),
        ("amount", json!("−500"), json!(-500)),
        ("share", json!("12.5"), json!("12.50")),
        ("share", json!("１２．５０"), json!("12.50")),
        ("share", json!(3), json!("3.00")),
        ("share", json!(0.1), json!("0.10")),
        ("share", json!("-0"), json!("0.00")),
        ("share", json!("1.500"), json!("1.50")),
        ("ratio", json!("12.345"), json!("12.35")),
        ("ratio", json!("-12.345"), json!("-12.35")),
        ("on", json!("令和8年3月14日"), json!("2026-03-14")),
        ("on", json!("R8.3.14"), json!("2026-03-14")),
        ("on", json!("２０２６年３月１４日"), json!("2026-03-14")),
        ("on", json!("平成31年4月30日"), json!("2019-04-30")),
        ("on", json!("2026/3/14"), json!("2026-03-14")),
        ("at", json!("2026-03-14T01:02:03Z"), json!("2026-03-14T01:02:03Z")),
        ("at", json!("2026-03-14T10:02:03+09:00"), json!("2026-03-14T01:02:03Z")),
        ("at", json!("2026-03-14T09:30"), json!("2026-03-14T00:30:00Z")),
        ("at", json!("令和8年3月14日 9時30分"), json!("2026-03-14T00:30:00Z")),
        ("at", json!("2026年3月14日午後3時"), json!("2026-03-14T06:00:00Z")),
        ("at", json!("2026/3/14 00:00"), json!("2026-03-13T15:00:00Z")),
        (
            "span",
            json!({ "from": "令和8年4月1日", "to": "2027-03-31" }),
            json!({ "from": "2026-04-01", "to": "2027-03-31" }),
        ),
        ("span", json!({ "from": "2026-04-01", "to": "" }), json!({ "from": "2026-04-01", "to": null })),
        ("span", json!("2026年4月1日～2027年3月31日"), json!({ "from": "2026-04-01", "to": "2027-03-31" })),
        ("span", json!("令和8年4月1日から令和9年3月31日まで"), json!({ "from": "2026-04-01", "to": "2027-03-31" })),
        ("span", json!({ "from": "", "to": null }), json!(null)),
        ("done", json!("○"), json!(true)),
        ("done", json!("×"), json!(false)),
        ("done", json!("はい"), json!(true)),
        ("done", json!("いいえ"), json!(false)),
        ("done", json!("１"), json!(true)),
        ("done", json!("ＮＯ"), json!(false)),
        ("done", json!(""), json!(null)),
        ("mark", json!("a"), json!("a")),
        ("mark", json!("優良"), json!("a")),
        ("mark", json!(" 良好 "), json!("b")),
        ("mark", json!("Ｃ１"), json!("c")),
        ("marks", json!("丙、甲"), json!(["a", "c"])),
        ("marks", json!(["c", "乙", "c"]), json!(["b", "c"])),
        ("marks", json!([]), json!(null)),
        ("owner", json!(" 01J9 "), json!("01J9")),
        ("owner", json!({ "id": "01J9", "name": "見本" }), json!("01J9")),
        ("others", json!("01A, 01B"), json!(["01A", "01B"])),
        ("others", json!(["01B", "01A", "01B", ""]), json!(["01B", "01A"])),
        (
            "goals",
            json!([{ "title": "一", "weight": "６０" }, { "title": "", "weight": "" }, { "title": "二" }]),
            json!([{ "title": "一", "weight": 60 }, { "title": "二" }]),
        ),
        ("goals", json!([{}]), json!(null)),
        ("goals", json!(null), json!(null)),
    ] {
        let found = read(&catalogue, name, &input);
        assert_eq!(found, Ok(expected.clone()), "{name} {input}");
        // What is canonical stays so.
        assert_eq!(read(&catalogue, name, &expected), Ok(expected), "{name} again");
    }
}

#[test]
fn what_cannot_be_read_is_named_with_the_mend() {
    let catalogue = catalogue();
    for (name, input, part) in [
        ("name", json!("あいうえおかきくけこさ"), "11文字あります。10文字まで"),
        ("name", json!("見\u{0}本"), "U+0000"),
        ("name", json!("見\u{202E}本"), "U+202E"),
        ("name", json!("見\n本"), "1行で入力"),
        ("name", json!(true), "文字で入力"),
        ("count", json!("1,23"), "数として読み取れません"),
        ("count", json!("12a"), "数として読み取れません"),
        ("count", json!("1.5"), "整数で入力"),
        ("count", json!("-6"), "-5から2,000,000まで"),
        ("count", json!(2_000_001), "-5から2,000,000まで"),
        ("amount", json!("1.5円"), "円未満の端数"),
        ("amount", json!("9007199254740993"), "15桁まで"),
        ("amount", json!("99999999999999999999999999999999"), "桁が多すぎます"),
        ("share", json!("1.005"), "小数点以下は2桁まで"),
        ("share", json!("１．２．３"), "数として読み取れません"),
        ("on", json!("2026-02-30"), "2月に30日はありません"),
        ("on", json!("きのう"), "の形で入力してください"),
        ("on", json!(20260314), "日付として読み取れません"),
        ("at", json!("2026-03-14"), "の形で入力してください"),
        ("at", json!("2026-03-14 25:00"), "の形で入力してください"),
        ("span", json!({ "from": "2026-04-02", "to": "2026-04-01" }), "末日が初日より前"),
        ("span", json!({ "from": "x" }), "初日: "),
        ("span", json!("2026-04-01"), "～"),
        ("done", json!("たぶん"), "○か×"),
        // A dash may mean no, or that the question does not apply.
        ("done", json!("－"), "○か×"),
        ("mark", json!("不可"), "「優良」「良好」「C1」から選んで"),
        ("mark", json!("s"), "2026年11月21日）の時点では選べません"),
        ("marks", json!("甲、丁"), "「丁」という選択肢はありません"),
        ("owner", json!(5), "参照先"),
        ("files", json!([{ "id": "1" }]), "ファイルを選び直して"),
        ("goals", json!("一"), "表として"),
    ] {
        match read(&catalogue, name, &input) {
            Ok(value) => panic!("{name} {input} gave {value}"),
            Err(problems) => {
                assert!(problems.iter().any(|problem| problem.message.contains(part)), "{name} {input}: {problems:?}");
            }
        }
    }
}

#[test]
fn every_wrong_cell_of_a_table_is_named() {
    let input = json!([{ "title": "一", "weight": "x" }, { "weight": 101 }, 5, { "title": "四", "mark": 1 }]);
    let problems = read(&catalogue(), "goals", &input).expect_err("four wrong cells");
    let places: Vec<(Option<usize>, Option<&str>)> =
        problems.iter().map(|problem| (problem.row, problem.column.as_deref())).collect();
    assert_eq!(
        places,
        [
            (Some(0), Some("weight")),
            (Some(1), Some("weight")),
            (Some(1), Some("title")),
            (Some(2), None),
            (Some(3), Some("mark"))
        ]
    );
}

#[test]
fn people_read_values_in_their_words() {
    let catalogue = catalogue();
    for (name, value, words, short) in [
        ("amount", json!(1234567), "1,234,567円", "1,234,567円"),
        ("amount", json!(-1000), "-1,000円", "-1,000円"),
        ("share", json!("1234.50"), "1,234.50", "1,234.50"),
        ("on", json!("2026-03-14"), "2026年3月14日（土）", "2026年3月14日"),
        ("at", json!("2026-03-14T00:30:00Z"), "2026年3月14日（土） 09:30", "2026年3月14日 09:30"),
        ("span", json!({ "from": "2026-04-01", "to": null }), "2026年4月1日（水）～", "2026年4月1日～"),
        ("done", json!(false), "いいえ", "いいえ"),
        ("mark", json!("s"), "Ｓ", "Ｓ"),
        ("mark", json!("gone"), "gone", "gone"),
        ("marks", json!(["a", "c"]), "甲、丙", "甲、丙"),
        (
            "goals",
            json!([{ "title": "一", "weight": 60 }, { "title": "二" }]),
            "目標: 一、比重: 60\n目標: 二",
            "目標: 一、比重: 60\n目標: 二",
        ),
        ("name", json!(null), "", ""),
        // A value of the kind that the field had before.
        ("on", json!("そのうち"), "そのうち", "そのうち"),
        ("count", json!("多数"), "多数", "多数"),
    ] {
        let field = field(&catalogue, name);
        assert_eq!(format(&field, &value, &catalogue), words, "{name}");
        assert_eq!(format_short(&field, &value, &catalogue), short, "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn nothing_entered_makes_reading_fail(text in "\\PC{0,40}", number in any::<f64>()) {
        let catalogue = catalogue();
        for field in &catalogue.ledger("sample").expect("declared").fields {
            for input in [json!(text), json!(number), json!([text]), json!([{ "title": text }]), json!({ "from": text })] {
                if let Ok(value) = read(&catalogue, &field.name, &input) {
                    prop_assert_eq!(read(&catalogue, &field.name, &value), Ok(value.clone()), "not canonical: {} {}", field.name, value);
                }
            }
        }
    }

    #[test]
    fn words_read_back_as_the_value(number in -9_007_199_254_740_991i64..=9_007_199_254_740_991, cents in -10_000_000i64..10_000_000, day in 0i64..60_000, flag: bool) {
        let catalogue = catalogue();
        let date = NaiveDate::from_ymd_opt(1900, 1, 1).and_then(|first| first.checked_add_signed(chrono::TimeDelta::days(day))).expect("a date");
        let share = { let mut share = rust_decimal::Decimal::new(cents, 2); share.rescale(2); if cents == 0 { "0.00".into() } else { share.to_string() } };
        let to = date.succ_opt().expect("a date");
        for (name, value) in [
            ("amount", json!(number)),
            ("share", json!(share)),
            ("on", json!(date.to_string())),
            ("span", json!({ "from": date.to_string(), "to": to.to_string() })),
            ("done", json!(flag)),
            ("mark", json!("a")),
            ("marks", json!(["a", "b"])),
        ] {
            let field = field(&catalogue, name);
            for words in [format(&field, &value, &catalogue), format_short(&field, &value, &catalogue)] {
                prop_assert_eq!(read(&catalogue, name, &json!(words)), Ok(value.clone()), "{}", name);
            }
        }
    }
}
