//! What waits to be sent to one receiver, encoded already, so that what it takes is known to the byte; and
//! when it is sent, tried again and given up. It knows neither the time nor the network: both are told.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::tally::Tally;
use crate::base::db::TenantNo;

/// How a receiver is sent to.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Waiting so long, or so many, they go.
    pub gather: Duration,
    pub enough: usize,
    /// What goes together at most.
    pub most: usize,
    pub most_bytes: usize,
    /// What waits at most; what comes after that is dropped.
    pub queue: usize,
    pub queue_bytes: usize,
    /// How often something is tried.
    pub tries: u32,
    /// How long it is waited after a failure; the wait doubles with each further one in a row, up to the longest.
    pub first_wait: Duration,
    pub longest_wait: Duration,
}

/// What came of sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// They were taken, except for so many.
    Taken { refused: usize },
    /// They never will be.
    Refused,
    /// Not now; the receiver may have said how long to wait.
    Later(Option<Duration>),
}

/// Something encoded, and whose it is.
struct Item {
    bytes: Vec<u8>,
    tenant: Option<TenantNo>,
}

pub struct Outbox {
    pace: Pace,
    waiting: VecDeque<Item>,
    bytes: usize,
    /// Since when the first of them waits.
    since: Option<Instant>,
    /// How many were sent together when they had to be sent again, and how often that was.
    again: usize,
    tried: u32,
    /// Failures in a row, of whatever was sent.
    failures: u32,
    not_before: Option<Instant>,
    /// Until when the receiver wants nothing at all.
    silent_until: Option<Instant>,
    tally: Arc<Tally>,
}

impl Outbox {
    pub fn new(pace: Pace, tally: Arc<Tally>) -> Self {
        Self {
            pace,
            waiting: VecDeque::new(),
            bytes: 0,
            since: None,
            again: 0,
            tried: 0,
            failures: 0,
            not_before: None,
            silent_until: None,
            tally,
        }
    }

    pub fn push(&mut self, bytes: Vec<u8>, tenant: Option<TenantNo>, now: Instant) {
        let is_silent = self.silent_until.is_some_and(|until| now < until);
        let is_full =
            self.waiting.len() >= self.pace.queue || self.bytes + bytes.len() > self.pace.queue_bytes;
        if is_silent || is_full {
            return self.tally.dropped(1);
        }
        self.bytes += bytes.len();
        self.since.get_or_insert(now);
        self.waiting.push_back(Item { bytes, tenant });
    }

    /// Counts one that is not to be sent.
    pub fn skip(&self) {
        self.tally.dropped(1);
    }

    /// How many of the first are to be sent now; none when it is better to wait.
    pub fn due(&self, now: Instant) -> usize {
        if self.waiting.is_empty() || self.not_before.is_some_and(|moment| now < moment) {
            return 0;
        }
        let has_waited = self.since.is_some_and(|since| now.duration_since(since) >= self.pace.gather);
        if self.again > 0 || has_waited || self.waiting.len() >= self.pace.enough { self.next() } else { 0 }
    }

    /// How many of the first go together.
    pub fn next(&self) -> usize {
        if self.again > 0 {
            return self.again;
        }
        let mut bytes = 0;
        let fitting = self.waiting.iter().take(self.pace.most).take_while(|item| {
            bytes += item.bytes.len();
            bytes <= self.pace.most_bytes
        });
        fitting.count().max(1).min(self.waiting.len())
    }

    pub fn first(&self, count: usize) -> impl ExactSizeIterator<Item = &[u8]> {
        self.waiting.range(..count).map(|item| &item.bytes[..])
    }

    /// What came of sending the first of them. Who could not take these is not sent the next at once.
    pub fn settle(&mut self, count: usize, outcome: Outcome, now: Instant) {
        let asked = match outcome {
            Outcome::Taken { refused } => {
                let refused = refused.min(count);
                self.tally.failed(refused);
                self.tally.exported(count - refused);
                self.failures = 0;
                return self.forget(count, now);
            }
            Outcome::Refused => None,
            Outcome::Later(asked) => asked,
        };
        let wait = asked.unwrap_or_else(|| self.wait()).min(self.pace.longest_wait);
        self.failures = self.failures.saturating_add(1);
        if matches!(outcome, Outcome::Later(_)) && self.tried + 1 < self.pace.tries {
            (self.again, self.tried) = (count, self.tried + 1);
        } else {
            self.tally.failed(count);
            self.forget(count, now);
        }
        self.not_before = Some(now + wait);
    }

