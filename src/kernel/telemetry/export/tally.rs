//! What became of what was to be sent: every span, line or error ends in exactly one of these counts.

use std::sync::atomic::{AtomicU64, Ordering};

/// The counts of one kind of telemetry on its way to one receiver.
#[derive(Debug)]
pub struct Tally {
    /// `otlp` or `sentry`.
    pub receiver: &'static str,
    /// `spans`, `lines` or `errors`.
    pub what: &'static str,
    exported: AtomicU64,
    dropped: AtomicU64,
    failed: AtomicU64,
}

/// A tally at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// The receiver has them.
    pub exported: u64,
    /// They were never sent: too many waited, or the receiver asked for silence.
    pub dropped: u64,
    /// They were sent, perhaps several times, and not taken.
    pub failed: u64,
}

impl Tally {
    pub fn new(receiver: &'static str, what: &'static str) -> Self {
        Self { receiver, what, exported: 0.into(), dropped: 0.into(), failed: 0.into() }
    }

    pub fn counts(&self) -> Counts {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counts { exported: read(&self.exported), dropped: read(&self.dropped), failed: read(&self.failed) }
    }

    pub(super) fn exported(&self, count: usize) {
        add(&self.exported, count);
    }

    pub(super) fn dropped(&self, count: usize) {
        add(&self.dropped, count);
    }

    pub(super) fn failed(&self, count: usize) {
        add(&self.failed, count);
    }
}

fn add(total: &AtomicU64, count: usize) {
    total.fetch_add(count as u64, Ordering::Relaxed);
}
