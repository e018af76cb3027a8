//! Generated records, operands, filters and orders.

use ledger::query::{Comparison, Filter, Operand, Order};
use ledger::record::Record;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::people::{at, id, person};

/// Texts that sort and fold in different ways, with variation selectors and characters beyond the first plane.
pub const TEXTS: [&str; 14] =
    ["", "a", "ab", "abc", "B", "葛城", "葛\u{E0100}城", "𠮷田", "髙橋", "高橋", "総務", "総務課", "２", "~'\"%_\\"];
const NUMBERS: [&str; 9] = ["0", "-3", "12.50", "12.5", "007", "abc", "", "100000000.01", "1-2"];

fn text() -> impl Strategy<Value = Value> {
    prop_oneof![
        proptest::sample::select(TEXTS.as_slice()).prop_map(|text| json!(text)),
        (0u64..6).prop_map(|n| json!(id(n)))
    ]
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        (-20i64..20).prop_map(|n| json!(n)),
        Just(json!(9_007_199_254_740_993_i64)),
        Just(json!(1.5)),
        proptest::sample::select(NUMBERS.as_slice()).prop_map(|text| json!(text)),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![4 => text(), 3 => number(), 1 => any::<bool>().prop_map(|truth| json!(truth))]
}

fn list() -> impl Strategy<Value = Value> {
    let long = "長い符号".repeat(10);
    let element = prop_oneof![5 => text(), 1 => number(), 1 => Just(json!(long))];
    proptest::collection::vec(element, 0..4).prop_map(|items| json!(items))
}

fn period() -> impl Strategy<Value = Value> {
    let day = || proptest::option::of((1u32..5).prop_map(|day| format!("2026-04-0{day}")));
    (day(), day()).prop_map(|(from, to)| json!({"from": from, "to": to}))
}

fn body() -> impl Strategy<Value = Map<String, Value>> {
    let field = |strategy: BoxedStrategy<Value>| proptest::option::weighted(0.8, strategy);
    (
        field(prop_oneof![8 => text(), 1 => number(), 1 => list()].boxed()),
        field(prop_oneof![8 => number(), 1 => list()].boxed()),
        field(prop_oneof![8 => any::<bool>().prop_map(|truth| json!(truth)), 1 => text()].boxed()),
        field(prop_oneof![5 => list(), 3 => text(), 1 => period()].boxed()),
        field(period().boxed()),
        proptest::option::weighted(0.3, text()),
    )
        .prop_map(|(text, number, truth, list, period, old)| {
            let fields = [
                ("text", text),
                ("number", number),
                ("truth", truth),
                ("list", list),
                ("period", period),
                ("former_text", old),
            ];
            fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
        })
}

/// Records of the ledger `person` with all kinds of bodies.
pub fn records(count: usize) -> impl Strategy<Value = Vec<Record>> {
    let one = (body(), proptest::sample::select(["draft", "active", "closed"].as_slice()), 0i64..20);
    proptest::collection::vec(one, count).prop_map(|all| {
        all.into_iter()
            .enumerate()
            .map(|(place, (body, state, second))| {
                let mut record = person(place as u64 + 1, Value::Object(body));
                record.state = state.into();
                record.created_at = at(second);
                record.recorded_at = at(second / 3);
                record
            })
            .collect()
    })
}

fn field(name: &str, order: Order) -> Operand {
    Operand::Field { name: name.into(), order }
}

fn leaf_operand() -> impl Strategy<Value = Operand> {
    let order = proptest::sample::select([Order::Text, Order::Number, Order::Bool].as_slice());
    prop_oneof![
        4 => Just(field("text", Order::Text)),
        4 => Just(field("number", Order::Number)),
        2 => Just(field("truth", Order::Bool)),
        1 => order.prop_map(|order| field("list", order)),
        2 => proptest::sample::select(["from", "to"].as_slice())
            .prop_map(|part| Operand::Part { name: "period".into(), part: part.into() }),
        1 => Just(Operand::State),
        1 => Just(Operand::Id),
        1 => Just(Operand::CreatedAt),
        1 => Just(Operand::RecordedAt),
        1 => Just(field("nowhere", Order::Text)),
        2 => Just(Operand::FirstOf(vec![field("text", Order::Text), field("former_text", Order::Text)])),
    ]
}

/// Operands, guarded ones included.
pub fn operand() -> impl Strategy<Value = Operand> {
    (leaf_operand(), proptest::option::weighted(0.2, plain_filter())).prop_map(|(operand, when)| match when {
        None => operand,
        Some(when) => Operand::Guarded { operand: Box::new(operand), when: Box::new(when) },
    })
}

fn comparison() -> impl Strategy<Value = Comparison> {
    use Comparison::{Above, AtLeast, AtMost, Below, Is};
    proptest::sample::select([Is, Below, AtMost, Above, AtLeast].as_slice())
}

/// Values to compare with: of the kinds above, and instants in full, in part and without a fraction.
fn asked() -> impl Strategy<Value = Value> {
    const INSTANTS: [&str; 5] =
        ["2026-04-01T00:00:03.000000Z", "2026-04-01T00:00:03Z", "2026-04-01", "2026-04-01T00:00:0", "2026-05"];
    prop_oneof![
        6 => value(),
        2 => proptest::sample::select(INSTANTS.as_slice()).prop_map(|text| json!(text)),
        1 => proptest::sample::select(["draft", "active"].as_slice()).prop_map(|text| json!(text)),
        1 => (1u32..5).prop_map(|day| json!(format!("2026-04-0{day}"))),
    ]
}

fn leaf(operand: BoxedStrategy<Operand>) -> impl Strategy<Value = Filter> {
    let prefix =
        proptest::sample::select(["", "a", "ab", "総", "葛", "𠮷", "2026-04-01T00:00:0", "01J", "1"].as_slice());
    prop_oneof![
        6 => (operand.clone(), comparison(), asked()).prop_map(|(one, how, two)| Filter::Compare(one, how, two)),
        3 => (operand.clone(), proptest::collection::vec(asked(), 0..4)).prop_map(|(one, all)| Filter::OneOf(one, all)),
        2 => operand.clone().prop_map(Filter::Empty),
        2 => (operand, prefix).prop_map(|(one, prefix)| Filter::StartsWith(one, prefix.into())),
        2 => holds(),
        1 => Just(Filter::Everything),
        1 => Just(Filter::Nothing),
    ]
}

fn holds() -> impl Strategy<Value = Filter> {
    let long = "長い符号".repeat(10);
    let value = prop_oneof![
        4 => text().prop_map(|value| value.as_str().unwrap().to_owned()),
        1 => Just(long),
    ];
    let field = proptest::sample::select(["list", "text", "number", "nowhere"].as_slice());
    (field, proptest::collection::vec(value, 0..3))
        .prop_map(|(field, values)| Filter::Holds { field: field.into(), values })
}

fn plain_filter() -> impl Strategy<Value = Filter> {
    leaf(leaf_operand().boxed())
}

/// Filters of any shape.
pub fn filter() -> impl Strategy<Value = Filter> {
    leaf(operand().boxed()).prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Filter::All),
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Filter::Any),
            inner.prop_map(|filter| Filter::Not(Box::new(filter))),
        ]
    })
}
