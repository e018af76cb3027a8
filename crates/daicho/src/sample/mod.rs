//! The sample agency (見本): a made-up ministry with offices, posts, people and five years of appointments.
//!
//! It owns the invention of plausible data and nothing else: it knows no ledger and no store, and hands out plain rows
//! with the columns that an import takes. Storing them, accounts and evaluation rounds are the business of `daicho demo`.
//! The same size, date and seed give the same agency, byte for byte; neither clock nor randomness of the machine is used.
//! No person in it exists: names are combined by chance from lists of common surnames and given names.
//!
//! ```
//! use chrono::NaiveDate;
//! use daicho::sample::SampleAgency;
//!
//! let today = NaiveDate::from_ymd_opt(2026, 11, 21).unwrap();
//! let agency = SampleAgency::generate(800, today, 1);
//! assert_eq!(agency.people.iter().filter(|person| person.employed_on(today)).count(), 800);
//! assert_eq!(agency.organisations[0].name, "見本省");
//! ```

mod careers;
mod cast;
mod concurrent;
mod dice;
mod lines;
mod names;
mod offices;
mod posts;
mod rows;
#[cfg(test)]
mod tests;

use chrono::{Datelike, Months, NaiveDate};

pub use cast::Cast;
pub use rows::Rows;

/// Class of a post in the line of command (職制段階), lowest first, as the standard posts for evaluation name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rank {
    /// 係員
    Officer,
    /// 係長
    SectionChief,
    /// 課長補佐
    DeputyDirector,
    /// 室長
    RoomHead,
    /// 課長
    Director,
    /// 部長, among them the deputy of a bureau (審議官)
    DepartmentHead,
    /// 局長
    BureauHead,
    /// 事務次官
    ViceMinister,
}

impl Rank {
    /// All classes, lowest first.
    pub const ALL: [Rank; 8] = [
        Rank::Officer,
        Rank::SectionChief,
        Rank::DeputyDirector,
        Rank::RoomHead,
        Rank::Director,
        Rank::DepartmentHead,
        Rank::BureauHead,
        Rank::ViceMinister,
    ];

    /// The Japanese word that forms and lists show.
    pub fn label(self) -> &'static str {
        match self {
            Rank::Officer => "係員",
            Rank::SectionChief => "係長",
            Rank::DeputyDirector => "課長補佐",
            Rank::RoomHead => "室長",
            Rank::Director => "課長",
            Rank::DepartmentHead => "部長",
            Rank::BureauHead => "局長",
            Rank::ViceMinister => "次官",
        }
    }
}

/// An office in the tree (組織).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Six digits, with leading zeros: bureau (2), department (1), division (2), room (1).
    pub code: String,
    /// Short name; divisions of different bureaus may share it.
    pub name: String,
    /// Code of the office above; only the ministry has none.
    pub parent: Option<String>,
    /// 省, 官房, 局, 部, 課 or 室.
    pub kind: &'static str,
    /// First day of its existence.
    pub valid_from: NaiveDate,
    /// Last day of its existence; `None` while no end is decided.
    pub valid_to: Option<NaiveDate>,
}

/// A post (官職) that one or several people may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Code of its office, a hyphen and three digits.
    pub code: String,
    /// Full name with its office.
    pub name: String,
    /// Code of its office; the post exists as long as the office.
    pub organisation: String,
    /// Class in the line of command.
    pub rank: Rank,
    /// How many people may hold it at a time as their principal post (定員); concurrent posts do not count.
    pub capacity: usize,
    /// Whether its holder leads the office.
    pub head: bool,
}

/// A member of staff (職員).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Seven digits, the first two of the year of hiring.
    pub number: String,
    /// Surname and given name, with a full-width space between; may hold characters outside CP932 and variation selectors.
    pub name: String,
    /// The same in katakana.
    pub kana: String,
    /// Date of birth.
    pub born_on: NaiveDate,
    /// First day of employment.
    pub hired_on: NaiveDate,
    /// Last day of employment; `None` while no end is known.
    pub left_on: Option<NaiveDate>,
    /// Last day of the six months for which an appointment is conditional (条件付採用, National Public Service Act art. 59).
    pub conditional_until: NaiveDate,
    /// An address in a domain that is reserved for examples.
    pub mail: String,
}

impl Person {
    /// Whether the person is on the staff that day.
    pub fn employed_on(&self, date: NaiveDate) -> bool {
        covers(self.hired_on, self.left_on, date)
    }
}

/// How somebody came to hold a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AssignmentKind {
    /// 採用: the first post.
    Hired,
    /// 昇任: a post of a higher class.
    Promoted,
    /// 配置換: another post of the same class.
    Transferred,
    /// 併任: a second post beside the principal one.
    Concurrent,
}

