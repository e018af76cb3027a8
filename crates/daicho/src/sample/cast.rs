//! One person for each kind of user, chosen so that their parts of an evaluation round fit together.

use chrono::NaiveDate;

use super::{Assignment, AssignmentKind, EvaluationLine, Post, Rank};

/// Numbers of people whom a demonstration signs in; empty texts cannot occur, because every office has a head.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cast {
    /// An officer of a policy division (職員).
    pub staff: String,
    /// Evaluates that officer: the director (評価者).
    pub evaluator: String,
    /// Looks for imbalance in that line (調整者).
    pub adjuster: String,
    /// Confirms in that line: the bureau head (実施権者).
    pub confirmer: String,
    /// A deputy director of the personnel division (人事担当).
    pub personnel_officer: String,
    /// Head of the audit room (監査担当).
    pub auditor: String,
    /// A section chief of the information systems division (システム管理者).
    pub administrator: String,
}

/// Offices in which the cast works.
const POLICY: &str = "020010";
const PERSONNEL: &str = "010010";
const AUDIT: &str = "010031";
const SYSTEMS: &str = "010040";

/// Chooses the cast among those who hold their posts on `as_of`; of several, whoever has held it longest.
pub(super) fn choose(posts: &[Post], assignments: &[Assignment], lines: &[EvaluationLine], as_of: NaiveDate) -> Cast {
    let holder = |post: &str| {
        assignments
            .iter()
            .filter(|one| one.post == post && one.kind != AssignmentKind::Concurrent && one.holds_on(as_of))
            .min_by_key(|one| (one.from, &one.person))
    };
    let member = |office: &str, rank: Rank| {
        posts
            .iter()
            .filter(|post| post.organisation == office && post.rank == rank)
            .filter_map(|post| holder(&post.code))
            .min_by_key(|one| (one.from, &one.person))
            .map_or_else(String::new, |one| one.person.clone())
    };
    let line = lines.iter().find(|line| line.organisation == POLICY && line.rank == Rank::Officer);
    let of = |post: Option<&str>| post.and_then(holder).map_or_else(String::new, |one| one.person.clone());
    Cast {
        staff: member(POLICY, Rank::Officer),
        evaluator: of(line.map(|line| line.evaluator.as_str())),
        adjuster: of(line.and_then(|line| line.adjuster.as_deref())),
        confirmer: of(line.map(|line| line.confirmer.as_str())),
        personnel_officer: member(PERSONNEL, Rank::DeputyDirector),
        auditor: member(AUDIT, Rank::RoomHead),
        administrator: member(SYSTEMS, Rank::SectionChief),
    }
}
