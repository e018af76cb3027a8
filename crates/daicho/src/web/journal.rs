//! The sealed journal as pages: its state in plain words, and the proof of one record.

use calendar::format_instant;
use chrono::{DateTime, Utc};
use journal::VerifierKey;
use ledger::port::{Cosignature, Reader, StoredCheckpoint, Witnessed, Writer};
use ledger::read::title;
use ledger::{Kernel, Principal, Refusal};
use maud::{Markup, html};
use ui::Url;
use ui::components::{Button, Cell, Column, LinkButton, Notice, Page, PostButton, Row, Section, Table};
use ui::web::{Ask, Place, Reply, Route, Stop};

use super::dispatch::SECRET_INPUT;
use crate::api::journal::{may_read_hashes, record_proof};
use crate::seal::{archive, proof};
use crate::verification::self_check::{self, Verified};

/// Its place in the navigation.
pub const PLACE: Place = Place { area: "administration", words: "証跡の封印", path: "/journal", open: concerned };

fn concerned(_: &Kernel, who: &Principal) -> bool {
    may_read_hashes(who) || who.holds("administrator")
}

/// Routes of the sealed journal.
pub fn routes() -> Vec<Route> {
    vec![
        Route::read("/journal", state),
        Route::write("/journal/check", check),
        Route::read("/ledgers/{ledger}/{id}/proof", of_record),
        Route::read("/ledgers/{ledger}/{id}/proof/file", file),
    ]
}

/// The state of the seals: for everybody who is signed in, because it names nobody.
fn state(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let lag = tx.seal_lag()?;
    let waits = lag.oldest.map_or(0, |oldest| (ask.kernel.now() - oldest).num_seconds());
    let page = Page::new("証跡の封印")
        .lead("だれが、いつ、何をしたかの記録(証跡)は、あとから書き換えるとわかるように封印されています。");
    let (Some(head), Some(newest)) = (tx.seal_head()?, tx.newest_checkpoint()?) else {
        let page = page
            .notice(Notice::info("まだ封印がありません").text("最初の封印は、操作があってから数秒後に行われます。"));
        return Ok(Reply::page(page.body(html! { (meaning()) })));
    };
    let (checkpoints, cosignatures, witnessed) = (tx.checkpoints(20)?, tx.newest_cosignatures()?, tx.witnessed()?);
    let checked = self_check::last(tx)?;
    let mut page = page;
    for notice in troubles(checked.as_ref(), &witnessed, waits, lag.waiting) {
        page = page.notice(notice);
    }
    if concerned(ask.kernel, ask.who) {
        let post = PostButton::new(Url::path(["journal", "check"]), Button::primary("いま証跡と照合する"));
        page = page.action(post.hidden(SECRET_INPUT, ask.secret));
    }
    let root = newest.note.lines().nth(2).unwrap_or_default();
    let facts = Section::new("いまの状態")
        .fact("封印した証跡", format!("{}件", grouped(newest.size)))
        .fact("最新の封印", format_instant(newest.sealed_at))
        .fact("封印を待つ証跡", format!("{}件", grouped(lag.waiting)))
        .fact("最後の照合", result(checked.as_ref()))
        .fact(
            "立会人",
            match cosignatures.len() {
                0 => "まだいません".to_string(),
                count => format!("{count}者が連署しています"),
            },
        );
    let kept_outside = Section::new("台帳の外に控える")
        .fact("証跡の名前", name_of(&head.vkey))
        .fact("公開鍵", html! { code { (head.vkey) } })
        .fact("封印の値", html! { code { (root) } })
        .body(html! {
            div class="stack" {
                p class="quiet" {
                    "封印と公開鍵を、紙や別の機関にも控えてください。だれかが証跡を作り直しても、控えと合わないのでわかります。"
                }
                p { (LinkButton::download("封印を保存する", Url::path(["journal", "checkpoint"]))) }
            }
        });
    let body = html! {
        div class="stack" {
            (facts)
            (kept_outside)
            (witnesses(&cosignatures, newest.size))
            (others(&witnessed))
            (copies(&archive::archives(tx)?))
            (kept(&checkpoints))
            (meaning())
        }
    };
    Ok(Reply::page(page.body(body)))
}

