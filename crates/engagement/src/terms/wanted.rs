//! What a contract wants to be there by its terms: a pure function of the contract, its settings, the calendar and the
//! records of its ledgers.

use calendar::{BusinessCalendar, DeadlineRule, jst_date};
use chrono::{DateTime, NaiveDate, Utc};
use ledger::definition::{Catalogue, Every, Item, Ledger, Terms};
use ledger::port::Reader;
use ledger::write::Opened;
use ledger::{Kernel, Principal, Problem, Record, Refusal, find, value};

use super::{counted, settings, span};
use crate::names::{contract, made};

/// Most obligations that one contract may have by its terms: daily reports of eight years beside everything else.
pub const MOST: usize = 3_000;
/// Longest words for a span, in characters.
const MOST_WORDS: usize = 40;

/// Which of an item's obligations this is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Item.
    pub item: String,
    /// First day of the span.
    pub period: Option<NaiveDate>,
    /// The span in words, where its length is decided for each contract: a quarter and a half may begin on one day.
    pub span: Option<String>,
    /// Ledger and identifier of the record it is for.
    pub event: Option<(String, String)>,
}

impl Key {
    /// The key of an obligation that was made from these terms; `None` for one that a person made.
    pub fn of(terms: &Terms, obligation: &Record) -> Option<Self> {
        let text = |field: &str| obligation.text(field).map(str::to_owned);
        let item = text(made::ITEM)?;
        let decided = terms.item(&item).is_some_and(is_decided);
        Some(Self {
            item,
            period: find::date(obligation, made::PERIOD),
            span: text(made::SPAN).filter(|_| decided),
            event: text(made::EVENT_LEDGER).zip(text(made::EVENT)),
        })
    }
}

fn is_decided(item: &Item) -> bool {
    matches!(item.every, Every::Decided { .. })
}

/// One obligation that ought to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Which.
    pub key: Key,
    /// The span or record in words.
    pub span: String,
    /// By when; `None` on request, or while the date it counts from is not known.
    pub due: Option<NaiveDate>,
    /// How that was counted.
    pub counted: String,
}

/// One contract with its terms, and what dates are counted on.
#[derive(Clone, Copy)]
pub struct Contract<'c> {
    /// Definitions.
    pub catalogue: &'c Catalogue,
    /// Open days.
    pub calendar: &'c BusinessCalendar,
    /// Its terms.
    pub terms: &'c Terms,
    /// The contract.
    pub record: &'c Record,
}

impl<'c> Contract<'c> {
    /// A contract of these terms.
    pub fn new(kernel: &'c Kernel, terms: &'c Terms, record: &'c Record) -> Self {
        Self { catalogue: &kernel.catalogue, calendar: &kernel.calendar, terms, record }
    }

    /// Everything due once or for a span, in the order of the terms.
    ///
    /// # Errors
    /// A problem of the last day when it would be more than [`MOST`].
    pub fn planned(&self) -> Result<Vec<Wanted>, Refusal> {
        let (first, last) = (find::date(self.record, contract::STARTS_ON), find::date(self.record, contract::ENDS_ON));
        let mut wanted = Vec::new();
        for item in &self.terms.items {
            let rule = self.rule(item);
            match &self.every(item) {
                Every::Record { .. } => {}
                Every::Once => {
                    wanted.push(self.one(item, rule.as_ref(), None, None, &|name| date(self.record, name)));
                }
                every => {
                    let Some((first, last)) = first.zip(last) else { continue };
                    for day in span::spans(every, first, last, self.calendar, MOST + 1) {
                        let of = |name: &str| match name {
                            "period" => Some(day),
                            "period_end" => span::last_day(every, day),
                            name => date(self.record, name),
                        };
                        let words = span::words(every, day);
                        wanted.push(self.one(item, rule.as_ref(), Some((day, words)), None, &of));
                    }
                }
            }
            if wanted.len() > MOST {
                let message = format!(
                    "この期間では期限が{MOST}件を超えます。「履行期間の末日」を確かめるか、契約を分けてください。"
                );
                return Err(Refusal::invalid(Problem::field(contract::ENDS_ON, message)));
            }
        }
        Ok(wanted)
    }

    /// What is due for this record of a ledger by one item; `None` where the item is not for it.
    ///
    /// # Errors
    /// Those of reading what the condition looks into.
    pub fn for_event(
        &self,
        kernel: &Kernel,
        tx: &mut (impl Reader + ?Sized),
        ledger: &Ledger,
        item: &Item,
        event: &Record,
    ) -> Result<Option<Wanted>, Refusal> {
        if let Some(when) = &item.when {
            let opened = Opened::new(kernel, tx, ledger, event, None, &Principal::system("terms"))?;
            if !opened.holds(when, &item.name)? {
                return Ok(None);
            }
        }
        let of = |name: &str| match name.split_once('.') {
            Some((_, inner)) => date(self.record, inner),
            None => date(event, name),
        };
        Ok(Some(self.one(item, self.rule(item).as_ref(), None, Some((ledger, event)), &of)))
    }

    /// How often an item is due by what was decided for this contract.
    pub fn every(&self, item: &Item) -> Every {
        self.terms.every_of(item, &|name| settings::value_of(self.terms, self.record, name))
    }

    /// The rule of an item with what was decided for this contract.
    pub fn rule(&self, item: &Item) -> Option<DeadlineRule> {
        item.rule(&|name| settings::value_of(self.terms, self.record, name)).ok().flatten()
    }

    fn one(
        &self,
        item: &Item,
        rule: Option<&DeadlineRule>,
        span: Option<(NaiveDate, String)>,
        event: Option<(&Ledger, &Record)>,
        date_of: &dyn Fn(&str) -> Option<NaiveDate>,
    ) -> Wanted {
        let (period, words) = span.unzip();
        Wanted {
            key: Key {
                item: item.name.clone(),
                period,
                span: words.clone().filter(|_| is_decided(item)),
                event: event.map(|(ledger, record)| (ledger.name.clone(), record.id.clone())),
            },
            span: words.or(event.map(|(ledger, record)| called(self.catalogue, ledger, record))).unwrap_or_default(),
            due: rule.and_then(|rule| rule.resolve(date_of, self.calendar)),
            counted: match rule {
                Some(rule) => counted::words(self.catalogue, self.terms, &self.every(item), rule, date_of),
                None => counted::ON_REQUEST.into(),
            },
        }
    }
}

/// The date in a field; an instant counts as its day in Japan.
fn date(record: &Record, field: &str) -> Option<NaiveDate> {
    let text = record.text(field)?;
    text.parse().ok().or_else(|| text.parse::<DateTime<Utc>>().ok().map(jst_date))
}

/// What a record is called where everybody who sees its deadline may read it: its own words of open classes only.
fn called(catalogue: &Catalogue, ledger: &Ledger, record: &Record) -> String {
    let open = |class: &str| !ledger.classes.iter().any(|one| one.name == class && one.protected);
    let fields = ledger.title.iter().filter_map(|name| ledger.field(name));
    let parts: Vec<String> = fields
        .filter(|field| !field.encrypted && field.target().is_none() && open(&field.class))
        .map(|field| value::format_short(field, record.value(&field.name), catalogue))
        .filter(|text| !text.is_empty())
        .collect();
    parts.join(" ").chars().take(MOST_WORDS).collect()
}