    /// Sends nothing for so long, and drops what waits and comes.
    pub fn silence(&mut self, span: Duration, now: Instant) {
        self.silent_until = now.checked_add(span);
        self.give_up(now);
    }

    /// Drops what waits.
    pub fn give_up(&mut self, now: Instant) {
        self.tally.dropped(self.waiting.len());
        self.forget(self.waiting.len(), now);
    }

    /// Drops what waits of a tenant.
    pub fn forget_tenant(&mut self, tenant: TenantNo) {
        let before = self.waiting.len();
        self.waiting.retain(|item| item.tenant != Some(tenant));
        self.bytes = self.waiting.iter().map(|item| item.bytes.len()).sum();
        self.again = self.again.min(self.waiting.len());
        self.tally.dropped(before - self.waiting.len());
    }

    fn forget(&mut self, count: usize, now: Instant) {
        let gone: usize = self.waiting.drain(..count).map(|item| item.bytes.len()).sum();
        self.bytes -= gone;
        (self.again, self.tried, self.not_before) = (0, 0, None);
        self.since = (!self.waiting.is_empty()).then_some(now);
    }

    /// Twice the last wait, and a little more or less, so that many instances do not come back at once.
    fn wait(&self) -> Duration {
        let doubled = self.pace.first_wait.saturating_mul(1 << self.failures.min(16));
        doubled.min(self.pace.longest_wait).mul_f64(0.8 + 0.4 * fastrand::f64())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tally::Counts;
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn outbox() -> (Outbox, Arc<Tally>, Instant) {
        let pace = Pace {
            gather: SECOND,
            enough: 3,
            most: 5,
            most_bytes: 100,
            queue: 8,
            queue_bytes: 1_000,
            tries: 3,
            first_wait: SECOND,
            longest_wait: 10 * SECOND,
        };
        let tally = Arc::new(Tally::new("otlp", "spans"));
        (Outbox::new(pace, Arc::clone(&tally)), tally, Instant::now())
    }

    fn fill(outbox: &mut Outbox, count: usize, now: Instant) {
        (0..count).for_each(|_| outbox.push(vec![0; 10], None, now));
    }

    fn counts(exported: u64, dropped: u64, failed: u64) -> Counts {
        Counts { exported, dropped, failed }
    }

    #[test]
    fn a_few_wait_for_more_and_many_go_at_once() {
        let (mut outbox, _, now) = outbox();
        fill(&mut outbox, 2, now);
        assert_eq!(outbox.due(now), 0);
        assert_eq!(outbox.due(now + SECOND), 2);
        fill(&mut outbox, 5, now);
        assert_eq!(outbox.due(now), 5, "as many as go together");
    }

    #[test]
    fn what_goes_together_is_not_larger_than_it_may_be() {
        let (mut outbox, _, now) = outbox();
        (0..3).for_each(|_| outbox.push(vec![0; 45], None, now));
        assert_eq!(outbox.next(), 2);
        outbox.settle(2, Outcome::Taken { refused: 0 }, now);
        outbox.settle(1, Outcome::Taken { refused: 0 }, now);
        outbox.push(vec![0; 500], None, now);
        assert_eq!(outbox.next(), 1, "what is too large for all goes alone");
    }

    #[test]
    fn what_there_is_no_place_for_is_dropped_and_counted() {
        let (mut outbox, tally, now) = outbox();
        fill(&mut outbox, 11, now);
        assert_eq!(tally.counts(), counts(0, 3, 0));
        outbox.settle(8, Outcome::Taken { refused: 2 }, now);
        assert_eq!(tally.counts(), counts(6, 3, 2));
        outbox.push(vec![0; 990], None, now);
        fill(&mut outbox, 2, now);
        assert_eq!(tally.counts().dropped, 4, "by their bytes");
    }

    #[test]
    fn what_is_not_taken_is_tried_again_later_and_given_up_at_last() {
        let (mut outbox, tally, now) = outbox();
        fill(&mut outbox, 3, now);
        outbox.settle(3, Outcome::Later(None), now);
        fill(&mut outbox, 2, now);
        assert_eq!(outbox.due(now), 0);
        assert_eq!(outbox.due(now + 2 * SECOND), 3, "the same as the first time");
        outbox.settle(3, Outcome::Later(None), now);
        assert_eq!(outbox.due(now + SECOND), 0, "the wait is twice as long");
        assert_eq!(outbox.due(now + 3 * SECOND), 3);
        outbox.settle(3, Outcome::Later(None), now);
        assert_eq!(tally.counts(), counts(0, 0, 3));
        assert_eq!(outbox.due(now + 2 * SECOND), 0, "the next ones do not come at once");
        assert_eq!(outbox.due(now + 10 * SECOND), 2);
    }

    #[test]
    fn who_fails_again_and_again_is_asked_ever_more_seldom_until_he_takes_some() {
        for failing in [Outcome::Refused, Outcome::Later(None)] {
            let (mut outbox, _, mut now) = outbox();
            let mut wait_after = |outbox: &mut Outbox, outcome| {
                fill(outbox, 1, now);
                outbox.settle(1, outcome, now);
                fill(outbox, 1, now);
                let since = now;
                while outbox.due(now) == 0 {
                    now += SECOND / 10;
                }
                (now - since).as_secs_f64()
            };
            let waits: Vec<f64> = (0..8).map(|_| wait_after(&mut outbox, failing)).collect();
            assert!(waits.windows(2).take(3).all(|pair| pair[0] < pair[1]), "{waits:?}");
            assert!(waits[4..].iter().all(|wait| (8.0..=10.2).contains(wait)), "{waits:?}");
            wait_after(&mut outbox, Outcome::Taken { refused: 0 });
            assert!(wait_after(&mut outbox, failing) < 1.5, "it begins anew");
        }
    }

    #[test]
    fn the_wait_is_as_long_as_the_receiver_says_but_not_for_ever() {
        let (mut outbox, _, now) = outbox();
        fill(&mut outbox, 1, now);
        outbox.settle(1, Outcome::Later(Some(7 * SECOND)), now);
        assert_eq!((outbox.due(now + 6 * SECOND), outbox.due(now + 7 * SECOND)), (0, 1));
        outbox.settle(1, Outcome::Later(Some(Duration::MAX)), now);
        assert_eq!((outbox.due(now + 9 * SECOND), outbox.due(now + 10 * SECOND)), (0, 1));
    }

    #[test]
    fn during_silence_everything_is_dropped() {
        let (mut outbox, tally, now) = outbox();
        fill(&mut outbox, 2, now);
        outbox.silence(5 * SECOND, now);
        fill(&mut outbox, 1, now + 4 * SECOND);
        assert_eq!(tally.counts(), counts(0, 3, 0));
        fill(&mut outbox, 1, now + 5 * SECOND);
        assert_eq!(outbox.due(now + 6 * SECOND), 1);
    }

    #[test]
    fn a_tenant_that_is_erased_is_not_told_of_any_more() {
        let (mut outbox, tally, now) = outbox();
        fill(&mut outbox, 2, now);
        outbox.push(vec![1; 10], Some(TenantNo::INSTANCE), now);
        outbox.settle(3, Outcome::Later(None), now);
        outbox.forget_tenant(TenantNo::INSTANCE);
        assert_eq!((outbox.next(), outbox.bytes, tally.counts()), (2, 20, counts(0, 1, 0)));
        assert!(outbox.first(2).all(|bytes| bytes == [0; 10]));
    }

    #[test]
    fn what_waits_is_counted_to_the_byte() {
        let (mut outbox, _, now) = outbox();
        fill(&mut outbox, 8, now);
        assert_eq!(outbox.bytes, 80);
        outbox.settle(5, Outcome::Refused, now);
        assert_eq!(outbox.bytes, 30);
        outbox.give_up(now);
        assert_eq!((outbox.bytes, outbox.waiting.len()), (0, 0));
    }
}
