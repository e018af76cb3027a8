//! A file attached to a record, for whoever may read the field it is attached to.

use journal::act::DOWNLOAD;
use ledger::Refusal;
use ledger::access::Access;
use ledger::definition::Kind;
use ledger::evidence::reading;
use ledger::port::Reader;
use serde_json::{Value, json};

use crate::web::{Ask, Keep, Reply, Stop};

/// The file. It is never shown in the browser itself: what a person uploaded could be a page that acts in their name.
pub fn file(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<(Reply, Keep), Stop> {
    let ledger = ask.kernel.ledger(ask.param("ledger"))?;
    let access = Access::new(&ledger, ask.who);
    let record = tx.record(&ledger.name, ask.param("id"))?.filter(|record| access.may_read(record));
    let record = access.redact(record.ok_or(Refusal::NotFound)?);
    let wanted = ask.param("attachment");
    let field = ledger.fields.iter().filter(|field| matches!(field.kind, Kind::Attachment)).find(|field| {
        let files = record.value(&field.name).as_array().map_or(&[] as &[Value], Vec::as_slice);
        files.iter().any(|file| file.get("id").and_then(Value::as_str) == Some(wanted))
    });
    let field = field.ok_or(Refusal::NotFound)?;
    let file = tx.attachment(wanted)?.ok_or(Refusal::NotFound)?;
    let protected = ledger.classes.iter().any(|class| class.name == field.class && class.protected);
    let entries = match protected {
        true => {
            let facts = json!({ "classes": [field.class], "field": field.name, "file": wanted });
            vec![reading(ask.kernel, ask.who, DOWNLOAD, &ledger.name, &record.id, facts)]
        }
        false => Vec::new(),
    };
    let reply = Reply::File { name: file.name, media_type: file.media_type, content: file.content, inline: false };
    Ok((reply, Keep { entries, ..Keep::default() }))
}
