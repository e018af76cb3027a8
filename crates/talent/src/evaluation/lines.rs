//! Who evaluates whom on a day (評価の系列).
//!
//! The line of a person is the record of the ledger `evaluation_line` for their office and rank, or for their office and
//! any rank, or the same of the nearest office above. Where no line is recorded, the heads of the offices upwards stand
//! in. Nobody evaluates themselves, and no two of the three are the same person: the next above takes the place.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ledger::port::Reader;
use ledger::refusal::Refusal;

use super::find;
use super::names::ledger_name::LINE;
use super::staffing::Staffing;

/// One of the three with the post they act from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// Person.
    pub person: String,
    /// Name of the person.
    pub name: String,
    /// Post.
    pub post: String,
    /// Name of the post.
    pub post_name: String,
}

/// Something that the personnel office should know about a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Snag {
    /// No line is recorded; the offices upwards were followed.
    NoLine,
    /// The person holds the post of their own evaluator; the next above evaluates.
    OwnEvaluator,
    /// Nobody holds the evaluator's post (named); the next above evaluates.
    EvaluatorVacant(String),
    /// Nobody else holds the adjuster's post (named); there is no adjuster.
    AdjusterVacant(String),
    /// Nobody holds the confirmer's post (named); the next above confirms.
    ConfirmerVacant(String),
    /// The holder of the confirmer's post (named) is already the evaluator or the adjuster; the next above confirms.
    ConfirmerTaken(String),
    /// There is nobody to evaluate.
    NoEvaluator,
    /// There is nobody to confirm.
    NoConfirmer,
}

impl Snag {
    /// Without a mend no sheet can be made.
    pub fn blocks(&self) -> bool {
        matches!(self, Snag::NoEvaluator | Snag::NoConfirmer)
    }

    /// In words, with what to do.
    pub fn words(&self) -> String {
        match self {
            Snag::NoLine => "評価の系列が登録されていないため、組織の上下から定めました。".into(),
            Snag::OwnEvaluator => "本人が評価者の官職に就いているため、その上位の者を評価者としました。".into(),
            Snag::EvaluatorVacant(post) => {
                format!("評価者の官職「{post}」に在職者がいないため、その上位の者を評価者としました。")
            }
            Snag::AdjusterVacant(post) => format!("調整者の官職「{post}」に在職者がいないため、調整者を置きません。"),
            Snag::ConfirmerVacant(post) => {
                format!("実施権者の官職「{post}」に在職者がいないため、その上位の者を実施権者としました。")
            }
            Snag::ConfirmerTaken(post) => {
                format!("実施権者の官職「{post}」の者が評価者か調整者になるため、その上位の者を実施権者としました。")
            }
            Snag::NoEvaluator => "評価者が決まりません。評価の系列を登録してください。".into(),
            Snag::NoConfirmer => "実施権者が決まりません。評価の系列を登録してください。".into(),
        }
    }
}

/// The line of one person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// 評価者
    pub evaluator: Option<Seat>,
    /// 調整者; none where nobody adjusts.
    pub adjuster: Option<Seat>,
    /// 実施権者
    pub confirmer: Option<Seat>,
    /// What to know about it.
    pub snags: Vec<Snag>,
}

#[derive(Debug, Clone)]
struct Posts {
    evaluator: String,
    adjuster: Option<String>,
    confirmer: String,
}

/// Persons who act now, each with the post they act from. They keep their place while they hold its post, and while
/// nobody else does: a post that is vacant for a day between two holders moves nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Present<'a> {
    /// Present evaluator and post.
    pub evaluator: Option<(&'a str, &'a str)>,
    /// Present adjuster and post.
    pub adjuster: Option<(&'a str, &'a str)>,
    /// Present confirmer and post.
    pub confirmer: Option<(&'a str, &'a str)>,
}

/// All recorded lines in force on a day.
#[derive(Debug, Clone, Default)]
pub struct Lines {
    by_office_and_rank: BTreeMap<(String, Option<String>), Posts>,
}

impl Lines {
    /// Read the lines in force on the day.
    pub fn load(tx: &mut (impl Reader + ?Sized), day: NaiveDate) -> Result<Self, Refusal> {
        let mut lines = Self::default();
        for record in find::all(tx, LINE, find::in_force("valid_from", "valid_to", day), find::MOST)? {
            let (Some(office), Some(evaluator), Some(confirmer)) = (
                find::owned(&record, "organisation"),
                find::owned(&record, "evaluator_post"),
                find::owned(&record, "confirmer_post"),
            ) else {
                continue;
            };
            let posts = Posts { evaluator, adjuster: find::owned(&record, "adjuster_post"), confirmer };
            lines.by_office_and_rank.insert((office, find::owned(&record, "rank")), posts);
        }
        Ok(lines)
    }

    fn recorded(&self, staffing: &Staffing, organisation: &str, rank: &str) -> Option<&Posts> {
        staffing.upwards(organisation).into_iter().find_map(|office| {
            let exact = (office.to_string(), Some(rank.to_string()));
            let any = (office.to_string(), None);
            self.by_office_and_rank.get(&exact).or_else(|| self.by_office_and_rank.get(&any))
        })
    }

