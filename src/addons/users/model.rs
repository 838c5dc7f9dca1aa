//! What is asked of the list of users, and what ending sessions answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::text::Text;
use crate::http::{Cursor, Limit};
use crate::kernel::identity::{RoleName, UserPosition, UserState};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserQuery {
    /// How the e-mail address or the name begins, in any case. Those found by address come first.
    pub search: Option<Text<1, 100>>,
    pub role: Option<RoleName>,
    pub state: Option<UserState>,
    #[serde(default)]
    pub limit: Limit,
    pub cursor: Option<Cursor<UserPosition>>,
}

/// What ended.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SessionsEnded {
    pub ended: usize,
}
