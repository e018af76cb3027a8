//! Erasure of a person's protected values, on an approved request: the key is destroyed, and a certificate stays.
//!
//! The key is destroyed inside the transaction of the act. Should that transaction fail afterwards, the request is still
//! approved; carrying it out again finds the key destroyed and ends with the same certificate.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use journal::{Checkpoint, SigningKey};
use ledger::hold;
use ledger::port::{Attachment, StoreError};
use ledger::value::is_erased;
use ledger::{Context, Engine, Entropy, Problem, Record, Refusal};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::certificate::{Act, Algorithms, Certificate, ErasedIn, KIND, Sealed};
use crate::problem::KeyProblem;
use crate::vault::Vault;

/// Ledger of the requests.
pub const REQUESTS: &str = "erasure_request";
/// Transition that carries a request out.
const EXECUTE: &str = "execute";

/// Carries out approved requests.
pub struct Erasure {
    /// The keys.
    pub vault: Arc<Vault>,
    /// Name of the agency, for the certificate.
    pub agency: String,
    /// File of the key that signs certificates: the one that signs the journal's checkpoints.
    pub signing_key: PathBuf,
}

impl Engine for Erasure {
    fn ledgers(&self) -> &[&str] {
        &[REQUESTS]
    }

    fn complete(&self, context: &mut Context<'_>, before: Option<&Record>, after: &mut Record) -> Result<(), Refusal> {
        let (Some(EXECUTE), Some(before)) = (context.transition, before) else { return Ok(()) };
        let person = before.text("person").ok_or(Refusal::NotFound)?.to_owned();
        // First whether it can be proved at all: a key destroyed without a certificate would be a loss, not an erasure.
        let signer = signing_key(&self.signing_key, &*context.kernel.entropy)?;
        let (requested, approved) = (act(before, "create")?, act(before, "approve")?);
        if requested.account == approved.account {
            return Err(Refusal::Denied("申請した人と承認した人が同じです。別の人の承認が要ります。".into()));
        }
        let forgotten = context.tx.forget(&person)?;
        let found = survey(context, &person, &forgotten.records)?;
        held(context, &person, &found)?;
        let facts = self.vault.erase(&person).map_err(unavailable)?;
        for (ledger, id) in &forgotten.records {
            context.kernel.reindex(context.tx, ledger, id)?;
        }
        let certificate = Certificate {
            kind: KIND.into(),
            agency: self.agency.clone(),
            number: after.text("number").unwrap_or_default().into(),
            request: after.id.clone(),
            holder: person,
            key: Certificate::key_of(&facts),
            requested,
            approved,
            executed: Act::new(&context.who.actor.account, facts.at.max(context.kernel.now())),
            journal: newest_seal(context, &signer)?,
            algorithms: Algorithms::default(),
            erased: found,
        };
        let text = certificate
            .sign(&signer)
            .map_err(|problem| Refusal::invalid(Problem::record(format!("消去証明書を作れません: {problem}"))))?;
        attach(context, after, &certificate, text)
    }
}

/// The newest seal, so that the certificate can be placed in the history of the journal. One that this key did not sign is
/// none of ours, and no certificate speaks for it.
fn newest_seal(context: &mut Context<'_>, signer: &SigningKey) -> Result<Option<Sealed>, Refusal> {
    let Some(newest) = context.tx.newest_checkpoint()? else { return Ok(None) };
    let signed = Checkpoint::open(&newest.note, signer.verifier()).ok();
    Ok(signed.map(|(sealed, _)| Sealed { size: sealed.size, root: hex::encode(sealed.root) }))
}

/// The key that signs, made when the installation has none yet.
pub fn signing_key(path: &std::path::Path, entropy: &dyn Entropy) -> Result<SigningKey, Refusal> {
    let told = |problem: &dyn std::fmt::Display| Refusal::invalid(Problem::record(problem.to_string()));
    if let Some(key) = SigningKey::load(path).map_err(|problem| told(&problem))? {
        return Ok(key);
    }
    let (mut name, mut seed) = ([0; 8], [0; 32]);
    entropy.fill(&mut name);
    entropy.fill(&mut seed);
    let key =
        SigningKey::from_seed(&format!("daicho/{}", hex::encode(name)), seed).map_err(|problem| told(&problem))?;
    key.save(path).map_err(|problem| told(&problem))?;
    Ok(key)
}

