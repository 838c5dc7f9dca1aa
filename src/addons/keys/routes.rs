//! The routes over API keys.

use std::sync::Arc;

use super::model::{KeyList, KeyWithToken, Position};
use super::{KeysRead, KeysWrite};
use crate::base::{Error, Id};
use crate::http::{App, Can, Created, Deleted, Input, Page, Path, Query, Reply, Route, Shown};
use crate::kernel::identity::{self, ApiKey, NewKey, must_mean_something};
use crate::route;

pub static ROUTES: &[Route] = &[
    route!(POST   "/api/keys",      KeysWrite, create, "Make an API key; its token is shown once"),
    route!(GET    "/api/keys",      KeysRead,  list,   "List API keys, the newest first"),
    route!(GET    "/api/keys/{id}", KeysRead,  show,   "One API key"),
    route!(DELETE "/api/keys/{id}", KeysWrite, delete, "Delete an API key; its token ends at once"),
];

/// The reply is a secret, so it is not kept for a repeat.
async fn create(who: Can<KeysWrite>, Input(new): Input<NewKey>, app: App) -> Reply<Created<KeyWithToken>> {
    who.must_send_no_key()?;
    must_mean_something(&new.permissions, app.permissions())?;
    let (now, by, realm, kernel) = (app.clock.now(), who.grantor(), who.realm, Arc::clone(app.kernel()));
    let made =
        app.db.write(&who, move |tx| identity::create_key(tx, &kernel.identity, &by, realm, &new, now));
    let made = made.await?;
    Ok(Created(KeyWithToken { key: made.key, token: made.token }))
}

async fn list(who: Can<KeysRead>, Query(query): Query<KeyList>, app: App) -> Reply<Page<ApiKey>> {
    let (limit, after) = (query.limit, query.cursor.as_ref().map(|cursor| cursor.id));
    let found = app.db.read(&who, move |tx| identity::list_keys(tx, after, limit.and_one())).await?;
    Ok(Page::of(found, limit.get(), |last| Position { id: last.id })?)
}

async fn show(who: Can<KeysRead>, Path(id): Path<Id<ApiKey>>, app: App) -> Reply<Shown<ApiKey>> {
    let found = app.db.read_here(&who, |tx| identity::find_key(tx, id))?;
    Ok(Shown(found.ok_or_else(|| Error::not_found("key"))?))
}

async fn delete(who: Can<KeysWrite>, Path(id): Path<Id<ApiKey>>, app: App) -> Reply<Deleted> {
    let (now, by, kernel) = (app.clock.now(), who.grantor(), Arc::clone(app.kernel()));
    app.write(&who, move |tx| {
        identity::delete_key(tx, &kernel.identity, &by, id, now).map(|()| Deleted::of(id))
    })
    .await
}