    /// The line of a person in a post.
    pub fn of(&self, staffing: &Staffing, person: &str, post: &str, present: Present<'_>) -> Line {
        let Some(own) = staffing.posts.get(post) else {
            return Line { snags: vec![Snag::NoEvaluator], ..Line::default() };
        };
        let above = staffing.superiors(&own.organisation, own.height);
        match self.recorded(staffing, &own.organisation, &own.rank) {
            Some(posts) => by_record(staffing, person, posts, &above, present),
            None => by_offices(staffing, person, &above, present),
        }
    }
}

fn seat(staffing: &Staffing, post: &str, not: &[&str], present: Option<(&str, &str)>) -> Option<Seat> {
    let preferred = present.map(|(person, _)| person);
    let kept = present.filter(|(person, kept)| *kept == post && !not.contains(person)).map(|(person, _)| person);
    let person = match staffing.holder(post, not, preferred) {
        Some(holding) => holding.person.as_str(),
        None => kept?,
    };
    Some(Seat {
        person: person.to_string(),
        name: staffing.name(person).to_string(),
        post: post.to_string(),
        post_name: staffing.post_name(post).to_string(),
    })
}

fn by_record(staffing: &Staffing, person: &str, posts: &Posts, above: &[&str], present: Present<'_>) -> Line {
    let mut line = Line::default();
    // Whoever may take a vacant place: the posts of the line from the vacant one up, then the offices upwards.
    let ladder: Vec<&str> = [Some(posts.evaluator.as_str()), posts.adjuster.as_deref(), Some(posts.confirmer.as_str())]
        .into_iter()
        .flatten()
        .chain(above.iter().copied())
        .collect();
    line.evaluator = ladder.iter().find_map(|post| seat(staffing, post, &[person], present.evaluator));
    match &line.evaluator {
        None => line.snags.push(Snag::NoEvaluator),
        Some(found) if found.post != posts.evaluator => {
            let own =
                staffing.holder(&posts.evaluator, &[], Some(person)).is_some_and(|holder| holder.person == person);
            let name = staffing.post_name(&posts.evaluator).to_string();
            line.snags.push(if own { Snag::OwnEvaluator } else { Snag::EvaluatorVacant(name) });
        }
        Some(_) => {}
    }
    let evaluator = line.evaluator.as_ref().map_or("", |seat| seat.person.as_str());
    let moved_up = line.evaluator.as_ref().is_some_and(|seat| Some(seat.post.as_str()) == posts.adjuster.as_deref());
    if let Some(post) = posts.adjuster.as_deref().filter(|_| !moved_up) {
        line.adjuster = seat(staffing, post, &[person, evaluator], present.adjuster);
        if line.adjuster.is_none() {
            line.snags.push(Snag::AdjusterVacant(staffing.post_name(post).to_string()));
        }
    }
    let adjuster = line.adjuster.as_ref().map_or("", |seat| seat.person.as_str());
    let taken = [person, evaluator, adjuster];
    let higher = staffing.posts.get(&posts.confirmer).map(|post| staffing.superiors(&post.organisation, post.height));
    line.confirmer = std::iter::once(posts.confirmer.as_str())
        .chain(higher.iter().flatten().copied())
        .find_map(|post| seat(staffing, post, &taken, present.confirmer));
    match &line.confirmer {
        None => line.snags.push(Snag::NoConfirmer),
        Some(found) if found.post != posts.confirmer => {
            let name = staffing.post_name(&posts.confirmer).to_string();
            let held = staffing.holder(&posts.confirmer, &[person], None).is_some();
            line.snags.push(if held { Snag::ConfirmerTaken(name) } else { Snag::ConfirmerVacant(name) });
        }
        Some(_) => {}
    }
    line
}

/// Without a recorded line: the first three above, or the first two without an adjuster.
fn by_offices(staffing: &Staffing, person: &str, above: &[&str], present: Present<'_>) -> Line {
    let mut seats: Vec<Seat> = Vec::new();
    for post in above {
        let taken: Vec<&str> = std::iter::once(person).chain(seats.iter().map(|seat| seat.person.as_str())).collect();
        let all = [present.evaluator, present.adjuster, present.confirmer];
        let present = all.into_iter().flatten().find(|(_, acting)| acting == post);
        if let Some(found) = seat(staffing, post, &taken, present) {
            seats.push(found);
        }
    }
    let mut seats = seats.into_iter();
    let (first, second, third) = (seats.next(), seats.next(), seats.next());
    let (adjuster, confirmer) = if third.is_some() { (second, third) } else { (None, second) };
    let mut snags = vec![Snag::NoLine];
    if first.is_none() {
        snags.push(Snag::NoEvaluator);
    }
    if confirmer.is_none() {
        snags.push(Snag::NoConfirmer);
    }
    Line { evaluator: first, adjuster, confirmer, snags }
}

#[cfg(test)]
mod tests;
