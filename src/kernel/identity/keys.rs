//! API keys: tokens that somebody makes of a part of what he may do, for a program.
//!
//! A key's token names its maker as the subject, so it dies with the maker's rights: what it may do
//! is what its row allows and its maker may, looked up for each request. The row never changes, so
//! it is kept in memory until some key is deleted.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use quick_cache::sync::Cache;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::account::User;
use super::grant::Grantor;
use super::permission::{Allowed, Pattern};
use super::token::Claims;
use super::{Identity, Subject, store};
use crate::base::db::{Db, FromRow, Row, TenantNo, Write};
use crate::base::text::{Name, Text};
use crate::base::{Error, Id, Result, Timestamp};
use crate::kernel::audit::Act;
use crate::kernel::tenants::Tenant;
use crate::kernel::{Actor, Kernel};

/// Keys that a tenant has at most.
const MOST_KEYS: i64 = 1_000;

/// How long an expired key is shown.
const KEPT_EXPIRED: Duration = Duration::from_hours(24 * 30);

/// Keys that one write deletes.
const KEYS_A_PIECE: u32 = 500;

/// Keys that are kept in memory; the least used make room.
const CAPACITY: usize = 4_096;

const MOST_PERMISSIONS: usize = 100;
const MOST_RESOURCES: usize = 20;

/// When a key ends that is to last: every token says an end.
const NEVER: Timestamp = Timestamp::from_millis(253_370_764_800_000);

/// A key as it is shown: everything but its secret.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    pub id: Id<ApiKey>,
    pub name: String,
    pub permissions: Vec<Pattern>,
    /// The paths after `/api/` that it is for; all when there are none.
    pub resources: Vec<String>,
    /// Who made it, and with whose rights it dies.
    pub maker: Id<User>,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    /// A minute late at most.
    pub last_used_at: Option<Timestamp>,
    pub last_used_from: Option<String>,
}

impl FromRow for ApiKey {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        let list = |text: String| serde_json::from_str(&text).map_err(Error::internal);
        Ok(Self {
            id: row.take("id")?,
            name: row.take("name")?,
            permissions: serde_json::from_str(&row.take::<String>("permissions")?)
                .map_err(Error::internal)?,
            resources: list(row.take("resources")?)?,
            maker: row.take("maker")?,
            created_at: row.take("created_at")?,
            expires_at: row.take("expires_at")?,
            last_used_at: row.take("last_used_at")?,
            last_used_from: row.take("last_used_from")?,
        })
    }
}

impl ApiKey {
    /// Whether it is for this path after `/api/`.
    pub fn is_for(&self, path: &str) -> bool {
        let fits = |resource: &String| match resource.strip_suffix('*') {
            Some(prefix) => path.starts_with(prefix),
            None => path == resource,
        };
        self.resources.is_empty() || self.resources.iter().any(fits)
    }
}

/// A path after `/api/`, or the beginning of paths when it ends in a star: `requests/*`.
pub type Resource = Text<1, 200>;

/// A key to be made.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewKey {
    pub name: Name<1, 100>,
    /// Of what its maker holds: `requests:read`, `requests:*`.
    #[serde(deserialize_with = "some_patterns")]
    #[schemars(length(min = 1, max = 100))]
    pub permissions: Vec<Pattern>,
    /// Paths after `/api/`; one that ends in `*` stands for all that begin so. All when left out.
    #[serde(default, deserialize_with = "few_resources")]
    #[schemars(length(max = 20))]
    pub resources: Vec<Resource>,
    /// For good when left out.
    pub expires_at: Option<Timestamp>,
}

fn some_patterns<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Pattern>, D::Error> {
    let patterns = Vec::<Pattern>::deserialize(deserializer)?;
    match patterns.len() {
        1..=MOST_PERMISSIONS => Ok(patterns),
        _ => Err(de::Error::custom("must have 1 to 100 permissions")),
    }
}

fn few_resources<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Resource>, D::Error> {
    let resources = Vec::<Resource>::deserialize(deserializer)?;
    if resources.len() > MOST_RESOURCES {
        return Err(de::Error::custom("must have at most 20 paths"));
    }
    match resources.iter().any(|path| path.starts_with('/')) {
        true => Err(de::Error::custom("write a path as it goes on after /api/, such as requests/*")),
        false => Ok(resources),
    }
}

/// A key that was made, and its token, which is shown this once.
pub struct MadeKey {
    pub key: ApiKey,
    pub token: String,
}

/// Makes a key of what its maker holds.
pub fn create_key(
    tx: &Write<'_>,
    identity: &Identity,
    by: &Grantor,
    realm: Id<Tenant>,
    new: &NewKey,
    now: Timestamp,
) -> Result<MadeKey> {
    let Some(maker) = by.who.actor.user() else {
        return Err(Error::conflict(
            "Only somebody who signed in makes keys; a key or the operator does not.",
        ));
    };
    by.must_hold(&new.permissions)?;
    if new.expires_at.is_some_and(|end| end <= now) {
        return Err(Error::invalid("expiresAt", "has passed already"));
    }
    if store::count_keys(tx)? >= MOST_KEYS {
        return Err(Error::conflict("There are 1,000 keys already, which is the most; delete one first."));
    }
    let key = store::insert_key(tx, Id::fresh(), new, maker, now)?;
    let claims = Claims {
        realm,
        subject: Subject::User(maker),
        token: Id::from(key.id.uuid()),
        tenant: Some(by.tenant().id),
        is_key: true,
        expires_at: key.expires_at.unwrap_or(NEVER),
    };
    by.record(tx, &Act::new("key.created", subject(key.id)).after(&key)?, now)?;
    Ok(MadeKey { token: identity.mint(claims)?.token, key })
}

