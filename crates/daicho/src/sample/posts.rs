//! Posts of every office, and how many people of each class the agency has room for.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{Organisation, Post, Rank, covers};

/// Sections of a division.
const DIVISION_SECTIONS: [&str; 4] = ["庶務係", "企画係", "調整係", "業務係"];
/// Sections of a room.
const ROOM_SECTIONS: [&str; 2] = ["企画係", "業務係"];

/// How many people of each class there are among so many staff, in the order of [`Rank::ALL`].
///
/// Heads are given by the offices; the rest follows the shape of a ministry's main office, where section chiefs are the
/// largest class.
pub(super) fn headcounts(posts: &[Post], organisations: &[Organisation], staff: usize, date: NaiveDate) -> [usize; 8] {
    let open = |post: &&Post| {
        organisations
            .iter()
            .any(|office| office.code == post.organisation && covers(office.valid_from, office.valid_to, date))
    };
    let heads = |rank: Rank| posts.iter().filter(open).filter(|post| post.head && post.rank == rank).count();
    let seats = |rank: Rank| posts.iter().filter(open).filter(|post| post.rank == rank).map(|post| post.capacity).sum();
    let mut counts = [
        0,
        staff * 340 / 1000,
        staff * 210 / 1000,
        heads(Rank::RoomHead) + room_heads_beside(staff),
        heads(Rank::Director) + directors_beside(staff),
        seats(Rank::DepartmentHead),
        seats(Rank::BureauHead),
        seats(Rank::ViceMinister),
    ];
    counts[0] = staff.saturating_sub(counts.iter().sum());
    counts
}

/// Planners of the class of a room head (企画官), who lead no office.
fn room_heads_beside(staff: usize) -> usize {
    staff * 25 / 1000
}

/// Counsellors of the class of a director (参事官), who lead no office.
fn directors_beside(staff: usize) -> usize {
    staff * 8 / 1000
}

/// The posts of all offices. Capacities leave about a tenth vacant, so that people can move and offices can end.
pub(super) fn posts(organisations: &[Organisation], staff: usize, as_of: NaiveDate) -> Vec<Post> {
    let names = full_names(organisations);
    let open = |office: &&Organisation| covers(office.valid_from, office.valid_to, as_of);
    let total: usize = organisations.iter().filter(open).map(weight).sum();
    let count =
        |kinds: &[&str]| organisations.iter().filter(open).filter(|office| kinds.contains(&office.kind)).count();
    let (bureaus, divisions) = (count(&["局", "官房"]), count(&["課"]));
    // Seats for an office's share of so many people, spread over several posts, a tenth more than are needed.
    let seats = |people: usize, office: &Organisation, over: usize| {
        (people * weight(office) * 110).div_ceil(total * over * 100).max(1)
    };
    let (officers, chiefs, deputies) = (staff * 390 / 1000, staff * 340 / 1000, staff * 210 / 1000);

    let mut posts = Vec::new();
    for office in organisations {
        let name = names.get(office.code.as_str()).map_or(office.name.as_str(), String::as_str);
        let mut desk = Desk { office, name, posts: &mut posts, next: 1 };
        match office.kind {
            "省" => desk.head("事務次官".to_owned(), Rank::ViceMinister),
            "局" | "官房" => {
                desk.head(format!("{name}長"), Rank::BureauHead);
                desk.add("審議官", Rank::DepartmentHead, 1);
                desk.add("参事官", Rank::Director, (directors_beside(staff) * 14).div_ceil(bureaus * 10).max(1));
            }
            "部" => desk.head(format!("{name}長"), Rank::DepartmentHead),
            "課" => {
                desk.head(format!("{name}長"), Rank::Director);
                desk.add("企画官", Rank::RoomHead, (room_heads_beside(staff) * 13).div_ceil(divisions * 10).max(1));
                desk.add("課長補佐（総括）", Rank::DeputyDirector, 1);
                desk.add("課長補佐", Rank::DeputyDirector, seats(deputies, office, 1));
                for section in DIVISION_SECTIONS {
                    desk.add(
                        &format!("{section}長"),
                        Rank::SectionChief,
                        seats(chiefs, office, DIVISION_SECTIONS.len()),
                    );
                    desk.add(&format!("{section}員"), Rank::Officer, seats(officers, office, DIVISION_SECTIONS.len()));
                }
            }
            _ => {
                desk.head(format!("{name}長"), Rank::RoomHead);
                desk.add("室長補佐", Rank::DeputyDirector, seats(deputies, office, 1));
                for section in ROOM_SECTIONS {
                    desk.add(&format!("{section}長"), Rank::SectionChief, seats(chiefs, office, ROOM_SECTIONS.len()));
                    desk.add(&format!("{section}員"), Rank::Officer, seats(officers, office, ROOM_SECTIONS.len()));
                }
            }
        }
    }
    posts
}

/// Numbers the posts of one office.
struct Desk<'a> {
    office: &'a Organisation,
    name: &'a str,
    posts: &'a mut Vec<Post>,
    next: usize,
}

impl Desk<'_> {
    fn head(&mut self, name: String, rank: Rank) {
        self.push(name, rank, 1, true);
    }

    fn add(&mut self, title: &str, rank: Rank, capacity: usize) {
        self.push(format!("{}{title}", self.name), rank, capacity, false);
    }

    fn push(&mut self, name: String, rank: Rank, capacity: usize, head: bool) {
        let code = format!("{}-{:03}", self.office.code, self.next * 10);
        self.next += 1;
        self.posts.push(Post { code, name, organisation: self.office.code.clone(), rank, capacity, head });
    }
}

/// How large an office is beside others; bureaus themselves hold only those who lead them.
fn weight(office: &Organisation) -> usize {
    let unlike = office.code.bytes().map(usize::from).sum::<usize>() % 5;
    match office.kind {
        "課" => 8 + unlike,
        "室" => 3 + unlike / 2,
        _ => 0,
    }
}

/// Names with those of the offices above, below the ministry, as posts are called.
fn full_names(organisations: &[Organisation]) -> BTreeMap<&str, String> {
    let mut names: BTreeMap<&str, String> = BTreeMap::new();
    for office in organisations {
        let above = office.parent.as_deref().filter(|parent| *parent != "000000").and_then(|parent| names.get(parent));
        let name = format!("{}{}", above.map_or("", String::as_str), office.name);
        names.insert(&office.code, name);
    }
    names
}
