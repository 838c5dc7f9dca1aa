//! What the rows must say whatever happened: each delivery is carried by its job, and what is counted
//! along is what counting would find.

use std::collections::BTreeMap;
use std::fmt::Debug;

use steading::kernel::events::DeliveryState::{
    self, Cancelled, Dead, Delivered, Discarded, Failing, Pending, Replayed, Waiting,
};
use steading::kernel::jobs::JobState;

use super::instance::{JobRow, Rows};
use crate::support::{Verdict, ensure};

pub fn same<T: PartialEq + Debug>(found: &T, expected: &T, what: impl FnOnce() -> String) -> Verdict {
    ensure(found == expected, || format!("{}: found {found:?}, expected {expected:?}", what()))
}

/// A delivery's state agrees with its job's: nothing is lost.
pub fn assert_carried(id: &str, state: DeliveryState, job: Option<&JobRow>) -> Verdict {
    let found = job.map(|job| job.state);
    let agrees = match state {
        Waiting => found.is_none(),
        Pending | Failing => found.is_some_and(|state| !state.is_over()),
        Delivered => matches!(found, None | Some(JobState::Done)),
        Dead | Discarded | Replayed => matches!(found, None | Some(JobState::Dead)),
        Cancelled => matches!(found, None | Some(JobState::Cancelled)),
    };
    ensure(agrees, || format!("{id} is {state}, its job is {job:?}"))
}

/// What is counted along says what counting would.
pub fn assert_counted(rows: &Rows) -> Verdict {
    let mut letters = BTreeMap::new();
    for delivery in rows.deliveries.values().filter(|one| one.state == Dead) {
        let print = delivery.fingerprint.clone().ok_or_else(|| format!("no fingerprint: {delivery:?}"))?;
        *letters.entry((delivery.tenant, print)).or_insert(0) += 1;
    }
    same(&rows.letters, &letters, || "dead letters by fingerprint".into())?;
    let mut counters = BTreeMap::new();
    for job in rows.jobs.values() {
        let (tenant, queue) = job.queue.clone();
        *counters.entry((tenant, queue, job.state.to_string())).or_insert(0) += 1;
    }
    same(&rows.counters, &counters, || "counters of jobs".into())?;
    for (id, event) in &rows.events {
        let count = |is: fn(DeliveryState) -> bool| {
            rows.deliveries.values().filter(|one| one.event == *id && is(one.state)).count() as i64
        };
        let (open, failing, dead) =
            (count(DeliveryState::is_open), count(|state| state == Failing), count(|state| state == Dead));
        same(&event.counts, &(open, failing, dead), || format!("what is open, failing and dead of {id}"))?;
        let status = match (open, failing, dead) {
            (_, _, 1..) => "dead",
            (_, 1.., _) => "failing",
            (1.., _, _) => "pending",
            _ => "delivered",
        };
        same(&&*event.status, &status, || format!("the status of {id}"))?;
    }
    Ok(())
}
