//! The records that an agency starts from: scales of marks and items of capability. They are data, to be amended with
//! dates; installing them again adds only what is missing.
//!
//! Marks: six since 1 October 2022, five before (人事評価の基準、方法等に関する政令, 内閣官房令第3号). Item marks and the words of
//! the items are this program's own and are to be replaced by those of the agency's rule (実施規程).

use ledger::Kernel;
use ledger::port::Writer;
use ledger::principal::Principal;
use ledger::record::Body;
use ledger::refusal::Refusal;
use ledger::write::Change;
use serde_json::{Value, json};

use super::names::ledger_name::{ITEM, SCALE};

/// First day of the scheme (平成21年4月1日).
const BEGIN: &str = "2009-04-01";

type Marks = &'static [(&'static str, &'static str, &'static str)];

const SIX: Marks = &[
    ("6", "卓越して優秀", "求められる水準をはるかに上回る。"),
    ("5", "非常に優秀", "求められる水準を大きく上回る。"),
    ("4", "優良", "求められる水準を上回る。"),
    ("3", "良好", "求められる水準を満たす。"),
    ("2", "やや不十分", "求められる水準に一部届かない。"),
    ("1", "不十分", "求められる水準に届かない。"),
];
const FIVE: Marks = &[
    ("S", "S", "特に優秀である。"),
    ("A", "A", "通常より優秀である。"),
    ("B", "B", "通常である。"),
    ("C", "C", "通常より物足りない。"),
    ("D", "D", "はるかに及ばない。"),
];
const ITEMS: Marks = &[
    ("s", "s", "求める行動が特に確実にとられていた。"),
    ("a", "a", "求める行動が確実にとられていた。"),
    ("b", "b", "求める行動がおおむねとられていた。"),
    ("c", "c", "求める行動が十分にはとられていなかった。"),
    ("d", "d", "求める行動がほとんどとられていなかった。"),
];

/// Code, name, kind, first and last day, marks of each scale.
const SCALES: [(&str, &str, &str, &str, Option<&str>, Marks); 3] = [
    ("overall-2009", "全体評語（5段階）", "overall", BEGIN, Some("2022-09-30"), FIVE),
    ("overall-2022", "全体評語（6段階）", "overall", "2022-10-01", None, SIX),
    ("item-2009", "個別評語（5段階）", "item", BEGIN, None, ITEMS),
];

/// Items of every rank: title and what is expected, by how far the rank reaches.
const LEADING: [(&str, &str); 6] = [
    ("倫理", "国民全体の奉仕者として高い倫理観を持ち、組織の模範となり、公正な判断を貫く。"),
    ("構想", "担当分野の将来を見通し、国民の利益に沿った基本方針を示す。"),
    ("判断", "限られた情報と時間の中で、影響を見極めて適切に決断し、責任を負う。"),
    ("説明・調整", "関係機関や国会などに方針を分かりやすく説明し、合意をまとめる。"),
    ("業務運営", "資源を重点に配分し、業務の見直しを進め、成果を上げる。"),
    ("組織統率・人材育成", "目標を共有して組織の力を引き出し、次を担う職員を育てる。"),
];
const MANAGING: [(&str, &str); 6] = [
    ("倫理", "責任を持って課題に取り組み、服務規律を守り、公正に職務を行う。"),
    ("企画・立案", "課題の本質をつかみ、根拠に基づいて実現できる案を立てる。"),
    ("判断", "優先順位を見極め、時機を失わずに判断する。"),
    ("説明・調整", "相手の立場を踏まえて論点を整理し、粘り強く調整する。"),
    ("業務運営", "段取りと分担を決め、進み具合を確かめ、手戻りを防ぐ。"),
    ("組織統率・人材育成", "部下の状況をつかみ、仕事を任せて助言し、力を伸ばす。"),
];
const ASSISTING: [(&str, &str); 6] = [
    ("倫理", "責任感を持ち、服務規律を守り、公正に職務を行う。"),
    ("企画・立案、事務処理", "必要な情報を集めて整理し、実務に即した案をまとめる。"),
    ("判断", "自分の担当で何をすべきかを考え、適切に判断する。"),
    ("説明・調整", "担当の内容を正確に説明し、関係者と調整する。"),
    ("業務遂行", "計画を立てて確実に進め、改善に取り組む。"),
    ("部下の育成・活用", "後輩や部下の仕事に目を配り、必要な支援をする。"),
];
const WORKING: [(&str, &str); 5] = [
    ("倫理", "責任を持って仕事に取り組み、服務規律を守る。"),
    ("知識・技術", "仕事に必要な知識や技術を身に付け、生かす。"),
    ("コミュニケーション", "上司や同僚、相手方の話を聞き取り、正しく伝える。"),
    ("業務遂行", "指示を理解し、期限と手順を守り、正確に処理する。"),
    ("協力", "周囲の状況に気を配り、進んで協力する。"),
];

fn items_of(rank: &str) -> &'static [(&'static str, &'static str)] {
    match rank {
        "vice_minister" | "director_general" | "department_director" | "councillor" => &LEADING,
        "director" | "office_director" => &MANAGING,
        "deputy_director" | "unit_chief" => &ASSISTING,
        _ => &WORKING,
    }
}

fn body(value: Value) -> Body {
    match value {
        Value::Object(map) => map,
        _ => Body::new(),
    }
}

/// Scales as records.
pub fn scales() -> Vec<Body> {
    SCALES
        .iter()
        .map(|(code, name, kind, from, to, marks)| {
            let rows: Vec<Value> = marks
                .iter()
                .enumerate()
                .map(|(at, (code, label, meaning))| {
                    json!({ "order": at + 1, "code": code, "label": label, "meaning": meaning })
                })
                .collect();
            let scale = json!({
                "code": code, "name": name, "kind": kind, "valid_from": from, "valid_to": to, "marks": rows,
            });
            body(scale)
        })
        .collect()
}

/// Items as records, for the ranks given.
pub fn items(ranks: &[String]) -> Vec<Body> {
    ranks
        .iter()
        .flat_map(|rank| {
            items_of(rank).iter().enumerate().map(move |(at, (title, description))| {
                let item = json!({
                    "code": format!("{rank}-{}", at + 1), "rank": rank, "order": at + 1, "title": title,
                    "description": description, "valid_from": BEGIN,
                });
                body(item)
            })
        })
        .collect()
}

/// Add the scales and items that are not there yet, by their codes. Gives the number added.
///
/// # Errors
/// What the write path refuses.
pub fn install(tx: &mut dyn Writer, kernel: &Kernel, who: &Principal) -> Result<usize, Refusal> {
    let ranks: Vec<String> = kernel
        .catalogue
        .choices
        .get(super::names::RANKS)
        .map(|set| set.choices.iter().map(|choice| choice.code.clone()).collect())
        .unwrap_or_default();
    let mut added = 0;
    for (ledger, records) in [(SCALE, scales()), (ITEM, items(&ranks))] {
        let codes: Vec<String> =
            records.iter().filter_map(|record| record.get("code")?.as_str().map(String::from)).collect();
        let there = tx.lookup(ledger, "code", &codes)?;
        for record in records {
            let code = record.get("code").and_then(Value::as_str).unwrap_or_default();
            if there.get(code).is_some_and(|found| !found.is_empty()) {
                continue;
            }
            kernel.commit(tx, who, Change::create(ledger, record).because("標準の内容の登録"))?;
            added += 1;
        }
    }
    Ok(added)
}
