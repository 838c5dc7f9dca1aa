//! What is aimed at, and whether this machine reached it. Ratios hold on any machine; times and
//! sizes say what a small one should do.

use serde::Serialize;

use super::backup::Backed;
use super::events::Events;
use super::http::{self, LIVE, SHOW};
use super::idle::Idle;
use super::jobs::Jobs;
use super::large::Large;
use super::recovery::Recovery;
use super::report::Report;
use super::sign_ins::SignIns;
use super::start::Start;
use super::stats::{Times, ratio};
use super::telemetry::Telemetry;
use super::tokens::{self, NARROWED, REFUSED};
use super::{neighbours, reads, writes};

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

/// The aims of what was measured.
pub fn judge(report: &Report) -> Vec<Aim> {
    let Report {
        flush,
        writes,
        reads,
        http,
        jobs,
        events,
        telemetry,
        neighbours,
        tokens,
        sign_ins,
        recovery,
        start,
        idle,
        backup,
        large,
        ..
    } = report;
    let of_each = [
        writes.as_deref().map(of_writes),
        reads.as_deref().map(of_reads),
        http.as_deref().map(of_http),
        neighbours.as_deref().map(of_neighbours),
        events.as_ref().map(of_events),
        telemetry.as_ref().map(of_telemetry),
        jobs.as_ref().map(|jobs| of_jobs(jobs, flush.as_ref())),
        tokens.as_deref().map(of_tokens),
        sign_ins.as_ref().map(of_sign_ins),
        recovery.as_ref().map(of_recovery),
        start.as_ref().map(of_start),
        idle.as_ref().map(of_idle),
        backup.as_ref().map(of_backup),
        large.as_ref().map(of_large),
    ];
    of_each.into_iter().flatten().flatten().collect()
}

fn of_writes(cells: &[writes::Cell]) -> Vec<Aim> {
    let grouped = cells.iter().find(|cell| cell.submitters == SUBMITTERS).and_then(|cell| cell.ratio);
    vec![aim(
        "group commit at 64 submitters, beside a transaction for each request",
        grouped,
        "times",
        Bound::AtLeast(8.0),
    )]
}

fn of_reads(compared: &[reads::Comparison]) -> Vec<Aim> {
    let names = [
        "one request by id through the view, beside the filter by hand",
        "a list of 50 through the view, beside the filter by hand",
    ];
    let ratio = |read: usize| compared.get(read).and_then(|read| read.ratio);
    let aims = names.into_iter().enumerate();
    aims.map(|(read, what)| aim(what, ratio(read), "times", Bound::AtMost(1.10))).collect()
}

fn of_http(cells: &[http::Cell]) -> Vec<Aim> {
    let per_second = |request: &str| {
        let cell = cells.iter().find(|cell| cell.request == request && cell.connections == CONNECTIONS);
        cell.map(|cell| cell.rate.per_second)
    };
    let keyed = match (per_second(SHOW), per_second(LIVE)) {
        (Some(show), Some(live)) => ratio(show, live).map(|share| share * 100.0),
        _ => None,
    };
    let errors = cells.iter().map(|cell| cell.errors).sum::<usize>() as f64;
    vec![
        aim("one request by id over HTTP, of healthz, at 16 connections", keyed, "%", Bound::AtLeast(40.0)),
        aim("failed requests over HTTP", Some(errors), "", Bound::AtMost(0.0)),
    ]
}

fn of_neighbours(cells: &[neighbours::Cell]) -> Vec<Aim> {
    let slowest = cells.iter().filter_map(|cell| cell.slowdown).reduce(f64::max);
    vec![aim(
        "a tenant's requests beside another at full speed, beside while it is quiet, p99",
        slowest,
        "times",
        Bound::AtMost(3.0),
    )]
}

fn of_events(measured: &Events) -> Vec<Aim> {
    let one = measured.published.iter().find(|cell| cell.listeners == 1 && cell.callers == 64);
    let slowest = measured.history.iter().map(|cell| cell.p95_micros).reduce(f64::max);
    vec![
        aim(
            "publishing to one who listens, from 64 callers",
            one.map(|cell| cell.per_second),
            "/s",
            Bound::AtLeast(10_000.0),
        ),
        aim(
            "publishing from 64 callers, p95",
            one.map(|cell| cell.p95_micros / 1e3),
            "ms",
            Bound::AtMost(5.0),
        ),
        aim("replayed deliveries", Some(measured.replayed_per_minute), "/min", Bound::AtLeast(100_000.0)),
        aim(
            "a page of the history by any filter, p95",
            slowest.map(|micros| micros / 1e3),
            "ms",
            Bound::AtMost(10.0),
        ),
    ]
}

