//! What was decided for one contract (この契約で決めたこと), read where a rule of this area counts days by it.

use calendar::{BusinessCalendar, DeadlineRule};
use chrono::NaiveDate;
use ledger::Record;

/// The value that a contract gives a setting; `None` when it has no such row.
pub fn value<'r>(contract: &'r Record, name: &str) -> Option<&'r str> {
    let rows = contract.value("settings").as_array()?;
    let row = rows.iter().find(|row| row.get("name").and_then(|name| name.as_str()) == Some(name))?;
    row.get("value").and_then(|value| value.as_str()).filter(|value| !value.trim().is_empty())
}

/// The rule that a contract's setting gives for counting from a field: a whole rule (`10 days after received_on`), or a
/// length (`10 days`) that is put before `join` (`counting from received_on`). Without the setting it is the rule given
/// as `otherwise`.
pub fn rule(contract: &Record, name: &str, join: &str, otherwise: Option<&str>) -> Option<DeadlineRule> {
    let decided = value(contract, name)
        .and_then(|text| DeadlineRule::parse(text).or_else(|_| DeadlineRule::parse(&format!("{text} {join}"))).ok());
    decided.or_else(|| otherwise.and_then(|text| DeadlineRule::parse(text).ok()))
}

/// The day a rule gives when the fields it counts from hold this day.
pub fn due(rule: Option<&DeadlineRule>, day: NaiveDate, calendar: &BusinessCalendar) -> Option<NaiveDate> {
    rule?.resolve(&|_| Some(day), calendar)
}

#[cfg(test)]
mod tests {
    use ledger::Body;
    use serde_json::json;

    use super::*;

    fn contract(value: Option<&str>) -> Record {
        let mut body = Body::new();
        if let Some(value) = value {
            body.insert("settings".into(), json!([{ "name": "inspection", "label": "検査の期限", "value": value }]));
        }
        Record {
            ledger: "engagement".into(),
            id: "e".into(),
            revision: 1,
            state: "in_force".into(),
            body,
            acts: Default::default(),
            created_at: Default::default(),
            recorded_at: Default::default(),
        }
    }

    #[test]
    fn a_setting_is_a_whole_rule_or_a_length_and_what_cannot_be_read_leaves_the_default() {
        let otherwise = Some("10 days counting from received_on");
        // 31 March 2026 counts as day 1, or not at all.
        let table = [
            (None, "2026-04-09"),
            (Some("10 days after received_on"), "2026-04-10"),
            (Some("5 business days"), "2026-04-06"),
            (Some(" "), "2026-04-09"),
            (Some("いつか"), "2026-04-09"),
        ];
        let calendar = BusinessCalendar::government();
        for (value, wanted) in table {
            let rule = rule(&contract(value), "inspection", "counting from received_on", otherwise);
            let due = due(rule.as_ref(), "2026-03-31".parse().unwrap(), &calendar).unwrap();
            assert_eq!(due.to_string(), wanted, "{value:?}");
        }
        assert!(rule(&contract(None), "deemed_pass", "counting from received_on", None).is_none());
    }
}
