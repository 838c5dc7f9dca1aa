//! How much is published and how deliveries go, minute by minute: counted in memory, written every
//! few seconds. A crash loses what was counted since; the rows of events and deliveries do not.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use schemars::JsonSchema;
use serde::Serialize;

use super::model::DeliveryState;
use super::store::{self, Sums};
use crate::base::db::TenantNo;
use crate::base::{Result, Timestamp};
use crate::kernel::{Kernel, Who};

/// Up to how many milliseconds each bucket goes; the last has no end.
pub(super) const BOUNDS: [f64; 15] =
    [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1e3, 2e3, 5e3, 1e4, 3e4, 6e4];
pub(super) const BUCKETS: usize = BOUNDS.len() + 1;

/// Counters that memory holds between two flushes; what goes beyond is counted together.
const MOST_CELLS: usize = 10_000;
const OTHERS: &str = "other.types";

/// Counters that one write flushes.
const A_PIECE: usize = 500;

pub(super) const MINUTE: i64 = 60_000;

/// A minute of a type; the handler is empty for what was published.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub tenant: TenantNo,
    pub minute: i64,
    pub event_type: String,
    pub handler: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Cell {
    pub published: i64,
    pub delivered: i64,
    pub failed: i64,
    pub dead: i64,
    pub times: [i64; BUCKETS],
}

impl Cell {
    pub(super) fn add(&mut self, other: &Self) {
        self.published += other.published;
        self.delivered += other.delivered;
        self.failed += other.failed;
        self.dead += other.dead;
        self.times.iter_mut().zip(other.times).for_each(|(sum, more)| *sum += more);
    }
}

#[derive(Default)]
pub(super) struct Meters {
    cells: Mutex<BTreeMap<Place, Cell>>,
    totals: Mutex<Totals>,
}

/// What happened since the start, in all tenants.
#[derive(Debug, Clone, Copy, Default)]
pub struct Totals {
    pub published: i64,
    /// Attempts.
    pub delivered: i64,
    pub failed: i64,
    /// Deliveries.
    pub dead: i64,
}

impl Meters {
    pub(super) fn cells(&self) -> MutexGuard<'_, BTreeMap<Place, Cell>> {
        self.cells.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn totals(&self) -> Totals {
        *self.totals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, tenant: TenantNo, event_type: &str, handler: &str, more: &Cell, now: Timestamp) {
        let mut cells = self.cells();
        let event_type = if cells.len() < MOST_CELLS { event_type } else { OTHERS };
        let place = Place {
            tenant,
            minute: now.millis().div_euclid(MINUTE),
            event_type: event_type.into(),
            handler: handler.into(),
        };
        cells.entry(place).or_default().add(more);
        let mut totals = self.totals.lock().unwrap_or_else(PoisonError::into_inner);
        totals.published += more.published;
        totals.delivered += more.delivered;
        totals.failed += more.failed;
        totals.dead += more.dead;
    }

    pub(super) fn published(&self, tenant: TenantNo, event_type: &str, now: Timestamp) {
        self.add(tenant, event_type, "", &Cell { published: 1, ..Cell::default() }, now);
    }

    /// An attempt of a handler ended, and its delivery is now in this state.
    pub(super) fn attempted(
        &self,
        tenant: TenantNo,
        (event_type, handler): (&str, &str),
        millis: i64,
        has_failed: bool,
        state: DeliveryState,
        now: Timestamp,
    ) {
        let mut cell = Cell {
            delivered: i64::from(state == DeliveryState::Delivered),
            failed: i64::from(has_failed),
            dead: i64::from(state == DeliveryState::Dead),
            ..Cell::default()
        };
        cell.times[bucket(millis as f64)] = 1;
        self.add(tenant, event_type, handler, &cell, now);
    }
}

fn bucket(millis: f64) -> usize {
    BOUNDS.partition_point(|bound| *bound < millis)
}

/// The time within which this share of attempts ended, between the bounds of its bucket.
pub(super) fn quantile(times: &[i64; BUCKETS], share: f64) -> Option<f64> {
    let all: i64 = times.iter().sum();
    let mut left = all as f64 * share;
    for (place, count) in times.iter().enumerate().filter(|(_, count)| **count > 0) {
        let count = *count as f64;
        if left <= count {
            let low = if place == 0 { 0.0 } else { BOUNDS[place - 1] };
            let high = BOUNDS.get(place).copied().unwrap_or(low * 2.0);
            return Some(((low + (high - low) * left / count) * 10.0).round() / 10.0);
        }
        left -= count;
    }
    None
}