/// What is wrong, worst first; that all is well when nothing is.
fn troubles(checked: Option<&Verified>, witnessed: &[Witnessed], waits: i64, waiting: u64) -> Vec<Notice> {
    let mut notices = Vec::new();
    if let Some(found) = checked.map(|checked| checked.found).filter(|found| *found > 0) {
        notices.push(
            Notice::error(format!("台帳を通さない変更が{}件見つかりました", grouped(found)))
                .text("データベースに手を加えないでください。システム管理者に「daicho verify」で場所を確かめてもらい、手引「検証で見つかったとき」のとおりに進めます。"),
        );
    }
    if witnessed.iter().any(|one| one.fork.is_some()) {
        notices.push(
            Notice::error("立会いをしている証跡が、二つに分かれています")
                .text("相手の機関に、証跡の書き換えか、古い状態への復元がなかったか確かめてください。"),
        );
    }
    if waits > LATE {
        notices.push(
            Notice::warning("封印が遅れています")
                .text(format!("{waiting}件の証跡が、最も長いもので{waits}秒待っています。業務は続けられます。")),
        );
    }
    if notices.is_empty() && checked.is_some() {
        notices.push(Notice::success("証跡は封印され、記録は証跡のとおりです"));
    }
    notices
}

/// The last self-check in words.
fn result(checked: Option<&Verified>) -> String {
    let Some(checked) = checked else { return "まだ行っていません(毎日自動で行います)".into() };
    let found = match checked.found {
        0 => "変更は見つかりませんでした".to_string(),
        found => format!("変更が{}件見つかりました", grouped(found)),
    };
    format!(
        "{}　{found}(証跡{}件、記録{}件、{:.0}秒)",
        format_instant(checked.at),
        grouped(checked.entries),
        grouped(checked.records),
        checked.seconds.ceil()
    )
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let (head, rest) = digits.split_at_checked(first).unwrap_or_default();
    let mut parts: Vec<&str> = (!head.is_empty()).then_some(head).into_iter().collect();
    parts.extend(rest.as_bytes().chunks(3).filter_map(|three| std::str::from_utf8(three).ok()));
    parts.join(",")
}

/// Queue a self-check now, and show how it goes.
fn check(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    if !concerned(ask.kernel, ask.who) {
        return Err(Stop::Refusal(Refusal::NotFound));
    }
    let now = ask.kernel.now();
    let job = self_check::job(ask.kernel, &ask.who.actor.account, now);
    if !tx.add_job(&job, now)? {
        return Ok(Reply::to_with(Url::path(["journal"]), Notice::info("照合はすでに始まっています")));
    }
    Ok(Reply::to(Url::path(["jobs", &job.id])))
}

/// Seconds after which the page says that sealing is late.
const LATE: i64 = 60;

fn name_of(vkey: &str) -> String {
    VerifierKey::parse(vkey).map_or_else(|_| vkey.to_string(), |key| key.name)
}

fn witnesses(cosignatures: &[Cosignature], size: u64) -> Markup {
    let rows = cosignatures.iter().map(|one| {
        let state = if one.size == size {
            "最新の封印に連署".to_string()
        } else {
            format!("{}件まで連署", one.size)
        };
        Row::new(vec![Cell::text(name_of(&one.witness)), Cell::text(state), Cell::text(format_instant(one.at))])
    });
    let columns = vec![Column::text("立会人").names_row(), Column::text("状態"), Column::text("連署した日時")];
    html! {
        @if cosignatures.is_empty() {
            (Section::new("立会人").body(html! {
                p { "立会人はまだいません。別の機関や別の場所の台帳に連署を頼むと、この台帳の管理者だけでは証跡を書き換えられなくなります。" }
            }))
        } @else {
            (Section::new("立会人").body(Table::new("連署した立会人", columns).hide_caption().rows(rows)))
        }
    }
}

