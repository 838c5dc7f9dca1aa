//! What is asked of the audit.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Timestamp;
use crate::base::text::Text;
use crate::http::{Cursor, Limit};
use crate::kernel::audit::{ActionPattern, Search};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuditList {
    /// Only what this one did, such as `user:<id>` or `system`.
    pub actor: Option<Text<1, 100>>,
    /// Only this action, such as `user.signed_in`, or `user.*` for all about users.
    pub action: Option<ActionPattern>,
    /// Only what was done to this, such as `tenant:<id>`.
    pub subject: Option<Text<1, 300>>,
    /// Only from this moment on.
    pub since: Option<Timestamp>,
    /// Only before this moment.
    pub until: Option<Timestamp>,
    #[serde(default)]
    pub limit: Limit,
    pub cursor: Option<Cursor<Position>>,
}

/// Something that was done elsewhere and is to be remembered here.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewNote {
    /// What it is about, such as `user:<id>`.
    pub subject: Text<1, 300>,
    pub text: Text<1, 1_000>,
}

/// The note that was added.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Note {
    pub subject: Text<1, 300>,
    pub text: Text<1, 1_000>,
    pub at: Timestamp,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Position {
    pub at: i64,
    pub number: i64,
}

impl From<AuditList> for Search {
    fn from(list: AuditList) -> Self {
        Self {
            actor: list.actor.map(Into::into),
            action: list.action,
            subject: list.subject.map(Into::into),
            since: list.since,
            until: list.until,
            after: list.cursor.map(|Cursor(last)| (Timestamp::from_millis(last.at), last.number)),
        }
    }
}
