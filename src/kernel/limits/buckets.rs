//! Buckets: how much each of very many has asked for lately, in bounded memory.
//!
//! A bucket is one number: the moment at which it will be full again. Whoever takes something moves it on by a
//! pause, and may not when that would empty the bucket. A full bucket need not be remembered. When there is no
//! room for another, the fullest is forgotten, so whoever asks most is remembered longest.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::base::config::PerSecond;

const SHARDS: usize = 64;

/// Buckets that are remembered in each shard: 65,536 in all, in about two megabytes.
const MOST_IN_A_SHARD: usize = 1_024;

/// So many a second, and so many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    pub per_second: PerSecond,
    pub at_once: u64,
    /// Microseconds.
    pause: u64,
}

impl Rate {
    /// Nothing for a rate of 0, which is no limit.
    pub(super) fn new(per_second: PerSecond, burst: Duration) -> Option<Self> {
        let pause = 1_000_000_u64.checked_div(per_second.into())?;
        let at_once = u64::from(per_second) * burst.as_secs().max(1);
        Some(Self { per_second, at_once, pause })
    }

    /// The time in which an empty bucket fills, in microseconds.
    fn depth(self) -> u64 {
        self.pause * self.at_once
    }
}

/// What is left in a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    pub left: u64,
    pub full_in: Duration,
}

/// The bucket is empty; there is something in it again after this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Empty(pub Duration);

pub(super) struct Buckets {
    shards: Vec<Mutex<Shard>>,
    /// Nobody outside can choose names that fall on one another.
    seed: RandomState,
}

type Shard = HashMap<u64, u64, BuildHasherDefault<AsItIs>>;

impl Default for Buckets {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect(), seed: RandomState::new() }
    }
}

impl Buckets {
    /// Takes one out of the bucket of this name.
    pub(super) fn take(&self, name: &impl Hash, rate: Rate, passed: Duration) -> Result<Level, Empty> {
        let now = u64::try_from(passed.as_micros()).unwrap_or(u64::MAX / 2);
        let key = self.seed.hash_one(name);
        let shard = &self.shards[(key >> 32) as usize % SHARDS];
        let mut buckets = shard.lock().unwrap_or_else(PoisonError::into_inner);
        // What lies farther away than a whole bucket is from before the clock was turned back, or the limit changed.
        let known = buckets.get(&key).copied().filter(|full_at| (now..=now + rate.depth()).contains(full_at));
        let full_at = known.unwrap_or(now) + rate.pause;
        if let Some(too_much) = full_at.checked_sub(now + rate.depth()).filter(|excess| *excess > 0) {
            return Err(Empty(Duration::from_micros(too_much)));
        }
        if buckets.len() >= MOST_IN_A_SHARD && !buckets.contains_key(&key) {
            make_room(&mut buckets, now);
        }
        buckets.insert(key, full_at);
        let owed = full_at - now;
        Ok(Level { left: (rate.depth() - owed) / rate.pause.max(1), full_in: Duration::from_micros(owed) })
    }

    /// Buckets that are remembered.
    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner).len()).sum()
    }
}

fn make_room(buckets: &mut Shard, now: u64) {
    buckets.retain(|_, full_at| *full_at > now);
    if buckets.len() < MOST_IN_A_SHARD {
        return;
    }
    if let Some(fullest) = buckets.iter().min_by_key(|(_, full_at)| **full_at).map(|(key, _)| *key) {
        buckets.remove(&fullest);
    }
}

/// The keys are hashes.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::from_secs(1_767_225_600);

    fn rate(per_second: PerSecond, seconds: u64) -> Rate {
        Rate::new(per_second, Duration::from_secs(seconds)).expect("a limit")
    }

    #[test]
    fn so_many_come_at_once_and_then_one_after_each_pause() {
        let (buckets, rate) = (Buckets::default(), rate(10, 2));
        for left in (0..20).rev() {
            assert_eq!(buckets.take(&"ada", rate, START).expect("there is some").left, left);
        }
        assert_eq!(buckets.take(&"ada", rate, START), Err(Empty(Duration::from_millis(100))));
        assert!(buckets.take(&"bob", rate, START).is_ok());
        let later = START + Duration::from_millis(100);
        assert_eq!(buckets.take(&"ada", rate, later).map(|level| level.left), Ok(0));
        assert!(buckets.take(&"ada", rate, later).is_err());
        let level = buckets.take(&"ada", rate, START + Duration::from_secs(60)).expect("it is full again");
        assert_eq!(level, Level { left: 19, full_in: Duration::from_millis(100) });
    }

    #[test]
    fn who_is_refused_pays_nothing_for_it() {
        let (buckets, rate) = (Buckets::default(), rate(1, 1));
        assert!(buckets.take(&"ada", rate, START).is_ok());
        for _ in 0..1_000 {
            assert!(buckets.take(&"ada", rate, START).is_err());
        }
        assert!(buckets.take(&"ada", rate, START + Duration::from_secs(1)).is_ok());
    }

    #[test]
    fn a_clock_that_goes_back_locks_nobody_out_for_long() {
        let (buckets, rate) = (Buckets::default(), rate(10, 2));
        while buckets.take(&"ada", rate, START + Duration::from_hours(24)).is_ok() {}
        assert_eq!(buckets.take(&"ada", rate, START).map(|level| level.left), Ok(19));
    }

    #[test]
    fn memory_is_bounded_and_who_asks_most_is_remembered_longest() {
        let (buckets, rate) = (Buckets::default(), rate(1, 100));
        while buckets.take(&"greedy", rate, START).is_ok() {}
        for number in 0..(SHARDS * MOST_IN_A_SHARD * 5 / 4) {
            buckets.take(&number, rate, START).expect("each asks once");
        }
        assert!(buckets.len() <= SHARDS * MOST_IN_A_SHARD, "{}", buckets.len());
        assert!(buckets.take(&"greedy", rate, START).is_err(), "it was forgotten");
    }

    #[test]
    fn no_rate_is_no_limit() {
        assert_eq!(Rate::new(0, Duration::from_secs(10)), None);
    }
}
