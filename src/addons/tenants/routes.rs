//! The routes over tenants. A path names a tenant by id or by slug.

use std::sync::Arc;

use super::model::{OwnChange, Position, TenantList, TenantName};
use super::{TenantRead, TenantWrite, TenantsRead, TenantsWrite};
use crate::base::db::TenantNo;
use crate::base::{Error, Result};
use crate::http::{Accepted, App, Can, Created, Input, Page, Path, Query, Reply, Route, Shown};
use crate::kernel::limits::{Usage, read_usage};
use crate::kernel::tenants::{self, NewTenant, Tenant, TenantChange, TenantState};
use crate::route;

pub static ROUTES: &[Route] = &[
    route!(POST   "/api/tenants",              TenantsWrite, create,  "Make a tenant"),
    route!(GET    "/api/tenants",              TenantsRead,  list,    "List tenants by slug"),
    route!(GET    "/api/tenants/{id}",         TenantsRead,  show,    "One tenant"),
    route!(PATCH  "/api/tenants/{id}",         TenantsWrite, change,  "Change a tenant's slug, name, hosts or limits"),
    route!(GET    "/api/tenants/{id}/limits",  TenantsRead,  usage,   "What a tenant may have, and what it has"),
    route!(POST   "/api/tenants/{id}/suspend", TenantsWrite, suspend, "Let nobody act in a tenant until it is resumed"),
    route!(POST   "/api/tenants/{id}/resume",  TenantsWrite, resume,  "Let people act in a suspended tenant again"),
    route!(DELETE "/api/tenants/{id}",         TenantsWrite, delete,  "Delete a tenant with all that it has"),
    route!(GET    "/api/tenant",               TenantRead,   show_own,   "The tenant in which you are"),
    route!(PATCH  "/api/tenant",               TenantWrite,  change_own, "Change the name of the tenant in which you are, or who may sign up in it"),
];

async fn create(who: Can<TenantsWrite>, Input(new): Input<NewTenant>, app: App) -> Reply<Created<Tenant>> {
    let now = app.clock.now();
    let owner = new
        .owner
        .or(who.actor.user())
        .ok_or_else(|| Error::invalid("owner", "is required; name an account"))?;
    let kernel = Arc::clone(app.kernel());
    let by = who.who.clone();
    app.write(&who, move |tx| tenants::create_tenant(tx, &kernel, &by, &new, owner, now).map(Created)).await
}

/// Those that are being erased are listed only when one asks for them, so that one can wait for it.
async fn list(_: Can<TenantsRead>, query: Query<TenantList>, app: App) -> Reply<Page<Tenant>> {
    let after = query.cursor.as_ref().map(|cursor| cursor.slug.as_str());
    let found = match query.state {
        Some(TenantState::Deleting) => app.list_tenants_in_deletion(after, query.limit.and_one()).await?,
        state => app.tenants.list(state, after, query.limit.and_one()),
    };
    Ok(Page::of(found, query.limit.get(), |last| Position { slug: last.slug.clone() })?)
}

async fn show(_: Can<TenantsRead>, Path(name): Path<TenantName>, app: App) -> Reply<Shown<Tenant>> {
    Ok(Shown(Tenant::clone(&*find(&app, &name)?)))
}

async fn usage(_: Can<TenantsRead>, Path(name): Path<TenantName>, app: App) -> Reply<Shown<Usage>> {
    Ok(Shown(read_usage(&app, &*find(&app, &name)?)?))
}

async fn change(
    who: Can<TenantsWrite>,
    Path(name): Path<TenantName>,
    Input(change): Input<TenantChange>,
    app: App,
) -> Reply<Shown<Tenant>> {
    let (now, id, kernel) = (app.clock.now(), find(&app, &name)?.id, Arc::clone(app.kernel()));
    let by = who.who.clone();
    app.write(&who, move |tx| tenants::change_tenant(tx, &kernel, &by, id, &change, now).map(Shown)).await
}

async fn show_own(who: Can<TenantRead>, _: App) -> Reply<Shown<Tenant>> {
    Ok(Shown(Tenant::clone(&who.tenant)))
}

async fn change_own(
    who: Can<TenantWrite>,
    Input(change): Input<OwnChange>,
    app: App,
) -> Reply<Shown<Tenant>> {
    let (now, id, kernel) = (app.clock.now(), who.tenant.id, Arc::clone(app.kernel()));
    let (by, change) = (who.who.clone(), change.into());
    app.write(&who, move |tx| tenants::change_tenant(tx, &kernel, &by, id, &change, now).map(Shown)).await
}

async fn suspend(who: Can<TenantsWrite>, Path(name): Path<TenantName>, app: App) -> Reply<Shown<Tenant>> {
    set_state(who, &name, TenantState::Suspended, app).await
}

async fn resume(who: Can<TenantsWrite>, Path(name): Path<TenantName>, app: App) -> Reply<Shown<Tenant>> {
    set_state(who, &name, TenantState::Active, app).await
}

async fn delete(who: Can<TenantsWrite>, Path(name): Path<TenantName>, app: App) -> Reply<Accepted<Tenant>> {
    let (now, id, kernel) = (app.clock.now(), find(&app, &name)?.id, Arc::clone(app.kernel()));
    let by = who.who.clone();
    let deleted =
        app.write(&who, move |tx| tenants::delete_tenant(tx, &kernel, &by, id, now).map(Accepted)).await?;
    app.ring_upkeep();
    Ok(deleted)
}

async fn set_state(
    who: Can<TenantsWrite>,
    name: &TenantName,
    state: TenantState,
    app: App,
) -> Reply<Shown<Tenant>> {
    let (now, id, kernel) = (app.clock.now(), find(&app, name)?.id, Arc::clone(app.kernel()));
    let by = who.who.clone();
    app.write(&who, move |tx| tenants::set_tenant_state(tx, &kernel, &by, id, state, now).map(Shown)).await
}

fn find(app: &App, name: &TenantName) -> Result<Arc<Tenant>> {
    app.tenants
        .find(&name.0)
        .filter(|tenant| tenant.number != TenantNo::INSTANCE)
        .ok_or_else(|| Error::not_found("tenant"))
}
