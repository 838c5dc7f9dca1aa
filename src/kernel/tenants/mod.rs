//! Tenants: the unit of isolation, from making one to deleting all that it has.

mod directory;
mod erase;
mod limits;
mod model;
mod store;

pub use directory::Directory;
pub use erase::{EraseReport, erase_once};
pub use limits::{LimitsChange, OwnLimits};
pub use model::{Host, NewTenant, Signup, Slug, Tenant, TenantChange, TenantName, TenantState};
pub(in crate::kernel) use store::{count_tenants, touch_instance};

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;

use crate::base::db::{SystemWrite, TenantNo, Write};
use crate::base::{Error, Id, Result, Timestamp};
use crate::kernel::audit::{self, Act};
use crate::kernel::identity::{self, OWNER, User};
use crate::kernel::jobs::Jobs;
use crate::kernel::{Kernel, Who, events};

/// Makes a tenant and its first owner.
pub fn create_tenant(
    tx: &Write<'_>,
    kernel: &Kernel,
    who: &Who,
    new: &NewTenant,
    owner: Id<User>,
    now: Timestamp,
) -> Result<Tenant> {
    let system = tx.system();
    if let Some(other) = store::find_tenant_by_slug(&system, &new.slug)? {
        return Err(slug_is_taken(&other));
    }
    let number = store::insert_tenant(&system, Id::fresh(), new, now)?;
    replace_hosts(&system, number, &new.hosts)?;
    identity::add_member(&system, number, owner, OWNER, now)?;
    kernel.identity.forget_standings(tx);
    events::furnish_tenant(&system, number, now)?;
    let tenant = publish(&system, &kernel.tenants, number)?;
    let made = json!({ "tenant": tenant, "owner": owner });
    audit::record(tx, who, &Act::new("tenant.created", tenant.id.subject()).after(made)?, now)?;
    Ok(tenant)
}

/// Changes a tenant's slug, name, hosts or limits.
pub fn change_tenant(
    tx: &Write<'_>,
    kernel: &Kernel,
    who: &Who,
    id: Id<Tenant>,
    change: &TenantChange,
    now: Timestamp,
) -> Result<Tenant> {
    let system = tx.system();
    let tenant = store::read_tenant(&system, existing(&system, id)?.number)?;
    let slug = change.slug.as_deref().unwrap_or(&tenant.slug);
    if let Some(other) = store::find_tenant_by_slug(&system, slug)?
        && other.number != tenant.number
    {
        return Err(slug_is_taken(&other));
    }
    let name = change.name.as_deref().unwrap_or(&tenant.name);
    let signup = change.signup.unwrap_or(tenant.signup);
    let limits = tenant.limits.changed(&change.limits.clone().unwrap_or_default());
    store::update_tenant(&system, tenant.number, slug, name, signup, limits, now)?;
    if let Some(hosts) = &change.hosts {
        replace_hosts(&system, tenant.number, hosts)?;
    }
    let changed = publish(&system, &kernel.tenants, tenant.number)?;
    let act = Act::new("tenant.changed", id.subject()).before(&tenant)?.after(&changed)?;
    audit::record(tx, who, &act, now)?;
    Ok(changed)
}

/// Suspends or resumes a tenant: while suspended nobody acts in it, and nothing of it is lost.
pub fn set_tenant_state(
    tx: &Write<'_>,
    kernel: &Kernel,
    who: &Who,
    id: Id<Tenant>,
    state: TenantState,
    now: Timestamp,
) -> Result<Tenant> {
    let system = tx.system();
    let tenant = existing(&system, id)?;
    if tenant.state == TenantState::Deleting {
        return Err(Error::conflict("This tenant is being deleted; that can't be taken back."));
    }
    let moved = move_tenant(tx, kernel, who, &tenant, state, now)?;
    if state == TenantState::Active {
        Jobs::wake(tx, tenant.number)?;
    }
    Ok(moved)
}

fn move_tenant(
    tx: &Write<'_>,
    kernel: &Kernel,
    who: &Who,
    tenant: &Tenant,
    state: TenantState,
    now: Timestamp,
) -> Result<Tenant> {
    let system = tx.system();
    store::set_tenant_state(&system, tenant.number, state, now)?;
    let action = match state {
        TenantState::Active => "tenant.resumed",
        TenantState::Suspended => "tenant.suspended",
        TenantState::Deleting => "tenant.deleted",
    };
    let act = Act::new(action, tenant.id.subject())
        .before(json!({ "slug": tenant.slug, "state": tenant.state }))?
        .after(json!({ "slug": tenant.slug, "state": state }))?;
    audit::record(tx, who, &act, now)?;
    publish(&system, &kernel.tenants, tenant.number)
}

fn existing(system: &SystemWrite<'_>, id: Id<Tenant>) -> Result<Tenant> {
    store::find_tenant(system, id)?
        .filter(|tenant| tenant.number != TenantNo::INSTANCE)
        .ok_or_else(|| Error::not_found("tenant"))
}

fn slug_is_taken(other: &Tenant) -> Error {
    let slug = &other.slug;
    Error::conflict(match other.state {
        TenantState::Deleting => {
            format!(
                "The deleted tenant {slug} is still being erased; try again soon, or choose another slug."
            )
        }
        _ => format!("A tenant with the slug {slug} exists; choose another."),
    })
}

fn replace_hosts(system: &SystemWrite<'_>, number: TenantNo, hosts: &[Host]) -> Result<()> {
    store::delete_tenant_hosts(system, number)?;
    let distinct: BTreeSet<&str> = hosts.iter().map(|host| &**host).collect();
    for host in distinct {
        if store::find_host(system, host)?.is_some() {
            return Err(Error::conflict(format!(
                "The host {host} belongs to another tenant; free it there first."
            )));
        }
        store::insert_tenant_host(system, host, number)?;
    }
    Ok(())
}

/// Reads the tenant as it is now and, once that is on disk, shows it to the request path.
fn publish(system: &SystemWrite<'_>, directory: &Arc<Directory>, number: TenantNo) -> Result<Tenant> {
    let tenant = store::read_tenant(system, number)?;
    let (directory, shown) = (Arc::clone(directory), tenant.clone());
    system.after_commit(move || directory.put(shown));
    Ok(tenant)
}

impl Kernel {
    /// Tenants whose rows are being erased by slug, those after `after`.
    pub async fn list_tenants_in_deletion(&self, after: Option<&str>, limit: usize) -> Result<Vec<Tenant>> {
        let mut found = self.db.system().read(store::list_tenants_to_erase).await?;
        found.retain(|tenant| after.is_none_or(|after| tenant.slug.as_str() > after));
        found.sort_unstable_by(|one, other| one.slug.cmp(&other.slug));
        found.truncate(limit);
        Ok(found)
    }
}

/// Marks a tenant for deletion. From then on nobody finds it; its rows go a little at a time.
pub fn delete_tenant(
    tx: &Write<'_>,
    kernel: &Kernel,
    who: &Who,
    id: Id<Tenant>,
    now: Timestamp,
) -> Result<Tenant> {
    let tenant = existing(&tx.system(), id)?;
    move_tenant(tx, kernel, who, &tenant, TenantState::Deleting, now)
}
