//! The frame of every page: header, navigation, title bar, footer.

use chrono::{DateTime, Utc};
use maud::{DOCTYPE, Markup, Render, html};

use crate::{Icon, Url, assets, when::Instant};

use super::{
    action::{Button, PostButton},
    notice::Notice,
};

/// A place that a person may open.
#[derive(Clone, Debug)]
pub struct NavItem {
    /// Its name.
    pub words: String,
    /// Its address.
    pub to: Url,
    /// Whether the shown page belongs to it.
    pub current: bool,
    /// Things that wait there for this person.
    pub count: Option<u64>,
}

/// The places of one area.
#[derive(Clone, Debug)]
pub struct NavGroup {
    /// Name of the area; empty for the places that belong to none (今日の仕事).
    pub words: String,
    /// Its places.
    pub items: Vec<NavItem>,
}

/// Who is signed in.
#[derive(Clone, Debug)]
pub struct Me {
    /// Their name as they write it.
    pub name: String,
    /// Their own page.
    pub profile: Url,
    /// Where signing out posts to.
    pub sign_out: Url,
    /// How the screen is locked.
    pub lock: Option<Lock>,
}

/// How the screen of somebody who leaves the desk is locked.
#[derive(Clone, Debug)]
pub struct Lock {
    /// Where locking posts to.
    pub to: Url,
    /// Where a locked screen is resumed.
    pub resume: Url,
    /// Minutes without use after which the script locks by itself.
    pub idle_minutes: u32,
}

/// The state of the seal over the journal (封印).
#[derive(Clone, Debug)]
pub struct Seal {
    /// When the journal was last sealed.
    pub at: DateTime<Utc>,
    /// Whether the last check found it whole.
    pub intact: bool,
    /// Where it is explained.
    pub to: Url,
}

/// What is the same on every page of one request.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The agency's name.
    pub agency: String,
    /// The area that the page belongs to, such as 人事評価.
    pub area: Option<String>,
    /// Where the search form leads and what was searched for; `None` before sign-in.
    pub search: Option<(Url, String)>,
    /// Who is signed in; `None` before sign-in.
    pub me: Option<Me>,
    /// What they may open.
    pub nav: Vec<NavGroup>,
    /// The program's version.
    pub version: String,
    /// The seal; `None` while nothing has been sealed.
    pub seal: Option<Seal>,
    /// Where help is.
    pub help: Url,
    /// A pair that every posting form of the frame sends along, such as a request token.
    pub hidden: Option<(String, String)>,
    /// The time of this answer, for paper without script.
    pub now: DateTime<Utc>,
}

/// What one page adds to the frame.
#[derive(Clone, Debug, Default)]
pub struct Page {
    title: String,
    lead: Option<Markup>,
    breadcrumb: Vec<(String, Url)>,
    actions: Vec<Markup>,
    notices: Vec<Notice>,
    body: Markup,
}

impl Page {
    /// A page with its one heading.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// The heading.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// A line under the heading.
    #[must_use]
    pub fn lead(mut self, lead: impl Render) -> Self {
        self.lead = Some(lead.render());
        self
    }

    /// A page above this one, from the top down; this page itself is added by the frame.
    #[must_use]
    pub fn under(mut self, words: impl Into<String>, to: Url) -> Self {
        self.breadcrumb.push((words.into(), to));
        self
    }

    /// The action at the right of the heading; the first is the main one.
    #[must_use]
    pub fn action(mut self, action: impl Render) -> Self {
        self.actions.push(action.render());
        self
    }

    /// A message above the content.
    #[must_use]
    pub fn notice(mut self, notice: Notice) -> Self {
        self.notices.push(notice);
        self
    }

    /// The content.
    #[must_use]
    pub fn body(mut self, body: impl Render) -> Self {
        self.body = body.render();
        self
    }
}

/// So many places of the navigation stand on a screen without scrolling.
const PLACES_AT_ONCE: usize = 16;

/// The links of one area.
fn places(group: &NavGroup) -> Markup {
    html! {
        ul {
            @for item in &group.items {
                li {
                    a href=(item.to) aria-current=[item.current.then_some("page")] {
                        (item.words)
                        @if let Some(count) = item.count.filter(|count| *count > 0) {
                            span class="count" { (count) span class="visually-hidden" { "件" } }
                        }
                    }
                }
            }
        }
    }
}

