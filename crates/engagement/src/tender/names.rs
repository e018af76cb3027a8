//! Names of ledgers, states and transitions that the engine relies on; the pack `packs/engagement` declares them.

/// 契約案件
pub const ENGAGEMENT: &str = "engagement";
/// 組織
pub const ORGANISATION: &str = "organisation";
/// 調達
pub const TENDER: &str = "tender";
/// 入札書
pub const BID: &str = "bid";
/// 仕様書などへの質問
pub const QUESTION: &str = "tender_question";
/// 質問回答
pub const ANSWER: &str = "tender_answer";
/// 競争参加資格の確認
pub const QUALIFICATION: &str = "bid_qualification";
/// 指名停止・排除の要請
pub const SUSPENSION: &str = "suspension";
/// 再委託
pub const SUBCONTRACT: &str = "subcontract";
/// くじ
pub const LOTTERY: &str = "lottery";
/// 低入札価格調査など
pub const INVESTIGATION: &str = "low_price_investigation";
/// 入札説明書の交付
pub const HANDOUT: &str = "document_handout";
/// 紙入札方式参加承諾願
pub const APPLICATION: &str = "paper_application";
/// 同等品の申請
pub const EQUAL_GOODS: &str = "equal_goods";
/// 入札の公正を保つ措置
pub const MEASURE: &str = "bid_measure";
/// 落札の通知
pub const AWARD_NOTICE: &str = "award_notice";

/// States of a bid that took part in its round.
pub const FILED: [&str; 4] = ["filed", "opened", "valid", "void"];
/// More bids, firms or questions than one procurement has.
pub const MANY: usize = 5_000;
