//! The routes over the issuers that a tenant trusts.

use std::sync::Arc;

use super::model::{IssuerList, IssuerShown, Position};
use super::{IssuersRead, IssuersWrite};
use crate::base::{Error, Id};
use crate::http::{App, Can, Created, Deleted, Input, Page, Path, Query, Reply, Route, Shown};
use crate::kernel::identity::{self, Issuer, IssuerChange, NewIssuer};
use crate::route;

pub static ROUTES: &[Route] = &[
    route!(POST   "/api/issuers",      IssuersWrite, create, "Trust an issuer"),
    route!(GET    "/api/issuers",      IssuersRead,  list,   "List issuers"),
    route!(GET    "/api/issuers/{id}", IssuersRead,  show,   "One issuer, and whether its keys can be fetched"),
    route!(PATCH  "/api/issuers/{id}", IssuersWrite, change, "Change whom an issuer lets in, or disable it"),
    route!(DELETE "/api/issuers/{id}", IssuersWrite, delete, "Trust an issuer no more; its users stay"),
];

async fn create(who: Can<IssuersWrite>, Input(new): Input<NewIssuer>, app: App) -> Reply<Created<Issuer>> {
    let (now, by, kernel) = (app.clock.now(), who.grantor(), Arc::clone(app.kernel()));
    app.write(&who, move |tx| identity::create_issuer(tx, &kernel.identity, &by, &new, now).map(Created))
        .await
}

async fn list(who: Can<IssuersRead>, Query(query): Query<IssuerList>, app: App) -> Reply<Page<Issuer>> {
    let (limit, after) = (query.limit, query.cursor.as_ref().map(|cursor| cursor.id));
    let found = app.db.read(&who, move |tx| identity::list_issuers(tx, after, limit.and_one())).await?;
    Ok(Page::of(found, limit.get(), |last| Position { id: last.id })?)
}

async fn show(who: Can<IssuersRead>, Path(id): Path<Id<Issuer>>, app: App) -> Reply<Shown<IssuerShown>> {
    let found = app.find_issuer(&who.tenant, id)?;
    let (issuer, keys) = found.ok_or_else(|| Error::not_found("issuer"))?;
    Ok(Shown(IssuerShown { issuer, keys }))
}

async fn change(
    who: Can<IssuersWrite>,
    Path(id): Path<Id<Issuer>>,
    Input(change): Input<IssuerChange>,
    app: App,
) -> Reply<Shown<Issuer>> {
    let (now, by, kernel) = (app.clock.now(), who.grantor(), Arc::clone(app.kernel()));
    app.write(&who, move |tx| identity::change_issuer(tx, &kernel.identity, &by, id, &change, now).map(Shown))
        .await
}

async fn delete(who: Can<IssuersWrite>, Path(id): Path<Id<Issuer>>, app: App) -> Reply<Deleted> {
    let (now, by, kernel) = (app.clock.now(), who.grantor(), Arc::clone(app.kernel()));
    app.write(&who, move |tx| {
        identity::delete_issuer(tx, &kernel.identity, &by, id, now).map(|()| Deleted::of(id))
    })
    .await
}
