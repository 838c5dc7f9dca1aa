//! One function for each statement, and no decisions.

use super::model::{Comment, CommentPosition, NewRequest, Position, Request, RequestList, Sort, Status};
use crate::base::db::{Fitting, Only, Read, Write};
use crate::base::{Id, Result, Timestamp};
use crate::kernel::Actor;
use crate::kernel::identity::User;
use crate::{bind, sql};

/// Bytes of the requests of one page: where they are long it has fewer.
const ROOM: usize = 4 * 1024 * 1024;

pub fn insert_request(
    tx: &Write<'_>,
    id: Id<Request>,
    new: &NewRequest,
    requester: Id<User>,
    now: Timestamp,
) -> Result<Request> {
    tx.one(
        sql!("insert_request"),
        bind! {
            id: id,
            title: &new.title,
            description: &new.description,
            status: Status::Open,
            priority: new.priority,
            requester: requester,
            assignee: new.assignee,
            due_at: new.due_at,
            now: now,
        },
    )
}

pub fn find_request(tx: &Read<'_>, id: Id<Request>) -> Result<Option<Request>> {
    tx.maybe(sql!("find_request"), bind! { id: id })
}

pub fn list_requests(tx: &Read<'_>, list: &RequestList) -> Result<Fitting<Request>> {
    let statement = match list.sort {
        Sort::Newest => sql!("list_requests_newest"),
        Sort::Oldest => sql!("list_requests_oldest"),
        Sort::Due => sql!("list_requests_due"),
        Sort::Priority => sql!("list_requests_priority"),
    };
    let position: Option<&Position> = list.cursor.as_deref();
    tx.fitting(
        statement,
        bind! {
            status: list.status,
            priority: list.priority,
            assignee: list.assignee,
            due_before: list.due_before,
            after: position.and_then(|position| position.key),
            after_id: position.map(|position| position.id),
            limit: list.limit.and_one() as i64,
        },
        ROOM,
    )
}

/// Open requests that were due before this moment, the oldest first.
pub fn list_long_due(
    tx: &Read<'_>,
    due_before: Timestamp,
    after: Option<Id<Request>>,
    limit: usize,
) -> Result<Vec<Id<Request>>> {
    let params = bind! { due_before: due_before, after: after, limit: limit as i64 };
    let rows: Vec<Only<Id<Request>>> = tx.all(sql!("list_long_due"), params)?;
    Ok(rows.into_iter().map(|Only(id)| id).collect())
}

pub fn update_request(tx: &Write<'_>, request: &Request, now: Timestamp) -> Result<Request> {
    tx.one(
        sql!("update_request"),
        bind! {
            id: request.id,
            title: &request.title,
            description: &request.description,
            priority: request.priority,
            assignee: request.assignee,
            due_at: request.due_at,
            now: now,
        },
    )
}

pub fn set_request_status(
    tx: &Write<'_>,
    id: Id<Request>,
    status: Status,
    now: Timestamp,
) -> Result<Request> {
    tx.one(sql!("set_request_status"), bind! { id: id, status: status, now: now })
}

/// Nothing when there was no such request.
pub fn delete_request(tx: &Write<'_>, id: Id<Request>) -> Result<Option<()>> {
    let deleted: Option<Only<i64>> = tx.maybe(sql!("delete_request"), bind! { id: id })?;
    Ok(deleted.map(drop))
}

pub fn insert_comment(
    tx: &Write<'_>,
    id: Id<Comment>,
    request: Id<Request>,
    author: Actor,
    body: &str,
    now: Timestamp,
) -> Result<Comment> {
    tx.one(
        sql!("insert_comment"),
        bind! { id: id, request: request, author: author.to_string(), body: body, now: now },
    )
}

pub fn list_comments(
    tx: &Read<'_>,
    request: Id<Request>,
    after: Option<&CommentPosition>,
    limit: usize,
) -> Result<Vec<Comment>> {
    tx.all(
        sql!("list_comments"),
        bind! {
            request: request,
            after: after.map(|position| position.id),
            limit: limit as i64,
        },
    )
}

pub fn count_comments(tx: &Read<'_>, request: Id<Request>) -> Result<i64> {
    let Only(count) = tx.one(sql!("count_comments"), bind! { request: request })?;
    Ok(count)
}

pub fn delete_comments_of(tx: &Write<'_>, request: Id<Request>) -> Result<()> {
    tx.run(sql!("delete_comments_of"), bind! { request: request })
}
