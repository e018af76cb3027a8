//! Why a bid is void: the eleven reasons of the bidding rules (入札心得書 art. 7).

/// One of the eleven reasons, in the order of the article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VoidReason {
    /// 1: the bidder was not found qualified.
    NoQualification,
    /// 2: false statement in the documents on qualification.
    FalseDocuments,
    /// 3: an agent without a power of attorney.
    NoProxy,
    /// 4: no name; in electronic bidding, no certificate.
    NoName,
    /// 5: the amount was corrected.
    CorrectedAmount,
    /// 6: what is meant is not clear.
    Unclear,
    /// 7: manifestly agreed with others.
    Collusion,
    /// 8: the agent acts for another bidder too, or there is more than one agent.
    AgentForTwo,
    /// 9: two or more bids of one bidder.
    TwoBids,
    /// 10: another breach of the conditions.
    OtherBreach,
    /// 11: sent by mail or parcel and not arrived in time.
    NotArrived,
}

impl VoidReason {
    /// All of them, in the order of the article.
    pub const ALL: [Self; 11] = [
        Self::NoQualification,
        Self::FalseDocuments,
        Self::NoProxy,
        Self::NoName,
        Self::CorrectedAmount,
        Self::Unclear,
        Self::Collusion,
        Self::AgentForTwo,
        Self::TwoBids,
        Self::OtherBreach,
        Self::NotArrived,
    ];

    /// The code in the choice set `void_reason`.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoQualification => "no_qualification",
            Self::FalseDocuments => "false_documents",
            Self::NoProxy => "no_proxy",
            Self::NoName => "no_name",
            Self::CorrectedAmount => "corrected_amount",
            Self::Unclear => "unclear",
            Self::Collusion => "collusion",
            Self::AgentForTwo => "agent_for_two",
            Self::TwoBids => "two_bids",
            Self::OtherBreach => "other_breach",
            Self::NotArrived => "not_arrived",
        }
    }
}

/// What is known of one bid when it is judged. Everything a machine can know is worked out by the engine; what only people
/// can see (corrections, unclear words, collusion, false documents) was written down by them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Who bids.
    pub bidder: String,
    /// The bidder was found qualified before the deadline of bids.
    pub qualified: bool,
    /// The documents on qualification were found false.
    pub false_documents: bool,
    /// Name of the agent, when one bids.
    pub agent: Option<String>,
    /// The agent's power of attorney is there and not later than the bid.
    pub proxy: bool,
    /// The bid bears a name, or an electronic certificate.
    pub named: bool,
    /// The amount was corrected.
    pub corrected: bool,
    /// What is meant is not clear.
    pub unclear: bool,
    /// Manifestly agreed with others.
    pub collusion: bool,
    /// It came after the deadline.
    pub late: bool,
    /// Price breakdown, pledge, approval of paper bidding, the right to take part in this round: something is missing.
    pub breach: bool,
}

/// The reasons for which the bid at this place is void among all bids of the round, in the order of the article. None means
/// valid. A withdrawn bid is not among the bids.
pub fn reasons(bids: &[Facts], at: usize) -> Vec<VoidReason> {
    let Some(bid) = bids.get(at) else { return Vec::new() };
    let others = || bids.iter().enumerate().filter(move |(place, _)| *place != at).map(|(_, other)| other);
    let same_name = |one: &str, other: &str| plain(one) == plain(other);
    let agent = bid.agent.as_deref().filter(|name| !plain(name).is_empty());
    let for_two = agent.is_some_and(|name| {
        others().any(|other| {
            other.bidder != bid.bidder && other.agent.as_deref().is_some_and(|theirs| same_name(name, theirs))
        })
    });
    let two_agents = agent.is_some_and(|name| name.contains(['、', ',', '，', '・']));
    VoidReason::ALL
        .into_iter()
        .filter(|reason| match reason {
            VoidReason::NoQualification => !bid.qualified,
            VoidReason::FalseDocuments => bid.false_documents,
            VoidReason::NoProxy => agent.is_some() && !bid.proxy,
            VoidReason::NoName => !bid.named,
            VoidReason::CorrectedAmount => bid.corrected,
            VoidReason::Unclear => bid.unclear,
            VoidReason::Collusion => bid.collusion,
            VoidReason::AgentForTwo => for_two || two_agents,
            VoidReason::TwoBids => others().any(|other| other.bidder == bid.bidder),
            VoidReason::OtherBreach => bid.breach,
            VoidReason::NotArrived => bid.late,
        })
        .collect()
}

/// A name without the spaces that people write differently.
fn plain(name: &str) -> String {
    name.chars().filter(|letter| !letter.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good(bidder: &str) -> Facts {
        Facts { bidder: bidder.into(), qualified: true, named: true, ..Facts::default() }
    }

    #[test]
    fn each_of_the_eleven_reasons_stands_alone() {
        use VoidReason::*;
        let other = || Facts { agent: Some("見本 太郎".into()), proxy: true, ..good("b") };
        let cases: [(VoidReason, Facts); 11] = [
            (NoQualification, Facts { qualified: false, ..good("a") }),
            (FalseDocuments, Facts { false_documents: true, ..good("a") }),
            (NoProxy, Facts { agent: Some("見本 花子".into()), ..good("a") }),
            (NoName, Facts { named: false, ..good("a") }),
            (CorrectedAmount, Facts { corrected: true, ..good("a") }),
            (Unclear, Facts { unclear: true, ..good("a") }),
            (Collusion, Facts { collusion: true, ..good("a") }),
            (AgentForTwo, Facts { agent: Some("見本太郎".into()), proxy: true, ..good("a") }),
            (TwoBids, good("b")),
            (OtherBreach, Facts { breach: true, ..good("a") }),
            (NotArrived, Facts { late: true, ..good("a") }),
        ];
        for (number, (reason, bid)) in cases.into_iter().enumerate() {
            assert_eq!(VoidReason::ALL[number], reason, "the order of the article");
            let bids = [other(), bid];
            assert_eq!(reasons(&bids, 1), [reason], "{reason:?}");
        }
    }

    #[test]
    fn a_good_bid_is_valid_and_several_reasons_are_all_named() {
        let bids = [good("a"), Facts { agent: Some("見本 太郎".into()), proxy: true, ..good("b") }];
        assert_eq!((reasons(&bids, 0), reasons(&bids, 1)), (vec![], vec![]));
        let bad = Facts { qualified: false, late: true, corrected: true, ..good("a") };
        let all = [VoidReason::NoQualification, VoidReason::CorrectedAmount, VoidReason::NotArrived];
        assert_eq!(reasons(&[bad], 0), all);
        assert_eq!(reasons(&[], 0), []);
    }

    #[test]
    fn who_acts_for_two_voids_both_and_who_bids_twice_voids_both() {
        let agent = |bidder: &str, name: &str| Facts { agent: Some(name.into()), proxy: true, ..good(bidder) };
        let bids = [agent("a", "見本 太郎"), agent("b", "見本　太郎"), agent("c", "見本 次郎"), good("d"), good("d")];
        let found: Vec<_> = (0..bids.len()).map(|at| reasons(&bids, at)).collect();
        let two = vec![VoidReason::AgentForTwo];
        let twice = vec![VoidReason::TwoBids];
        assert_eq!(found, [two.clone(), two, vec![], twice.clone(), twice]);
        let both = [agent("a", "見本 太郎、見本 次郎")];
        assert_eq!(reasons(&both, 0), [VoidReason::AgentForTwo], "two agents of one bidder");
    }
}
