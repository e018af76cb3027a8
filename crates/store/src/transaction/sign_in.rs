//! Secrets in hashed form, sessions and tokens.

use chrono::{DateTime, Utc};
use ledger::port::{Credential, Session, SignInReader, SignInWriter, StoreError, Token};

use super::Transaction;
use crate::value::Row;

pub(super) const SESSION: &str = "SELECT account, key, form_secret, opened_at, seen_at, address, device, \
                                  coalesce(proven_at, opened_at), second_at, locked_at FROM session";
const TOKEN: &str = "SELECT id, key, name, role, office, read_only, expires_at, created_at, revoked_at FROM token";

pub(super) fn session(mut row: Row) -> Result<Session, StoreError> {
    Ok(Session {
        account: row.text()?,
        key: row.text()?,
        form_secret: row.text()?,
        opened_at: row.instant()?,
        seen_at: row.instant()?,
        address: row.optional_text()?,
        device: row.optional_text()?,
        proven_at: row.instant()?,
        second_at: row.optional_instant()?,
        locked_at: row.optional_instant()?,
    })
}

fn token(mut row: Row) -> Result<Token, StoreError> {
    Ok(Token {
        id: row.text()?,
        key: row.text()?,
        name: row.text()?,
        role: row.text()?,
        office: row.optional_text()?,
        read_only: row.bool()?,
        expires_at: row.instant()?,
        created_at: row.instant()?,
        revoked_at: row.optional_instant()?,
    })
}

impl SignInReader for Transaction<'_> {
    fn credential(&mut self, account: &str) -> Result<Option<Credential>, StoreError> {
        let sql = "SELECT account, password_hash, must_change, set_at FROM credential WHERE account = $1";
        let Some(mut row) = self.first("credential", sql, &[account.into()])? else { return Ok(None) };
        Ok(Some(Credential {
            account: row.text()?,
            password_hash: row.text()?,
            must_change: row.bool()?,
            set_at: row.instant()?,
        }))
    }

    fn session(&mut self, key: &str) -> Result<Option<Session>, StoreError> {
        self.first("session", &format!("{SESSION} WHERE key = $1"), &[key.into()])?.map(session).transpose()
    }

    fn sessions(&mut self, account: &str) -> Result<Vec<Session>, StoreError> {
        let sql = format!("{SESSION} WHERE account = $1 ORDER BY opened_at DESC, key");
        self.query("session", &sql, &[account.into()])?.into_iter().map(session).collect()
    }

    fn token(&mut self, key: &str) -> Result<Option<Token>, StoreError> {
        self.first("token", &format!("{TOKEN} WHERE key = $1"), &[key.into()])?.map(token).transpose()
    }

    fn tokens(&mut self) -> Result<Vec<Token>, StoreError> {
        let sql = format!("{TOKEN} ORDER BY created_at DESC, id DESC");
        self.query("token", &sql, &[])?.into_iter().map(token).collect()
    }
}

impl SignInWriter for Transaction<'_> {
    fn set_credential(&mut self, credential: &Credential) -> Result<(), StoreError> {
        let sql = "INSERT INTO credential (account, password_hash, must_change, set_at) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (account) DO UPDATE SET password_hash = excluded.password_hash, \
                   must_change = excluded.must_change, set_at = excluded.set_at";
        let params = [
            (&credential.account).into(),
            (&credential.password_hash).into(),
            credential.must_change.into(),
            credential.set_at.into(),
        ];
        self.execute("credential", sql, &params).map(drop)
    }

    fn open_session(&mut self, session: &Session) -> Result<(), StoreError> {
        let sql = "INSERT INTO session (key, account, form_secret, opened_at, seen_at, address, device, proven_at, \
                   second_at, locked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let params = [
            (&session.key).into(),
            (&session.account).into(),
            (&session.form_secret).into(),
            session.opened_at.into(),
            session.seen_at.into(),
            session.address.as_ref().into(),
            session.device.as_ref().into(),
            session.proven_at.into(),
            session.second_at.into(),
            session.locked_at.into(),
        ];
        self.execute("session", sql, &params).map(drop)
    }

    fn touch_session(&mut self, key: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        // A session that was closed in the meantime stays closed; the next request finds that out.
        self.execute("session", "UPDATE session SET seen_at = $2 WHERE key = $1", &[key.into(), at.into()]).map(drop)
    }

    fn close_session(&mut self, key: &str) -> Result<(), StoreError> {
        self.execute("session", "DELETE FROM session WHERE key = $1", &[key.into()]).map(drop)
    }

    fn close_sessions(&mut self, account: &str) -> Result<u64, StoreError> {
        self.execute("session", "DELETE FROM session WHERE account = $1", &[account.into()])
    }

    fn add_token(&mut self, token: &Token) -> Result<(), StoreError> {
        let sql = "INSERT INTO token (id, key, name, role, office, read_only, expires_at, created_at, revoked_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let params = [
            (&token.id).into(),
            (&token.key).into(),
            (&token.name).into(),
            (&token.role).into(),
            token.office.as_ref().into(),
            token.read_only.into(),
            token.expires_at.into(),
            token.created_at.into(),
            token.revoked_at.into(),
        ];
        self.execute("token", sql, &params).map(drop)
    }

    fn revoke_token(&mut self, id: &str, at: DateTime<Utc>) -> Result<bool, StoreError> {
        // The first withdrawal counts; a second one does not move its instant.
        let sql = "UPDATE token SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1";
        Ok(self.execute("token", sql, &[id.into(), at.into()])? == 1)
    }
}
