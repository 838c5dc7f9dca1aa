//! The line: the lanes that may give a job, in the order of their turns. Of each tenant only the next stands
//! in front, and none while the tenant is at its limit, so that a tenant with very many lanes costs the others nothing.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::LaneKey;
use crate::base::db::TenantNo;
use crate::kernel::jobs::model::QueueName;

#[derive(Debug)]
pub(super) struct Line {
    tenants: HashMap<TenantNo, Tenant>,
    front: BTreeSet<(u64, LaneKey)>,
    limit: u32,
}

#[derive(Debug, Default)]
struct Tenant {
    running: u32,
    /// Its lanes that nothing but the tenant's limit holds.
    lanes: BTreeSet<(u64, QueueName)>,
    /// The one of them that stands in front.
    front: Option<(u64, QueueName)>,
}

impl Line {
    pub(super) fn new(limit: u32) -> Self {
        Self { tenants: HashMap::new(), front: BTreeSet::new(), limit }
    }

    pub(super) fn limit(&self) -> u32 {
        self.limit
    }

    pub(super) fn running(&self, tenant: TenantNo) -> u32 {
        self.tenants.get(&tenant).map_or(0, |tenant| tenant.running)
    }

    pub(super) fn is_full(&self, tenant: TenantNo) -> bool {
        self.running(tenant) >= self.limit
    }

    pub(super) fn first(&self) -> Option<&(u64, LaneKey)> {
        self.front.first()
    }

    /// How many stand in front.
    #[cfg(test)]
    pub(super) fn front(&self) -> usize {
        self.front.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.front.is_empty()
    }

    /// Moves a lane from one place to another, into the line or out of it.
    pub(super) fn place(&mut self, key: &LaneKey, old: Option<u64>, new: Option<u64>) {
        let tenant = self.tenants.entry(key.0).or_default();
        if let Some(tag) = old {
            tenant.lanes.remove(&(tag, key.1.clone()));
        }
        if let Some(tag) = new {
            tenant.lanes.insert((tag, key.1.clone()));
        }
        self.settle(key.0);
    }

    pub(super) fn begin(&mut self, tenant: TenantNo) {
        self.tenants.entry(tenant).or_default().running += 1;
        self.settle(tenant);
    }

    pub(super) fn end(&mut self, tenant: TenantNo) {
        let of = self.tenants.entry(tenant).or_default();
        of.running = of.running.saturating_sub(1);
        self.settle(tenant);
    }

    /// Leaves a tenant out until it is settled again.
    pub(super) fn pass_over(&mut self, tenant: TenantNo) {
        if let Some(front) = self.tenants.get_mut(&tenant).and_then(|of| of.front.take()) {
            self.front.remove(&(front.0, (tenant, front.1)));
        }
    }

    /// Puts the tenant's next lane in front, when it may give a job.
    pub(super) fn settle(&mut self, tenant: TenantNo) {
        let Some(of) = self.tenants.get_mut(&tenant) else { return };
        let next = of.lanes.first().filter(|_| of.running < self.limit);
        if next == of.front.as_ref() {
            if of.running == 0 && of.lanes.is_empty() {
                self.tenants.remove(&tenant);
            }
            return;
        }
        let next = next.cloned();
        if let Some((tag, queue)) = std::mem::replace(&mut of.front, next.clone()) {
            self.front.remove(&(tag, (tenant, queue)));
        }
        if let Some((tag, queue)) = next {
            self.front.insert((tag, (tenant, queue)));
        }
    }

    /// Forgets tenants that are gone.
    pub(super) fn forget_all_but(&mut self, known: &HashSet<TenantNo>) {
        self.tenants.retain(|tenant, _| known.contains(tenant));
        self.front.retain(|(_, key)| known.contains(&key.0));
    }
}
