//! The tenant of a request: the header, else the host name, else the only one that the token names.

use std::sync::Arc;

use actix_web::HttpRequest;

use super::app::App;
use super::handler::{Call, FromCall};
use super::identity::no_place;
use super::names;
use super::openapi::Operation;
use crate::base::{Error, Kind, Result};
use crate::kernel::identity::Verified;
use crate::kernel::tenants::{Tenant, TenantState};

/// How a request names its tenant.
pub enum Named {
    /// It does not.
    Not,
    /// It names one that does not exist; the answer is that of one where the caller has no place.
    Unknown,
    Known(Arc<Tenant>),
}

impl Named {
    pub(super) fn by(request: &HttpRequest, app: &App) -> Self {
        if let Some(header) = request.headers().get(&names::TENANT) {
            let found = header.to_str().ok().and_then(|name| app.tenants.find(name.trim()));
            return found.map_or(Self::Unknown, Self::Known);
        }
        let host = request.headers().get("host").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name).to_ascii_lowercase();
        app.tenants.find_by_host(&name).map_or(Self::Not, Self::Known)
    }

    /// The tenant in which a request acts. `None` means that it exists for nobody here.
    pub(super) fn settle(self, token: &Verified, app: &App) -> Result<Option<Arc<Tenant>>> {
        match (self, token.claims.tenant) {
            (Self::Known(tenant), _) => Ok(Some(tenant)),
            (Self::Unknown, _) => Ok(None),
            (Self::Not, Some(only)) => Ok(app.tenants.find_by_id(only)),
            (Self::Not, None) => match app.tenants.find_by_id(token.claims.realm) {
                Some(realm) if !realm.is_instance() => Ok(Some(realm)),
                _ => Err(Error::new(
                    Kind::BadRequest,
                    "This needs a tenant; name one in the header X-Tenant-ID, by its id or slug.",
                )),
            },
        }
    }
}

/// Where somebody signs in: the tenant that the request names, or the instance when it names none.
pub struct Realm(pub Arc<Tenant>);

impl FromCall for Realm {
    fn from_call(call: &mut Call) -> Result<Self> {
        match Named::by(&call.request, &call.app) {
            Named::Not => call.app.tenants.instance().map(Self),
            Named::Known(tenant) if tenant.state == TenantState::Active => Ok(Self(tenant)),
            Named::Known(_) | Named::Unknown => Err(no_place()),
        }
    }

    fn describe(operation: &mut Operation) {
        operation.may_name_tenant();
    }
}
