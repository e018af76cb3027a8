//! Five years of a ministry's staff: retirement, transfer, promotion and hiring on the usual days.
//!
//! On each such day people leave, those due for a transfer give up their seats, and the classes are filled from the top:
//! first the heads of offices, then the rest, with people promoted from the class below where too few are left. Hiring
//! then restores the number of staff.

use chrono::{Datelike, Days, NaiveDate};

use super::dice::Dice;
use super::{AssignmentKind, Organisation, Post, Rank, covers, eve, first_of, fiscal_year, posts, years_before};

/// One principal post held for a time.
pub(super) struct Span {
    /// Index of the post.
    pub(super) post: usize,
    pub(super) from: NaiveDate,
    pub(super) to: Option<NaiveDate>,
    pub(super) kind: AssignmentKind,
}

/// Somebody without a name yet.
pub(super) struct Career {
    pub(super) born: NaiveDate,
    pub(super) hired: NaiveDate,
    pub(super) left: Option<NaiveDate>,
    /// Posts held, first to last.
    pub(super) spans: Vec<Span>,
    rank: Rank,
    rank_since: NaiveDate,
    seat: Option<usize>,
}

/// What happens on a day.
struct Season {
    /// People who reached the age limit leave.
    retire: bool,
    /// Chance in a thousand that anybody else leaves.
    leave: usize,
    /// Chance in a thousand to move, by class.
    moves: [usize; 8],
    /// Vacancies of every class are filled, and people are hired; otherwise only offices without a head get one.
    renew: bool,
}

const SPRING: Season = Season { retire: true, leave: 16, moves: [260, 240, 180, 100, 80, 0, 0, 0], renew: true };
const SUMMER: Season = Season { retire: false, leave: 7, moves: [60, 80, 150, 280, 300, 350, 300, 0], renew: true };
const AUTUMN: Season = Season { retire: false, leave: 8, moves: [40, 40, 40, 30, 20, 0, 0, 0], renew: true };
/// Transfers that are announced but not yet in force.
const ANNOUNCED: Season = Season { retire: false, leave: 2, moves: [10, 12, 12, 10, 10, 0, 0, 0], renew: false };

/// Ages at the beginning of the history, by class.
const AGES: [(i64, i64); 8] = [(18, 33), (27, 46), (34, 58), (40, 58), (44, 58), (50, 58), (54, 58), (57, 58)];

/// Lives through the years and gives everybody who was employed within them. Capacities are raised where nobody else
/// would find a seat, which only happens in very small agencies.
pub(super) fn run(
    organisations: &[Organisation],
    posts: &mut [Post],
    staff: usize,
    as_of: NaiveDate,
    dice: &mut Dice,
) -> Vec<Career> {
    let year = fiscal_year(as_of);
    let begin = first_of(year - 5, 4);
    let lives = posts.iter().map(|post| life(organisations, post)).collect();
    let targets = posts::headcounts(posts, organisations, staff, as_of);
    let held = vec![0; posts.len()];
    let mut ministry = Ministry { posts, lives, held, people: Vec::new(), targets, staff };
    ministry.begin(begin, dice);

    let days = (year - 5..=year + 1).flat_map(|year| {
        [(4, &SPRING), (7, &SUMMER), (10, &AUTUMN)].map(|(month, season)| (first_of(year, month), season))
    });
    for (day, season) in days.filter(|(day, _)| *day > begin && *day <= as_of) {
        ministry.turn(day, season, dice);
    }
    let next = [(year, 7), (year, 10), (year + 1, 1), (year + 1, 4)].map(|(year, month)| first_of(year, month));
    if let Some(day) = next.into_iter().find(|day| *day > as_of) {
        ministry.turn(day, &ANNOUNCED, dice);
    }
    ministry.people
}

fn life(organisations: &[Organisation], post: &Post) -> (NaiveDate, Option<NaiveDate>) {
    organisations
        .iter()
        .find(|office| office.code == post.organisation)
        .map_or((NaiveDate::MAX, None), |office| (office.valid_from, office.valid_to))
}

struct Ministry<'a> {
    posts: &'a mut [Post],
    /// First and last day of each post.
    lives: Vec<(NaiveDate, Option<NaiveDate>)>,
    /// How many hold each post now.
    held: Vec<usize>,
    people: Vec<Career>,
    /// How many people each class should have.
    targets: [usize; 8],
    staff: usize,
}