impl AssignmentKind {
    /// The kind of assignment (種別): a person has one principal post at a time, and may have others beside it.
    pub fn label(self) -> &'static str {
        match self {
            AssignmentKind::Concurrent => "併任",
            _ => "本務",
        }
    }

    /// The word of the notice of appointment.
    pub fn reason(self) -> &'static str {
        match self {
            AssignmentKind::Hired => "採用",
            AssignmentKind::Promoted => "昇任",
            AssignmentKind::Transferred => "配置換",
            AssignmentKind::Concurrent => "併任",
        }
    }
}

/// That somebody holds a post from a day to a day (発令).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Number of the person.
    pub person: String,
    /// Code of the post.
    pub post: String,
    /// First day.
    pub from: NaiveDate,
    /// Last day; `None` while no end is known.
    pub to: Option<NaiveDate>,
    /// How it came about.
    pub kind: AssignmentKind,
}

impl Assignment {
    /// Whether the post is held that day.
    pub fn holds_on(&self, date: NaiveDate) -> bool {
        covers(self.from, self.to, date)
    }
}

/// Who evaluates the holders of posts of one class in one office (評価の系列), by post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvaluationLine {
    /// Code of the office of those evaluated.
    pub organisation: String,
    /// Class of those evaluated.
    pub rank: Rank,
    /// Code of the post of the 評価者.
    pub evaluator: String,
    /// Code of the post of the 調整者; `None` where nobody stands between.
    pub adjuster: Option<String>,
    /// Code of the post of the 実施権者.
    pub confirmer: String,
    /// First day on which the line holds.
    pub valid_from: NaiveDate,
    /// Last day on which the line holds.
    pub valid_to: Option<NaiveDate>,
}

/// A whole made-up ministry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleAgency {
    /// The day on which the agency is seen; everything later is announced but not yet in force.
    pub as_of: NaiveDate,
    /// Offices, each after the one above it.
    pub organisations: Vec<Organisation>,
    /// Posts, by office.
    pub posts: Vec<Post>,
    /// People, those who left within the last five years among them, by number.
    pub people: Vec<Person>,
    /// Assignments, by person and first day.
    pub assignments: Vec<Assignment>,
    /// Lines of evaluation; none for bureau heads and above, whom the minister evaluates.
    pub evaluation_lines: Vec<EvaluationLine>,
    /// One person for each kind of user.
    pub cast: Cast,
}

impl SampleAgency {
    /// The smallest agency in which every office has a head and people to lead.
    pub const SMALLEST: usize = 300;

    /// Invents an agency with exactly `staff` people employed on `as_of` (at least [`Self::SMALLEST`]).
    ///
    /// The history begins on 1 April five fiscal years before that of `as_of` and ends with the first day of transfers
    /// after it. Another `seed` gives other people in the same offices.
    pub fn generate(staff: usize, as_of: NaiveDate, seed: u64) -> SampleAgency {
        let staff = staff.max(Self::SMALLEST);
        let mut dice = dice::Dice::new(seed);
        let year = fiscal_year(as_of);
        let organisations = offices::organisations(year);
        let mut posts = posts::posts(&organisations, staff, as_of);
        let course = careers::run(&organisations, &mut posts, staff, as_of, &mut dice);
        let (people, mut assignments) = names::baptise(course, &posts, &mut dice);
        concurrent::add(&mut assignments, &people, &posts, &organisations, as_of, &mut dice);
        let evaluation_lines = lines::lines(&organisations, &posts);
        let cast = cast::choose(&posts, &assignments, &evaluation_lines, as_of);
        SampleAgency { as_of, organisations, posts, people, assignments, evaluation_lines, cast }
    }
}

/// Whether the closed period holds the day.
fn covers(from: NaiveDate, to: Option<NaiveDate>, date: NaiveDate) -> bool {
    from <= date && to.is_none_or(|to| date <= to)
}

/// Fiscal year (April to March) of a day.
fn fiscal_year(date: NaiveDate) -> i32 {
    if date.month() >= 4 { date.year() } else { date.year() - 1 }
}

/// The first day of a month; months of fixed events only, so a bad one is a mistake of this module.
fn first_of(year: i32, month: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, 1).unwrap_or(NaiveDate::MIN)
}

/// The day before.
fn eve(date: NaiveDate) -> NaiveDate {
    date.pred_opt().unwrap_or(date)
}

/// The same day some years earlier.
fn years_before(date: NaiveDate, years: u32) -> NaiveDate {
    date.checked_sub_months(Months::new(12 * years)).unwrap_or(date)
}
