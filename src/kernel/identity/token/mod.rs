//! Tokens: biscuits that this instance signs and that a holder can narrow offline.
//!
//! The first block is ours: realm, subject, the token's id, its expiry, perhaps the one tenant it
//! is for. Every further block came from a holder and is hostile until the guard has seen it.

mod guard;
mod names;
mod narrowing;
mod offline;
mod signing_keys;

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use base64::alphabet;
use base64::engine::{DecodePaddingMode, Engine, GeneralPurpose, GeneralPurposeConfig};
use biscuit_auth::builder::{Fact, Term};
use biscuit_auth::{Biscuit, BlockBuilder, builder::fact, builder::string};
use quick_cache::sync::Cache;
use serde::{Serialize, Serializer};

use super::account::User;
use crate::base::{Error, Id, Kind, Result, Timestamp};
use crate::kernel::tenants::Tenant;
use signing_keys::SigningKeys;

pub use narrowing::Ask;
pub use offline::{Narrowing, Wording, inspect, narrow};
pub use signing_keys::PublishedKey;

/// The largest token that is looked at, in bytes as it is sent.
pub const LARGEST_TOKEN: usize = 4_096;

/// Verified tokens that are kept: about 3 KB each. They are found by their whole text, which costs
/// less than a hash that no two tokens share.
const CAPACITY: usize = 1_024;

/// Tools that make tokens end them with `=` or leave it off.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Names a token, so that it can be told from another of the same subject.
pub enum Token {}
pub type TokenId = Id<Token>;

/// Whom a token speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    User(Id<User>),
    /// Whoever can read the signing keys: the operator at the command line. He may do everything
    /// to the instance and, like any account, nothing in a tenant that he is not a member of.
    Operator,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "{id}"),
            Self::Operator => f.write_str("operator"),
        }
    }
}

impl FromStr for Subject {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "operator" { Ok(Self::Operator) } else { text.parse().map(Self::User) }
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a token says.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Claims {
    /// The tenant whose user the subject is; the reserved one for accounts.
    pub realm: Id<Tenant>,
    pub subject: Subject,
    pub token: TokenId,
    /// The one tenant that the token is for, when it is for one.
    pub tenant: Option<Id<Tenant>>,
    /// Whether it is an API key's; its id is the key's.
    pub is_key: bool,
    pub expires_at: Timestamp,
}

/// A signed token and what it says. The token itself is shown once and never logged.
pub struct Minted {
    pub token: String,
    pub claims: Claims,
}

/// A token that was checked: its claims, and its checks when its holder narrowed it.
pub struct Verified {
    pub claims: Claims,
    narrowed: Option<Biscuit>,
}

impl Verified {
    /// What was verified in another way, and that nobody narrowed.
    pub(super) fn whole(claims: Claims) -> Self {
        Self { claims, narrowed: None }
    }

    /// Whether somebody who held it made it allow less.
    pub fn is_narrowed(&self) -> bool {
        self.narrowed.is_some()
    }

    /// Whether the checks that holders appended allow what is asked.
    pub fn allows(&self, ask: &Ask<'_>) -> Result<()> {
        self.narrowed.as_ref().map_or(Ok(()), |biscuit| narrowing::allow(biscuit, ask))
    }
}

/// Signs and verifies tokens.
pub struct Tokens {
    keys: SigningKeys,
    verified: Cache<Box<str>, Arc<Verified>>,
}

impl Tokens {
    pub fn open(keys: &Path) -> Result<Self> {
        Ok(Self { keys: SigningKeys::open(keys)?, verified: Cache::new(CAPACITY) })
    }

    pub fn mint(&self, claims: Claims) -> Result<Minted> {
        let seconds = claims.expires_at.seconds().max(0).unsigned_abs();
        let biscuit = self.keys.sign(|mut builder| {
            for made in facts_of(&claims, seconds) {
                builder = builder.fact(made)?;
            }
            // For other libraries that verify our tokens; this server reads the fact.
            builder.code(format!("check if time($now), $now <= {}", date(seconds)))
        })?;
        Ok(Minted { token: biscuit.to_base64().map_err(Error::internal)?, claims })
    }

    pub(super) fn rotate(&self) -> Result<u32> {
        self.keys.rotate()
    }

    pub fn published_keys(&self) -> Vec<PublishedKey> {
        self.keys.published()
    }

    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Arc<Verified>> {
        if token.len() > LARGEST_TOKEN {
            return Err(refused("it is larger than 4 KB"));
        }
        let verified = match self.verified.get(token) {
            Some(known) => known,
            None => {
                let fresh = Arc::new(self.verify_fresh(token)?);
                self.verified.insert(token.into(), Arc::clone(&fresh));
                fresh
            }
        };
        if verified.claims.expires_at <= now {
            return Err(refused("it has expired; make a new one"));
        }
        Ok(verified)
    }

    fn verify_fresh(&self, token: &str) -> Result<Verified> {
        let bytes = BASE64.decode(token).map_err(|_| damaged())?;
        guard::inspect(&bytes)?;
        let biscuit = self.keys.verify(&bytes)?;
        let claims =
            read_claims(&biscuit).ok_or_else(|| refused("it does not say what this server's tokens say"))?;
        let narrowed = (biscuit.block_count() > 1).then_some(biscuit);
        Ok(Verified { claims, narrowed })
    }
}

/// The answer to every token that can't be used, with the reason.
pub(super) fn refused(why: &str) -> Error {
    Error::new(Kind::Unauthenticated, format!("This token can't be used: {why}."))
}

fn damaged() -> Error {
    refused("it is damaged, or another server signed it")
}

fn facts_of(claims: &Claims, seconds: u64) -> Vec<Fact> {
    let text = |name: &str, value: String| fact(name, &[string(&value)]);
    let mut facts = vec![
        text("realm", claims.realm.to_string()),
        text("subject", claims.subject.to_string()),
        text(if claims.is_key { "key" } else { "token" }, claims.token.to_string()),
        fact("expires", &[Term::Date(seconds)]),
    ];
    facts.extend(claims.tenant.map(|tenant| text("only_tenant", tenant.to_string())));
    facts
}

fn date(seconds: u64) -> String {
    Term::Date(seconds).to_string()
}

/// Reads our own block. It was signed by us, and is read as strictly as if it were not.
fn read_claims(biscuit: &Biscuit) -> Option<Claims> {
    claims_in(&biscuit.print_block_source(0).ok()?)
}

fn claims_in(source: &str) -> Option<Claims> {
    let block = BlockBuilder::new().code(source).ok()?;
    let terms = |name: &str| {
        let mut found = block.facts.iter().filter(|fact| fact.predicate.name == name);
        let terms = found.next().map(|fact| &fact.predicate.terms);
        terms.filter(|terms| terms.len() == 1 && found.next().is_none()).map(|terms| &terms[0])
    };
    let text = |name: &str| match terms(name) {
        Some(Term::Str(text)) => Some(text.as_str()),
        _ => None,
    };
    let Some(Term::Date(seconds)) = terms("expires") else { return None };
    let (token, is_key) = match (text("token"), text("key")) {
        (Some(token), None) => (token, false),
        (None, Some(key)) => (key, true),
        _ => return None,
    };
    Some(Claims {
        realm: text("realm")?.parse().ok()?,
        subject: text("subject")?.parse().ok()?,
        token: token.parse().ok()?,
        is_key,
        tenant: match text("only_tenant") {
            Some(id) => Some(id.parse().ok()?),
            None => None,
        },
        expires_at: Timestamp::from_millis(i64::try_from(*seconds).ok()?.checked_mul(1000)?),
    })
}
