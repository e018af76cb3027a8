//! Reading a form back: values for the write path, files, and what cannot be made out.

use ledger::definition::{Field, Kind, Ledger};
use ledger::port::{Attachment, Reader, StoreError};
use ledger::{Body, Problem};
use serde_json::{Map, Value};

use crate::web::{Ask, Stop};

use super::super::pairs::Pairs;
use super::choices::{Unresolved, resolve};
use super::files;

/// What a person entered.
#[derive(Debug, Default)]
pub struct Entered {
    /// Values by field, for [`ledger::Change`].
    pub values: Body,
    /// What cannot be made out.
    pub problems: Vec<Problem>,
    /// Files that came with the form, not stored yet.
    pub files: Vec<Attachment>,
    /// The pairs, with the files named in them.
    pub pairs: Pairs,
}

/// Read the fields that the form asked for.
pub fn read(tx: &mut dyn Reader, ask: &Ask<'_>, ledger: &Ledger, pairs: Pairs) -> Result<Entered, Stop> {
    let mut entered = Entered { pairs, ..Entered::default() };
    let names: Vec<String> = entered.pairs.fields().into_iter().map(String::from).collect();
    // `_take.FIELD=theirs` is the answer of the conflict page: my value is given up.
    let mine = |name: &str| ask.form(&format!("_take.{name}")) != Some("theirs");
    for field in names.iter().filter(|name| mine(name)).filter_map(|name| ledger.field(name)) {
        let value = match &field.kind {
            Kind::Attachment => files::read(tx, ask, field, &mut entered)?,
            Kind::Rows { columns } => rows(tx, ask, field, columns, &mut entered)?,
            _ => one(tx, ask, field, &field.name, &entered.pairs)?.unwrap_or_else(|message| {
                entered.problems.push(Problem::field(&field.name, message));
                Value::Null
            }),
        };
        entered.values.insert(field.name.clone(), value);
    }
    Ok(entered)
}

/// A value as the write path takes it, or what is wrong.
fn one(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    field: &Field,
    name: &str,
    pairs: &Pairs,
) -> Result<Result<Value, String>, StoreError> {
    let text = pairs.first(name);
    Ok(Ok(match &field.kind {
        Kind::Period => {
            let part = |key: &str| Value::from(pairs.first(&format!("{name}.{key}")));
            Value::Object(Map::from_iter([("from".to_string(), part("from")), ("to".to_string(), part("to"))]))
        }
        Kind::YesNo => (text == "true").into(),
        Kind::Choices { .. } => pairs.all(name).filter(|code| !code.is_empty()).collect(),
        Kind::Reference { ledger, many: false } => match resolve(ask.kernel, tx, ask.who, ledger, &field.label, text) {
            Ok(id) => id.map_or(Value::Null, Value::String),
            Err(Unresolved::Wrong(message)) => return Ok(Err(message)),
            Err(Unresolved::Store(error)) => return Err(error),
        },
        Kind::Reference { ledger, many: true } => {
            let mut ids = Vec::new();
            for typed in pairs.all(name).flat_map(|text| text.split(['\n', '、', ','])) {
                match resolve(ask.kernel, tx, ask.who, ledger, &field.label, typed) {
                    Ok(id) => ids.extend(id.map(Value::String)),
                    Err(Unresolved::Wrong(message)) => return Ok(Err(message)),
                    Err(Unresolved::Store(error)) => return Err(error),
                }
            }
            Value::Array(ids)
        }
        _ => text.into(),
    }))
}

fn rows(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    field: &Field,
    columns: &[Field],
    entered: &mut Entered,
) -> Result<Value, StoreError> {
    let count = entered.pairs.rows(&field.name).len();
    let mut rows = Vec::with_capacity(count);
    for row in 0..count {
        let mut cells = Map::new();
        for column in columns {
            let name = format!("{}.{row}.{}", field.name, column.name);
            match one(tx, ask, column, &name, &entered.pairs)? {
                // A box that is not ticked does not make a row.
                Ok(Value::Bool(false)) => {}
                Ok(value) => {
                    cells.insert(column.name.clone(), value);
                }
                Err(message) => {
                    entered.problems.push(Problem::cell(&field.name, row, &column.name, message));
                }
            }
        }
        rows.push(Value::Object(cells));
    }
    Ok(Value::Array(rows))
}
