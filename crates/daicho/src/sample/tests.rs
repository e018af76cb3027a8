//! What must hold in any sample agency, whatever its size, date and seed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, NaiveDate};

use super::{Assignment, AssignmentKind, Organisation, Post, Rank, SampleAgency, covers};

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// The two sizes that the requirements name, the smallest one, and days before, on and after the days of transfers.
fn agencies() -> Vec<(usize, SampleAgency)> {
    [
        (3000, day(2026, 11, 21), 1),
        (800, day(2026, 11, 21), 2),
        (300, day(2026, 4, 1), 3),
        (300, day(2027, 3, 31), 4),
        (500, day(2028, 2, 29), 5),
    ]
    .into_iter()
    .map(|(staff, as_of, seed)| (staff, SampleAgency::generate(staff, as_of, seed)))
    .collect()
}

struct Index<'a> {
    offices: BTreeMap<&'a str, &'a Organisation>,
    posts: BTreeMap<&'a str, &'a Post>,
}

fn index(agency: &SampleAgency) -> Index<'_> {
    Index {
        offices: agency.organisations.iter().map(|office| (office.code.as_str(), office)).collect(),
        posts: agency.posts.iter().map(|post| (post.code.as_str(), post)).collect(),
    }
}

fn principal(agency: &SampleAgency) -> impl Iterator<Item = &Assignment> {
    agency.assignments.iter().filter(|one| one.kind != AssignmentKind::Concurrent)
}

/// Whether the first period lies within the second.
fn within(from: NaiveDate, to: Option<NaiveDate>, outer_from: NaiveDate, outer_to: Option<NaiveDate>) -> bool {
    outer_from <= from && outer_to.is_none_or(|outer| to.is_some_and(|to| to <= outer))
}

#[test]
fn sample_has_exactly_the_staff_asked_for() {
    for (staff, agency) in agencies() {
        assert_eq!(agency.people.iter().filter(|person| person.employed_on(agency.as_of)).count(), staff);
    }
}

#[test]
fn sample_is_the_same_for_the_same_seed_only() {
    let today = day(2026, 11, 21);
    let one = SampleAgency::generate(800, today, 7);
    assert_eq!(one, SampleAgency::generate(800, today, 7));
    let other = SampleAgency::generate(800, today, 8);
    assert_eq!(one.organisations, other.organisations);
    assert_ne!(one.people, other.people);
}

#[test]
fn sample_offices_form_a_tree_of_about_sixty() {
    for (_, agency) in agencies() {
        let index = index(&agency);
        assert_eq!(index.offices.len(), agency.organisations.len(), "codes are unique");
        let now = agency.organisations.iter().filter(|office| covers(office.valid_from, office.valid_to, agency.as_of));
        assert!((55..=65).contains(&now.count()));
        assert!(agency.organisations.iter().any(|office| office.valid_to.is_some_and(|to| to < agency.as_of)));
        assert!(agency.organisations.iter().any(|office| office.valid_from > agency.as_of));
        let mut seen = BTreeSet::new();
        for office in &agency.organisations {
            match &office.parent {
                None => assert_eq!(office.kind, "省"),
                Some(parent) => {
                    assert!(seen.contains(parent.as_str()), "{} comes after the office above it", office.code);
                    let above = index.offices[parent.as_str()];
                    assert!(within(office.valid_from, office.valid_to, above.valid_from, above.valid_to));
                    assert_ne!(above.kind, "室", "nothing stands below a room");
                }
            }
            seen.insert(office.code.as_str());
        }
    }
}

#[test]
fn sample_posts_are_unique_and_each_office_has_one_that_leads_it() {
    for (_, agency) in agencies() {
        let names: BTreeSet<&str> = agency.posts.iter().map(|post| post.name.as_str()).collect();
        assert_eq!(names.len(), agency.posts.len());
        assert_eq!(index(&agency).posts.len(), agency.posts.len());
        for office in &agency.organisations {
            let heads: Vec<&Post> =
                agency.posts.iter().filter(|post| post.organisation == office.code && post.head).collect();
            assert_eq!(heads.len(), 1, "{}", office.name);
            assert_eq!(heads[0].capacity, 1);
        }
    }
}

