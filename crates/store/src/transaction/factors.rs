//! Failures and locks, passwords of before, second factors, challenges, devices.

use chrono::{DateTime, Utc};
use ledger::port::{
    Challenge, FactorReader, FactorWriter, SecondFactor, Session, SignInGuard, SignInWriter, StoreError,
};

use super::Transaction;
use super::sign_in::{SESSION, session};
use crate::value::Row;

const GUARD: &str = "failures, counted_from, locked_at, locked_until, last_at, last_address";
const BROWSER: &str = "failures, counted_from, locked_at, locked_until, NULL, NULL";
const FACTOR: &str = "SELECT id, account, kind, name, secret, handle, step, added_at, used_at FROM second_factor";

fn guard(mut row: Row) -> Result<SignInGuard, StoreError> {
    Ok(SignInGuard {
        failures: row.int()?,
        counted_from: row.optional_instant()?,
        locked_at: row.optional_instant()?,
        locked_until: row.optional_instant()?,
        last_at: row.optional_instant()?,
        last_address: row.optional_text()?,
    })
}

fn factor(mut row: Row) -> Result<SecondFactor, StoreError> {
    Ok(SecondFactor {
        id: row.text()?,
        account: row.text()?,
        kind: row.text()?,
        name: row.text()?,
        secret: row.text()?,
        handle: row.text()?,
        step: row.int()?,
        added_at: row.instant()?,
        used_at: row.optional_instant()?,
    })
}

fn at_most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

impl FactorReader for Transaction<'_> {
    fn guard(&mut self, account: &str) -> Result<SignInGuard, StoreError> {
        let sql = format!("SELECT {GUARD} FROM sign_in_guard WHERE account = $1");
        Ok(self.first("sign_in_guard", &sql, &[account.into()])?.map(guard).transpose()?.unwrap_or_default())
    }

    fn browser_guard(&mut self, account: &str, browser: &str) -> Result<SignInGuard, StoreError> {
        let sql = format!("SELECT {BROWSER} FROM browser_guard WHERE account = $1 AND browser = $2");
        let found = self.first("browser_guard", &sql, &[account.into(), browser.into()])?;
        Ok(found.map(guard).transpose()?.unwrap_or_default())
    }

    fn locked_accounts(&mut self, limit: usize) -> Result<Vec<(String, SignInGuard)>, StoreError> {
        let sql = format!(
            "SELECT account, {GUARD} FROM (SELECT account, {GUARD} FROM sign_in_guard \
             UNION ALL SELECT account, {BROWSER} FROM browser_guard) AS one \
             WHERE locked_at IS NOT NULL AND account <> '' ORDER BY locked_at DESC, account LIMIT $1"
        );
        let rows = self.query("sign_in_guard", &sql, &[at_most(limit).into()])?;
        rows.into_iter().map(|mut row| Ok((row.text()?, guard(row)?))).collect()
    }

    fn passwords_before(&mut self, account: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT password_hash FROM password_before WHERE account = $1 ORDER BY replaced_at DESC LIMIT $2";
        let rows = self.query("password_before", sql, &[account.into(), at_most(limit).into()])?;
        rows.into_iter().map(|mut row| row.text()).collect()
    }

    fn second_factors(&mut self, account: &str) -> Result<Vec<SecondFactor>, StoreError> {
        let sql = format!("{FACTOR} WHERE account = $1 ORDER BY added_at, id");
        self.query("second_factor", &sql, &[account.into()])?.into_iter().map(factor).collect()
    }

    fn second_factor(&mut self, handle: &str) -> Result<Option<SecondFactor>, StoreError> {
        let sql = format!("{FACTOR} WHERE handle = $1");
        self.first("second_factor", &sql, &[handle.into()])?.map(factor).transpose()
    }

    fn knows_device(&mut self, account: &str, device: &str) -> Result<(bool, bool), StoreError> {
        let sql = "SELECT device FROM known_device WHERE account = $1";
        let mut known = Vec::new();
        for mut row in self.query("known_device", sql, &[account.into()])? {
            known.push(row.text()?);
        }
        Ok((known.iter().any(|one| one == device), !known.is_empty()))
    }

    fn is_device(&mut self, device: &str) -> Result<bool, StoreError> {
        let sql = "SELECT device FROM known_device WHERE device = $1 LIMIT 1";
        Ok(self.first("known_device", sql, &[device.into()])?.is_some())
    }

    fn idle_sessions(&mut self, unused_since: DateTime<Utc>) -> Result<Vec<Session>, StoreError> {
        let sql = format!("{SESSION} WHERE seen_at <= $1 AND locked_at IS NULL ORDER BY key");
        self.query("session", &sql, &[unused_since.into()])?.into_iter().map(session).collect()
    }
}

