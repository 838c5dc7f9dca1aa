//! The figures of an instance, for those who watch over it.
//!
//! To add one, count it where it happens (an atomic, or a `Histogram`), and write it in the section where it belongs
//! or in one of your own in `SECTIONS`. A label has few values, whatever tenants do: never an id, an address or a
//! name that anybody may choose without end.

mod process;
mod store;
mod tenants;
mod work;

use std::pin::Pin;

use crate::base::Result;
use crate::base::db::engine_version;
use crate::base::figures::Page;
use crate::kernel::Kernel;
use crate::kernel::limits::{Allowance, Class, Side};

type Section = for<'k> fn(&'k Kernel, &'k mut Page) -> Pin<Box<dyn Future<Output = Result<()>> + 'k>>;

/// Everything that the kernel tells of itself, in the order of the page.
const SECTIONS: &[Section] = &[
    |kernel, page| Box::pin(async move { instance(kernel, page) }),
    |kernel, page| Box::pin(async move { writer(kernel, page) }),
    |kernel, page| Box::pin(async move { readers(kernel, page) }),
    |kernel, page| Box::pin(work::jobs(kernel, page)),
    |kernel, page| Box::pin(work::events(kernel, page)),
    |kernel, page| Box::pin(async move { limits(kernel, page) }),
    |kernel, page| Box::pin(async move { telemetry(kernel, page) }),
    |kernel, page| Box::pin(async move { tenants::write(kernel, page) }),
    |kernel, page| Box::pin(async move { files(kernel, page) }),
    |kernel, page| Box::pin(async move { process::write(kernel, page) }),
];

/// Writes them on the page.
pub async fn write_figures(kernel: &Kernel, page: &mut Page) -> Result<()> {
    for section in SECTIONS {
        section(kernel, page).await?;
    }
    Ok(())
}

fn instance(kernel: &Kernel, page: &mut Page) -> Result<()> {
    page.gauges("steading_build_info", "What runs here; the value is always 1.")
        .add(&[("version", env!("CARGO_PKG_VERSION")), ("sqlite", engine_version())], 1.0);
    // The reserved tenant is no tenant to those who count them.
    page.gauge("steading_tenants", "Tenants.", kernel.tenants.all().len().saturating_sub(1) as f64);
    let is_faulty = kernel.db.write_fault().is_some() || kernel.db.lasting_fault().is_some();
    page.gauge(
        "steading_database_faulty",
        "1 while the database can't be written or is damaged.",
        f64::from(is_faulty),
    );
    Ok(())
}

fn writer(kernel: &Kernel, page: &mut Page) -> Result<()> {
    let figures = kernel.db.writer_figures();
    page.gauge("steading_writer_queue_length", "Writes that wait for the writer.", figures.waiting as f64);
    page.counter("steading_writes_total", "Writes, those that failed included.", figures.writes as f64);
    page.histograms("steading_write_batch_size", "Writes that shared a transaction and its flush.")
        .add_histogram(&[], kernel.db.batch_sizes());
    page.histograms(
        "steading_commit_duration_seconds",
        "How long a transaction took, its flush to disk included.",
    )
    .add_histogram(&[], kernel.db.commit_times());
    Ok(())
}

fn readers(kernel: &Kernel, page: &mut Page) -> Result<()> {
    let figures = kernel.db.reader_figures();
    page.gauge("steading_readers", "Threads for reads that list or filter.", figures.threads as f64);
    page.gauge("steading_readers_busy", "Of these, those that read at the moment.", figures.busy as f64);
    page.gauge("steading_reader_queue_length", "Reads that wait for one of them.", figures.waiting as f64);
    page.counter(
        "steading_reads_refused_total",
        "Reads that found no place to wait.",
        figures.refused as f64,
    );
    Ok(())
}

fn limits(kernel: &Kernel, page: &mut Page) -> Result<()> {
    let hashed = kernel.identity.hashed_passwords() as f64;
    page.counter(
        "steading_passwords_hashed_total",
        "Passwords that were hashed, each for who signs in.",
        hashed,
    );
    let mut refused =
        page.counters("steading_rate_limited_total", "Requests that were refused for their rate.");
    for side in Side::ALL {
        for class in Class::LIMITED {
            let labels = [("by", side.as_str()), ("class", class.as_str())];
            refused.add(&labels, kernel.limits.refused_for_rate(side, class) as f64);
        }
    }
    let mut refused = page.counters(
        "steading_quota_refused_total",
        "What was refused because a tenant had as much as it may store or make in a day.",
    );
    for what in Allowance::ALL {
        refused.add(&[("of", what.as_str())], kernel.limits.refused_for(what) as f64);
    }
    let known = kernel.limits.known_askers() as f64;
    page.gauge("steading_rate_buckets", "Users, tenants and addresses whose requests are remembered.", known);
    Ok(())
}

fn telemetry(kernel: &Kernel, page: &mut Page) -> Result<()> {
    let figures = kernel.telemetry.figures();
    let mut traces =
        page.counters("steading_traces_total", "Requests and attempts of jobs, by whether they were kept.");
    traces.add(&[("kept", "yes")], figures.kept as f64);
    traces.add(&[("kept", "no")], figures.sampled_out as f64);
    let mut spans =
        page.counters("steading_spans_total", "Spans and lines of the log, by what came of them.");
    spans.add(&[("outcome", "written")], figures.written as f64);
    spans.add(&[("outcome", "dropped")], figures.dropped as f64);
    spans.add(&[("outcome", "lost")], figures.lost as f64);
    let mut sinks =
        page.counters("steading_sink_dropped_total", "Spans and lines that a sink was too slow for.");
    for (sink, dropped) in figures.dropped_by_sink {
        sinks.add(&[("sink", sink)], dropped as f64);
    }
    page.gauge("steading_telemetry_bytes", "The size of the file of traces.", figures.file_size as f64);
    Ok(())
}

fn files(kernel: &Kernel, page: &mut Page) -> Result<()> {
    let database = kernel.data.database();
    let size = |ending: &str| {
        let mut path = database.clone().into_os_string();
        path.push(ending);
        std::fs::metadata(path).map_or(0.0, |file| file.len() as f64)
    };
    page.gauge("steading_database_bytes", "The size of the database.", size(""));
    page.gauge("steading_wal_bytes", "The size of its write-ahead log.", size("-wal"));
    if let Ok(free) = kernel.data.free_space() {
        page.gauge("steading_disk_free_bytes", "What is free on the disk of the data.", free as f64);
    }
    Ok(())
}
