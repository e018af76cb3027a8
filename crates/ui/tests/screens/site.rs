//! A site without a server: routes are matched and run as the server does.

use ledger::port::{Reader, Writer};
use ledger::{Principal, Refusal};
use maud::Render;
use testkit::Desk;
use ui::Url;
use ui::components::{Frame, Page};
use ui::web::{Ask, Handler, Keep, Reply, Route, Stop, Upload};

/// What a browser would get.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// HTML of a page, JSON, or the text of a file.
    pub text: String,
    pub to: Option<String>,
    pub file: Option<(String, Vec<u8>)>,
}

impl Answer {
    #[track_caller]
    pub fn has(&self, words: &str) -> &Self {
        assert!(self.text.contains(words), "no 「{words}」 in ({}):\n{}", self.status, self.main());
        self
    }

    #[track_caller]
    pub fn lacks(&self, words: &str) -> &Self {
        assert!(!self.text.contains(words), "「{words}」 in ({}):\n{}", self.status, self.main());
        self
    }

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

/// Pairs of a form or query.
pub type Sent<'a> = &'a [(&'a str, &'a str)];

fn owned(pairs: Sent<'_>) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect()
}

pub fn get(desk: &Desk, who: &Principal, address: &str) -> Answer {
    let (path, query) = parted(address);
    ask(desk, who, false, path, query, Vec::new(), Vec::new())
}

fn parted(address: &str) -> (&str, Vec<(String, String)>) {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let query = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    });
    (path, query.collect())
}

/// What stands between a page that reads and the database.
pub type Between<'a> =
    &'a mut dyn FnMut(&mut dyn Reader, &mut dyn FnMut(&mut dyn Reader) -> Result<Reply, Stop>) -> Result<Reply, Stop>;

/// Get a page that reads, with something between it and the database.
pub fn read_through(desk: &Desk, who: &Principal, address: &str, between: Between<'_>) -> Answer {
    let (path, query) = parted(address);
    let (route, params) = route(path, false).unwrap_or_else(|| panic!("no route for {path}"));
    let ask = Ask {
        kernel: &desk.kernel,
        who,
        path: params,
        query,
        form: Vec::new(),
        files: Vec::new(),
        secret: "見本の印",
        agency: "見本省",
        seen: Default::default(),
    };
    let outcome = desk.store.read(|tx: &mut dyn Reader| {
        between(tx, &mut |tx| match route.handler {
            Handler::Read(handler) => handler(tx, &ask),
            Handler::Noted(handler) => handler(tx, &ask).map(|(reply, _)| reply),
            _ => panic!("{path} does not only read"),
        })
    });
    match outcome {
        Ok(reply) => shown(200, reply),
        Err(_) => panic!("{path} is refused"),
    }
}

pub fn post(desk: &Desk, who: &Principal, path: &str, form: Sent<'_>) -> Answer {
    ask(desk, who, true, path, Vec::new(), owned(form), Vec::new())
}

