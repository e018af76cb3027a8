//! Attached files in a form. A file is stored once; the form then carries its identifier, so that a form that comes back
//! with errors does not ask for the file again.

use ledger::Problem;
use ledger::access::Access;
use ledger::definition::Field;
use ledger::port::{Attachment, Reader, StoreError};
use maud::{Markup, html};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::components::{Control, Wiring};
use crate::web::{Ask, Upload};

use super::super::pairs::Pairs;
use super::controls::file_input;
use super::entered::Entered;

/// Largest file, in bytes.
pub const LARGEST: usize = 20 * 1_048_576;

/// Files already held, each with a box to let it go, and an input for more.
pub struct Attached {
    held: Vec<(String, String)>,
}

impl Attached {
    /// From the pairs of a form.
    pub fn of(pairs: &Pairs, name: &str) -> Self {
        let held = pairs
            .all(&format!("{name}.keep"))
            .map(|text| {
                let (id, words) = text.split_once(' ').unwrap_or((text, text));
                (id.to_string(), words.to_string())
            })
            .collect();
        Self { held }
    }
}

impl Control for Attached {
    fn is_group(&self) -> bool {
        true
    }

    fn control(&self, wiring: &Wiring) -> Markup {
        html! {
            @for (id, words) in &self.held {
                label class="choice" {
                    input type="checkbox" name={ (wiring.name) ".keep" } value={ (id) " " (words) } checked;
                    span { (words) small { "チェックを外して保存すると、この記録から外れます。" } }
                }
            }
            (file_input(true).control(&Wiring { bare: true, ..wiring.clone() }))
        }
    }
}

/// A stored file of an upload.
pub fn attachment(ask: &Ask<'_>, upload: &Upload) -> Attachment {
    let name: String = upload.name.chars().filter(|c| !c.is_control()).take(200).collect();
    Attachment {
        id: ask.kernel.new_id(),
        name: if name.trim().is_empty() { "添付ファイル".into() } else { name },
        media_type: media_type(&upload.media_type),
        sha256: hex::encode(Sha256::digest(&upload.content)),
        content: upload.content.clone(),
        stored_by: ask.who.actor.account.clone(),
        stored_at: ask.kernel.now(),
    }
}

/// The media type as the device gave it, when it has the form of one.
fn media_type(given: &str) -> String {
    let plain = given.split(';').next().unwrap_or_default().trim();
    let fits = plain.split_once('/').is_some_and(|(kind, sub)| !kind.is_empty() && !sub.is_empty());
    let clean = plain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/.+-".contains(&byte));
    if fits && clean && plain.len() <= 120 { plain.to_string() } else { "application/octet-stream".into() }
}

/// The value of a field of files: those kept and those that came with the form.
pub fn read(tx: &mut dyn Reader, ask: &Ask<'_>, field: &Field, entered: &mut Entered) -> Result<Value, StoreError> {
    let keep = format!("{}.keep", field.name);
    let kept: Vec<String> =
        entered.pairs.all(&keep).filter_map(|text| text.split(' ').next()).map(String::from).collect();
    let mut files = Vec::new();
    let held = held(tx, ask, field)?;
    for id in kept {
        if let Some(file) = held.iter().find(|file| file.get("id").and_then(Value::as_str) == Some(&id)) {
            files.push(file.clone());
        } else if let Some(file) = tx.attachment(&id)?.filter(|file| file.stored_by == ask.who.actor.account) {
            files.push(described(&file));
        }
    }
    for upload in ask.files.iter().filter(|upload| upload.field == field.name && !upload.content.is_empty()) {
        if upload.content.len() > LARGEST {
            let message =
                format!("「{}」は{}MBを超えています。小さくするか、分けてください。", upload.name, LARGEST / 1_048_576);
            entered.problems.push(Problem::field(&field.name, message));
            continue;
        }
        let file = attachment(ask, upload);
        files.push(described(&file));
        entered.pairs.0.push((keep.clone(), format!("{} {}", file.id, file.name)));
        entered.files.push(file);
    }
    Ok(Value::Array(files))
}

/// Files that the record holds in this field and that the person may see.
fn held(tx: &mut dyn Reader, ask: &Ask<'_>, field: &Field) -> Result<Vec<Value>, StoreError> {
    let Some(ledger) = ask.kernel.catalogue.ledger(ask.param("ledger")) else { return Ok(Vec::new()) };
    let access = Access::new(ledger, ask.who);
    let record = match ask.param("id") {
        "" => None,
        id => tx.record(&ledger.name, id)?.filter(|record| access.may_read(record)),
    };
    let record = record.map(|record| access.redact(record));
    Ok(record.and_then(|record| record.value(&field.name).as_array().cloned()).unwrap_or_default())
}

fn described(file: &Attachment) -> Value {
    json!({
        "id": file.id,
        "name": file.name,
        "media_type": file.media_type,
        "size": file.content.len(),
        "sha256": file.sha256,
    })
}
