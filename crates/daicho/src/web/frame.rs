//! What surrounds a page: agency, navigation, who is signed in.

use identity::privilege::{self, Elevated};
use identity::session::Resolved;
use ledger::Kernel;
use maud::Markup;
use ui::Url;
use ui::components::{Frame, LinkButton, Lock, Me, NavGroup, Notice, Page};

use super::dispatch::SECRET_INPUT;
use super::request::Incoming;
use super::{App, apart, places};
use crate::door::Door;

/// Everything a page is put into.
pub struct Surroundings<'a> {
    app: &'a App,
    kernel: &'a Kernel,
    resolved: &'a Resolved,
    address: String,
    /// The address is one of a page, not of a form that was posted.
    come_back: bool,
    words: String,
    notice: Option<Notice>,
    door: Door,
}

impl<'a> Surroundings<'a> {
    /// The surroundings of a request.
    pub fn new(app: &'a App, kernel: &'a Kernel, resolved: &'a Resolved, incoming: &Incoming) -> Self {
        let words = incoming.query.iter().find(|(key, _)| key == "q").map(|(_, value)| value.clone());
        Self {
            app,
            kernel,
            resolved,
            address: incoming.address.clone(),
            come_back: !incoming.posted,
            words: words.filter(|_| incoming.address.starts_with("/search")).unwrap_or_default(),
            notice: incoming.notice.as_deref().and_then(super::answer::read_notice),
            door: incoming.door,
        }
    }

    /// Whether cookies are sent over TLS only.
    pub fn secure(&self) -> bool {
        self.app.installation.settings.secure_cookies
    }

    /// Whether a message was left for this page.
    pub fn has_notice(&self) -> bool {
        self.notice.is_some()
    }

    fn lock(&self) -> Lock {
        let idle_minutes = self.app.installation.settings.sign_in.session.idle_minutes;
        let next = self.come_back.then_some(&self.address);
        Lock {
            to: Url::path(["sign-in", "lock"]).query_if("next", next),
            resume: Url::path(["sign-in", "again"]),
            idle_minutes,
        }
    }

    /// A page for somebody whose session opens nothing yet, or nothing for now: no navigation, no search.
    pub fn bare(&self, page: &Page) -> Markup {
        outside_with(self.app, Some((SECRET_INPUT.into(), self.resolved.session.form_secret.clone())), page)
    }

    /// The whole document.
    pub fn page(&self, mut page: Page) -> Markup {
        if let Some(notice) = posed(self.kernel) {
            page = page.notice(notice);
        }
        if let Some(notice) = self.notice.clone() {
            page = page.notice(notice);
        }
        let who = &self.resolved.principal;
        for elevated in &self.resolved.elevated {
            page = page.notice(self.elevated(elevated));
        }
        if !self.resolved.withheld.is_empty() {
            page = page.notice(self.withheld());
        }
        let mut nav = ui::screens::nav(self.kernel, who, &places());
        for group in &mut nav {
            group.items.retain(|item| apart::leads_to(self.door, self.kernel, &item.to.to_string()));
        }
        mark_current(&mut nav, self.address.split('?').next().unwrap_or("/"));
        let current = nav.iter().find(|group| group.items.iter().any(|item| item.current));
        let area = current.map(|group| group.words.clone()).filter(|words| !words.is_empty());
        Frame {
            agency: self.app.installation.settings.agency.clone(),
            area,
            search: Some((Url::path(["search"]), self.words.clone())),
            me: Some(Me {
                name: who.name.clone(),
                profile: Url::path(["profile"]),
                sign_out: Url::path(["sign-out"]),
                lock: Some(self.lock()),
            }),
            nav,
            version: env!("CARGO_PKG_VERSION").into(),
            seal: self.app.seal(),
            help: Url::path(["help"]),
            hidden: Some((SECRET_INPUT.into(), self.resolved.session.form_secret.clone())),
            now: self.kernel.now(),
        }
        .page(&page)
    }
}

impl Surroundings<'_> {
    /// A role in force for a limited time is shown on every page, with the way to give it back.
    fn elevated(&self, elevated: &Elevated) -> Notice {
        let label = self.role(&elevated.role);
        let until = calendar::format_instant(elevated.until);
        Notice::info(format!("「{label}」の権限を使っています（{until}まで）")).action(LinkButton::secondary(
            "申請を開いて使い終える",
            Url::path(["ledgers", privilege::LEDGER, &elevated.request]),
        ))
    }
}

impl Surroundings<'_> {
    fn role<'a>(&'a self, name: &'a str) -> &'a str {
        self.kernel.catalogue.roles.get(name).map_or(name, |role| role.label.as_str())
    }

    /// Why somebody on the way finds less than at their desk, and what to do.
    fn withheld(&self) -> Notice {
        let labels: Vec<&str> = self.resolved.withheld.iter().map(|role| self.role(role)).collect();
        Notice::info(format!("庁舎の外からの接続なので、「{}」の権限は使えません", labels.join("」「")))
            .text("要るときは、「離れた場所から使う」を「はい」にして権限を申請し、前もって承認を受けてください。")
            .action(LinkButton::secondary("権限を申請する", Url::path(["ledgers", privilege::LEDGER, "new"])))
    }
}

/// Mark the place that a path belongs to: the one with the longest address that the path begins with.
fn mark_current(nav: &mut [NavGroup], path: &str) {
    let fits = |to: &Url| {
        let to = to.to_string();
        let below = to != "/" && path.strip_prefix(to.as_str()).is_some_and(|rest| rest.starts_with('/'));
        (path == to || below).then_some(to.len())
    };
    let longest = nav.iter().flat_map(|group| &group.items).filter_map(|item| fits(&item.to)).max();
    for item in nav.iter_mut().flat_map(|group| &mut group.items) {
        item.current = longest.is_some() && fits(&item.to) == longest;
    }
}

/// A sample that runs as on another day says so on every page.
fn posed(kernel: &Kernel) -> Option<Notice> {
    let now = (!kernel.clock.is_real()).then(|| kernel.now())?;
    let (day, time) = (calendar::jst_date(now), calendar::jst::wall_clock(now).format("%H:%M"));
    Some(Notice::info(format!("見本です。{} {time}として動いています", calendar::format_era(day))))
}

/// A page for somebody who is not signed in.
pub fn outside(app: &App, page: &Page) -> Markup {
    outside_with(app, None, page)
}

fn outside_with(app: &App, hidden: Option<(String, String)>, page: &Page) -> Markup {
    let kernel = app.installation.kernel();
    let page = &posed(&kernel).map_or_else(|| page.clone(), |notice| page.clone().notice(notice));
    Frame {
        agency: app.installation.settings.agency.clone(),
        area: None,
        search: None,
        me: None,
        nav: Vec::new(),
        version: env!("CARGO_PKG_VERSION").into(),
        seal: None,
        help: Url::path(["help"]),
        hidden,
        now: kernel.now(),
    }
    .page(page)
}
