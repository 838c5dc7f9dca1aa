//! What is aimed at, and whether this machine reached it. Ratios hold on any machine; times and
//! sizes say what a small one should do.

use serde::Serialize;

use super::http::{LIVE, SHOW};
use super::report::Report;
use super::stats::ratio;
use super::tokens::{NARROWED, REFUSED};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Aim {
    pub what: &'static str,
    /// Nothing when it could not be measured.
    pub measured: Option<f64>,
    pub unit: &'static str,
    pub bound: Bound,
    pub reached: bool,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Bound {
    fn holds(self, measured: f64) -> bool {
        match self {
            Self::AtLeast(least) => measured >= least,
            Self::AtMost(most) => measured <= most,
        }
    }
}

const SUBMITTERS: usize = 64;
const CONNECTIONS: usize = 16;

pub fn judge(report: &Report) -> Vec<Aim> {
    let grouped = report.writes.iter().find(|cell| cell.submitters == SUBMITTERS).and_then(|cell| cell.ratio);
    let per_second = |request: &str| {
        let mut cells = report.http.iter();
        let cell = cells.find(|cell| cell.request == request && cell.connections == CONNECTIONS);
        cell.map(|cell| cell.rate.per_second)
    };
    let keyed = match (per_second(SHOW), per_second(LIVE)) {
        (Some(show), Some(live)) => ratio(show, live).map(|share| share * 100.0),
        _ => None,
    };
    let errors = report.http.iter().map(|cell| cell.errors).sum::<usize>() as f64;
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    let (start, sign_ins) = (&report.start, &report.sign_ins);
    let token = |kind: &str| report.tokens.iter().find(|cell| cell.token == kind);
    let narrowed = token(NARROWED);
    let refused = token(REFUSED).map(|cell| cell.cold.p99_micros);
    let mut aims = vec![aim(
        "group commit at 64 submitters, beside a transaction for each request",
        grouped,
        "times",
        Bound::AtLeast(8.0),
    )];
    for (what, read) in [
        ("one request by id through the view, beside the filter by hand", 0),
        ("a list of 50 through the view, beside the filter by hand", 1),
    ] {
        let measured = report.reads.get(read).and_then(|read| read.ratio);
        aims.push(aim(what, measured, "times", Bound::AtMost(1.10)));
    }
    aims.extend([
        aim("one request by id over HTTP, of healthz, at 16 connections", keyed, "%", Bound::AtLeast(40.0)),
        aim("failed requests over HTTP", Some(errors), "", Bound::AtMost(0.0)),
        aim(
            "check of a narrowed token that was seen before",
            narrowed.map(|cell| cell.warm.p50_micros),
            "µs",
            Bound::AtMost(60.0),
        ),
        aim(
            "check of a narrowed token that was not",
            narrowed.map(|cell| cell.cold.p50_micros),
            "µs",
            Bound::AtMost(400.0),
        ),
        aim("refusal of a token that is damaged at its end, p99", refused, "µs", Bound::AtMost(5_000.0)),
        aim(
            "one request by id while many sign in, beside while nobody does, p99",
            sign_ins.slowdown,
            "times",
            Bound::AtMost(3.0),
        ),
        aim("who did not get in when many signed in", Some(sign_ins.errors as f64), "", Bound::AtMost(0.0)),
        aim("memory after many signed in", sign_ins.bytes_after.map(megabytes), "MB", Bound::AtMost(30.0)),
        aim("first answer in an empty directory", Some(start.empty_millis), "ms", Bound::AtMost(50.0)),
        aim("first answer in an existing directory", Some(start.existing_millis), "ms", Bound::AtMost(50.0)),
        aim("idle memory", start.idle_bytes.map(megabytes), "MB", Bound::AtMost(25.0)),
        aim("size of the binary", Some(megabytes(start.binary_bytes)), "MB", Bound::AtMost(20.0)),
    ]);
    aims
}

fn aim(what: &'static str, measured: Option<f64>, unit: &'static str, bound: Bound) -> Aim {
    Aim { what, measured, unit, bound, reached: measured.is_some_and(|value| bound.holds(value)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_measured_is_not_reached() {
        assert!(!aim("speed", None, "times", Bound::AtMost(1.0)).reached);
    }

    #[test]
    fn a_bound_itself_is_reached() {
        assert!(aim("speed", Some(8.0), "times", Bound::AtLeast(8.0)).reached);
        assert!(!aim("speed", Some(7.9), "times", Bound::AtLeast(8.0)).reached);
        assert!(aim("size", Some(8.0), "MB", Bound::AtMost(8.0)).reached);
        assert!(!aim("size", Some(8.1), "MB", Bound::AtMost(8.0)).reached);
    }
}
