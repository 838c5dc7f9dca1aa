//! Replays of many events.

use crate::base::db::{FromRow, Row, SystemRead, SystemWrite, TenantNo};
use crate::base::{Id, Result, Timestamp};
use crate::kernel::events::model::{Delivery, Event, Subscription};
use crate::kernel::events::replay::Replay;
use crate::{bind, sql};

pub(in crate::kernel::events) fn insert_replay(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    id: Id<Replay>,
    filter: &str,
    handlers: Option<&str>,
    total: usize,
    now: Timestamp,
) -> Result<()> {
    tx.run(
        sql!("../sql/", "insert_replay"),
        bind! { tenant: tenant, id: id, filter: filter, handlers: handlers, total: total as i64, now: now },
    )
}

/// How far a replay is.
pub(in crate::kernel::events) struct ReplayRow {
    pub filter: String,
    pub handlers: Option<String>,
    pub total: i64,
    pub done: i64,
    pub deliveries: i64,
    pub goes_on_before: Option<Id<Event>>,
    pub ended_at: Option<Timestamp>,
}

impl FromRow for ReplayRow {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            filter: row.take("filter")?,
            handlers: row.take("handlers")?,
            total: row.take("total")?,
            done: row.take("done")?,
            deliveries: row.take("deliveries")?,
            goes_on_before: row.take("goes_on_before")?,
            ended_at: row.take("ended_at")?,
        })
    }
}

pub(in crate::kernel::events) fn read_replay(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
    id: Id<Replay>,
) -> Result<Option<ReplayRow>> {
    tx.maybe(sql!("../sql/", "read_replay"), bind! { tenant: tenant, id: id })
}

/// Adds the events and the deliveries of one piece.
pub(in crate::kernel::events) fn advance_replay(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    id: Id<Replay>,
    (done, deliveries): (i64, i64),
    before: Option<Id<Event>>,
    ended_at: Option<Timestamp>,
) -> Result<()> {
    tx.run(
        sql!("../sql/", "advance_replay"),
        bind! {
            tenant: tenant, id: id, done: done, deliveries: deliveries, before: before, ended_at: ended_at,
        },
    )
}

/// The last delivery of an event to a subscription.
pub(in crate::kernel::events) fn find_last_delivery(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
    event: Id<Event>,
    subscription: Id<Subscription>,
) -> Result<Option<Delivery>> {
    tx.maybe(
        sql!("../sql/", "find_last_delivery"),
        bind! { tenant: tenant, event: event, subscription: subscription },
    )
}