#[test]
fn sample_assignments_lie_within_employment_and_within_the_life_of_the_office() {
    for (_, agency) in agencies() {
        let index = index(&agency);
        let people: BTreeMap<&str, _> = agency.people.iter().map(|person| (person.number.as_str(), person)).collect();
        for one in &agency.assignments {
            let person = people[one.person.as_str()];
            assert!(one.to.is_none_or(|to| one.from <= to), "{one:?}");
            assert!(within(one.from, one.to, person.hired_on, person.left_on), "{one:?} {person:?}");
            let office = index.offices[index.posts[one.post.as_str()].organisation.as_str()];
            assert!(within(one.from, one.to, office.valid_from, office.valid_to), "{one:?} {office:?}");
        }
    }
}

#[test]
fn sample_people_hold_exactly_one_principal_post_without_gap() {
    for (_, agency) in agencies() {
        let mut by_person: BTreeMap<&str, Vec<&Assignment>> = BTreeMap::new();
        for one in principal(&agency) {
            by_person.entry(one.person.as_str()).or_default().push(one);
        }
        for person in &agency.people {
            let held = &by_person[person.number.as_str()];
            for pair in held.windows(2) {
                assert_eq!(pair[0].to.map(|to| to + Days::new(1)), Some(pair[1].from), "{pair:?}");
                assert_ne!(pair[0].post, pair[1].post);
            }
            assert_eq!(held.last().unwrap().to, person.left_on);
        }
    }
}

#[test]
fn sample_capacity_is_never_exceeded() {
    for (_, agency) in agencies() {
        let mut changes: BTreeMap<(&str, NaiveDate), i64> = BTreeMap::new();
        for one in principal(&agency) {
            *changes.entry((&one.post, one.from)).or_default() += 1;
            if let Some(to) = one.to {
                *changes.entry((&one.post, to + Days::new(1))).or_default() -= 1;
            }
        }
        let index = index(&agency);
        let mut held: BTreeMap<&str, i64> = BTreeMap::new();
        for ((post, date), change) in changes {
            let now = held.entry(post).or_default();
            *now += change;
            assert!(*now <= index.posts[post].capacity as i64, "{post} on {date}");
        }
    }
}

#[test]
fn sample_offices_always_have_a_head() {
    for (_, agency) in agencies() {
        let begin = day(super::fiscal_year(agency.as_of) - 5, 4, 1);
        let last = agency.assignments.iter().map(|one| one.from).max().unwrap();
        let dates: BTreeSet<NaiveDate> = agency
            .assignments
            .iter()
            .flat_map(|one| [Some(one.from), one.to].into_iter().flatten())
            .filter(|date| (begin..=last).contains(date))
            .chain([agency.as_of])
            .collect();
        let mut by_post: BTreeMap<&str, Vec<&Assignment>> = BTreeMap::new();
        for one in principal(&agency) {
            by_post.entry(&one.post).or_default().push(one);
        }
        let index = index(&agency);
        for post in agency.posts.iter().filter(|post| post.head) {
            let office = index.offices[post.organisation.as_str()];
            for date in dates.iter().filter(|date| covers(office.valid_from, office.valid_to, **date)) {
                let heads = by_post.get(post.code.as_str()).into_iter().flatten().filter(|one| one.holds_on(*date));
                assert_eq!(heads.count(), 1, "{} on {date}", post.name);
            }
        }
    }
}

#[test]
fn sample_staff_form_a_pyramid_of_plausible_ages() {
    for (staff, agency) in agencies() {
        let index = index(&agency);
        let mut ages: BTreeMap<Rank, Vec<i32>> = BTreeMap::new();
        let born: BTreeMap<&str, NaiveDate> =
            agency.people.iter().map(|person| (person.number.as_str(), person.born_on)).collect();
        for one in principal(&agency).filter(|one| one.holds_on(agency.as_of)) {
            let age = agency.as_of.years_since(born[one.person.as_str()]).unwrap() as i32;
            ages.entry(index.posts[one.post.as_str()].rank).or_default().push(age);
        }
        let count = |rank| ages.get(&rank).map_or(0, Vec::len);
        let mean = |rank| ages[&rank].iter().sum::<i32>() / count(rank) as i32;
        assert_eq!(Rank::ALL.into_iter().map(count).sum::<usize>(), staff);
        assert_eq!(count(Rank::ViceMinister), 1);
        assert!(count(Rank::SectionChief) > count(Rank::DeputyDirector));
        assert!(count(Rank::DeputyDirector) > count(Rank::RoomHead) + count(Rank::Director));
        // Offices are the same in a small agency, so that its heads weigh more.
        if staff >= 3000 {
            for pair in Rank::ALL[1..].windows(2) {
                assert!(count(pair[0]) > count(pair[1]), "{pair:?} {ages:?}");
            }
        }
        for pair in Rank::ALL[..6].windows(2) {
            assert!(mean(pair[0]) < mean(pair[1]), "{pair:?}: {} {}", mean(pair[0]), mean(pair[1]));
        }
        assert!(ages.values().flatten().all(|age| (18..=65).contains(age)));
        for person in &agency.people {
            let age = person.hired_on.years_since(person.born_on).unwrap();
            assert!((18..=38).contains(&age), "{person:?}");
        }
    }
}

