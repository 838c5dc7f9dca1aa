//! Attempts to sign in: guessing gets slower with every failure, for the one who guesses.
//!
//! What is being tried counts as if it failed until it is known, so many at once try no more than one after another.
//!
//! Failures are counted for each address, and for each account from each address. An account as a
//! whole is slowed down only for addresses from which its owner never signed in, so that guessing
//! from everywhere does not lock the owner out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::base::db::TenantNo;
use crate::base::network::neighbourhood;
use crate::base::{Error, Kind, Result, Timestamp};

/// Failures that cost nothing: people mistype.
const FREE: [(Side, u32); 3] = [(Side::Pair, 5), (Side::Address, 30), (Side::Account, 30)];

const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// Failures are forgotten after this time without another.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(15 * 60);

/// Entries that are kept; when there are more, the forgotten ones go, and then the oldest.
const CAPACITY: usize = 20_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Side {
    /// This account from this address.
    Pair,
    Address,
    /// This account from addresses that it does not know.
    Account,
}

type Key = (Side, TenantNo, String, String);

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Timestamp,
    /// Attempts of which nobody knows yet how they end.
    undecided: u32,
}

#[derive(Clone, Default)]
pub(super) struct Attempts(Arc<Mutex<HashMap<Key, Failures>>>);

/// Whose password is tried, and from where: the sides that it counts for, and what is free on each.
#[derive(Debug, Clone)]
pub(super) struct Attempt(Vec<(Key, u32)>);

impl Attempt {
    /// `is_known_address` says whether the account signed in from this address before.
    pub fn new(tenant: TenantNo, email_key: &str, address: &str, is_known_address: bool) -> Self {
        // Who has one IPv6 address has many to guess from.
        let near = match address.parse() {
            Ok(address) => neighbourhood(address).to_string(),
            Err(_) => address.to_owned(),
        };
        let key = |side: Side| match side {
            Side::Pair => (side, tenant, email_key.to_owned(), near.clone()),
            Side::Address => (side, tenant, String::new(), near.clone()),
            Side::Account => (side, tenant, email_key.to_owned(), String::new()),
        };
        let counts = |side: Side| side != Side::Account || !is_known_address;
        Self(
            FREE.into_iter()
                .filter(|(side, _)| counts(*side))
                .map(|(side, free)| (key(side), free))
                .collect(),
        )
    }
}

impl Attempts {
    fn known(&self) -> MutexGuard<'_, HashMap<Key, Failures>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses an attempt that comes too soon after others that failed, before anything is done for it.
    pub fn may_try(&self, attempt: &Attempt, now: Timestamp) -> Result<()> {
        refuse_early(&self.known(), attempt, now)
    }

    /// The same, and begins it: to be called when nothing but the trying is left.
    pub fn begin(&self, attempt: Attempt, now: Timestamp) -> Result<Trial> {
        let mut known = self.known();
        refuse_early(&known, &attempt, now)?;
        if known.len() >= CAPACITY {
            make_room(&mut known, now);
        }
        for (key, _) in &attempt.0 {
            known.entry(key.clone()).or_insert(Failures { count: 0, last: now, undecided: 0 }).undecided += 1;
        }
        drop(known);
        Ok(Trial { attempts: self.clone(), attempt, now, end: End::Unknown })
    }
}

/// An attempt that was begun. It counts for nothing when it is dropped undecided.
pub(super) struct Trial {
    attempts: Attempts,
    attempt: Attempt,
    now: Timestamp,
    end: End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Unknown,
    Wrong,
    Right,
}

impl Trial {
    /// It failed, and counts.
    pub fn was_wrong(mut self) {
        self.end = End::Wrong;
    }

