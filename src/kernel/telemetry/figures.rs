//! How telemetry itself fares: for metrics, and for whoever wonders why a trace is not there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What is counted while it is done.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub kept: AtomicU64,
    pub sampled_out: AtomicU64,
    pub dropped: AtomicU64,
    pub written: AtomicU64,
    pub lost: AtomicU64,
}

/// The figures of one moment, since the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Requests and attempts of jobs that were kept, each with what is below it.
    pub kept: u64,
    /// Those that were not chosen and had nothing that would have kept them.
    pub sampled_out: u64,
    /// Spans and lines for which there was no place in the queue.
    pub dropped: u64,
    /// Spans and lines that were written to the file.
    pub written: u64,
    /// Spans and lines that could not be written to it.
    pub lost: u64,
    /// Bytes of the file and its log.
    pub file_size: u64,
    /// Spans and lines that each sink was too slow for, by its name.
    pub dropped_by_sink: Vec<(&'static str, u64)>,
}

/// A sink's name and what it was too slow for.
pub(super) type Dropped = Vec<(&'static str, Arc<AtomicU64>)>;

impl Counters {
    pub(super) fn figures(&self, file_size: u64, sinks: &Dropped) -> Figures {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Figures {
            kept: get(&self.kept),
            sampled_out: get(&self.sampled_out),
            dropped: get(&self.dropped),
            written: get(&self.written),
            lost: get(&self.lost),
            file_size,
            dropped_by_sink: sinks.iter().map(|(name, dropped)| (*name, get(dropped))).collect(),
        }
    }
}
