//! Secrets that sign, written as `whsec_` and base64.

use std::fmt;
use std::str::FromStr;

use base64::alphabet;
use base64::engine::{DecodePaddingMode, Engine, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use crate::base::{Error, Result};

const PREFIX: &str = "whsec_";

const SHORTEST: usize = 24;
const LONGEST: usize = 64;
const USUAL: usize = 32;

/// The longest way of writing one.
const LONGEST_TEXT: usize = PREFIX.len() + LONGEST.div_ceil(3) * 4;

/// Some tools leave the `=` at the end off.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a hook's messages are signed with. It is never printed, and wiped from memory after use.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    pub fn fresh() -> Result<Self> {
        let mut bytes = Zeroizing::new(vec![0; USUAL]);
        getrandom::fill(&mut bytes).map_err(Error::internal)?;
        Ok(Self(bytes))
    }

    /// As it is stored, and shown once to whom it belongs.
    pub fn reveal(&self) -> Zeroizing<String> {
        // Room for all of it at once: a text that grows leaves copies behind.
        let mut text = Zeroizing::new(String::with_capacity(LONGEST_TEXT));
        text.push_str(PREFIX);
        BASE64.encode_string(&*self.0, &mut text);
        text
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl FromStr for Secret {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const ADVICE: &str = "must be whsec_ and 24 to 64 random bytes in base64";
        let encoded = text.strip_prefix(PREFIX).filter(|_| text.len() <= LONGEST_TEXT).ok_or(ADVICE)?;
        let bytes = BASE64.decode(encoded).map(Zeroizing::new).map_err(|_| ADVICE)?;
        if (SHORTEST..=LONGEST).contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(ADVICE) }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_length(length: usize) -> String {
        format!("whsec_{}", BASE64.encode(vec![7; length]))
    }

    #[test]
    fn a_fresh_secret_is_read_as_it_is_revealed_and_is_like_no_other() {
        let (one, other) = (Secret::fresh().expect("a secret"), Secret::fresh().expect("a secret"));
        let read: Secret = one.reveal().parse().expect("its own text");
        assert_eq!(read.reveal(), one.reveal());
        assert_ne!(one.reveal(), other.reveal());
        assert_eq!(one.bytes().len(), 32);
    }

    #[test]
    fn only_24_to_64_bytes_in_base64_are_a_secret() {
        for length in [24, 25, 26, 32, 63, 64] {
            let text = of_length(length);
            let padded: Secret = text.parse().expect("it has the right length");
            assert_eq!(*padded.reveal(), text);
            let plain: Secret = text.trim_end_matches('=').parse().expect("without padding, too");
            assert_eq!(*plain.reveal(), text);
        }
        let right = of_length(24);
        for wrong in [
            "",
            "whsec_",
            &right[6..],
            &right.replace("whsec_", "WHSEC_"),
            &format!(" {right}"),
            &format!("{right}\n"),
            &right.replace("Bw", "-_"),
            &of_length(23),
            &of_length(65),
            &of_length(1_000_000),
        ] {
            assert!(wrong.parse::<Secret>().is_err(), "{:.40}", wrong);
        }
    }

    #[test]
    fn a_secret_is_never_printed() {
        let secret = Secret::fresh().expect("a secret");
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }
}
