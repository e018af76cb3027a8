//! What guards each table: the one list that verification follows. A table or column without a place here makes a test
//! fail, so that nothing is added unguarded without a decision.

/// How a change behind Daicho's back is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Derived from the entries of the journal and compared, field by field.
    Folded,
    /// The journal itself: leaf hashes, positions, checkpoints and the guard of each entry.
    Journal,
    /// Every change of a row leaves a stamp (a digest of the row) in a journal entry of the same transaction.
    Stamped,
    /// A keyed digest of the row stands in the table `guard`. The journal does not know the row.
    Guarded,
    /// Tables of the seal: checked by the tree itself.
    Sealed,
    /// Kept by SQLite or PostgreSQL itself, or derived from another table; compared with what it is derived from.
    Derived,
}

/// What guards one table.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Name of the table.
    pub table: &'static str,
    /// How.
    pub kind: Kind,
    /// Columns that name a row, in order. They stand in the journal in clear and so never hold what must be erasable.
    pub key: &'static [&'static str],
    /// Columns whose values matter, those of the key included. `name:json` is compared as JSON.
    pub columns: &'static [&'static str],
    /// Columns that change all the time or mean nothing, with the reason in docs/verification.md.
    pub volatile: &'static [&'static str],
}

const fn rule(
    table: &'static str,
    kind: Kind,
    key: &'static [&'static str],
    columns: &'static [&'static str],
    volatile: &'static [&'static str],
) -> Rule {
    Rule { table, kind, key, columns, volatile }
}

use Kind::{Derived, Folded, Guarded, Journal, Sealed, Stamped};

