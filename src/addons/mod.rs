//! The features, one folder each, all of the same shape. This list is the table of contents.

pub mod accounts;
pub mod audit;
pub mod auth;
pub mod instance;
pub mod members;
pub mod requests;
pub mod roles;
pub mod tenants;
pub mod users;

use crate::base::Result;
use crate::http::{Route, Table};
use crate::kernel::identity::PermissionInfo;

/// One feature: plain static data.
pub struct Addon {
    pub name: &'static str,
    pub summary: &'static str,
    pub permissions: &'static [PermissionInfo],
    pub routes: &'static [Route],
}

/// Every feature of this binary.
pub static ADDONS: &[&Addon] = &[
    &instance::ADDON, // probes, the OpenAPI document
    &auth::ADDON,     // sign in, sign out, sessions, the first run
    &tenants::ADDON,  // make, rename, suspend, delete tenants
    &accounts::ADDON, // those who sign in to the instance
    &roles::ADDON,    // built in, and a tenant's own
    &members::ADDON,  // accounts that work in a tenant
    &users::ADDON,    // those who sign in to a tenant
    &audit::ADDON,    // who did what
    &requests::ADDON, // the service desk
];

/// Every route and permission of every feature.
pub fn table() -> Result<Table> {
    Table::new(
        ADDONS.iter().flat_map(|addon| addon.routes).collect(),
        ADDONS.iter().flat_map(|addon| addon.permissions).copied().collect(),
    )
}
