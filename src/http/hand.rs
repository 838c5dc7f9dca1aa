//! A caller's hand: what he holds of all that may turn out to be needed, as his token says too when it was narrowed.

use std::fmt;
use std::sync::Arc;

use super::app::App;
use super::route::Route;
use super::who::Caller;
use crate::base::Timestamp;
use crate::kernel::Hand;
use crate::kernel::identity::{Ask, PermissionInfo, Verified};
use crate::kernel::tenants::Tenant;

/// A narrowed token and what it was sent for, to be asked of more than the permission of the route.
#[derive(Clone)]
pub(super) struct Narrowed {
    token: Arc<Verified>,
    resource: String,
    method: &'static str,
    now: Timestamp,
}

impl Narrowed {
    /// Nothing for a token that nobody narrowed.
    pub fn of(token: &Arc<Verified>, route: &Route, path: &str, now: Timestamp) -> Option<Self> {
        token.is_narrowed().then(|| Self {
            token: Arc::clone(token),
            resource: path.trim_start_matches("/api/").to_owned(),
            method: route.method.as_str(),
            now,
        })
    }

    fn allows(&self, tenant: &Tenant, permission: PermissionInfo) -> bool {
        let Self { token, resource, method, now } = self;
        token.allows(&Ask { tenant, operation: permission.name, resource, method, now: *now }).is_ok()
    }
}

impl fmt::Debug for Narrowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Narrowed").finish_non_exhaustive()
    }
}

impl Caller {
    /// What he does things with that may need more than the permission of the route.
    pub fn hand(&self, app: &App) -> Hand {
        let mut held = app.asked_of_hands(self.who.tenant.number);
        held.retain(|permission| {
            self.allowed.includes(*permission)
                && self.narrowed.as_ref().is_none_or(|token| token.allows(&self.who.tenant, *permission))
        });
        Hand::holding(self.who.clone(), held)
    }
}
