//! Background work as its owner sees it: progress, stop, the file it made.

use ledger::Refusal;
use ledger::port::{Job, JobState, Reader, Writer};
use maud::html;
use serde_json::json;
use ui::Url;
use ui::components::{LinkButton, Notice, Page, Progress};
use ui::web::{Ask, Reply, Route, Stop};

use super::dispatch::SECRET_INPUT;

/// Routes of background work.
pub fn routes() -> Vec<Route> {
    vec![
        Route::read("/jobs/{id}", show),
        Route::read("/jobs/{id}/progress", progress),
        Route::write("/jobs/{id}/cancel", cancel),
        Route::read("/jobs/{id}/file", file),
    ]
}

/// The job, when it is the reader's own.
fn own(job: Option<Job>, ask: &Ask<'_>) -> Result<Job, Stop> {
    let job = job.filter(|job| job.new.account == ask.who.actor.account);
    job.ok_or(Stop::Refusal(Refusal::NotFound))
}

fn finished(job: &Job) -> bool {
    !matches!(job.state, JobState::Waiting | JobState::Running)
}

fn show(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let job = own(tx.job(ask.param("id"))?, ask)?;
    let title = crate::work::label(&job.new.kind);
    let here = Url::path(["jobs", &job.new.id]);
    let page = Page::new(title);
    let page = match job.state {
        JobState::Waiting | JobState::Running => {
            let words =
                if job.message.is_empty() { "順番を待っています".to_string() } else { job.message.clone() };
            let bar = Progress::new(title, job.done, job.total, words)
                .poll(here.clone().join("progress"), here.clone())
                .cancel(here.join("cancel"), Some((SECRET_INPUT.into(), ask.secret.into())));
            page.lead("この画面を閉じても作業は続きます。").body(bar)
        }
        JobState::Done => {
            let page = page.notice(Notice::success("作業が終わりました").text(job.message.clone()));
            match (job.output.get("attachment").is_some(), job.output.get("to").and_then(|to| to.as_str())) {
                (true, _) => page.body(html! { p { (LinkButton::download("ファイルを保存する", here.join("file"))) } }),
                (false, Some(to)) => page.body(html! { p { a href=(Url::path(to.split('/'))) { "結果を見る" } } }),
                _ => page,
            }
        }
        JobState::Failed => page.notice(Notice::error("作業を終えられませんでした").text(job.message.clone())),
        JobState::Cancelled => page.notice(Notice::info("作業を中止しました").text(job.message.clone())),
    };
    Ok(Reply::page(page))
}

fn progress(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let job = own(tx.job(ask.param("id"))?, ask)?;
    Ok(Reply::Json(json!({
        "done": job.done,
        "total": job.total,
        "words": job.message,
        "finished": finished(&job),
    })))
}

fn cancel(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let job = own(tx.job(ask.param("id"))?, ask)?;
    if !finished(&job) {
        let words = "本人が中止しました。";
        tx.end_job(&job.new.id, JobState::Cancelled, words, &serde_json::Value::Null, ask.kernel.now())?;
    }
    Ok(Reply::to(Url::path(["jobs", &job.new.id])))
}

fn file(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let job = own(tx.job(ask.param("id"))?, ask)?;
    let id = job.output.get("attachment").and_then(|id| id.as_str()).ok_or(Refusal::NotFound)?;
    let attachment = tx.attachment(id)?.ok_or(Refusal::NotFound)?;
    Ok(Reply::File {
        name: attachment.name,
        media_type: attachment.media_type,
        content: attachment.content,
        inline: false,
    })
}
