//! One message of RFC 5424. It names by identifiers who did what to which record; no name, no value, no reason.

use journal::{Entry, leaf_bytes, leaf_hash};
use ledger::port::SealedEntry;

use super::SyslogSettings;

/// The ledger of alerts.
const ALERT: &str = "alert";

/// The message of an entry, or none where it is not one that is sent. `told` is the position told before it.
pub fn of(settings: &SyslogSettings, sealed: &SealedEntry, told: Option<u64>) -> Option<String> {
    let entry: Entry = serde_json::from_str(&sealed.body).ok()?;
    let alert = entry.ledger == ALERT && entry.revision > 0;
    let changed = entry.revision > 0 && settings.ledgers.contains(&entry.ledger);
    if !(alert || changed || settings.acts.contains(&entry.act)) {
        return None;
    }
    let grade = after(&entry, "severity");
    let priority = u32::from(settings.facility) * 8 + severity(&entry, grade);
    let mut data = format!("[journal@{}", settings.enterprise);
    let hash = hex::encode(leaf_hash(&leaf_bytes(sealed.body.as_bytes())));
    let mut put = |name: &str, value: &str| {
        if !value.is_empty() {
            data.push_str(&format!(" {name}=\"{}\"", escaped(value)));
        }
    };
    put("position", &sealed.position.to_string());
    put("hash", &hash);
    put("previous", &told.map(|told| told.to_string()).unwrap_or_default());
    put("sequence", &sealed.sequence.to_string());
    put("account", &entry.actor.account);
    put("act", &entry.act);
    put("ledger", &entry.ledger);
    put("record", &entry.record);
    put("batch", entry.batch.as_deref().unwrap_or_default());
    put("state", entry.state_after.as_deref().unwrap_or_default());
    if alert {
        put("severity", grade.unwrap_or_default());
        put("rule", after(&entry, "rule").unwrap_or_default());
    }
    data.push(']');
    let at = entry.at.format("%Y-%m-%dT%H:%M:%S%.6fZ");
    let kind = message_id(if alert { ALERT } else { &entry.act });
    Some(format!("<{priority}>1 {at} {} daicho - {kind} {data} {}", settings.hostname, message_id(&entry.act)))
}

fn after<'e>(entry: &'e Entry, field: &str) -> Option<&'e str> {
    entry.changes.get(field).and_then(|change| change.after.as_str())
}

/// Severity of RFC 5424 section 6.2.1.
fn severity(entry: &Entry, grade: Option<&str>) -> u32 {
    match (entry.ledger.as_str(), grade, entry.act.as_str()) {
        (ALERT, Some("high"), _) => 1,
        (ALERT, Some("medium"), _) => 4,
        (_, _, "journal_failed" | "verify_failed" | "seal_late" | "clock_jump") => 2,
        (_, _, "sign_in_failed" | "second_factor_failed" | "locked_out" | "unknown_device" | "denied") => 4,
        (ALERT, _, _) => 5,
        _ => 6,
    }
}

/// A word for MSGID: at most 32 printable signs of ASCII.
fn message_id(word: &str) -> String {
    let id: String = word.chars().filter(|sign| sign.is_ascii_graphic()).take(32).collect();
    if id.is_empty() { "-".into() } else { id }
}

/// A parameter's value (RFC 5424 section 6.3.3): three signs are escaped, and no control sign breaks a line.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for sign in value.chars().filter(|sign| !sign.is_control()).take(200) {
        if matches!(sign, '"' | '\\' | ']') {
            text.push('\\');
        }
        text.push(sign);
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_three_signs_of_a_value_are_escaped_and_no_line_is_broken() {
        assert_eq!(escaped("a\"b\\c]d\r\n\u{0}e"), "a\\\"b\\\\c\\]de");
        assert_eq!(message_id("transition:close\nx"), "transition:closex");
        assert_eq!((message_id("評価"), message_id(&"a".repeat(40)).len()), ("-".to_string(), 32));
    }

    #[test]
    fn what_is_sent_is_chosen_and_names_nobody() {
        let settings: SyslogSettings =
            serde_json::from_value(serde_json::json!({ "server": "log:514", "transport": "udp" })).unwrap();
        let entry = |ledger: &str, act: &str, revision: i64, changes: Value| {
            let entry = serde_json::json!({
                "act": act, "actor": { "account": "01A", "address": "192.0.2.1", "channel": "page", "device": "d", "login": "hanako", "person": "01P" },
                "at": "2026-11-20T00:00:01.5Z", "batch": null, "changes": changes, "ledger": ledger, "reason": "秘密",
                "record": "01R", "revision": revision, "state_after": null, "state_before": null,
            });
            SealedEntry { position: 7, sequence: 9, body: entry.to_string() }
        };
        let none = serde_json::json!({});
        // Facility 13: 13 × 8 = 104.
        let table = [
            ("person", "open", 0, none.clone(), None),
            ("person", "amend", 2, none.clone(), None),
            (
                "person",
                "export",
                0,
                none.clone(),
                Some("<110>1 2026-11-20T00:00:01.500000Z - daicho - export [journal@32473 position=\"7\""),
            ),
            ("account", "sign_in_failed", 0, none.clone(), Some("<108>1 ")),
            ("role_grant", "create", 1, none.clone(), Some("<110>1 ")),
            (
                "alert",
                "create",
                1,
                serde_json::json!({ "severity": { "before": null, "after": "high" } }),
                Some("<105>1 "),
            ),
        ];
        for (ledger, act, revision, changes, wanted) in table {
            let sealed = entry(ledger, act, revision, changes);
            let told = of(&settings, &sealed, Some(3));
            assert_eq!(told.is_some(), wanted.is_some(), "{ledger} {act}: {told:?}");
            let (Some(told), Some(wanted)) = (told, wanted) else { continue };
            assert!(told.starts_with(wanted), "{told}");
            assert!(told.contains(" previous=\"3\" ") && told.contains(" account=\"01A\" "), "{told}");
            for word in ["hanako", "秘密", "192.0.2.1", "01P"] {
                assert!(!told.contains(word), "{told}");
            }
        }
    }
}
