//! The history: which events there were, found by indexes alone. A filter that few events meet
//! walks a bounded way and says where it goes on.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::model::{Event, EventStatus};
use super::pattern::Pattern;
use super::store::{self, Within};
use crate::base::db::{Fitting, Read};
use crate::base::{Id, Result, Timestamp};

/// Types under a prefix that are looked up one by one.
const MOST_TYPES: usize = 64;

/// Rows that one page walks at most.
const LONGEST_WALK: u32 = 20_000;

/// Bytes of the events of one page: where they are large it has fewer.
const ROOM: usize = 4 * 1024 * 1024;

/// Which events are meant.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct EventFilter {
    pub pattern: Option<Pattern>,
    pub subject: Option<String>,
    pub status: Option<EventStatus>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

/// A page of events, and whether and where it goes on.
#[derive(Debug)]
pub struct FoundEvents {
    pub events: Vec<Event>,
    pub goes_on_before: Option<Id<Event>>,
}

/// Events that the filter finds before this one, the newest first.
pub fn list_events(
    tx: &Read<'_>,
    filter: &EventFilter,
    before: Option<Id<Event>>,
    limit: usize,
) -> Result<FoundEvents> {
    let mut within = filter.within(before);
    let prefix = filter.pattern.as_ref().and_then(Pattern::prefix).filter(|prefix| !prefix.is_empty());
    // Who asks for a subject or a status has few rows to look through already.
    if let Some(prefix) = prefix
        && filter.subject.is_none()
        && !within.is_unsettled
    {
        let types = store::list_types(tx, prefix, &end_of(prefix), MOST_TYPES + 1)?;
        if types.len() <= MOST_TYPES {
            return by_types(tx, &within, &types, limit);
        }
    }
    let end = store::end_of_event_walk(tx, &within, LONGEST_WALK)?;
    let has_more = end.is_some();
    if let Some(end) = end {
        within.from = within.from.max(end.to_string());
    }
    let Fitting { rows: mut events, is_cut } = store::list_events(tx, &within, limit + 1, ROOM)?;
    let goes_on_before = match (is_cut || events.len() > limit, end) {
        (true, _) => {
            events.truncate(limit);
            events.last().map(|last| last.id)
        }
        (false, Some(end)) if has_more => Some(end),
        _ => None,
    };
    Ok(FoundEvents { events, goes_on_before })
}

/// The newest of each type, put together by age.
fn by_types(tx: &Read<'_>, within: &Within, types: &[String], limit: usize) -> Result<FoundEvents> {
    let (mut events, mut has_more): (Vec<Event>, bool) = (Vec::new(), false);
    // Older ones than this are of a later page.
    let mut from = within.from.clone();
    for event_type in types {
        let types = None;
        let of_type =
            Within { event_type: Some(event_type.clone()), types, from: from.clone(), ..within.clone() };
        let found = store::list_events(tx, &of_type, limit + 1, ROOM)?;
        let end = found.rows.last().filter(|_| found.is_cut).map(|last| last.id);
        events.extend(found.rows);
        events.sort_by_key(|event| Reverse(event.id));
        let fit = events.len().min(limit).min(count_fitting(&events));
        let before = events.len();
        events.truncate(fit);
        // What was not read of this type is older than what was.
        events.retain(|event| end.is_none_or(|end| event.id >= end));
        if found.is_cut || events.len() < before {
            has_more = true;
            from = events.last().map_or(from, |last| last.id.to_string());
        }
    }
    let goes_on_before = events.last().filter(|_| has_more).map(|last| last.id);
    Ok(FoundEvents { events, goes_on_before })
}

/// How many of them there is room for: one at least.
fn count_fitting(events: &[Event]) -> usize {
    let sizes = events.iter().map(|event| event.payload.get().len());
    let sums = sizes.scan(0, |sum, size| {
        *sum += size;
        Some(*sum)
    });
    sums.take_while(|sum| *sum <= ROOM).count().max(1)
}

impl EventFilter {
    pub(super) fn within(&self, before: Option<Id<Event>>) -> Within {
        let pattern = self.pattern.as_ref();
        let prefix = pattern.and_then(Pattern::prefix);
        Within {
            before: self
                .until
                .map_or_else(last_id, first_id_at)
                .min(before.map_or_else(last_id, |id| id.to_string())),
            from: self.since.map_or_else(String::new, first_id_at),
            subject: self.subject.clone(),
            event_type: pattern.filter(|_| prefix.is_none()).map(|one| one.to_string()),
            types: prefix.filter(|prefix| !prefix.is_empty()).map(|low| (low.to_owned(), end_of(low))),
            status: self.status,
            is_unsettled: self.status.is_some_and(|status| status != EventStatus::Delivered),
        }
    }
}

/// What every type with this prefix is smaller than.
fn end_of(prefix: &str) -> String {
    let mut end = prefix.to_owned();
    // The prefix ends in a dot, and the slash is the next character.
    end.pop();
    end.push('/');
    end
}

/// What ids of that time and later are not smaller than: a UUIDv7 begins with its milliseconds.
pub(super) fn first_id_at(at: Timestamp) -> String {
    let millis = at.millis().max(0).unsigned_abs();
    format!("{:08x}-{:04x}", millis >> 16, millis & 0xFFFF)
}

fn last_id() -> String {
    "g".into()
}

/// How many events the filter finds, up to so many.
pub fn count_events(tx: &Read<'_>, filter: &EventFilter, most: usize) -> Result<usize> {
    store::count_events(tx, &filter.within(None), most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_found_in_the_ids_of_its_events() {
        let at = Timestamp::from_millis(1_767_225_600_000);
        assert_eq!(first_id_at(at), "019b76da-a800");
        assert!(first_id_at(at) < first_id_at(Timestamp::from_millis(1_767_225_600_001)));
    }

    #[test]
    fn a_prefix_ends_where_its_types_do() {
        assert_eq!(end_of("order."), "order/");
        assert!("order.zzz" < "order/" && "orders.a" > "order/");
    }
}
