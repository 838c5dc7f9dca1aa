//! What tenants store: weighed now and then, since counting it along would cost every write. In between, what a
//! tenant writes is guessed from what it sends, so that nobody outgrows his limit by much before the next weighing.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::base::db::{Scales, TenantNo};
use crate::base::{Result, Timestamp};
use crate::kernel::Kernel;

/// How often everybody is weighed, when anything was written.
const EVERY: Duration = Duration::from_mins(5);

/// Weighing takes this part of a reader's time at most.
const PART_OF_THE_TIME: u32 = 100;

/// What a request leaves in the file beside what it brings: rows have keys, indexes, and others that follow them.
const GROWTH: u64 = 2;
const GROWTH_OF_EACH: u64 = 1_024;

/// What a tenant stored when it was weighed, and what it may have added since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    pub bytes: u64,
    pub weighed_at: Timestamp,
    pub(super) guessed: u64,
}

impl Stored {
    pub(super) fn may_be(self) -> u64 {
        self.bytes.saturating_add(self.guessed)
    }
}

#[derive(Default)]
pub(super) struct Stores {
    known: Mutex<HashMap<TenantNo, Stored>>,
    last: Mutex<Option<Weighing>>,
}

/// The last time that everybody was weighed.
#[derive(Clone, Copy)]
struct Weighing {
    began: Duration,
    took: Duration,
    /// Writes until then.
    writes: u64,
}

impl Stores {
    fn known(&self) -> MutexGuard<'_, HashMap<TenantNo, Stored>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn find(&self, tenant: TenantNo) -> Option<Stored> {
        self.known().get(&tenant).copied()
    }

    pub(super) fn note(&self, tenant: TenantNo, sent: u64) {
        if let Some(stored) = self.known().get_mut(&tenant) {
            let more = sent.saturating_mul(GROWTH).saturating_add(GROWTH_OF_EACH);
            stored.guessed = stored.guessed.saturating_add(more);
        }
    }

    fn put(&self, tenant: TenantNo, bytes: u64, weighed_at: Timestamp) {
        self.known().insert(tenant, Stored { bytes, weighed_at, guessed: 0 });
    }

    pub(super) fn forget_all_but(&self, is_there: impl Fn(TenantNo) -> bool) {
        self.known().retain(|tenant, _| is_there(*tenant));
    }

    /// Whether it is time to weigh everybody.
    fn is_due(&self, passed: Duration, writes: u64) -> bool {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let pause = |last: Weighing| EVERY.max(last.took * PART_OF_THE_TIME);
        last.is_none_or(|last| writes != last.writes && passed.abs_diff(last.began) >= pause(last))
    }

    fn weighed_all(&self, weighing: Weighing) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(weighing);
    }
}

/// Weighs everybody when that is due, and else those of whom it is not certain whether they are at their limit.
/// Says how many it weighed.
pub async fn weigh_once(kernel: &Kernel) -> Result<usize> {
    let stores = &kernel.limits.0.stores;
    let (passed, writes, began) = (kernel.clock.passed(), kernel.db.writer_figures().writes, Instant::now());
    let is_due = stores.is_due(passed, writes);
    let mut tenants = kernel.tenants.all();
    tenants.retain(|tenant| is_due || kernel.limits.is_in_doubt(tenant));
    if tenants.is_empty() {
        return Ok(0);
    }
    let scales = kernel.db.system().read(Scales::of).await?;
    for tenant in &tenants {
        let (number, scales) = (tenant.number, scales.clone());
        let bytes = kernel.db.system().read(move |tx| scales.weigh(tx, number)).await?;
        stores.put(number, bytes, kernel.clock.now());
    }
    if is_due {
        stores.weighed_all(Weighing { began: passed, took: began.elapsed(), writes });
    }
    Ok(tenants.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn everybody_is_weighed_now_and_then_and_only_when_something_was_written() {
        let stores = Stores::default();
        assert!(stores.is_due(HOUR, 0));
        stores.weighed_all(Weighing { began: HOUR, took: Duration::from_millis(1), writes: 7 });
        assert!(!stores.is_due(HOUR * 9, 7), "nothing was written");
        assert!(!stores.is_due(HOUR + EVERY / 2, 8), "it is too soon");
        assert!(stores.is_due(HOUR + EVERY, 8));
        assert!(stores.is_due(Duration::ZERO, 8), "the clock was turned back");
    }

    #[test]
    fn what_takes_long_is_done_seldom() {
        let stores = Stores::default();
        stores.weighed_all(Weighing { began: HOUR, took: Duration::from_secs(30), writes: 7 });
        assert!(!stores.is_due(HOUR + EVERY * 2, 8));
        assert!(stores.is_due(HOUR + HOUR, 8));
    }
}