#[test]
fn sample_history_holds_transfers_promotions_leavers_concurrent_and_announced_posts() {
    for (staff, agency) in agencies() {
        let count = |kind| agency.assignments.iter().filter(|one| one.kind == kind).count();
        assert!(count(AssignmentKind::Transferred) > staff);
        assert!(count(AssignmentKind::Promoted) > staff / 8);
        assert!(count(AssignmentKind::Hired) > staff / 10);
        assert!(agency.people.iter().filter(|person| person.left_on.is_some()).count() > staff / 10);

        let now = agency
            .assignments
            .iter()
            .filter(|one| one.kind == AssignmentKind::Concurrent && one.holds_on(agency.as_of))
            .count();
        assert!((staff / 66..=staff / 22).contains(&now), "{now} concurrent of {staff}");

        let announced = agency.assignments.iter().filter(|one| one.from > agency.as_of).count();
        assert!((1..staff / 20).contains(&announced), "{announced} announced");
        assert!(agency.assignments.iter().all(|one| one.from.day() == 1), "appointments take effect on the first");
    }
}

#[test]
fn sample_concurrent_posts_are_in_another_office() {
    for (_, agency) in agencies() {
        let index = index(&agency);
        for second in agency.assignments.iter().filter(|one| one.kind == AssignmentKind::Concurrent) {
            let mut offices = principal(&agency)
                .filter(|one| one.person == second.person && one.to.is_none_or(|to| to >= second.from))
                .filter(|one| second.to.is_none_or(|to| one.from <= to))
                .map(|one| index.posts[one.post.as_str()].organisation.as_str());
            assert!(offices.all(|office| office != index.posts[second.post.as_str()].organisation));
        }
    }
}

#[test]
fn sample_names_hold_what_real_lists_hold() {
    let agency = SampleAgency::generate(3000, day(2026, 11, 21), 1);
    for needle in ['髙', '﨑', '𠮷', '\u{E0100}'] {
        assert!(agency.people.iter().any(|person| person.name.contains(needle)), "{}", needle.escape_unicode());
    }
    let numbers: BTreeSet<&str> = agency.people.iter().map(|person| person.number.as_str()).collect();
    assert_eq!(numbers.len(), agency.people.len());
    assert!(numbers.iter().any(|number| number.starts_with('0')), "leading zeros");
    for person in &agency.people {
        assert_eq!(person.number.len(), 7);
        assert!(person.mail.ends_with(".example.jp"));
        assert_eq!(person.name.matches('\u{3000}').count(), 1);
        assert!(person.kana.chars().all(|kana| kana == '\u{3000}' || ('ァ'..='ヶ').contains(&kana)), "{}", person.kana);
    }
}

