//! What was published, as lists of it.

use crate::base::db::{Fitting, Only, Read};
use crate::base::{Id, Result};
use crate::kernel::events::model::{Delivery, Event, EventStatus};
use crate::{bind, sql};

/// Which rows are meant.
#[derive(Debug, Clone)]
pub(in crate::kernel::events) struct Within {
    /// Ids, or the beginnings of some.
    pub before: String,
    pub from: String,
    pub subject: Option<String>,
    pub event_type: Option<String>,
    /// Types from one up to another.
    pub types: Option<(String, String)>,
    pub status: Option<EventStatus>,
    pub is_unsettled: bool,
}

impl Within {
    fn types(&self) -> (Option<&str>, Option<&str>) {
        self.types.as_ref().map_or((None, None), |(low, high)| (Some(low), Some(high)))
    }

    /// The type, when nothing else has fewer rows to walk along. The engine has to be told: by what it
    /// guesses of rows that it never counted, walking along all of them is as good.
    fn walked_type(&self) -> Option<&str> {
        self.event_type.as_deref().filter(|_| self.subject.is_none() && !self.is_unsettled)
    }

    fn filtered_type(&self) -> Option<&str> {
        self.event_type.as_deref().filter(|_| self.walked_type().is_none())
    }
}

pub(in crate::kernel::events) fn list_events(
    tx: &Read<'_>,
    within: &Within,
    limit: usize,
    room: usize,
) -> Result<Fitting<Event>> {
    let (low, high) = within.types();
    tx.fitting(
        sql!("../sql/", "list_events"),
        bind! {
            before: &within.before,
            from: &within.from,
            subject: within.subject.as_deref(),
            type: within.filtered_type(),
            walk_type: within.walked_type(),
            low: low,
            high: high,
            status: within.status,
            is_unsettled: within.is_unsettled.then_some(1i64),
            limit: limit as i64,
        },
        room,
    )
}

/// Where a walk of so many rows ends, when there are that many.
pub(in crate::kernel::events) fn end_of_event_walk(
    tx: &Read<'_>,
    within: &Within,
    rows: u32,
) -> Result<Option<Id<Event>>> {
    let found: Option<Only<Id<Event>>> = tx.maybe(
        sql!("../sql/", "end_of_event_walk"),
        bind! {
            before: &within.before,
            from: &within.from,
            subject: within.subject.as_deref(),
            type: within.filtered_type(),
            walk_type: within.walked_type(),
            status: within.status.filter(|_| within.is_unsettled),
            is_unsettled: within.is_unsettled.then_some(1i64),
            rows: rows,
        },
    )?;
    Ok(found.map(|Only(id)| id))
}

pub(in crate::kernel::events) fn count_events(tx: &Read<'_>, within: &Within, most: usize) -> Result<usize> {
    let (low, high) = within.types();
    // One row for each: a count in SQL would not end at the limit.
    let rows: Vec<Only<i64>> = tx.all(
        sql!("../sql/", "count_events"),
        bind! {
            before: &within.before,
            from: &within.from,
            subject: within.subject.as_deref(),
            type: within.filtered_type(),
            walk_type: within.walked_type(),
            low: low,
            high: high,
            status: within.status,
            is_unsettled: within.is_unsettled.then_some(1i64),
            limit: most as i64,
        },
    )?;
    Ok(rows.len())
}

/// The types of events that there are from one up to another.
pub fn list_types(tx: &Read<'_>, low: &str, high: &str, limit: usize) -> Result<Vec<String>> {
    let rows: Vec<Only<String>> =
        tx.all(sql!("../sql/", "list_types"), bind! { low: low, high: high, limit: limit as i64 })?;
    Ok(rows.into_iter().map(|Only(name)| name).collect())
}

/// The oldest first.
pub fn list_deliveries_of(tx: &Read<'_>, event: Id<Event>) -> Result<Vec<Delivery>> {
    tx.all(sql!("../sql/", "list_deliveries_of"), bind! { event: event })
}

/// The first events that came after this one, the oldest first.
pub(in crate::kernel::events) fn list_events_after(
    tx: &Read<'_>,
    after: &str,
    limit: usize,
    room: usize,
) -> Result<Vec<Event>> {
    let params = bind! { after: after, limit: limit as i64 };
    Ok(tx.fitting(sql!("../sql/", "list_events_after"), params, room)?.rows)
}

pub(in crate::kernel::events) fn last_event(tx: &Read<'_>) -> Result<Option<Id<Event>>> {
    let found: Option<Only<Id<Event>>> = tx.maybe(sql!("../sql/", "last_event"), bind! {})?;
    Ok(found.map(|Only(id)| id))
}

/// What a job published, the oldest first, without what it says.
pub fn list_caused_events(tx: &Read<'_>, cause: &str, limit: usize) -> Result<Vec<Event>> {
    tx.all(sql!("../sql/", "list_caused_events"), bind! { cause: cause, limit: limit as i64 })
}