impl FactorWriter for Transaction<'_> {
    fn count_failure(
        &mut self,
        account: &str,
        at: DateTime<Utc>,
        since: DateTime<Utc>,
    ) -> Result<SignInGuard, StoreError> {
        let sql = format!(
            "INSERT INTO sign_in_guard (account, failures, counted_from) VALUES ($1, 1, $2) \
             ON CONFLICT (account) DO UPDATE SET \
             failures = CASE WHEN sign_in_guard.counted_from >= $3 THEN sign_in_guard.failures + 1 ELSE 1 END, \
             counted_from = CASE WHEN sign_in_guard.counted_from >= $3 THEN sign_in_guard.counted_from \
             ELSE excluded.counted_from END RETURNING {GUARD}"
        );
        let counted = self.first("sign_in_guard", &sql, &[account.into(), at.into(), since.into()])?;
        Ok(counted.map(guard).transpose()?.unwrap_or_default())
    }

    fn lock_account(
        &mut self,
        account: &str,
        at: DateTime<Utc>,
        until: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE sign_in_guard SET locked_at = $2, locked_until = $3 WHERE account = $1";
        self.execute("sign_in_guard", sql, &[account.into(), at.into(), until.into()]).map(drop)
    }

    fn release_account(&mut self, account: &str) -> Result<bool, StoreError> {
        let sql = "UPDATE sign_in_guard SET failures = 0, counted_from = NULL, locked_at = NULL, locked_until = NULL \
                   WHERE account = $1 AND (failures > 0 OR locked_at IS NOT NULL)";
        Ok(self.execute("sign_in_guard", sql, &[account.into()])? == 1)
    }

    fn count_browser_failure(
        &mut self,
        account: &str,
        browser: &str,
        at: DateTime<Utc>,
        since: DateTime<Utc>,
    ) -> Result<SignInGuard, StoreError> {
        let sql = "DELETE FROM browser_guard WHERE account = $1 AND browser <> $2 AND counted_from < $3 \
                   AND locked_at IS NULL";
        self.execute("browser_guard", sql, &[account.into(), browser.into(), since.into()])?;
        let sql = format!(
            "INSERT INTO browser_guard (account, browser, failures, counted_from) VALUES ($1, $2, 1, $3) \
             ON CONFLICT (account, browser) DO UPDATE SET \
             failures = CASE WHEN browser_guard.counted_from >= $4 THEN browser_guard.failures + 1 ELSE 1 END, \
             counted_from = CASE WHEN browser_guard.counted_from >= $4 THEN browser_guard.counted_from \
             ELSE excluded.counted_from END RETURNING {BROWSER}"
        );
        let params = [account.into(), browser.into(), at.into(), since.into()];
        let counted = self.first("browser_guard", &sql, &params)?;
        Ok(counted.map(guard).transpose()?.unwrap_or_default())
    }

    fn lock_browser(
        &mut self,
        account: &str,
        browser: &str,
        at: DateTime<Utc>,
        until: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE browser_guard SET locked_at = $3, locked_until = $4 WHERE account = $1 AND browser = $2";
        let params = [account.into(), browser.into(), at.into(), until.into()];
        self.execute("browser_guard", sql, &params).map(drop)
    }

    fn release_browser(&mut self, account: &str, browser: Option<&str>) -> Result<bool, StoreError> {
        let mut sql = "DELETE FROM browser_guard WHERE account = $1".to_owned();
        let mut params = vec![account.into()];
        if let Some(browser) = browser {
            sql.push_str(" AND browser = $2");
            params.push(browser.into());
        }
        let mut locked = false;
        for mut row in self.query("browser_guard", &format!("{sql} RETURNING locked_at"), &params)? {
            locked |= row.optional_instant()?.is_some();
        }
        Ok(locked)
    }

    fn note_sign_in(
        &mut self,
        account: &str,
        at: DateTime<Utc>,
        address: Option<&str>,
        release: bool,
    ) -> Result<(), StoreError> {
        let released = if release { ", locked_at = NULL, locked_until = NULL" } else { "" };
        let sql = format!(
            "INSERT INTO sign_in_guard (account, failures, last_at, last_address) VALUES ($1, 0, $2, $3) \
             ON CONFLICT (account) DO UPDATE SET failures = 0, counted_from = NULL, last_at = excluded.last_at, \
             last_address = excluded.last_address{released}"
        );
        self.execute("sign_in_guard", &sql, &[account.into(), at.into(), address.into()]).map(drop)
    }

    fn keep_password(&mut self, account: &str, at: DateTime<Utc>, hash: &str, keep: usize) -> Result<(), StoreError> {
        let sql = "INSERT INTO password_before (account, replaced_at, password_hash) VALUES ($1, $2, $3) \
                   ON CONFLICT (account, replaced_at) DO UPDATE SET password_hash = excluded.password_hash";
        self.execute("password_before", sql, &[account.into(), at.into(), hash.into()])?;
        let sql = "DELETE FROM password_before WHERE account = $1 AND replaced_at NOT IN \
                   (SELECT replaced_at FROM password_before WHERE account = $1 ORDER BY replaced_at DESC LIMIT $2)";
        self.execute("password_before", sql, &[account.into(), at_most(keep).into()]).map(drop)
    }

    fn add_second_factor(&mut self, factor: &SecondFactor) -> Result<bool, StoreError> {
        let sql = "INSERT INTO second_factor (id, account, kind, name, secret, handle, step, added_at, used_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (handle) DO NOTHING";
        let params = [
            (&factor.id).into(),
            (&factor.account).into(),
            (&factor.kind).into(),
            (&factor.name).into(),
            (&factor.secret).into(),
            (&factor.handle).into(),
            factor.step.into(),
            factor.added_at.into(),
            factor.used_at.into(),
        ];
        Ok(self.execute("second_factor", sql, &params)? == 1)
    }

    fn name_second_factor(&mut self, account: &str, id: &str, name: &str) -> Result<bool, StoreError> {
        let sql = "UPDATE second_factor SET name = $3 WHERE account = $1 AND id = $2";
        Ok(self.execute("second_factor", sql, &[account.into(), id.into(), name.into()])? == 1)
    }

    fn remove_second_factor(&mut self, account: &str, id: &str) -> Result<bool, StoreError> {
        let sql = "DELETE FROM second_factor WHERE account = $1 AND id = $2";
        Ok(self.execute("second_factor", sql, &[account.into(), id.into()])? == 1)
    }

    fn use_step(&mut self, id: &str, step: i64, at: DateTime<Utc>) -> Result<bool, StoreError> {
        let sql = "UPDATE second_factor SET step = $2, used_at = $3 WHERE id = $1 AND step < $2";
        Ok(self.execute("second_factor", sql, &[id.into(), step.into(), at.into()])? == 1)
    }

    fn use_passkey(&mut self, id: &str, secret: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        let sql = "UPDATE second_factor SET secret = $2, used_at = $3 WHERE id = $1";
        self.execute("second_factor", sql, &[id.into(), secret.into(), at.into()]).map(drop)
    }

    fn add_challenge(&mut self, challenge: &Challenge, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.execute("sign_in_challenge", "DELETE FROM sign_in_challenge WHERE expires_at <= $1", &[now.into()])?;
        let sql =
            "INSERT INTO sign_in_challenge (key, account, purpose, state, expires_at) VALUES ($1, $2, $3, $4, $5)";
        let params = [
            (&challenge.key).into(),
            (&challenge.account).into(),
            (&challenge.purpose).into(),
            (&challenge.state).into(),
            challenge.expires_at.into(),
        ];
        self.execute("sign_in_challenge", sql, &params).map(drop)
    }

    fn take_challenge(&mut self, key: &str) -> Result<Option<Challenge>, StoreError> {
        let sql = "DELETE FROM sign_in_challenge WHERE key = $1 RETURNING key, account, purpose, state, expires_at";
        let Some(mut row) = self.first("sign_in_challenge", sql, &[key.into()])? else { return Ok(None) };
        Ok(Some(Challenge {
            key: row.text()?,
            account: row.text()?,
            purpose: row.text()?,
            state: row.text()?,
            expires_at: row.instant()?,
        }))
    }

    fn note_device(&mut self, account: &str, device: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        let sql = "INSERT INTO known_device (account, device, first_at, last_at) VALUES ($1, $2, $3, $3) \
                   ON CONFLICT (account, device) DO UPDATE SET last_at = excluded.last_at";
        self.execute("known_device", sql, &[account.into(), device.into(), at.into()]).map(drop)
    }

    fn lock_session(&mut self, key: &str, at: DateTime<Utc>) -> Result<bool, StoreError> {
        let sql = "UPDATE session SET locked_at = $2 WHERE key = $1 AND locked_at IS NULL";
        Ok(self.execute("session", sql, &[key.into(), at.into()])? == 1)
    }

    fn renew_session(&mut self, old: &str, new: &Session) -> Result<(), StoreError> {
        self.close_session(old)?;
        self.open_session(new)
    }

    fn close_old_sessions(&mut self, opened_before: DateTime<Utc>) -> Result<u64, StoreError> {
        self.execute("session", "DELETE FROM session WHERE opened_at <= $1", &[opened_before.into()])
    }
}
