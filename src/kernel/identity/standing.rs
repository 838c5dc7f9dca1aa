//! Standings: what a token's subject may do in a tenant, kept in memory.
//!
//! A change of accounts, members or roles raises the generation once it is on disk. An entry from
//! an older generation is never used, so a read that raced with the change does no harm.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::sync::Cache;

use super::account::{User, UserState};
use super::permission::Allowed;
use super::role::{self, BuiltIn};
use super::store;
use crate::base::db::{Db, FromRow, Row, TenantNo};
use crate::base::{Id, Result};

/// Subjects whose standing is kept at most; the least used make room.
const CAPACITY: usize = 4_096;

/// What a subject is and may do in one tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Whether the account exists and is not disabled.
    pub is_active: bool,
    pub allowed: Allowed,
}

impl Standing {
    pub(super) fn of_operator(tenant: TenantNo) -> Self {
        let owner = role::built_in(role::OWNER).filter(|_| tenant == TenantNo::INSTANCE);
        Self { is_active: true, allowed: owner.map_or_else(Allowed::nothing, BuiltIn::allows) }
    }

    fn nobody() -> Self {
        Self { is_active: false, allowed: Allowed::nothing() }
    }
}

impl FromRow for Standing {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        let state: UserState = row.take("state")?;
        let role: Option<String> = row.take("role")?;
        let own: Option<String> = row.take("permissions")?;
        let built_in = role.as_deref().and_then(role::built_in).map(BuiltIn::allows);
        // A role that is neither built in nor the tenant's own was deleted: it allows nothing.
        let own = || own.and_then(|text| serde_json::from_str(&text).ok()).map(Allowed::only);
        let allowed = built_in.or_else(own).unwrap_or_default();
        Ok(Self { is_active: state == UserState::Active, allowed })
    }
}

/// Where somebody is at home, who he is, and where he acts.
type Place = (TenantNo, Id<User>, TenantNo);

pub(super) struct Standings {
    generation: AtomicU64,
    known: Cache<Place, (u64, Arc<Standing>)>,
}

impl Default for Standings {
    fn default() -> Self {
        Self { generation: AtomicU64::new(0), known: Cache::new(CAPACITY) }
    }
}

impl Standings {
    /// What a user of `realm` may do in `tenant`: an account wherever it is a member, any other user
    /// in his own tenant alone.
    pub(super) fn find(
        &self,
        db: &Db,
        realm: TenantNo,
        user: Id<User>,
        tenant: TenantNo,
    ) -> Result<Arc<Standing>> {
        let generation = self.generation.load(Ordering::Acquire);
        if let Some((known, standing)) = self.known.get(&(realm, user, tenant))
            && known == generation
        {
            return Ok(standing);
        }
        let found = db.system().read_here(|tx| match realm {
            TenantNo::INSTANCE => store::find_account_standing(tx, user, tenant),
            _ if realm == tenant => store::find_user_standing(tx, user, tenant),
            _ => Ok(None),
        })?;
        let standing = Arc::new(found.unwrap_or_else(Standing::nobody));
        self.known.insert((realm, user, tenant), (generation, Arc::clone(&standing)));
        Ok(standing)
    }

    pub(super) fn forget(&self) {
        self.generation.fetch_add(1, Ordering::Release);
    }
}
