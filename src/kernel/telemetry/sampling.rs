//! Which traces are kept: a share of them, the same ones in every process; some of each second,
//! whatever the share is; and, which is known only in the end, all that fail or are slow.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::base::config;
use crate::kernel::TraceId;
use crate::kernel::telemetry::SpanKind;

#[derive(Debug)]
pub(super) struct Sampling {
    /// Traces whose mix lies below are kept; none of them when it is 0.
    below: u64,
    is_everything: bool,
    allowance: Allowance,
    slow: Duration,
    slow_job: Duration,
}

impl Sampling {
    pub(super) fn new(config: &config::Telemetry) -> Self {
        let share = config.sample.get();
        Self {
            below: (share * u64::MAX as f64) as u64,
            is_everything: share >= 1.0,
            allowance: Allowance::new(config.always),
            slow: config.slow.into(),
            slow_job: config.slow_job.into(),
        }
    }

    /// Whether a trace is kept however it ends.
    pub(super) fn chooses(&self, trace: TraceId, now: Instant) -> bool {
        self.shares(trace) || self.allowance.take(now)
    }

    /// Whether it is in the share.
    fn shares(&self, trace: TraceId) -> bool {
        self.is_everything || mix(trace) < self.below
    }

    pub(super) fn is_slow(&self, kind: SpanKind, took: Duration) -> bool {
        match kind {
            SpanKind::Job => took >= self.slow_job,
            _ => took >= self.slow,
        }
    }
}

/// Spreads ids evenly, as callers choose theirs as they like.
fn mix(TraceId(id): TraceId) -> u64 {
    let folded = (id as u64) ^ ((id >> 64) as u64);
    let mixed = (folded ^ (folded >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

/// So many in each second, and those of a second at once.
#[derive(Debug)]
struct Allowance {
    began: Instant,
    /// Between two; nothing when there are none.
    apart: Option<u64>,
    /// When the next would come if all came evenly, in microseconds since it began.
    next: AtomicU64,
}

/// In microseconds.
const SECOND: u64 = 1_000_000;

impl Allowance {
    fn new(each_second: u32) -> Self {
        let apart = (each_second > 0).then(|| SECOND / u64::from(each_second).min(SECOND));
        Self { began: Instant::now(), apart, next: AtomicU64::new(0) }
    }

    fn take(&self, now: Instant) -> bool {
        let Some(apart) = self.apart else { return false };
        let now = u64::try_from((now - self.began).as_micros()).unwrap_or(u64::MAX);
        // Looked at before it is changed, as most of the time there is nothing left.
        if self.next.load(Ordering::Relaxed) > now.saturating_add(SECOND - apart) {
            return false;
        }
        let take = |next: u64| (next <= now + (SECOND - apart)).then(|| next.max(now) + apart);
        self.next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampling(sample: &str, always: u32) -> Sampling {
        let mut config = config::load(None, []).expect("the defaults").telemetry;
        config.sample = sample.parse().expect("a share");
        config.always = always;
        Sampling::new(&config)
    }

    #[test]
    fn a_share_of_the_traces_is_chosen_and_always_the_same() {
        let (one, other) = (sampling("10%", 0), sampling("10%", 0));
        let ids = |id: u128| TraceId(id * 0x1_0000_0001);
        let chosen: Vec<u128> = (1..=10_000).filter(|id| one.shares(ids(*id))).collect();
        assert!((800..1_200).contains(&chosen.len()), "{} of 10,000", chosen.len());
        assert!(chosen.iter().all(|id| other.shares(ids(*id))));
    }

    #[test]
    fn nothing_and_everything_are_shares() {
        for id in 1..1_000 {
            assert!(!sampling("0%", 0).shares(TraceId(id)));
            assert!(sampling("100%", 0).shares(TraceId(id)));
        }
    }

    #[test]
    fn some_of_each_second_are_chosen_whatever_the_share_is() {
        let sampling = sampling("0%", 10);
        let (now, trace) = (Instant::now(), TraceId(1));
        let chosen = |at| (0..100).filter(|_| sampling.chooses(trace, at)).count();
        assert_eq!(chosen(now), 10);
        assert_eq!(chosen(now + Duration::from_millis(200)), 2);
        assert_eq!(chosen(now + Duration::from_secs(60)), 10);
    }
}
