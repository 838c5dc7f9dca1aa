//! Who listens in each tenant, kept in memory: every event and every delivery asks for it, and it
//! changes seldom.
//!
//! What is kept is what is on disk. A write that changes a subscription marks its tenant until that
//! write is over, however it ends; meanwhile the table is asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::model::{Subscription, SubscriptionState};
use super::store;
use crate::base::db::{SystemWrite, TenantNo};
use crate::base::{Id, Result};

/// Tenants that are kept at once. Who publishes in more is read anew.
const MOST_TENANTS: usize = 1_000;

/// Subscriptions as they stand. How well they go is not kept up to date.
pub(super) type Listeners = Arc<[Arc<Subscription>]>;

#[derive(Clone, Default)]
pub(super) struct Listening(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    of: HashMap<TenantNo, Listeners>,
    /// Writes that have changed a tenant's subscriptions and are not over.
    changing: HashMap<TenantNo, usize>,
}

impl Listening {
    /// Everybody who listens in a tenant, as this write sees it.
    pub fn all(&self, tx: &SystemWrite<'_>, tenant: TenantNo) -> Result<Listeners> {
        if let Some(kept) = self.kept().of.get(&tenant) {
            return Ok(Arc::clone(kept));
        }
        let read: Listeners = store::list_listening(tx, tenant)?.into_iter().map(Arc::new).collect();
        let mut kept = self.kept();
        if !kept.changing.contains_key(&tenant) {
            if kept.of.len() >= MOST_TENANTS {
                kept.of.clear();
            }
            kept.of.insert(tenant, Arc::clone(&read));
        }
        Ok(read)
    }

    /// One of them, or one that was deleted.
    pub fn find(
        &self,
        tx: &SystemWrite<'_>,
        tenant: TenantNo,
        id: Id<Subscription>,
    ) -> Result<Option<Arc<Subscription>>> {
        match self.all(tx, tenant)?.iter().find(|one| one.id == id) {
            Some(found) => Ok(Some(Arc::clone(found))),
            None => Ok(store::read_subscription(tx, tenant, id)?.map(Arc::new)),
        }
    }

    /// One of them, when it is known without asking the table.
    pub fn known(&self, tenant: TenantNo, id: Id<Subscription>) -> Option<Arc<Subscription>> {
        self.kept().of.get(&tenant)?.iter().find(|one| one.id == id).cloned()
    }

    /// This write changes a subscription of the tenant.
    pub fn changes(&self, tx: &SystemWrite<'_>, tenant: TenantNo) {
        let mut kept = self.kept();
        kept.of.remove(&tenant);
        *kept.changing.entry(tenant).or_default() += 1;
        drop(kept);
        let mark = Mark { listening: self.clone(), tenant };
        tx.after_commit(move || drop(mark));
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stands while a write is not over; one that fails drops it with all that was to follow.
struct Mark {
    listening: Listening,
    tenant: TenantNo,
}

impl Drop for Mark {
    fn drop(&mut self) {
        let mut kept = self.listening.kept();
        if let Some(writes) = kept.changing.get_mut(&self.tenant) {
            *writes -= 1;
            if *writes == 0 {
                kept.changing.remove(&self.tenant);
            }
        }
    }
}

impl Subscription {
    /// Whether a success changes nothing of how it stands.
    pub(super) fn is_well(&self) -> bool {
        self.state == SubscriptionState::Enabled && !self.is_catching_up
    }
}
