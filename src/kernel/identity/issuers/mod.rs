//! Issuers: others whom a tenant trusts to say who somebody is (OpenID Connect). Their tokens are
//! JWTs; what one says is believed in the one tenant that trusts its issuer and was named, and
//! nowhere else.
//!
//! No work here is unbounded for who sends rubbish: a token is small, is asked what costs nothing
//! before anything is fetched, and is verified with one key, once.

mod fetch;
mod jwt;
mod keyring;
mod keys;
mod manage;
mod model;
mod settle;
mod store;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::sync::Cache;
use ring::digest::{Context, SHA256};
use uuid::Uuid;

use super::session::Origin;
use super::token::{Claims, Subject, Verified, refused};
use crate::base::db::{TenantNo, Write};
use crate::base::{Id, Result, Timestamp};
use crate::kernel::Kernel;
use crate::kernel::tenants::Tenant;
use jwt::Jwt;
use keyring::Keyrings;

pub use keyring::KeyStatus;
pub(super) use manage::role_is_mapped;
pub use manage::{change_issuer, create_issuer, delete_issuer, list_issuers};
pub use model::{HttpsUrl, Issuer, IssuerChange, IssuerState, NewIssuer};
pub(super) use store::{delete_outside_user, find_issuer_of_user};

/// Whether a token can be taken apart, before anything in it is believed.
pub(in crate::kernel) fn is_jwt(token: &str) -> bool {
    Jwt::parse(token).is_ok()
}

/// How many keys of a set tokens can be verified with.
pub(in crate::kernel) fn keys_of(set: &[u8]) -> std::result::Result<usize, String> {
    keys::read_keys(set).map(|keys| keys.len())
}

/// Verified tokens that are kept, each a few hundred bytes: they are found by a hash, as their text
/// can be 8 KB.
const CAPACITY: usize = 4_096;

/// The hash of a token and the tenant that it was shown to.
type Print = [u8; 32];

#[derive(Default)]
pub(super) struct Issuers {
    /// Raised when issuers or their users change: whatever was verified before is verified again.
    generation: Arc<AtomicU64>,
    known: KnownTokens,
    keyrings: Keyrings,
}

struct KnownTokens(Cache<Print, Known>);

impl Default for KnownTokens {
    fn default() -> Self {
        Self(Cache::new(CAPACITY))
    }
}

#[derive(Clone)]
struct Known {
    generation: u64,
    /// Until when its key need not be looked at again.
    good_until: Timestamp,
    verified: Arc<Verified>,
}

impl Issuers {
    /// Once the current write is on disk, verifies every token anew.
    pub(super) fn forget_tokens(&self, tx: &Write<'_>) {
        let generation = Arc::clone(&self.generation);
        tx.after_commit(move || {
            generation.fetch_add(1, Ordering::Release);
        });
    }

    fn find(&self, print: &Print, generation: u64, now: Timestamp) -> Option<Arc<Verified>> {
        let known = self.known.0.get(print)?;
        let is_good = known.generation == generation
            && now < known.good_until
            && now < known.verified.claims.expires_at;
        is_good.then_some(known.verified)
    }
}

impl Kernel {
    /// Whom a token of another issuer speaks for in this tenant.
    pub async fn verify_outside(
        &self,
        tenant: &Arc<Tenant>,
        token: &str,
        from: &Origin,
    ) -> Result<Arc<Verified>> {
        let (issuers, now) = (&self.identity.issuers, self.clock.now());
        let print = print_of(tenant.number, token);
        // Read first: what changes while we look must not be kept as of after the change.
        let generation = issuers.generation.load(Ordering::Acquire);
        if let Some(known) = issuers.find(&print, generation, now) {
            return Ok(known);
        }
        let jwt = Jwt::parse(token)?;
        let named = jwt.claims.issuer()?;
        let issuer = self.db.read_here(&**tenant, |tx| store::find_issuer_by_url(tx, named))?;
        let issuer = issuer.filter(|issuer| issuer.state == IssuerState::Enabled).ok_or_else(not_trusted)?;
        let expires_at = jwt.claims.check(&issuer, now)?;
        let ring = issuers.keyrings.of(tenant.number, &issuer);
        let good_until = ring.verify(&jwt, &self.outbound, &self.clock).await?;
        let user = self.settle_outside_user(tenant, &issuer, &jwt.claims, from).await?;
        let claims = Claims {
            realm: tenant.id,
            subject: Subject::User(user),
            token: Id::from(uuid_of(&print)),
            tenant: Some(tenant.id),
            is_key: false,
            expires_at,
        };
        let verified = Arc::new(Verified::whole(claims));
        issuers.known.0.insert(print, Known { generation, good_until, verified: Arc::clone(&verified) });
        Ok(verified)
    }

    /// One of the tenant's issuers, and how it stands with its keys once they were needed.
    pub fn find_issuer(
        &self,
        tenant: &Tenant,
        id: Id<Issuer>,
    ) -> Result<Option<(Issuer, Option<KeyStatus>)>> {
        let found = self.db.read_here(tenant, |tx| store::find_issuer(tx, id))?;
        Ok(found.map(|issuer| {
            let keys = self.identity.issuers.keyrings.status(tenant.number, &issuer);
            (issuer, keys)
        }))
    }
}

/// The same for an issuer that nobody knows, one that is disabled, and a tenant that does not exist.
pub fn not_trusted() -> crate::base::Error {
    refused("this tenant trusts no issuer of this name (iss)")
}

fn print_of(tenant: TenantNo, token: &str) -> Print {
    let mut context = Context::new(&SHA256);
    context.update(&tenant.get().to_le_bytes());
    context.update(token.as_bytes());
    let mut print = Print::default();
    print.copy_from_slice(context.finish().as_ref());
    print
}

/// A JWT is no session, but what it did can be told from what another did.
fn uuid_of(print: &Print) -> Uuid {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&print[..16]);
    Uuid::from_bytes(bytes)
}
