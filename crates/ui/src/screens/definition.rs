//! What a ledger is made of, in words: fields, procedure, deadlines and who may do what. For auditors and engineers.

use ledger::access::Access;
use ledger::definition::{AccessRule, ClassSet, Field, Holder, Kind, Ledger, Required, Scope};
use ledger::port::Reader;
use ledger::principal::{EVERYONE, OUTSIDER};
use maud::{Markup, Render, html};

use crate::components::{Cell, Column, Narrow, Page, Row, Table};
use crate::web::{Ask, Reply, Stop};

use super::words::{list_url, state_badge};

/// The page.
pub fn page(_: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let ledger = ask.kernel.ledger(ask.param("ledger"))?;
    if !Access::new(&ledger, ask.who).any() {
        return Err(ledger::Refusal::NotFound.into());
    }
    let body = html! {
        div class="stack" {
            @if !ledger.help.is_empty() { p { (ledger.help) } }
            (fields(ask, &ledger))
            @if !ledger.workflow.transitions.is_empty() { (workflow(&ledger)) }
            @if !ledger.duties.is_empty() { (duties(ask, &ledger)) }
            (access(ask, &ledger))
            p class="small quiet" { "台帳の識別名 " (ledger.name) "、業務パック " (ledger.pack) }
        }
    };
    let page = Page::new(format!("{}の項目と権限", ledger.label))
        .under(ledger.label.as_str(), list_url(&ledger.name))
        .body(body);
    Ok(Reply::page(page))
}

fn fields(ask: &Ask<'_>, ledger: &Ledger) -> Markup {
    let columns = ["項目", "識別名", "種類", "区分", "必須", "説明"].map(Column::text);
    let [name, rest @ ..] = columns;
    let columns: Vec<Column> = std::iter::once(name.names_row()).chain(rest).collect();
    let rows = ledger.fields.iter().flat_map(|field| {
        let columns = match &field.kind {
            Kind::Rows { columns } => columns.as_slice(),
            _ => &[],
        };
        std::iter::once(row(ask, ledger, field, "")).chain(columns.iter().map(|column| row(ask, ledger, column, "└ ")))
    });
    Table::new("項目", columns).narrow(Narrow::Scroll).rows(rows).render()
}

fn row(ask: &Ask<'_>, ledger: &Ledger, field: &Field, before: &str) -> Row {
    let class = ledger.classes.iter().find(|class| class.name == field.class);
    let class = class.map_or_else(
        || field.class.clone(),
        |class| if class.protected { format!("{}(保護)", class.label) } else { class.label.clone() },
    );
    let required = match &field.required {
        Required::Always => "必須",
        Required::When(_) => "条件により必須",
        Required::Never => "",
    };
    let mut help = field.help.clone();
    if field.computed.is_some() {
        help = format!("自動で計算します。{help}");
    }
    if field.retired {
        help = format!("今は使いません。{help}");
    }
    Row::new(vec![
        Cell::text(format!("{before}{}", field.label)),
        Cell::text(field.name.as_str()),
        Cell::text(kind(ask, field)),
        Cell::text(class),
        Cell::text(required),
        Cell::text(help),
    ])
}

fn kind(ask: &Ask<'_>, field: &Field) -> String {
    let ledger_label =
        |name: &str| ask.kernel.catalogue.ledger(name).map_or_else(|| name.to_string(), |l| l.label.clone());
    match &field.kind {
        Kind::Text => field.max_length.map_or("文字".into(), |most| format!("文字({most}文字まで)")),
        Kind::LongText => "長い文章".into(),
        Kind::Integer => "整数".into(),
        Kind::Decimal { scale } => format!("小数({scale}桁)"),
        Kind::Yen => "金額(円)".into(),
        Kind::Date => "日付".into(),
        Kind::DateTime => "日時".into(),
        Kind::Period => "期間".into(),
        Kind::YesNo => "はい・いいえ".into(),
        Kind::Choice { set } | Kind::Choices { set } => {
            let labels: Vec<&str> = ask
                .kernel
                .catalogue
                .choices
                .get(set)
                .iter()
                .flat_map(|set| set.choices.iter().map(|choice| choice.label.as_str()))
                .take(12)
                .collect();
            format!("選択({})", labels.join("、"))
        }
        Kind::Reference { ledger, many } => {
            format!("{}{}", ledger_label(ledger), if *many { "(複数)" } else { "" })
        }
        Kind::Rows { .. } => "表".into(),
        Kind::Attachment => "添付ファイル".into(),
    }
}

fn workflow(ledger: &Ledger) -> Markup {
    let state = |name: &String| ledger.workflow.state_label(name).to_string();
    let join = |names: &[String]| names.iter().map(state).collect::<Vec<_>>().join("、");
    let rows =
        ledger.workflow.transitions.iter().map(|transition| {
            let to: Vec<String> = transition.to.iter().map(|target| target.state.clone()).collect();
            let mut eyes: Vec<String> = transition
                .not_by_actor_of
                .iter()
                .map(|act| format!("「{}」をした本人以外", super::words::act_label(ledger, act)))
                .collect();
            eyes.extend(transition.not_by_person_in.iter().map(|name| {
                format!("{}本人以外", ledger.field(name).map_or(name.as_str(), |field| field.label.as_str()))
            }));
            Row::new(vec![
                Cell::text(transition.label.as_str()),
                Cell::text(join(&transition.from)),
                Cell::text(join(&to)),
                Cell::text(if transition.comment_required { "必要" } else { "" }),
                Cell::text(eyes.join("、")),
            ])
        });
    let columns = vec![
        Column::text("操作").names_row(),
        Column::text("元の状態"),
        Column::text("先の状態"),
        Column::text("理由"),
        Column::text("二者確認"),
    ];
    html! {
        section {
            h2 { "手続" }
            p class="cluster" { @for state in &ledger.workflow.states { (state_badge(ledger, &state.name)) } }
            (Table::new("操作", columns).narrow(Narrow::Scroll).rows(rows))
        }
    }
}

