//! Names of ledgers of delivery and inspection that code relies on; the packs declare them.

/// 契約案件
pub const ENGAGEMENT: &str = "engagement";
/// 成果物
pub const DELIVERABLE: &str = "deliverable";
/// 納入
pub const HAND_IN: &str = "hand_in";
