//! The routes over a tenant's own users.

use std::sync::Arc;

use super::model::{SessionsEnded, UserQuery};
use super::{UsersDelete, UsersRead, UsersWrite};
use crate::base::{Error, Id};
use crate::http::{App, Can, Created, Deleted, Input, Page, Path, Query, Reply, Route, Shown};
use crate::kernel::identity::{self, NewUser, TenantUser, User, UserChange, UserList};
use crate::route;

pub static ROUTES: &[Route] = &[
    route!(POST   "/api/users",               UsersWrite,  create,       "Make a user"),
    route!(GET    "/api/users",               UsersRead,   list,         "List users by e-mail address, or search them"),
    route!(GET    "/api/users/{id}",          UsersRead,   show,         "One user"),
    route!(PATCH  "/api/users/{id}",          UsersWrite,  change,       "Change a user: address, name, state, role, password"),
    route!(DELETE "/api/users/{id}",          UsersDelete, delete,       "Delete a user; what he made stays"),
    route!(DELETE "/api/users/{id}/sessions", UsersWrite,  end_sessions, "Sign a user out everywhere"),
];

async fn create(who: Can<UsersWrite>, Input(new): Input<NewUser>, app: App) -> Reply<Created<TenantUser>> {
    let password = app.identity.hash_password(new.password.as_ref()).await?;
    let (now, by) = (app.clock.now(), who.grantor());
    app.write(&who, move |tx| identity::create_user(tx, &by, &new, password.as_ref(), now).map(Created)).await
}

async fn list(who: Can<UsersRead>, Query(query): Query<UserQuery>, app: App) -> Reply<Page<TenantUser>> {
    let limit = query.limit;
    let list = UserList::new(query.search.as_deref(), query.role, query.state);
    let after = query.cursor.map(|cursor| cursor.0);
    let found = app.list_tenant_users(&who.tenant, list.clone(), after, limit.and_one()).await?;
    Ok(Page::of(found, limit.get(), |last| list.position(last))?)
}

async fn show(who: Can<UsersRead>, Path(id): Path<Id<User>>, app: App) -> Reply<Shown<TenantUser>> {
    let found = app.find_tenant_user(&who.tenant, id)?;
    Ok(Shown(found.ok_or_else(|| Error::not_found("user"))?))
}

async fn change(
    who: Can<UsersWrite>,
    Path(id): Path<Id<User>>,
    Input(change): Input<UserChange>,
    app: App,
) -> Reply<Shown<TenantUser>> {
    let password = app.identity.hash_password(change.password.as_ref()).await?;
    let (now, by, kernel) = (app.clock.now(), who.grantor(), Arc::clone(app.kernel()));
    app.write(&who, move |tx| {
        let password = password.as_ref();
        identity::change_user(tx, &kernel.identity, &by, id, &change, password, now).map(Shown)
    })
    .await
}

async fn delete(who: Can<UsersDelete>, Path(id): Path<Id<User>>, app: App) -> Reply<Deleted> {
    let (now, by, kernel) = (app.clock.now(), who.grantor(), Arc::clone(app.kernel()));
    app.write(&who, move |tx| {
        identity::delete_user(tx, &kernel.identity, &by, id, now).map(|()| Deleted::of(id))
    })
    .await
}

async fn end_sessions(
    who: Can<UsersWrite>,
    Path(id): Path<Id<User>>,
    app: App,
) -> Reply<Shown<SessionsEnded>> {
    let (now, by, kernel) = (app.clock.now(), who.grantor(), Arc::clone(app.kernel()));
    app.write(&who, move |tx| {
        let ended = identity::end_sessions_of(tx, &kernel.identity, &by, id, now)?;
        Ok(Shown(SessionsEnded { ended }))
    })
    .await
}
