//! Jobs as a tenant's people see them: enqueue, look, try again, cancel. The engine is in
//! `kernel/jobs`.

#[allow(clippy::module_inception)] // An addon's parts have the same names everywhere.
mod jobs;
mod model;
mod routes;

use crate::addons::Addon;
use crate::kernel::identity::Permission;
use crate::kernel::jobs::JobsWrite;
use crate::permission;

permission!(JobsRead, Anywhere, "jobs:read", "See jobs, their payloads and results");

pub static ADDON: Addon = Addon {
    name: "jobs",
    summary: "Durable work that is never lost",
    permissions: &[JobsRead::INFO, JobsWrite::INFO],
    routes: routes::ROUTES,
    jobs: jobs::JOBS,
    events: &[],
    handlers: &[],
    schedules: &[],
};
