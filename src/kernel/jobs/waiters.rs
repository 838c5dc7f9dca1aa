//! Waiters: the claims of workers outside for which there was no job yet. A lane that gets one
//! wakes one of them, and that one wakes the next when more is left, so a job does not make a crowd
//! ask the file.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use tokio::sync::Notify;

use super::lanes::LaneKey;
use super::model::QueueName;
use crate::base::db::TenantNo;

/// Claims that may wait, in all and of one tenant.
const MOST: usize = 1_000;
const MOST_OF_TENANT: usize = 100;

/// A lane that a claim asks, and the last news of it that held nothing of the claim's kinds.
pub(super) type Asked = (LaneKey, u64);

pub(super) type WaiterId = u64;

#[derive(Debug)]
struct Waiter {
    id: WaiterId,
    lanes: Vec<Asked>,
    bell: Arc<Notify>,
    is_woken: bool,
}

#[derive(Debug, Default)]
pub(super) struct Waiters {
    by_tenant: HashMap<TenantNo, VecDeque<Waiter>>,
    count: usize,
    last: WaiterId,
}

impl Waiters {
    /// Waits in line, unless too many do.
    pub(super) fn join(&mut self, tenant: TenantNo, lanes: Vec<Asked>) -> Option<(WaiterId, Arc<Notify>)> {
        let of_tenant = self.by_tenant.entry(tenant).or_default();
        if self.count >= MOST || of_tenant.len() >= MOST_OF_TENANT {
            return None;
        }
        self.count += 1;
        self.last += 1;
        let bell = Arc::new(Notify::new());
        of_tenant.push_back(Waiter { id: self.last, lanes, bell: Arc::clone(&bell), is_woken: false });
        Some((self.last, bell))
    }

    /// Leaves the line; the lanes that it was woken for and did not ask, when that is so.
    pub(super) fn leave(&mut self, tenant: TenantNo, id: WaiterId) -> Vec<Asked> {
        let Some(of_tenant) = self.by_tenant.get_mut(&tenant) else { return Vec::new() };
        let place = of_tenant.iter().position(|waiter| waiter.id == id);
        let Some(waiter) = place.and_then(|place| of_tenant.remove(place)) else { return Vec::new() };
        self.count -= 1;
        if of_tenant.is_empty() {
            self.by_tenant.remove(&tenant);
        }
        if waiter.is_woken { waiter.lanes } else { Vec::new() }
    }

    /// Wakes the one that has waited longest for this lane.
    pub(super) fn wake(&mut self, lane: &LaneKey, rung: u64) {
        let Some(of_tenant) = self.by_tenant.get_mut(&lane.0) else { return };
        let wants = |waiter: &&mut Waiter| {
            !waiter.is_woken && waiter.lanes.iter().any(|(asked, seen)| asked == lane && *seen < rung)
        };
        if let Some(waiter) = of_tenant.iter_mut().find(wants) {
            waiter.is_woken = true;
            waiter.bell.notify_one();
        }
    }

    /// The lanes that are waited for in a tenant.
    pub(super) fn lanes_of(&self, tenant: TenantNo) -> HashSet<LaneKey> {
        let waiting = self.by_tenant.get(&tenant).into_iter().flatten().filter(|waiter| !waiter.is_woken);
        waiting.flat_map(|waiter| waiter.lanes.iter().map(|(lane, _)| lane.clone())).collect()
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Whether somebody waits for jobs of this queue.
    pub(super) fn wait_for(&self, tenant: TenantNo, queue: &QueueName) -> bool {
        let of_tenant = self.by_tenant.get(&tenant);
        of_tenant.into_iter().flatten().any(|waiter| waiter.lanes.iter().any(|((_, name), _)| name == queue))
    }

    /// Forgets tenants that are gone; who waits there finds out when his time is over.
    pub(super) fn forget_all_but(&mut self, known: &HashSet<TenantNo>) {
        self.by_tenant.retain(|tenant, _| known.contains(tenant));
        self.count = self.by_tenant.values().map(VecDeque::len).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::{Column, Stored};

    fn lane(tenant: i64, queue: &'static str) -> LaneKey {
        (TenantNo::read(Stored::Int(tenant)).expect("a number"), QueueName::of(queue))
    }

    fn woken(waiters: &Waiters) -> Vec<WaiterId> {
        let all = waiters.by_tenant.values().flatten();
        let mut woken: Vec<WaiterId> = all.filter(|waiter| waiter.is_woken).map(|waiter| waiter.id).collect();
        woken.sort_unstable();
        woken
    }

    #[test]
    fn one_wakes_at_a_time_in_the_order_in_which_they_came() {
        let (mut waiters, a) = (Waiters::default(), lane(2, "a"));
        for _ in 0..3 {
            waiters.join(a.0, vec![(a.clone(), 0)]).expect("there is room");
        }
        waiters.wake(&a, 1);
        assert_eq!(woken(&waiters), [1]);
        waiters.wake(&a, 2);
        assert_eq!(woken(&waiters), [1, 2]);
    }

    #[test]
    fn nobody_wakes_for_what_he_does_not_want_or_has_seen() {
        let (mut waiters, a) = (Waiters::default(), lane(2, "a"));
        waiters.join(a.0, vec![(a.clone(), 5)]).expect("there is room");
        waiters.wake(&lane(2, "b"), 9);
        waiters.wake(&lane(3, "a"), 9);
        waiters.wake(&a, 5);
        assert!(woken(&waiters).is_empty());
        waiters.wake(&a, 6);
        assert_eq!(woken(&waiters), [1]);
    }

    #[test]
    fn who_leaves_after_he_was_woken_says_for_what() {
        let (mut waiters, a) = (Waiters::default(), lane(2, "a"));
        let (first, _) = waiters.join(a.0, vec![(a.clone(), 0)]).expect("there is room");
        waiters.wake(&a, 1);
        assert_eq!(waiters.leave(a.0, first), [(a.clone(), 0)]);
        assert_eq!((waiters.leave(a.0, first), waiters.count), (Vec::new(), 0));
    }

    #[test]
    fn a_tenant_can_not_take_every_place() {
        let (mut waiters, a, b) = (Waiters::default(), lane(2, "a"), lane(3, "a"));
        for _ in 0..MOST_OF_TENANT {
            waiters.join(a.0, vec![(a.clone(), 0)]).expect("there is room");
        }
        assert!(waiters.join(a.0, Vec::new()).is_none());
        assert!(waiters.join(b.0, Vec::new()).is_some());
    }
}
