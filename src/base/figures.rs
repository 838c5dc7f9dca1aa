//! Figures that somebody reads every few seconds: what is counted costs an atomic addition, and a page of all is
//! written in the text format that Prometheus reads.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How many fell into each of several ranges, and their sum. Nobody waits for anybody to count.
#[derive(Debug)]
pub struct Histogram {
    bounds: &'static [u64],
    counts: Box<[AtomicU64]>,
    sum: AtomicU64,
    /// What one is worth on the page.
    unit: f64,
}

const MICROSECOND: f64 = 1e-6;

/// From a tenth of a millisecond to ten seconds, in microseconds.
const TIMES: &[u64] = &[
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000, 10_000_000,
];

const SIZES: &[u64] = &[1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

impl Histogram {
    pub fn of_times() -> Self {
        Self::new(TIMES, MICROSECOND)
    }

    pub fn of_sizes() -> Self {
        Self::new(SIZES, 1.0)
    }

    fn new(bounds: &'static [u64], unit: f64) -> Self {
        let counts = (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect();
        Self { bounds, counts, sum: AtomicU64::new(0), unit }
    }

    pub fn note(&self, value: u64) {
        let range = self.bounds.partition_point(|bound| *bound < value);
        self.counts[range].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(value, Ordering::Relaxed);
    }

    pub fn note_time(&self, took: Duration) {
        self.note(took.as_micros().try_into().unwrap_or(u64::MAX));
    }
}

/// What a figure does: a counter only grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Counter,
    Gauge,
    Histogram,
}

/// Names and values that tell one sample of a figure from another.
pub type Labels<'l> = &'l [(&'l str, &'l str)];

/// Figures in the text format, each with what it is.
#[derive(Debug, Default)]
pub struct Page(String);

/// A figure whose samples are being written.
pub struct Samples<'p> {
    name: &'p str,
    text: &'p mut String,
}

impl Page {
    /// What its samples are sent as.
    pub const CONTENT_TYPE: &'static str = "text/plain; version=0.0.4; charset=utf-8";

    /// One number that only grows.
    pub fn counter(&mut self, name: &str, help: &str, value: f64) {
        self.counters(name, help).add(&[], value);
    }

    /// One number.
    pub fn gauge(&mut self, name: &str, help: &str, value: f64) {
        self.gauges(name, help).add(&[], value);
    }

    pub fn counters<'p>(&'p mut self, name: &'p str, help: &str) -> Samples<'p> {
        self.begin(Sort::Counter, name, help)
    }

    pub fn gauges<'p>(&'p mut self, name: &'p str, help: &str) -> Samples<'p> {
        self.begin(Sort::Gauge, name, help)
    }

    pub fn histograms<'p>(&'p mut self, name: &'p str, help: &str) -> Samples<'p> {
        self.begin(Sort::Histogram, name, help)
    }

    fn begin<'p>(&'p mut self, sort: Sort, name: &'p str, help: &str) -> Samples<'p> {
        let sort = match sort {
            Sort::Counter => "counter",
            Sort::Gauge => "gauge",
            Sort::Histogram => "histogram",
        };
        // Writing into memory can't fail, here and below.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {sort}");
        Samples { name, text: &mut self.0 }
    }

    pub fn into_text(self) -> String {
        self.0
    }
}

impl Samples<'_> {
    pub fn add(&mut self, labels: Labels<'_>, value: f64) -> &mut Self {
        self.sample("", labels, None, value);
        self
    }

    /// Everything that a histogram counted.
    pub fn add_histogram(&mut self, labels: Labels<'_>, histogram: &Histogram) -> &mut Self {
        let mut sum = 0;
        let bounds = histogram.bounds.iter().map(|bound| Some(*bound as f64 * histogram.unit)).chain([None]);
        for (count, bound) in histogram.counts.iter().zip(bounds) {
            sum += count.load(Ordering::Relaxed);
            let bound = bound.map_or("+Inf".to_owned(), |bound| format!("{}", (bound * 1e6).round() / 1e6));
            self.sample("_bucket", labels, Some(&bound), sum as f64);
        }
        let total = histogram.sum.load(Ordering::Relaxed) as f64 * histogram.unit;
        self.sample("_sum", labels, None, total);
        self.sample("_count", labels, None, sum as f64);
        self
    }

    fn sample(&mut self, ending: &str, labels: Labels<'_>, bound: Option<&str>, value: f64) {
        let _ = write!(self.text, "{}{ending}", self.name);
        let mut before = '{';
        for (name, value) in labels.iter().copied().chain(bound.map(|bound| ("le", bound))) {
            let _ = write!(self.text, "{before}{name}=\"{}\"", Escaped(value));
            before = ',';
        }
        let end = if before == ',' { "}" } else { "" };
        let _ = writeln!(self.text, "{end} {value}");
    }
}

struct Escaped<'t>(&'t str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.chars().try_for_each(|letter| match letter {
            '\\' => f.write_str("\\\\"),
            '"' => f.write_str("\\\""),
            '\n' => f.write_str("\\n"),
            letter => f.write_char(letter),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_in_the_text_format() {
        let mut page = Page::default();
        page.counter("a_total", "How many.", 3.0);
        page.gauges("b", "What.").add(&[("name", "a \"b\"\\\n"), ("of", "x")], 0.5).add(&[], -1.0);
        let expected = "# HELP a_total How many.\n# TYPE a_total counter\na_total 3\n# HELP b What.\n# TYPE b gauge\n\
                        b{name=\"a \\\"b\\\"\\\\\\n\",of=\"x\"} 0.5\nb -1\n";
        assert_eq!(page.into_text(), expected);
    }

    #[test]
    fn a_histogram_adds_up() {
        let histogram = Histogram::of_times();
        for micros in [50, 100, 101, 20_000_000] {
            histogram.note_time(Duration::from_micros(micros));
        }
        let mut page = Page::default();
        page.histograms("t_seconds", "Times.").add_histogram(&[("of", "x")], &histogram);
        let text = page.into_text();
        for line in [
            "t_seconds_bucket{of=\"x\",le=\"0.0001\"} 2",
            "t_seconds_bucket{of=\"x\",le=\"0.00025\"} 3",
            "t_seconds_bucket{of=\"x\",le=\"10\"} 3",
            "t_seconds_bucket{of=\"x\",le=\"+Inf\"} 4",
            "t_seconds_sum{of=\"x\"} 20.000251",
            "t_seconds_count{of=\"x\"} 4",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in {text}");
        }
    }
}
