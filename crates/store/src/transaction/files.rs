//! Attached files.

use ledger::port::{Attachment, FileReader, FileWriter, StoreError};

use super::Transaction;
use crate::value::Param;

impl FileReader for Transaction<'_> {
    fn attachment(&mut self, id: &str) -> Result<Option<Attachment>, StoreError> {
        let sql = "SELECT id, name, media_type, sha256, stored_by, stored_at, content FROM attachment WHERE id = $1";
        let Some(mut row) = self.first("attachment", sql, &[id.into()])? else { return Ok(None) };
        Ok(Some(Attachment {
            id: row.text()?,
            name: row.text()?,
            media_type: row.text()?,
            sha256: row.text()?,
            stored_by: row.text()?,
            stored_at: row.instant()?,
            content: row.bytes()?,
        }))
    }
}

impl FileWriter for Transaction<'_> {
    fn add_attachment(&mut self, attachment: &Attachment) -> Result<(), StoreError> {
        let params = [
            (&attachment.id).into(),
            (&attachment.name).into(),
            (&attachment.media_type).into(),
            (&attachment.sha256).into(),
            (&attachment.stored_by).into(),
            attachment.stored_at.into(),
            Param::Bytes(&attachment.content),
        ];
        let sql = "INSERT INTO attachment (id, name, media_type, sha256, stored_by, stored_at, content) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7)";
        self.execute("attachment", sql, &params).map(drop)
    }
}
