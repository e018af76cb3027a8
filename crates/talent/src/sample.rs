//! Sample contents of evaluation sheets (見本): plausible goals, self-reports and marks for a demonstration. The same seed
//! gives the same text; nothing here is about a person who exists.
//!
//! ```
//! use talent::sample;
//! let goals = sample::goals("unit_chief", 7);
//! assert_eq!(goals, sample::goals("unit_chief", 7));
//! assert!(goals.as_array().is_some_and(|goals| goals.len() >= 3));
//! ```

use serde_json::{Value, json};

use crate::evaluation::scale::Scale;

/// A sequence of numbers that follows from a seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit.max(1)).unwrap_or(1);
        usize::try_from(self.next() % limit).unwrap_or_default()
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len()))
    }

    fn per_mille(&mut self, chance: usize) -> bool {
        self.below(1000) < chance
    }

    /// Places of a weighted list.
    fn weighted(&mut self, weights: &[usize]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (at, weight) in weights.iter().enumerate() {
            match left.checked_sub(*weight) {
                Some(rest) => left = rest,
                None => return at,
            }
        }
        0
    }
}

type Goal = (&'static str, &'static str);

const WORKING: [Goal; 8] = [
    ("照会回答の期限内処理", "所管の照会を受け付けた日に台帳へ登録し、期末までのすべてを期限の前日までに回答する。"),
    ("統計資料の正確な作成", "月次の統計資料を翌月10日までに作成し、差戻しを期中2件以内に抑える。"),
    ("申請書類の審査", "受け付けた申請書類を5開庁日以内に審査し、不備の連絡を一度で済ませる。"),
    ("会議の運営補助", "担当会議の資料を3開庁日前までに配布し、議事の要旨を翌日までに回覧する。"),
    ("業務手順書の整備", "担当業務の手順書を11月末までに作り、後任が一人で処理できる水準にする。"),
    ("文書管理の徹底", "担当の行政文書を期末までに整理し、保存期間表との食い違いをなくす。"),
    ("窓口対応の改善", "よくある質問を20件にまとめて共有し、折返しの電話を3割減らす。"),
    ("予算執行の管理", "担当経費の執行を毎月末に確かめ、見込みとの差を3パーセント以内にする。"),
];
const ASSISTING: [Goal; 8] = [
    ("制度改正の準備", "改正の論点を10月中に整理し、関係課との協議を終えて年内に案をまとめる。"),
    ("関係機関との調整", "関係機関との協議を月1回開き、残る論点を期末までにすべて解消する。"),
    ("担当者の育成", "係内の担当者に月1回の面談をし、期末までに一人で起案できるようにする。"),
    ("業務の見直し", "定例の報告を3割減らし、生まれた時間を企画の仕事に振り向ける。"),
    ("情報システムの更新準備", "更新の要件を11月末までにまとめ、移行の手順を関係者と合意する。"),
    ("国会・外部対応", "想定される質問の資料を常に最新に保ち、作成の依頼から2時間以内に初稿を出す。"),
    ("予算要求の取りまとめ", "要求の根拠となる資料を期限の1週間前に整え、照会に当日中に答える。"),
    ("マニュアルの改訂", "地方機関向けのマニュアルを改訂し、説明会を2回開いて疑問を解消する。"),
];
const LEADING: [Goal; 8] = [
    ("重点施策の推進", "重点施策の工程を定め、期末までに省内の合意を得て実施に移す。"),
    ("組織の業務運営", "課の業務の優先順位を毎月見直し、期限に遅れる案件をなくす。"),
    ("人材の育成", "部下全員と期中に2回面談し、一人一人の課題に応じた仕事を任せる。"),
    ("働き方の見直し", "超過勤務を前年の同じ期より1割減らし、年次休暇の取得を進める。"),
    ("説明責任の遂行", "施策の進み具合を四半期ごとに公表し、外部からの指摘に1か月以内に対応する。"),
    ("危機管理", "緊急時の連絡と分担を点検し、訓練を期中に1回行って課題を直す。"),
    ("関係府省との協議", "関係府省との協議を主導し、年内に役割分担の合意文書をまとめる。"),
    ("デジタル化の推進", "紙の手続を三つ選んで電子化し、処理にかかる日数を半分にする。"),
];

fn goals_of(rank: &str) -> &'static [Goal] {
    match rank {
        "staff" | "senior_staff" => &WORKING,
        "unit_chief" | "deputy_director" => &ASSISTING,
        _ => &LEADING,
    }
}

