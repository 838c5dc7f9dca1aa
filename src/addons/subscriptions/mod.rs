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
    "Make, change, enable, disable and delete subscriptions"
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
