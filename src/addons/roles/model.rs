//! What is asked of the list of roles.

use std::convert::Infallible;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::http::{Cursor, Limit};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoleList {
    #[serde(default)]
    pub limit: Limit,
    pub cursor: Option<Cursor<Position>>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Position {
    pub name: String,
}

/// A role as a path names it. What can't be a role's name is not found.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(inline)]
pub struct NamedRole(pub String);

impl FromStr for NamedRole {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}