fn others(witnessed: &[Witnessed]) -> Markup {
    let rows = witnessed.iter().map(|one| {
        let state = if one.fork.is_some() { "書き換えの疑い" } else { "続きであることを確認" };
        Row::new(vec![
            Cell::text(one.origin.clone()),
            Cell::number(i64::try_from(one.size).unwrap_or(i64::MAX)),
            Cell::text(state),
            Cell::text(format_instant(one.at)),
        ])
    });
    let columns = vec![
        Column::text("証跡の名前").names_row(),
        Column::number("件数"),
        Column::text("状態"),
        Column::text("連署した日時"),
    ];
    html! {
        @if !witnessed.is_empty() {
            (Section::new("この台帳が立会人をしている証跡").body(
                Table::new("立会いをしている証跡", columns).hide_caption().rows(rows)
            ))
        }
    }
}

/// Where the older part of the journal was copied to.
fn copies(archives: &[(String, u64, DateTime<Utc>)]) -> Markup {
    let rows = archives.iter().map(|(file, size, at)| {
        Row::new(vec![
            Cell::text(file.clone()),
            Cell::number(i64::try_from(*size).unwrap_or(i64::MAX)),
            Cell::text(format_instant(*at)),
        ])
    });
    let columns = vec![Column::text("ファイル").names_row(), Column::number("件数"), Column::text("書き出した日時")];
    html! {
        @if !archives.is_empty() {
            (Section::new("古い証跡の写し").body(html! {
                div class="stack" {
                    p class="quiet" { "「daicho verify --archive ファイル」で、写しが変わっていないことと、いまの証跡の始まりであることを確かめられます。" }
                    (Table::new("古い証跡の写し", columns).hide_caption().rows(rows))
                }
            }))
        }
    }
}

fn kept(checkpoints: &[StoredCheckpoint]) -> Markup {
    let rows = checkpoints.iter().map(|one| {
        Row::new(vec![
            Cell::text(format_instant(one.sealed_at)),
            Cell::number(i64::try_from(one.size).unwrap_or(i64::MAX)),
            Cell::text(one.note.lines().nth(2).unwrap_or_default()),
        ])
    });
    let columns = vec![Column::text("封印した日時").names_row(), Column::number("件数"), Column::text("封印の値")];
    html! {
        (Section::new("これまでの封印").body(html! {
            div class="stack" {
                p class="quiet" { "1時間ごとの最後の封印と、立会人が連署した封印を残しています。" }
                (Table::new("これまでの封印", columns).hide_caption().rows(rows))
            }
        }))
    }
}

/// What a seal, a proof and a check mean, for somebody who has never heard of a hash.
fn meaning() -> Section {
    Section::new("封印、証明、照合の意味")
        .fact("封印", "それまでのすべての証跡から計算した短い値に、この台帳だけが持つ鍵で署名したものです。証跡が一文字でも変わると、値が合わなくなります。")
        .fact("証明", "ある記録の証跡が、封印された全体の中に確かに含まれていることを示します。ほかの記録の内容は含みません。公開鍵さえあれば、この台帳がなくても、だれでも確かめられます。")
        .fact("照合", "証跡から記録を作り直し、いまの記録と一つずつ比べます。データベースの管理者が記録や証跡を直接書き換えても見つかり、場所と、前の値と今の値が示されます。")
}

