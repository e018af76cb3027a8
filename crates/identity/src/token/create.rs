//! A new token.

use chrono::{DateTime, TimeDelta, Utc};
use ledger::port::{Token, Writer};
use ledger::{Kernel, Principal, Problem, Refusal, read::subtree};
use serde_json::json;

use super::text;
use crate::Secret;
use crate::evidence::{self, Act};
use crate::names::act;
use crate::settings::Settings;

/// What a token is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// Name of the client, at most 100 characters.
    pub name: String,
    /// Role whose rights it has.
    pub role: String,
    /// Organisation whose subtree it is limited to; none for everywhere.
    pub office: Option<String>,
    /// Only reading.
    pub read_only: bool,
    /// First instant at which it no longer works; none for [`Settings::token_days`] from now.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Make a token and return its text, which is shown once, and the token as it is stored. Whether `who` may do this is
/// the caller's question.
///
/// # Errors
/// [`Refusal::Invalid`] for an empty or long name, a role that no pack declares, an office that does not exist and an
/// end in the past; else those of the store.
pub fn create(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    settings: &Settings,
    who: &Principal,
    new: &NewToken,
) -> Result<(Secret, Token), Refusal> {
    let now = kernel.now();
    let usual = now.checked_add_signed(TimeDelta::days(settings.token_days.into())).unwrap_or(now);
    let expires_at = new.expires_at.unwrap_or(usual);
    let name = new.name.trim();
    let mut problems = Vec::new();
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        problems.push(Problem::field("name", "名称を1文字以上100文字以内で入力してください。"));
    }
    if !kernel.catalogue.roles.contains_key(&new.role) {
        problems.push(Problem::field("role", format!("役割「{}」はありません。", new.role)));
    }
    if let Some(office) = &new.office
        && tx.record(subtree::ORGANISATION, office)?.is_none()
    {
        problems.push(Problem::field("office", "組織が見つかりません。"));
    }
    if expires_at <= now {
        problems.push(Problem::field("expires_at", "有効期限は現在より後にしてください。"));
    }
    if !problems.is_empty() {
        return Err(Refusal::Invalid(problems));
    }
    let secret = Secret::random(&*kernel.entropy);
    let token = Token {
        id: kernel.new_id(),
        key: secret.key(),
        name: name.into(),
        role: new.role.clone(),
        office: new.office.clone(),
        read_only: new.read_only,
        expires_at,
        created_at: now,
        revoked_at: None,
    };
    tx.add_token(&token)?;
    let facts = vec![
        ("token", json!(token.id)),
        ("name", json!(token.name)),
        ("role", json!(token.role)),
        ("office", json!(token.office)),
        ("read_only", json!(token.read_only)),
        ("expires_at", json!(token.expires_at)),
    ];
    let act = Act { actor: who.actor.clone(), act: act::TOKEN_CREATED, account: "", reason: None, facts };
    evidence::append(tx, kernel, act)?;
    Ok((text::write(&token.id, &secret), token))
}
