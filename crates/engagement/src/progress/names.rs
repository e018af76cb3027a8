//! Names of ledgers, states and transitions of plan and progress that code relies on; the packs declare them.

/// Ledgers.
pub mod ledger_name {
    /// 契約案件
    pub const ENGAGEMENT: &str = "engagement";
    /// 契約上の期限
    pub const OBLIGATION: &str = "obligation";
    /// 実施計画書
    pub const PLAN: &str = "plan";
    /// 作業項目
    pub const WORK_ITEM: &str = "work_item";
    /// 計画の基準線
    pub const BASELINE: &str = "baseline";
    /// 稼働実績
    pub const WORK_RECORD: &str = "work_record";
    /// 課題
    pub const ISSUE: &str = "issue_item";
    /// リスク
    pub const RISK: &str = "risk";
    /// 会議
    pub const MEETING: &str = "meeting";
    /// 会議の出席
    pub const ATTENDANCE: &str = "attendance";
    /// 月次進捗報告
    pub const REPORT: &str = "progress_report";
    /// 宿題事項
    pub const ACTION: &str = "action_item";
}

/// Most records of one kind that a contract is looked at with.
pub const MOST: usize = 5_000;
