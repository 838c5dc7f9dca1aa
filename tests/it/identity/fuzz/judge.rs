//! The judge: makes the token of a recipe, has it verified and asked, and panics when what must hold
//! does not.
//!
//! - Nothing panics, and nothing runs longer than a budget, when one is given.
//! - Whatever is let in is small, as counted here by other code than the guard's.
//! - A block more never allows more, and never changes what the token says.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE;
use biscuit_auth::format::schema::{self, Block, Op, op, op_binary};
use biscuit_auth::{Algorithm, Biscuit, KeyPair, PrivateKey, PublicKey};
use prost::Message;
use rustix::time::{ClockId, clock_gettime};
use serde_json::Value;
use steading::base::db::TenantNo;
use steading::base::{Id, Result, Timestamp};
use steading::kernel::identity::{Ask, Tokens, Verified};
use steading::kernel::tenants::{Signup, Tenant, TenantState};
use tempfile::TempDir;

use super::recipe::{Recipe, Step};

/// 2026-01-01T00:00:00Z, when the base token is good.
const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// What is asked of every token that is let in: operation, resource, method, hours from now.
const ASKS: [(&str, &str, &str, u64); 4] = [
    ("requests:read", "requests", "GET", 0),
    ("requests:read", "requests/0198c1de-7a3b-7c4d-8e5f-60718293a4b5", "GET", 2),
    ("requests:write", "requests", "POST", 0),
    ("tenants:write", "tenants/acme", "PATCH", 2),
];

/// What became of a recipe.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Outcome {
    /// Why it was refused, or which asks it allows.
    pub said: String,
    pub is_let_in: bool,
}

pub struct Judge {
    tokens: Tokens,
    root: PublicKey,
    /// The bytes of the token that everything is appended to.
    pub base: Vec<u8>,
    tenant: Tenant,
    budget: Option<Duration>,
    _keys: TempDir,
}

impl Judge {
    /// With the key and the base token of the vectors.
    pub fn with_budget(budget: Option<Duration>) -> Self {
        let vectors: Value =
            serde_json::from_str(include_str!("../../../vectors/tokens/vectors.json")).expect("JSON");
        let narrowed = vectors["narrowed"].as_array().expect("a list");
        let base = narrowed.iter().find(|vector| vector["by"] == "Steading").expect("the base");
        let private = vectors["rootKey"]["private"].as_str().expect("a key");
        let keys = TempDir::new().expect("a temporary directory");
        std::fs::write(keys.path().join("1.ed25519"), private).expect("the key is written");
        let private = PrivateKey::from_bytes_hex(private, Algorithm::Ed25519).expect("a key");
        Self {
            tokens: Tokens::open(keys.path()).expect("the key is read"),
            root: KeyPair::from(&private).public(),
            base: BASE64_URL_SAFE.decode(base["token"].as_str().expect("a token")).expect("base64"),
            tenant: tenant(),
            budget,
            _keys: keys,
        }
    }

    /// What becomes of a recipe, and the processor time of the longest part of it.
    pub fn judge(&self, recipe: &Recipe) -> (Outcome, Duration) {
        let mut longest = Duration::ZERO;
        let outcome = match recipe {
            Recipe::Text(text) => self.look_at(&String::from_utf8_lossy(text), &mut longest).0,
            Recipe::Token(bytes) => {
                let (outcome, allowed) = self.look_at(&BASE64_URL_SAFE.encode(bytes), &mut longest);
                if outcome.is_let_in {
                    let proto = schema::Biscuit::decode(&bytes[..]).expect("it was let in");
                    let blocks: Vec<_> = proto.blocks.into_iter().map(|signed| signed.block).collect();
                    assert_small(&blocks);
                    assert!(allowed.is_some(), "it was asked");
                }
                outcome
            }
            Recipe::Signed(steps) => self.append(steps, &mut longest),
        };
        if let Some(budget) = self.budget {
            // A machine that others share may lose a moment; what is slow is slow each time.
            let again = (0..2).take_while(|_| longest > budget);
            let longest = again.map(|_| Self::with_budget(None).judge(recipe).1).fold(longest, Duration::min);
            assert!(longest <= budget, "it ran for {longest:?}: {}", outcome.said);
        }
        (outcome, longest)
    }

