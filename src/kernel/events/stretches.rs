//! How one handler did in the course of a span of time: the same figures as `metrics`, in stretches of
//! equal length, those in which nothing happened among them.

use schemars::JsonSchema;
use serde::Serialize;

use super::metrics::{Cell, MINUTE, quantile};
use super::model::Subscription;
use super::store;
use crate::base::{Error, Id, Result, Timestamp};
use crate::kernel::{Kernel, Who};

/// Stretches that a span is cut into.
const STRETCHES: i64 = 48;

/// What happened at a handler in a stretch of time.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stretch {
    /// When it begins.
    pub at: Timestamp,
    pub delivered: i64,
    /// Attempts.
    pub failed: i64,
    /// Deliveries that became dead letters.
    pub dead: i64,
    pub p50_millis: Option<f64>,
    pub p95_millis: Option<f64>,
}

/// A handler's figures from one minute to another, the oldest first; what is not written yet included.
pub async fn read_stretches(
    kernel: &Kernel,
    who: &Who,
    id: Id<Subscription>,
    since: Timestamp,
    until: Timestamp,
) -> Result<Vec<Stretch>> {
    let minute = |at: Timestamp| at.millis().div_euclid(MINUTE);
    let (first, last) = (minute(since), minute(until) + 1);
    let minutes = (last - first + STRETCHES - 1) / STRETCHES;
    let (handler, sums) = kernel
        .db
        .read(who, move |tx| {
            let one = store::find_subscription(tx, id)?.ok_or_else(|| Error::not_found("subscription"))?;
            let sums = store::sum_stretches(tx, &one.name, (first, last), minutes)?;
            Ok((one.name, sums))
        })
        .await?;
    let mut cells =
        vec![Cell::default(); usize::try_from((last - first + minutes - 1) / minutes).unwrap_or(0)];
    let mut add = |stretch: i64, cell: &Cell| {
        if let Some(sum) = usize::try_from(stretch).ok().and_then(|place| cells.get_mut(place)) {
            sum.add(cell);
        }
    };
    for (stretch, cell) in &sums {
        add(*stretch, cell);
    }
    for (place, cell) in kernel.events.meters().cells().iter() {
        if place.tenant == who.tenant.number && place.handler == handler && place.minute < last {
            add((place.minute - first).div_euclid(minutes), cell);
        }
    }
    let begin = |place: usize| Timestamp::from_millis((first + place as i64 * minutes) * MINUTE);
    let all = cells.iter().enumerate();
    Ok(all.map(|(place, cell)| Stretch::of(begin(place), cell)).collect())
}

impl Stretch {
    fn of(at: Timestamp, cell: &Cell) -> Self {
        Self {
            at,
            delivered: cell.delivered,
            failed: cell.failed,
            dead: cell.dead,
            p50_millis: quantile(&cell.times, 0.5),
            p95_millis: quantile(&cell.times, 0.95),
        }
    }
}
