//! Rights of administrators from a distance (付紙 第5 2(4)ウ): outside the networks that count as inside they are withheld,
//! unless a privilege request says that they are used from a distance and somebody else has approved it.

use std::net::IpAddr;

use serde::{Deserialize, Deserializer};

/// What counts as inside, and what is withheld outside.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RemoteRule {
    /// Networks that count as inside (`10.0.0.0/8`, `2001:db8::/32`, `192.0.2.1`). Default none: then nothing is outside.
    pub inside: Vec<Network>,
    /// Roles that are withheld outside. Default: `administrator`.
    pub privileged: Vec<String>,
}

impl Default for RemoteRule {
    fn default() -> Self {
        Self { inside: Vec::new(), privileged: vec!["administrator".into()] }
    }
}

impl RemoteRule {
    /// Roles that are withheld from whoever comes from this address. An address that cannot be read is outside; without any
    /// the act comes from the command line of the server itself.
    pub fn withheld(&self, address: Option<&str>) -> Vec<String> {
        let Some(address) = address.filter(|_| !self.inside.is_empty()) else { return Vec::new() };
        let inside = address
            .parse::<IpAddr>()
            .is_ok_and(|address| self.inside.iter().any(|network| network.contains(address.to_canonical())));
        if inside { Vec::new() } else { self.privileged.clone() }
    }
}

/// Addresses that begin with the same bits (CIDR, RFC 4632).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    first: u128,
    bits: u32,
    v4: bool,
}

/// The bits of an address, at the upper end.
fn upper(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    }
}

impl Network {
    /// Read `address/bits`, or a single address.
    fn of(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().ok()?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let network = Self { first: upper(address), bits: bits.unwrap_or(longest), v4: address.is_ipv4() };
        // Bits beyond the network are a slip of the pen: `10.1.0.0/8` means something else than it says.
        (network.bits <= longest && network.first & !network.mask() == 0).then_some(network)
    }

    fn mask(self) -> u128 {
        u128::MAX.checked_shl(128 - self.bits).unwrap_or(0)
    }

    /// Whether an address lies within.
    fn contains(self, address: IpAddr) -> bool {
        address.is_ipv4() == self.v4 && upper(address) & self.mask() == self.first
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::of(&text).ok_or_else(|| {
            serde::de::Error::custom(format!(
                "「{text}」はネットワークとして読めません。10.0.0.0/8 のように、先頭のアドレスとビット数で書いてください"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read_to_the_letter() {
        for (text, good) in [
            ("10.0.0.0/8", true),
            ("10.1.0.0/8", false),
            ("192.0.2.7", true),
            ("192.0.2.7/32", true),
            ("0.0.0.0/0", true),
            ("10.0.0.0/33", false),
            ("10.0.0.0/", false),
            ("2001:db8::/32", true),
            ("2001:db8::1/64", false),
            ("::/0", true),
            ("::1/129", false),
            ("intra", false),
            ("", false),
        ] {
            assert_eq!(Network::of(text).is_some(), good, "{text}");
        }
    }

    #[test]
    fn outside_is_what_no_network_holds() {
        let rule: RemoteRule =
            toml::from_str("inside = [\"10.0.0.0/8\", \"192.0.2.128/25\", \"2001:db8::/32\"]").unwrap();
        for (address, inside) in [
            (Some("10.255.0.1"), true),
            (Some("::ffff:10.1.2.3"), true),
            (Some("11.0.0.1"), false),
            (Some("192.0.2.128"), true),
            (Some("192.0.2.127"), false),
            (Some("2001:db8:ffff::1"), true),
            (Some("2001:db9::1"), false),
            (Some("127.0.0.1"), false),
            (Some("not an address"), false),
            (None, true),
        ] {
            assert_eq!(rule.withheld(address).is_empty(), inside, "{address:?}");
        }
        assert!(RemoteRule::default().withheld(Some("198.51.100.1")).is_empty(), "nothing said, nothing outside");
        assert!(
            toml::from_str::<RemoteRule>("inside = [\"10.0.0.1/8\"]").unwrap_err().to_string().contains("10.0.0.1/8")
        );
    }
}
