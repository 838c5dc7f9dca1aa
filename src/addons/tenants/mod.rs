//! Tenants, as those who run the instance see them.

mod model;
mod routes;

use crate::addons::Addon;
use crate::kernel::identity::Permission;
use crate::permission;

permission!(TenantsRead, Instance, "tenants:read", "See the tenants of this instance");
permission!(TenantsWrite, Instance, "tenants:write", "Make, change, suspend and delete tenants");

permission!(TenantRead, Tenant, "tenant:read", "See the tenant's settings");
permission!(TenantWrite, Tenant, "tenant:write", "Change the tenant's name, and who may sign up in it");

pub static ADDON: Addon = Addon {
    name: "tenants",
    summary: "Make, rename, suspend and delete tenants",
    permissions: &[TenantsRead::INFO, TenantsWrite::INFO, TenantRead::INFO, TenantWrite::INFO],
    routes: routes::ROUTES,
    jobs: &[],
    events: &[],
    handlers: &[],
    schedules: &[],
};
