//! The roles of a tenant: the built-in ones, which are the same everywhere, and its own.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

use super::grant::Grantor;
use super::issuers;
use super::permission::Pattern;
use super::role::{self, BUILT_IN, BuiltIn};
use super::{Identity, store};
use crate::base::change::not_null;
use crate::base::db::{FromRow, Read, Row, Write};
use crate::base::text::Name;
use crate::base::{Error, Result, Timestamp};
use crate::kernel::audit::Act;

/// A named set of permissions.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    pub name: String,
    pub summary: String,
    pub permissions: Vec<Pattern>,
    /// Every tenant has it, and nobody changes it.
    pub built_in: bool,
    pub created_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
}

impl FromRow for Role {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        let (name, summary): (String, String) = (row.take("name")?, row.take("summary")?);
        let permissions: String = row.take("permissions")?;
        Ok(Self {
            name,
            summary,
            permissions: serde_json::from_str(&permissions).map_err(Error::internal)?,
            built_in: false,
            created_at: row.take("created_at")?,
            updated_at: row.take("updated_at")?,
        })
    }
}

impl From<&BuiltIn> for Role {
    fn from(role: &BuiltIn) -> Self {
        Self {
            name: role.name.into(),
            summary: role.summary.into(),
            permissions: role.patterns(),
            built_in: true,
            created_at: None,
            updated_at: None,
        }
    }
}

pub type RoleSummary = Name<0, 200>;

/// A role to be made.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewRole {
    pub name: RoleName,
    #[serde(default)]
    pub summary: RoleSummary,
    /// Such as `requests:read` or `requests:*`.
    #[serde(deserialize_with = "few_patterns")]
    #[schemars(length(max = 100))]
    pub permissions: Vec<Pattern>,
}

/// A change to a role: what is left out stays as it is.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoleChange {
    #[serde(default, deserialize_with = "not_null")]
    #[schemars(with = "RoleSummary")]
    pub summary: Option<RoleSummary>,
    #[serde(default, deserialize_with = "perhaps_few_patterns")]
    #[schemars(with = "Vec<Pattern>", length(max = 100))]
    pub permissions: Option<Vec<Pattern>>,
}

const MOST_PATTERNS: usize = 100;

fn few_patterns<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Pattern>, D::Error> {
    let mut patterns = Vec::<Pattern>::deserialize(deserializer)?;
    if patterns.len() > MOST_PATTERNS {
        return Err(de::Error::custom("must have at most 100 permissions"));
    }
    patterns.sort_unstable();
    patterns.dedup();
    Ok(patterns)
}

fn perhaps_few_patterns<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<Pattern>>, D::Error> {
    few_patterns(deserializer).map(Some)
}

/// A role's name: 2 to 40 of a-z, 0-9, hyphens and underscores, beginning with a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleName(String);

impl FromStr for RoleName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = (2..=40).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'));
        match fits {
            true => Ok(Self(text.into())),
            false => Err("write 2 to 40 of a-z, 0-9, hyphens and underscores, beginning with a letter"),
        }
    }
}

impl Deref for RoleName {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RoleName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for RoleName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "RoleName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[a-z][a-z0-9_-]{1,39}$" })
    }
}

/// The roles after the one of this name: the built-in ones from the one that may most, then the
/// tenant's own by name.
pub fn list_roles(tx: &Read<'_>, after: Option<&str>, limit: usize) -> Result<Vec<Role>> {
    let passed = after.map(|name| BUILT_IN.iter().position(|role| role.name == name));
    let built_in = match passed {
        None => BUILT_IN,
        Some(Some(index)) => &BUILT_IN[index + 1..],
        Some(None) => &[],
    };
    let mut roles: Vec<Role> = built_in.iter().take(limit).map(Role::from).collect();
    if roles.len() < limit {
        let own = after.filter(|name| role::built_in(name).is_none());
        roles.extend(store::list_roles(tx, own, limit - roles.len())?);
    }
    Ok(roles)
}

/// The role of this name, built in or the tenant's own.
pub fn find_role(tx: &Read<'_>, name: &str) -> Result<Option<Role>> {
    match role::built_in(name) {
        Some(role) => Ok(Some(role.into())),
        None => store::find_role(tx, name),
    }
}

/// Makes a role of what its maker holds.
pub fn create_role(tx: &Write<'_>, by: &Grantor, new: &NewRole, now: Timestamp) -> Result<Role> {
    must_be_own(&new.name)?;
    by.must_hold(&new.permissions)?;
    if store::find_role(tx, &new.name)?.is_some() {
        return Err(Error::conflict(format!("A role named {} exists; choose another name.", new.name)));
    }
    // Whoever had a deleted role of this name would hold what nobody gave him.
    if store::role_is_held(tx, &new.name)? {
        return Err(Error::conflict(format!(
            "Somebody still has a deleted role named {}; give him another first, or choose another name.",
            new.name
        )));
    }
    if issuers::role_is_mapped(tx, &new.name)? {
        return Err(Error::conflict(format!(
            "An issuer still gives a deleted role named {}; change it first, or choose another name.",
            new.name
        )));
    }
    let made = store::insert_role(tx, &new.name, &new.summary, &new.permissions, now)?;
    by.record(tx, &Act::new("role.created", subject(&made.name)).after(&made)?, now)?;
    Ok(made)
}

/// Changes what a role allows: whoever does it holds what it allowed and what it will allow.
pub fn change_role(
    tx: &Write<'_>,
    identity: &Identity,
    by: &Grantor,
    name: &str,
    change: &RoleChange,
    now: Timestamp,
) -> Result<Role> {
    must_be_own(name)?;
    let mut role = store::find_role(tx, name)?.ok_or_else(|| Error::not_found("role"))?;
    by.must_hold(&role.permissions)?;
    let act = Act::new("role.changed", subject(name)).before(&role)?;
    if let Some(summary) = &change.summary {
        role.summary = summary.to_string();
    }
    if let Some(permissions) = &change.permissions {
        by.must_hold(permissions)?;
        role.permissions.clone_from(permissions);
    }
    identity.forget_standings(tx);
    let changed = store::update_role(tx, &role, now)?;
    by.record(tx, &act.after(&changed)?, now)?;
    Ok(changed)
}

/// Deletes a role. Those who have it hold nothing until they are given another.
pub fn delete_role(
    tx: &Write<'_>,
    identity: &Identity,
    by: &Grantor,
    name: &str,
    now: Timestamp,
) -> Result<()> {
    must_be_own(name)?;
    let role = store::find_role(tx, name)?.ok_or_else(|| Error::not_found("role"))?;
    by.must_hold(&role.permissions)?;
    identity.forget_standings(tx);
    by.record(tx, &Act::new("role.deleted", subject(name)).before(&role)?, now)?;
    store::delete_role(tx, name)
}

/// The role as the audit names it.
fn subject(name: &str) -> String {
    format!("role:{name}")
}

fn must_be_own(name: &str) -> Result<()> {
    match role::built_in(name) {
        None => Ok(()),
        Some(_) => {
            Err(Error::conflict(format!("The role {name} is built in; make one of your own instead.")))
        }
    }
}
