//! Requests: a small service desk inside a tenant, and the pattern for every other addon.
//!
//! Somebody opens a request, people comment on it, and it moves from status to status along the
//! table in `model::Status::moves`.

mod events;
mod jobs;
mod model;
mod routes;
mod store;

use crate::addons::Addon;
use crate::base::db::Write;
use crate::base::{Error, Id, Kind, Result, Timestamp};
use crate::http::Caller;
use crate::kernel::Who;
use crate::kernel::identity::{Permission, User, is_person_here};
use crate::permission;
use model::{Comment, NewRequest, Request, RequestChange, Status, Transition};

permission!(RequestsRead, Tenant, "requests:read", "See requests and the comments on them");
permission!(RequestsWrite, Tenant, "requests:write", "Open, change, move and comment on requests");
permission!(RequestsWriteFor, Tenant, "requests:write-for", "Open requests in the name of somebody else");
permission!(RequestsDelete, Tenant, "requests:delete", "Delete requests");

pub static ADDON: Addon = Addon {
    name: "requests",
    summary: "A service desk: requests, their status, comments",
    permissions: &[RequestsRead::INFO, RequestsWrite::INFO, RequestsWriteFor::INFO, RequestsDelete::INFO],
    routes: routes::ROUTES,
    jobs: jobs::JOBS,
    events: events::EVENTS,
    handlers: &[],
    schedules: &[],
};

/// Refuses who asks in another's name without being allowed to.
fn must_ask_for_himself(by: &Caller, new: &NewRequest) -> Result<()> {
    let is_for_another = new.requester.is_some() && new.requester != by.person;
    match is_for_another && !by.allowed.includes(RequestsWriteFor::INFO) {
        false => Ok(()),
        true => Err(Error::new(
            Kind::Forbidden,
            "This needs the permission requests:write-for here; leave requester out to ask for yourself.",
        )),
    }
}

/// Opens a request for the person who calls, or behind the key that does, or for whom he names.
fn open_request(
    tx: &Write<'_>,
    new: &NewRequest,
    who: &Who,
    person: Option<Id<User>>,
    now: Timestamp,
) -> Result<Request> {
    let requester = new.requester.or(person).ok_or_else(|| Error::invalid("requester", "is required"))?;
    must_be_here(tx, "requester", new.requester)?;
    must_be_here(tx, "assignee", new.assignee)?;
    let request = store::insert_request(tx, Id::fresh(), new, requester, now)?;
    jobs::keep_reminder(tx, who, None, Some(&request))?;
    events::request_created(tx, who, &request)?;
    Ok(request)
}

/// Changes what the change names; the status moves by `move_request` only.
fn change_request(
    tx: &Write<'_>,
    id: Id<Request>,
    change: &RequestChange,
    who: &Who,
    now: Timestamp,
) -> Result<Request> {
    let request = store::find_request(tx, id)?.ok_or_else(|| Error::not_found("request"))?;
    if let Some(Some(assignee)) = change.assignee {
        must_be_here(tx, "assignee", Some(assignee))?;
    }
    let changed = store::update_request(tx, &change.applied_to(request.clone()), now)?;
    jobs::keep_reminder(tx, who, Some(&request), Some(&changed))?;
    events::request_updated(tx, who, &changed)?;
    Ok(changed)
}

/// Moves a request to another status, when the table allows it.
fn move_request(
    tx: &Write<'_>,
    id: Id<Request>,
    transition: &Transition,
    who: &Who,
    now: Timestamp,
) -> Result<Request> {
    let request = store::find_request(tx, id)?.ok_or_else(|| Error::not_found("request"))?;
    if !request.status.moves().contains(&transition.to) {
        return Err(Error::conflict(request.status.refusal(transition.to)));
    }
    if let Some(comment) = &transition.comment {
        must_have_room(tx, id)?;
        let comment = store::insert_comment(tx, Id::fresh(), id, who.actor, comment, now)?;
        events::request_commented(tx, who, id, &comment)?;
    }
    let moved = store::set_request_status(tx, id, transition.to, now)?;
    jobs::keep_reminder(tx, who, Some(&request), Some(&moved))?;
    events::request_transitioned(tx, who, &moved, request.status)?;
    Ok(moved)
}

/// Cancels those of the requests that are open still and were due before this moment, and says how
/// many.
fn expire_requests(
    tx: &Write<'_>,
    requests: &[Id<Request>],
    due_before: Timestamp,
    who: &Who,
    now: Timestamp,
) -> Result<usize> {
    let mut expired = 0;
    for &id in requests {
        let is_long_due = |request: &Request| {
            request.status == Status::Open && request.due_at.is_some_and(|at| at < due_before)
        };
        if !store::find_request(tx, id)?.as_ref().is_some_and(is_long_due) {
            continue;
        }
        let has_room = store::count_comments(tx, id)? < MOST_COMMENTS;
        let comment = has_room.then(|| EXPIRED.parse()).transpose().map_err(Error::internal)?;
        move_request(tx, id, &Transition { to: Status::Cancelled, comment }, who, now)?;
        expired += 1;
    }
    Ok(expired)
}

/// What is written under a request that expired.
const EXPIRED: &str = "Cancelled because it was due more than 90 days ago and nobody had begun it.";

/// Comments that a request can have: all of them are deleted in one transaction with it.
const MOST_COMMENTS: i64 = 1_000;

fn comment_on(tx: &Write<'_>, id: Id<Request>, body: &str, who: &Who, now: Timestamp) -> Result<Comment> {
    store::find_request(tx, id)?.ok_or_else(|| Error::not_found("request"))?;
    must_have_room(tx, id)?;
    let comment = store::insert_comment(tx, Id::fresh(), id, who.actor, body, now)?;
    events::request_commented(tx, who, id, &comment)?;
    Ok(comment)
}

/// Deletes a request with its comments.
fn delete_request(tx: &Write<'_>, id: Id<Request>, who: &Who) -> Result<()> {
    let request = store::find_request(tx, id)?.ok_or_else(|| Error::not_found("request"))?;
    jobs::keep_reminder(tx, who, Some(&request), None)?;
    events::request_deleted(tx, who, &request)?;
    store::delete_comments_of(tx, id)?;
    store::delete_request(tx, id)?.ok_or_else(|| Error::not_found("request"))
}

fn must_have_room(tx: &Write<'_>, id: Id<Request>) -> Result<()> {
    if store::count_comments(tx, id)? < MOST_COMMENTS {
        return Ok(());
    }
    Err(Error::conflict("This request has 1,000 comments, which is the most; go on in a new request."))
}

fn must_be_here(tx: &Write<'_>, field: &str, person: Option<Id<User>>) -> Result<()> {
    match person {
        Some(id) if !is_person_here(tx, id)? => Err(Error::invalid(field, "is nobody in this tenant")),
        _ => Ok(()),
    }
}
