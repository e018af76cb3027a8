//! Who evaluates whom, over agencies made by chance.

use proptest::prelude::*;

use super::{Line, Lines, Posts, Present, Seat, Snag};
use crate::evaluation::staffing::{Holding, Member, Office, Post, Staffing};

/// A ministry, a bureau and two divisions; posts of rising rank; holders as given (person, post).
fn staffing(holders: &[(&str, &str)]) -> Staffing {
    let mut staffing = Staffing::default();
    for (office, parent) in [("M", None), ("B", Some("M")), ("D1", Some("B")), ("D2", Some("B"))] {
        let parent = parent.map(String::from);
        staffing.offices.insert(office.into(), Office { code: office.into(), name: office.into(), parent });
    }
    for (post, office, rank, height) in POSTS {
        let post_of = Post { name: post.into(), organisation: office.into(), rank: rank.into(), height };
        staffing.posts.insert(post.into(), post_of);
    }
    for (at, (person, post)) in holders.iter().enumerate() {
        staffing.people.insert((*person).into(), Member { name: (*person).into(), ..Member::default() });
        // The first post of a person is the principal one.
        let concurrent = holders[..at].iter().any(|(earlier, _)| earlier == person);
        staffing.add(Holding { person: (*person).into(), post: (*post).into(), concurrent, since: None });
    }
    staffing.arrange();
    staffing
}

const POSTS: [(&str, &str, &str, usize); 8] = [
    ("VM", "M", "vice_minister", 9),
    ("DG", "B", "director_general", 8),
    ("DR1", "D1", "director", 5),
    ("DD1", "D1", "deputy_director", 3),
    ("ST1", "D1", "staff", 0),
    ("DR2", "D2", "director", 5),
    ("DD2", "D2", "deputy_director", 3),
    ("ST2", "D2", "staff", 0),
];

fn lines(recorded: &[(&str, Option<&str>, &str, Option<&str>, &str)]) -> Lines {
    let mut lines = Lines::default();
    for (office, rank, evaluator, adjuster, confirmer) in recorded {
        let posts = Posts {
            evaluator: (*evaluator).into(),
            adjuster: adjuster.map(String::from),
            confirmer: (*confirmer).into(),
        };
        lines.by_office_and_rank.insert(((*office).into(), rank.map(String::from)), posts);
    }
    lines
}

fn people(line: &Line) -> [&str; 3] {
    [&line.evaluator, &line.adjuster, &line.confirmer]
        .map(|seat| seat.as_ref().map_or("-", |seat| seat.person.as_str()))
}

const EVERYBODY: [(&str, &str); 8] = [
    ("vm", "VM"),
    ("dg", "DG"),
    ("dr1", "DR1"),
    ("dd1", "DD1"),
    ("st1", "ST1"),
    ("dr2", "DR2"),
    ("dd2", "DD2"),
    ("st2", "ST2"),
];

#[test]
fn the_nearest_recorded_line_counts_and_the_rank_before_any_rank() {
    let staffing = staffing(&EVERYBODY);
    let recorded = lines(&[
        ("B", None, "DG", None, "VM"),
        ("D1", None, "DR1", None, "DG"),
        ("D1", Some("staff"), "DD1", Some("DR1"), "DG"),
    ]);
    for (person, post, expected) in [
        ("st1", "ST1", ["dd1", "dr1", "dg"]),
        ("dd1", "DD1", ["dr1", "-", "dg"]),
        // D2 has no line of its own: the bureau's counts.
        ("st2", "ST2", ["dg", "-", "vm"]),
    ] {
        let line = recorded.of(&staffing, person, post, Present::default());
        assert_eq!(people(&line), expected, "{person}");
        assert_eq!(line.snags, [], "{person}");
    }
}

