//! Fingerprints: what a request was, so that a repeat is told from another with the same key.
//!
//! Bodies hold passwords, so a plain hash in the file could be tried against a list of them. The
//! secret lies beside the signing keys: who has the database alone can try nothing.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::base::{Error, Kind, Result, secret_file};

const FILE: &str = "replies.secret";

/// Makes fingerprints that nobody without the secret can make.
pub struct Fingerprints([u8; 32]);

impl Fingerprints {
    /// Reads the secret, and makes it when there is none. With a new one, repeats of earlier requests
    /// are refused.
    pub(in crate::kernel) fn open(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        match fs::read_to_string(&path) {
            Ok(text) => bytes_of(text.trim()).map(Self).ok_or_else(|| unusable(&path)),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let mut secret = [0; 32];
                getrandom::fill(&mut secret).map_err(Error::internal)?;
                secret_file::write(&path, &hex(&secret)).map_err(|error| unusable(&path).caused_by(error))?;
                Ok(Self(secret))
            }
            Err(error) => Err(unusable(&path).caused_by(error)),
        }
    }

    /// The fingerprint of these parts, in this order and with these bounds.
    pub fn of(&self, parts: &[&[u8]]) -> Result<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).map_err(Error::internal)?;
        for part in parts {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        Ok(hex(&mac.finalize().into_bytes()))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes_of(hex: &str) -> Option<[u8; 32]> {
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&hex[at..at + 2], 16).ok()?;
    }
    Some(bytes)
}

fn unusable(path: &Path) -> Error {
    Error::new(
        Kind::Unavailable,
        format!(
            "{} can't be used; restore it from a backup, or move it away to have a new one made.",
            path.display()
        ),
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::TempDir::new().expect("a temporary directory")
    }

    #[test]
    fn a_secret_outlives_the_process_and_is_for_its_owner_only() {
        let folder = folder();
        let first = Fingerprints::open(folder.path()).expect("it is made");
        let again = Fingerprints::open(folder.path()).expect("it is read");
        let of = |known: &Fingerprints| known.of(&[b"POST", b"{}"]).expect("a fingerprint");
        assert_eq!(of(&first), of(&again));
        let mode = fs::metadata(folder.path().join(FILE)).expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn another_secret_and_other_parts_make_another_fingerprint() {
        let (one, other) = (folder(), folder());
        let one = Fingerprints::open(one.path()).expect("it is made");
        let other = Fingerprints::open(other.path()).expect("it is made");
        let of = |known: &Fingerprints, parts: &[&[u8]]| known.of(parts).expect("a fingerprint");
        let first = of(&one, &[b"ab", b"c"]);
        assert_ne!(first, of(&other, &[b"ab", b"c"]));
        assert_ne!(first, of(&one, &[b"a", b"bc"]));
        assert_ne!(first, of(&one, &[b"ab", b"c", b""]));
    }

    #[test]
    fn a_damaged_secret_is_named_and_not_replaced() {
        let folder = folder();
        for text in ["", "00", &"é".repeat(32), &"zz".repeat(32)] {
            fs::write(folder.path().join(FILE), text).expect("a file");
            let error = Fingerprints::open(folder.path()).err().expect("it is refused");
            assert!(error.message().contains(FILE), "{error}");
            assert_eq!(fs::read_to_string(folder.path().join(FILE)).expect("the file"), text);
        }
    }
}
