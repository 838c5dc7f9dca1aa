//! What is asked of the list of keys, and what making one answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Id;
use crate::http::{Cursor, Limit};
use crate::kernel::identity::ApiKey;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyList {
    #[serde(default)]
    pub limit: Limit,
    pub cursor: Option<Cursor<Position>>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Position {
    pub id: Id<ApiKey>,
}

/// A key that was made. The token is shown this once and not stored.
#[derive(Debug, Serialize, JsonSchema)]
pub struct KeyWithToken {
    #[serde(flatten)]
    pub key: ApiKey,
    pub token: String,
}