/// All tables.
pub const RULES: &[Rule] = &[
    rule(
        "record",
        Folded,
        &["ledger", "id"],
        &["ledger", "id", "revision", "state", "created_at", "recorded_at", "acts", "body"],
        &[],
    ),
    rule(
        "version",
        Folded,
        &["ledger", "id", "revision"],
        &["ledger", "id", "revision", "state", "created_at", "recorded_at", "superseded_at", "acts", "body"],
        &[],
    ),
    rule(
        "entry",
        Journal,
        &["sequence"],
        &["sequence", "at", "account", "ledger", "record", "act", "batch", "body"],
        &[],
    ),
    // Written from the entry that it belongs to, which the journal guards.
    rule("touch", Derived, &["target", "sequence"], &["target", "sequence"], &[]),
    rule("guard", Derived, &["name", "row"], &["name", "row", "mac"], &[]),
    rule(
        "reference",
        Stamped,
        &["ledger", "field", "target", "record"],
        &["ledger", "field", "target", "record", "target_ledger", "held"],
        &[],
    ),
    // The value is a token or personal data, so it is no part of the name; the salt keeps the stamp from being guessed.
    rule("unique_key", Stamped, &["ledger", "record", "name"], &["ledger", "name", "value", "record", "salt"], &[]),
    rule(
        "search",
        Stamped,
        &["ledger", "record", "class", "revision_from"],
        &["number", "ledger", "record", "class", "revision_from", "revision_to", "digest", "salt"],
        // Compared with the digest, not stamped (PostgreSQL only; on SQLite the grams stand in search_gram).
        &["grams"],
    ),
    // As with unique keys.
    rule(
        "exact",
        Stamped,
        &["ledger", "record", "field", "revision_from"],
        &["ledger", "field", "token", "record", "revision_from", "revision_to", "salt"],
        &[],
    ),
    rule("number", Stamped, &["sequence"], &["sequence", "last"], &[]),
    rule(
        "duty",
        Stamped,
        &["ledger", "record", "name", "number"],
        &["number", "ledger", "record", "name", "person", "role", "office", "due", "opened_at", "closed_at", "title"],
        &[],
    ),
    rule(
        "attachment",
        Stamped,
        &["id"],
        &["id", "name", "media_type", "sha256", "stored_by", "stored_at", "content", "holder"],
        &[],
    ),
    rule(
        "pack",
        Stamped,
        &["installation"],
        &["installation", "name", "files:json", "digest", "installed_at", "installed_by"],
        &[],
    ),
    rule("credential", Stamped, &["account"], &["account", "password_hash", "must_change", "set_at"], &[]),
    rule(
        "session",
        Stamped,
        &["key"],
        &["key", "account", "form_secret", "opened_at", "address", "device", "proven_at", "second_at", "locked_at"],
        &["seen_at"],
    ),
    rule(
        "token",
        Stamped,
        &["id"],
        &["id", "key", "name", "role", "office", "read_only", "expires_at", "created_at", "revoked_at"],
        &[],
    ),
    rule(
        "sign_in_guard",
        Stamped,
        &["account"],
        &["account", "failures", "counted_from", "locked_at", "locked_until", "last_at", "last_address"],
        &[],
    ),
    rule(
        "browser_guard",
        Stamped,
        &["account", "browser"],
        &["account", "browser", "failures", "counted_from", "locked_at", "locked_until"],
        &[],
    ),
    rule("password_before", Stamped, &["account", "replaced_at"], &["account", "replaced_at", "password_hash"], &[]),
    rule(
        "second_factor",
        Stamped,
        &["id"],
        &["id", "account", "kind", "name", "secret", "handle", "step", "added_at", "used_at"],
        &[],
    ),
    // Comes and goes within minutes: the journal need not know it.
    rule("sign_in_challenge", Guarded, &["key"], &["key", "account", "purpose", "state", "expires_at"], &[]),
    rule("known_device", Stamped, &["account", "device"], &["account", "device", "first_at", "last_at"], &[]),
    rule("desk", Guarded, &["account", "key"], &["account", "key", "value:json", "saved_at"], &[]),
    rule(
        "job",
        Stamped,
        &["id"],
        &["id", "kind", "input:json", "account", "run_at", "only_one", "state", "output:json", "queued_at"],
        &["done", "total", "message", "tries", "held_until", "changed_at"],
    ),
    rule(
        "mail",
        Stamped,
        &["id"],
        &["id", "recipient", "subject", "body", "key", "queued_at", "sent_at"],
        &["tries", "next_at", "error"],
    ),
    rule("shape", Stamped, &["name"], &["name", "ledger", "kind", "definition"], &[]),
    rule("migration", Stamped, &["number"], &["number", "name"], &[]),
    // An entry whose mark is wrong or gone is never sealed, which is found; positions and tiles are checked by root and
    // signature; what no signature covers, such as the instant of sealing, is guarded.
    rule("unsealed", Sealed, &["sequence"], &["sequence", "mark"], &[]),
    rule("seal", Guarded, &["id"], &["id", "vkey", "size", "adopted"], &[]),
    rule("seal_run", Sealed, &["position"], &["position", "sequence", "length"], &[]),
    rule("seal_tile", Sealed, &["level", "number"], &["level", "number", "hashes"], &[]),
    rule("checkpoint", Guarded, &["size"], &["size", "note", "sealed_at"], &[]),
    rule("cosignature", Guarded, &["size", "witness"], &["size", "witness", "line", "at"], &[]),
    rule("witnessed", Guarded, &["origin"], &["origin", "size", "root", "note", "at", "fork"], &[]),
    // SQLite only: the full-text index of the search texts, compared term by term with search.digest.
    rule("search_gram", Derived, &[], &["grams"], &[]),
];

/// The rule of a table.
pub fn rule_of(table: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.table == table)
}

impl Rule {
    /// Names of the columns that matter.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.columns.iter().map(|column| column.strip_suffix(":json").unwrap_or(column))
    }

    /// The columns as they are selected.
    pub(crate) fn selected(&self) -> String {
        self.names().collect::<Vec<_>>().join(", ")
    }
}
