//! Accounts: those who sign in to the instance and work in tenants as members.

mod model;
mod routes;

use crate::addons::Addon;
use crate::kernel::identity::Permission;
use crate::permission;

permission!(AccountsRead, Instance, "accounts:read", "See the accounts of this instance");
permission!(AccountsWrite, Instance, "accounts:write", "Make accounts");

pub static ADDON: Addon = Addon {
    name: "accounts",
    summary: "Those who sign in to the instance",
    permissions: &[AccountsRead::INFO, AccountsWrite::INFO],
    routes: routes::ROUTES,
    jobs: &[],
    events: &[],
    handlers: &[],
    schedules: &[],
};
