//! Devices that may be used (端末): known by the fingerprint of their certificate, as TLS or the proxy in front saw it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use journal::Actor;
use ledger::port::{Reader, StoreError, Writer};
use ledger::query::Filter;
use ledger::{Kernel, Problem, Record, Refusal};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::Origin;
use crate::accounts::find;
use crate::evidence::{self, Act};
use crate::names::{NOBODY, UNKNOWN, act};

/// The ledger of devices.
pub const LEDGER: &str = "device";
/// State in which a device may be used.
const APPROVED: &str = "approved";

/// What is asked of the device of somebody who signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceRule {
    /// Devices are not asked for.
    #[default]
    Off,
    /// A certificate that is presented must be one of the ledger; none need be presented.
    Recognise,
    /// Only devices of the ledger come in.
    Require,
}

/// SHA-256 of a certificate in DER form, as 64 small hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of this certificate.
    pub fn of_der(certificate: &[u8]) -> Self {
        Self(hex::encode(Sha256::digest(certificate)))
    }

    /// From 64 hexadecimal digits, in any case, with colons or spaces between them.
    pub fn read(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|c| !matches!(c, ':' | ' ')).collect::<String>().to_ascii_lowercase();
        (digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(Self(digits))
    }

    /// What a proxy writes into a header: a fingerprint, or the certificate as PEM, percent-encoded
    /// (nginx `$ssl_client_escaped_cert`).
    pub fn of_header(value: &str) -> Option<Self> {
        if let Some(fingerprint) = Self::read(value) {
            return Some(fingerprint);
        }
        let text = percent_decoded(value)?;
        let inner =
            text.trim().strip_prefix("-----BEGIN CERTIFICATE-----")?.strip_suffix("-----END CERTIFICATE-----")?;
        let body: String = inner.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        STANDARD.decode(body).ok().map(|der| Self::of_der(&der))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let (high, low) = (char::from(rest.next()?).to_digit(16)?, char::from(rest.next()?).to_digit(16)?);
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Bring the fingerprint of a device into its one form.
pub(crate) fn complete(after: &mut Record) -> Result<(), Refusal> {
    let Some(text) = after.text("fingerprint") else { return Ok(()) };
    let read = Fingerprint::read(text).ok_or_else(|| {
        let words = "拇印を読み取れません。証明書のSHA-256の拇印を、64桁の16進数で書いてください。";
        Refusal::invalid(Problem::field("fingerprint", words))
    })?;
    after.body.insert("fingerprint".into(), read.as_str().into());
    Ok(())
}

/// What a presented certificate, or none, means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recognised {
    /// No device is asked for, and none is known.
    Unasked,
    /// A device of the ledger that may be used: its name, and its holder unless it is shared.
    Known {
        /// Identifier (端末の識別子).
        name: String,
        /// The only person who may use it.
        holder: Option<String>,
    },
    /// Not to be let in, for this reason (for the journal).
    Unknown(&'static str),
}

/// Judge the device of a request.
///
/// # Errors
/// Only those of the store.
pub fn recognise(
    tx: &mut dyn Reader,
    kernel: &Kernel,
    rule: DeviceRule,
    presented: Option<&Fingerprint>,
) -> Result<Recognised, StoreError> {
    let Some(presented) = presented.filter(|_| rule != DeviceRule::Off) else {
        return Ok(match rule {
            DeviceRule::Require => Recognised::Unknown("証明書の提示なし"),
            _ => Recognised::Unasked,
        });
    };
    let is = Filter::Compare(find::text("fingerprint"), ledger::query::Comparison::Is, presented.as_str().into());
    let found = find::all(tx, LEDGER, is, 10)?;
    let Some(device) = found.first() else { return Ok(Recognised::Unknown("登録のない端末")) };
    let today = kernel.today();
    Ok(match device.state.as_str() {
        APPROVED if find::date(device, "valid_from").is_some_and(|from| from > today) => {
            Recognised::Unknown("有効期間の前の端末")
        }
        APPROVED if find::date(device, "valid_to").is_some_and(|to| to < today) => {
            Recognised::Unknown("有効期間の過ぎた端末")
        }
        APPROVED => Recognised::Known {
            name: device.text("name").unwrap_or_default().into(),
            holder: device.text("holder").map(String::from),
        },
        "requested" => Recognised::Unknown("承認前の端末"),
        "lost" => Recognised::Unknown("紛失の届のある端末"),
        _ => Recognised::Unknown("使用を終えた端末"),
    })
}

/// Leave an entry of a device that was not let in. The fingerprint names it for whoever looks into it.
///
/// # Errors
/// Only those of the store.
pub fn refused(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    origin: &Origin,
    presented: Option<&Fingerprint>,
    why: &str,
) -> Result<(), StoreError> {
    let actor = Actor {
        account: NOBODY.into(),
        login: UNKNOWN.into(),
        person: None,
        channel: origin.channel,
        address: origin.address.clone(),
        device: origin.device.clone(),
    };
    let facts = presented.map(|one| vec![("fingerprint", json!(one.as_str()))]).unwrap_or_default();
    evidence::append(tx, kernel, Act { actor, act: act::UNKNOWN_DEVICE, account: "", reason: Some(why.into()), facts })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_read_in_every_form_tools_print_them_in() {
        let plain = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        // FIPS 180-2 appendix B.1, of `abc`; the colons are those of `openssl x509 -fingerprint -sha256`.
        assert_eq!(Fingerprint::of_der(b"abc").as_str(), plain);
        let colons = "BA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23:B0:03:61:A3:96:17:7A:9C:B4:10:FF:61:F2:00:15:AD";
        assert_eq!(Fingerprint::read(colons).unwrap().as_str(), plain);
        for wrong in ["", "abc", &plain[1..], &format!("{plain}0"), &plain.replace('b', "g")] {
            assert_eq!(Fingerprint::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_proxy_may_hand_over_the_certificate_itself() {
        // `YWJj` is `abc`.
        let pem = "-----BEGIN%20CERTIFICATE-----%0AYWJj%0A-----END%20CERTIFICATE-----%0A";
        assert_eq!(Fingerprint::of_header(pem), Some(Fingerprint::of_der(b"abc")));
        for wrong in
            ["%", "%zz", "-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE-----!-----END CERTIFICATE-----"]
        {
            assert_eq!(Fingerprint::of_header(wrong), None, "{wrong}");
        }
    }
}