impl Frame {
    /// The whole document.
    #[must_use]
    pub fn page(&self, page: &Page) -> Markup {
        let has_nav = self.nav.iter().any(|group| !group.items.is_empty());
        html! {
            (DOCTYPE)
            html lang="ja" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="format-detection" content="telephone=no, email=no, address=no";
                    meta name="daicho-script" content=(assets::SCRIPT.path);
                    title { (page.title) " | " (self.agency) " Daicho" }
                    link rel="stylesheet" href=(assets::STYLES.path);
                    link rel="icon" type="image/svg+xml" href=(assets::ICON.path);
                    script type="module" src=(assets::SCRIPT.path) {}
                }
                @let lock = self.me.as_ref().and_then(|me| me.lock.as_ref());
                body data-printed-by=[self.me.as_ref().map(|me| &me.name)] data-idle=[lock.map(|lock| lock.idle_minutes)]
                    data-lock=[lock.map(|lock| lock.to.to_string())] data-resume=[lock.map(|lock| lock.resume.to_string())] {
                    a class="skip-link" href="#main" { "本文へ移る" }
                    (self.header())
                    @if has_nav {
                        details class="site-menu" id="menu" data-swap {
                            summary { "メニュー" }
                            (self.navigation("メニュー"))
                        }
                    }
                    div class=(if has_nav { "site-body" } else { "site-body bare" }) {
                        @if has_nav { div class="site-side" id="side" data-swap { (self.navigation("業務")) } }
                        main id="main" data-swap tabindex="-1" { (main_part(page)) }
                    }
                    (self.footer())
                    div id="live" class="visually-hidden" role="status" aria-live="polite" {}
                }
            }
        }
    }

    fn header(&self) -> Markup {
        html! {
            header class="site-header" {
                a class="site-name" href="/" {
                    img src=(assets::ICON.path) alt="" width="28" height="28";
                    span { (self.agency) " " span class="site-product" { "台帳 Daicho" } }
                }
                span class="site-area" id="area" data-swap { @if let Some(area) = &self.area { (area) } }
                @if let Some((to, query)) = &self.search {
                    form class="site-search" role="search" method="get" action=(to) {
                        label class="visually-hidden" for="search" { "すべての台帳から探す" }
                        input type="search" id="search" name="q" value=(query) placeholder="氏名、番号、件名" autocomplete="off";
                        button type="submit" class="button button-quiet" { (Icon::Search) "探す" }
                    }
                }
                @if let Some(me) = &self.me {
                    div class="site-me" {
                        a href=(me.profile) { (Icon::Person) span class="me-name" { (me.name) } span class="visually-hidden" { "(自分の設定)" } }
                        @if let Some(lock) = &me.lock { (self.post(&lock.to, "ロックする")) }
                        (self.post(&me.sign_out, "サインアウトする"))
                    }
                }
            }
        }
    }

    fn post(&self, to: &Url, words: &str) -> PostButton {
        let button = PostButton::new(to.clone(), Button::quiet(words));
        match &self.hidden {
            Some((name, value)) => button.hidden(name, value),
            None => button,
        }
    }

    /// Where there are more places than a screen holds, only the area of this page lies open.
    fn navigation(&self, name: &str) -> Markup {
        let all_open = self.nav.iter().map(|group| group.items.len()).sum::<usize>() <= PLACES_AT_ONCE;
        html! {
            nav aria-label=(name) {
                @for group in self.nav.iter().filter(|group| !group.items.is_empty()) {
                    @if group.words.is_empty() {
                        div class="nav-group" { (places(group)) }
                    } @else {
                        details class="nav-group" open[all_open || group.items.iter().any(|item| item.current)] {
                            summary { h2 { (group.words) } }
                            (places(group))
                        }
                    }
                }
            }
        }
    }

    fn footer(&self) -> Markup {
        html! {
            footer class="site-footer" {
                span { "Daicho " (self.version) }
                @if let Some(seal) = &self.seal {
                    a href=(seal.to) class=[seal.intact.then_some("seal-ok")] {
                        (if seal.intact { Icon::Seal } else { Icon::Stop })
                        @if seal.intact { "証跡は封印済み " } @else { "証跡の確認が必要 " }
                        (Instant(seal.at))
                    }
                } @else if self.me.is_some() { span { "証跡はまだ封印していません" } }
                // Script fills this in; single-letter keys must be possible to switch off (WCAG 2.1.4).
                span class="push" data-keys-toggle hidden {}
                a href=(self.help) { "使い方" }
                p class="print-only" {
                    (self.agency) " "
                    @if let Some(me) = &self.me { "印刷した人: " (me.name) " " }
                    "表示した日時: " (Instant(self.now))
                }
            }
        }
    }
}

fn main_part(page: &Page) -> Markup {
    html! {
        @if !page.breadcrumb.is_empty() {
            nav class="breadcrumb" aria-label="現在の場所" {
                ol {
                    @for (words, to) in &page.breadcrumb { li { a href=(to) { (words) } } }
                    li aria-current="page" { (page.title) }
                }
            }
        }
        div class="title-bar" {
            div {
                h1 tabindex="-1" { (page.title) }
                @if let Some(lead) = &page.lead { div class="lead" { (lead) } }
            }
            @if !page.actions.is_empty() { div class="title-actions" { @for action in &page.actions { (action) } } }
        }
        @if !page.notices.is_empty() { div class="notices" { @for notice in &page.notices { (notice) } } }
        (page.body)
    }
}