    /// What was mistyped from here before does not count any more.
    pub fn was_right(mut self) {
        self.end = End::Right;
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        let mut known = self.attempts.known();
        for (key, _) in &self.attempt.0 {
            let Some(failures) = known.get_mut(key) else { continue };
            failures.undecided = failures.undecided.saturating_sub(1);
            match self.end {
                End::Wrong => failures.add(self.now),
                End::Right if key.0 == Side::Pair => failures.count = 0,
                End::Right | End::Unknown => {}
            }
            if failures.count == 0 && failures.undecided == 0 {
                known.remove(key);
            }
        }
    }
}

impl Failures {
    fn add(&mut self, now: Timestamp) {
        if self.last + FORGOTTEN_AFTER < now {
            self.count = 0;
        }
        self.count = self.count.saturating_add(1);
        self.last = now;
    }
}

fn refuse_early(known: &HashMap<Key, Failures>, attempt: &Attempt, now: Timestamp) -> Result<()> {
    let wait = attempt.0.iter().filter_map(|(key, free)| wait_of(known.get(key)?, *free, now)).max();
    match wait {
        None => Ok(()),
        Some(wait) => Err(Error::new(
            Kind::RateLimited,
            format!("Too many attempts failed; try again in {} s.", wait.as_secs().max(1)),
        )
        .retry_in(wait)),
    }
}

/// How long this one has to wait yet: a second after the free ones, and twice as long each time. When the free ones
/// are used up, only one is tried at a time.
fn wait_of(failures: &Failures, free: u32, now: Timestamp) -> Option<Duration> {
    let is_forgotten = failures.last + FORGOTTEN_AFTER <= now;
    let failed = if is_forgotten { 0 } else { failures.count };
    if failures.undecided > 0 && failed.saturating_add(failures.undecided) >= free {
        return Some(Duration::from_secs(1));
    }
    let over = failed.checked_sub(free)?;
    let pause = Duration::from_secs(1 << over.min(9)).min(LONGEST_WAIT);
    let end = failures.last + pause;
    let left = end.millis().saturating_sub(now.millis());
    (left > 0).then(|| Duration::from_millis(left.unsigned_abs()).min(LONGEST_WAIT))
}

