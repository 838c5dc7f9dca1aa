//! Durations and what is said of many of them.

use std::time::{Duration, Instant};

use serde::Serialize;

/// Turns that things which are compared take, each for its part of the span.
pub const ROUNDS: u32 = 3;

/// How often something was done, and how long each took.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rate {
    pub per_second: f64,
    #[serde(flatten)]
    pub times: Times,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Times {
    pub count: usize,
    pub p50_micros: f64,
    pub p99_micros: f64,
}

/// One repeated act's durations until an end.
pub struct Timings {
    end: Instant,
    taken: Vec<Duration>,
}

impl Timings {
    pub fn until(end: Instant) -> Self {
        Self { end, taken: Vec::new() }
    }

    pub fn goes_on(&self) -> bool {
        Instant::now() < self.end
    }

    /// Notes an act that began then and is done now. What is done too late does not count, but for
    /// the first: a machine that takes longer than the span for one gets a figure too.
    pub fn note(&mut self, began: Instant) {
        let now = Instant::now();
        if now <= self.end || self.taken.is_empty() {
            self.taken.push(now - began);
        }
    }

    pub fn into_taken(self) -> Vec<Duration> {
        self.taken
    }
}

/// All that was done within this span.
pub fn rate_of(taken: Vec<Duration>, span: Duration) -> Rate {
    Rate { per_second: taken.len() as f64 / span.as_secs_f64(), times: times_of(taken) }
}

/// Median and 99th percentile; zero when there is nothing.
pub fn times_of(mut taken: Vec<Duration>) -> Times {
    taken.sort_unstable();
    Times { count: taken.len(), p50_micros: percentile(&taken, 50), p99_micros: percentile(&taken, 99) }
}

/// The 95th percentile; zero when there is nothing.
pub fn p95_of(taken: &[Duration]) -> f64 {
    let mut sorted = taken.to_vec();
    sorted.sort_unstable();
    percentile(&sorted, 95)
}

/// The smallest of the sorted durations that as many hundredths of them do not exceed.
pub fn percentile(sorted: &[Duration], hundredths: usize) -> f64 {
    let rank = (sorted.len() * hundredths).div_ceil(100).max(1);
    sorted.get(rank - 1).map_or(0.0, |taken| taken.as_secs_f64() * 1e6)
}

/// How many times as much; nothing when there is nothing to compare with.
pub fn ratio(this: f64, that: f64) -> Option<f64> {
    (that > 0.0).then(|| this / that)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(values: impl IntoIterator<Item = u64>) -> Vec<Duration> {
        values.into_iter().map(Duration::from_micros).collect()
    }

    #[test]
    fn percentiles_are_values_that_occurred() {
        let times = times_of(micros((1..=200).rev()));
        assert_eq!((times.p50_micros.round(), times.p99_micros.round()), (100.0, 198.0));
        let one = times_of(micros([7]));
        assert_eq!((one.p50_micros.round(), one.p99_micros.round()), (7.0, 7.0));
    }

    #[test]
    fn nothing_measured_is_zero_and_compares_with_nothing() {
        assert_eq!(times_of(Vec::new()).p50_micros, 0.0);
        assert_eq!(ratio(1.0, 0.0), None);
    }

    #[test]
    fn a_rate_is_per_second() {
        let rate = rate_of(micros([1, 2, 3, 4]), Duration::from_millis(500));
        assert_eq!((rate.per_second, rate.times.count), (8.0, 4));
    }
}
