//! How a page is asked for and answered, free of any web server: what areas and generic screens are written against.
//!
//! A [`Route`] is a method, a path and a handler. A reading handler gets a reading transaction and changes nothing; a
//! writing handler gets a writing one, and whatever it answers with `Err` undoes what it wrote, also when the answer
//! is a form with its errors ([`Stop::Answer`]). What must outlive that, such as an uploaded file, is handed over as
//! [`Keep`]. The server checks the session and the request secret before either.

use journal::Entry;
use ledger::evidence::Seen;
use ledger::kernel::Kernel;
use ledger::port::{Attachment, DeskItem, Reader, StoreError, Writer};
use ledger::principal::Principal;
use ledger::refusal::Refusal;

use crate::Url;
use crate::components::{Notice, Page};

/// A file that came with a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Name of the input.
    pub field: String,
    /// File name as the device gave it, without folders.
    pub name: String,
    /// Media type as the device gave it; not to be trusted.
    pub media_type: String,
    /// Content.
    pub content: Vec<u8>,
}

/// One request of a signed-in person.
pub struct Ask<'a> {
    /// Definitions, calendar, clock.
    pub kernel: &'a Kernel,
    /// Who asks.
    pub who: &'a Principal,
    /// Values of the path's parameters, by name.
    pub path: Vec<(String, String)>,
    /// Pairs of the query, in order.
    pub query: Vec<(String, String)>,
    /// Pairs of the form, in order; empty when nothing was posted.
    pub form: Vec<(String, String)>,
    /// Files of the form.
    pub files: Vec<Upload>,
    /// What every posted form must carry in a hidden input `_secret`.
    pub secret: &'a str,
    /// Name of the agency, for documents.
    pub agency: &'a str,
    /// What the handler shows of protected values; the server writes it into the journal before it answers.
    pub seen: Seen,
}

impl Ask<'_> {
    /// A parameter of the path; empty when the route has none of that name.
    pub fn param(&self, name: &str) -> &str {
        find(&self.path, name).unwrap_or_default()
    }

    /// The first value of a query key.
    pub fn query(&self, name: &str) -> Option<&str> {
        find(&self.query, name)
    }

    /// All values of a query key.
    pub fn queries<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'b str> {
        self.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a form input.
    pub fn form(&self, name: &str) -> Option<&str> {
        find(&self.form, name)
    }

    /// All values of a form input.
    pub fn forms<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'b str> {
        self.form.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

fn find<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// An answer.
pub enum Reply {
    /// A page, to be put into the frame.
    Page(Box<Page>),
    /// Go to another page (303), and say something there.
    Redirect {
        /// Where to.
        to: Url,
        /// What to say at the top of that page, once.
        notice: Option<Box<Notice>>,
    },
    /// A file.
    File {
        /// File name offered to the person.
        name: String,
        /// Media type.
        media_type: String,
        /// Content.
        content: Vec<u8>,
        /// Shown in the browser instead of being saved.
        inline: bool,
    },
    /// A short text that the script reads, such as the time at which a draft was saved.
    Json(serde_json::Value),
}

impl Reply {
    /// A page.
    pub fn page(page: Page) -> Self {
        Reply::Page(Box::new(page))
    }

    /// Go to another page without a word.
    pub fn to(to: Url) -> Self {
        Reply::Redirect { to, notice: None }
    }

    /// Go to another page and say something there.
    pub fn to_with(to: Url, notice: Notice) -> Self {
        Reply::Redirect { to, notice: Some(Box::new(notice)) }
    }
}

/// Why a handler ends without having done what was asked. Everything it wrote is undone.
pub enum Stop {
    /// A refusal; the server shows the page for it.
    Refusal(Refusal),
    /// An answer of the handler's own: a page is sent as 422, such as the form with its errors.
    Answer(Reply),
    /// The same with a status of its own (409 for a conflict, 200 for a dry run), and with what is kept nevertheless.
    Instead {
        /// HTTP status.
        status: u16,
        /// Answer.
        reply: Box<Reply>,
        /// Written in a transaction of its own, after what the handler wrote was undone.
        keep: Keep,
    },
}

