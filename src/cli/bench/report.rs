//! The report: every figure, as JSON for programs and as tables for people.

use serde::Serialize;

use super::aims::{Aim, Bound};
use super::stats::{Rate, Times};
use super::{
    backup, events, http, idle, jobs, large, neighbours, reads, recovery, sign_ins, start, telemetry, tokens,
    writes,
};
use crate::cli::output::table;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub machine: Machine,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flush: Option<Times>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub writes: Option<Vec<writes::Cell>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reads: Option<Vec<reads::Comparison>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<Vec<http::Cell>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub neighbours: Option<Vec<neighbours::Cell>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jobs: Option<jobs::Jobs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<events::Events>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub telemetry: Option<telemetry::Telemetry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Vec<tokens::Cell>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_ins: Option<sign_ins::SignIns>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery: Option<recovery::Recovery>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<start::Start>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle: Option<idle::Idle>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup: Option<backup::Backed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub large: Option<large::Large>,
}

impl Report {
    /// With nothing measured yet.
    pub fn of(machine: Machine) -> Self {
        Self {
            machine,
            flush: None,
            writes: None,
            reads: None,
            http: None,
            neighbours: None,
            jobs: None,
            events: None,
            telemetry: None,
            tokens: None,
            sign_ins: None,
            recovery: None,
            start: None,
            idle: None,
            backup: None,
            large: None,
        }
    }
}

/// What the figures depend on.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Machine {
    pub version: &'static str,
    /// A debug build is several times slower.
    pub build: &'static str,
    pub processors: usize,
    /// The system's load before anything was measured: what else it was doing.
    pub load_before: Option<f64>,
    pub synchronous: String,
    pub requests: usize,
    pub tenants: usize,
}

impl Machine {
    pub fn here(synchronous: String, requests: usize, tenants: usize) -> Self {
        let load = std::fs::read_to_string("/proc/loadavg").ok();
        Self {
            version: env!("CARGO_PKG_VERSION"),
            build: if cfg!(debug_assertions) { "debug" } else { "release" },
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            load_before: load.and_then(|text| text.split(' ').next()?.parse().ok()),
            synchronous,
            requests,
            tenants,
        }
    }
}

/// The report as tables.
pub fn words(report: &Report, aims: &[Aim]) -> String {
    let sections = [
        Some(machine(&report.machine)),
        section("Flush of one page to disk", &report.flush, flush),
        section("Durable inserts, in microseconds until on disk", &report.writes, |cells| written(cells)),
        section("Reads inside the process, in microseconds", &report.reads, |reads| read(reads)),
        section("Requests over HTTP, in microseconds until answered", &report.http, |cells| requested(cells)),
        section("Requests beside a tenant at full speed, in microseconds", &report.neighbours, |cells| {
            neighboured(cells)
        }),
        section("Durable jobs, in microseconds until on disk", &report.jobs, jobs::words),
        section("Durable events, in microseconds until on disk", &report.events, events::words),
        section("Telemetry, beside none", &report.telemetry, telemetry::words),
        section("Check of one token, in microseconds", &report.tokens, |cells| checked(cells)),
        report
            .sign_ins
            .as_ref()
            .map(|measured| format!("{} sign in at once\n\n{}", measured.at_once, signed_in(measured))),
        section("Recovery after SIGKILL", &report.recovery, recovered),
        section("Start", &report.start, started),
        section("Idle", &report.idle, idled),
        section("Writes beside a backup, in microseconds until on disk", &report.backup, backup::words),
        section("Very many jobs", &report.large, large::words),
        (!aims.is_empty()).then(|| format!("Aims\n\n{}", aimed(aims))),
    ];
    sections.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
}

fn section<T>(title: &str, measured: &Option<T>, words: impl Fn(&T) -> String) -> Option<String> {
    measured.as_ref().map(|measured| format!("{title}\n\n{}", words(measured)))
}

fn machine(machine: &Machine) -> String {
    let Machine { version, build, processors, synchronous, requests, tenants, .. } = machine;
    let load = machine.load_before.map_or(String::new(), |load| format!(", load before {load:.2}"));
    format!(
        "Steading {version}, {build} build, {processors} processors{load}\n\
         synchronous = {synchronous}; {requests} requests in {tenants} tenants"
    )
}

fn flush(times: &Times) -> String {
    table(&["     p50", "     p99"], &[vec![number(times.p50_micros), number(times.p99_micros)]])
}

fn written(cells: &[writes::Cell]) -> String {
    let rows: Vec<_> = cells
        .iter()
        .map(|cell| {
            let mut row = vec![format!("{:>10}", cell.submitters)];
            row.extend(rate(&cell.grouped));
            row.extend(rate(&cell.alone));
            row.push(times(cell.ratio));
            row
        })
        .collect();
    let header = [
        "submitters",
        " grouped/s",
        "     p50",
        "     p99",
        "   alone/s",
        "     p50",
        "     p99",
        "   ratio",
    ];
    table(&header, &rows)
}

fn read(comparisons: &[reads::Comparison]) -> String {
    let rows: Vec<_> = comparisons
        .iter()
        .map(|compared| {
            let mut row = vec![compared.read.to_owned()];
            for side in [&compared.view, &compared.by_hand] {
                row.extend([format!("{:>8.1}", side.p50_micros), format!("{:>8.1}", side.p99_micros)]);
            }
            row.push(times(compared.ratio));
            row
        })
        .collect();
    table(&["read", "view p50", "view p99", "hand p50", "hand p99", "   ratio"], &rows)
}

