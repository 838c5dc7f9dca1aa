//! Leases: the jobs that workers outside hold, and until when. In memory, so that an idle server
//! asks no table whether one ran out; at the start they are read from the rows.
//!
//! A lease runs by the time that passes: setting the system's clock takes no job away.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use super::board::RunKey;
use super::lanes::LaneKey;
use super::model::QueueName;
use crate::base::Timestamp;
use crate::base::db::TenantNo;

/// The end of a lease: as the row has it, and by the time that passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Until {
    pub at: Timestamp,
    pub deadline: Duration,
}

#[derive(Debug, Clone)]
struct Held {
    lease: i64,
    queue: QueueName,
    until: Until,
}

#[derive(Debug, Default)]
pub(super) struct Leases {
    held: HashMap<RunKey, Held>,
    order: BTreeSet<(Duration, RunKey)>,
}

impl Leases {
    /// The lane of an older lease of the same job, which is over with this one.
    pub(super) fn begin(
        &mut self,
        key: RunKey,
        lease: i64,
        queue: QueueName,
        until: Until,
    ) -> Option<LaneKey> {
        let old = self.held.insert(key, Held { lease, queue, until });
        if let Some(old) = &old {
            self.order.remove(&(old.until.deadline, key));
        }
        self.order.insert((until.deadline, key));
        old.map(|old| (key.0, old.queue))
    }

    /// It goes on until then.
    pub(super) fn extend(&mut self, key: RunKey, lease: i64, until: Until) {
        if let Some(held) = self.held.get_mut(&key).filter(|held| held.lease == lease) {
            self.order.remove(&(held.until.deadline, key));
            self.order.insert((until.deadline, key));
            held.until = until;
        }
    }

    /// It is over; the lane that it ran in, when that is news.
    pub(super) fn end(&mut self, key: RunKey, lease: i64) -> Option<LaneKey> {
        self.held.get(&key).filter(|held| held.lease == lease)?;
        let held = self.held.remove(&key)?;
        self.order.remove(&(held.until.deadline, key));
        Some((key.0, held.queue))
    }

    pub(super) fn has_run_out(&self, key: RunKey, lease: i64, passed: Duration) -> bool {
        self.held.get(&key).is_some_and(|held| held.lease == lease && held.until.deadline <= passed)
    }

    /// How much of it is left.
    pub(super) fn left(&self, key: RunKey, lease: i64, passed: Duration) -> Duration {
        let held = self.held.get(&key).filter(|held| held.lease == lease);
        held.map_or(Duration::ZERO, |held| held.until.deadline.saturating_sub(passed))
    }

    /// Those that have run out, the longest ago first: whose, which, and until when by the row.
    pub(super) fn run_out(&self, passed: Duration, most: usize) -> Vec<(RunKey, i64, Timestamp)> {
        let over = self.order.iter().take_while(|(deadline, _)| *deadline <= passed).take(most);
        let told = over.map(|(_, key)| (*key, &self.held[key]));
        told.map(|(key, held)| (key, held.lease, held.until.at)).collect()
    }

    pub(super) fn count(&self) -> usize {
        self.held.len()
    }

    /// When the next one runs out.
    pub(super) fn next(&self) -> Option<Duration> {
        self.order.first().map(|(deadline, _)| *deadline)
    }

    /// Forgets tenants that are gone.
    pub(super) fn forget_all_but(&mut self, known: &HashSet<TenantNo>) {
        self.held.retain(|key, _| known.contains(&key.0));
        self.order.retain(|(_, key)| known.contains(&key.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Id;
    use crate::base::db::{Column, Stored};

    const NOW: Until = until(1_000);
    const LATER: Until = until(2_000);

    const fn until(millis: u64) -> Until {
        Until { at: Timestamp::from_millis(millis.cast_signed()), deadline: Duration::from_millis(millis) }
    }

    fn key() -> RunKey {
        (TenantNo::read(Stored::Int(2)).expect("a number"), Id::fresh())
    }

    #[test]
    fn a_lease_runs_out_when_nobody_extends_it() {
        let (mut leases, key, queue) = (Leases::default(), key(), QueueName::of("q"));
        leases.begin(key, 1, queue, NOW);
        assert_eq!(leases.run_out(NOW.deadline, 9), [(key, 1, NOW.at)]);
        leases.extend(key, 1, LATER);
        assert_eq!((leases.run_out(NOW.deadline, 9), leases.next()), (Vec::new(), Some(LATER.deadline)));
        leases.extend(key, 0, NOW);
        assert_eq!(leases.next(), Some(LATER.deadline), "an old lease extends nothing");
    }

    #[test]
    fn what_is_left_of_a_lease_is_told_by_the_time_that_passes() {
        let (mut leases, key) = (Leases::default(), key());
        leases.begin(key, 1, QueueName::of("q"), LATER);
        assert_eq!(leases.left(key, 1, NOW.deadline), LATER.deadline - NOW.deadline);
        assert_eq!(leases.left(key, 2, NOW.deadline), Duration::ZERO);
        assert_eq!(leases.left(key, 1, LATER.deadline + NOW.deadline), Duration::ZERO);
    }

    #[test]
    fn a_lease_ends_once_and_an_old_one_ends_nothing() {
        let (mut leases, key, queue) = (Leases::default(), key(), QueueName::of("q"));
        leases.begin(key, 1, queue.clone(), NOW);
        assert!(leases.begin(key, 2, queue, LATER).is_some(), "the first is over with the second");
        assert_eq!(leases.end(key, 1), None);
        assert!(leases.end(key, 2).is_some());
        assert_eq!((leases.end(key, 2), leases.next()), (None, None));
    }
}
