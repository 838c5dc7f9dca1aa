//! Standings: what a token's subject may do in a tenant, kept in memory.
//!
//! A change of accounts, members or roles raises the generation once it is on disk. An entry from
//! an older generation is never used, so a read that raced with the change does no harm.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::sync::Cache;

use super::account::{User, UserState};
use super::permission::Allowed;
use super::role::Role;
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
        let everything = tenant == TenantNo::INSTANCE;
        Self { is_active: true, allowed: if everything { Allowed::Everything } else { Allowed::nothing() } }
    }
}

impl FromRow for Standing {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        let state: UserState = row.take("state")?;
        let role: Option<Role> = row.take("role")?;
        Ok(Self {
            is_active: state == UserState::Active,
            allowed: role.map_or_else(Allowed::nothing, Role::allows),
        })
    }
}

pub(super) struct Standings {
    generation: AtomicU64,
    known: Cache<(Id<User>, TenantNo), (u64, Arc<Standing>)>,
}

impl Default for Standings {
    fn default() -> Self {
        Self { generation: AtomicU64::new(0), known: Cache::new(CAPACITY) }
    }
}

impl Standings {
    pub(super) fn find(&self, db: &Db, subject: Id<User>, tenant: TenantNo) -> Result<Arc<Standing>> {
        let generation = self.generation.load(Ordering::Acquire);
        if let Some((known, standing)) = self.known.get(&(subject, tenant))
            && known == generation
        {
            return Ok(standing);
        }
        let found = db.system().read_here(|tx| store::find_standing(tx, subject, tenant))?;
        let standing = Arc::new(found.unwrap_or(Standing { is_active: false, allowed: Allowed::nothing() }));
        self.known.insert((subject, tenant), (generation, Arc::clone(&standing)));
        Ok(standing)
    }

    pub(super) fn forget(&self) {
        self.generation.fetch_add(1, Ordering::Release);
    }
}
