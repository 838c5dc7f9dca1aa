//! The routes over roles. A path names a role by its name.

use std::sync::Arc;

use super::model::{NamedRole, Position, RoleList};
use super::{RolesRead, RolesWrite};
use crate::base::Error;
use crate::http::{App, Can, Created, Deleted, Input, Page, Path, Query, Reply, Route, Shown};
use crate::kernel::identity::{self, NewRole, Role, RoleChange, must_mean_something};
use crate::route;

pub static ROUTES: &[Route] = &[
    route!(POST   "/api/roles",      RolesWrite, create, "Make a role of permissions that you hold"),
    route!(GET    "/api/roles",      RolesRead,  list,   "List roles: the built-in ones, then the tenant's own by name"),
    route!(GET    "/api/roles/{id}", RolesRead,  show,   "One role"),
    route!(PATCH  "/api/roles/{id}", RolesWrite, change, "Change what a role allows"),
    route!(DELETE "/api/roles/{id}", RolesWrite, delete, "Delete a role; who has it holds nothing until given another"),
];

async fn create(who: Can<RolesWrite>, Input(new): Input<NewRole>, app: App) -> Reply<Created<Role>> {
    must_mean_something(&new.permissions, app.permissions())?;
    let (now, by) = (app.clock.now(), who.grantor());
    app.write(&who, move |tx| identity::create_role(tx, &by, &new, now).map(Created)).await
}

async fn list(who: Can<RolesRead>, Query(query): Query<RoleList>, app: App) -> Reply<Page<Role>> {
    let limit = query.limit;
    let found = app
        .db
        .read(&who, move |tx| {
            let after = query.cursor.as_ref().map(|cursor| cursor.name.as_str());
            identity::list_roles(tx, after, limit.and_one())
        })
        .await?;
    Ok(Page::of(found, limit.get(), |last| Position { name: last.name.clone() })?)
}

async fn show(who: Can<RolesRead>, Path(NamedRole(name)): Path<NamedRole>, app: App) -> Reply<Shown<Role>> {
    let found = app.db.read_here(&who, |tx| identity::find_role(tx, &name))?;
    Ok(Shown(found.ok_or_else(|| Error::not_found("role"))?))
}

async fn change(
    who: Can<RolesWrite>,
    Path(NamedRole(name)): Path<NamedRole>,
    Input(change): Input<RoleChange>,
    app: App,
) -> Reply<Shown<Role>> {
    must_mean_something(change.permissions.as_deref().unwrap_or_default(), app.permissions())?;
    let (now, by, kernel) = (app.clock.now(), who.grantor(), Arc::clone(app.kernel()));
    app.write(&who, move |tx| {
        identity::change_role(tx, &kernel.identity, &by, &name, &change, now).map(Shown)
    })
    .await
}

async fn delete(who: Can<RolesWrite>, Path(NamedRole(name)): Path<NamedRole>, app: App) -> Reply<Deleted> {
    let (now, by, kernel) = (app.clock.now(), who.grantor(), Arc::clone(app.kernel()));
    app.write(&who, move |tx| {
        identity::delete_role(tx, &kernel.identity, &by, &name, now).map(|()| Deleted::of(&name))
    })
    .await
}
