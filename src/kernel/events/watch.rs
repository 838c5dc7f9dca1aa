//! Watching events: who follows a tenant's events is woken after each commit that added some, and
//! reads them himself.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::base::Result;
use crate::base::db::TenantNo;
use crate::kernel::limits::Streams;

type Bells = Vec<Arc<Notify>>;

#[derive(Clone, Default)]
pub(super) struct Watch(Arc<Mutex<HashMap<TenantNo, Bells>>>);

impl Watch {
    fn bells(&self) -> MutexGuard<'_, HashMap<TenantNo, Bells>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn ring(&self, tenant: TenantNo) {
        self.bells().get(&tenant).into_iter().flatten().for_each(|bell| bell.notify_one());
    }

    /// Hangs up a bell that rings whenever there are events, until it is dropped.
    pub(super) fn follow(&self, tenant: TenantNo, streams: Streams) -> Result<Follower> {
        let mut bells = self.bells();
        let all: usize = bells.values().map(Vec::len).sum();
        streams.admit(all, bells.get(&tenant).map_or(0, Vec::len))?;
        let bell = Arc::new(Notify::new());
        bells.entry(tenant).or_default().push(Arc::clone(&bell));
        Ok(Follower { watch: self.clone(), tenant, bell })
    }
}

/// Somebody who follows a tenant's events.
pub(super) struct Follower {
    watch: Watch,
    tenant: TenantNo,
    pub bell: Arc<Notify>,
}

impl Follower {
    /// How many follow this tenant, this one among them.
    pub(super) fn company(&self) -> u32 {
        self.watch.bells().get(&self.tenant).map_or(1, |bells| bells.len().max(1) as u32)
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let mut bells = self.watch.bells();
        if let Some(of_tenant) = bells.get_mut(&self.tenant) {
            of_tenant.retain(|bell| !Arc::ptr_eq(bell, &self.bell));
            if of_tenant.is_empty() {
                bells.remove(&self.tenant);
            }
        }
    }
}
