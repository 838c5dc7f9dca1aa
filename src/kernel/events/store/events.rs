//! What was published.

use crate::base::db::{FromRow, Only, Read, Row, SystemRead, SystemWrite, TenantNo};
use crate::base::{Id, Result, Timestamp};
use crate::kernel::Who;
use crate::kernel::events::model::{Event, EventStatus};
use crate::kernel::events::pattern::EventType;
use crate::{bind, sql};

/// An event about to be written.
pub(in crate::kernel::events) struct EventEntry<'e> {
    pub id: Id<Event>,
    pub event_type: &'e EventType,
    pub subject: Option<&'e str>,
    pub key: Option<&'e str>,
    pub status: EventStatus,
    pub open: usize,
    pub who: &'e Who,
    pub cause: Option<String>,
    pub payload: &'e str,
}

pub(in crate::kernel::events) fn insert_event(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    entry: &EventEntry<'_>,
    now: Timestamp,
) -> Result<()> {
    tx.run(
        sql!("../sql/", "insert_event"),
        bind! {
            tenant: tenant,
            id: entry.id,
            type: entry.event_type,
            subject: entry.subject,
            key: entry.key,
            status: entry.status,
            open: entry.open as i64,
            actor: entry.who.actor.to_string(),
            trace_id: entry.who.trace.to_string(),
            request_id: entry.who.request.to_string(),
            cause: entry.cause.as_deref(),
            chain: entry.who.chain.stored(),
            now: now,
            payload: entry.payload,
        },
    )
}

struct Known(Id<Event>, Timestamp);

impl FromRow for Known {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self(row.take("id")?, row.take("created_at")?))
    }
}

pub(in crate::kernel::events) fn find_event_by_key(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
    key: &str,
) -> Result<Option<(Id<Event>, Timestamp)>> {
    let found: Option<Known> =
        tx.maybe(sql!("../sql/", "find_event_by_key"), bind! { tenant: tenant, key: key })?;
    Ok(found.map(|Known(id, at)| (id, at)))
}

/// The first deliveries of an event, replays left out.
pub(in crate::kernel::events) fn count_deliveries_of(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
    event: Id<Event>,
) -> Result<usize> {
    let Only(count): Only<u32> =
        tx.one(sql!("../sql/", "count_deliveries_of"), bind! { tenant: tenant, event: event })?;
    Ok(count as usize)
}

pub(in crate::kernel::events) fn read_event(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
    id: Id<Event>,
) -> Result<Option<Event>> {
    tx.maybe(sql!("../sql/", "read_event"), bind! { tenant: tenant, id: id })
}

pub(in crate::kernel::events) fn type_of_event(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
    id: Id<Event>,
) -> Result<Option<EventType>> {
    let found: Option<Only<EventType>> =
        tx.maybe(sql!("../sql/", "type_of_event"), bind! { tenant: tenant, id: id })?;
    Ok(found.map(|Only(event_type)| event_type))
}

pub fn find_event(tx: &Read<'_>, id: Id<Event>) -> Result<Option<Event>> {
    tx.maybe(sql!("../sql/", "find_event"), bind! { id: id })
}

/// How many more of an event's deliveries are open, failing and dead.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::kernel::events) struct Change {
    pub open: i64,
    pub failing: i64,
    pub dead: i64,
}

pub(in crate::kernel::events) fn add_to_event(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    id: Id<Event>,
    change: Change,
) -> Result<()> {
    tx.run(
        sql!("../sql/", "add_to_event"),
        bind! { tenant: tenant, id: id, open: change.open, failing: change.failing, dead: change.dead },
    )
}
