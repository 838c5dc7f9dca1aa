//! The routes of the service desk.

use super::model::{
    Comment, CommentList, CommentPosition, NewComment, NewRequest, Position, Request, RequestChange,
    RequestList, Transition,
};
use super::{RequestsDelete, RequestsRead, RequestsWrite, store};
use crate::base::{Error, Id};
use crate::http::{App, Can, Created, Deleted, Input, Page, Path, Query, Reply, Route, Shown};
use crate::route;

pub static ROUTES: &[Route] = &[
    route!(POST   "/api/requests",                 RequestsWrite,  open,          "Open a request"),
    route!(GET    "/api/requests",                 RequestsRead,   list,          "List requests"),
    route!(GET    "/api/requests/{id}",            RequestsRead,   show,          "One request"),
    route!(PATCH  "/api/requests/{id}",            RequestsWrite,  change,        "Change a request"),
    route!(DELETE "/api/requests/{id}",            RequestsDelete, delete,        "Delete a request with its comments"),
    route!(POST   "/api/requests/{id}/transition", RequestsWrite,  transition,    "Move a request to another status"),
    route!(POST   "/api/requests/{id}/comments",   RequestsWrite,  comment,       "Comment on a request"),
    route!(GET    "/api/requests/{id}/comments",   RequestsRead,   list_comments, "The comments on a request, oldest first"),
];

async fn open(who: Can<RequestsWrite>, Input(new): Input<NewRequest>, app: App) -> Reply<Created<Request>> {
    super::must_ask_for_himself(&who, &new)?;
    let (now, by, person) = (app.clock.now(), who.who.clone(), who.person);
    app.write(&who, move |tx| super::open_request(tx, &new, &by, person, now).map(Created)).await
}

async fn list(who: Can<RequestsRead>, Query(query): Query<RequestList>, app: App) -> Reply<Page<Request>> {
    let (limit, sort) = (query.limit.get(), query.sort);
    if query.cursor.as_ref().is_some_and(|cursor| cursor.sort != sort) {
        return Err(Error::invalid("cursor", "belongs to another sort; begin again without it").into());
    }
    let found = app.db.read(&who, move |tx| store::list_requests(tx, &query)).await?;
    Ok(Page::fitting(found, limit, |last| Position::after(last, sort))?)
}

async fn show(who: Can<RequestsRead>, Path(id): Path<Id<Request>>, app: App) -> Reply<Shown<Request>> {
    let found = app.db.read_here(&who, |tx| store::find_request(tx, id))?;
    Ok(Shown(found.ok_or_else(|| Error::not_found("request"))?))
}

async fn change(
    who: Can<RequestsWrite>,
    Path(id): Path<Id<Request>>,
    Input(change): Input<RequestChange>,
    app: App,
) -> Reply<Shown<Request>> {
    let (now, by) = (app.clock.now(), who.who.clone());
    app.write(&who, move |tx| super::change_request(tx, id, &change, &by, now).map(Shown)).await
}

async fn delete(who: Can<RequestsDelete>, Path(id): Path<Id<Request>>, app: App) -> Reply<Deleted> {
    let by = who.who.clone();
    app.write(&who, move |tx| super::delete_request(tx, id, &by).map(|()| Deleted::of(id))).await
}

async fn transition(
    who: Can<RequestsWrite>,
    Path(id): Path<Id<Request>>,
    Input(transition): Input<Transition>,
    app: App,
) -> Reply<Shown<Request>> {
    let (now, by) = (app.clock.now(), who.who.clone());
    app.write(&who, move |tx| super::move_request(tx, id, &transition, &by, now).map(Shown)).await
}

async fn comment(
    who: Can<RequestsWrite>,
    Path(id): Path<Id<Request>>,
    Input(new): Input<NewComment>,
    app: App,
) -> Reply<Created<Comment>> {
    let (now, by) = (app.clock.now(), who.who.clone());
    app.write(&who, move |tx| super::comment_on(tx, id, &new.body, &by, now).map(Created)).await
}

async fn list_comments(
    who: Can<RequestsRead>,
    Path(id): Path<Id<Request>>,
    Query(query): Query<CommentList>,
    app: App,
) -> Reply<Page<Comment>> {
    let limit = query.limit;
    let found = app
        .db
        .read(&who, move |tx| {
            store::find_request(tx, id)?.ok_or_else(|| Error::not_found("request"))?;
            store::list_comments(tx, id, query.cursor.as_deref(), limit.and_one())
        })
        .await?;
    let position = |last: &Comment| CommentPosition { id: last.id };
    Ok(Page::of(found, limit.get(), position)?)
}
