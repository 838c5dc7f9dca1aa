//! Workers outside: programs in any language that take jobs over HTTP and say what came of them.
//! How to write one is in `docs/workers.md`.

mod model;
mod routes;

use crate::addons::Addon;
use crate::kernel::identity::Permission;
use crate::permission;

permission!(JobsWork, Anywhere, "jobs:work", "Take jobs of queues for workers outside, and end them");

pub static ADDON: Addon = Addon {
    name: "workers",
    summary: "Programs outside that run jobs",
    permissions: &[JobsWork::INFO],
    routes: routes::ROUTES,
    jobs: &[],
    events: &[],
    handlers: &[],
    schedules: &[],
};
