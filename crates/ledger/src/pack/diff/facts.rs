//! The properties of declarations in words, for comparing them.

use crate::definition::{Catalogue, Choice, ClassSet, Field, Kind, Ledger, Required, Scope, State, Tone};

/// The kind in words.
pub(super) fn kind(kind: &Kind) -> String {
    match kind {
        Kind::Text => "一行の文字".into(),
        Kind::LongText => "複数行の文字".into(),
        Kind::Integer => "整数".into(),
        Kind::Decimal { scale } => format!("小数{scale}桁"),
        Kind::Yen => "円".into(),
        Kind::Date => "日付".into(),
        Kind::DateTime => "日時".into(),
        Kind::Period => "期間".into(),
        Kind::YesNo => "はい・いいえ".into(),
        Kind::Choice { set } => format!("選択 {set}"),
        Kind::Choices { set } => format!("複数選択 {set}"),
        Kind::Reference { ledger, many: false } => format!("参照 {ledger}"),
        Kind::Reference { ledger, many: true } => format!("複数の参照 {ledger}"),
        Kind::Rows { columns } => {
            let columns: Vec<String> = columns.iter().map(|c| format!("{}:{}", c.name, self::kind(&c.kind))).collect();
            format!("表({})", columns.join(" "))
        }
        Kind::Attachment => "添付".into(),
    }
}

fn field(field: &Field) -> Vec<(&'static str, String)> {
    let number = |number: Option<i64>| number.map_or(String::new(), |number| number.to_string());
    let source =
        |e: &Option<crate::expression::Expression>| e.as_ref().map_or(String::new(), |e| e.source().to_owned());
    vec![
        ("見出し", field.label.clone()),
        ("説明", field.help.clone()),
        ("種類", kind(&field.kind)),
        ("項目区分", field.class.clone()),
        (
            "必須",
            match &field.required {
                Required::Never => "任意".into(),
                Required::Always => "必須".into(),
                Required::When(expression) => format!("条件 {}", expression.source()),
            },
        ),
        ("初めの値", source(&field.default)),
        ("計算", source(&field.computed)),
        ("文字数", field.max_length.map_or(String::new(), |length| length.to_string())),
        ("最小", number(field.min)),
        ("最大", number(field.max)),
        ("別名", field.aliases.join(" ")),
        ("検索", if field.searchable { "する" } else { "しない" }.into()),
        ("桁区切り", if field.plain { "なし" } else { "あり" }.into()),
        ("暗号化", if field.encrypted { "する" } else { "しない" }.into()),
        ("名前を見せる", if field.named { "読める人みなに" } else { "相手を読める人に" }.into()),
        ("CP932", if field.cp932 { "確かめる" } else { "確かめない" }.into()),
        ("画面に出す", if field.code { "いいえ（記号）" } else { "はい" }.into()),
        ("使用終了", if field.retired { "はい" } else { "いいえ" }.into()),
    ]
}

/// The properties in which two versions of a field differ.
pub(super) fn differences(was: &Field, now: &Field) -> Vec<String> {
    let shown = |text: &str| if text.is_empty() { "なし".to_owned() } else { format!("「{text}」") };
    field(was)
        .into_iter()
        .zip(field(now))
        .filter(|((_, one), (_, two))| one != two)
        .map(|((name, one), (_, two))| format!("{name}: {} → {}", shown(&one), shown(&two)))
        .collect()
}

pub(super) fn state(state: &State) -> String {
    let tone = match state.tone {
        Tone::Neutral => "普通",
        Tone::Active => "作業中",
        Tone::Done => "完了",
        Tone::Caution => "注意",
        Tone::Stopped => "中止",
    };
    format!(
        "{}（{tone}{}、必須 {}、非表示 {}、次 {}）",
        state.label,
        if state.closed { "、終わり" } else { "" },
        state.required.join(" "),
        state.hidden.join(" "),
        state.next
    )
}

pub(super) fn choice(choice: &Choice) -> String {
    let day = |day: Option<chrono::NaiveDate>| day.map_or(String::new(), |day| day.to_string());
    format!("{}\u{1}期間 {}～{}", choice.label, day(choice.from), day(choice.to))
}

