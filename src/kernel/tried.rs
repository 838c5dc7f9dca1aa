//! What the kernel reads of others, as functions of text, for those who try it out with what nobody would send.
//! Nothing else is served by this, and nobody else calls it.

use std::net::IpAddr;

use super::{backups, identity, outbound, telemetry, webhooks};

/// Whether a token of another issuer can be taken apart.
pub fn is_jwt(token: &str) -> bool {
    identity::is_jwt(token)
}

/// How many keys of a set tokens can be verified with.
pub fn keys_of(set: &[u8]) -> Result<usize, String> {
    identity::keys_of(set)
}

/// The texts of a store's answer between these tags.
pub fn texts(answer: &str, tag: &str) -> Vec<String> {
    backups::texts(answer, tag)
}

/// What is kept of what a receiver answers.
pub fn excerpt(answer: &[u8]) -> String {
    webhooks::excerpt(answer)
}

/// A text without what must not leave.
pub fn scrub(text: &str) -> String {
    telemetry::scrub(text).into_owned()
}

/// A URL as it is called.
pub fn url(text: &str) -> Result<String, String> {
    outbound::parse_url(text).map(String::from).map_err(|failure| failure.to_string())
}

/// Whether an address is called.
pub fn is_public(address: IpAddr) -> bool {
    outbound::why_not_public(address).is_none()
}
