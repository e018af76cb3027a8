use serde_json::{Map, Value, json};

use super::{Expression, Names};

fn fields() -> Map<String, Value> {
    let fields = json!({
        "amount": 12000, "rate": "12.50", "less": "9.5", "title": "葛\u{E0100}城の計画", "started_on": "2026-04-01",
        "ended_on": null, "urgent": true, "kind": "main", "codes": ["a", "b"], "family": "見本",
        "subject": { "id": "01P", "name": "見本 太郎", "hired_on": "2001-04-01" }, "gone": "01GONE",
        "goals": [
            { "title": "一", "weight": 40, "done": true },
            { "title": "二", "weight": 60 },
        ],
        "members": ["01P", "01Q"],
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn run(source: &str) -> Result<Value, String> {
    let fields = fields();
    let me = json!({ "account": "A1", "person": "01P", "roles": ["personnel"] });
    let before = json!({ "amount": 11000 });
    let names = Names { fields: &fields, state: "draft", today: "2026-11-21", me: &me, before: &before };
    Expression::parse(source)
        .and_then(|expression| expression.evaluate(&names))
        .map_err(|problem| format!("{}:{} {}", problem.line, problem.column, problem.message))
}

#[test]
fn expressions_give_the_values_that_records_need() {
    for (source, expected) in [
        // The differences from CEL that the crate documents: empty is ordinary.
        ("ended_on < today", json!(false)),
        ("ended_on >= today", json!(false)),
        ("ended_on == null", json!(true)),
        ("ended_on != null", json!(false)),
        ("ended_on.from", json!(null)),
        ("nothing.at.all == null", json!(true)),
        ("amount + ended_on", json!(null)),
        ("-ended_on", json!(null)),
        ("ended_on && urgent", json!(false)),
        ("!ended_on", json!(true)),
        ("ended_on ? 1 : 2", json!(2)),
        ("kind in ended_on", json!(false)),
        ("family + ended_on", json!("見本")),
        // Exact decimals.
        ("0.1 + 0.2 == 0.3", json!(true)),
        ("0.1 + 0.2", json!("0.3")),
        ("rate * 2", json!("25")),
        ("decimal(rate) + 0.25", json!("12.75")),
        ("rate > 9", json!(true)),
        ("decimal(rate) > decimal(less)", json!(true)),
        ("floor(amount * 0.00125)", json!(15)),
        ("round(2.5)", json!(3)),
        ("round(-2.5)", json!(-3)),
        ("round(1.005, 2)", json!("1.01")),
        ("int('12')", json!(12)),
        // A referred record is its identifier.
        ("subject == me.person", json!(true)),
        ("subject != '01Q'", json!(true)),
        ("subject in members", json!(true)),
        ("me.person in members", json!(true)),
        ("subject.hired_on < '2010-01-01'", json!(true)),
        ("gone.name", json!(null)),
        // Lists and rows.
        ("sum(goals.map(g, g.weight)) == 100", json!(true)),
        ("goals.all(g, g.weight > 30)", json!(true)),
        ("goals.exists(g, g.weight > 50)", json!(true)),
        ("goals.exists_one(g, g.done)", json!(true)),
        ("goals.filter(g, g.done).map(g, g.title)", json!(["一"])),
        ("size(goals)", json!(2)),
        ("goals[1].title", json!("二")),
        ("goals[9].title", json!(null)),
        ("sum(ended_on)", json!(0)),
        ("ended_on.all(x, x > 1)", json!(true)),
        ("['a', 'c'].exists(x, x in codes)", json!(true)),
        ("contains(codes, 'b')", json!(true)),
        ("goals.all(g, goals.exists(h, h.weight == g.weight))", json!(true)),
        // Texts.
        ("length(title)", json!(5)),
        ("title.contains('計画')", json!(true)),
        ("title.startsWith('x')", json!(false)),
        ("title.endsWith('計画')", json!(true)),
        ("empty(ended_on) && empty('') && empty([]) && !empty(0)", json!(true)),
        ("coalesce(ended_on, '', '無期限')", json!("無期限")),
        ("string(amount) + '円'", json!("12000円")),
        // Dates. 年度 begins on 1 April.
        ("days_between(started_on, today)", json!(234)),
        ("add_days('2028-02-28', 1)", json!("2028-02-29")),
        ("add_months('2027-01-31', 1)", json!("2027-02-28")),
        ("add_months(started_on, -1)", json!("2026-03-01")),
        ("fiscal_year('2027-03-31')", json!(2026)),
        ("fiscal_year('2027-04-01')", json!(2027)),
        ("year(today) * 100 + month(today)", json!(202611)),
        ("days_between(started_on, ended_on)", json!(null)),
        // 15:00 UTC is midnight in Japan.
        ("date('2026-03-31T15:00:00Z')", json!("2026-04-01")),
        ("fiscal_year('2026-03-31T14:59:59Z')", json!(2025)),
        ("max(started_on, ended_on, '2026-10-01')", json!("2026-10-01")),
        ("min(goals.map(g, g.weight))", json!(40)),
        // The rest of what is seen.
        ("state == 'draft' || state == 'x'", json!(true)),
        ("'personnel' in me.roles", json!(true)),
        ("amount > before.amount", json!(true)),
        ("has(subject.name)", json!(true)),
        ("-9223372036854775808 < 0", json!(true)),
        ("urgent // a remark\n && true", json!(true)),
    ] {
        assert_eq!(run(source), Ok(expected), "{source}");
    }
}

#[test]
fn mistakes_are_named_with_place_and_mend() {
    for (source, place, part) in [
        ("", "1:1", "式が空です"),
        ("amount = 1", "1:8", "「==」と書いてください"),
        ("amount => 1", "1:8", "「>=」と書いてください"),
        ("amount <> 1", "1:8", "「!=」と書いてください"),
        ("urgent and true", "1:8", "「&&」と書いてください"),
        ("urgent OR true", "1:8", "「||」と書いてください"),
        ("not urgent", "1:1", "「!」と書いてください"),
        ("urgent & true", "1:8", "「&&」と書いてください"),
        ("（amount）", "1:1", "半角の「(」"),
        ("amount　> 1", "1:7", "全角の空白"),
        ("“main”", "1:1", "半角の「\"」"),
        ("kind == 主務", "1:9", "'"),
        ("kind == 'main", "1:9", "閉じていません"),
        ("kind == '\\q'", "1:10", "「\\\\」"),
        ("(amount", "1:8", "「)」が必要"),
        ("amount)", "1:7", "多すぎます"),
        ("amount +", "1:9", "途中で終わっています"),
        ("empyt(amount)", "1:1", "「empty」ではありませんか"),
        ("days_between(today)", "1:1", "days_between(初めの日, 後の日)"),
        ("goals.exists(g)", "1:14", "exists(x, 条件)"),
        ("urgent &&\n  amount ==", "2:12", "途中で終わっています"),
        ("99999999999999999999", "1:1", "桁が多すぎます"),
        ("12abc", "1:1", "すぐ後に文字"),
        ("amount / 0", "1:8", "0で割っています"),
        ("amount - kind", "1:8", "「-」"),
        ("amount && true", "1:1", "はい・いいえ"),
        ("9223372036854775807 + 1", "1:21", "大きすぎます"),
        ("add_days(title, 1)", "1:1", "add_days(日付, 日数)"),
        ("goals.title", "1:1", "map(x, x.title)"),
    ] {
        match run(source) {
            Ok(value) => panic!("{source} gave {value}"),
            Err(message) => {
                assert!(message.starts_with(place) && message.contains(part), "{source}: {message}");
            }
        }
    }
}

#[test]
fn names_and_members_are_those_that_are_read() {
    let expression = Expression::parse(
        "round.goal_due < today && rows.exists(r, r.weight > limit && r.kind in me.roles) && before.amount == null",
    )
    .expect("well formed");
    assert_eq!(expression.names(), ["round", "today", "rows", "limit", "me", "before"]);
    assert_eq!(expression.members("round"), ["goal_due"]);
    assert_eq!(expression.members("rows"), ["weight", "kind"]);
    assert!(expression.mentions("amount") && expression.mentions("limit") && !expression.mentions("weight"));
    let columns: Vec<usize> = expression.paths().iter().map(|path| path.column).collect();
    assert_eq!(columns, [1, 18, 27, 42, 53, 62, 72, 85]);
}

/// CEL itself, by another hand, on expressions in which the two languages mean the same.
#[test]
fn the_meaning_is_that_of_cel() {
    for source in [
        "1 + 2 * 3 - 4 / 2",
        "7 % 3 == 1 && -7 % 3 == -1 && -7 / 2 == -3",
        "(1 + 2) * 3",
        "1 < 2 == true",
        "!true || false && true",
        "true ? 1 : false ? 2 : 3",
        "false ? 1 : false ? 2 : 3",
        "'b' in ['a', 'b'] && !('c' in ['a', 'b'])",
        "'a' + 'b' == 'ab' && 'a' < 'b'",
        "[1, 2] + [3] == [1, 2, 3]",
        "[1, 2, 3][1]",
        "[1, 2, 3].filter(x, x > 1).map(x, x * 2)",
        "[1, 2, 3].all(x, x > 0) && [1, 2, 3].exists(x, x == 2) && ![1, 1].exists_one(x, x == 1)",
        "[[1], [2, 3]].map(x, size(x))",
        "'計画'.contains('画') && '計画'.startsWith('計') && '計画'.endsWith('画')",
        "size('計画') == 2 && size([1]) == 1",
        "\"\\u8a08\\n\\\\\" == '計\\n\\\\'",
        "null == null && 1 != 2",
        "- -1 == 1 && !!true",
        "1 == 1 && 'x' != 'y' ? 'yes' : 'no'",
        "10 - 3 - 2",
        "100 / 10 / 5",
        "int('42') + 1",
        "string(12) + 'x'",
    ] {
        let program = cel::Program::compile(source).expect("CEL reads it");
        let theirs = program.execute(&cel::Context::default()).expect("CEL runs it");
        let ours = run(source).expect("we run it");
        assert_eq!(ours, from_cel(&theirs), "{source}");
    }
}

fn from_cel(value: &cel::Value) -> Value {
    match value {
        cel::Value::Int(number) => json!(number),
        cel::Value::Bool(flag) => json!(flag),
        cel::Value::String(text) => json!(text.as_str()),
        cel::Value::Null => Value::Null,
        cel::Value::List(list) => Value::Array(list.iter().map(from_cel).collect()),
        other => panic!("not compared: {other:?}"),
    }
}

#[test]
fn nesting_length_and_steps_are_bounded() {
    let deep = |n: usize| format!("{}1{}", "(".repeat(n), ")".repeat(n));
    assert!(Expression::parse(&deep(20)).is_ok());
    assert!(Expression::parse(&deep(2_000)).is_err());
    assert!(Expression::parse(&"!".repeat(4_000)).is_err());
    assert!(Expression::parse(&"[".repeat(4_000)).is_err());
    assert!(Expression::parse(&format!("1{}", "+1".repeat(1_000))).is_err());
    assert!(Expression::parse(&format!("true{}", " && true".repeat(400))).is_ok());
    assert!(Expression::parse(&"a".repeat(5_000)).is_err());
    let list = format!("[{}]", vec!["1"; 100].join(","));
    let slow = format!("{list}.all(a, {list}.all(b, {list}.all(c, true)))");
    assert!(run(&slow).expect_err("a million steps").contains("長すぎます"));
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_text_makes_the_reader_fail(source in "\\PC{0,80}") {
            let _ = run(&source);
        }

        #[test]
        fn no_sequence_of_words_makes_it_fail(words in proptest::collection::vec(prop_oneof![
            Just("amount"), Just("goals"), Just("title"), Just("ended_on"), Just("subject"), Just("."), Just("("), Just(")"),
            Just("["), Just("]"), Just(","), Just("?"), Just(":"), Just("&&"), Just("||"), Just("!"), Just("-"), Just("+"),
            Just("*"), Just("/"), Just("%"), Just("<"), Just("=="), Just("in"), Just("map"), Just("exists"), Just("x"),
            Just("sum"), Just("add_days"), Just("round"), Just("today"), Just("9223372036854775807"), Just("1.5"),
            Just("'2026-01-01'"), Just("null"), Just("true"), Just("has"), Just("0"),
        ], 0..24)) {
            let _ = run(&words.join(" "));
        }

        #[test]
        fn whole_numbers_are_exact(a in any::<i64>(), b in any::<i64>()) {
            let found = run(&format!("({a}) + ({b})"));
            match a.checked_add(b) {
                Some(sum) => prop_assert_eq!(found, Ok(json!(sum))),
                None => prop_assert!(found.is_err()),
            }
            prop_assert_eq!(run(&format!("({a}) < ({b})")), Ok(json!(a < b)));
        }
    }
}
