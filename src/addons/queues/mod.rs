//! Queues: the names under which a tenant's jobs share limits and can be paused.

mod routes;

use crate::addons::Addon;
use crate::kernel::identity::Permission;
use crate::permission;

permission!(QueuesRead, Anywhere, "queues:read", "See queues and their limits");
permission!(QueuesWrite, Anywhere, "queues:write", "Make, limit, pause and delete queues");

pub static ADDON: Addon = Addon {
    name: "queues",
    summary: "Limits that jobs share",
    permissions: &[QueuesRead::INFO, QueuesWrite::INFO],
    routes: routes::ROUTES,
    jobs: &[],
    events: &[],
    handlers: &[],
    schedules: &[],
};