    /// Looks at the token after each block.
    fn append(&self, steps: &[Step], longest: &mut Duration) -> Outcome {
        let mut held = Biscuit::from(&self.base, self.root).expect("the base is good").container().clone();
        let (mut outcome, mut before) = self.look_at(&BASE64_URL_SAFE.encode(&self.base), longest);
        let claims = self.claims(&self.base);
        for (nth, step) in steps.iter().enumerate() {
            held =
                held.append_serialized(&key(nth, step.slow_key), step.block.clone(), None).expect("signed");
            let bytes = held.to_vec().expect("bytes");
            let (now, allowed) = self.look_at(&BASE64_URL_SAFE.encode(&bytes), longest);
            match (&before, &allowed) {
                (None, Some(_)) => {
                    panic!("a further block opened a token that was refused: {}", outcome.said)
                }
                (Some(before), Some(after)) => {
                    let is_wider = before.iter().zip(after).any(|(before, after)| *after && !before);
                    assert!(!is_wider, "a further block allowed more: {before:?}, then {after:?}");
                    assert_eq!(self.claims(&bytes), claims, "a further block changed what the token says");
                    assert_small(&steps[..=nth].iter().map(|step| step.block.clone()).collect::<Vec<_>>());
                }
                (_, None) => {}
            }
            (outcome, before) = (now, allowed);
        }
        outcome
    }

    /// Verifies a token as it is sent, and asks it everything when it is let in.
    fn look_at(&self, token: &str, longest: &mut Duration) -> (Outcome, Option<Vec<bool>>) {
        let verified = timed(longest, || self.tokens.verify(token, NOW));
        let verified = match verified {
            Err(error) => {
                return (Outcome { said: error.message().to_owned(), is_let_in: false }, None);
            }
            Ok(verified) => verified,
        };
        let allowed: Vec<bool> =
            ASKS.iter().map(|ask| timed(longest, || self.ask(&verified, ask)).is_ok()).collect();
        let letters: String = allowed.iter().map(|is| if *is { 'y' } else { 'n' }).collect();
        (Outcome { said: format!("let in {letters}"), is_let_in: true }, Some(allowed))
    }

    fn ask(&self, verified: &Verified, ask: &(&str, &str, &str, u64)) -> Result<()> {
        let (operation, resource, method, hours) = *ask;
        let now = NOW + Duration::from_hours(hours);
        verified.allows(&Ask { tenant: &self.tenant, operation, resource, method, now })
    }

    fn claims(&self, token: &[u8]) -> String {
        let verified = self.tokens.verify(&BASE64_URL_SAFE.encode(token), NOW).expect("it was let in");
        format!("{:?}", verified.claims)
    }
}

/// Processor time of this thread, which others on the machine do not lengthen.
fn timed<T>(longest: &mut Duration, work: impl FnOnce() -> T) -> T {
    let clock = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).expect("below a second"))
    };
    let began = clock();
    let done = work();
    *longest = (*longest).max(clock() - began);
    done
}

/// The key of the block after the nth, always the same.
fn key(nth: usize, is_slow: bool) -> KeyPair {
    let kind = if is_slow { Algorithm::Secp256r1 } else { Algorithm::Ed25519 };
    let bytes = [u8::try_from(nth + 1).expect("a few"); 32];
    KeyPair::from(&PrivateKey::from_bytes(&bytes, kind).expect("a key"))
}

/// What the guard promises, counted anew.
#[track_caller]
fn assert_small(blocks: &[Vec<u8>]) {
    assert!(blocks.len() <= 4, "{} appended blocks", blocks.len());
    for bytes in blocks {
        let block = Block::decode(&bytes[..]).expect("it was let in");
        assert!(
            block.facts.is_empty() && block.rules.is_empty() && block.scope.is_empty(),
            "not only checks"
        );
        let queries = block.checks.iter().flat_map(|check| &check.queries);
        assert!(block.checks.len() <= 8 && block.checks.iter().all(|check| check.queries.len() <= 4));
        for query in queries {
            assert!(query.scope.is_empty() && query.body.len() <= 2 && query.expressions.len() <= 8);
            for expression in &query.expressions {
                let mut ops: Vec<&Op> = expression.ops.iter().collect();
                let mut count = 0;
                while let Some(op) = ops.pop() {
                    count += 1;
                    match &op.content {
                        Some(op::Content::Binary(binary)) => {
                            assert_ne!(binary.kind, op_binary::Kind::Regex as i32, "a regular expression");
                        }
                        Some(op::Content::Closure(closure)) => {
                            assert!(closure.params.is_empty(), "a closure that repeats");
                            ops.extend(&closure.ops);
                        }
                        _ => {}
                    }
                }
                assert!(count <= 32, "{count} steps");
            }
        }
    }
}

fn tenant() -> Tenant {
    Tenant {
        number: TenantNo::INSTANCE,
        id: Id::fresh(),
        slug: "acme".into(),
        name: "Acme".into(),
        state: TenantState::Active,
        signup: Signup::Closed,
        limits: Default::default(),
        hosts: Vec::new(),
        created_at: NOW,
        updated_at: NOW,
    }
}