fn duties(ask: &Ask<'_>, ledger: &Ledger) -> Markup {
    let rows = ledger.duties.iter().map(|duty| {
        let holder = match &duty.holder {
            Holder::Person { field } => ledger.field(field).map_or_else(|| field.clone(), |field| field.label.clone()),
            Holder::Role { role, .. } => role_label(ask, role),
        };
        let states: Vec<&str> = duty.states.iter().map(|state| ledger.workflow.state_label(state)).collect();
        let remind: Vec<String> = duty
            .remind
            .iter()
            .map(|day| match day {
                0 => "期限の日".to_string(),
                day if *day < 0 => format!("{}日前", -day),
                day => format!("{day}日後"),
            })
            .collect();
        Row::new(vec![
            Cell::text(duty.label.as_str()),
            Cell::text(holder),
            Cell::text(states.join("、")),
            Cell::text(remind.join("、")),
        ])
    });
    let columns = vec![
        Column::text("期限のある作業").names_row(),
        Column::text("する人"),
        Column::text("状態"),
        Column::text("知らせる日"),
    ];
    Table::new("期限のある作業", columns).narrow(Narrow::Scroll).rows(rows).render()
}

fn access(ask: &Ask<'_>, ledger: &Ledger) -> Markup {
    let rows = ledger.access.iter().map(|rule| {
        Row::new(vec![
            Cell::text(role_label(ask, &rule.role)),
            Cell::text(scope(ask, ledger, rule)),
            Cell::text(classes(ledger, &rule.read)),
            Cell::text(classes(ledger, &rule.write)),
            Cell::text(actions(ledger, rule)),
        ])
    });
    let columns = vec![
        Column::text("役割").names_row(),
        Column::text("対象の記録"),
        Column::text("見られる区分"),
        Column::text("直せる区分"),
        Column::text("できる操作"),
    ];
    Table::new("権限(ここにないことはできません)", columns).narrow(Narrow::Scroll).rows(rows).render()
}

fn role_label(ask: &Ask<'_>, role: &str) -> String {
    match ask.kernel.catalogue.roles.get(role) {
        Some(role) => role.label.clone(),
        None if role == EVERYONE => "利用者全員（外部の人を除く）".into(),
        None if role == OUTSIDER => "外部の利用者全員".into(),
        None => role.to_string(),
    }
}

fn scope(ask: &Ask<'_>, ledger: &Ledger, rule: &AccessRule) -> String {
    let label = |name: &String| ledger.field(name).map_or_else(|| name.clone(), |field| field.label.clone());
    let mut text = match &rule.scope {
        Scope::All => "すべて".to_string(),
        Scope::Office { field } => format!("{}が担当の組織以下", label(field)),
        Scope::Person { fields } => {
            format!("{}が自分", fields.iter().map(label).collect::<Vec<_>>().join("又は"))
        }
        Scope::Myself => "自分".to_string(),
    };
    if !rule.states.is_empty() {
        let states: Vec<&str> = rule.states.iter().map(|state| ledger.workflow.state_label(state)).collect();
        text = format!("{text}(状態: {})", states.join("、"));
    }
    for (name, values) in &rule.conditions {
        let values: Vec<String> = values.iter().map(|value| condition_value(ask, ledger, name, value)).collect();
        text = format!("{text}({}: {})", label(name), values.join("、"));
    }
    if !rule.except.is_empty() {
        let fields: Vec<String> = rule.except.iter().map(label).collect();
        text = format!("{text}({}が自分であるものを除く)", fields.join("又は"));
    }
    text
}

/// The value of a condition in the words of its field.
fn condition_value(ask: &Ask<'_>, ledger: &Ledger, name: &str, value: &serde_json::Value) -> String {
    match ledger.field(name) {
        Some(field) => ledger::value::format(field, value, &ask.kernel.catalogue),
        None => value.to_string(),
    }
}

fn classes(ledger: &Ledger, set: &ClassSet) -> String {
    if set.all {
        return "すべて".into();
    }
    let label = |name: &String| {
        let class = ledger.classes.iter().find(|class| class.name == *name);
        class.map_or_else(|| name.clone(), |class| class.label.clone())
    };
    set.names.iter().map(label).collect::<Vec<_>>().join("、")
}

fn actions(ledger: &Ledger, rule: &AccessRule) -> String {
    let mut words: Vec<String> = Vec::new();
    for (granted, word) in
        [(rule.create, "登録"), (rule.import, "取込み"), (rule.export, "出力"), (rule.history, "履歴を見る")]
    {
        if granted {
            words.push(word.into());
        }
    }
    words.extend(rule.transitions.iter().map(|name| super::words::act_label(ledger, name)));
    if !rule.documents.is_empty() {
        words.push("印刷".into());
    }
    words.join("、")
}
