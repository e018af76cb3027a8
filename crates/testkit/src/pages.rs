//! Somebody with a browser that knows neither script nor style: routes are matched, run and kept as the server does it,
//! and every page is looked over for what holds of all pages.

use std::sync::Mutex;

use ledger::port::{Reader, Writer};
use ledger::{Principal, Refusal};
use maud::Render;
use ui::Url;
use ui::components::{Frame, Page};
use ui::web::{Ask, Handler, Keep, Reply, Route, Stop, Upload};

use crate::Desk;

/// Every posted form carries it.
pub const SECRET: &str = "request-secret";

/// Names and values of a form, a query or a path.
pub type Pairs = Vec<(String, String)>;

/// What a browser would get.
#[derive(Debug, Default)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// HTML of a page, JSON, the notice of a redirect, or the text of a file.
    pub text: String,
    /// Where a redirect leads.
    pub to: Option<String>,
    /// Name and content of a file.
    pub file: Option<(String, Vec<u8>)>,
}

impl Answer {
    /// It holds these words.
    #[track_caller]
    pub fn has(&self, words: &str) -> &Self {
        assert!(self.text.contains(words), "no 「{words}」 in ({}):\n{}", self.status, self.main());
        self
    }

    /// It does not hold these words.
    #[track_caller]
    pub fn lacks(&self, words: &str) -> &Self {
        assert!(!self.text.contains(words), "「{words}」 in ({}):\n{}", self.status, self.main());
        self
    }

    /// It has this status.
    #[track_caller]
    pub fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.main());
        self
    }

    /// The last part of the address that a redirect leads to.
    #[track_caller]
    pub fn id(&self) -> String {
        let to = self.to.as_ref().unwrap_or_else(|| panic!("no redirect ({}):\n{}", self.status, self.main()));
        to.rsplit('/').next().unwrap_or_default().to_string()
    }

    fn main(&self) -> &str {
        self.text.split_once("<main").map_or(&self.text, |(_, main)| main)
    }

    /// The value of a hidden or text input.
    pub fn value(&self, name: &str) -> Option<String> {
        let at = self.text.find(&format!("name=\"{name}\""))?;
        let tag = self.text.get(at..)?.split('>').next()?;
        Some(tag.split_once("value=\"")?.1.split('"').next()?.to_string())
    }
}

/// What stands between a page that reads and the database.
pub type Between<'a> =
    &'a mut dyn FnMut(&mut dyn Reader, &mut dyn FnMut(&mut dyn Reader) -> Result<Reply, Stop>) -> Result<Reply, Stop>;

/// Somebody before the pages of an area.
pub struct Visitor<'a> {
    /// The ledgers behind the pages.
    pub desk: &'a Desk,
    /// Who asks.
    pub who: &'a Principal,
    /// The pages.
    pub routes: fn() -> Vec<Route>,
}