fn requested(cells: &[http::Cell]) -> String {
    let rows: Vec<_> = cells
        .iter()
        .map(|cell| {
            let mut row = vec![cell.request.to_owned(), format!("{:>11}", cell.connections)];
            row.extend(rate(&cell.rate));
            row.push(format!("{:>6}", cell.errors));
            row
        })
        .collect();
    table(&["request", "connections", "requests/s", "     p50", "     p99", "errors"], &rows)
}

fn neighboured(cells: &[neighbours::Cell]) -> String {
    let rows: Vec<_> = cells
        .iter()
        .map(|cell| {
            let mut row = vec![cell.request.to_owned()];
            row.extend([&cell.quiet, &cell.beside].map(|side| number(side.p50_micros)));
            row.extend([&cell.quiet, &cell.beside].map(|side| number(side.p99_micros)));
            row.push(times(cell.slowdown));
            row.extend(
                [cell.granted_per_second, cell.refused_per_second].map(|rate| format!("{rate:>10.0}")),
            );
            row.push(cell.noise_percent.map_or("unknown".into(), |share| format!("{share:>9.0} %")));
            row
        })
        .collect();
    let header = [
        "request",
        "     p50",
        "  beside",
        "     p99",
        "  beside",
        "   ratio",
        " granted/s",
        " refused/s",
        "noise's CPU",
    ];
    table(&header, &rows)
}

fn checked(cells: &[tokens::Cell]) -> String {
    let rows: Vec<_> = cells
        .iter()
        .map(|cell| {
            let mut row = vec![cell.token.to_owned()];
            for side in [&cell.warm, &cell.cold] {
                row.extend([format!("{:>8.1}", side.p50_micros), format!("{:>8.1}", side.p99_micros)]);
            }
            row
        })
        .collect();
    table(&["token", "warm p50", "warm p99", "cold p50", "cold p99"], &rows)
}

fn signed_in(sign_ins: &sign_ins::SignIns) -> String {
    let millis = |micros: f64| format!("{:.2} ms", micros / 1e3);
    named(&[
        ("sign-ins", format!("{:.1} /s", sign_ins.per_second)),
        ("until in, p50", millis(sign_ins.times.p50_micros)),
        ("until in, p99", millis(sign_ins.times.p99_micros)),
        ("not let in", sign_ins.errors.to_string()),
        ("one request by id while nobody signs in, p99", millis(sign_ins.read_idle.p99_micros)),
        ("and meanwhile, p99", millis(sign_ins.read_meanwhile.p99_micros)),
        ("memory at most", sign_ins.peak_bytes.map_or("unknown".into(), megabytes)),
        ("memory afterwards", sign_ins.bytes_after.map_or("unknown".into(), megabytes)),
    ])
}

fn started(start: &start::Start) -> String {
    named(&[
        ("first answer in an empty directory", format!("{:.1} ms", start.empty_millis)),
        ("first answer in an existing directory", format!("{:.1} ms", start.existing_millis)),
        ("idle memory", start.idle_bytes.map_or("unknown".into(), megabytes)),
        ("size of the binary", megabytes(start.binary_bytes)),
    ])
}

fn recovered(recovery: &recovery::Recovery) -> String {
    named(&[
        ("jobs that ran", recovery.jobs.to_string()),
        ("ready again, and first answer", format!("{:.1} ms", recovery.ready_millis)),
        ("all have run again", format!("{:.1} ms", recovery.done_millis)),
    ])
}

fn idled(idle: &idle::Idle) -> String {
    let percent = idle.percent.map_or("unknown".into(), |percent| format!("{percent:.3} %"));
    named(&[
        ("tenants", idle.tenants.to_string()),
        ("schedules", idle.schedules.to_string()),
        ("of one processor", percent),
    ])
}

pub fn named(figures: &[(&str, String)]) -> String {
    let rows: Vec<_> =
        figures.iter().map(|(what, measured)| vec![(*what).to_owned(), format!("{measured:>10}")]).collect();
    table(&["what", "measured"], &rows)
}

pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

fn aimed(aims: &[Aim]) -> String {
    let rows: Vec<_> = aims
        .iter()
        .map(|aim| {
            let measured = aim.measured.map_or("unknown".into(), |value| format!("{value:.2}"));
            let bound = match aim.bound {
                Bound::AtLeast(least) => format!("at least {least}"),
                Bound::AtMost(most) => format!("at most {most}"),
            };
            let verdict = if aim.reached { "reached" } else { "not reached" };
            vec![
                aim.what.to_owned(),
                format!("{measured:>8}"),
                format!("{bound} {}", aim.unit).trim_end().to_owned(),
                verdict.to_owned(),
            ]
        })
        .collect();
    table(&["aim", "measured", "aimed at", "verdict"], &rows)
}

fn rate(rate: &Rate) -> [String; 3] {
    let times = &rate.times;
    [format!("{:>10.0}", rate.per_second), number(times.p50_micros), number(times.p99_micros)]
}

pub fn number(value: f64) -> String {
    format!("{value:>8.0}")
}

fn times(ratio: Option<f64>) -> String {
    format!("{:>8}", ratio.map_or("unknown".into(), |ratio| format!("{ratio:.2}")))
}