fn act(record: &Record, name: &str) -> Result<Act, Refusal> {
    let act = record.acts.get(name).ok_or_else(|| Refusal::Denied("申請と承認の記録がそろっていません。".into()))?;
    Ok(Act::new(&act.account, act.at))
}

fn unavailable(problem: KeyProblem) -> Refusal {
    Refusal::Store(StoreError::Unavailable(problem.to_string()))
}

/// What the key of the person locks now, ledger by ledger.
fn survey(context: &mut Context<'_>, person: &str, records: &[(String, String)]) -> Result<Vec<ErasedIn>, Refusal> {
    let mut parts: BTreeMap<&str, (BTreeSet<String>, u64, u64)> = BTreeMap::new();
    for (name, id) in records {
        let (Some(ledger), Some(record)) = (context.kernel.catalogue.ledger(name), context.tx.record(name, id)?) else {
            continue;
        };
        let part = parts.entry(name).or_default();
        if ledger.holder(&record.id, &record.body) != person {
            // Only former versions were this person's.
            continue;
        }
        let there = |name: &str| record.body.get(name).is_some_and(|value| !is_erased(value));
        let fields: Vec<_> = ledger
            .fields
            .iter()
            .filter(|field| field.encrypted && there(&field.name))
            .map(|f| f.name.clone())
            .collect();
        part.1 += u64::from(!fields.is_empty());
        part.2 += fields.len() as u64;
        part.0.extend(fields);
    }
    let label =
        |name: &str| context.kernel.catalogue.ledger(name).map_or_else(String::new, |ledger| ledger.label.clone());
    Ok(parts
        .into_iter()
        .map(|(name, (fields, records, values))| ErasedIn {
            ledger: name.into(),
            label: label(name),
            fields: fields.into_iter().collect(),
            records,
            values,
        })
        .collect())
}

/// Refuse while a legal hold (保全) covers the person, or a ledger with values of the person, or everything.
fn held(context: &mut Context<'_>, person: &str, found: &[ErasedIn]) -> Result<(), Refusal> {
    let ledgers: Vec<String> = found.iter().map(|part| part.ledger.clone()).collect();
    match hold::holds(context.tx, person, &ledgers)?.first() {
        Some(hold) => Err(Refusal::Denied(format!(
            "保全「{}」の対象なので消去できません。保全が解除されてから実行してください。",
            hold.number
        ))),
        None => Ok(()),
    }
}

/// Write the facts into the request, and the certificate beside it.
fn attach(context: &mut Context<'_>, after: &mut Record, facts: &Certificate, text: String) -> Result<(), Refusal> {
    let content = text.into_bytes();
    let file = Attachment {
        id: context.kernel.new_id(),
        name: format!("消去証明書-{}.txt", facts.number),
        media_type: "text/plain".into(),
        sha256: hex::encode(Sha256::digest(&content)),
        content,
        stored_by: context.who.actor.account.clone(),
        stored_at: context.kernel.now(),
    };
    let named = json!([{
        "id": file.id, "name": file.name, "media_type": file.media_type, "sha256": file.sha256,
        "size": file.content.len(),
    }]);
    context.tx.add_attachment(&file)?;
    let rows: Vec<Value> = facts
        .erased
        .iter()
        .map(|part| {
            let labels: Vec<&str> = context.kernel.catalogue.ledger(&part.ledger).map_or_else(Vec::new, |ledger| {
                part.fields.iter().filter_map(|name| Some(ledger.field(name)?.label.as_str())).collect()
            });
            json!({ "ledger": part.label, "names": labels.join("、"), "records": part.records, "values": part.values })
        })
        .collect();
    let sum = |count: fn(&ErasedIn) -> u64| facts.erased.iter().map(count).sum::<u64>();
    for (name, value) in [
        ("records", json!(sum(|part| part.records))),
        ("values", json!(sum(|part| part.values))),
        ("fields", Value::Array(rows)),
        ("fingerprint", json!(facts.key.fingerprint)),
        ("certificate", named),
    ] {
        after.body.insert(name.into(), value);
    }
    Ok(())
}
