//! Roles: what every tenant has, and what it made for itself. A role is named in paths and where it
//! is given, so its name does not change.

mod model;
mod routes;

use crate::addons::Addon;
use crate::base::error::Detail;
use crate::base::{Error, Result};
use crate::kernel::identity::{Allowed, Pattern, Permission, PermissionInfo};
use crate::permission;

permission!(RolesRead, Anywhere, "roles:read", "See the roles of the tenant");
permission!(RolesWrite, Anywhere, "roles:write", "Make, change and delete the tenant's own roles");

pub static ADDON: Addon = Addon {
    name: "roles",
    summary: "Named sets of permissions, built in and of a tenant's own",
    permissions: &[RolesRead::INFO, RolesWrite::INFO],
    routes: routes::ROUTES,
    jobs: &[],
};

/// Refuses patterns that stand for nothing, which are slips of the pen.
fn must_mean_something(patterns: &[Pattern], known: &[PermissionInfo]) -> Result<()> {
    let means_nothing = |pattern: &Pattern| {
        let alone = Allowed::only(vec![pattern.clone()]);
        !known.iter().any(|permission| alone.includes(*permission))
    };
    let details: Vec<Detail> = patterns
        .iter()
        .filter(|pattern| means_nothing(pattern))
        .map(|pattern| Detail {
            path: "permissions".into(),
            message: format!("{pattern} stands for no permission of this server; see /api/auth/permissions"),
        })
        .collect();
    if details.is_empty() { Ok(()) } else { Err(Error::invalid_at(details)) }
}