fn of_telemetry(measured: &Telemetry) -> Vec<Aim> {
    let share = measured.file_bytes as f64 / measured.most_bytes as f64 * 100.0;
    vec![
        aim("what telemetry takes of reads by id over HTTP", measured.cost_percent, "%", Bound::AtMost(15.0)),
        aim("a file of telemetry, of what it may be", Some(share), "%", Bound::AtMost(100.0)),
    ]
}

fn of_tokens(cells: &[tokens::Cell]) -> Vec<Aim> {
    let token = |kind: &str| cells.iter().find(|cell| cell.token == kind);
    let narrowed = token(NARROWED);
    let warm = narrowed.map(|cell| cell.warm.p50_micros);
    let cold = narrowed.map(|cell| cell.cold.p50_micros);
    let refused = token(REFUSED).map(|cell| cell.cold.p99_micros);
    vec![
        aim("check of a narrowed token that was seen before", warm, "µs", Bound::AtMost(60.0)),
        aim("check of a narrowed token that was not", cold, "µs", Bound::AtMost(400.0)),
        aim("refusal of a token that is damaged at its end, p99", refused, "µs", Bound::AtMost(5_000.0)),
    ]
}

fn of_sign_ins(measured: &SignIns) -> Vec<Aim> {
    let errors = measured.errors as f64;
    vec![
        aim(
            "one request by id while many sign in, beside while nobody does, p99",
            measured.slowdown,
            "times",
            Bound::AtMost(3.0),
        ),
        aim("who did not get in when many signed in", Some(errors), "", Bound::AtMost(0.0)),
        aim("memory after many signed in", measured.bytes_after.map(megabytes), "MB", Bound::AtMost(30.0)),
    ]
}

fn of_start(start: &Start) -> Vec<Aim> {
    vec![
        aim("first answer in an empty directory", Some(start.empty_millis), "ms", Bound::AtMost(50.0)),
        aim("first answer in an existing directory", Some(start.existing_millis), "ms", Bound::AtMost(50.0)),
        aim("idle memory", start.idle_bytes.map(megabytes), "MB", Bound::AtMost(20.0)),
        aim("size of the binary", Some(megabytes(start.binary_bytes)), "MB", Bound::AtMost(20.0)),
    ]
}

fn of_jobs(jobs: &Jobs, flush: Option<&Times>) -> Vec<Aim> {
    let enqueued = jobs.enqueued.iter().find(|cell| cell.callers == SUBMITTERS);
    let enqueued = enqueued.map(|cell| cell.rate.per_second);
    let drained = jobs.drained.iter().max_by_key(|cell| cell.workers).map(|cell| cell.per_second);
    let begun = flush.map(|flush| (jobs.begun.p50_micros - flush.p50_micros) / 1e3);
    let newcomer = jobs.newcomer.slowest_micros / 1e3;
    let errors = jobs.enqueued_over_http.iter().map(|cell| cell.errors).sum::<usize>() as f64;
    vec![
        aim("jobs worked off by 10 workers", drained, "/s", Bound::AtLeast(15_000.0)),
        aim("jobs enqueued by 64 callers in the process", enqueued, "/s", Bound::AtLeast(20_000.0)),
        aim("jobs not enqueued over HTTP", Some(errors), "", Bound::AtMost(0.0)),
        aim("begin of a job when idle, beyond one flush, p50", begun, "ms", Bound::AtMost(1.0)),
        aim(
            "begin of a tenant's first job behind another's many",
            Some(newcomer),
            "ms",
            Bound::AtMost(1_000.0),
        ),
    ]
}

fn of_recovery(recovery: &Recovery) -> Vec<Aim> {
    vec![
        aim("jobs that ran again after SIGKILL", Some(recovery.jobs as f64), "", Bound::AtLeast(1_000.0)),
        aim("until all are ready again", Some(recovery.ready_millis), "ms", Bound::AtMost(1_000.0)),
    ]
}

fn of_idle(idle: &Idle) -> Vec<Aim> {
    vec![aim("idle, of one processor", idle.percent, "%", Bound::AtMost(0.2))]
}

fn of_backup(backed: &Backed) -> Vec<Aim> {
    let p99 = backed.beside.times.p99_micros / 1e3;
    vec![
        aim("write beside a backup, beside one without, p99", backed.slowdown, "times", Bound::AtMost(2.0)),
        aim("write beside a backup, p99", Some(p99), "ms", Bound::AtMost(50.0)),
    ]
}

fn of_large(large: &Large) -> Vec<Aim> {
    let slowest = large.slowest_look();
    vec![
        aim(
            "claim of 100 from many tenants with the most jobs, beside with the fewest",
            large.spread_growth,
            "times",
            Bound::AtMost(3.0),
        ),
        aim("the same from one tenant", large.alone_growth, "times", Bound::AtMost(3.0)),
        aim("slowest list, count or search with the most jobs", slowest, "ms", Bound::AtMost(50.0)),
        aim("first answer with the most jobs", Some(large.start_millis), "ms", Bound::AtMost(1_000.0)),
    ]
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
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
