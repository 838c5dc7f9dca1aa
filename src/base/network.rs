//! Networks: one address, or all that begin with the same bits: `127.0.0.1`, `10.0.0.0/8`, `fd00::/8`.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, de};

/// An IPv4 address stands at the end of an IPv6 one, so that there is one sort of both.
const IPV4_BEGINS_AT: u32 = 96;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    bits: u128,
    length: u32,
}

impl Network {
    pub fn contains(self, address: IpAddr) -> bool {
        let begin = |bits: u128| bits.checked_shr(128 - self.length).unwrap_or(0);
        begin(self.bits) == begin(bits_of(address))
    }
}

fn bits_of(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// Whoever has one IPv6 address has the 2^64 beside it.
pub fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

impl FromStr for Network {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let parse = || {
            let address: IpAddr = address.parse().ok()?;
            let before = if address.is_ipv4() { IPV4_BEGINS_AT } else { 0 };
            let length = match length {
                Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                    digits.parse::<u32>().ok()?.checked_add(before)?
                }
                Some(_) => return None,
                None => 128,
            };
            (length <= 128).then(|| Self { bits: bits_of(address), length })
        };
        parse().ok_or("write an address or a network, such as 127.0.0.1, 10.0.0.0/8 or fd00::/8")
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{Network, neighbourhood};

    fn contains(network: &str, address: &str) -> bool {
        let network: Network = network.parse().expect("a network");
        network.contains(address.parse().expect("an address"))
    }

    #[test]
    fn a_network_contains_what_begins_like_it() {
        for (network, inside, outside) in [
            ("127.0.0.1", "127.0.0.1", "127.0.0.2"),
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
            ("10.1.2.3/8", "10.255.0.1", "11.0.0.0"),
            ("0.0.0.0/0", "203.0.113.9", "2001:db8::1"),
            ("fd00::/8", "fdff::1", "fe00::1"),
            ("::1", "::1", "::2"),
            ("10.0.0.0/8", "::ffff:10.0.0.1", "::10.0.0.1"),
        ] {
            assert!(contains(network, inside), "{inside} is in {network}");
            assert!(!contains(network, outside), "{outside} is not in {network}");
        }
        assert!(contains("::/0", "2001:db8::1"));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "localhost",
            "10.0.0.0/",
            "10.0.0.0/33",
            "fd00::/129",
            "10.0.0/8",
            "/8",
            "1.1.1.1/+8",
            "1.1.1.1/99999999999",
        ] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }

    #[test]
    fn addresses_of_one_network_are_one() {
        let same = |one: &str, other: &str| {
            neighbourhood(one.parse().expect("one")) == neighbourhood(other.parse().expect("another"))
        };
        assert!(same("2001:db8::1", "2001:db8::ffff:1"));
        assert!(!same("2001:db8::1", "2001:db8:0:1::1"));
        assert!(same("::ffff:192.0.2.1", "192.0.2.1"));
        assert!(!same("192.0.2.1", "192.0.2.2"));
    }
}
