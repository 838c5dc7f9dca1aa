//! What is asked of the list of roles.

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
