//! What is asked of the list of issuers, and one issuer with its keys.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Id;
use crate::http::{Cursor, Limit};
use crate::kernel::identity::{Issuer, KeyStatus};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IssuerList {
    #[serde(default)]
    pub limit: Limit,
    pub cursor: Option<Cursor<Position>>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Position {
    pub id: Id<Issuer>,
}

/// An issuer, and how it stands with its keys.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IssuerShown {
    #[serde(flatten)]
    pub issuer: Issuer,
    /// Null until a token of it came.
    pub keys: Option<KeyStatus>,
}
