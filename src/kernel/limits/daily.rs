//! What a tenant makes in a day (UTC): events and jobs, counted in memory in the transactions that make them.
//!
//! What is counted is written ahead, a piece at a time and in those same transactions: the row says a little more
//! than was used. So a crash forgets nothing that was made, and hardly any write is needed. Whoever stops in order
//! writes the exact number.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::store;
use crate::base::db::{SystemRead, SystemWrite, TenantNo};
use crate::base::{Result, Timestamp};

/// Days since 1970, in UTC.
pub(super) type Day = i64;

const A_DAY: i64 = 24 * 60 * 60 * 1_000;

/// How long it is remembered what was used.
const REMEMBERED: Day = 32;

/// What is written ahead of what was counted: a hundredth of the limit, within these bounds.
const AHEAD: std::ops::RangeInclusive<u64> = 10..=2_000;

/// What is counted by the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Daily {
    Events,
    Jobs,
}

impl Daily {
    pub const ALL: [Self; 2] = [Self::Events, Self::Jobs];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Jobs => "jobs",
        }
    }
}

pub(super) fn day_of(now: Timestamp) -> Day {
    now.millis().div_euclid(A_DAY)
}

/// When the day after this moment begins.
pub(super) fn next_day(now: Timestamp) -> Timestamp {
    Timestamp::from_millis((day_of(now) + 1) * A_DAY)
}

pub(super) fn until_next_day(now: Timestamp) -> Duration {
    Duration::from_millis((next_day(now).millis() - now.millis()).unsigned_abs())
}

/// One tenant's count of one thing on one day.
#[derive(Debug, Clone, Copy)]
struct Count {
    day: Day,
    /// With what is being written at this moment.
    used: u64,
    /// What the row says, or will when what is being written is on disk.
    written: u64,
}

type Counts = HashMap<(TenantNo, Daily), Count>;

/// Every tenant's counts of this day. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Days(Arc<Mutex<Counts>>);

/// More was asked for than is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UsedUp;

impl Days {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts so many as made in this write, unless that would be more than the limit. When the write fails they
    /// are not counted.
    pub(super) fn count(
        &self,
        tx: &SystemWrite<'_>,
        (tenant, what): (TenantNo, Daily),
        made: u64,
        limit: Option<u64>,
        now: Timestamp,
    ) -> Result<Result<(), UsedUp>> {
        if made == 0 {
            return Ok(Ok(()));
        }
        let day = day_of(now);
        let mut counts = self.counts();
        let count = match counts.get(&(tenant, what)).filter(|count| count.day == day) {
            Some(count) => *count,
            None => {
                let used = store::find_usage(tx, tenant, day, what)?.unwrap_or_default();
                Count { day, used, written: used }
            }
        };
        let used = count.used.saturating_add(made);
        if limit.is_some_and(|limit| used > limit) {
            counts.insert((tenant, what), count);
            return Ok(Err(UsedUp));
        }
        let mut written = count.written;
        if used > written {
            if written == 0 {
                store::forget_usage(tx, tenant, day - REMEMBERED)?;
            }
            written =
                used + limit.map_or(*AHEAD.end(), |limit| (limit / 100).clamp(*AHEAD.start(), *AHEAD.end()));
            store::put_usage(tx, tenant, day, what, written)?;
        }
        counts.insert((tenant, what), Count { day, used, written });
        let counted = Counted { days: self.clone(), tenant, what, day, made, written: count.written };
        tx.after_commit(move || counted.keep());
        Ok(Ok(()))
    }

    /// What was used on this day, as far as memory or else the row knows.
    pub(super) fn used(
        &self,
        tx: &SystemRead<'_>,
        tenant: TenantNo,
        what: Daily,
        now: Timestamp,
    ) -> Result<u64> {
        let day = day_of(now);
        match self.used_in_memory(tenant, what, day) {
            Some(used) => Ok(used),
            None => Ok(store::find_usage(tx, tenant, day, what)?.unwrap_or_default()),
        }
    }

    pub(super) fn used_in_memory(&self, tenant: TenantNo, what: Daily, day: Day) -> Option<u64> {
        self.counts().get(&(tenant, what)).filter(|count| count.day == day).map(|count| count.used)
    }

    /// Writes what was used and not what was counted ahead.
    pub(super) fn settle(&self, tx: &SystemWrite<'_>, is_there: impl Fn(TenantNo) -> bool) -> Result<()> {
        let mut counts = self.counts();
        for ((tenant, what), count) in counts.iter_mut().filter(|(_, count)| count.used != count.written) {
            if is_there(*tenant) {
                store::put_usage(tx, *tenant, count.day, *what, count.used)?;
                count.written = count.used;
            }
        }
        Ok(())
    }

    /// Forgets tenants that are gone.
    pub(super) fn forget_all_but(&self, is_there: impl Fn(TenantNo) -> bool) {
        self.counts().retain(|(tenant, _), _| is_there(*tenant));
    }
}

/// What a write counts, until it is known whether the write is on disk.
struct Counted {
    days: Days,
    tenant: TenantNo,
    what: Daily,
    day: Day,
    made: u64,
    /// What the row said before.
    written: u64,
}

impl Counted {
    fn keep(mut self) {
        self.made = 0;
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if self.made == 0 {
            return;
        }
        let mut counts = self.days.counts();
        let count = counts.get_mut(&(self.tenant, self.what)).filter(|count| count.day == self.day);
        if let Some(count) = count {
            count.used = count.used.saturating_sub(self.made);
            // What was written ahead may be undone too; the next write does it again.
            count.written = count.written.min(self.written);
        }
    }
}
