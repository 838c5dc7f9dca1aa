//! What is on its way, and what became of it.

use crate::base::db::{Only, Read, SystemRead, SystemWrite, TenantNo};
use crate::base::{Id, Result, Timestamp};
use crate::kernel::events::model::{Delivery, DeliveryState, Event, Subscription};
use crate::{bind, sql};

/// A delivery about to be written.
pub(in crate::kernel::events) struct DeliveryEntry<'d> {
    pub id: Id<Delivery>,
    pub event: Id<Event>,
    pub subscription: Id<Subscription>,
    pub ordered_by: Option<&'d str>,
    pub must_wait: bool,
    pub replay_of: Option<Id<Delivery>>,
}

pub(in crate::kernel::events) fn insert_delivery(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    entry: &DeliveryEntry<'_>,
    now: Timestamp,
) -> Result<()> {
    let state = if entry.must_wait { DeliveryState::Waiting } else { DeliveryState::Pending };
    tx.run(
        sql!("../sql/", "insert_delivery"),
        bind! {
            tenant: tenant,
            id: entry.id,
            event: entry.event,
            subscription: entry.subscription,
            ordered_by: entry.ordered_by,
            state: state,
            replay_of: entry.replay_of,
            now: now,
        },
    )
}

pub(in crate::kernel::events) fn find_open_of_subject(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
    subscription: Id<Subscription>,
    subject: &str,
) -> Result<Option<Id<Delivery>>> {
    let found: Option<Only<Id<Delivery>>> = tx.maybe(
        sql!("../sql/", "find_open_of_subject"),
        bind! { tenant: tenant, subscription: subscription, subject: subject },
    )?;
    Ok(found.map(|Only(id)| id))
}

/// The oldest of a subject that is not over: it is the one whose turn it is.
pub(in crate::kernel::events) fn find_waiting_of_subject(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
    subscription: Id<Subscription>,
    subject: &str,
) -> Result<Option<Delivery>> {
    tx.maybe(
        sql!("../sql/", "find_waiting_of_subject"),
        bind! { tenant: tenant, subscription: subscription, subject: subject },
    )
}

pub(in crate::kernel::events) fn read_delivery(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
    id: Id<Delivery>,
) -> Result<Option<Delivery>> {
    tx.maybe(sql!("../sql/", "read_delivery"), bind! { tenant: tenant, id: id })
}

pub(in crate::kernel::events) fn find_delivery(tx: &Read<'_>, id: Id<Delivery>) -> Result<Option<Delivery>> {
    tx.maybe(sql!("../sql/", "find_delivery"), bind! { id: id })
}

pub(in crate::kernel::events) fn list_open_deliveries(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
    subscription: Id<Subscription>,
    limit: u32,
) -> Result<Vec<Delivery>> {
    tx.all(
        sql!("../sql/", "list_open_deliveries"),
        bind! { tenant: tenant, subscription: subscription, limit: limit },
    )
}

/// Writes a delivery's state and what came of its attempts.
pub(in crate::kernel::events) fn update_delivery(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    delivery: &Delivery,
) -> Result<()> {
    tx.run(
        sql!("../sql/", "update_delivery"),
        bind! {
            tenant: tenant,
            id: delivery.id,
            state: delivery.state,
            attempts: delivery.attempts,
            error: delivery.error.as_deref(),
            fingerprint: delivery.fingerprint.as_deref(),
            ended_at: delivery.ended_at,
        },
    )
}
