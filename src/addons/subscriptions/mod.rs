//! Subscriptions as a tenant's people see them: who listens to which events, and how well it goes. The
//! bus is in `kernel/events`.

mod model;
mod routes;

use crate::addons::Addon;
use crate::kernel::identity::Permission;
use crate::permission;

permission!(
    SubscriptionsRead,
    Anywhere,
    "subscriptions:read",
    "See who listens to events, and how well it goes"
);
permission!(
    SubscriptionsWrite,
    Anywhere,
    "subscriptions:write",
    "Enable, disable, change and delete subscriptions; with events:read make them, and with jobs:write those that make jobs"
);

pub static ADDON: Addon = Addon {
    name: "subscriptions",
    summary: "Who listens to events",
    permissions: &[SubscriptionsRead::INFO, SubscriptionsWrite::INFO],
    routes: routes::ROUTES,
    jobs: &[],
    events: &[],
    handlers: &[],
    schedules: &[],
};
