//! The instance itself: whether it lives, whether it is ready, what it can do.

mod jobs;
mod model;
mod routes;

use std::time::Duration;

use crate::addons::Addon;
use crate::base::db::WriterFigures;
use crate::base::error::Detail;
use crate::base::{Error, Kind, Result};
use crate::kernel::Kernel;
use crate::kernel::identity::Permission;
use crate::permission;

permission!(MetricsRead, Instance, "metrics:read", "Read the figures of this instance");
permission!(SigningKeysWrite, Instance, "signing-keys:write", "Sign tokens with a new key from now on");

permission!(
    MaintenanceWrite,
    Instance,
    "maintenance:write",
    "Run, change and pause what deletes what was kept for its time"
);

pub static ADDON: Addon = Addon {
    name: "instance",
    summary: "Probes, figures, signing keys, the description of the API, keeping house",
    permissions: &[MetricsRead::INFO, SigningKeysWrite::INFO, MaintenanceWrite::INFO],
    routes: routes::ROUTES,
    jobs: jobs::JOBS,
    events: &[],
    handlers: &[],
    schedules: jobs::SCHEDULES,
};

/// How long the writer may be silent while writes wait.
const STUCK_AFTER: Duration = Duration::from_secs(10);

/// How long a probe waits for a write that shows whether writing works again.
const LONGEST_PROOF: Duration = Duration::from_secs(2);

/// Asks everything that a request needs, and fails with each thing that does not work.
async fn check_readiness(kernel: &Kernel) -> Result<()> {
    let mut details = Vec::new();
    let mut note = |path: &str, problem: Option<String>| {
        details.extend(problem.map(|message| Detail { path: path.into(), message }));
    };
    note("database", database_problem(kernel).await);
    note("writer", writer_problem(kernel.db.writer_figures()));
    note("disk", kernel.room.shortage());
    note("jobs", kernel.jobs.stall());
    if details.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = details.iter().map(|detail| detail.path.as_str()).collect();
    let message = format!("Not ready: {}; see details.", names.join(", "));
    Err(Error::new(Kind::Unavailable, message).with_details(details))
}

/// Reads, and when the last write failed tries another, so that readiness comes back by itself.
async fn database_problem(kernel: &Kernel) -> Option<String> {
    if let Some(fault) = kernel.db.lasting_fault() {
        return Some(fault.into());
    }
    if let Err(error) = kernel.prove_readable() {
        return Some(error.message().to_owned());
    }
    let fault = kernel.db.write_fault()?;
    match tokio::time::timeout(LONGEST_PROOF, kernel.prove_writable()).await {
        Ok(proof) => proof.err().map(|error| error.message().to_owned()),
        // The write goes on and its outcome will be known to the next probe.
        Err(_) => Some(fault),
    }
}

fn writer_problem(figures: WriterFigures) -> Option<String> {
    let is_stuck = figures.waiting > 0 && figures.silent_for > STUCK_AFTER;
    is_stuck.then(|| {
        format!(
            "{} writes wait and none was finished for {} s",
            figures.waiting,
            figures.silent_for.as_secs()
        )
    })
}
