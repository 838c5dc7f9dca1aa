//! Identity and permission: whose token it is, and whether it may do this in this tenant.

use std::sync::Arc;

use actix_web::HttpRequest;

use super::app::App;
use super::route::Route;
use super::tenant::Named;
use crate::base::{Error, Kind, Result, Timestamp};
use crate::kernel::Actor;
use crate::kernel::identity::{Allowed, Ask, PermissionInfo, Standing, Subject, Verified};
use crate::kernel::tenants::{Tenant, TenantState};

/// The token of the request, if it carries one. One that can't be used is an error, not an absence.
pub(super) fn bearer(request: &HttpRequest, app: &App, now: Timestamp) -> Result<Option<Arc<Verified>>> {
    let Some(header) = request.headers().get("authorization") else { return Ok(None) };
    let token = header.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let token =
        token.ok_or_else(|| unauthenticated("Write the header as `Authorization: Bearer <token>`."))?;
    app.identity.verify(token, now).map(Some)
}

pub(super) fn missing() -> Error {
    unauthenticated("This needs a token; send it as `Authorization: Bearer <token>`.")
}

/// The tenant and actor of the request, when the token may do what the route does there.
pub(super) fn admit(
    token: &Verified,
    named: Named,
    permission: PermissionInfo,
    route: &Route,
    path: &str,
    app: &App,
    now: Timestamp,
) -> Result<(Arc<Tenant>, Actor)> {
    let Some(tenant) = named.settle(permission.scope, token, app)? else { return Err(no_place()) };
    let standing = standing_in(token, &tenant, app)?;
    if !has_place(&standing) || token.claims.tenant.is_some_and(|only| only != tenant.id) {
        return Err(no_place());
    }
    if tenant.state == TenantState::Suspended {
        return Err(Error::new(Kind::Forbidden, "This tenant is suspended; ask who runs this instance."));
    }
    if !standing.allowed.includes(permission) {
        return Err(Error::new(
            Kind::Forbidden,
            format!("This needs the permission {} here.", permission.name),
        ));
    }
    token.allows(&Ask {
        tenant: &tenant,
        operation: permission.name,
        resource: path.trim_start_matches("/api/"),
        method: route.method.as_str(),
        now,
    })?;
    Ok((tenant, actor_of(token)))
}

/// Who calls a route that everybody may use: whoever he says he is, in the instance.
pub(super) fn introduce(token: &Verified, app: &App) -> Result<(Arc<Tenant>, Actor)> {
    let instance = app.tenants.instance()?;
    standing_in(token, &instance, app)?;
    Ok((instance, actor_of(token)))
}

fn standing_in(token: &Verified, tenant: &Tenant, app: &App) -> Result<Arc<Standing>> {
    if token.claims.realm != app.tenants.instance()?.id {
        return Err(unauthenticated("This token belongs to another realm."));
    }
    let standing = app.identity.standing(&app.db, token.claims.subject, tenant.number)?;
    if !standing.is_active {
        return Err(unauthenticated("The account of this token does not exist any more or is disabled."));
    }
    Ok(standing)
}

fn has_place(standing: &Standing) -> bool {
    standing.allowed != Allowed::nothing()
}

fn actor_of(token: &Verified) -> Actor {
    match token.claims.subject {
        Subject::User(id) => Actor::User(id),
        Subject::Operator => Actor::System,
    }
}

/// The same for a tenant that does not exist and for one where the caller has no place.
fn no_place() -> Error {
    Error::new(
        Kind::Forbidden,
        "This token may not act in this tenant; check X-Tenant-ID and whose token it is.",
    )
}

fn unauthenticated(message: &'static str) -> Error {
    Error::new(Kind::Unauthenticated, message)
}