/// The parts (divided by U+0001) that differ, as `before → after`.
pub(super) fn changed_parts(was: &str, now: &str) -> Vec<String> {
    let (one, two): (Vec<&str>, Vec<&str>) = (was.split('\u{1}').collect(), now.split('\u{1}').collect());
    if one.len() != two.len() {
        return vec![format!("{} → {}", was.replace('\u{1}', "、"), now.replace('\u{1}', "、"))];
    }
    one.iter().zip(&two).filter(|(one, two)| one != two).map(|(one, two)| format!("{one} → {two}")).collect()
}

type Facts = fn(&Catalogue, &Ledger) -> Vec<(String, String)>;

/// Parts of a ledger beside fields and states: their name in Japanese, and their identifiers with properties.
pub(super) const OF_LEDGER: [(&str, Facts); 8] = [
    ("台帳の設定", head),
    ("操作", transitions),
    ("期限付き作業", duties),
    ("検査", checks),
    ("権限", access),
    ("一覧", lists),
    ("区画", sections),
    ("文書", documents),
];

fn head(_: &Catalogue, ledger: &Ledger) -> Vec<(String, String)> {
    let parts = [
        ("label", ledger.label.clone()),
        ("help", ledger.help.clone()),
        ("area", ledger.area.clone()),
        ("hidden", ledger.hidden.to_string()),
        ("asks_reason", ledger.asks_reason.to_string()),
        ("page", ledger.page.clone().unwrap_or_default()),
        ("gathers", ledger.gathers.to_string()),
        ("title", ledger.title.join(" ")),
        ("reading", ledger.reading.clone().unwrap_or_default()),
        ("key", ledger.key.clone().unwrap_or_default()),
        ("subject", ledger.subject.clone().unwrap_or_default()),
        ("numbering", ledger.numbering.as_ref().map_or(String::new(), |n| format!("{} {}", n.field, n.pattern))),
        ("unique", format!("{:?}", ledger.unique)),
        ("indexes", format!("{:?}", ledger.indexes)),
        ("effective", format!("{:?}", ledger.effective)),
        ("no_overlap", format!("{:?}", ledger.no_overlap)),
        ("settled", format!("{:?}", ledger.settled)),
        ("class", format!("{:?}", ledger.classes)),
    ];
    parts.into_iter().map(|(name, facts)| (name.to_owned(), facts)).collect()
}

fn transitions(_: &Catalogue, ledger: &Ledger) -> Vec<(String, String)> {
    let facts = ledger.workflow.transitions.iter().map(|one| {
        let to: Vec<String> = one
            .to
            .iter()
            .map(|to| {
                format!("{}{}", to.state, to.when.as_ref().map_or(String::new(), |w| format!("（{}）", w.source())))
            })
            .collect();
        let set: Vec<String> = one.set.iter().map(|(field, e)| format!("{field} = {}", e.source())).collect();
        let parts = [
            format!("見出し {}", one.label),
            format!("移り先 {} → {}", one.from.join(" "), to.join(" ")),
            format!("必須 {}", one.required.join(" ")),
            format!("書ける項目 {}", one.fields.join(" ")),
            format!("コメント {}", one.comment_required),
            format!("条件 {} {}", one.guard.as_ref().map_or("", |guard| guard.source()), one.guard_message),
            format!("設定 {}", set.join(" ")),
            format!("二者確認 {} {}", one.not_by_actor_of.join(" "), one.not_by_person_in.join(" ")),
            format!("やり直し {}", one.forgets.join(" ")),
            format!("主な操作 {}", one.main),
            format!("確認 {}", one.confirm),
        ];
        (one.name.clone(), parts.join("\u{1}"))
    });
    facts.collect()
}

fn duties(_: &Catalogue, ledger: &Ledger) -> Vec<(String, String)> {
    let facts = ledger.duties.iter().map(|duty| {
        let parts = [
            format!("見出し {}", duty.label),
            format!("状態 {}", duty.states.join(" ")),
            format!("条件 {}", duty.when.as_ref().map_or("", |when| when.source())),
            format!("担当 {:?}", duty.holder),
            format!("期限 {}", duty.due.as_ref().map_or(String::new(), ToString::to_string)),
            format!("督促 {:?}", duty.remind),
            format!("引上げ {}", duty.escalate.as_deref().unwrap_or_default()),
        ];
        (duty.name.clone(), parts.join("\u{1}"))
    });
    facts.collect()
}

