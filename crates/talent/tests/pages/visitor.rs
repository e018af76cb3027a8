//! Somebody with a browser that knows neither script nor style.

use ledger::port::{Reader, Writer};
use ledger::{Principal, Refusal};
use ui::Url;
use ui::components::{Frame, Page};
use ui::web::{Ask, Handler, Keep, Reply, Route, Stop};

use crate::agency::Agency;

/// What came back.
#[derive(Debug, Default)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The page, in its frame.
    pub html: String,
    /// Where a redirect leads, and what it says there.
    pub to: String,
    /// A file.
    pub file: Vec<u8>,
}

/// Every posted form carries it.
pub const SECRET: &str = "request-secret";

pub struct Visitor<'a> {
    pub agency: &'a Agency,
    pub who: Principal,
}

impl<'a> Visitor<'a> {
    pub fn new(agency: &'a Agency, number: &str) -> Self {
        Self { agency, who: agency.who(number) }
    }

    /// Open an address, query included.
    pub fn get(&self, address: &str) -> Answer {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let query = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        self.ask(false, path, query, Vec::new())
    }

    /// Post a form.
    pub fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let form = form.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect();
        self.ask(true, path, Vec::new(), form)
    }

    fn ask(&self, post: bool, path: &str, query: Vec<(String, String)>, form: Vec<(String, String)>) -> Answer {
        let (route, params) = talent::routes()
            .into_iter()
            .filter(|route| matches!(route.handler, Handler::Write(_)) == post)
            .find_map(|route| Some((route, fits(&route, path)?)))
            .unwrap_or_else(|| panic!("no route for {path}"));
        let desk = &self.agency.desk;
        desk.clock.advance(chrono::TimeDelta::milliseconds(1));
        let ask = Ask {
            kernel: &desk.kernel,
            who: &self.who,
            path: params,
            query,
            form,
            files: Vec::new(),
            secret: SECRET,
            agency: "見本省",
            seen: Default::default(),
        };
        let outcome: Result<Reply, Stop> = match route.handler {
            Handler::Read(handler) => desk.store.read(|tx: &mut dyn Reader| handler(tx, &ask)),
            Handler::Noted(handler) => desk.store.read(|tx: &mut dyn Reader| handler(tx, &ask)).map(|(reply, keep)| {
                self.keep(&keep);
                reply
            }),
            Handler::Traced(handler) | Handler::Write(handler) => {
                desk.store.write(|tx: &mut dyn Writer| handler(tx, &ask))
            }
        };
        // Evidence of what was shown, as the server writes it.
        let entries = ask.seen.entries(ask.kernel, ask.who, None);
        self.keep(&Keep { entries, ..Keep::default() });
        match outcome {
            Ok(reply) => Self::answer(200, reply, &self.frame()),
            Err(Stop::Answer(reply)) => Self::answer(422, reply, &self.frame()),
            Err(Stop::Instead { status, reply, keep }) => {
                self.keep(&keep);
                Self::answer(status, *reply, &self.frame())
            }
            Err(Stop::Refusal(refusal)) => {
                Answer { status: status(&refusal), html: refusal.to_string(), ..Answer::default() }
            }
        }
    }

    fn keep(&self, keep: &Keep) {
        let written: Result<(), Stop> =
            self.agency.desk.store.write(|tx: &mut dyn Writer| Ok(keep.write(tx, &self.who)?));
        assert!(written.is_ok(), "what is kept is written");
    }

    fn answer(status: u16, reply: Reply, frame: &Frame) -> Answer {
        match reply {
            Reply::Page(page) => {
                let html = frame.page(&page).into_string();
                sound(&page, &html);
                Answer { status, html, ..Answer::default() }
            }
            Reply::Redirect { to, notice } => {
                let said = notice.map(|notice| notice.to_parts()).map(|(_, title, body)| [vec![title], body].concat());
                Answer {
                    status: 303,
                    to: to.to_string(),
                    html: said.unwrap_or_default().join("\n"),
                    ..Answer::default()
                }
            }
            Reply::File { content, .. } => Answer { status, file: content, ..Answer::default() },
            Reply::Json(value) => Answer { status, html: value.to_string(), ..Answer::default() },
        }
    }

    fn frame(&self) -> Frame {
        Frame {
            agency: "見本省".into(),
            area: None,
            search: None,
            me: None,
            nav: Vec::new(),
            version: "0".into(),
            seal: None,
            help: Url::root(),
            hidden: None,
            now: self.agency.desk.kernel.now(),
        }
    }
}

fn status(refusal: &Refusal) -> u16 {
    match refusal {
        Refusal::NotFound => 404,
        Refusal::Denied(_) => 403,
        Refusal::Conflict(_) => 409,
        Refusal::Invalid(_) => 422,
        other => panic!("{other}"),
    }
}

/// Parameters of the path, when the route fits it.
pub fn fits(route: &Route, path: &str) -> Option<Vec<(String, String)>> {
    let (pattern, path): (Vec<&str>, Vec<&str>) = (route.path.split('/').collect(), path.split('/').collect());
    if pattern.len() != path.len() {
        return None;
    }
    let mut params = Vec::new();
    for (wanted, found) in pattern.iter().zip(&path) {
        match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => params.push((name.to_string(), (*found).to_string())),
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
        assert_ne!(pair[0], pair[1], "{title}: the id {} stands twice", pair[0]);
    }
    for target in
        attributes(html, " for=\"").chain(attributes(html, " aria-describedby=\"").flat_map(str::split_whitespace))
    {
        assert!(ids.binary_search(&target).is_ok(), "{title}: nothing has the id {target}");
    }
    for form in html.split("<form").skip(1) {
        let form = form.split("</form>").next().unwrap_or_default();
        if form.contains("method=\"post\"") {
            assert!(
                form.contains(&format!("name=\"_secret\" value=\"{SECRET}\"")),
                "{title}: a form without its secret"
            );
        }
    }
}

fn attributes<'h>(html: &'h str, name: &'h str) -> impl Iterator<Item = &'h str> {
    html.split(name).skip(1).filter_map(|rest| rest.split('"').next())
}

/// Revision that a form would carry.
pub fn revision(agency: &Agency, id: &str) -> String {
    agency.desk.record("evaluation_sheet", id).revision.to_string()
}
