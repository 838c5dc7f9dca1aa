//! Members: the accounts that work in a tenant, each with a role there.

mod model;
mod routes;

use crate::addons::Addon;
use crate::kernel::identity::Permission;
use crate::permission;

permission!(MembersRead, Anywhere, "members:read", "See who works in the tenant");
permission!(PeopleRead, Anywhere, "people:read", "See what people are called whose ids are known");
permission!(MembersWrite, Anywhere, "members:write", "Add and remove members, and give them roles");

pub static ADDON: Addon = Addon {
    name: "members",
    summary: "Accounts that work in a tenant",
    permissions: &[MembersRead::INFO, MembersWrite::INFO, PeopleRead::INFO],
    routes: routes::ROUTES,
    jobs: &[],
    events: &[],
    handlers: &[],
    schedules: &[],
};
