//! Sending queued mail through the agency's SMTP server.

use std::time::Duration;

use chrono::TimeDelta;
use ledger::Kernel;
use ledger::port::{Mail, StoreError, Writer};
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{Message, SmtpTransport, Transport};

use crate::settings::{MailEncryption, Settings};
use crate::web::App;

/// Mails sent in one go.
const MOST: usize = 50;
/// How long mails are held while they are being sent.
const HOLD: TimeDelta = TimeDelta::minutes(5);

/// Send what waits. True when there was something to send.
pub fn send(app: &App, kernel: &Kernel) -> Result<bool, StoreError> {
    let settings = &app.installation.settings;
    if settings.mail_server.is_none() || app.installation.store.read(|tx| tx.backlog())?.1 == 0 {
        return Ok(false);
    }
    let now = kernel.now();
    let mails = app.installation.store.write(move |tx: &mut dyn Writer| tx.take_mails(now, now + HOLD, MOST))?;
    if mails.is_empty() {
        return Ok(false);
    }
    let transport = transport(settings);
    for mail in mails {
        // Behind the hold another worker may have taken the rest, and sending it here too would send it twice. Half of it
        // is left for the one delivery that has begun.
        if kernel.now() >= now + HOLD / 2 {
            break;
        }
        let outcome = match &transport {
            Ok(transport) => deliver(transport, settings, &mail),
            Err(problem) => Err(problem.clone()),
        };
        if outcome.is_err() {
            // Neither address nor text goes into the log.
            tracing::warn!(mail = mail.id, tries = mail.tries, "mail not sent");
        }
        let now = kernel.now();
        let retry = now + TimeDelta::minutes(1 << mail.tries.clamp(0, 8));
        app.installation.store.write(move |tx: &mut dyn Writer| {
            tx.mail_result(&mail.id, outcome.as_ref().err().map(String::as_str), retry, now)
        })?;
    }
    Ok(true)
}

fn transport(settings: &Settings) -> Result<SmtpTransport, String> {
    let server = settings.mail_server.as_deref().unwrap_or_default();
    let (host, port) = match server.rsplit_once(':') {
        Some((host, port)) => {
            (host, port.parse().map_err(|_| format!("mail_server の「{server}」を読み取れません。"))?)
        }
        None => (server, 25),
    };
    let tls = || TlsParameters::new(host.to_string()).map_err(|error| error.to_string());
    let mut builder = SmtpTransport::builder_dangerous(host).port(port).timeout(Some(Duration::from_secs(30)));
    builder = match settings.mail_encryption {
        MailEncryption::None => builder.tls(Tls::None),
        MailEncryption::StartTls => builder.tls(Tls::Required(tls()?)),
        MailEncryption::Tls => builder.tls(Tls::Wrapper(tls()?)),
    };
    if let (Some(user), Some(password)) = (&settings.mail_user, &settings.mail_password) {
        builder = builder.credentials(Credentials::new(user.clone(), password.0.clone()));
    }
    Ok(builder.build())
}

fn deliver(transport: &SmtpTransport, settings: &Settings, mail: &Mail) -> Result<(), String> {
    let from = settings.mail_from.parse().map_err(|_| "mail_from のアドレスを読み取れません。".to_string())?;
    let to = mail.to.parse().map_err(|_| "宛先のアドレスを読み取れません。".to_string())?;
    let message = Message::builder()
        .from(from)
        .to(to)
        .subject(mail.subject.clone())
        .header(ContentType::TEXT_PLAIN)
        // The same mail sent twice after a crash has the same number, so that a server can drop it.
        .message_id(Some(format!("<{}@daicho>", mail.id)))
        .body(mail.body.clone())
        .map_err(|error| error.to_string())?;
    transport.send(&message).map(|_| ()).map_err(|error| error.to_string())
}
