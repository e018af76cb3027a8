//! A meeting that turns into its minutes: the agenda, what was said and decided while one sits, who has confirmed it, and
//! what somebody promised to do.

use ledger::access::Access;
use ledger::port::{Reader, Writer};
use ledger::read::{Detail, title};
use ledger::{Body, Change, Problem, Record, Refusal, find};
use maud::{Markup, Render, html};
use serde_json::{Map, Value};
use ui::components::{
    Badge, Button, Cell, Choice, Column, Date, Empty, ErrorSummary, Field, Form, LinkButton, Notice, Page, PostButton,
    RecordState, Row, Select, Table, Text, TextArea, Tone, form_section,
};
use ui::screens::words::{list_url, record_url, state_badge};
use ui::web::{Ask, Reply, Stop};
use ui::when::Day;

use super::super::names::ledger_name::{ACTION, ATTENDANCE, ENGAGEMENT, ISSUE, MEETING};
use super::{asked, minutes_url};

/// Columns of the agenda, with what they are called on this page.
const COLUMNS: [(&str, &str); 4] =
    [("topic", "議題"), ("speaker", "説明する人"), ("said", "議事の要旨"), ("decided", "決定事項")];

/// The page.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let detail = ask.kernel.detail(tx, ask.who, MEETING, ask.param("id"), None)?;
    let agenda = rows(&detail.record);
    Ok(Reply::page(draw(tx, ask, &detail, &agenda, detail.record.text("remarks").unwrap_or_default(), &[])?))
}

fn rows(meeting: &Record) -> Vec<Map<String, Value>> {
    let rows = meeting.value("agenda").as_array().into_iter().flatten();
    rows.filter_map(Value::as_object).cloned().collect()
}

fn draw(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    detail: &Detail,
    agenda: &[Map<String, Value>],
    remarks: &str,
    problems: &[Problem],
) -> Result<Page, Stop> {
    let meeting = &detail.record;
    let ledger = ask.kernel.ledger(MEETING)?;
    let engagement = meeting.text("engagement").unwrap_or_default();
    let known = title::many(&ask.kernel.catalogue, tx, ask.who, [(ENGAGEMENT, engagement)])?;
    let attendances = asked::all(tx, ask, ATTENDANCE, vec![asked::is("meeting", [meeting.id.as_str()])])?;
    let actions = asked::all(tx, ask, ACTION, vec![asked::is("meeting", [meeting.id.as_str()])])?;
    let writes = !detail.writable.is_empty() && ["planned", "held"].contains(&meeting.state.as_str());
    let confirmed = attendances.iter().filter(|attendance| attendance.state == "confirmed").count();
    let next = ledger.workflow.state(&meeting.state).map_or("", |state| state.next.as_str());
    let due =
        due_field(meeting).and_then(|field| Some((ledger.field(field)?.label.clone(), find::date(meeting, field)?)));
    let late = due.as_ref().is_some_and(|(_, day)| *day < ask.kernel.today());
    let next = match &due {
        Some((label, day)) => format!("{next} {label}は{}です。", ui::when::day_text(*day)),
        None => next.to_string(),
    };
    let state = detail
        .offers
        .iter()
        .filter(|offer| offer.obstacle.is_none() && offer.transition.name != "confirm")
        .fold(RecordState::new(state_badge(&ledger, &meeting.state), next).late(late), |state, offer| {
            let to = record_url(MEETING, &meeting.id).join("transitions").join(&offer.transition.name);
            let words = offer.transition.label.as_str();
            state.act(if offer.transition.main {
                LinkButton::primary(words, to)
            } else {
                LinkButton::secondary(words, to)
            })
        });
    let place = meeting.text("place").unwrap_or_default();
    let when = meeting.text("time").unwrap_or_default();
    let body = html! { div class="stack" {
        (state)
        p {
            @if let Some(day) = find::date(meeting, "held_on") { (Day::with_weekday(day)) }
            @if !when.is_empty() { " " (when) }
            "　" (place) "　"
            a href=(record_url(MEETING, &meeting.id)) { "会議の記録（資料、履歴）を見る" }
        }
        section class="section stack" id="agenda" {
            h2 { @if meeting.state == "planned" { "議題" } @else { "議題と議事" } }
            @if writes { (form(ask, meeting, agenda, remarks, problems)) } @else { (reading(agenda, remarks)) }
        }
        section class="section stack" id="attendance" {
            h2 { "出席者 " span class="small quiet" { (attendances.len()) "人のうち" (confirmed) "人が確かめました" } }
            (attendance_table(ask, meeting, &attendances))
            @if ["planned", "held"].contains(&meeting.state.as_str()) {
                p { (asked::new_button(ask, "出席者を加える", ATTENDANCE, &[("meeting", &meeting.id)])) }
            }
        }
        section class="section stack" id="actions" {
            h2 { "宿題事項" }
            (action_table(ask, meeting, &actions))
            p { (asked::new_button(ask, "宿題事項を加える", ACTION, &[("engagement", engagement), ("meeting", &meeting.id)])) }
        }
    } };
    Ok(Page::new(meeting.text("title").unwrap_or_default())
        .under("会議", list_url(MEETING))
        .under(known.get(ENGAGEMENT, engagement).to_string(), record_url(ENGAGEMENT, engagement))
        .body(body))
}

