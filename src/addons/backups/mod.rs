//! Backups of the whole instance: made by the clock and on demand, looked at, tried out, taken away, restored.

mod events;
mod jobs;
mod model;
mod routes;

use crate::addons::Addon;
use crate::kernel::identity::Permission;
use crate::permission;
pub use events::tell_restored;

permission!(BackupsRead, Instance, "backups:read", "See backups and how their making went");
permission!(BackupsWrite, Instance, "backups:write", "Make, verify, try out and delete backups");
permission!(
    BackupsDownload,
    Instance,
    "backups:download",
    "Download backups, and with them the signing keys"
);
permission!(BackupsRestore, Instance, "backups:restore", "Go back to a backup, with your password");

pub static ADDON: Addon = Addon {
    name: "backups",
    summary: "The whole instance in a file",
    permissions: &[BackupsRead::INFO, BackupsWrite::INFO, BackupsDownload::INFO, BackupsRestore::INFO],
    routes: routes::ROUTES,
    jobs: jobs::JOBS,
    events: events::EVENTS,
    handlers: &[],
    schedules: jobs::SCHEDULES,
};

/// The schedule whose line is in the configuration.
pub const SCHEDULE: &str = "backups.create";