/// Deletes a key; its token ends with it. Its maker may, and who holds all that it allows.
pub fn delete_key(
    tx: &Write<'_>,
    identity: &Identity,
    by: &Grantor,
    id: Id<ApiKey>,
    now: Timestamp,
) -> Result<()> {
    let key = store::find_key(tx, id)?.ok_or_else(|| Error::not_found("key"))?;
    if by.who.actor.user() != Some(key.maker) {
        by.must_hold(&key.permissions)?;
    }
    store::delete_key(tx, id)?;
    let keys = Arc::clone(&identity.keys);
    tx.after_commit(move || keys.forget());
    by.record(tx, &Act::new("key.deleted", subject(id)).before(&key)?, now)
}

/// Deletes the keys that somebody made in this tenant, or in every one, and says how many.
pub(super) fn delete_keys_of(
    tx: &Write<'_>,
    ring: &Arc<KeyRing>,
    tenant: Option<TenantNo>,
    maker: Id<User>,
) -> Result<u64> {
    let deleted = store::delete_keys_of(&tx.system(), tenant, maker)?;
    let ring = Arc::clone(ring);
    tx.after_commit(move || ring.forget());
    Ok(deleted)
}

fn subject(id: Id<ApiKey>) -> String {
    format!("key:{id}")
}

type Place = (TenantNo, Id<ApiKey>);

/// In which generation a key was looked up, and whether it was there.
type Looked = (u64, Option<Arc<ApiKey>>);

type Used = HashMap<Place, (Timestamp, String)>;

/// The keys in memory, and which were used since that was last written down.
pub(super) struct KeyRing {
    generation: AtomicU64,
    known: Cache<Place, Looked>,
    used: Mutex<Used>,
}

impl Default for KeyRing {
    fn default() -> Self {
        Self { generation: AtomicU64::new(0), known: Cache::new(CAPACITY), used: Mutex::default() }
    }
}

impl KeyRing {
    fn find(&self, db: &Db, tenant: TenantNo, id: Id<ApiKey>) -> Result<Option<Arc<ApiKey>>> {
        let generation = self.generation.load(Ordering::Acquire);
        if let Some((known, key)) = self.known.get(&(tenant, id))
            && known == generation
        {
            return Ok(key);
        }
        let found = db.read_here(&tenant, |tx| store::find_key(tx, id))?.map(Arc::new);
        self.known.insert((tenant, id), (generation, found.clone()));
        Ok(found)
    }

    fn forget(&self) {
        self.generation.fetch_add(1, Ordering::Release);
    }

    fn note(&self, tenant: TenantNo, id: Id<ApiKey>, from: &str, now: Timestamp) {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, address) = used.entry((tenant, id)).or_insert_with(|| (now, from.to_owned()));
        *at = now;
        if address != from {
            from.clone_into(address);
        }
    }

    fn take_used(&self) -> Used {
        std::mem::take(&mut *self.used.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Identity {
    /// The key of a token that is one's, when it may still be used in this tenant.
    pub fn key_of(&self, db: &Db, tenant: &Tenant, claims: &Claims) -> Result<Option<Arc<ApiKey>>> {
        if !claims.is_key {
            return Ok(None);
        }
        let found = self.keys.find(db, tenant.number, Id::from(claims.token.uuid()))?;
        found.map(Some).ok_or_else(|| super::token::refused("the key was deleted"))
    }

    /// Remembers that a key was used.
    pub fn note_key(&self, tenant: &Tenant, id: Id<ApiKey>, from: &str, now: Timestamp) {
        self.keys.note(tenant.number, id, from, now);
    }
}

impl ApiKey {
    /// What it may do, of what its maker may.
    pub fn allowed(&self, of_maker: &Allowed) -> Allowed {
        of_maker.within(&self.permissions)
    }

    pub fn actor(&self) -> Actor {
        Actor::Key(self.id)
    }
}

/// Deletes keys that expired a month ago; until then lists show them. Says how many.
pub async fn prune_keys(kernel: &Kernel) -> Result<u64> {
    let before = kernel.clock.now() - KEPT_EXPIRED;
    let mut pruned = 0;
    for tenant in kernel.tenants.all() {
        let number = tenant.number;
        loop {
            let deleted = kernel
                .db
                .system()
                .write(move |tx| store::delete_expired_keys(tx, number, before, KEYS_A_PIECE))
                .await?;
            pruned += deleted;
            if deleted < u64::from(KEYS_A_PIECE) {
                break;
            }
        }
    }
    Ok(pruned)
}

/// Writes down when keys were last used, and says of how many.
pub async fn note_used_keys(kernel: &Kernel) -> Result<usize> {
    let used = kernel.identity.keys.take_used();
    let count = used.len();
    if count > 0 {
        kernel
            .db
            .system()
            .write(move |tx| {
                used.iter().try_for_each(|((tenant, id), (at, from))| {
                    store::set_key_used(tx, *tenant, *id, *at, from)
                })
            })
            .await?;
    }
    Ok(count)
}
