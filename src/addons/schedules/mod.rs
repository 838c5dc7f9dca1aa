//! Schedules as a tenant's people see them: cron lines that enqueue jobs. The engine is in
//! `kernel/jobs/schedules`.

mod model;
mod routes;

use crate::addons::Addon;
use crate::kernel::identity::Permission;
use crate::permission;

permission!(SchedulesRead, Anywhere, "schedules:read", "See schedules, and when they fire");
permission!(
    SchedulesWrite,
    Anywhere,
    "schedules:write",
    "Delete schedules; with jobs:write make, change, pause and fire them"
);

pub static ADDON: Addon = Addon {
    name: "schedules",
    summary: "Jobs by the clock",
    permissions: &[SchedulesRead::INFO, SchedulesWrite::INFO],
    routes: routes::ROUTES,
    jobs: &[],
    events: &[],
    handlers: &[],
    schedules: &[],
};
