//! Roles: what every tenant has, and what it made for itself. A role is named in paths and where it
//! is given, so its name does not change.

mod model;
mod routes;

use crate::addons::Addon;
use crate::kernel::identity::Permission;
use crate::permission;

permission!(RolesRead, Anywhere, "roles:read", "See the roles of the tenant");
permission!(RolesWrite, Anywhere, "roles:write", "Make, change and delete the tenant's own roles");

pub static ADDON: Addon = Addon {
    name: "roles",
    summary: "Named sets of permissions, built in and of a tenant's own",
    permissions: &[RolesRead::INFO, RolesWrite::INFO],
    routes: routes::ROUTES,
    jobs: &[],
    events: &[],
    handlers: &[],
    schedules: &[],
};
