//! The statements about the roles that a tenant made for itself.

use super::super::permission::Pattern;
use super::super::roles::Role;
use crate::base::db::{Only, Read, Write};
use crate::base::{Error, Result, Timestamp};
use crate::{bind, sql};

pub fn list_roles(tx: &Read<'_>, after: Option<&str>, limit: usize) -> Result<Vec<Role>> {
    tx.all(sql!("../sql/", "list_roles"), bind! { after: after, limit: limit as i64 })
}

pub fn find_role(tx: &Read<'_>, name: &str) -> Result<Option<Role>> {
    tx.maybe(sql!("../sql/", "find_role"), bind! { name: name })
}

/// Whether somebody has a role of this name, be there such a role or not.
pub fn role_is_held(tx: &Read<'_>, name: &str) -> Result<bool> {
    let Only(held) = tx.one(sql!("../sql/", "role_is_held"), bind! { name: name })?;
    Ok(held)
}

pub fn insert_role(
    tx: &Write<'_>,
    name: &str,
    summary: &str,
    permissions: &[Pattern],
    now: Timestamp,
) -> Result<Role> {
    tx.one(
        sql!("../sql/", "insert_role"),
        bind! { name: name, summary: summary, permissions: json(permissions)?, now: now },
    )
}

pub fn update_role(tx: &Write<'_>, role: &Role, now: Timestamp) -> Result<Role> {
    tx.one(
        sql!("../sql/", "update_role"),
        bind! {
            name: &role.name,
            summary: &role.summary,
            permissions: json(&role.permissions)?,
            now: now,
        },
    )
}

pub fn delete_role(tx: &Write<'_>, name: &str) -> Result<()> {
    tx.run(sql!("../sql/", "delete_role"), bind! { name: name })
}

fn json(patterns: &[Pattern]) -> Result<String> {
    serde_json::to_string(patterns).map_err(Error::internal)
}
