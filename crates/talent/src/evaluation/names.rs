//! Names of ledgers, fields, states and transitions that the engine relies on. The packs `core` and `talent` declare
//! them; a test loads both and checks that every name here exists.

/// Ledgers.
pub mod ledger_name {
    /// 組織
    pub const ORGANISATION: &str = "organisation";
    /// 官職
    pub const POST: &str = "post";
    /// 職員
    pub const PERSON: &str = "person";
    /// 発令
    pub const ASSIGNMENT: &str = "assignment";
    /// 評語の段階
    pub const SCALE: &str = "rating_scale";
    /// 標準職務遂行能力
    pub const ITEM: &str = "capability_item";
    /// 評価期
    pub const ROUND: &str = "evaluation_round";
    /// 評価の系列
    pub const LINE: &str = "evaluation_line";
    /// 目標のひな型
    pub const TEMPLATE: &str = "goal_template";
    /// 評価記録書
    pub const SHEET: &str = "evaluation_sheet";
    /// 評価の引継ぎ
    pub const HANDOVER: &str = "evaluation_handover";
    /// 評価の苦情
    pub const COMPLAINT: &str = "evaluation_complaint";
    /// 評価者の手控え
    pub const MEMO: &str = "evaluation_memo";
}

/// Choice set of ranks (職制段階), lowest first.
pub const RANKS: &str = "rank";
/// Kind of an assignment beside the principal one.
pub const CONCURRENT: &str = "concurrent";
/// Kind of the principal assignment.
pub const MAIN: &str = "main";

/// Kinds of round.
pub mod kind {
    /// 能力評価
    pub const ABILITY: &str = "ability";
    /// 業績評価
    pub const PERFORMANCE: &str = "performance";
    /// 特別評価
    pub const SPECIAL: &str = "special";
}

/// States of a sheet, in the order of the scheme.
pub mod state {
    /// 目標設定
    pub const GOAL_SETTING: &str = "goal_setting";
    /// 期首面談
    pub const GOAL_CHECK: &str = "goal_check";
    /// 期中
    pub const IN_TERM: &str = "in_term";
    /// 自己申告
    pub const SELF_REPORT: &str = "self_report";
    /// 評価
    pub const EVALUATING: &str = "evaluating";
    /// 調整
    pub const ADJUSTING: &str = "adjusting";
    /// 確認
    pub const CONFIRMING: &str = "confirming";
    /// 開示待ち
    pub const CONFIRMED: &str = "confirmed";
    /// 期末面談
    pub const DISCLOSED: &str = "disclosed";
    /// 終了
    pub const CLOSED: &str = "closed";
    /// 訂正の確認待ち
    pub const CORRECTING: &str = "correcting";
    /// 実施しない
    pub const CANCELLED: &str = "cancelled";

    /// States from the first step to the last, without correction and cancellation.
    pub const COURSE: [&str; 10] = [
        GOAL_SETTING,
        GOAL_CHECK,
        IN_TERM,
        SELF_REPORT,
        EVALUATING,
        ADJUSTING,
        CONFIRMING,
        CONFIRMED,
        DISCLOSED,
        CLOSED,
    ];
    /// States in which somebody still has to act before the result is final.
    pub const RUNNING: [&str; 7] = [GOAL_SETTING, GOAL_CHECK, IN_TERM, SELF_REPORT, EVALUATING, ADJUSTING, CONFIRMING];
    /// States in which a sheet is not done.
    pub const OPEN: [&str; 9] =
        [GOAL_SETTING, GOAL_CHECK, IN_TERM, SELF_REPORT, EVALUATING, ADJUSTING, CONFIRMING, CONFIRMED, DISCLOSED];
    /// States in which the result stands.
    pub const FINAL: [&str; 4] = [CONFIRMED, DISCLOSED, CLOSED, CORRECTING];
}

/// The three who evaluate: field of the person and field of the post.
pub const SEATS: [(&str, &str); 3] =
    [("evaluator", "evaluator_post"), ("adjuster", "adjuster_post"), ("confirmer", "confirmer_post")];
