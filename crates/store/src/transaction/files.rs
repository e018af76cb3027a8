//! Attached files. Name and content are locked: under the key of the installation until a record with a subject takes the
//! file as its own, then under the key of that person.

use ledger::port::{Attachment, FileReader, FileWriter, INSTALLATION, StoreError};
use ledger::record::Record;

use super::Transaction;
use crate::locks::{Plan, is_locked};
use crate::value::Param;

fn places(id: &str) -> (String, String) {
    (format!("attachment/{id}/name"), format!("attachment/{id}/content"))
}

impl FileReader for Transaction<'_> {
    fn attachment(&mut self, id: &str) -> Result<Option<Attachment>, StoreError> {
        let sql = "SELECT id, name, media_type, sha256, stored_by, stored_at, content, holder FROM attachment \
                   WHERE id = $1";
        let Some(mut row) = self.first("attachment", sql, &[id.into()])? else { return Ok(None) };
        let mut file = Attachment {
            id: row.text()?,
            name: row.text()?,
            media_type: row.text()?,
            sha256: row.text()?,
            stored_by: row.text()?,
            stored_at: row.instant()?,
            content: row.bytes()?,
        };
        if row.optional_text()?.is_some() {
            let (name, content) = places(id);
            file.name = self.locks.open_text(&name, file.name)?;
            let locked = String::from_utf8(file.content).map_err(|_| row.corrupt("ロックされた内容を読めません"))?;
            file.content = self.locks.open(&content, &locked)?.ok_or(StoreError::Erased)?;
        }
        Ok(Some(file))
    }
}

impl FileWriter for Transaction<'_> {
    fn add_attachment(&mut self, attachment: &Attachment) -> Result<(), StoreError> {
        let (name, content) = places(&attachment.id);
        let name = self.locks.lock(INSTALLATION, &name, attachment.name.as_bytes())?;
        let content = self.locks.lock(INSTALLATION, &content, &attachment.content)?;
        self.locked |= content.is_some();
        let params = [
            (&attachment.id).into(),
            name.as_ref().unwrap_or(&attachment.name).into(),
            (&attachment.media_type).into(),
            (&attachment.sha256).into(),
            (&attachment.stored_by).into(),
            attachment.stored_at.into(),
            Param::Bytes(content.as_ref().map_or(&attachment.content, |content| content.as_bytes())),
            content.as_ref().map(|_| INSTALLATION).into(),
        ];
        let sql = "INSERT INTO attachment (id, name, media_type, sha256, stored_by, stored_at, content, holder) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        self.execute("attachment", sql, &params).map(drop)
    }
}

impl Transaction<'_> {
    /// Lock the files of the record under the key of its subject. A file that has a person already stays with that person.
    pub(super) fn adopt_files(&mut self, plan: &Plan, record: &Record, holder: &str) -> Result<(), StoreError> {
        let files = plan.files.iter().filter_map(|field| record.value(field).as_array());
        let ids: Vec<String> = files.flatten().filter_map(|file| Some(file.get("id")?.as_str()?.to_owned())).collect();
        for id in ids {
            let sql = "SELECT id, name, content FROM attachment WHERE id = $1 AND (holder = $2 OR holder IS NULL)";
            let Some(mut row) = self.first("attachment", sql, &[(&id).into(), INSTALLATION.into()])? else { continue };
            let (_, name, bytes) = (row.text()?, row.text()?, row.bytes()?);
            let (name_place, content_place) = places(&id);
            let name = self.locks.open_text(&name_place, name)?;
            let locked = std::str::from_utf8(&bytes).ok().filter(|text| is_locked(text));
            let clear = match locked {
                Some(text) => self.locks.open(&content_place, text)?.ok_or(StoreError::Erased)?,
                None => bytes,
            };
            let name = self.locks.lock(holder, &name_place, name.as_bytes())?;
            let content = self.locks.lock(holder, &content_place, &clear)?;
            let (Some(name), Some(content)) = (name, content) else { continue };
            self.locked = true;
            let sql = "UPDATE attachment SET name = $1, content = $2, holder = $3 WHERE id = $4";
            let params = [name.into(), Param::Bytes(content.as_bytes()), holder.into(), (&id).into()];
            self.execute("attachment", sql, &params)?;
        }
        Ok(())
    }
}