/// Rows for the field `goals` of somebody of the rank: three to five, one of them marked as challenge at times, one as a
/// management goal for those who lead.
pub fn goals(rank: &str, seed: u64) -> Value {
    let mut dice = Dice(seed ^ 0x6f61_6c73);
    let all = goals_of(rank);
    let first = dice.below(all.len());
    let step = dice.pick(&[1, 3, 5, 7]).copied().unwrap_or(1);
    let count = 3 + dice.below(3);
    let challenge = dice.per_mille(300).then(|| dice.below(count));
    let leads = !matches!(rank, "staff" | "senior_staff");
    let rows: Vec<Value> = (0..count)
        .filter_map(|at| all.get((first + at * step) % all.len()).map(|goal| (at, goal)))
        .map(|(at, (title, detail))| {
            json!({
                "no": at + 1,
                "title": title,
                "detail": format!("{detail}（見本）"),
                "importance": dice.pick(&["high", "normal", "normal", "low"]),
                "difficulty": if Some(at) == challenge { "high" } else {
                    dice.pick(&["high", "normal", "normal", "normal", "low"]).copied().unwrap_or("normal")
                },
                "challenge": Some(at) == challenge,
                "management": leads && (title.contains("育成") || title.contains("業務運営") || title.contains("働き方")),
            })
        })
        .collect();
    rows.into()
}

const DONE: [&str; 6] = [
    "計画どおりに進め、期限までに終えた。途中で生じた変更にも関係者と相談して対応した。",
    "目標とした水準を上回った。手順を見直したことで、処理にかかる日数が短くなった。",
    "おおむね達成した。年末に一部が遅れたが、分担を改めて取り戻した。",
    "達成した。作った資料は他の係でも使われている。",
    "一部が残った。相手方の都合で協議が延びたためで、来期の初めに終える見込みである。",
    "着実に取り組み、差戻しや苦情はなかった。",
];
const COMMENTS: [&str; 4] = [
    "期中に担当が増えたが、優先順位を上司と確かめながら進めた。次の期は後輩への引継ぎにも力を入れたい。",
    "おおむね計画どおりに進めることができた。急ぎの照会が重なる時期の段取りが課題である。",
    "関係課との調整に時間を要したが、早めに論点を共有することで期限に間に合わせた。",
    "新しい仕組みへの移行に力を注いだ。手順書を残し、だれでも処理できるようにした。",
];

/// Rows for the field `reports` and the overall comment, for goals or items by number and title.
pub fn self_report(rows: &[(i64, String)], seed: u64) -> (Value, String) {
    let mut dice = Dice(seed ^ 0x7365_6c66);
    let reports: Vec<Value> = rows
        .iter()
        .map(|(no, title)| {
            let report = dice.pick(&DONE).copied().unwrap_or_default();
            json!({ "no": no, "title": title, "report": format!("{report}（見本）") })
        })
        .collect();
    let comment = dice.pick(&COMMENTS).copied().unwrap_or_default();
    (reports.into(), format!("{comment}（見本）"))
}

/// Marks and findings of the three for one sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleMarks {
    /// Rows for the field `item_marks`.
    pub item_marks: Value,
    /// Overall mark of the evaluator.
    pub evaluator: String,
    /// Findings of the evaluator.
    pub evaluator_findings: String,
    /// Overall mark of the adjuster; seldom another than the evaluator's.
    pub adjuster: String,
    /// Findings of the adjuster.
    pub adjuster_findings: String,
    /// Overall mark of the confirmer.
    pub confirmer: String,
    /// Findings of the confirmer.
    pub confirmer_findings: String,
}

const FINDINGS: [&[&str]; 3] = [
    &[
        "目標を大きく上回る成果を上げ、周囲の模範となった。来期はさらに広い範囲を任せたい。",
        "困難な調整を自ら主導してまとめた。後輩の指導にも力を尽くした。",
    ],
    &[
        "計画に沿って着実に進め、期待した成果を上げた。引き続き段取りの良さを生かしてほしい。",
        "担当の仕事を正確に処理した。次は改善の提案にも取り組んでほしい。",
        "関係者とよく連絡を取り、期限を守った。企画の仕事にも力を広げてほしい。",
    ],
    &[
        "期限に遅れることがあった。早めに相談し、優先順位を確かめながら進めてほしい。",
        "確かめ不足による手戻りが見られた。手順を見直し、面談で進み具合を確かめていく。",
    ],
];