/// What happened to a type, or to a type at a handler, in a span of time.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Metric {
    #[serde(rename = "type")]
    pub event_type: String,
    /// Null for what was published.
    pub handler: Option<String>,
    pub published: i64,
    pub delivered: i64,
    /// Attempts.
    pub failed: i64,
    /// Deliveries that became dead letters.
    pub dead: i64,
    /// How long attempts ran; near it, as times are counted in steps.
    pub p50_millis: Option<f64>,
    pub p95_millis: Option<f64>,
    /// What was published, or delivered by the handler.
    pub per_minute: f64,
}

/// The metrics of a tenant from one minute to another, what is not written yet included.
pub async fn read_metrics(
    kernel: &Kernel,
    who: &Who,
    since: Timestamp,
    until: Timestamp,
) -> Result<Vec<Metric>> {
    let (sums, minutes) = sum(kernel, who, since, until).await?;
    Ok(sums
        .into_iter()
        .map(|((event_type, handler), cell)| Metric::of(event_type, handler, &cell, minutes))
        .collect())
}

/// Sums by type and handler, and how many minutes they are of.
async fn sum(kernel: &Kernel, who: &Who, since: Timestamp, until: Timestamp) -> Result<(Sums, f64)> {
    let minute = |at: Timestamp| at.millis().div_euclid(MINUTE);
    let (first, last) = (minute(since), minute(until) + 1);
    let mut sums = kernel.db.read(who, move |tx| store::sum_by_handler(tx, first, last)).await?;
    for (place, cell) in kernel.events.meters().cells().iter() {
        if place.tenant == who.tenant.number && (first..last).contains(&place.minute) {
            sums.entry((place.event_type.clone(), place.handler.clone())).or_default().add(cell);
        }
    }
    Ok((sums, (last - first).max(1) as f64))
}

/// The same for each handler, all types together.
pub async fn read_handler_metrics(
    kernel: &Kernel,
    who: &Who,
    since: Timestamp,
    until: Timestamp,
) -> Result<Vec<Metric>> {
    let (sums, minutes) = sum(kernel, who, since, until).await?;
    let mut by_handler: BTreeMap<String, Cell> = BTreeMap::new();
    for ((_, handler), cell) in sums.into_iter().filter(|((_, handler), _)| !handler.is_empty()) {
        by_handler.entry(handler).or_default().add(&cell);
    }
    let all = by_handler.into_iter();
    Ok(all.map(|(handler, cell)| Metric::of("*".into(), handler, &cell, minutes)).collect())
}

impl Metric {
    fn of(event_type: String, handler: String, cell: &Cell, minutes: f64) -> Self {
        let counted = if handler.is_empty() { cell.published } else { cell.delivered };
        Self {
            event_type,
            handler: (!handler.is_empty()).then_some(handler),
            published: cell.published,
            delivered: cell.delivered,
            failed: cell.failed,
            dead: cell.dead,
            p50_millis: quantile(&cell.times, 0.5),
            p95_millis: quantile(&cell.times, 0.95),
            per_minute: (counted as f64 / minutes * 1000.0).round() / 1000.0,
        }
    }
}

/// Writes what was counted. What can't be written is counted on, but for tenants that are gone: they have no place for it.
pub async fn flush_metrics(kernel: &Kernel) -> Result<usize> {
    let mut all: Vec<(Place, Cell)> =
        std::mem::take(&mut *kernel.events.meters().cells()).into_iter().collect();
    all.retain(|(place, _)| kernel.tenants.find_by_number(place.tenant).is_some());
    let mut flushed = 0;
    for piece in all.chunks(A_PIECE) {
        let cells = piece.to_vec();
        let written = kernel
            .db
            .system()
            .write(move |tx| cells.iter().try_for_each(|(place, cell)| store::put_minute(tx, place, cell)))
            .await;
        if let Err(error) = written {
            let mut cells = kernel.events.meters().cells();
            for (place, cell) in &all[flushed..] {
                cells.entry(place.clone()).or_default().add(cell);
            }
            return Err(error);
        }
        flushed += piece.len();
    }
    Ok(flushed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_falls_into_the_bucket_that_ends_at_or_after_it() {
        assert_eq!([0.0, 1.0, 1.5, 60_000.0, 60_001.0].map(bucket), [0, 0, 1, 14, 15]);
    }

    #[test]
    fn a_quantile_lies_between_the_bounds_of_its_bucket() {
        let mut times = [0; BUCKETS];
        assert_eq!(quantile(&times, 0.5), None);
        times[3] = 100;
        assert_eq!((quantile(&times, 0.5), quantile(&times, 1.0)), (Some(7.5), Some(10.0)));
        times[9] = 10;
        assert_eq!(quantile(&times, 0.95), Some(725.0));
    }
}
