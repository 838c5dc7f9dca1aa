//! The types of the service desk; what comes in is checked here.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::change::{given, not_null};
use crate::base::db::{Column, FromRow, Row, Stored, Value};
use crate::base::text::Text;
use crate::base::{Id, Result, Timestamp};
use crate::http::{Cursor, Limit};
use crate::kernel::identity::User;
use crate::text_column;

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    pub id: Id<Request>,
    pub title: String,
    pub description: String,
    pub status: Status,
    pub priority: Priority,
    pub requester: Id<User>,
    pub assignee: Option<Id<User>>,
    pub due_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl FromRow for Request {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.take("id")?,
            title: row.take("title")?,
            description: row.take("description")?,
            status: row.take("status")?,
            priority: row.take("priority")?,
            requester: row.take("requester")?,
            assignee: row.take("assignee")?,
            due_at: row.take("due_at")?,
            created_at: row.take("created_at")?,
            updated_at: row.take("updated_at")?,
        })
    }
}

/// A request to be opened.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewRequest {
    pub title: Text<1, 200>,
    #[serde(default)]
    pub description: Text<0, 20_000>,
    #[serde(default)]
    pub priority: Priority,
    /// Who asks; the caller when left out. Another than him needs the permission `requests:write-for`.
    pub requester: Option<Id<User>>,
    pub assignee: Option<Id<User>>,
    pub due_at: Option<Timestamp>,
}

/// A change to a request: what is left out stays as it is, null clears the assignee and the due time.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestChange {
    #[serde(default, deserialize_with = "not_null")]
    #[schemars(with = "Text<1, 200>")]
    pub title: Option<Text<1, 200>>,
    #[serde(default, deserialize_with = "not_null")]
    #[schemars(with = "Text<0, 20_000>")]
    pub description: Option<Text<0, 20_000>>,
    #[serde(default, deserialize_with = "not_null")]
    #[schemars(with = "Priority")]
    pub priority: Option<Priority>,
    #[serde(default, deserialize_with = "given")]
    pub assignee: Option<Option<Id<User>>>,
    #[serde(default, deserialize_with = "given")]
    pub due_at: Option<Option<Timestamp>>,
}

impl RequestChange {
    /// The request as it is after the change.
    pub fn applied_to(&self, request: Request) -> Request {
        Request {
            title: self.title.as_deref().map_or(request.title, str::to_owned),
            description: self.description.as_deref().map_or(request.description, str::to_owned),
            priority: self.priority.unwrap_or(request.priority),
            assignee: self.assignee.unwrap_or(request.assignee),
            due_at: self.due_at.unwrap_or(request.due_at),
            ..request
        }
    }
}

/// A move to another status, and perhaps why.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Transition {
    pub to: Status,
    pub comment: Option<CommentBody>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Open,
    InProgress,
    Approved,
    Rejected,
    Done,
    Cancelled,
}

impl Status {
    pub const ALL: [Self; 6] =
        [Self::Open, Self::InProgress, Self::Approved, Self::Rejected, Self::Done, Self::Cancelled];

    /// Where a request may go from here. Done and cancelled are the end; rejected may be reopened.
    pub fn moves(self) -> &'static [Self] {
        match self {
            Self::Open => &[Self::InProgress, Self::Approved, Self::Rejected, Self::Cancelled],
            Self::InProgress => &[Self::Open, Self::Approved, Self::Rejected, Self::Done, Self::Cancelled],
            Self::Approved => &[Self::InProgress, Self::Done, Self::Cancelled],
            Self::Rejected => &[Self::Open],
            Self::Done | Self::Cancelled => &[],
        }
    }

    /// Why a move is not possible, and which are.
    pub fn refusal(self, to: Self) -> String {
        let names: Vec<&str> = self.moves().iter().map(|status| status.as_str()).collect();
        let (from, to) = (self.as_str(), to.as_str());
        match names.is_empty() {
            true => format!("A request that is {from} can't move to {to}; it stays as it is."),
            false => {
                format!("A request that is {from} can't move to {to}; it can move to {}.", names.join(", "))
            }
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::InProgress => "in_progress",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }
}

impl FromStr for Status {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|status| status.as_str() == word).ok_or(())
    }
}

text_column!(Status);

/// How urgent it is; stored as a rank so that the database can sort by it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    Low,
    #[default]
    Normal,
    High,
    Urgent,
}

impl Priority {
    const BY_RANK: [Self; 4] = [Self::Low, Self::Normal, Self::High, Self::Urgent];

    pub fn rank(self) -> i64 {
        self as i64
    }
}

impl Column for Priority {
    fn read(value: Stored<'_>) -> Option<Self> {
        usize::try_from(i64::read(value)?).ok().and_then(|rank| Self::BY_RANK.get(rank).copied())
    }
}

impl From<Priority> for Value<'_> {
    fn from(priority: Priority) -> Self {
        Self::Int(priority.rank())
    }
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Comment {
    pub id: Id<Comment>,
    pub request_id: Id<Request>,
    /// Who wrote it, as `user:<id>`.
    pub author: String,
    pub body: String,
    pub created_at: Timestamp,
}

impl FromRow for Comment {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.take("id")?,
            request_id: row.take("request_id")?,
            author: row.take("author")?,
            body: row.take("body")?,
            created_at: row.take("created_at")?,
        })
    }
}

pub type CommentBody = Text<1, 10_000>;

/// A comment to be written.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewComment {
    pub body: CommentBody,
}

/// What is asked of the list of requests.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestList {
    pub status: Option<Status>,
    pub priority: Option<Priority>,
    pub assignee: Option<Id<User>>,
    /// Only requests that are due before this time.
    pub due_before: Option<Timestamp>,
    #[serde(default)]
    pub sort: Sort,
    #[serde(default)]
    pub limit: Limit,
    pub cursor: Option<Cursor<Position>>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// The newest first.
    #[default]
    Newest,
    /// The oldest first.
    Oldest,
    /// Those that are due soonest first, those without a due time last.
    Due,
    /// The most urgent first, and the newest of them.
    Priority,
}

/// Where a page ended: the sort's key and the id of its last request.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    pub sort: Sort,
    /// The key of a sort by something else than age, of which the id itself is the key.
    pub key: Option<i64>,
    pub id: Id<Request>,
}

/// Sorts after every due time: the end of the year 9999, as the index has it.
const NEVER_DUE: i64 = 253_402_300_799_999;

impl Position {
    pub fn after(request: &Request, sort: Sort) -> Self {
        let key = match sort {
            Sort::Newest | Sort::Oldest => None,
            Sort::Due => Some(request.due_at.map_or(NEVER_DUE, Timestamp::millis)),
            Sort::Priority => Some(request.priority.rank()),
        };
        Self { sort, key, id: request.id }
    }
}

/// What is asked of the comments on a request.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CommentList {
    #[serde(default)]
    pub limit: Limit,
    pub cursor: Option<Cursor<CommentPosition>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CommentPosition {
    pub id: Id<Comment>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_status_moves_to_itself_and_every_end_is_reached() {
        for status in Status::ALL {
            assert!(!status.moves().contains(&status), "{}", status.as_str());
        }
        for end in [Status::Done, Status::Cancelled] {
            assert!(Status::ALL.iter().any(|from| from.moves().contains(&end)));
        }
    }

    #[test]
    fn a_refusal_names_the_moves_that_are_possible() {
        assert_eq!(
            Status::Approved.refusal(Status::Open),
            "A request that is approved can't move to open; it can move to in_progress, done, cancelled."
        );
    }
}
