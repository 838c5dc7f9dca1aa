//! What the service desk publishes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::model::{Comment, Priority, Request, Status};
use crate::base::db::Write;
use crate::base::{Id, Result, Timestamp};
use crate::kernel::Who;
use crate::kernel::events::{Fact, FactKind};
use crate::kernel::identity::User;

pub static EVENTS: &[FactKind] = &[
    FactKind::of::<RequestCreated>(),
    FactKind::of::<RequestUpdated>(),
    FactKind::of::<RequestTransitioned>(),
    FactKind::of::<RequestCommented>(),
    FactKind::of::<RequestDeleted>(),
];

/// A request as listeners get it: all but its description.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Told {
    request_id: Id<Request>,
    title: String,
    status: Status,
    priority: Priority,
    requester: Id<User>,
    assignee: Option<Id<User>>,
    due_at: Option<Timestamp>,
}

impl From<&Request> for Told {
    fn from(request: &Request) -> Self {
        Self {
            request_id: request.id,
            title: request.title.clone(),
            status: request.status,
            priority: request.priority,
            requester: request.requester,
            assignee: request.assignee,
            due_at: request.due_at,
        }
    }
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct RequestCreated(Told);

impl Fact for RequestCreated {
    const TYPE: &'static str = "request.created";
    const SUMMARY: &'static str = "A request was opened";
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct RequestUpdated(Told);

impl Fact for RequestUpdated {
    const TYPE: &'static str = "request.updated";
    const SUMMARY: &'static str = "A request was changed";
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RequestTransitioned {
    request_id: Id<Request>,
    title: String,
    from: Status,
    to: Status,
}

impl Fact for RequestTransitioned {
    const TYPE: &'static str = "request.transitioned";
    const SUMMARY: &'static str = "A request moved to another status";
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RequestCommented {
    request_id: Id<Request>,
    comment_id: Id<Comment>,
    author: String,
}

impl Fact for RequestCommented {
    const TYPE: &'static str = "request.commented";
    const SUMMARY: &'static str = "Somebody commented on a request";
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RequestDeleted {
    request_id: Id<Request>,
    title: String,
}

impl Fact for RequestDeleted {
    const TYPE: &'static str = "request.deleted";
    const SUMMARY: &'static str = "A request was deleted with its comments";
}

pub fn request_created(tx: &Write<'_>, who: &Who, request: &Request) -> Result<()> {
    RequestCreated(request.into()).about(request.id).publish(tx, who).map(drop)
}

pub fn request_updated(tx: &Write<'_>, who: &Who, request: &Request) -> Result<()> {
    RequestUpdated(request.into()).about(request.id).publish(tx, who).map(drop)
}

pub fn request_transitioned(tx: &Write<'_>, who: &Who, request: &Request, from: Status) -> Result<()> {
    let moved = RequestTransitioned {
        request_id: request.id,
        title: request.title.clone(),
        from,
        to: request.status,
    };
    moved.about(request.id).publish(tx, who).map(drop)
}

pub fn request_commented(tx: &Write<'_>, who: &Who, request: Id<Request>, comment: &Comment) -> Result<()> {
    let said =
        RequestCommented { request_id: request, comment_id: comment.id, author: who.actor.to_string() };
    said.about(request).publish(tx, who).map(drop)
}

pub fn request_deleted(tx: &Write<'_>, who: &Who, request: &Request) -> Result<()> {
    let gone = RequestDeleted { request_id: request.id, title: request.title.clone() };
    gone.about(request.id).publish(tx, who).map(drop)
}