impl Ministry<'_> {
    /// The staff on the first day of the history, in posts they were given up to two years before.
    fn begin(&mut self, day: NaiveDate, dice: &mut Dice) {
        for (rank, (low, high)) in Rank::ALL.into_iter().zip(AGES) {
            for _ in 0..self.targets[rank as usize] {
                // The lower of two draws: each class has more young people than old ones.
                let age = dice.between(low, high).min(dice.between(low, high));
                let entry = [18, 22, 22, 22, 24][dice.below(5)].min(age);
                let hired = first_of(day.year() - (age - entry) as i32, 4);
                let born = born_at(day.year() - age as i32, dice);
                let rank_since = years_before(day, dice.below(4) as u32).max(hired);
                self.people.push(Career { born, hired, left: None, spans: Vec::new(), rank, rank_since, seat: None });
            }
        }
        for rank in Rank::ALL.into_iter().rev() {
            let pool = self.waiting(rank, dice);
            self.seat_all(pool, rank, day, AssignmentKind::Transferred, dice);
        }
        for person in &mut self.people {
            let earlier = years_before(day, dice.below(3) as u32).max(person.hired);
            for span in &mut person.spans {
                span.from = earlier;
                if earlier == person.hired {
                    span.kind = AssignmentKind::Hired;
                }
            }
            person.rank_since = person.rank_since.min(earlier);
        }
    }

    /// A day on which posts change hands.
    fn turn(&mut self, day: NaiveDate, season: &Season, dice: &mut Dice) {
        self.leave(day, season, dice);
        self.rise_from_seats(day, season, dice);
        for (place, rank) in Rank::ALL.into_iter().enumerate().rev() {
            let missing_heads = self.open_seats(rank, day, true).len().saturating_sub(self.waiting(rank, dice).len());
            let missing = match season.renew {
                true => self.targets[place].saturating_sub(self.employed(rank)).max(missing_heads),
                false => missing_heads,
            };
            if let Some(below) = place.checked_sub(1).and_then(|below| Rank::ALL.get(below)) {
                self.promote(*below, rank, missing, day, dice);
            }
            let pool = self.waiting(rank, dice);
            self.seat_all(pool, rank, day, AssignmentKind::Transferred, dice);
        }
        if season.renew {
            self.hire(day, dice);
        }
    }

    fn leave(&mut self, day: NaiveDate, season: &Season, dice: &mut Dice) {
        let last = eve(day);
        for person in self.people.iter_mut().filter(|person| person.left.is_none()) {
            let retires = season.retire && age(person.born, last) >= age_limit(last);
            // The highest officials step down in summer, mostly before the age limit.
            let steps_down = day.month() == 7
                && person.rank >= Rank::BureauHead
                && person.rank_since <= years_before(day, 1)
                && dice.per_mille(350);
            if retires || steps_down || dice.per_mille(season.leave) {
                person.left = Some(last);
                close(person, last);
                if let Some(seat) = person.seat.take() {
                    self.held[seat] -= 1;
                }
            }
        }
    }

    /// Those whose office ends and those due for a transfer give up their seats.
    fn rise_from_seats(&mut self, day: NaiveDate, season: &Season, dice: &mut Dice) {
        for person in self.people.iter_mut().filter(|person| person.left.is_none()) {
            let Some(seat) = person.seat else { continue };
            let (_, end) = self.lives[seat];
            let since = person.spans.last().map_or(day, |span| span.from);
            let share = season.moves[person.rank as usize];
            let due = match since {
                since if since <= years_before(day, 3) => dice.per_mille(share * 2),
                since if since <= years_before(day, 1) => dice.per_mille(share),
                _ => false,
            };
            if due || end.is_some_and(|end| end < day) {
                person.seat = None;
                self.held[seat] -= 1;
            }
        }
    }

    fn promote(&mut self, below: Rank, rank: Rank, count: usize, day: NaiveDate, dice: &mut Dice) {
        let mut candidates: Vec<(NaiveDate, usize)> = self
            .people
            .iter()
            .enumerate()
            .filter(|(_, person)| person.left.is_none() && person.rank == below)
            .map(|(at, person)| (person.rank_since + Days::new(dice.below(1500) as u64), at))
            .collect();
        candidates.sort();
        for (_, at) in candidates.into_iter().take(count) {
            let person = &mut self.people[at];
            person.rank = rank;
            person.rank_since = day;
            if let Some(seat) = person.seat.take() {
                self.held[seat] -= 1;
            }
        }
    }

    fn hire(&mut self, day: NaiveDate, dice: &mut Dice) {
        let employed = self.people.iter().filter(|person| person.left.is_none()).count();
        for _ in employed..self.staff {
            let experienced = day.month() != 4 || dice.per_mille(50);
            let age = if experienced { dice.between(27, 37) } else { [18, 22, 22, 22, 24][dice.below(5)] };
            let born = born_at(day.year() - age as i32, dice);
            let spans = Vec::new();
            let person =
                Career { born, hired: day, left: None, spans, rank: Rank::Officer, rank_since: day, seat: None };
            self.people.push(person);
        }
        let pool = self.waiting(Rank::Officer, dice);
        self.seat_all(pool, Rank::Officer, day, AssignmentKind::Hired, dice);
    }

    /// People of a class without a seat, in the order of chance.
    fn waiting(&self, rank: Rank, dice: &mut Dice) -> Vec<usize> {
        let mut pool: Vec<usize> = self
            .people
            .iter()
            .enumerate()
            .filter(|(_, person)| person.left.is_none() && person.rank == rank && person.seat.is_none())
            .map(|(at, _)| at)
            .collect();
        dice.shuffle(&mut pool);
        pool
    }

    fn employed(&self, rank: Rank) -> usize {
        self.people.iter().filter(|person| person.left.is_none() && person.rank == rank).count()
    }

    /// Free seats of a class, a post once for each: those that lead an office, or the others.
    fn open_seats(&self, rank: Rank, day: NaiveDate, head: bool) -> Vec<usize> {
        let mut seats = Vec::new();
        for (at, post) in self.posts.iter().enumerate() {
            let (from, to) = self.lives[at];
            if post.rank == rank && post.head == head && covers(from, to, day) {
                seats.extend(std::iter::repeat_n(at, post.capacity.saturating_sub(self.held[at])));
            }
        }
        seats
    }

    /// Gives each of the waiting a seat: heads of offices first, then wherever there is room.
    fn seat_all(&mut self, pool: Vec<usize>, rank: Rank, day: NaiveDate, kind: AssignmentKind, dice: &mut Dice) {
        let mut others = self.open_seats(rank, day, false);
        dice.shuffle(&mut others);
        let seats = self.open_seats(rank, day, true).into_iter().chain(others);
        let mut seats: Vec<usize> = seats.take(pool.len()).collect();
        // Whoever still waits gets a seat added to an office that exists.
        while seats.len() < pool.len() {
            let open = |at: &usize| {
                self.posts[*at].rank == rank
                    && !self.posts[*at].head
                    && covers(self.lives[*at].0, self.lives[*at].1, day)
            };
            let Some(at) = (0..self.posts.len()).find(open) else { break };
            self.posts[at].capacity += 1;
            seats.push(at);
        }
        dice.shuffle(&mut seats);
        for (person, seat) in pool.into_iter().zip(seats) {
            self.sit(person, seat, day, kind);
        }
    }

    fn sit(&mut self, at: usize, seat: usize, day: NaiveDate, kind: AssignmentKind) {
        self.held[seat] += 1;
        let person = &mut self.people[at];
        person.seat = Some(seat);
        if person.spans.last().is_some_and(|span| span.post == seat && span.to.is_none()) {
            return;
        }
        close(person, eve(day));
        let kind = if person.rank_since == day && !person.spans.is_empty() { AssignmentKind::Promoted } else { kind };
        person.spans.push(Span { post: seat, from: day, to: None, kind });
    }
}

fn close(person: &mut Career, last: NaiveDate) {
    if let Some(span) = person.spans.last_mut()
        && span.to.is_none()
    {
        span.to = Some(last);
    }
}

/// A birthday of somebody who turns that many years old by 1 April, which is how school years count.
fn born_at(year: i32, dice: &mut Dice) -> NaiveDate {
    let after = NaiveDate::from_ymd_opt(year - 1, 4, 2).unwrap_or(NaiveDate::MIN);
    after + Days::new(dice.below(365) as u64)
}

/// Age in full years on a day; somebody born on 29 February is a year older on 1 March here.
fn age(born: NaiveDate, day: NaiveDate) -> i32 {
    let had_birthday = (day.month(), day.day()) >= (born.month(), born.day());
    day.year() - born.year() - i32::from(!had_birthday)
}

/// The age limit for those who retire on that day: 60 until March 2023, then a year more every two years up to 65
/// (National Public Service Act art. 81-6 and the transitional rules of the amendment of 2021).
fn age_limit(day: NaiveDate) -> i32 {
    (60 + (fiscal_year(day) - 2021).max(0) / 2).min(65)
}
