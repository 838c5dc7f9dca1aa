//! The figures of very many jobs as tables.

use super::Large;
use crate::cli::bench::report::{megabytes, named, number};
use crate::cli::output::table;

pub fn words(large: &Large) -> String {
    let claims: Vec<_> = large
        .claims
        .iter()
        .map(|cell| {
            vec![
                format!("{:>9}", cell.waiting),
                number(cell.spread.least_micros),
                number(cell.spread.times.p50_micros),
                number(cell.spread.times.p99_micros),
                number(cell.alone.least_micros),
                number(cell.alone.times.p50_micros),
                number(cell.alone.times.p99_micros),
            ]
        })
        .collect();
    let looks: Vec<_> = large
        .looks
        .iter()
        .map(|look| {
            vec![
                look.look.to_owned(),
                look.tenant.to_owned(),
                format!("{:>8}", look.variants),
                format!("{:>7.1}", look.p50_millis),
                format!("{:>7.1}", look.p95_millis),
                format!("{:>7.1}", look.slowest_millis),
                look.slowest.clone(),
            ]
        })
        .collect();
    let unknown = || "unknown".to_owned();
    let held = [
        ("file", megabytes(large.file_bytes)),
        ("time to make it", format!("{:.0} s", large.seeded_seconds)),
        ("first answer after a start", format!("{:.1} ms", large.start_millis)),
        ("idle memory", large.idle_bytes.map_or_else(unknown, megabytes)),
        ("memory after every look", large.bytes_after.map_or_else(unknown, megabytes)),
    ];
    [
        format!(
            "Claim of 100 with {} tenants, in microseconds without the flush, from as many tenants and from one\n\n{}",
            large.tenants,
            table(
                &["  waiting", "   least", "many p50", "many p99", "   least", " one p50", " one p99"],
                &claims
            )
        ),
        named(&held),
        format!(
            "Looks at jobs over HTTP, in milliseconds\n\n{}",
            table(&["look", "tenant with", "variants", "    p50", "    p95", "slowest", "which"], &looks)
        ),
    ]
    .join("\n\n")
}
