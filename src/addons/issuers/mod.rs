//! Issuers: others whose tokens a tenant believes, so that people sign in there and work here.

mod model;
mod routes;

use crate::addons::Addon;
use crate::kernel::identity::Permission;
use crate::permission;

permission!(IssuersRead, Tenant, "issuers:read", "See whose tokens the tenant believes");
permission!(
    IssuersWrite,
    Tenant,
    "issuers:write",
    "Trust issuers, change whom they let in, and stop trusting them"
);

pub static ADDON: Addon = Addon {
    name: "issuers",
    summary: "Others who say who somebody is (OpenID Connect)",
    permissions: &[IssuersRead::INFO, IssuersWrite::INFO],
    routes: routes::ROUTES,
    jobs: &[],
    events: &[],
    handlers: &[],
    schedules: &[],
};
