//! The statements about tenants. They belong to the kernel: no tenant may run them.

use super::limits::OwnLimits;
use super::model::{NewTenant, Signup, Slug, Tenant, TenantState};
use crate::base::db::{Only, SystemRead, SystemWrite, TenantNo};
use crate::base::{Id, Result, Timestamp};
use crate::{bind, sql};

pub fn insert_tenant(
    tx: &SystemWrite<'_>,
    id: Id<Tenant>,
    new: &NewTenant,
    now: Timestamp,
) -> Result<TenantNo> {
    let slug: &Slug = &new.slug;
    let Only(number) = tx.one(
        sql!("insert_tenant"),
        bind! { id: id, slug: &**slug, name: &new.name, state: TenantState::Active, now: now },
    )?;
    Ok(number)
}

pub fn read_tenant(tx: &SystemRead<'_>, number: TenantNo) -> Result<Tenant> {
    let tenant = tx.one(sql!("read_tenant"), bind! { number: number })?;
    with_hosts(tx, tenant)
}

pub fn find_tenant(tx: &SystemRead<'_>, id: Id<Tenant>) -> Result<Option<Tenant>> {
    tx.maybe(sql!("find_tenant"), bind! { id: id })
}

pub fn find_tenant_by_slug(tx: &SystemRead<'_>, slug: &str) -> Result<Option<Tenant>> {
    tx.maybe(sql!("find_tenant_by_slug"), bind! { slug: slug })
}

pub fn list_tenants(tx: &SystemRead<'_>) -> Result<Vec<Tenant>> {
    let tenants: Vec<Tenant> = tx.all(sql!("list_tenants"), bind! {})?;
    tenants.into_iter().map(|tenant| with_hosts(tx, tenant)).collect()
}

pub fn list_tenants_to_erase(tx: &SystemRead<'_>) -> Result<Vec<Tenant>> {
    tx.all(sql!("list_tenants_to_erase"), bind! {})
}

pub fn update_tenant(
    tx: &SystemWrite<'_>,
    number: TenantNo,
    slug: &str,
    name: &str,
    signup: Signup,
    limits: OwnLimits,
    now: Timestamp,
) -> Result<()> {
    let limit = |limit: Option<u64>| limit.map(|limit| i64::try_from(limit).unwrap_or(i64::MAX));
    tx.run(
        sql!("update_tenant"),
        bind! {
            number: number,
            slug: slug,
            name: name,
            signup: signup,
            max_storage: limit(limits.storage_bytes),
            max_events: limit(limits.events_per_day),
            max_jobs: limit(limits.jobs_per_day),
            now: now,
        },
    )
}

pub fn set_tenant_state(
    tx: &SystemWrite<'_>,
    number: TenantNo,
    state: TenantState,
    now: Timestamp,
) -> Result<()> {
    tx.run(sql!("set_tenant_state"), bind! { number: number, state: state, now: now })
}

/// Whether it was there.
pub fn delete_tenant(tx: &SystemWrite<'_>, number: TenantNo) -> Result<bool> {
    Ok(tx.count(sql!("delete_tenant"), bind! { number: number })? > 0)
}

pub fn count_tenants(tx: &SystemRead<'_>) -> Result<i64> {
    let Only(count) = tx.one(sql!("count_tenants"), bind! {})?;
    Ok(count)
}

/// Writes the time of a look at the instance, which proves that the file can be written.
pub fn touch_instance(tx: &SystemWrite<'_>, now: Timestamp) -> Result<()> {
    tx.run(sql!("touch_instance"), bind! { now: now })
}

pub fn find_host(tx: &SystemRead<'_>, host: &str) -> Result<Option<TenantNo>> {
    let found: Option<Only<TenantNo>> = tx.maybe(sql!("find_host"), bind! { host: host })?;
    Ok(found.map(|Only(number)| number))
}

pub fn insert_tenant_host(tx: &SystemWrite<'_>, host: &str, number: TenantNo) -> Result<()> {
    tx.run(sql!("insert_tenant_host"), bind! { host: host, number: number })
}

pub fn delete_tenant_hosts(tx: &SystemWrite<'_>, number: TenantNo) -> Result<()> {
    tx.run(sql!("delete_tenant_hosts"), bind! { number: number })
}

fn list_tenant_hosts(tx: &SystemRead<'_>, number: TenantNo) -> Result<Vec<String>> {
    let hosts: Vec<Only<String>> = tx.all(sql!("list_tenant_hosts"), bind! { number: number })?;
    Ok(hosts.into_iter().map(|Only(host)| host).collect())
}

fn with_hosts(tx: &SystemRead<'_>, mut tenant: Tenant) -> Result<Tenant> {
    tenant.hosts = list_tenant_hosts(tx, tenant.number)?;
    Ok(tenant)
}