#[test]
fn without_a_recorded_line_the_heads_of_the_offices_upwards_stand_in() {
    let staffing = staffing(&EVERYBODY);
    for (person, post, expected, snags) in [
        ("st1", "ST1", ["dr1", "dg", "vm"], vec![Snag::NoLine]),
        ("dr1", "DR1", ["dg", "-", "vm"], vec![Snag::NoLine]),
        ("dg", "DG", ["vm", "-", "-"], vec![Snag::NoLine, Snag::NoConfirmer]),
        ("vm", "VM", ["-", "-", "-"], vec![Snag::NoLine, Snag::NoEvaluator, Snag::NoConfirmer]),
    ] {
        let line = Lines::default().of(&staffing, person, post, Present::default());
        assert_eq!((people(&line), line.snags.clone()), (expected, snags), "{person}");
    }
}

#[test]
fn a_post_that_is_vacant_between_two_holders_is_kept_by_who_acts_now() {
    let vacant: Vec<_> = EVERYBODY.into_iter().filter(|(person, _)| *person != "dd1").collect();
    let staffing = staffing(&vacant);
    let recorded = lines(&[("D1", Some("staff"), "DD1", Some("DR1"), "DG")]);
    let at_the_start = recorded.of(&staffing, "st1", "ST1", Present::default());
    assert_eq!(people(&at_the_start), ["dr1", "-", "dg"]);
    let present =
        Present { evaluator: Some(("dd1", "DD1")), adjuster: Some(("dr1", "DR1")), confirmer: Some(("dg", "DG")) };
    assert_eq!(people(&recorded.of(&staffing, "st1", "ST1", present)), ["dd1", "dr1", "dg"]);
}

#[test]
fn of_several_holders_the_one_who_acts_now_stays() {
    let mut two = EVERYBODY.to_vec();
    two.push(("aa", "DD1"));
    let staffing = staffing(&two);
    let recorded = lines(&[("D1", Some("staff"), "DD1", Some("DR1"), "DG")]);
    assert_eq!(people(&recorded.of(&staffing, "st1", "ST1", Present::default()))[0], "aa");
    let present = Present { evaluator: Some(("dd1", "DD1")), ..Present::default() };
    assert_eq!(people(&recorded.of(&staffing, "st1", "ST1", present))[0], "dd1");
}

proptest! {
    #[test]
    fn nobody_evaluates_themselves_and_no_two_of_the_three_are_one_person(
        holders in prop::collection::vec((0..6usize, 0..8usize), 0..16),
        recorded in prop::collection::vec((0..4usize, prop::option::of(0..8usize), 0..8usize, prop::option::of(0..8usize), 0..8usize), 0..6),
        present in prop::option::of((0..6usize, 0..8usize)),
    ) {
        const PEOPLE: [&str; 6] = ["p0", "p1", "p2", "p3", "p4", "p5"];
        const OFFICES: [&str; 4] = ["M", "B", "D1", "D2"];
        let holders: Vec<(&str, &str)> = holders.iter().map(|(person, post)| (PEOPLE[*person], POSTS[*post].0)).collect();
        let staffing = staffing(&holders);
        let recorded: Vec<_> = recorded
            .iter()
            .map(|(office, rank, evaluator, adjuster, confirmer)| {
                (OFFICES[*office], rank.map(|rank| POSTS[rank].2), POSTS[*evaluator].0, adjuster.map(|post| POSTS[post].0), POSTS[*confirmer].0)
            })
            .collect();
        let recorded = lines(&recorded);
        let present = Present { evaluator: present.map(|(person, post)| (PEOPLE[person], POSTS[post].0)), ..Present::default() };
        for (person, post) in &holders {
            let line = recorded.of(&staffing, person, post, present);
            let seats: Vec<&Seat> = [&line.evaluator, &line.adjuster, &line.confirmer].into_iter().flatten().collect();
            let mut taken: Vec<&str> = seats.iter().map(|seat| seat.person.as_str()).chain([*person]).collect();
            let all = taken.len();
            taken.sort_unstable();
            taken.dedup();
            prop_assert_eq!(taken.len(), all, "{:?} of {}", line, person);
            // What is missing is said.
            prop_assert_eq!(line.evaluator.is_none(), line.snags.contains(&Snag::NoEvaluator));
            prop_assert_eq!(line.confirmer.is_none(), line.snags.contains(&Snag::NoConfirmer));
        }
    }
}
