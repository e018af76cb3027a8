//! Concurrent posts (併任): a few people hold a second post of their own class in another office.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::dice::Dice;
use super::{Assignment, AssignmentKind, Organisation, Person, Post, Rank, covers, first_of, fiscal_year};

/// Adds concurrent posts that about three in a hundred hold on `as_of`, and some more that have ended since.
pub(super) fn add(
    assignments: &mut Vec<Assignment>,
    people: &[Person],
    posts: &[Post],
    organisations: &[Organisation],
    as_of: NaiveDate,
    dice: &mut Dice,
) {
    let begin = first_of(fiscal_year(as_of) - 1, 4);
    let lasting: BTreeSet<&str> = organisations
        .iter()
        .filter(|office| office.valid_from <= begin && office.valid_to.is_none())
        .map(|office| office.code.as_str())
        .collect();
    // Heads are left out, so that an office never seems to have two.
    let mut by_rank: BTreeMap<Rank, Vec<&Post>> = BTreeMap::new();
    for post in posts.iter().filter(|post| !post.head && lasting.contains(post.organisation.as_str())) {
        by_rank.entry(post.rank).or_default().push(post);
    }
    let post_by_code: BTreeMap<&str, &Post> = posts.iter().map(|post| (post.code.as_str(), post)).collect();

    let mut added = Vec::new();
    for person in people.iter().filter(|person| person.employed_on(as_of)) {
        // Who is away within the year does not take up more work.
        if person.left_on.is_some() || !dice.per_mille(42) {
            continue;
        }
        let from = [begin, first_of(fiscal_year(as_of) - 1, 7), first_of(fiscal_year(as_of), 4)][dice.below(3)];
        let held: Vec<&Assignment> = assignments_of(assignments, &person.number)
            .iter()
            .filter(|held| held.to.is_none_or(|to| to >= from))
            .collect();
        let offices: BTreeSet<&str> = held
            .iter()
            .filter_map(|held| post_by_code.get(held.post.as_str()))
            .map(|post| post.organisation.as_str())
            .collect();
        let now = held.iter().find(|held| held.holds_on(as_of)).and_then(|held| post_by_code.get(held.post.as_str()));
        let Some(post) = now.and_then(|now| by_rank.get(&now.rank)).and_then(|posts| dice.pick(posts)) else {
            continue;
        };
        if from < person.hired_on || from > as_of || offices.contains(post.organisation.as_str()) {
            continue;
        }
        let over = first_of(fiscal_year(as_of), 7).pred_opt().filter(|over| *over < as_of && dice.per_mille(200));
        added.push(Assignment {
            person: person.number.clone(),
            post: post.code.clone(),
            from,
            to: over,
            kind: AssignmentKind::Concurrent,
        });
    }
    debug_assert!(added.iter().all(|one| covers(one.from, one.to, one.from)));
    assignments.extend(added);
    assignments.sort_by(|one, other| (&one.person, one.from, &one.post).cmp(&(&other.person, other.from, &other.post)));
}

/// The assignments of one person, in a list sorted by person.
fn assignments_of<'a>(assignments: &'a [Assignment], person: &str) -> &'a [Assignment] {
    let start = assignments.partition_point(|one| one.person.as_str() < person);
    let end = assignments.partition_point(|one| one.person.as_str() <= person);
    assignments.get(start..end).unwrap_or_default()
}
