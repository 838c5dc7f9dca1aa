//! Limits, as a tenant sees its own: what it may have, and what it has.

mod routes;

use crate::addons::Addon;
use crate::kernel::identity::Permission;
use crate::permission;

permission!(LimitsRead, Tenant, "limits:read", "See what the tenant may store and make, and what it has");

pub static ADDON: Addon = Addon {
    name: "limits",
    summary: "What a tenant may store, make in a day and ask for, and what it has",
    permissions: &[LimitsRead::INFO],
    routes: routes::ROUTES,
    jobs: &[],
    events: &[],
    handlers: &[],
    schedules: &[],
};
