//! Alerts and chosen acts of the journal as syslog (RFC 5424) to a receiver of the agency, so that its own monitoring sees
//! them and what was told there cannot be altered here.
//!
//! What is sent is read from the sealed journal, by position. A receiver that is down keeps nobody from writing: sending
//! goes on from the kept position when it is back. No receiver confirms a message, so after a lost connection the last
//! messages are sent again; each names its position, by which doubles show, and the position told before it, by which a
//! gap shows.

mod line;
mod send;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use ledger::port::{DeskItem, Reader, StoreError, Writer};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::installation::Installation;
pub use send::SendProblem;
use send::Wire;

/// Settings of the receiver: the table `[syslog]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyslogSettings {
    /// Receiver: `log.example.jp:6514`.
    pub server: String,
    /// `tls` (RFC 5425), `tcp` (RFC 6587 with octet counting) or `udp` (RFC 5426). Default `tls`.
    #[serde(default)]
    pub transport: Transport,
    /// Authority that signs the receiver's certificate, PEM; `tls` needs it.
    pub authority: Option<PathBuf>,
    /// Name of this machine in the messages (RFC 5424 section 6.2.4). Default `-`: not told.
    #[serde(default = "nil")]
    pub hostname: String,
    /// Facility (RFC 5424 section 6.2.1), 0 to 23. Default 13, audit.
    #[serde(default = "audit")]
    pub facility: u8,
    /// Number of the agency among private enterprises (IANA), which the name of the structured data carries. Default
    /// 32473, the number for examples (RFC 5612).
    #[serde(default = "example")]
    pub enterprise: u32,
    /// Acts that are sent beside the alerts.
    #[serde(default = "acts")]
    pub acts: Vec<String>,
    /// Ledgers of which every change is sent.
    #[serde(default = "ledgers")]
    pub ledgers: Vec<String>,
}

fn nil() -> String {
    "-".into()
}

fn audit() -> u8 {
    13
}

fn example() -> u32 {
    32_473
}

fn acts() -> Vec<String> {
    let acts = [
        "sign_in_failed",
        "second_factor_failed",
        "locked_out",
        "lock_released",
        "unknown_device",
        "denied",
        "export",
        "print",
        "token_created",
        "install_pack",
        "start",
        "stop",
        "clock_jump",
        "journal_failed",
        "seal_late",
        "history_accepted",
        "verify_failed",
        "verify_passed",
    ];
    acts.map(String::from).to_vec()
}

fn ledgers() -> Vec<String> {
    ["role_grant", "anomaly_rule", "retention_rule", "legal_hold"].map(String::from).to_vec()
}

/// How messages travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// TCP under TLS.
    #[default]
    Tls,
    /// TCP in clear: only within a network that is protected otherwise.
    Tcp,
    /// UDP: messages may be lost.
    Udp,
}

impl SyslogSettings {
    /// What cannot be as it is set.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.server.rsplit_once(':').is_none_or(|(host, port)| host.is_empty() || port.parse::<u16>().is_err()) {
            problems.push(format!("syslog.server の「{}」は「名前:ポート」の形で書いてください。", self.server));
        }
        if self.transport == Transport::Tls && self.authority.is_none() {
            problems
                .push("syslog.transport が tls のときは、syslog.authority に認証局の証明書を書いてください。".into());
        }
        if self.facility > 23 {
            problems.push("syslog.facility は0から23までです。".into());
        }
        let plain = |text: &str| !text.is_empty() && text.len() <= 255 && text.bytes().all(|b| (33..=126).contains(&b));
        if !plain(&self.hostname) {
            problems.push("syslog.hostname は255字までの英数字で書いてください。".into());
        }
        problems
    }
}

const DESK: &str = "system";
const PLACE: &str = "syslog:place";
const TURN: &str = "syslog:turn";
/// Entries looked at in one go.
const STEP: u64 = 500;
/// One of several nodes sends for so long before another may take over.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// Longest wait after a failure, in seconds.
const LONGEST_WAIT: i64 = 60;
const PAUSE: Duration = Duration::from_millis(500);

/// Why nothing is sent.
#[derive(Debug, thiserror::Error)]
pub enum SyslogProblem {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The receiver does not take messages.
    #[error(transparent)]
    Send(#[from] SendProblem),
}

/// Where sending stands: the next position, and the position last told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    next: u64,
    told: Option<u64>,
}

/// Sends for one installation.
pub struct Sender {
    settings: SyslogSettings,
    node: String,
    wire: Option<Wire>,
    /// Where the messages began that the connection in use took last: it may have lost them.
    unsure: Option<Place>,
    fails: u32,
    wait_until: Option<DateTime<Utc>>,
}

impl Sender {
    /// A sender for what the settings name.
    pub fn new(installation: &Installation) -> Option<Self> {
        let settings = installation.settings.syslog.clone()?;
        let node = installation.kernel().new_id();
        Some(Self { settings, node, wire: None, unsure: None, fails: 0, wait_until: None })
    }

