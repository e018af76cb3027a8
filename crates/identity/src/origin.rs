//! Where a request came from, as far as it is known.

use journal::Channel;

/// Longest text of a device that goes into the journal, in characters ([`journal::Actor::device`]).
const DEVICE_LENGTH: usize = 200;

/// The way a request came in, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The way it came in.
    pub channel: Channel,
    /// Network address.
    pub address: Option<String>,
    /// What the device calls itself, cut to 200 characters and free of control characters.
    pub device: Option<String>,
    /// Roles that do not count from there ([`crate::remote`]).
    pub withheld: Vec<String>,
}

impl Origin {
    /// An origin of these parts. The device is what a stranger sent, so it is cut and cleaned here.
    pub fn new(channel: Channel, address: Option<String>, device: Option<&str>) -> Self {
        let device = device.map(|device| {
            device.chars().filter(|character| !character.is_control()).take(DEVICE_LENGTH).collect::<String>()
        });
        Self { channel, address, device: device.filter(|device| !device.is_empty()), withheld: Vec::new() }
    }

    /// The same, from where these roles do not count.
    #[must_use]
    pub fn withholding(self, roles: Vec<String>) -> Self {
        Self { withheld: roles, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_cut_and_carries_no_line_break() {
        let long = "端".repeat(300);
        for (sent, kept) in [
            ("Edge 140", Some("Edge 140".to_string())),
            ("Edge\r\nact=sign_in", Some("Edgeact=sign_in".to_string())),
            ("", None),
            ("\u{7}", None),
            (long.as_str(), Some("端".repeat(200))),
        ] {
            assert_eq!(Origin::new(Channel::Page, None, Some(sent)).device, kept);
        }
    }
}
