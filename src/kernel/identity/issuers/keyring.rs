//! The keys of issuers in memory: fetched when they are needed, by one at a time, seldom.
//!
//! A token that names an unknown key makes us look whether there is a new one, but not again within
//! half a minute, so that rubbish makes nobody hammer an issuer. Keys outlive an issuer that does
//! not answer, for a day.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use quick_cache::sync::Cache;
use schemars::JsonSchema;
use serde::Serialize;

use super::fetch::Source;
use super::jwt::Jwt;
use super::keys::{Key, choose};
use super::model::Issuer;
use crate::base::db::TenantNo;
use crate::base::{Clock, Error, Id, Result, Timestamp};
use crate::kernel::identity::token::refused;
use crate::kernel::outbound::Outbound;

/// Between two attempts to get the keys of an issuer.
const PAUSE: Duration = Duration::from_secs(30);

/// How long keys are believed that could not be fetched anew.
const LONGEST_USE: Duration = Duration::from_hours(24);

/// How long a signature is believed without looking whether its key is still there.
const LONGEST_UNSEEN: Duration = Duration::from_mins(10);

/// Issuers whose keys are kept at most: a few KB each.
const CAPACITY: usize = 1_024;

/// How it stands with an issuer's keys.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyStatus {
    /// Keys that tokens can be verified with.
    pub count: usize,
    pub fetched_at: Option<Timestamp>,
    pub tried_at: Option<Timestamp>,
    /// Why they could not be fetched the last time.
    pub failure: Option<String>,
}

pub(super) struct Keyrings(Cache<(TenantNo, Id<Issuer>), Arc<Keyring>>);

impl Default for Keyrings {
    fn default() -> Self {
        Self(Cache::new(CAPACITY))
    }
}

impl Keyrings {
    /// The issuer's ring. When it now has its keys elsewhere, that is another ring.
    pub(super) fn of(&self, tenant: TenantNo, issuer: &Issuer) -> Arc<Keyring> {
        let source = Source::of(tenant, issuer);
        if let Some(known) = self.0.get(&(tenant, issuer.id)).filter(|known| known.source == source) {
            return known;
        }
        let fresh = Arc::new(Keyring { source, known: RwLock::default(), turn: Arc::default() });
        self.0.insert((tenant, issuer.id), Arc::clone(&fresh));
        fresh
    }

    pub(super) fn status(&self, tenant: TenantNo, issuer: &Issuer) -> Option<KeyStatus> {
        let ring =
            self.0.get(&(tenant, issuer.id)).filter(|known| known.source == Source::of(tenant, issuer))?;
        let known = ring.read();
        Some(KeyStatus {
            count: known.keys.len(),
            fetched_at: known.fetched_at,
            tried_at: known.tried_at,
            failure: known.failure,
        })
    }
}

pub(super) struct Keyring {
    source: Source,
    known: RwLock<Known>,
    /// Held by who fetches.
    turn: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Clone, Default)]
struct Known {
    keys: Arc<Vec<Key>>,
    fetched_at: Option<Timestamp>,
    fresh_until: Option<Timestamp>,
    tried_at: Option<Timestamp>,
    failure: Option<String>,
}

impl Known {
    fn may_try(&self, now: Timestamp) -> bool {
        // A clock that was turned back must not stop us for as long.
        self.tried_at.is_none_or(|tried| now < tried || now >= tried + PAUSE)
    }

    fn is_fresh(&self, now: Timestamp) -> bool {
        self.fresh_until.is_some_and(|until| now < until)
    }

    fn choose(&self, jwt: &Jwt<'_>, now: Timestamp) -> Option<&Key> {
        let is_usable = self.fetched_at.is_some_and(|fetched| now < fetched + LONGEST_USE);
        choose(&self.keys, &jwt.header).filter(|_| is_usable)
    }
}

impl Keyring {
    /// Verifies a signature, and says until when that can be believed without looking again.
    pub(super) async fn verify(
        self: &Arc<Self>,
        jwt: &Jwt<'_>,
        outbound: &Arc<Outbound>,
        clock: &Clock,
    ) -> Result<Timestamp> {
        let now = clock.now();
        let known = self.read();
        let is_due = match known.choose(jwt, now) {
            Some(_) => !known.is_fresh(now) && known.may_try(now),
            None => known.may_try(now) || self.turn.try_lock().is_err(),
        };
        if is_due {
            self.refresh(outbound, clock).await;
        }
        // Read again whatever was decided: another may have been quicker.
        let known = self.read();
        let Some(key) = known.choose(jwt, now) else {
            return Err(match known.failure {
                Some(_) => Error::unavailable(
                    "The keys of this token's issuer can't be fetched now; try again in half a minute.",
                )
                .retry_in(PAUSE),
                None => refused("its issuer has no key of this name (kid)"),
            });
        };
        if !key.has_signed(jwt) {
            return Err(refused("its signature is wrong"));
        }
        let again = known.tried_at.unwrap_or(now) + PAUSE;
        let fresh = known.fresh_until.filter(|until| now < *until);
        Ok(fresh.map_or(again, |until| until.min(now + LONGEST_UNSEEN)))
    }

    /// Fetches the keys, unless somebody just did. It is done to the end even when who asked for it
    /// hangs up, as nobody tries again for a while.
    async fn refresh(self: &Arc<Self>, outbound: &Arc<Outbound>, clock: &Clock) {
        let turn = Arc::clone(&self.turn).lock_owned().await;
        if !self.read().may_try(clock.now()) {
            return;
        }
        let (ring, outbound, clock) = (Arc::clone(self), Arc::clone(outbound), clock.clone());
        let fetching = tokio::spawn(async move {
            let _turn = turn;
            let now = clock.now();
            ring.change(|known| known.tried_at = Some(now));
            match ring.source.fetch(&outbound).await {
                Ok((keys, lifetime)) => ring.change(|known| {
                    known.keys = Arc::new(keys);
                    known.fetched_at = Some(now);
                    known.fresh_until = Some(now + lifetime);
                    known.failure = None;
                }),
                Err(why) => {
                    tracing::warn!(
                        issuer = ring.source.issuer(),
                        why,
                        "the keys of an issuer could not be fetched"
                    );
                    ring.change(|known| known.failure = Some(why));
                }
            }
        });
        // It fails when it panics; then the keys are those that they were.
        let _ = fetching.await;
    }

    fn read(&self) -> Known {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut Known)) {
        change(&mut self.known.write().unwrap_or_else(PoisonError::into_inner));
    }
}