/// The proof of a record as a page.
fn of_record(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let (ledger, id) = (ask.kernel.ledger(ask.param("ledger"))?, ask.param("id"));
    // Who may not read the record gets no other answer than for one that is not there.
    ask.kernel.detail(tx, ask.who, &ledger.name, id, None)?;
    let here = Url::path(["ledgers", &ledger.name, id]);
    let named = title::many(&ask.kernel.catalogue, tx, ask.who, [(ledger.name.as_str(), id)])?;
    let page = Page::new(format!("{} の証明", named.get(&ledger.name, id)))
        .lead("この記録に行われた操作が、封印された証跡に確かに含まれていることを示します。保存したものには操作の内容が入っています。渡してよい人にだけ渡してください。")
        .under(ledger.label.as_str(), Url::path(["ledgers", &ledger.name]))
        .under(named.get(&ledger.name, id), here.clone())
        .under("履歴", here.clone().join("history"));
    let found = match proof::of_record(tx, ask.kernel, ask.who, &ledger.name, id) {
        Err(Refusal::NotFound) => {
            let notice = Notice::info("まだ封印がありません").text("数秒後にもう一度開いてください。");
            return Ok(Reply::page(page.notice(notice).body(html! { (meaning()) })));
        }
        other => other?,
    };
    let rows = found.proofs.iter().map(|(_, proof)| {
        let entry: Option<journal::Entry> = proof.extra.as_deref().and_then(|bytes| serde_json::from_slice(bytes).ok());
        let at = entry.as_ref().map(|entry| format_instant(entry.at)).unwrap_or_default();
        let revision = entry.map_or(0, |entry| entry.revision);
        Row::new(vec![
            Cell::text(at),
            Cell::text(format!("第{revision}版")),
            Cell::text(format!("{}件目", grouped(proof.index + 1))),
        ])
    });
    let columns = vec![
        Column::text("操作の日時").names_row(),
        Column::text("できた版"),
        Column::text("封印された証跡の中の位置"),
    ];
    let whole = found.waiting == 0 && found.withheld == 0;
    let words = match whole {
        true => Notice::success("この記録の証跡は、すべて封印されています"),
        false => {
            let mut notice = Notice::info("この記録の証跡の一部は、ここでは証明できません");
            if found.waiting > 0 {
                notice =
                    notice.text(format!("{}件は封印を待っています。数秒後にもう一度開いてください。", found.waiting));
            }
            if found.withheld > 0 {
                notice = notice
                    .text(format!("{}件は、あなたが見られない項目を含むため、証明に入れていません。", found.withheld));
            }
            notice
        }
    };
    let page = page.action(LinkButton::download("証明を保存する", here.join("proof").join("file")));
    let body = html! {
        div class="stack" {
            (Table::new("証明する証跡", columns).rows(rows))
            (Section::new("この証明の封印")
                .fact("封印した証跡", format!("{}件", grouped(found.checkpoint.size)))
                .fact("封印した日時", format_instant(found.checkpoint.sealed_at))
                .fact("公開鍵", html! { code { (found.vkey) } }))
            (Section::new("受け取った人が確かめるには")
                .fact("1. 公開鍵を比べる", "証明に書かれた公開鍵が、別に控えてある公開鍵と同じであることを確かめます。")
                .fact("2. 署名を確かめる", "封印(checkpoint)の署名を、公開鍵で確かめます。形式は C2SP の signed-note です。")
                .fact("3. 含まれることを確かめる", "証跡(entry)の本文と証明(proof)の値から計算した値が、封印の値と同じになることを確かめます。計算は RFC 6962 によります。どの手順も、台帳とは別に作られた道具で行えます。"))
            (meaning())
        }
    };
    Ok(Reply::page(page.notice(words).body(body)))
}

/// The proof of a record as a file.
fn file(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let (ledger, id) = (ask.param("ledger"), ask.param("id"));
    let proof = record_proof(tx, ask.kernel, ask.who, ledger, id)?;
    Ok(Reply::File {
        name: format!("{ledger}-{id}-proof.json"),
        media_type: "application/json".into(),
        content: serde_json::to_vec_pretty(&proof).unwrap_or_default(),
        inline: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        for (number, words) in [(0, "0"), (7, "7"), (999, "999"), (1_000, "1,000"), (123_456_789, "123,456,789")] {
            assert_eq!(grouped(number), words);
        }
    }
}
