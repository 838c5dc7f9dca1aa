//! What is asked of the list of accounts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::http::{Cursor, Limit};
use crate::kernel::identity::Email;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccountList {
    /// Only the account with this address.
    pub email: Option<Email>,
    #[serde(default)]
    pub limit: Limit,
    pub cursor: Option<Cursor<Position>>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Position {
    pub email_key: String,
}
