//! The report: every figure, as JSON for programs and as tables for people.

use serde::Serialize;

use super::aims::{Aim, Bound};
use super::stats::{Rate, Times};
use super::{http, jobs, reads, start, writes};
use crate::cli::output::table;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub machine: Machine,
    pub flush: Times,
    pub writes: Vec<writes::Cell>,
    pub reads: Vec<reads::Comparison>,
    pub http: Vec<http::Cell>,
    pub jobs: jobs::Jobs,
    pub start: start::Start,
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
    [
        machine(&report.machine),
        format!("Flush of one page to disk\n\n{}", flush(&report.flush)),
        format!("Durable inserts, in microseconds until on disk\n\n{}", written(&report.writes)),
        format!("Reads inside the process, in microseconds\n\n{}", read(&report.reads)),
        format!("Requests over HTTP, in microseconds until answered\n\n{}", requested(&report.http)),
        format!("Durable jobs, in microseconds until on disk\n\n{}", jobs::words(&report.jobs)),
        format!("Start\n\n{}", started(&report.start)),
        format!("Aims\n\n{}", aimed(aims)),
    ]
    .join("\n\n")
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

fn started(start: &start::Start) -> String {
    let megabytes = |bytes: u64| format!("{:.1} MB", bytes as f64 / 1e6);
    let rows = [
        ("first answer in an empty directory", format!("{:.1} ms", start.empty_millis)),
        ("first answer in an existing directory", format!("{:.1} ms", start.existing_millis)),
        ("idle memory", start.idle_bytes.map_or("unknown".into(), megabytes)),
        ("size of the binary", megabytes(start.binary_bytes)),
    ];
    table(
        &["what", "measured"],
        &rows.map(|(what, measured)| vec![what.to_owned(), format!("{measured:>10}")]),
    )
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
