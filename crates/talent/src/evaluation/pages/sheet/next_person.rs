//! The sheet before and after this one, in the order of the list one comes from.

use ledger::Refusal;
use ledger::port::Reader;
use ui::Url;
use ui::web::Ask;

use super::super::{address, asked};
use super::seen::Seen;

/// Where a sheet stands among its neighbours.
pub struct Place {
    /// The one before.
    pub previous: Option<Url>,
    /// The one after.
    pub next: Option<Url>,
    /// 12人中3人目
    pub words: String,
}

/// Neighbours of the sheet: those of the same round in which the reader has the same seat; for whoever looks on, those
/// of the same office in the same step. None for the person whose sheet it is.
pub fn around(tx: &mut dyn Reader, ask: &Ask<'_>, seen: &Seen) -> Result<Option<Place>, Refusal> {
    if seen.is_subject(ask) {
        return Ok(None);
    }
    let sheet = seen.sheet();
    let mut conditions = vec![asked::is("round", [seen.round.id.as_str()])];
    match seen.seat(ask) {
        Some(seat) => conditions.push(asked::is(seat, ["@me"])),
        None => {
            conditions.push(asked::is("organisation", sheet.text("organisation")));
            conditions.push(asked::is("state", [sheet.state.as_str()]));
        }
    }
    let ids: Vec<String> = asked::sheets(tx, ask, conditions)?.into_iter().map(|sheet| sheet.id).collect();
    let Some(at) = ids.iter().position(|id| *id == sheet.id).filter(|_| ids.len() > 1) else { return Ok(None) };
    let link = |at: Option<usize>| at.and_then(|at| ids.get(at)).map(|id| address::sheet(id));
    Ok(Some(Place {
        previous: link(at.checked_sub(1)),
        next: link(Some(at + 1)),
        words: format!("{}人中{}人目", ids.len(), at + 1),
    }))
}