fn make_room(known: &mut HashMap<Key, Failures>, now: Timestamp) {
    known.retain(|_, failures| failures.undecided > 0 || failures.last + FORGOTTEN_AFTER > now);
    if known.len() >= CAPACITY {
        let mut ages: Vec<Timestamp> = known.values().map(|failures| failures.last).collect();
        ages.sort_unstable();
        let middle = ages[ages.len() / 2];
        known.retain(|_, failures| failures.undecided > 0 || failures.last > middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_000_000);

    fn attempt(email_key: &str, address: &str, known: bool) -> Attempt {
        Attempt::new(TenantNo::INSTANCE, email_key, address, known)
    }

    impl Attempts {
        /// One that was not refused in time.
        fn failed(&self, attempt: &Attempt, now: Timestamp) {
            let mut known = self.known();
            if known.len() >= CAPACITY {
                make_room(&mut known, now);
            }
            for (key, _) in &attempt.0 {
                known.entry(key.clone()).or_insert(Failures { count: 0, last: now, undecided: 0 }).add(now);
            }
        }
    }

    #[test]
    fn guessing_gets_slower_and_mistyping_does_not() {
        let attempts = Attempts::default();
        let guess = attempt("ada@example.org", "10.0.0.1", false);
        for _ in 0..4 {
            attempts.failed(&guess, START);
        }
        assert!(attempts.may_try(&guess, START).is_ok());
        attempts.failed(&guess, START);
        assert_eq!(
            attempts.may_try(&guess, START).expect_err("too soon").retry_after(),
            Some(Duration::from_secs(1))
        );
        attempts.failed(&guess, START);
        assert!(attempts.may_try(&guess, START + Duration::from_secs(1)).is_err());
        assert!(attempts.may_try(&guess, START + Duration::from_secs(3)).is_ok());
    }

    #[test]
    fn another_address_of_the_same_network_is_no_fresh_start() {
        let attempts = Attempts::default();
        for number in 0..30 {
            let (email, address) = (format!("user{number}@example.org"), format!("2001:db8::{number}"));
            attempts.failed(&attempt(&email, &address, false), START);
        }
        assert!(attempts.may_try(&attempt("ada@example.org", "2001:db8::ffff", false), START).is_err());
        assert!(attempts.may_try(&attempt("ada@example.org", "2001:db8:0:1::1", false), START).is_ok());
    }

    #[test]
    fn the_owner_signs_in_while_others_guess_from_everywhere() {
        let attempts = Attempts::default();
        for number in 0..200 {
            attempts.failed(&attempt("ada@example.org", &format!("10.0.1.{number}"), false), START);
        }
        assert!(attempts.may_try(&attempt("ada@example.org", "10.9.9.9", false), START).is_err());
        assert!(attempts.may_try(&attempt("ada@example.org", "192.168.0.2", true), START).is_ok());
    }

    #[test]
    fn memory_is_bounded() {
        let attempts = Attempts::default();
        for number in 0..CAPACITY * 2 {
            attempts.failed(&attempt(&format!("{number}"), "10.0.0.1", false), START);
        }
        assert!(attempts.known().len() <= CAPACITY + 3);
    }

    #[test]
    fn a_clock_that_goes_back_locks_nobody_out_for_long() {
        let attempts = Attempts::default();
        let guess = attempt("ada@example.org", "10.0.0.1", false);
        for _ in 0..20 {
            attempts.failed(&guess, START + Duration::from_hours(1));
        }
        let wait = attempts.may_try(&guess, START).expect_err("it has to wait").retry_after();
        assert!(wait.expect("a time") <= LONGEST_WAIT);
    }

    #[test]
    fn many_at_once_try_no_more_than_one_after_another() {
        let attempts = Attempts::default();
        let guess = attempt("ada@example.org", "10.0.0.1", false);
        let trials: Vec<_> = (0..50).filter_map(|_| attempts.begin(guess.clone(), START).ok()).collect();
        assert_eq!(trials.len(), 5);
        trials.into_iter().for_each(Trial::was_wrong);
        assert!(attempts.begin(guess.clone(), START).is_err());
        let later = START + Duration::from_secs(2);
        let trials: Vec<_> = (0..50).filter_map(|_| attempts.begin(guess.clone(), later).ok()).collect();
        assert_eq!(trials.len(), 1, "one at a time from now on");
        trials.into_iter().for_each(Trial::was_wrong);
        assert!(
            attempts.begin(guess, later + Duration::from_secs(1)).is_err(),
            "and twice as long each time"
        );
    }

    #[test]
    fn what_was_right_or_never_tried_counts_for_nobody() {
        let attempts = Attempts::default();
        let guess = attempt("ada@example.org", "10.0.0.1", false);
        for _ in 0..50 {
            attempts.begin(guess.clone(), START).expect("nothing failed").was_right();
            drop(attempts.begin(guess.clone(), START).expect("nothing failed"));
        }
        assert!(attempts.known().is_empty());
    }

    #[test]
    fn an_attempt_that_fails_beside_the_right_one_is_still_counted() {
        let attempts = Attempts::default();
        let guess = attempt("ada@example.org", "10.0.0.1", false);
        let (wrong, right) = (attempts.begin(guess.clone(), START), attempts.begin(guess.clone(), START));
        right.expect("it is free").was_right();
        wrong.expect("it is free").was_wrong();
        let mut counts: Vec<_> = attempts.known().values().map(|one| (one.count, one.undecided)).collect();
        counts.sort_unstable();
        assert_eq!(counts, [(1, 0); 3]);
    }

    #[test]
    fn a_refused_attempt_leaves_nothing_undecided() {
        let attempts = Attempts::default();
        let guess = attempt("ada@example.org", "10.0.0.1", false);
        for _ in 0..6 {
            attempts.failed(&guess, START);
        }
        assert!(attempts.begin(guess.clone(), START).is_err());
        assert!(attempts.known().values().all(|failures| failures.undecided == 0));
    }
}