/// Marks as they are usually spread, on the scales given; empty where a scale has no marks.
pub fn marks(rows: &[(i64, String)], overall: &Scale, item: &Scale, seed: u64) -> SampleMarks {
    let mut dice = Dice(seed ^ 0x6d61_726b);
    let weights: &[usize] =
        if overall.marks.len() == 6 { &[15, 110, 330, 480, 55, 10] } else { &[30, 270, 630, 60, 10] };
    let place = dice.weighted(weights).min(overall.marks.len().saturating_sub(1));
    let word = |scale: &Scale, at: usize| scale.marks.get(at).map(|mark| mark.label.clone()).unwrap_or_default();
    let last_item = item.marks.len().saturating_sub(1);
    // An item mark lies where the overall mark lies, or one beside it.
    let middle = if overall.marks.len() > 1 { place * last_item / (overall.marks.len() - 1) } else { 0 };
    let level = if place < 2 {
        0
    } else if place + 2 < overall.marks.len() {
        1
    } else {
        2
    };
    let finding = |dice: &mut Dice| {
        let text = FINDINGS.get(level).and_then(|texts| dice.pick(texts)).copied().unwrap_or_default();
        format!("{text}（見本）")
    };
    let item_marks: Vec<Value> = rows
        .iter()
        .map(|(no, title)| {
            let at = match dice.below(4) {
                0 => middle.saturating_sub(1),
                1 => (middle + 1).min(last_item),
                _ => middle,
            };
            json!({ "no": no, "title": title, "mark": word(item, at), "finding": "" })
        })
        .collect();
    let lowered = |at: usize| (at + 1).min(overall.marks.len().saturating_sub(1));
    let adjusted = match dice.below(100) {
        0..=2 => place.saturating_sub(1),
        3..=8 => lowered(place),
        _ => place,
    };
    let confirmed = if dice.below(100) == 0 { lowered(adjusted) } else { adjusted };
    let moved = |from: usize, to: usize| match from == to {
        true => "不均衡は認められない。（見本）",
        false => "ほかの評価者との均衡を踏まえて評語を改めた。（見本）",
    };
    SampleMarks {
        item_marks: item_marks.into(),
        evaluator: word(overall, place),
        evaluator_findings: finding(&mut dice),
        adjuster: word(overall, adjusted),
        adjuster_findings: moved(place, adjusted).into(),
        confirmer: word(overall, confirmed),
        confirmer_findings: moved(adjusted, confirmed).into(),
    }
}

/// A record of an interview.
pub fn interview(seed: u64) -> (&'static str, &'static str) {
    let mut dice = Dice(seed ^ 0x7461_6c6b);
    let means = dice.pick(&["face_to_face", "face_to_face", "face_to_face", "online", "telephone"]).copied();
    let record = dice.pick(&[
        "目標と進め方を確かめ、優先順位を合わせた。（見本）",
        "期中の取組を振り返り、次の期の課題を話し合った。（見本）",
        "業務の量と分担を確かめ、支援することを約束した。（見本）",
    ]);
    (means.unwrap_or("face_to_face"), record.copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::{goals, marks, self_report};
    use crate::evaluation::scale::Scale;
    use crate::evaluation::standard;

    fn scale(code: &str) -> Scale {
        let body = standard::scales().into_iter().find(|scale| scale["code"] == code).expect("the scale");
        let at = chrono::DateTime::UNIX_EPOCH;
        Scale::of(&ledger::Record {
            ledger: "rating_scale".into(),
            id: code.into(),
            revision: 1,
            state: "active".into(),
            body,
            acts: Default::default(),
            created_at: at,
            recorded_at: at,
        })
    }

    #[test]
    fn goals_fit_a_sheet_and_no_two_are_the_same() {
        for rank in ["staff", "unit_chief", "director", "vice_minister"] {
            for seed in 0..200 {
                let rows = goals(rank, seed);
                let rows = rows.as_array().expect("rows");
                assert!((3..=5).contains(&rows.len()));
                let mut titles: Vec<_> = rows.iter().map(|row| row["title"].as_str()).collect();
                titles.sort();
                titles.dedup();
                assert_eq!(titles.len(), rows.len(), "{rank} {seed}");
                assert!(rows.iter().all(|row| row["detail"].as_str().is_some_and(|text| text.ends_with("（見本）"))));
            }
        }
    }

    #[test]
    fn marks_are_of_the_scale_and_spread_without_a_pattern() {
        let item = scale("item-2009");
        for (code, best_half) in [("overall-2022", 3), ("overall-2009", 2)] {
            let overall = scale(code);
            let rows: Vec<(i64, String)> = (1..=4).map(|no| (no, "目標".to_string())).collect();
            let mut upper = 0;
            for seed in 0..1000 {
                let found = marks(&rows, &overall, &item, seed);
                assert_eq!(found, marks(&rows, &overall, &item, seed));
                for label in [&found.evaluator, &found.adjuster, &found.confirmer] {
                    assert!(overall.find(label).is_some(), "{label}");
                }
                let items = found.item_marks.as_array().cloned().unwrap_or_default();
                assert!(items.iter().all(|row| row["mark"].as_str().is_some_and(|mark| item.find(mark).is_some())));
                upper += usize::from(overall.find(&found.confirmer).is_some_and(|mark| mark.order <= best_half));
                let (reports, comment) = self_report(&rows, seed);
                assert_eq!((reports.as_array().map(Vec::len), comment.is_empty()), (Some(4), false));
            }
            assert!((200..650).contains(&upper), "{code} {upper}");
        }
    }
}