fn checks(_: &Catalogue, ledger: &Ledger) -> Vec<(String, String)> {
    let facts = ledger.checks.iter().map(|check| {
        (
            check.expression.source().to_owned(),
            format!("{} {}", check.message, check.field.as_deref().unwrap_or_default()),
        )
    });
    facts.collect()
}

/// One line a role, scope and set of states: what such a rule grants.
fn access(_: &Catalogue, ledger: &Ledger) -> Vec<(String, String)> {
    let classes = |set: &ClassSet| {
        if set.all { "*".to_owned() } else { set.names.iter().cloned().collect::<Vec<_>>().join(" ") }
    };
    let mut found: Vec<(String, String)> = Vec::new();
    for rule in &ledger.access {
        let scope = match &rule.scope {
            Scope::All => "全件".to_owned(),
            Scope::Office { field } => format!("組織 {field}"),
            Scope::Person { fields } => format!("人 {}", fields.join(" ")),
            Scope::Myself => "本人".to_owned(),
        };
        let mut name = format!("{}／{scope}", rule.role);
        if !rule.states.is_empty() {
            name.push_str(&format!("／{}", rule.states.join(" ")));
        }
        for (field, values) in &rule.conditions {
            name.push_str(&format!("／{field} = {}", serde_json::Value::from(values.clone())));
        }
        if !rule.except.is_empty() {
            name.push_str(&format!("／{}が本人の記録を除く", rule.except.join(" ")));
        }
        let mut can = Vec::new();
        for (word, granted) in
            [("作成", rule.create), ("書き出し", rule.export), ("取込み", rule.import), ("履歴", rule.history)]
        {
            if granted {
                can.push(word);
            }
        }
        let parts = [
            format!("読む {}", classes(&rule.read)),
            format!("書く {}", classes(&rule.write)),
            format!("できる {}", can.join(" ")),
            format!("操作 {}", rule.transitions.iter().cloned().collect::<Vec<_>>().join(" ")),
            format!("文書 {}", rule.documents.iter().cloned().collect::<Vec<_>>().join(" ")),
        ];
        match found.iter_mut().find(|(other, _)| *other == name) {
            // What two rules of one role and scope grant adds up.
            Some((_, facts)) => facts.push_str(&format!("\u{1}{}", parts.join("\u{1}"))),
            None => found.push((name, parts.join("\u{1}"))),
        }
    }
    found
}

fn lists(_: &Catalogue, ledger: &Ledger) -> Vec<(String, String)> {
    let views = &ledger.views;
    let columns: Vec<String> =
        views.columns.iter().map(|c| if c.shown { c.field.clone() } else { format!("({})", c.field) }).collect();
    let sort: Vec<String> =
        views.sort.iter().map(|s| format!("{}{}", if s.descending { "-" } else { "" }, s.field)).collect();
    let mut facts = vec![
        ("columns".to_owned(), columns.join(" ")),
        ("filters".to_owned(), views.filters.join(" ")),
        ("groups".to_owned(), views.groups.join(" ")),
        ("sort".to_owned(), sort.join(" ")),
    ];
    for view in &views.saved {
        facts.push((format!("view {}", view.name), format!("{} {:?}", view.label, view.conditions)));
    }
    facts
}

fn sections(_: &Catalogue, ledger: &Ledger) -> Vec<(String, String)> {
    let sections = ledger.views.sections.iter();
    sections
        .map(|section| (section.label.clone(), format!("{}\u{1}{}", section.help, section.fields.join(" "))))
        .collect()
}

fn documents(catalogue: &Catalogue, ledger: &Ledger) -> Vec<(String, String)> {
    use sha2::{Digest, Sha256};
    let facts = ledger.documents.iter().filter_map(|name| {
        let form = catalogue.documents.get(name)?;
        // Twelve digits are enough to see that a form is another one.
        let digest = hex::encode(Sha256::digest(form.source.as_bytes()));
        let digest = digest.get(..12).unwrap_or_default();
        let brings: Vec<String> = form.brings.iter().map(|(name, brought)| format!("{name} {brought:?}")).collect();
        let (states, brings) = (form.states.join(" "), brings.join(" "));
        Some((
            name.clone(),
            format!("見出し {}\u{1}状態 {states}\u{1}添える記録 {brings}\u{1}様式 {digest}", form.label),
        ))
    });
    facts.collect()
}