/// The deadline that counts in this state.
fn due_field(meeting: &Record) -> Option<&'static str> {
    match meeting.state.as_str() {
        "planned" => Some("material_by"),
        "held" => Some("minutes_by"),
        _ => None,
    }
}

fn form(ask: &Ask<'_>, meeting: &Record, agenda: &[Map<String, Value>], remarks: &str, problems: &[Problem]) -> Markup {
    let held = meeting.state != "planned";
    let blank = Map::new();
    let said = |row: &Map<String, Value>, column: &str| {
        row.get(column).and_then(Value::as_str).unwrap_or_default().to_string()
    };
    let errors = problems.iter().fold(ErrorSummary::new(), |errors, problem| errors.whole(problem.message.as_str()));
    // One empty topic at the end: minutes are written while people sit, and talk does not keep to the agenda.
    let topics = agenda.iter().chain(std::iter::once(&blank)).enumerate().map(|(at, row)| {
        let fields = COLUMNS.iter().filter(|(column, _)| held || !["said", "decided"].contains(column)).map(
            |(column, label)| {
                let name = format!("agenda.{at}.{column}");
                match *column {
                    "said" => {
                        Field::new(name, *label, TextArea::new().rows(4).value(said(row, column))).optional().render()
                    }
                    _ => Field::new(name, *label, Text::new().value(said(row, column))).optional().render(),
                }
            },
        );
        let heading = match agenda.get(at) {
            Some(row) => format!("議題{} {}", at + 1, said(row, "topic")),
            None => "加える議題（なければ空のまま）".to_string(),
        };
        let fields: Vec<Markup> = fields.collect();
        form_section(&heading, None, &fields)
    });
    let form = Form::new(minutes_url(&meeting.id))
        .hidden("_secret", ask.secret)
        .hidden("_revision", meeting.revision.to_string())
        .errors(errors)
        .body(html! {
            @for topic in topics { (topic) }
            @if held { (Field::new("remarks", "その他", TextArea::new().rows(3).value(remarks)).optional()) }
        })
        .button(Button::primary(if held { "議事を保存する" } else { "議題を保存する" }));
    form.render()
}

fn reading(agenda: &[Map<String, Value>], remarks: &str) -> Markup {
    let said = |row: &Map<String, Value>, column: &str| {
        row.get(column).and_then(Value::as_str).unwrap_or_default().to_string()
    };
    html! {
        @for (at, row) in agenda.iter().enumerate() {
            @let (speaker, decided) = (said(row, "speaker"), said(row, "decided"));
            div class="stack" {
                h3 { (at + 1) "　" (said(row, "topic")) @if !speaker.is_empty() { span class="small quiet" { "　説明 " (speaker) } } }
                @for line in said(row, "said").lines() { p { (line) } }
                @if !decided.is_empty() { p { span class="bold" { "決定　" } (decided) } }
            }
        }
        @if !remarks.is_empty() { h3 { "その他" } @for line in remarks.lines() { p { (line) } } }
    }
}

