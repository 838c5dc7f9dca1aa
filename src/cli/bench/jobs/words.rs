//! The figures of jobs as tables.

use super::{Enqueued, Jobs};
use crate::cli::bench::report::number;
use crate::cli::output::table;

pub fn words(jobs: &Jobs) -> String {
    let drained: Vec<_> = jobs
        .drained
        .iter()
        .map(|cell| vec![format!("{:>7}", cell.workers), format!("{:>10.0}", cell.per_second)])
        .collect();
    let begun = vec![vec![
        number(jobs.begun.p50_micros),
        number(jobs.begun_p95_micros),
        number(jobs.begun.p99_micros),
    ]];
    let newcomer = &jobs.newcomer;
    let came = vec![vec![number(newcomer.begun.p50_micros), number(newcomer.slowest_micros)]];
    [
        enqueued("callers", &jobs.enqueued),
        enqueued("over HTTP", &jobs.enqueued_over_http),
        table(&["workers", "  done/s"], &drained),
        format!("From enqueueing to the handler's beginning, idle, in microseconds\n\n{}", {
            table(&["     p50", "     p95", "     p99"], &begun)
        }),
        format!(
            "The same of a tenant's first job, behind {} jobs of another that take {} ms each, with {} workers\n\n{}",
            newcomer.behind,
            newcomer.handler_millis,
            newcomer.workers,
            table(&["     p50", " slowest"], &came)
        ),
    ]
    .join("\n\n")
}

fn enqueued(callers: &str, cells: &[Enqueued]) -> String {
    let rows: Vec<_> = cells
        .iter()
        .map(|cell| {
            vec![
                format!("{:>9}", cell.callers),
                format!("{:>10.0}", cell.rate.per_second),
                number(cell.rate.times.p50_micros),
                number(cell.rate.times.p99_micros),
            ]
        })
        .collect();
    table(&[callers, "enqueued/s", "     p50", "     p99"], &rows)
}
