//! What is kept no more.

use crate::base::db::{Only, SystemRead, SystemWrite, TenantNo};
use crate::base::{Id, Result};
use crate::kernel::events::model::{Event, EventStatus, Subscription};
use crate::{bind, sql};

/// Events of this status, with nothing on its way, whose ids are smaller: the oldest first.
pub(in crate::kernel::events) fn list_settled_before(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
    status: EventStatus,
    before: &str,
    limit: u32,
) -> Result<Vec<Id<Event>>> {
    let rows: Vec<Only<Id<Event>>> = tx.all(
        sql!("../sql/", "list_settled_before"),
        bind! { tenant: tenant, before: before, status: status, limit: limit },
    )?;
    Ok(rows.into_iter().map(|Only(id)| id).collect())
}

/// The fingerprints of an event's dead letters.
pub(in crate::kernel::events) fn list_dead_of(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
    event: Id<Event>,
) -> Result<Vec<String>> {
    let rows: Vec<Only<String>> =
        tx.all(sql!("../sql/", "list_dead_of"), bind! { tenant: tenant, event: event })?;
    Ok(rows.into_iter().map(|Only(print)| print).collect())
}

pub(in crate::kernel::events) fn delete_deliveries_of(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    event: Id<Event>,
) -> Result<()> {
    tx.run(sql!("../sql/", "delete_deliveries_of"), bind! { tenant: tenant, event: event })
}

pub(in crate::kernel::events) fn delete_event(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    id: Id<Event>,
) -> Result<()> {
    tx.run(sql!("../sql/", "delete_event"), bind! { tenant: tenant, id: id })
}

pub(in crate::kernel::events) fn delete_minutes_before(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    minute: i64,
    limit: u32,
) -> Result<u64> {
    tx.count(sql!("../sql/", "delete_minutes_before"), bind! { tenant: tenant, minute: minute, limit: limit })
}

pub(in crate::kernel::events) fn delete_hours_before(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    hour: i64,
    limit: u32,
) -> Result<u64> {
    tx.count(sql!("../sql/", "delete_hours_before"), bind! { tenant: tenant, hour: hour, limit: limit })
}

pub(in crate::kernel::events) fn delete_replays_before(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    before: &str,
    limit: u32,
) -> Result<u64> {
    tx.count(sql!("../sql/", "delete_replays_before"), bind! { tenant: tenant, before: before, limit: limit })
}

pub(in crate::kernel::events) fn delete_empty_groups(tx: &SystemWrite<'_>, tenant: TenantNo) -> Result<()> {
    tx.run(sql!("../sql/", "delete_empty_groups"), bind! { tenant: tenant })
}

/// Subscriptions that are deleted and of whose deliveries nothing is left.
pub(in crate::kernel::events) fn list_forgotten_subscriptions(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
) -> Result<Vec<Id<Subscription>>> {
    let rows: Vec<Only<Id<Subscription>>> =
        tx.all(sql!("../sql/", "list_forgotten_subscriptions"), bind! { tenant: tenant })?;
    Ok(rows.into_iter().map(|Only(id)| id).collect())
}

pub(in crate::kernel::events) fn delete_groups_of(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    subscription: Id<Subscription>,
) -> Result<()> {
    tx.run(sql!("../sql/", "delete_groups_of"), bind! { tenant: tenant, subscription: subscription })
}

pub(in crate::kernel::events) fn delete_secrets_of(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    subscription: Id<Subscription>,
) -> Result<()> {
    tx.run(sql!("../sql/", "delete_secrets_of"), bind! { tenant: tenant, subscription: subscription })
}

pub(in crate::kernel::events) fn delete_subscription(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    id: Id<Subscription>,
) -> Result<()> {
    tx.run(sql!("../sql/", "delete_subscription"), bind! { tenant: tenant, id: id })
}
