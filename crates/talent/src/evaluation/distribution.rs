//! How marks are spread, by evaluator, office or rank. Evaluation is absolute: nothing here forces a distribution. A
//! difference to the whole is shown with its caution where few sheets stand behind it.

use std::collections::BTreeMap;

use ledger::Kernel;
use ledger::access::Access;
use ledger::port::Reader;
use ledger::principal::Principal;
use ledger::query::{Filter, Query};
use ledger::read::title;
use ledger::refusal::Refusal;

use super::find;
use super::names::RANKS;
use super::names::ledger_name::{ORGANISATION, PERSON, SHEET};
use super::progress::readable_round;
use super::scale::{Mark, Scale};

/// Whose marks are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// By evaluator.
    Evaluator,
    /// By office.
    Organisation,
    /// By rank.
    Rank,
}

/// Which of the overall marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// The evaluator's.
    Evaluator,
    /// The adjuster's.
    Adjuster,
    /// The confirmer's.
    Confirmer,
    /// The final one.
    Result,
}

impl Given {
    fn field(self) -> &'static str {
        match self {
            Given::Evaluator => "evaluator_mark",
            Given::Adjuster => "adjuster_mark",
            Given::Confirmer => "confirmer_mark",
            Given::Result => "result_mark",
        }
    }
}

/// The marks of one evaluator, office or rank.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Spread {
    /// Person, office or rank.
    pub key: String,
    /// Name to show.
    pub name: String,
    /// Sheets by mark, in the order of [`Distribution::marks`].
    pub counts: Vec<u64>,
    /// Sheets with a mark.
    pub total: u64,
    /// Mean of points: the lowest mark is 1 point. None without sheets.
    pub mean: Option<f64>,
    /// Mean less the mean of the whole.
    pub difference: Option<f64>,
    /// Too few sheets to conclude anything from the mean (under the round's `small_group`).
    pub caution: bool,
}

/// A distribution over the sheets of which the reader may see the mark.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Distribution {
    /// Marks, best first.
    pub marks: Vec<Mark>,
    /// Everything together.
    pub whole: Spread,
    /// Rows by name.
    pub rows: Vec<Spread>,
    /// Number of sheets under which a row carries a caution.
    pub small_group: u64,
}

/// The distribution of one round's marks.
///
/// # Errors
/// Not found when the round, or this kind of mark altogether, is out of the reader's sight.
pub fn distribution(
    tx: &mut (impl Reader + ?Sized),
    kernel: &Kernel,
    who: &Principal,
    round: &str,
    by: By,
    given: Given,
) -> Result<Distribution, Refusal> {
    let round = readable_round(tx, kernel, who, round)?;
    let ledger = kernel.ledger(SHEET)?;
    let access = Access::new(&ledger, who);
    let class = ledger.field(given.field()).map_or("base", |field| field.class.as_str());
    let readable = access.readable(class);
    if readable == Filter::Nothing {
        return Err(Refusal::NotFound);
    }
    let key_field = match by {
        By::Evaluator => "evaluator",
        By::Organisation => "organisation",
        By::Rank => "rank",
    };
    let scale = Scale::load(tx, round.text("scale"))?;
    let filter = readable.and(find::is("round", &round.id));
    let query = Query { ledger: SHEET.into(), filter, sort: vec![], after: None, limit: find::MOST, as_of: None };
    let mut by_key: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for sheet in tx.find(&query)? {
        let sheet = access.redact(sheet);
        let (Some(key), Some(mark)) = (sheet.text(key_field), sheet.text(given.field())) else { continue };
        let Some(place) = scale.marks.iter().position(|known| known.label == mark) else { continue };
        let counts = by_key.entry(key.to_string()).or_insert_with(|| vec![0; scale.marks.len()]);
        if let Some(count) = counts.get_mut(place) {
            *count += 1;
        }
    }
    let small_group = round.value("small_group").as_u64().unwrap_or(10);
    let whole: Vec<u64> =
        (0..scale.marks.len()).map(|at| by_key.values().filter_map(|counts| counts.get(at)).sum()).collect();
    let mut whole = spread(&scale, String::new(), whole, small_group);
    whole.name = "全体".into();
    let mut rows: Vec<Spread> =
        by_key.into_iter().map(|(key, counts)| spread(&scale, key, counts, small_group)).collect();
    for row in &mut rows {
        row.difference = row.mean.zip(whole.mean).map(|(mean, all)| mean - all);
    }
    name(tx, kernel, who, by, &mut rows)?;
    rows.sort_by(|one, two| one.name.cmp(&two.name));
    Ok(Distribution { marks: scale.marks, whole, rows, small_group })
}

fn spread(scale: &Scale, key: String, counts: Vec<u64>, small_group: u64) -> Spread {
    let total: u64 = counts.iter().sum();
    let points: u64 = scale
        .marks
        .iter()
        .zip(&counts)
        .map(|(mark, count)| u64::try_from(scale.points(mark)).unwrap_or_default() * count)
        .sum();
    // Counts of people are far below the 53 bits that a float holds exactly.
    let mean = (total > 0).then(|| points as f64 / total as f64);
    Spread { key, name: String::new(), counts, total, mean, difference: None, caution: total < small_group }
}

fn name(
    tx: &mut (impl Reader + ?Sized),
    kernel: &Kernel,
    who: &Principal,
    by: By,
    rows: &mut [Spread],
) -> Result<(), Refusal> {
    let target = match by {
        By::Evaluator => PERSON,
        By::Organisation => ORGANISATION,
        By::Rank => {
            let ranks = kernel.catalogue.choices.get(RANKS);
            for row in rows {
                row.name = ranks.map_or(row.key.clone(), |set| set.label(&row.key).to_string());
            }
            return Ok(());
        }
    };
    let wanted: Vec<(&str, String)> = rows.iter().map(|row| (target, row.key.clone())).collect();
    let titles = title::many(&kernel.catalogue, tx, who, wanted.iter().map(|(ledger, id)| (*ledger, id.as_str())))?;
    for row in rows {
        row.name = titles.get(target, &row.key).to_string();
    }
    Ok(())
}
