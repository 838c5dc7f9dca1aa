//! The directory: every tenant in memory, so that the request path finds one without the database.
//!
//! It is loaded at start and changed after each commit that changes a tenant, before the one who
//! asked for the change is answered. A tenant that is being deleted is not in it.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use super::model::{Tenant, TenantState};
use super::store;
use crate::base::db::{Db, TenantNo};
use crate::base::{Error, Id, Result};

#[derive(Default)]
pub struct Directory(RwLock<Maps>);

#[derive(Default)]
struct Maps {
    by_id: HashMap<Id<Tenant>, Arc<Tenant>>,
    by_number: HashMap<TenantNo, Id<Tenant>>,
    by_slug: BTreeMap<String, Id<Tenant>>,
    by_host: HashMap<String, Id<Tenant>>,
    instance: Option<Arc<Tenant>>,
}

impl Directory {
    pub(in crate::kernel) fn load(db: &Db) -> Result<Self> {
        let directory = Self::default();
        for tenant in db.system().read_here(store::list_tenants)? {
            directory.put(tenant);
        }
        Ok(directory)
    }

    /// The tenant with this id or slug, unless it is being deleted.
    pub fn find(&self, name: &str) -> Option<Arc<Tenant>> {
        let maps = self.read();
        let id = name.parse().ok().or_else(|| maps.by_slug.get(name).copied())?;
        maps.by_id.get(&id).cloned()
    }

    pub fn find_by_id(&self, id: Id<Tenant>) -> Option<Arc<Tenant>> {
        self.read().by_id.get(&id).cloned()
    }

    pub(in crate::kernel) fn find_by_number(&self, number: TenantNo) -> Option<Arc<Tenant>> {
        let maps = self.read();
        maps.by_number.get(&number).and_then(|id| maps.by_id.get(id)).cloned()
    }

    /// The tenant that is reached under this host name.
    pub fn find_by_host(&self, host: &str) -> Option<Arc<Tenant>> {
        let maps = self.read();
        maps.by_host.get(host).and_then(|id| maps.by_id.get(id)).cloned()
    }

    /// The reserved tenant whose users are the accounts.
    pub fn instance(&self) -> Result<Arc<Tenant>> {
        self.read().instance.clone().ok_or_else(|| Error::internal("the reserved tenant is missing"))
    }

    /// Tenants by slug, those after `after`, the reserved one left out; perhaps in one state only.
    pub fn list(&self, state: Option<TenantState>, after: Option<&str>, limit: usize) -> Vec<Tenant> {
        let maps = self.read();
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        maps.by_slug
            .range::<str, _>((start, Bound::Unbounded))
            .filter_map(|(_, id)| maps.by_id.get(id))
            .filter(|tenant| tenant.number != TenantNo::INSTANCE)
            .filter(|tenant| state.is_none_or(|state| tenant.state == state))
            .take(limit)
            .map(|tenant| Tenant::clone(tenant))
            .collect()
    }

    /// Every tenant by slug, the reserved one too, but those that are being deleted.
    pub fn all(&self) -> Vec<Arc<Tenant>> {
        let maps = self.read();
        maps.by_slug.values().filter_map(|id| maps.by_id.get(id)).cloned().collect()
    }

    /// Takes a tenant in as it is now.
    pub(super) fn put(&self, tenant: Tenant) {
        let mut maps = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let id = tenant.id;
        maps.by_slug.retain(|_, known| *known != id);
        maps.by_host.retain(|_, known| *known != id);
        if tenant.state == TenantState::Deleting {
            maps.by_id.remove(&id);
            maps.by_number.remove(&tenant.number);
            return;
        }
        maps.by_number.insert(tenant.number, id);
        maps.by_slug.insert(tenant.slug.clone(), id);
        for host in &tenant.hosts {
            maps.by_host.insert(host.clone(), id);
        }
        let tenant = Arc::new(tenant);
        if tenant.number == TenantNo::INSTANCE {
            maps.instance = Some(Arc::clone(&tenant));
        }
        maps.by_id.insert(id, tenant);
    }

    fn read(&self) -> RwLockReadGuard<'_, Maps> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}
