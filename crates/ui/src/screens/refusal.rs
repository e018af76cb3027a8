//! The page of an act that was not done: what happened, and what to do.

use ledger::Refusal;
use ledger::port::StoreError;
use maud::html;

use crate::Url;
use crate::components::{LinkButton, Notice, Page};

/// The page for a refusal. It never says whether a record exists that the reader may not know of.
pub fn refusal_page(refusal: &Refusal) -> Page {
    let (title, notice) = match refusal {
        Refusal::NotFound => (
            "ページが見つかりません",
            Notice::warning("このページはないか、あなたは見ることができません")
                .text("アドレスを確かめるか、検索や左のメニューから探してください。")
                .text("見られるはずの記録であれば、その台帳の担当者に知らせてください。"),
        ),
        Refusal::Disposed(by) => (
            "廃棄済みです",
            Notice::warning("この記録は、保存期間が過ぎたため廃棄しました").text(format!(
                "{}に、二人の決定で廃棄しました。内容は残っていません。決定は「証跡と記録の廃棄」の台帳にあります。",
                calendar::format_instant(by.at)
            )),
        ),
        Refusal::Denied(reason) => (
            "この操作はできません",
            Notice::warning(reason.as_str())
                .text("何も変更していません。必要な操作であれば、担当者に相談してください。"),
        ),
        Refusal::Conflict(_) => (
            "ほかの人が先に更新しました",
            Notice::warning("あなたが画面を開いた後に、ほかの人がこの記録を更新しました")
                .text("何も変更していません。記録を開き直し、今の内容を確かめてから、もう一度操作してください。"),
        ),
        Refusal::Invalid(problems) => {
            let notice = problems.iter().fold(Notice::error("入力を直してください"), |notice, problem| {
                notice.text(problem.message.as_str())
            });
            ("入力に誤りがあります", notice.text("何も変更していません。前の画面に戻って直してください。"))
        }
        Refusal::Store(StoreError::Unavailable(_)) => (
            "今は利用できません",
            Notice::error("データベースを利用できません").text(
                "何も変更していません。少し待ってから、もう一度操作してください。続くときは管理者に知らせてください。",
            ),
        ),
        Refusal::Store(StoreError::Erased) => (
            "消去済みです",
            Notice::warning("この人の保護項目は消去済みです").text("消去した内容は、表示も記録もできません。"),
        ),
        Refusal::Store(StoreError::Stale) => (
            "ほかの処理が先に更新しました",
            Notice::warning("同じ記録を、ほかの処理が先に更新しました")
                .text("何も変更していません。記録を開き直し、もう一度操作してください。"),
        ),
        Refusal::Store(StoreError::Failed(detail)) => (
            "処理できませんでした",
            Notice::error("データベースの処理に失敗しました")
                .text("何も変更していません。もう一度操作しても続くときは、管理者に知らせてください。")
                .details(detail.as_str()),
        ),
        Refusal::Store(StoreError::Corrupt { table, row, reason }) => (
            "保存された内容を読み取れません",
            Notice::error("保存された内容が壊れています")
                .text("管理者に知らせてください。下の詳細を伝えると、早く調べられます。")
                .details(format!("{table} {row}: {reason}")),
        ),
        Refusal::Definition(detail) => (
            "処理できませんでした",
            Notice::error("業務パックの設定に誤りがあるため、処理できませんでした")
                .text("何も変更していません。管理者に知らせてください。")
                .details(detail.as_str()),
        ),
    };
    Page::new(title).notice(notice).body(html! { p { (LinkButton::secondary("今日の仕事に戻る", Url::root())) } })
}
