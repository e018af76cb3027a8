//! `daicho policy`: the whole access policy as one table.

use ledger::definition::{AccessRule, Catalogue, ClassSet, Scope};

use super::{End, Failure, Line};
use crate::installation::built_in;

/// Print the policy of the built-in packs, or of the installation where there is one.
pub fn run(line: &Line) -> Result<End, Failure> {
    let catalogue = match line.open() {
        Ok(installation) => installation.kernel().catalogue.as_ref().clone(),
        Err(_) => ledger::pack::load(&built_in()).map_err(crate::installation::OpenProblem::Packs)?,
    };
    print!("{}", table(&catalogue));
    Ok(End::Done)
}

/// The policy as tab-separated lines: one for each rule, in the order of ledgers and rules.
pub fn table(catalogue: &Catalogue) -> String {
    let mut text =
        String::from("ledger\trole\tscope\tstates\tconditions\texcept\tread\twrite\tacts\ttransitions\tdocuments\n");
    for ledger in catalogue.ledgers.values() {
        for rule in &ledger.access {
            text.push_str(&row(&ledger.name, rule).join("\t"));
            text.push('\n');
        }
    }
    text
}

fn row(ledger: &str, rule: &AccessRule) -> [String; 11] {
    let list = |names: &[String], none: &str| if names.is_empty() { none.to_string() } else { names.join(",") };
    let scope = match &rule.scope {
        Scope::All => "all".to_string(),
        Scope::Myself => "myself".to_string(),
        Scope::Office { field } => format!("office:{field}"),
        Scope::Person { fields } => format!("person:{}", fields.join(",")),
    };
    let conditions: Vec<String> = rule
        .conditions
        .iter()
        .map(|(field, values)| {
            let values: Vec<String> =
                values.iter().map(|value| value.as_str().map_or(value.to_string(), String::from)).collect();
            format!("{field}={}", values.join("|"))
        })
        .collect();
    let acts = [("create", rule.create), ("import", rule.import), ("export", rule.export), ("history", rule.history)];
    let acts: Vec<String> = acts.iter().filter(|(_, granted)| *granted).map(|(name, _)| (*name).to_string()).collect();
    let set = |names: &std::collections::BTreeSet<String>| list(&names.iter().cloned().collect::<Vec<_>>(), "-");
    [
        ledger.to_string(),
        rule.role.clone(),
        scope,
        list(&rule.states, "*"),
        list(&conditions, "-"),
        list(&rule.except, "-"),
        classes(&rule.read),
        classes(&rule.write),
        list(&acts, "-"),
        set(&rule.transitions),
        set(&rule.documents),
    ]
}

fn classes(set: &ClassSet) -> String {
    if set.all {
        return "*".into();
    }
    match set.names.is_empty() {
        true => "-".into(),
        false => set.names.iter().cloned().collect::<Vec<_>>().join(","),
    }
}
