//! Whether we could restore today: the newest good generation, its age against the plan, what falls due, and a button.

use chrono::TimeDelta;
use ledger::port::{NewJob, Reader, Writer};
use ledger::{Kernel, Principal, Refusal};
use maud::html;
use ui::Url;
use ui::components::{Button, LinkButton, Notice, Page, PostButton, Section};
use ui::web::{Ask, Place, Reply, Route, Stop};

use super::dispatch::SECRET_INPUT;
use crate::recovery::{self, BACKUP, Plan};

/// The role that makes backups.
const ADMINISTRATOR: &str = "administrator";
/// Roles that may see how they stand.
const READERS: [&str; 3] = [ADMINISTRATOR, "auditor", "security_officer"];

/// Its place in the navigation.
pub const PLACE: Place =
    Place { area: "administration", words: "バックアップ", path: "/backups", open: may_read };

/// Routes of the page.
pub fn routes() -> Vec<Route> {
    vec![Route::read("/backups", show), Route::write("/backups/start", start)]
}

fn may_read(_: &Kernel, who: &Principal) -> bool {
    READERS.iter().any(|role| who.holds(role))
}

fn show(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    if !may_read(ask.kernel, ask.who) {
        return Err(Stop::Refusal(Refusal::NotFound));
    }
    let plan = Plan::in_force(tx, ask.kernel)?;
    let newest = recovery::newest_good(tx)?;
    let (held, planned) = recovery::rehearsals(tx)?;
    let now = ask.kernel.now();
    let age = newest.as_ref().and_then(|newest| recovery::age(newest, now));
    let within = age.is_some_and(|age| age <= plan.rpo);
    let mut page = Page::new("バックアップ");
    page = match (&newest, within) {
        (None, _) => page.notice(
            Notice::warning("使えるバックアップがありません")
                .text("今この台帳を失うと、何も戻せません。すぐに最初のバックアップを取ってください。"),
        ),
        (Some(_), false) => page.notice(
            Notice::warning("最新の世代が、決めた時間より古くなっています")
                .text("今すぐバックアップを取り、予定どおりに取れない原因を調べてください。"),
        ),
        (Some(_), true) => page.notice(Notice::success("決めた時間のうちのバックアップがあります")),
    };
    let generation =
        |field: &str| newest.as_ref().and_then(|one| one.text(field)).unwrap_or("まだありません").to_string();
    let state = newest.as_ref().map_or("—", |one| match one.state.as_str() {
        "rehearsed" => "復元できることを確かめました",
        "checked" => "壊れていないことを確かめました",
        _ => "まだ点検していません",
    });
    let seconds = held.as_ref().and_then(|one| one.text("seconds").map(str::to_owned));
    let rehearsal = held.as_ref().map_or("まだ行っていません".to_string(), |one| {
        let day = one.text("held_on").and_then(|day| day.parse().ok()).map_or_else(String::new, calendar::format_date);
        format!("{day}　{}秒", seconds.clone().unwrap_or_default())
    });
    let section = Section::new("いま戻せるところ")
        .fact("最新の使える世代", generation("file"))
        .fact("その時点からの経過(RPO)", format!("{}　目標は{}以内", hours(age), hours(Some(plan.rpo))))
        .fact("点検", state)
        .fact("置き場所", generation("place"));
    let rehearsals = Section::new("復元の予行")
        .fact("最後の予行と復元にかかった時間(RTO)", format!("{rehearsal}　目標は{}以内", hours(Some(plan.rto))))
        .fact(
            "次の予行の期限",
            planned
                .as_ref()
                .and_then(|one| one.text("due_on")?.parse().ok())
                .map_or("まだ決まっていません".into(), calendar::format_date),
        );
    let kept = format!("日次{}、週次{}、月次{}", plan.keep.days, plan.keep.weeks, plan.keep.months);
    let planned = Section::new("計画").fact("間隔", hours(Some(plan.every))).fact("残す世代", kept);
    if ask.who.holds(ADMINISTRATOR) {
        let post = PostButton::new(Url::path(["backups", "start"]), Button::primary("今すぐバックアップを取る"));
        page = page.action(post.hidden(SECRET_INPUT, ask.secret));
    }
    let page = page.body(html! {
        (section)
        (rehearsals)
        (planned)
        div class="actions" {
            (LinkButton::secondary("世代の一覧を見る", Url::path(["ledgers", "backup_generation"])))
            (LinkButton::secondary("予行の一覧を見る", Url::path(["ledgers", "backup_rehearsal"])))
            (LinkButton::secondary("計画を見る", Url::path(["ledgers", "backup_plan"])))
        }
    });
    Ok(Reply::page(page))
}

fn hours(span: Option<TimeDelta>) -> String {
    match span {
        None => "—".into(),
        Some(span) if span < TimeDelta::hours(2) => format!("{}分", span.num_minutes()),
        Some(span) if span < TimeDelta::hours(72) => format!("{}時間", span.num_hours()),
        Some(span) => format!("{}日", span.num_days()),
    }
}

fn start(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    if !ask.who.holds(ADMINISTRATOR) {
        return Err(Stop::Refusal(Refusal::NotFound));
    }
    let now = ask.kernel.now();
    let job = NewJob {
        id: ask.kernel.new_id(),
        kind: BACKUP.into(),
        input: serde_json::Value::Null,
        account: ask.who.actor.account.clone(),
        run_at: now,
        only_one: Some(BACKUP.into()),
    };
    if !tx.add_job(&job, now)? {
        let notice = Notice::info("バックアップはすでに作成中です");
        return Ok(Reply::to_with(Url::path(["backups"]), notice));
    }
    Ok(Reply::to(Url::path(["jobs", &job.id])))
}
