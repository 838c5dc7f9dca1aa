//! Identity and permission: whose token it is, and whether it may do this in this tenant.

use std::sync::Arc;

use actix_web::HttpRequest;

use super::address::{address_of, is_near};
use super::app::App;
use super::origin::must_be_of_own_page;
use super::route::Route;
use super::tenant::Named;
use super::who::{Caller, origin_of};
use crate::base::{Error, Id, Kind, Result, Timestamp};
use crate::kernel::identity::{
    Allowed, Ask, Origin, PermissionInfo, Scope, Standing, Subject, Verified, not_trusted,
};
use crate::kernel::tenants::{Tenant, TenantState};
use crate::kernel::{Actor, Chain, TraceId, Who, lacks};

/// The cookie of browsers that signed in. Over https it has a name that browsers take from this host alone, so that
/// no neighbour under the same domain can put one of its own in its place.
pub(super) fn cookie_name(is_https: bool) -> &'static str {
    if is_https { "__Host-steading_session" } else { "steading_session" }
}

/// Where somebody may act, as whom, and what else he may do there.
pub(super) struct Admitted {
    pub tenant: Arc<Tenant>,
    pub actor: Actor,
    pub allowed: Allowed,
    pub is_limited: bool,
}

/// The token of the request, if it carries one. One that can't be used is an error, not an absence.
pub(super) async fn token_of(
    request: &HttpRequest,
    named: &Named,
    app: &App,
    trace: TraceId,
    now: Timestamp,
) -> Result<Option<Arc<Verified>>> {
    if let Some(header) = request.headers().get("authorization") {
        let token = header.to_str().ok().and_then(|text| {
            let (scheme, token) = text.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        let token =
            token.ok_or_else(|| unauthenticated("Write the header as `Authorization: Bearer <token>`."))?;
        // Ours have no dots, and those of others always have.
        if token.contains('.') {
            return verify_outside(token, named, app, &origin_of(request, app, trace)).await.map(Some);
        }
        return app.identity.verify(token, now).map(Some);
    }
    let Some(token) = cookie_of(request, app) else { return Ok(None) };
    must_be_of_own_page(request, app)?;
    app.identity.verify(&token, now).map(Some)
}

/// The token of an issuer that a tenant trusts. It is asked of no tenant but the one that is named.
async fn verify_outside(token: &str, named: &Named, app: &App, from: &Origin) -> Result<Arc<Verified>> {
    match named {
        Named::Known(tenant) if tenant.state == TenantState::Suspended => Err(suspended()),
        Named::Known(tenant) => app.verify_outside(tenant, token, from).await,
        Named::Unknown => Err(not_trusted()),
        Named::Not => Err(unauthenticated(
            "This token can't be used: it is of another issuer, so name the tenant in X-Tenant-ID.",
        )),
    }
}

fn cookie_of(request: &HttpRequest, app: &App) -> Option<String> {
    let wanted = cookie_name(app.config.server.is_https());
    cookie_in(request.headers().get_all("cookie").filter_map(|value| value.to_str().ok()), wanted)
}

pub(super) fn cookie_in<'l>(lines: impl Iterator<Item = &'l str>, wanted: &str) -> Option<String> {
    let mut cookies =
        lines.flat_map(|line| line.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
    cookies.find(|(name, _)| *name == wanted).map(|(_, value)| value.to_owned())
}

/// What those near may do without a token: read figures.
const OF_THOSE_NEAR: &str = "metrics:read";

/// Somebody without a token, where that is enough.
pub(super) fn without_token(
    request: &HttpRequest,
    permission: PermissionInfo,
    app: &App,
    trace: TraceId,
) -> Result<Caller> {
    if permission.name != OF_THOSE_NEAR || !is_near(request, app) {
        return Err(missing());
    }
    let instance = app.tenants.instance()?;
    let who = Who {
        tenant: Arc::clone(&instance),
        actor: Actor::Anonymous,
        trace,
        address: address_of(request, app),
        request: Id::fresh(),
        chain: Chain::default(),
    };
    Ok(Caller {
        who,
        reply_key: None,
        makes_new: false,
        token: Id::fresh(),
        realm: instance.id,
        only_in: None,
        person: None,
        allowed: Allowed::nothing(),
        narrowed: None,
        is_limited: true,
    })
}

fn missing() -> Error {
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
) -> Result<Admitted> {
    let realm = realm_of(token, app)?;
    let settled = match permission.scope {
        Scope::Home | Scope::Person => Some(Arc::clone(&realm)),
        Scope::Instance => Some(app.tenants.instance()?),
        Scope::Tenant => named.settle(token, app)?.filter(|tenant| !tenant.is_instance()),
        Scope::Anywhere => named.settle(token, app)?,
        Scope::Here => match named {
            Named::Not if token.claims.tenant.is_none() => Some(Arc::clone(&realm)),
            named => named.settle(token, app)?,
        },
    };
    let Some(tenant) = settled else { return Err(no_place()) };
    let standing = standing_in(token, &realm, &tenant, app)?;
    let is_home = matches!(permission.scope, Scope::Home | Scope::Person);
    let is_at_home = is_home || permission.scope == Scope::Here && tenant.id == realm.id;
    let has_place = is_at_home || !standing.allowed.is_nothing();
    let is_for_another = token.claims.tenant.is_some_and(|only| only != tenant.id);
    if !has_place || is_for_another && !is_home {
        return Err(no_place());
    }
    if tenant.state == TenantState::Suspended {
        return Err(suspended());
    }
    let Acting { actor, allowed, is_limited } = acting(token, &standing, &tenant, path, is_home, app)?;
    if is_for_another && permission.scope == Scope::Home {
        return Err(Error::new(
            Kind::Forbidden,
            "This token is for one tenant, and this is about the whole account; use a token that names none, or sign in.",
        ));
    }
    let is_everybodys = is_home || permission.scope == Scope::Here;
    if !is_everybodys && !allowed.includes(permission) {
        return Err(lacks(permission));
    }
    token.allows(&Ask {
        tenant: &tenant,
        operation: permission.name,
        resource: path.trim_start_matches("/api/"),
        method: route.method.as_str(),
        now,
    })?;
    Ok(Admitted { tenant, actor, allowed, is_limited })
}

/// Who calls a route that everybody may use: whoever he says he is, where he is at home; a key in its tenant.
pub(super) fn introduce(token: &Verified, app: &App) -> Result<Admitted> {
    let realm = realm_of(token, app)?;
    let standing = standing_in(token, &realm, &realm, app)?;
    let tenant = match token.claims.tenant.filter(|_| token.claims.is_key) {
        Some(of_key) => app.tenants.find_by_id(of_key).ok_or_else(no_place)?,
        None => realm,
    };
    let actor = match app.identity.key_of(&app.db, &tenant, &token.claims)? {
        Some(key) => key.actor(),
        None => actor_of(token.claims.subject),
    };
    Ok(Admitted { tenant, actor, allowed: standing.allowed.clone(), is_limited: true })
}

fn actor_of(subject: Subject) -> Actor {
    match subject {
        Subject::User(id) => Actor::User(id),
        Subject::Operator => Actor::System,
    }
}

/// Where the token's subject is at home.
fn realm_of(token: &Verified, app: &App) -> Result<Arc<Tenant>> {
    app.tenants
        .find_by_id(token.claims.realm)
        .ok_or_else(|| unauthenticated("The tenant of this token does not exist any more."))
}

fn standing_in(token: &Verified, realm: &Tenant, tenant: &Tenant, app: &App) -> Result<Arc<Standing>> {
    let standing = app.identity.standing(&app.db, realm.number, token.claims.subject, tenant.number)?;
    // Elsewhere than at home, a tenant's user is nobody; at home he must exist.
    let is_foreign = realm.number != tenant.number && !realm.is_instance();
    if !standing.is_active && !is_foreign {
        return Err(unauthenticated("The user of this token does not exist any more or is disabled."));
    }
    Ok(standing)
}

/// As whom somebody acts, and what he may do there.
struct Acting {
    actor: Actor,
    allowed: Allowed,
    is_limited: bool,
}

/// A key acts as itself, with what it allows of what its maker may.
fn acting(
    token: &Verified,
    standing: &Standing,
    tenant: &Tenant,
    path: &str,
    is_home: bool,
    app: &App,
) -> Result<Acting> {
    let refused = |message| Err(Error::new(Kind::Forbidden, message));
    if token.claims.is_key && is_home {
        return refused("An API key has no session and no profile; sign in for this.");
    }
    let Some(key) = app.identity.key_of(&app.db, tenant, &token.claims)? else {
        let (actor, is_limited) = (actor_of(token.claims.subject), token.is_narrowed());
        return Ok(Acting { actor, allowed: standing.allowed.clone(), is_limited });
    };
    if !key.is_for(path.trim_start_matches("/api/")) {
        return refused("This API key is not for this path; its resources say which.");
    }
    let is_limited = token.is_narrowed() || !key.resources.is_empty();
    Ok(Acting { actor: key.actor(), allowed: key.allowed(&standing.allowed), is_limited })
}

fn suspended() -> Error {
    Error::new(Kind::Forbidden, "This tenant is suspended; ask who runs this instance.")
}

/// The same for a tenant that does not exist and for one where the caller has no place.
pub(super) fn no_place() -> Error {
    Error::new(
        Kind::Forbidden,
        "This token may not act in this tenant; check X-Tenant-ID and whose token it is.",
    )
}

fn unauthenticated(message: &'static str) -> Error {
    Error::new(Kind::Unauthenticated, message)
}
