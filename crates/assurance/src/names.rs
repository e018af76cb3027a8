//! Names that the packs `core` and `assurance` declare and this crate works with.

/// Ledgers.
pub mod ledger_name {
    /// 兆候の規則.
    pub const RULE: &str = "anomaly_rule";
    /// 警告.
    pub const ALERT: &str = "alert";
    /// 証跡の検索条件.
    pub const SEARCH: &str = "journal_search";
    /// 保存期間の規則.
    pub const RETENTION: &str = "retention_rule";
    /// 保全.
    pub const HOLD: &str = "legal_hold";
    /// 証跡の廃棄.
    pub const DISPOSAL: &str = "disposal";
    /// 情報保護の月次報告.
    pub const REPORT: &str = "security_report";
    /// 利用者.
    pub const ACCOUNT: &str = "account";
    /// 役割の付与.
    pub const ROLE_GRANT: &str = "role_grant";
    /// 職員.
    pub const PERSON: &str = "person";
}

/// The role that answers for security (情報保護責任者).
pub const OFFICER: &str = "security_officer";

/// The role that looks into everything and changes nothing (監査担当).
pub const AUDITOR: &str = "auditor";

/// States of an alert.
pub mod alert_state {
    /// 未判定.
    pub const OPEN: &str = "open";
    /// 調査中.
    pub const EXAMINING: &str = "examining";
    /// 誤検知.
    pub const FALSE_ALARM: &str = "false_alarm";
    /// 事案.
    pub const INCIDENT: &str = "incident";
}