impl Visitor<'_> {
    /// Open an address, query included.
    pub fn get(&self, address: &str) -> Answer {
        let (path, query) = parted(address);
        self.ask(false, path, query, Vec::new(), Vec::new())
    }

    /// Post a form.
    pub fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.upload(path, form, Vec::new())
    }

    /// Post a form with files.
    pub fn upload(&self, path: &str, form: &[(&str, &str)], files: Vec<Upload>) -> Answer {
        let form = form.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect();
        self.ask(true, path, Vec::new(), form, files)
    }

    /// Open a page that reads, with something between it and the database.
    pub fn read_through(&self, address: &str, between: Between<'_>) -> Answer {
        let (path, query) = parted(address);
        let (route, params) = self.route(path, false);
        let ask = self.asked(params, query, Vec::new(), Vec::new());
        let outcome = self.desk.store.read(|tx: &mut dyn Reader| {
            between(tx, &mut |tx| match route.handler {
                Handler::Read(handler) => handler(tx, &ask),
                Handler::Noted(handler) => handler(tx, &ask).map(|(reply, _)| reply),
                _ => panic!("{path} does not only read"),
            })
        });
        match outcome {
            Ok(reply) => self.shown(200, reply),
            Err(_) => panic!("{path} is refused"),
        }
    }

    fn asked(&self, path: Pairs, query: Pairs, form: Pairs, files: Vec<Upload>) -> Ask<'_> {
        Ask {
            kernel: &self.desk.kernel,
            who: self.who,
            path,
            query,
            form,
            files,
            secret: SECRET,
            agency: "見本省",
            seen: Default::default(),
        }
    }

    fn ask(&self, posting: bool, path: &str, query: Pairs, form: Pairs, files: Vec<Upload>) -> Answer {
        self.desk.clock.advance(chrono::TimeDelta::seconds(1));
        let (route, params) = self.route(path, posting);
        // A write may be tried again: each time it is asked anew, and what was shown the last time counts.
        let seen = Mutex::new(Vec::new());
        let anew = |handle: &mut dyn FnMut(&Ask<'_>) -> Result<(Reply, Keep), Stop>| {
            let ask = self.asked(params.clone(), query.clone(), form.clone(), files.clone());
            let answered = handle(&ask);
            *seen.lock().expect("nobody else") = ask.seen.entries(ask.kernel, ask.who, None);
            answered
        };
        let store = &self.desk.store;
        let plain = |reply: Reply| (reply, Keep::default());
        let outcome = match route.handler {
            Handler::Read(handler) => store.read(|tx: &mut dyn Reader| anew(&mut |ask| handler(tx, ask).map(plain))),
            Handler::Noted(handler) => store.read(|tx: &mut dyn Reader| anew(&mut |ask| handler(tx, ask))),
            Handler::Traced(handler) | Handler::Write(handler) => {
                store.write(|tx: &mut dyn Writer| anew(&mut |ask| handler(tx, ask).map(plain)))
            }
        };
        let entries = seen.into_inner().expect("nobody else");
        self.keep(&Keep { entries, ..Keep::default() });
        match outcome {
            Ok((reply, keep)) => {
                self.keep(&keep);
                self.shown(200, reply)
            }
            Err(Stop::Answer(reply)) => self.shown(422, reply),
            Err(Stop::Instead { status, reply, keep }) => {
                self.keep(&keep);
                self.shown(status, *reply)
            }
            Err(Stop::Refusal(refusal)) => {
                self.shown(status(&refusal), Reply::page(ui::screens::refusal_page(&refusal)))
            }
        }
    }

    /// The route that serves the path, and its parameters; a route of fixed words goes before one with parameters.
    fn route(&self, path: &str, posting: bool) -> (Route, Pairs) {
        let routes = (self.routes)().into_iter();
        let fitting = routes
            .filter(|route| matches!(route.handler, Handler::Write(_)) == posting)
            .filter_map(|route| Some((fits(route.path, path)?, route)));
        let best = fitting.min_by_key(|(params, _)| params.len());
        best.map(|(params, route)| (route, params)).unwrap_or_else(|| panic!("no route for {path}"))
    }

    fn keep(&self, keep: &Keep) {
        if !keep.is_empty() {
            let written: Result<(), Stop> = self.desk.store.write(|tx: &mut dyn Writer| Ok(keep.write(tx, self.who)?));
            assert!(written.is_ok(), "what is kept is written");
        }
    }

    fn shown(&self, status: u16, reply: Reply) -> Answer {
        let answer = Answer { status, ..Answer::default() };
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
                    now: self.desk.kernel.now(),
                };
                let text = frame.page(&page).into_string();
                sound(&page, &text);
                Answer { text, ..answer }
            }
            Reply::Redirect { to, notice } => Answer {
                status: 303,
                text: notice.map(|notice| notice.render().into_string()).unwrap_or_default(),
                to: Some(to.to_string()),
                ..answer
            },
            Reply::File { name, content, .. } => {
                Answer { text: String::from_utf8_lossy(&content).into_owned(), file: Some((name, content)), ..answer }
            }
            Reply::Json(value) => Answer { text: value.to_string(), ..answer },
        }
    }
}

fn status(refusal: &Refusal) -> u16 {
    match refusal {
        Refusal::NotFound => 404,
        Refusal::Disposed(_) => 410,
        Refusal::Denied(_) => 403,
        Refusal::Conflict(_) => 409,
        Refusal::Invalid(_) => 422,
        Refusal::Store(_) | Refusal::Definition(_) => panic!("{refusal}"),
    }
}

fn parted(address: &str) -> (&str, Pairs) {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let query = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    });
    (path, query.collect())
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        let hex = (*first == b'%').then(|| more.get(..2).and_then(|hex| std::str::from_utf8(hex).ok())).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = more.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Parameters of the path, when the pattern of a route fits it.
pub fn fits(pattern: &str, path: &str) -> Option<Pairs> {
    let parts = |path: &str| path.trim_matches('/').split('/').map(str::to_owned).collect::<Vec<_>>();
    let (pattern, path) = (parts(pattern), parts(path));
    if pattern.len() != path.len() {
        return None;
    }
    let mut params = Vec::new();
    for (wanted, found) in pattern.iter().zip(&path) {
        match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => params.push((name.to_string(), decoded(found))),
            None if wanted == found => {}
            None => return None,
        }
    }
    Some(params)
}

/// What holds for every page: one heading of the first level, no element id twice, labels that lead somewhere, the
/// request secret in every form that posts.
fn sound(page: &Page, html: &str) {
    let title = page.title();
    assert_eq!(html.matches("<h1").count(), 1, "{title}: one h1");
    let mut ids: Vec<&str> = attributes(html, " id=\"").collect();
    ids.sort_unstable();
    for pair in ids.windows(2) {
        assert_ne!(pair.first(), pair.last(), "{title}: an id stands twice");
    }
    let described = attributes(html, " aria-describedby=\"").flat_map(str::split_whitespace);
    for target in attributes(html, " for=\"").chain(described) {
        assert!(ids.binary_search(&target).is_ok(), "{title}: nothing has the id {target}");
    }
    for form in html.split("<form").skip(1).filter_map(|form| form.split("</form>").next()) {
        let posts = form.contains("method=\"post\"");
        assert!(
            !posts || form.contains(&format!("name=\"_secret\" value=\"{SECRET}\"")),
            "{title}: a form without its secret"
        );
    }
}

fn attributes<'h>(html: &'h str, name: &'h str) -> impl Iterator<Item = &'h str> {
    html.split(name).skip(1).filter_map(|rest| rest.split('"').next())
}
