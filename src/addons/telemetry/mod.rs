//! What was done here lately, as recent traces, lines of the log and errors. They are kept by
//! `kernel/telemetry`, in a file that may be lost; nothing here changes anything.

mod model;
mod routes;

use crate::addons::Addon;
use crate::kernel::identity::Permission;
use crate::permission;

permission!(TelemetryRead, Anywhere, "telemetry:read", "See recent traces, lines of the log and errors");

pub static ADDON: Addon = Addon {
    name: "telemetry",
    summary: "What was done lately, step by step, and what went wrong",
    permissions: &[TelemetryRead::INFO],
    routes: routes::ROUTES,
    jobs: &[],
    events: &[],
    handlers: &[],
    schedules: &[],
};
