//! The watch over the journal: entries are judged as they appear, and severe alerts are mailed at once.

use std::collections::BTreeSet;

use assurance::names::{AUDITOR, OFFICER, ledger_name};
use assurance::watch::live;
use ledger::port::{Mail, Reader, StoreError, Writer};
use ledger::{Kernel, Record, Refusal};

use super::reminder::Roles;
use crate::settings::Settings;
use crate::web::App;

/// Judge the next entries. True when there were any.
pub fn judge(app: &App, kernel: &Kernel) -> Result<bool, StoreError> {
    if kernel.catalogue.ledger(ledger_name::ALERT).is_none()
        || !app.installation.store.read(|tx: &mut dyn Reader| live::due(tx))?
    {
        return Ok(false);
    }
    let (kernel, settings) = (kernel.clone(), app.installation.settings.clone());
    let judged = app.installation.store.write(move |tx: &mut dyn Writer| {
        let round = live::step(tx, &kernel)?;
        for alert in round.raised.iter().filter(|alert| alert.text("severity") == Some("high")) {
            tell(tx, &kernel, &settings, alert)?;
        }
        Ok::<_, Refusal>(round.judged)
    });
    match judged {
        Ok(judged) => Ok(judged > 0),
        Err(Refusal::Store(error)) => Err(error),
        Err(refusal) => {
            // The same entries are judged again with the next round; nothing is passed over.
            tracing::error!(error = %refusal, "the watch over the journal failed; it is tried again");
            Ok(false)
        }
    }
}

/// Queue a mail about a severe alert to everybody who answers for security. It names the rule and the number, not whom it
/// is about: mail leaves the agency's walls. Whom it is about is not told; where nobody else answers for security, the
/// auditors are.
fn tell(tx: &mut dyn Writer, kernel: &Kernel, settings: &Settings, alert: &Record) -> Result<(), StoreError> {
    let number = alert.text("number").unwrap_or_default();
    let name = alert.text("name").unwrap_or_default();
    let about = alert.text("person");
    let others = |held: Vec<String>| -> Vec<String> {
        held.into_iter().filter(|person| Some(person.as_str()) != about).collect::<BTreeSet<_>>().into_iter().collect()
    };
    let mut roles = Roles::default();
    let mut told = others(roles.holders(tx, kernel, OFFICER, None)?);
    if told.is_empty() {
        told = others(roles.holders(tx, kernel, AUDITOR, None)?);
    }
    for person in told {
        let person = tx.record(ledger_name::PERSON, &person)?;
        let Some(person) = person else { continue };
        let Some(to) = person.text("mail") else { continue };
        let mut body =
            format!("重大な警告が出ました。\n\n・{number}　{name}\n\n内容を確かめ、調査を始めてください。\n");
        if let Some(url) = &settings.public_url {
            body.push_str(&format!("警告: {url}/alerts/{}\n", alert.id));
        }
        body.push_str("このメールは自動で送信しています。返信はできません。\n");
        let mail = Mail {
            id: kernel.new_id(),
            to: to.to_string(),
            subject: format!("【{}】重大な警告 {number}", settings.agency),
            body,
            key: format!("alert:{}:{}", alert.id, person.id),
            queued_at: kernel.now(),
            tries: 0,
        };
        tx.add_mail_to(&person.id, &mail)?;
    }
    Ok(())
}