fn attendance_table(ask: &Ask<'_>, meeting: &Record, attendances: &[Record]) -> Markup {
    let Some(ledger) = ask.kernel.catalogue.ledger(ATTENDANCE) else { return Markup::default() };
    let access = Access::new(ledger, ask.who);
    let columns = vec![
        Column::text("氏名").names_row(),
        Column::text("所属・役職"),
        Column::text("議事録の確認"),
        Column::text("直してほしい所"),
        Column::text("すること"),
    ];
    let line = |attendance: &Record| {
        let text = |field: &str| attendance.text(field).unwrap_or_default();
        let mine = ask.who.person().is_some() && attendance.text("person") == ask.who.person();
        let step = |name: &str| {
            ledger
                .workflow
                .transition(name)
                .filter(|step| step.from.contains(&attendance.state) && access.may_take(attendance, name))
        };
        let elsewhere = |name: &str| record_url(ATTENDANCE, &attendance.id).join("transitions").join(name);
        let acts = html! {
            @if mine {
                @if step("confirm").is_some() {
                    (PostButton::new(minutes_confirm(&meeting.id), Button::primary("内容を確かめた").small())
                        .hidden("_secret", ask.secret)
                        .hidden("attendance", &attendance.id)
                        .hidden("_revision", attendance.revision.to_string()))
                }
                @if step("object").is_some() { " " a href=(elsewhere("object")) { "直しを求める" } }
            } @else if attendance.text("person").is_none() && step("in_writing").is_some() {
                a href=(elsewhere("in_writing")) { "書面での確認を書く" span class="visually-hidden" { "（" (text("name")) "）" } }
            }
        };
        let day = find::date(attendance, "confirmed_on");
        Row::new(vec![
            Cell::link(text("name"), &record_url(ATTENDANCE, &attendance.id)),
            Cell::text(text("duty")),
            Cell::of_markup(
                html! { (state_badge(ledger, &attendance.state)) @if let Some(day) = day { " " (Day::new(day)) } @if !text("means").is_empty() { " " (text("means")) } },
            ),
            Cell::text(text("objection")),
            Cell::of_markup(acts),
        ])
    };
    let empty =
        Empty::new("出席者がまだ書かれていません", "出席者を加えると、議事録が出たときに一人ずつ確認を求めます。");
    Table::new("出席者", columns).hide_caption().rows(attendances.iter().map(line)).empty(empty).render()
}

fn minutes_confirm(meeting: &str) -> ui::Url {
    ui::Url::path(["meetings", meeting, "confirm"])
}

fn action_table(ask: &Ask<'_>, meeting: &Record, actions: &[Record]) -> Markup {
    let Some(ledger) = ask.kernel.catalogue.ledger(ACTION) else { return Markup::default() };
    let access = Access::new(ledger, ask.who);
    let columns = vec![
        Column::text("行うこと").names_row(),
        Column::text("担当"),
        Column::date("期限"),
        Column::text("状態"),
        Column::text("課題にする"),
    ];
    let line = |action: &Record| {
        let text = |field: &str| action.text(field).unwrap_or_default();
        let late = action.state == "open" && find::date(action, "due_on").is_some_and(|day| day < ask.kernel.today());
        let raise = html! {
            @if let Some(issue) = action.text("issue") {
                a href=(record_url(ISSUE, issue)) { "課題を見る" span class="visually-hidden" { "（" (text("content")) "）" } }
            } @else if action.state == "open" && access.may_take(action, "raise") {
                details { summary { "課題にする" span class="visually-hidden" { "（" (text("content")) "）" } } (raise_form(ask, meeting, action)) }
            }
        };
        Row::new(vec![
            Cell::link(text("content"), &record_url(ACTION, &action.id)),
            Cell::text(text("owner")),
            find::date(action, "due_on").map_or_else(Cell::empty, Cell::day),
            Cell::of_markup(
                html! { (state_badge(ledger, &action.state)) @if late { " " (Badge::new("期限切れ", Tone::Bad)) } },
            ),
            Cell::of_markup(raise),
        ])
    };
    let empty = Empty::new("宿題事項はありません", "会議で決まった、だれかがいつまでに行うことを加えます。");
    Table::new("宿題事項", columns).hide_caption().rows(actions.iter().map(line)).empty(empty).render()
}

fn raise_form(ask: &Ask<'_>, meeting: &Record, action: &Record) -> Markup {
    let priorities = vec![Choice::new("high", "高"), Choice::new("middle", "中"), Choice::new("low", "低")];
    let id = |name: &str| format!("{name}.{}", action.id);
    Form::new(ui::Url::path(["meetings", meeting.id.as_str(), "raise"]))
        .hidden("_secret", ask.secret)
        .hidden("action", &action.id)
        .hidden("_revision", action.revision.to_string())
        .body(html! {
            (Field::new(id("impact"), "影響", Text::new()).required())
            (Field::new(id("priority"), "優先度", Select::new(priorities)).required())
            (Field::new(id("due_on"), "対応期限", find::date(action, "due_on").map_or_else(Date::new, |day| Date::new().value(day))).required())
        })
        .button(Button::secondary("課題を起票する"))
        .render()
}

