//! Words for the acts that the journal tells of beside the transitions of a ledger.

/// Acts and their words. Names are those of `journal::act` and of the areas that write entries of their own.
const ACTS: [(&str, &str); 54] = [
    ("create", "作成"),
    ("amend", "修正"),
    ("import", "取込み"),
    ("export", "出力"),
    ("print", "印刷"),
    ("open", "閲覧"),
    ("read_list", "一覧での閲覧"),
    ("read_more", "一覧での閲覧"),
    ("download", "添付ファイルの取出し"),
    ("journal_read", "証跡の検索"),
    ("denied", "権限がなく断られた操作"),
    ("remind", "催促"),
    ("identify", "仮の番号からの本人の特定"),
    ("erase", "消去"),
    ("dispose", "廃棄"),
    ("removed", "廃棄した記録"),
    ("install_pack", "業務パックの組込み"),
    ("key_rotated", "証跡の鍵の交換"),
    ("archived", "証跡の書庫への写し"),
    ("history_accepted", "立会いの別の歴史の承認"),
    ("verify_failed", "検証の不一致"),
    ("verify_passed", "検証の一致"),
    ("start", "プログラムの開始"),
    ("stop", "プログラムの停止"),
    ("clock_jump", "時計の飛び"),
    ("journal_failed", "証跡の書込み失敗"),
    ("seal_late", "封印の遅れ"),
    ("sign_in", "サインイン"),
    ("sign_in_failed", "サインインの失敗"),
    ("sign_out", "サインアウト"),
    ("sign_out_everywhere", "すべての端末からのサインアウト"),
    ("password_set", "パスワードの設定"),
    ("password_accepted", "パスワードの確認"),
    ("unknown_device", "許可されていない端末からの接続"),
    ("new_device", "初めての端末からのサインイン"),
    ("second_factor_failed", "二要素認証の失敗"),
    ("locked_out", "ロック"),
    ("lock_released", "ロックの解除"),
    ("session_locked", "画面のロック"),
    ("session_resumed", "画面のロックの解除"),
    ("resume_failed", "画面ロック解除の失敗"),
    ("proven_afresh", "再認証"),
    ("proof_failed", "再認証の失敗"),
    ("factor_added", "二要素認証の登録"),
    ("factor_named", "二要素認証の名前の変更"),
    ("factor_removed", "二要素認証の取消し"),
    ("factors_reset", "二要素認証の解除"),
    ("recovery_codes_made", "回復用の番号の発行"),
    ("token_created", "トークンの発行"),
    ("token_revoked", "トークンの失効"),
    ("hold", "廃棄の停止"),
    ("release", "廃棄の停止の解除"),
    ("reindex", "探すための表の作り直し"),
    ("transition", "状態の操作"),
];

/// Words of an act that is no transition of a ledger; `None` for one that is not known here.
pub fn known(act: &str) -> Option<&'static str> {
    ACTS.iter().find(|(name, _)| *name == act).map(|(_, words)| *words)
}

/// Words where nothing better is known: a page never shows the name of an act.
pub const OTHER: &str = "そのほかの操作";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_of_the_journal_has_words() {
        use journal::act::*;
        let all = [
            OPEN,
            READ_LIST,
            EXPORT,
            PRINT,
            DOWNLOAD,
            JOURNAL_READ,
            READ_MORE,
            DENIED,
            START,
            STOP,
            CLOCK_JUMP,
            JOURNAL_FAILED,
            SEAL_LATE,
            VERIFY_FAILED,
            VERIFY_PASSED,
            KEY_ROTATED,
            ARCHIVED,
            HISTORY_ACCEPTED,
            DISPOSE,
            REMOVED,
        ];
        for act in all {
            assert!(known(act).is_some(), "{act}");
        }
        for (at, (act, words)) in ACTS.iter().enumerate() {
            assert!(!words.is_ascii() && ACTS.iter().skip(at + 1).all(|(other, _)| other != act), "{act}");
        }
    }
}