pub fn upload(desk: &Desk, who: &Principal, path: &str, form: Sent<'_>, files: Vec<Upload>) -> Answer {
    ask(desk, who, true, path, Vec::new(), owned(form), files)
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        if let (b'%', Some(hex)) = (first, more.get(..2)) {
            bytes.push(u8::from_str_radix(std::str::from_utf8(hex).unwrap(), 16).unwrap());
            rest = &more[2..];
        } else {
            bytes.push(*first);
            rest = more;
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// The route that serves the path, and its parameters; a route of fixed words goes before one with parameters.
fn route(path: &str, posting: bool) -> Option<(Route, Vec<(String, String)>)> {
    let asked: Vec<&str> = path.trim_matches('/').split('/').collect();
    let mut best: Option<(usize, Route, Vec<(String, String)>)> = None;
    for route in ui::screens::routes() {
        if matches!(route.handler, Handler::Write(_)) != posting {
            continue;
        }
        let pattern: Vec<&str> = route.path.trim_matches('/').split('/').collect();
        if pattern.len() != asked.len() {
            continue;
        }
        let mut params = Vec::new();
        let fits = pattern.iter().zip(&asked).all(|(part, value)| match part.strip_prefix('{') {
            Some(name) => {
                params.push((name.trim_end_matches('}').to_string(), decoded(value)));
                true
            }
            None => part == value,
        });
        if fits && best.as_ref().is_none_or(|(held, ..)| params.len() < *held) {
            best = Some((params.len(), route, params));
        }
    }
    best.map(|(_, route, params)| (route, params))
}

fn ask(
    desk: &Desk,
    who: &Principal,
    posting: bool,
    path: &str,
    query: Vec<(String, String)>,
    form: Vec<(String, String)>,
    files: Vec<Upload>,
) -> Answer {
    desk.clock.advance(chrono::TimeDelta::seconds(1));
    let Some((route, params)) = route(path, posting) else { panic!("no route for {path}") };
    let ask = || Ask {
        kernel: &desk.kernel,
        who,
        path: params.clone(),
        query: query.clone(),
        form: form.clone(),
        files: files.clone(),
        secret: "見本の印",
        agency: "見本省",
        seen: Default::default(),
    };
    // What was shown is written by whoever runs the handler, as the server does.
    let seen = std::sync::Mutex::new(Vec::new());
    let noted = |ask: &Ask<'_>| *seen.lock().unwrap() = ask.seen.entries(&desk.kernel, who, None);
    let keep = |keep: &Keep| {
        if !keep.is_empty() {
            desk.store.write(|tx: &mut dyn Writer| keep.write(tx, who)).expect("the traces are kept");
        }
    };
    let outcome = match route.handler {
        Handler::Read(handler) => desk.store.read(|tx: &mut dyn Reader| {
            let ask = ask();
            let reply = handler(tx, &ask);
            noted(&ask);
            reply
        }),
        Handler::Noted(handler) => desk
            .store
            .read(|tx: &mut dyn Reader| {
                let ask = ask();
                let reply = handler(tx, &ask);
                noted(&ask);
                reply
            })
            .map(|(reply, traces)| {
                keep(&traces);
                reply
            }),
        Handler::Traced(handler) | Handler::Write(handler) => {
            desk.store.write(|tx: &mut dyn Writer| handler(tx, &ask()))
        }
    };
    keep(&Keep { entries: seen.into_inner().unwrap(), ..Keep::default() });
    match outcome {
        Ok(reply) => shown(200, reply),
        Err(Stop::Answer(reply)) => shown(422, reply),
        Err(Stop::Instead { status, reply, keep: traces }) => {
            keep(&traces);
            shown(status, *reply)
        }
        Err(Stop::Refusal(refusal)) => {
            let status = match &refusal {
                Refusal::NotFound => 404,
                Refusal::Disposed(_) => 410,
                Refusal::Denied(_) => 403,
                Refusal::Conflict(_) => 409,
                Refusal::Invalid(_) => 422,
                Refusal::Store(_) | Refusal::Definition(_) => 500,
            };
            shown(status, Reply::page(ui::screens::refusal_page(&refusal)))
        }
    }
}

fn shown(status: u16, reply: Reply) -> Answer {
    let plain = Answer { status, text: String::new(), to: None, file: None };
    match reply {
        Reply::Page(page) => Answer { text: framed(&page), ..plain },
        Reply::Redirect { to, notice } => Answer {
            status: 303,
            text: notice.map(|notice| notice.render().into_string()).unwrap_or_default(),
            to: Some(to.to_string()),
            ..plain
        },
        Reply::File { name, content, .. } => {
            Answer { text: String::from_utf8_lossy(&content).into_owned(), file: Some((name, content)), ..plain }
        }
        Reply::Json(value) => Answer { text: value.to_string(), ..plain },
    }
}

fn framed(page: &Page) -> String {
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
        now: chrono::DateTime::UNIX_EPOCH,
    };
    frame.page(page).into_string()
}
