//! Attempts to sign in: guessing gets slower with every failure, for the one who guesses.
//!
//! Failures are counted for each address, and for each account from each address. An account as a
//! whole is slowed down only for addresses from which its owner never signed in, so that guessing
//! from everywhere does not lock the owner out.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
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
}

#[derive(Default)]
pub(super) struct Attempts(Mutex<HashMap<Key, Failures>>);

/// Whose password is tried, and from where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt<'a> {
    pub tenant: TenantNo,
    pub email_key: &'a str,
    pub address: &'a str,
    /// Whether the account signed in from this address before.
    pub is_known_address: bool,
}

impl Attempt<'_> {
    fn keys(self) -> Vec<(Key, u32)> {
        // Who has one IPv6 address has many to guess from.
        let near = match self.address.parse() {
            Ok(address) => neighbourhood(address).to_string(),
            Err(_) => self.address.to_owned(),
        };
        let key = |side: Side| match side {
            Side::Pair => (side, self.tenant, self.email_key.to_owned(), near.clone()),
            Side::Address => (side, self.tenant, String::new(), near.clone()),
            Side::Account => (side, self.tenant, self.email_key.to_owned(), String::new()),
        };
        FREE.into_iter()
            .filter(|(side, _)| *side != Side::Account || !self.is_known_address)
            .map(|(side, free)| (key(side), free))
            .collect()
    }
}

impl Attempts {
    /// Refuses an attempt that comes too soon after others that failed.
    pub(super) fn may_try(&self, attempt: Attempt<'_>, now: Timestamp) -> Result<()> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = attempt.keys().iter().filter_map(|(key, free)| wait_of(known.get(key)?, *free, now)).max();
        match wait {
            None => Ok(()),
            Some(wait) => Err(Error::new(
                Kind::RateLimited,
                format!("Too many attempts failed; try again in {} s.", wait.as_secs().max(1)),
            )
            .retry_in(wait)),
        }
    }

    pub(super) fn failed(&self, attempt: Attempt<'_>, now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= CAPACITY {
            make_room(&mut known, now);
        }
        for (key, _) in attempt.keys() {
            let failures = known.entry(key).or_insert(Failures { count: 0, last: now });
            if failures.last + FORGOTTEN_AFTER < now {
                failures.count = 0;
            }
            failures.count = failures.count.saturating_add(1);
            failures.last = now;
        }
    }

    /// The right password: what was mistyped from here before does not count any more.
    pub(super) fn succeeded(&self, attempt: Attempt<'_>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, _) in attempt.keys().into_iter().filter(|((side, ..), _)| *side == Side::Pair) {
            known.remove(&key);
        }
    }
}

/// How long this one has to wait yet: a second after the free ones, and twice as long each time.
fn wait_of(failures: &Failures, free: u32, now: Timestamp) -> Option<Duration> {
    let over = failures.count.checked_sub(free)?;
    let pause = Duration::from_secs(1 << over.min(9)).min(LONGEST_WAIT);
    let end = failures.last + pause;
    let left = end.millis().saturating_sub(now.millis());
    (failures.last + FORGOTTEN_AFTER > now && left > 0)
        .then(|| Duration::from_millis(left.unsigned_abs()).min(LONGEST_WAIT))
}

fn make_room(known: &mut HashMap<Key, Failures>, now: Timestamp) {
    known.retain(|_, failures| failures.last + FORGOTTEN_AFTER > now);
    if known.len() >= CAPACITY {
        let mut ages: Vec<Timestamp> = known.values().map(|failures| failures.last).collect();
        ages.sort_unstable();
        let middle = ages[ages.len() / 2];
        known.retain(|_, failures| failures.last > middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_000_000);

    fn attempt<'a>(email_key: &'a str, address: &'a str, known: bool) -> Attempt<'a> {
        Attempt { tenant: TenantNo::INSTANCE, email_key, address, is_known_address: known }
    }

    #[test]
    fn guessing_gets_slower_and_mistyping_does_not() {
        let attempts = Attempts::default();
        let guess = attempt("ada@example.org", "10.0.0.1", false);
        for _ in 0..4 {
            attempts.failed(guess, START);
        }
        assert!(attempts.may_try(guess, START).is_ok());
        attempts.failed(guess, START);
        assert_eq!(
            attempts.may_try(guess, START).expect_err("too soon").retry_after(),
            Some(Duration::from_secs(1))
        );
        attempts.failed(guess, START);
        assert!(attempts.may_try(guess, START + Duration::from_secs(1)).is_err());
        assert!(attempts.may_try(guess, START + Duration::from_secs(3)).is_ok());
    }

    #[test]
    fn another_address_of_the_same_network_is_no_fresh_start() {
        let attempts = Attempts::default();
        for number in 0..30 {
            let (email, address) = (format!("user{number}@example.org"), format!("2001:db8::{number}"));
            attempts.failed(attempt(&email, &address, false), START);
        }
        assert!(attempts.may_try(attempt("ada@example.org", "2001:db8::ffff", false), START).is_err());
        assert!(attempts.may_try(attempt("ada@example.org", "2001:db8:0:1::1", false), START).is_ok());
    }

    #[test]
    fn the_owner_signs_in_while_others_guess_from_everywhere() {
        let attempts = Attempts::default();
        for number in 0..200 {
            attempts.failed(attempt("ada@example.org", &format!("10.0.1.{number}"), false), START);
        }
        assert!(attempts.may_try(attempt("ada@example.org", "10.9.9.9", false), START).is_err());
        assert!(attempts.may_try(attempt("ada@example.org", "192.168.0.2", true), START).is_ok());
    }

    #[test]
    fn memory_is_bounded() {
        let attempts = Attempts::default();
        for number in 0..CAPACITY * 2 {
            attempts.failed(attempt(&format!("{number}"), "10.0.0.1", false), START);
        }
        assert!(attempts.0.lock().expect("nobody panicked").len() <= CAPACITY + 3);
    }

    #[test]
    fn a_clock_that_goes_back_locks_nobody_out_for_long() {
        let attempts = Attempts::default();
        let guess = attempt("ada@example.org", "10.0.0.1", false);
        for _ in 0..20 {
            attempts.failed(guess, START + Duration::from_hours(1));
        }
        let wait = attempts.may_try(guess, START).expect_err("it has to wait").retry_after();
        assert!(wait.expect("a time") <= LONGEST_WAIT);
    }
}
