//! Users: those who sign in to one tenant, as those see them who look after them. In the reserved
//! tenant they are the accounts.

mod model;
mod routes;

use crate::addons::Addon;
use crate::kernel::identity::Permission;
use crate::permission;

permission!(UsersRead, Anywhere, "users:read", "See the tenant's own users");
permission!(
    UsersWrite,
    Anywhere,
    "users:write",
    "Make, change and disable users, give them roles, sign them out"
);
permission!(UsersDelete, Anywhere, "users:delete", "Delete users");

pub static ADDON: Addon = Addon {
    name: "users",
    summary: "Those who sign in to a tenant",
    permissions: &[UsersRead::INFO, UsersWrite::INFO, UsersDelete::INFO],
    routes: routes::ROUTES,
    jobs: &[],
    events: &[],
    handlers: &[],
    schedules: &[],
};
