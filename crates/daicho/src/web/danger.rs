//! Which acts are dangerous, so that they ask for a fresh proof: writing in a ledger or taking a transition that its pack
//! marks (`proof = true`), and files with fields of a protected class.

use ledger::Kernel;
use ui::web::{Handler, Route};

use super::request::Incoming;

/// Whether this request on a generic route is a dangerous act. A route may be one by itself (`Route::with_proof`).
pub fn is_dangerous(kernel: &Kernel, route: &Route, incoming: &Incoming) -> bool {
    let param = |name: &str| incoming.path.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let writes = matches!(route.handler, Handler::Write(_));
    param("ledger").is_some_and(|ledger| in_ledger(kernel, route.path, ledger, param("name"), writes))
}

/// The same for a call of REST with the session of a person.
pub fn is_dangerous_call(kernel: &Kernel, path: &str, writes: bool) -> bool {
    let mut parts = path.trim_start_matches("/api/v1/ledgers/").split('/');
    let ledger = parts.next().unwrap_or_default();
    let transition = path.split_once("/transitions/").map(|(_, name)| name);
    path.starts_with("/api/v1/ledgers/") && in_ledger(kernel, path, ledger, transition, writes)
}

fn in_ledger(kernel: &Kernel, path: &str, ledger: &str, transition: Option<&str>, writes: bool) -> bool {
    let Some(ledger) = kernel.catalogue.ledger(ledger) else { return false };
    // How somebody likes to see a list changes no record.
    if ["/columns", "/views"].iter().any(|end| path.ends_with(end)) {
        return false;
    }
    // The page on which a file is chosen asks already: a file cannot be kept over the question.
    if ledger.proof && (writes || path.ends_with("/import")) {
        return true;
    }
    if writes && let Some(name) = transition {
        return ledger.workflow.transitions.iter().any(|one| one.name == name && one.proof);
    }
    path.ends_with("/export") && ledger.classes.iter().any(|class| class.protected)
}
