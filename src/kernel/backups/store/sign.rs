//! Signing what is asked of a store, as AWS Signature Version 4 has it: the request is written in one canonical way,
//! and a key that follows from the secret, the day, the region and the service signs its hash.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::base::config::Secret;
use crate::base::{Error, Result, Timestamp};
use crate::kernel::backups::manifest::{hash_of, hex};

/// Whose requests these are, and to which part of the store.
pub(super) struct Signer<'s> {
    pub access_key: &'s str,
    pub secret_key: &'s Secret,
    pub region: &'s str,
}

/// A request before it is signed.
pub(super) struct Asked<'a> {
    pub method: &'a str,
    /// As the client sends it: with the port when it is not the scheme's own.
    pub host: &'a str,
    /// Encoded.
    pub path: &'a str,
    /// Names and values as they are, in any order.
    pub query: &'a [(&'a str, &'a str)],
    pub body: &'a [u8],
}

impl Signer<'_> {
    /// The headers that the request must carry.
    pub(super) fn headers(&self, asked: &Asked<'_>, now: Timestamp) -> Result<[(&'static str, String); 3]> {
        let moment = moment_of(now);
        let day = &moment[..8];
        let content = hash_of(asked.body);
        let canonical = format!(
            "{}\n{}\n{}\nhost:{}\nx-amz-content-sha256:{content}\nx-amz-date:{moment}\n\n{SIGNED}\n{content}",
            asked.method,
            asked.path,
            query_of(asked.query),
            asked.host,
        );
        let scope = format!("{day}/{}/s3/aws4_request", self.region);
        let to_sign = format!("AWS4-HMAC-SHA256\n{moment}\n{scope}\n{}", hash_of(canonical.as_bytes()));
        let first = format!("AWS4{}", self.secret_key.reveal());
        let key = [day, self.region, "s3", "aws4_request"]
            .iter()
            .try_fold(first.into_bytes(), |key, word| mac(&key, word))?;
        let signature = hex(&mac(&key, &to_sign)?);
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={SIGNED}, Signature={signature}",
            self.access_key
        );
        Ok([("authorization", authorization), ("x-amz-content-sha256", content), ("x-amz-date", moment)])
    }
}

const SIGNED: &str = "host;x-amz-content-sha256;x-amz-date";

fn mac(key: &[u8], text: &str) -> Result<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(Error::internal)?;
    mac.update(text.as_bytes());
    Ok(mac.finalize().into_bytes().to_vec())
}

/// `20260301T093000Z`
fn moment_of(now: Timestamp) -> String {
    let text = now.to_string();
    let seconds = text.split('.').next().unwrap_or(&text);
    format!("{}Z", seconds.replace(['-', ':'], ""))
}

/// The query in the order of its names, everything encoded.
pub(super) fn query_of(query: &[(&str, &str)]) -> String {
    let mut pairs: Vec<(String, String)> =
        query.iter().map(|(name, value)| (encoded(name, false), encoded(value, false))).collect();
    pairs.sort_unstable();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// A text with everything escaped that is not a letter, a digit or one of `-._~`; in a path slashes stay.
pub(super) fn encoded(text: &str, is_path: bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        let is_plain = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        match is_plain || is_path && byte == b'/' {
            true => encoded.push(char::from(byte)),
            // Writing into memory can't fail.
            false => drop(write!(encoded, "%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of a list in Amazon's description of the signature.
    #[test]
    fn a_request_is_signed_as_it_is_described() {
        let secret_key = Secret::of("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        let signer =
            Signer { access_key: "AKIAIOSFODNN7EXAMPLE", secret_key: &secret_key, region: "us-east-1" };
        let asked = Asked {
            method: "GET",
            host: "examplebucket.s3.amazonaws.com",
            path: "/",
            query: &[("prefix", "J"), ("max-keys", "2")],
            body: b"",
        };
        let now = "2013-05-24T00:00:00Z".parse().expect("a time");
        let [(_, authorization), ..] = signer.headers(&asked, now).expect("it signs");
        assert_eq!(
            authorization,
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
             SignedHeaders=host;x-amz-content-sha256;x-amz-date, \
             Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
        );
    }

    #[test]
    fn what_is_not_plain_is_escaped() {
        assert_eq!(encoded("a b/ü~", true), "a%20b/%C3%BC~");
        assert_eq!(query_of(&[("b", "x/y"), ("a", "")]), "a=&b=x%2Fy");
    }
}