impl Stop {
    /// An answer with a status, and what is kept nevertheless.
    pub fn keeping(status: u16, reply: Reply, keep: Keep) -> Self {
        Stop::Instead { status, reply: Box::new(reply), keep }
    }

    /// An answer with a status, of which nothing is kept.
    pub fn status(status: u16, reply: Reply) -> Self {
        Self::keeping(status, reply, Keep::default())
    }
}

/// What is written beside an answer: traces of reading, things on the person's desk, uploaded files.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Keep {
    /// Entries for the journal.
    pub entries: Vec<Entry>,
    /// Things to put on the desk of the account.
    pub desk: Vec<DeskItem>,
    /// Files to store.
    pub files: Vec<Attachment>,
}

impl Keep {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.desk.is_empty() && self.files.is_empty()
    }

    /// Take another one's things in.
    pub fn add(&mut self, other: Keep) {
        self.entries.extend(other.entries);
        self.desk.extend(other.desk);
        self.files.extend(other.files);
    }

    /// Write it.
    ///
    /// # Errors
    /// Only those of the database; the transaction must then be rolled back.
    pub fn write(&self, tx: &mut dyn Writer, who: &Principal) -> Result<(), StoreError> {
        for entry in &self.entries {
            tx.append(entry)?;
        }
        for item in &self.desk {
            tx.set_desk(&who.actor.account, item)?;
        }
        for file in &self.files {
            tx.add_attachment(file)?;
        }
        Ok(())
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Stop::Refusal(refusal)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Stop::Refusal(error.into())
    }
}

/// A handler that reads.
pub type ReadHandler = fn(&mut dyn Reader, &Ask<'_>) -> Result<Reply, Stop>;
/// A handler that reads and says what is to be written about it. The server writes that before it answers, and only
/// when there is something to write, so that most readings need no writing transaction.
pub type NotedHandler = fn(&mut dyn Reader, &Ask<'_>) -> Result<(Reply, Keep), Stop>;
/// A handler that writes. It may be run again from the start when the database asks for it.
pub type WriteHandler = fn(&mut dyn Writer, &Ask<'_>) -> Result<Reply, Stop>;

/// What is done at an address.
#[derive(Clone, Copy)]
pub enum Handler {
    /// GET.
    Read(ReadHandler),
    /// GET that may leave something behind, such as the trace of opening protected fields.
    Noted(NotedHandler),
    /// GET that always leaves a trace in the journal, such as an export.
    Traced(WriteHandler),
    /// POST.
    Write(WriteHandler),
}

/// A page address. Parameters stand in braces: `/evaluation/sheets/{id}`.
#[derive(Clone, Copy)]
pub struct Route {
    /// Path pattern.
    pub path: &'static str,
    /// What is done there.
    pub handler: Handler,
    /// A dangerous act: whoever does it proves anew who they are, unless they did so a few minutes ago.
    pub proof: bool,
}

impl Route {
    /// A page that is read.
    pub const fn read(path: &'static str, handler: ReadHandler) -> Self {
        Self { path, handler: Handler::Read(handler), proof: false }
    }

    /// A page that is read, with something left behind now and then.
    pub const fn noted(path: &'static str, handler: NotedHandler) -> Self {
        Self { path, handler: Handler::Noted(handler), proof: false }
    }

    /// A page whose reading is journaled.
    pub const fn traced(path: &'static str, handler: WriteHandler) -> Self {
        Self { path, handler: Handler::Traced(handler), proof: false }
    }

    /// The same route, as a dangerous act that asks for a fresh proof.
    #[must_use]
    pub const fn with_proof(mut self) -> Self {
        self.proof = true;
        self
    }

    /// A form that is posted.
    pub const fn write(path: &'static str, handler: WriteHandler) -> Self {
        Self { path, handler: Handler::Write(handler), proof: false }
    }
}

/// An entry of the side navigation that an area brings beside its ledgers.
#[derive(Clone)]
pub struct Place {
    /// Area it stands under.
    pub area: &'static str,
    /// Its name.
    pub words: &'static str,
    /// Its address.
    pub path: &'static str,
    /// Whether this principal may open it.
    pub open: fn(&Kernel, &Principal) -> bool,
}