    /// Send what is new. Gives how many messages were sent; after a failure it waits longer and longer.
    ///
    /// # Errors
    /// Those of the database and of the receiver. The place is kept, so nothing is passed over.
    pub fn round(&mut self, installation: &Installation) -> Result<usize, SyslogProblem> {
        let now = installation.kernel().now();
        if self.wait_until.is_some_and(|until| now < until) || !self.turn(installation)? {
            return Ok(0);
        }
        match self.send(installation) {
            Ok(sent) => {
                (self.fails, self.wait_until) = (0, None);
                Ok(sent)
            }
            Err(problem) => {
                (self.wire, self.fails) = (None, self.fails.saturating_add(1));
                let wait = 1i64 << self.fails.min(6);
                self.wait_until = Some(now + TimeDelta::seconds(wait.min(LONGEST_WAIT)));
                Err(problem)
            }
        }
    }

    fn send(&mut self, installation: &Installation) -> Result<usize, SyslogProblem> {
        if self.wire.as_mut().is_some_and(|wire| !wire.alive()) {
            self.wire = None;
        }
        let mut place = match place(installation)? {
            Some(place) => place,
            None => {
                // The past is in the journal itself; a new receiver begins with what comes.
                let size = installation.store.read(|tx: &mut dyn Reader| tx.seal_head())?.map_or(0, |head| head.size);
                let place = Place { next: size, told: None };
                keep(installation, place)?;
                place
            }
        };
        if let (None, Some(unsure)) = (&self.wire, self.unsure)
            && unsure.next < place.next
        {
            place = unsure;
        }
        let mut sent = 0;
        loop {
            let begun = place;
            let (from, until) = (place.next, place.next + STEP);
            let found = installation.store.read(|tx: &mut dyn Reader| {
                let size = tx.seal_head()?.map_or(0, |head| head.size);
                if from >= size { Ok(Vec::new()) } else { tx.sealed_entries(from, until.min(size)) }
            })?;
            let Some(last) = found.last().map(|entry| entry.position) else { return Ok(sent) };
            let mut messages = Vec::new();
            for entry in &found {
                if let Some(message) = line::of(&self.settings, entry, place.told) {
                    place.told = Some(entry.position);
                    messages.push(message);
                }
            }
            place.next = last + 1;
            if !messages.is_empty() {
                let wire = match &mut self.wire {
                    Some(wire) => wire,
                    None => self.wire.insert(Wire::open(&self.settings)?),
                };
                self.unsure = Some(begun);
                wire.send(&messages)?;
                sent += messages.len();
            }
            keep(installation, place)?;
        }
    }

    /// Whether it is this node's turn; the first that asks keeps it while it lives.
    fn turn(&self, installation: &Installation) -> Result<bool, StoreError> {
        let now = installation.kernel().now();
        let until = |item: &DeskItem| item.value.get("until").and_then(Value::as_str)?.parse::<DateTime<Utc>>().ok();
        let mine = |item: &DeskItem| item.value.get("node").and_then(Value::as_str) == Some(self.node.as_str());
        let held = installation.store.read(|tx: &mut dyn Reader| tx.desk(DESK, TURN))?;
        let lasts = held.as_ref().and_then(until).is_some_and(|until| now + LEASE / 2 < until);
        match &held {
            Some(item) if lasts => return Ok(mine(item)),
            Some(item) if !mine(item) && until(item).is_some_and(|until| now < until) => return Ok(false),
            _ => {}
        }
        let value = json!({ "node": self.node, "until": now + LEASE });
        installation.store.write(move |tx: &mut dyn Writer| {
            tx.set_desk(DESK, &DeskItem { key: TURN.into(), value: value.clone(), saved_at: now })
        })?;
        Ok(true)
    }
}

fn place(installation: &Installation) -> Result<Option<Place>, StoreError> {
    let kept = installation.store.read(|tx: &mut dyn Reader| tx.desk(DESK, PLACE))?;
    let number = |item: &DeskItem, name: &str| item.value.get(name).and_then(Value::as_u64);
    Ok(kept.and_then(|item| Some(Place { next: number(&item, "next")?, told: number(&item, "told") })))
}

fn keep(installation: &Installation, place: Place) -> Result<(), StoreError> {
    let now = installation.kernel().now();
    let value = json!({ "next": place.next, "told": place.told });
    installation.store.write(move |tx: &mut dyn Writer| {
        tx.set_desk(DESK, &DeskItem { key: PLACE.into(), value: value.clone(), saved_at: now })
    })
}

/// Send until told to stop. Does nothing where no receiver is set.
pub fn run(installation: &Installation, stop: &AtomicBool) {
    let Some(mut sender) = Sender::new(installation) else { return };
    let mut told = BTreeSet::new();
    while !stop.load(Ordering::Relaxed) {
        match sender.round(installation) {
            Ok(0) => std::thread::sleep(PAUSE),
            Ok(_) => told.clear(),
            Err(problem) => {
                // Each kind of trouble is told once until messages go out again.
                let words = problem.to_string();
                if told.insert(words.clone()) {
                    tracing::error!(problem = words, "syslog receiver takes no messages; they wait in the journal");
                }
                std::thread::sleep(PAUSE);
            }
        }
    }
}
