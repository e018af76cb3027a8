//! Which heading stands for which field.

use crate::definition::{Field, Ledger};
use crate::search::fold;

/// The field of each heading, by label, name, alias or former name; width and case do not matter. `None` for headings
/// that stand for no field. `chosen` (heading, field name) overrules what is recognised.
pub fn recognise<'a>(ledger: &'a Ledger, headings: &[String], chosen: &[(String, String)]) -> Vec<Option<&'a Field>> {
    let mut taken: Vec<&str> = Vec::new();
    headings
        .iter()
        .map(|heading| {
            let overruled = chosen.iter().find(|(from, _)| from == heading).map(|(_, name)| name.as_str());
            let field = match overruled {
                Some(name) => ledger.field(name),
                None => ledger.current_fields().find(|field| stands_for(heading, field)),
            }?;
            // A second column of the same field would silently win over the first.
            if taken.contains(&field.name.as_str()) {
                return None;
            }
            taken.push(&field.name);
            Some(field)
        })
        .collect()
}

/// Headings under which a field is recognised: its label first, its names at the end.
pub fn headings(field: &Field) -> impl Iterator<Item = &str> {
    let aliases = field.aliases.iter().map(String::as_str);
    let names = std::iter::once(&field.name).chain(&field.was).map(String::as_str);
    std::iter::once(field.label.as_str()).chain(aliases).chain(names)
}

fn stands_for(heading: &str, field: &Field) -> bool {
    let heading = bare(heading);
    !heading.is_empty() && headings(field).any(|name| bare(name) == heading)
}

fn bare(text: &str) -> String {
    fold(text).replace(' ', "")
}
