//! Somebody with a browser that knows neither script nor style.

use ledger::port::{Reader, Writer};
use ledger::{Principal, Refusal};
use ui::Url;
use ui::components::Frame;
use ui::web::{Ask, Handler, Reply, Stop};

use crate::contract::Contract;

/// Every posted form carries it.
const SECRET: &str = "request-secret";

/// Status and file.
pub fn fetch(contract: &Contract, who: &Principal, address: &str) -> (u16, Vec<u8>) {
    match ask(contract, who, false, address, Vec::new(), Vec::new()) {
        Ok(Reply::File { content, .. }) => (200, content),
        other => (told(contract, other).0, Vec::new()),
    }
}

/// Status and page (or where a redirect leads).
pub fn get(contract: &Contract, who: &Principal, address: &str) -> (u16, String) {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let pairs = pairs.map(|(name, value)| (name.into(), value.into())).collect();
    told(contract, ask(contract, who, false, path, pairs, Vec::new()))
}

/// Post a form.
pub fn post(contract: &Contract, who: &Principal, path: &str, form: &[(&str, &str)]) -> (u16, String) {
    let form = form.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect();
    told(contract, ask(contract, who, true, path, Vec::new(), form))
}

type Pairs = Vec<(String, String)>;

fn ask(contract: &Contract, who: &Principal, post: bool, path: &str, query: Pairs, form: Pairs) -> Result<Reply, Stop> {
    let routes = engagement::routes().into_iter().filter(|route| matches!(route.handler, Handler::Write(_)) == post);
    let (route, params) = routes
        .filter_map(|route| Some((route, fits(route.path, path)?)))
        .next()
        .unwrap_or_else(|| panic!("no route for {path}"));
    let desk = &contract.desk;
    desk.clock.advance(chrono::TimeDelta::milliseconds(1));
    let ask = Ask {
        kernel: &desk.kernel,
        who,
        path: params,
        query,
        form,
        files: Vec::new(),
        secret: SECRET,
        agency: "見本省",
        seen: Default::default(),
    };
    match route.handler {
        Handler::Read(handler) => desk.store.read(|tx: &mut dyn Reader| handler(tx, &ask)),
        Handler::Noted(handler) => desk.store.read(|tx: &mut dyn Reader| handler(tx, &ask)).map(|(reply, _)| reply),
        Handler::Traced(handler) | Handler::Write(handler) => desk.store.write(|tx: &mut dyn Writer| handler(tx, &ask)),
    }
}

fn told(contract: &Contract, outcome: Result<Reply, Stop>) -> (u16, String) {
    match outcome {
        Ok(reply) => (200, drawn(contract, reply)),
        Err(Stop::Answer(reply)) => (422, drawn(contract, reply)),
        Err(Stop::Instead { status, reply, .. }) => (status, drawn(contract, *reply)),
        Err(Stop::Refusal(Refusal::NotFound)) => (404, String::new()),
        Err(Stop::Refusal(Refusal::Denied(words))) => (403, words),
        Err(Stop::Refusal(other)) => (422, other.to_string()),
    }
}

fn drawn(contract: &Contract, reply: Reply) -> String {
    match reply {
        Reply::Page(page) => {
            let frame = Frame {
                agency: "見本省".into(),
                area: None,
                search: None,
                me: None,
                nav: Vec::new(),
                version: "0".into(),
                seal: None,
                help: Url::root(),
                hidden: None,
                now: contract.desk.kernel.now(),
            };
            let html = frame.page(&page).into_string();
            sound(&html);
            html
        }
        Reply::Redirect { to, .. } => format!("→ {to}"),
        _ => panic!("neither page nor redirect"),
    }
}

fn fits(pattern: &str, path: &str) -> Option<Pairs> {
    let (pattern, path): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    let mut params = Vec::new();
    for (wanted, found) in pattern.iter().zip(&path) {
        match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => params.push((name.to_string(), (*found).to_string())),
            None if wanted == found => {}
            None => return None,
        }
    }
    (pattern.len() == path.len()).then_some(params)
}

/// What holds for every page: one heading of the first level, no element id twice, the secret in every form that posts.
fn sound(html: &str) {
    assert_eq!(html.matches("<h1").count(), 1, "one h1");
    let mut ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    ids.sort_unstable();
    assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "an id stands twice: {ids:?}");
    for form in html.split("<form").skip(1).filter_map(|form| form.split("</form>").next()) {
        let posts = form.contains("method=\"post\"");
        assert!(!posts || form.contains(&format!("name=\"_secret\" value=\"{SECRET}\"")), "a form without its secret");
    }
}
