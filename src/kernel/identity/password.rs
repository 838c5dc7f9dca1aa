//! Passwords: hashed with argon2id on a few threads of their own, so that a storm of sign-ins takes
//! neither the memory of a small board nor the threads that serve everybody else.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use argon2::{Algorithm, Argon2, Params, Version};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use super::attempts::Trial;
use super::hashing::{Space, hash, is_stale, verify};
use crate::base::config;
use crate::base::crew::Crew;
use crate::base::{Error, Result};

/// Those that are tried first, one a line.
const COMMONEST: &str = include_str!("commonest_passwords.txt");

const SHORTEST: usize = 10;
const LONGEST: usize = 200;

/// A password that somebody chooses: long enough, and not among the commonest. It is never printed.
#[derive(Clone)]
pub struct NewPassword(String);

/// A password that somebody gives to prove who he is. It is never printed.
#[derive(Clone)]
pub struct Password(String);

/// A password as it is stored.
#[derive(Clone)]
pub struct HashedPassword(pub(super) String);

impl HashedPassword {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&NewPassword> for Password {
    fn from(chosen: &NewPassword) -> Self {
        Self(chosen.0.clone())
    }
}

impl FromStr for NewPassword {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let length = text.chars().count();
        if length < SHORTEST {
            return Err("must have at least 10 characters");
        }
        if length > LONGEST {
            return Err("must have at most 200 characters");
        }
        let plain = text.to_lowercase();
        if COMMONEST.lines().any(|common| common == plain) || is_monotonous(&plain) {
            return Err("is one of the first that anybody tries; choose another");
        }
        Ok(Self(text.to_owned()))
    }
}

/// One character over and over.
fn is_monotonous(text: &str) -> bool {
    let mut characters = text.chars();
    let first = characters.next();
    characters.all(|next| Some(next) == first)
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(…)")
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl<'de> Deserialize<'de> for NewPassword {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.chars().count() > LONGEST {
            return Err(de::Error::custom("must have at most 200 characters"));
        }
        Ok(Self(text))
    }
}

impl JsonSchema for NewPassword {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "NewPassword".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "password", "minLength": SHORTEST, "maxLength": LONGEST })
    }
}

impl JsonSchema for Password {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Password".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "password", "maxLength": LONGEST })
    }
}

/// Whether a password is the right one, and whether its hash should be made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    pub is_right: bool,
    /// The hash was made with other parameters than those in force.
    pub is_stale: bool,
}

/// Hashes and verifies passwords, a bounded number at once.
pub struct Passwords {
    crew: Crew<Space>,
    hasher: Argon2<'static>,
    /// A hash of nobody's password: verifying against it takes as long as against a real one.
    nobodys: Arc<OnceLock<String>>,
    /// Passwords that were hashed, to keep or to compare.
    hashed: Arc<AtomicU64>,
}

impl Passwords {
    pub fn start(config: &config::Identity) -> Result<Self> {
        let memory = u32::try_from(config.argon2_memory.as_u64() / 1024).unwrap_or(u32::MAX);
        let params = Params::new(memory, config.argon2_passes, 1, None).map_err(|_| {
            Error::invalid("identity.argon2_memory", "and argon2_passes must be values that argon2 accepts")
        })?;
        let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let busy = "Too many people are signing in at once; try again in a second.";
        let crew = Crew::start("hasher", config.hashing_threads, config.hashing_queue, busy)?;
        Ok(Self { crew, hasher, nobodys: Arc::default(), hashed: Arc::default() })
    }

    pub async fn hash(&self, password: Password) -> Result<String> {
        let (hasher, hashed) = (self.hasher.clone(), Arc::clone(&self.hashed));
        self.crew
            .run(move |space| {
                hashed.fetch_add(1, Ordering::Relaxed);
                hash(&hasher, password.0.as_bytes(), space)
            })
            .await?
    }

    /// Passwords that were hashed since the start.
    pub fn hashed(&self) -> u64 {
        self.hashed.load(Ordering::Relaxed)
    }

    /// Compares with the stored hash; with none it takes as long and is never right. When its turn has come, the trial
    /// is begun, or refused; and it is counted here, as who hangs up before he hears of it has guessed all the same.
    pub(super) async fn verify(
        &self,
        password: Password,
        stored: Option<String>,
        begin: impl FnOnce() -> Result<Trial> + Send + 'static,
    ) -> Result<Verdict> {
        let (hasher, nobodys) = (self.hasher.clone(), Arc::clone(&self.nobodys));
        let hashed = Arc::clone(&self.hashed);
        self.crew
            .run(move |space| {
                let trial = begin()?;
                // Made once, by whoever is the first to sign in, known or not: it tells nothing.
                let nobodys = nobodys.get_or_init(|| hash_of_nobody(&hasher, space));
                let against = stored.as_deref().unwrap_or(nobodys);
                let is_right = verify(password.0.as_bytes(), against, space) && stored.is_some();
                hashed.fetch_add(1, Ordering::Relaxed);
                match is_right {
                    true => trial.was_right(),
                    false => trial.was_wrong(),
                }
                Ok(Verdict { is_right, is_stale: is_right && is_stale(&hasher, against) })
            })
            .await?
    }
}

/// Without it there is nothing to compare with, and the answer is the same.
fn hash_of_nobody(hasher: &Argon2<'_>, space: &mut Space) -> String {
    hash(hasher, b"nobody's password", space).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::NewPassword;

    #[test]
    fn short_common_and_monotonous_passwords_are_refused() {
        for refused in ["short", "1234567890", "Password123", "aaaaaaaaaaaaaa", "qwertyuiop"] {
            assert!(refused.parse::<NewPassword>().is_err(), "{refused}");
        }
        assert!("a rather long sentence".parse::<NewPassword>().is_ok());
    }

    #[test]
    fn a_password_is_never_printed() {
        let password: NewPassword = "a rather long sentence".parse().expect("it is long enough");
        assert_eq!(format!("{password:?}"), "NewPassword(…)");
    }
}