#[test]
fn sample_lines_lead_every_subject_to_somebody_above() {
    for (_, agency) in agencies() {
        let index = index(&agency);
        let mut holders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for one in principal(&agency).filter(|one| one.holds_on(agency.as_of)) {
            holders.entry(&one.post).or_default().push(&one.person);
        }
        let lines: BTreeMap<(&str, Rank), _> =
            agency.evaluation_lines.iter().map(|line| ((line.organisation.as_str(), line.rank), line)).collect();
        assert_eq!(lines.len(), agency.evaluation_lines.len(), "one line for an office and a class");
        for (post, people) in &holders {
            let post = index.posts[post];
            let line = lines.get(&(post.organisation.as_str(), post.rank));
            assert_eq!(line.is_some(), post.rank < Rank::BureauHead, "{}", post.name);
            let Some(line) = line else { continue };
            let chain: Vec<&str> = [Some(&line.evaluator), line.adjuster.as_ref(), Some(&line.confirmer)]
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect();
            let mut below = post.rank;
            for above in &chain[..chain.len() - 1] {
                assert!(index.posts[above].rank > below, "{line:?}");
                below = index.posts[above].rank;
                assert_eq!(holders[above].len(), 1, "{above} is held by one person");
                assert!(!people.contains(&holders[above][0]));
            }
            assert!(index.posts[chain[chain.len() - 1]].rank > below, "{line:?}");
        }
    }
}

#[test]
fn sample_cast_plays_its_parts_in_one_line() {
    for (_, agency) in agencies() {
        let cast = &agency.cast;
        let all = [
            &cast.staff,
            &cast.evaluator,
            &cast.adjuster,
            &cast.confirmer,
            &cast.personnel_officer,
            &cast.auditor,
            &cast.administrator,
        ];
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "seven different people: {cast:?}");
        for number in all {
            assert!(agency.people.iter().any(|person| person.number == *number && person.employed_on(agency.as_of)));
        }
    }
}

#[test]
fn sample_rows_are_as_wide_as_their_header() {
    let agency = SampleAgency::generate(300, day(2026, 11, 21), 1);
    let tables = [
        (agency.organisation_rows(), agency.organisations.len()),
        (agency.post_rows(), agency.posts.len()),
        (agency.person_rows(), agency.people.len()),
        (agency.assignment_rows(), agency.assignments.len()),
        (agency.evaluation_line_rows(), agency.evaluation_lines.len()),
    ];
    for (table, count) in tables {
        assert_eq!(table.rows.len(), count);
        assert!(table.rows.iter().all(|row| row.len() == table.header.len()), "{}", table.ledger);
    }
}

/// What a pack of the repository declares: the ledger's file and the common choices.
fn declared(path: &str) -> toml::Table {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs").join(path);
    std::fs::read_to_string(file).unwrap().parse().unwrap()
}

#[test]
fn sample_columns_and_words_are_those_of_the_packs() {
    let agency = SampleAgency::generate(300, day(2026, 11, 21), 1);
    let ranks: BTreeSet<String> = declared("core/pack.toml")["choices"]["rank"]
        .as_table()
        .unwrap()
        .values()
        .map(|word| word.as_str().unwrap().to_owned())
        .collect();
    let kinds: BTreeSet<String> = declared("core/assignment.toml")["field"]["kind"]["choices"]
        .as_table()
        .unwrap()
        .values()
        .map(|word| word.as_str().unwrap().to_owned())
        .collect();
    for table in [
        ("core", agency.organisation_rows()),
        ("core", agency.post_rows()),
        ("core", agency.person_rows()),
        ("core", agency.assignment_rows()),
        ("talent", agency.evaluation_line_rows()),
    ] {
        let (pack, table) = table;
        let ledger = declared(&format!("{pack}/{}.toml", table.ledger));
        let fields: Vec<_> = ledger["field"].as_table().unwrap().values().collect();
        let mut wanted: BTreeSet<&str> = fields
            .iter()
            .filter(|field| field.get("required").is_some())
            .map(|field| field["label"].as_str().unwrap())
            .collect();
        for (at, heading) in table.header.iter().enumerate() {
            let called = |field: &&&toml::Value| {
                let aliases = field.get("aliases").and_then(toml::Value::as_array).into_iter().flatten();
                aliases.chain([&field["label"]]).any(|name| name.as_str() == Some(heading))
            };
            let field = fields.iter().find(called);
            assert!(field.is_some(), "{}: no field is called {heading}", table.ledger);
            wanted.retain(|label| field.is_none_or(|field| field["label"].as_str() != Some(label)));
            let words = match *heading {
                "職制段階" => &ranks,
                "種別" if table.ledger == "assignment" => &kinds,
                _ => continue,
            };
            assert!(table.rows.iter().all(|row| words.contains(&row[at])), "{}: {heading}", table.ledger);
        }
        assert!(wanted.is_empty(), "{}: {wanted:?} is required", table.ledger);
    }
}
