//! Which addresses are public. Everything that is not known to be is refused, and so is what has
//! another address inside, since a gateway on the way would unpack it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The IPv4 networks that are not the public internet.
const IPV4: &[(Ipv4Addr, u32, &str)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8, "an unspecified address"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "a private address"),
    (Ipv4Addr::new(100, 64, 0, 0), 10, "an address inside a provider's network"),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "this machine itself"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "a link-local address"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "a private address"),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "a reserved address"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "an address for documentation"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "a reserved address"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "a private address"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "an address for measurements"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, "an address for documentation"),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "an address for documentation"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "a multicast address"),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "a reserved address"),
];

/// The IPv6 networks that are not the public internet. The last line is everything else outside
/// of 2000::/3, the only network from which public addresses are given out.
const IPV6: &[(Ipv6Addr, u32, &str)] = &[
    (Ipv6Addr::UNSPECIFIED, 128, "an unspecified address"),
    (Ipv6Addr::LOCALHOST, 128, "this machine itself"),
    (Ipv6Addr::UNSPECIFIED, 96, EMBEDDING),
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96, EMBEDDING),
    (Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, 0, 0), 96, EMBEDDING),
    (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 32, EMBEDDING),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 32, EMBEDDING),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, "a reserved address"),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, "an address for documentation"),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, EMBEDDING),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, "an address for documentation"),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, "a private address"),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, "a link-local address"),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, "a private address"),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, "a multicast address"),
];

const EMBEDDING: &str = "an address that hides another one";

/// What an address is, when it is not a public one.
pub(in crate::kernel) fn why_not_public(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => {
            let bits = address.to_bits();
            IPV4.iter()
                .find(|(net, length, _)| bits >> (32 - length) == net.to_bits() >> (32 - length))
                .map(|(_, _, what)| *what)
        }
        IpAddr::V6(address) => {
            let bits = address.to_bits();
            let known = IPV6
                .iter()
                .find(|(net, length, _)| bits >> (128 - length) == net.to_bits() >> (128 - length));
            let is_given_out = bits >> 125 == 1;
            known.map(|(_, _, what)| *what).or((!is_given_out).then_some("a reserved address"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::why_not_public;

    #[test]
    fn every_address_that_is_not_public_is_known() {
        for (addresses, what) in [
            ("0.0.0.0 0.255.255.255 ::", "an unspecified address"),
            ("127.0.0.1 127.0.0.0 127.255.255.255 ::1", "this machine itself"),
            (
                "10.0.0.0 10.255.255.255 172.16.0.0 172.31.255.255 192.168.0.1 192.168.255.255",
                "a private address",
            ),
            ("fc00:: fd00:ec2::254 fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff fec0::1", "a private address"),
            ("100.64.0.0 100.127.255.255", "an address inside a provider's network"),
            ("169.254.0.1 169.254.169.254 169.254.255.255 fe80::1 febf::1", "a link-local address"),
            (
                "192.0.2.1 198.51.100.255 203.0.113.0 2001:db8::1 3fff::1 3fff:fff::1",
                "an address for documentation",
            ),
            ("198.18.0.0 198.19.255.255", "an address for measurements"),
            ("224.0.0.1 239.255.255.255 ff02::1 ff0e::1", "a multicast address"),
            (
                "192.0.0.8 192.88.99.1 240.0.0.1 255.255.255.255 2001:2::1 2001:20::1 100::1 4000::1 5f00::1",
                "a reserved address",
            ),
            ("::ffff:8.8.8.8 ::ffff:127.0.0.1 ::8.8.8.8 ::127.0.0.1 ::ffff:0:8.8.8.8", super::EMBEDDING),
            (
                "64:ff9b::8.8.8.8 64:ff9b:1::7f00:1 2002:7f00:1::1 2002:808:808::1 2001:0:7f00:1::1",
                super::EMBEDDING,
            ),
        ] {
            for address in addresses.split(' ') {
                let found = why_not_public(address.parse().expect("an address"));
                assert_eq!(found, Some(what), "{address}");
            }
        }
    }

    #[test]
    fn the_neighbours_of_those_are_public() {
        for address in [
            "1.0.0.0",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2003::1",
            "2606:4700::1111",
            "2a00::1",
            "3ffe::1",
        ] {
            assert_eq!(why_not_public(address.parse().expect("an address")), None, "{address}");
        }
    }
}