/// Keep what was written into the minutes.
pub fn save(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let detail = ask.kernel.detail(tx, ask.who, MEETING, ask.param("id"), None)?;
    let meeting = &detail.record;
    let before = rows(meeting);
    let mut agenda: Vec<Map<String, Value>> = Vec::new();
    for at in 0..=before.len() {
        // Columns that this form does not show keep their values.
        let mut row = before.get(at).cloned().unwrap_or_default();
        for (column, _) in COLUMNS {
            match ask.form(&format!("agenda.{at}.{column}")).map(str::trim) {
                Some("") => {
                    row.remove(column);
                }
                Some(text) => {
                    row.insert(column.into(), text.into());
                }
                None => {}
            }
        }
        if !row.is_empty() {
            agenda.push(row);
        }
    }
    let mut values = Body::new();
    values.insert("agenda".into(), agenda.iter().cloned().map(Value::Object).collect::<Vec<_>>().into());
    if let Some(remarks) = ask.form("remarks") {
        values.insert("remarks".into(), remarks.trim().into());
    }
    let seen = ask.form("_revision").and_then(|text| text.parse().ok()).unwrap_or_default();
    match ask.kernel.commit(tx, ask.who, Change::amend(MEETING, &meeting.id, seen, values)) {
        Ok(_) => Ok(Reply::to_with(minutes_url(&meeting.id), Notice::success("保存しました"))),
        Err(Refusal::Invalid(problems)) => {
            let remarks = ask.form("remarks").unwrap_or_default().to_string();
            Err(Stop::Answer(Reply::page(draw(tx, ask, &detail, &agenda, &remarks, &problems)?)))
        }
        Err(Refusal::Conflict(now)) => {
            // Nothing that was typed is lost: the page comes back with it, over the record as it is now.
            let remarks = ask.form("remarks").unwrap_or_default().to_string();
            let detail = ask.kernel.detail(tx, ask.who, MEETING, &now.id, None)?;
            let notice = Notice::warning("ほかの人が先に保存しました")
                .text("下にあるのは、あなたが書いた内容です。相手の内容は「会議の記録」で確かめてから、もう一度保存してください。");
            Err(Stop::status(409, Reply::page(draw(tx, ask, &detail, &agenda, &remarks, &[])?.notice(notice))))
        }
        Err(other) => Err(other.into()),
    }
}

/// Confirm the minutes as somebody who attended.
pub fn confirm(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let id = ask.form("attendance").unwrap_or_default();
    let seen = ask.form("_revision").and_then(|text| text.parse().ok()).unwrap_or_default();
    let detail = ask.kernel.detail(tx, ask.who, ATTENDANCE, id, None)?;
    if detail.record.text("meeting") != Some(ask.param("id")) {
        return Err(Refusal::NotFound.into());
    }
    ask.kernel.commit(tx, ask.who, Change::transition(ATTENDANCE, id, seen, "confirm"))?;
    Ok(Reply::to_with(minutes_url(ask.param("id")), Notice::success("議事録を確かめました")))
}

/// Make an issue of something that was promised.
pub fn raise(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let id = ask.form("action").unwrap_or_default();
    let action = ask.kernel.detail(tx, ask.who, ACTION, id, None)?.record;
    if action.text("meeting") != Some(ask.param("id")) {
        return Err(Refusal::NotFound.into());
    }
    let typed = |name: &str| Value::from(ask.form(&format!("{name}.{id}")).unwrap_or_default().trim());
    let mut values = Body::new();
    for field in ["engagement", "content", "owner", "meeting"] {
        values.insert(field.into(), action.value(field).clone());
    }
    for field in ["impact", "priority", "due_on"] {
        values.insert(field.into(), typed(field));
    }
    let issue = match ask.kernel.commit(tx, ask.who, Change::create(ISSUE, values)) {
        Ok(issue) => issue,
        Err(Refusal::Invalid(problems)) => {
            let detail = ask.kernel.detail(tx, ask.who, MEETING, ask.param("id"), None)?;
            let words = problems.iter().fold(Notice::error("課題を起票できません"), |notice, problem| {
                notice.text(problem.message.as_str())
            });
            let page =
                draw(tx, ask, &detail, &rows(&detail.record), detail.record.text("remarks").unwrap_or_default(), &[])?;
            return Err(Stop::Answer(Reply::page(page.notice(words))));
        }
        Err(other) => return Err(other.into()),
    };
    let seen = ask.form("_revision").and_then(|text| text.parse().ok()).unwrap_or_default();
    let change = Change::transition(ACTION, id, seen, "raise")
        .with([("issue".to_string(), issue.id.as_str().into())].into_iter().collect());
    ask.kernel.commit(tx, ask.who, change)?;
    let words = format!("課題 {} を起票しました", issue.text("number").unwrap_or_default());
    Ok(Reply::to_with(minutes_url(ask.param("id")).fragment("actions"), Notice::success(words)))
}
