//! Concerns: what somebody should see to in the tenants in which he has a place, all of them at once. Each
//! tenant is read for itself, and only as far as he may see it there.

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::db::Read;
use crate::base::{Id, Result};
use crate::kernel::Kernel;
use crate::kernel::events::{self, DisabledFor, Subscription, SubscriptionState};
use crate::kernel::identity::{self, ApiKey, PermissionInfo, Place, Subject, User};
use crate::kernel::tenants::{Tenant, TenantState};

/// Places that are looked at, by slug.
const MOST_PLACES: usize = 50;

/// Handlers and keys of a tenant that are looked at.
const MOST_OF_EACH: usize = 200;

/// What there is to see to in one tenant.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Concerns {
    pub slug: String,
    pub name: String,
    /// Handlers that fail, or were disabled by themselves.
    pub handlers: Vec<TroubledHandler>,
    /// The names of API keys that end never and are good for every path.
    pub endless_keys: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TroubledHandler {
    pub name: String,
    pub state: SubscriptionState,
    pub disabled_for: Option<DisabledFor>,
    /// Attempts that failed since the last success.
    pub failures_in_a_row: i64,
}

/// What must be held in a tenant to be told of its handlers, and of its keys.
#[derive(Debug, Clone, Copy)]
pub struct Needed {
    pub handlers: PermissionInfo,
    pub keys: PermissionInfo,
}

impl Kernel {
    /// The tenants in which there is something to see to, by slug; `only` one of them where the token is for that alone.
    pub async fn list_concerns(
        &self,
        realm: &Tenant,
        user: Id<User>,
        only: Option<Id<Tenant>>,
        needed: Needed,
    ) -> Result<Vec<Concerns>> {
        let mut places = self.list_places(realm, user).await?;
        places.retain(|place| place.state == TenantState::Active && only.is_none_or(|only| only == place.id));
        let mut found = Vec::new();
        for place in places.into_iter().take(MOST_PLACES) {
            let concerns = self.look_at(realm, user, place, needed).await?;
            found.extend(concerns.filter(|one| !one.handlers.is_empty() || !one.endless_keys.is_empty()));
        }
        Ok(found)
    }

    async fn look_at(
        &self,
        realm: &Tenant,
        user: Id<User>,
        place: Place,
        needed: Needed,
    ) -> Result<Option<Concerns>> {
        let Some(tenant) = self.tenants.find_by_id(place.id).filter(|tenant| !tenant.is_instance()) else {
            return Ok(None);
        };
        let standing = self.identity.standing(&self.db, realm.number, Subject::User(user), tenant.number)?;
        let may_see = |permission| standing.is_active && standing.allowed.includes(permission);
        let (sees_handlers, sees_keys) = (may_see(needed.handlers), may_see(needed.keys));
        let (handlers, endless_keys) = self
            .db
            .read(&*tenant, move |tx| {
                let handlers = if sees_handlers { troubled_handlers(tx)? } else { Vec::new() };
                let keys = if sees_keys { endless_keys(tx)? } else { Vec::new() };
                Ok((handlers, keys))
            })
            .await?;
        Ok(Some(Concerns { slug: place.slug, name: place.name, handlers, endless_keys }))
    }
}

fn troubled_handlers(tx: &Read<'_>) -> Result<Vec<TroubledHandler>> {
    let found = events::list_subscriptions(tx, None, MOST_OF_EACH)?;
    Ok(found.into_iter().filter(is_troubled).map(TroubledHandler::from).collect())
}

fn is_troubled(handler: &Subscription) -> bool {
    match handler.state {
        SubscriptionState::Enabled => handler.health.in_a_row > 0,
        _ => handler.disabled_for != Some(DisabledFor::ByHand),
    }
}

fn endless_keys(tx: &Read<'_>) -> Result<Vec<String>> {
    let is_endless = |key: &ApiKey| key.expires_at.is_none() && key.resources.is_empty();
    let found = identity::list_keys(tx, None, MOST_OF_EACH)?;
    Ok(found.into_iter().filter(is_endless).map(|key| key.name).collect())
}

impl From<Subscription> for TroubledHandler {
    fn from(handler: Subscription) -> Self {
        Self {
            name: handler.name,
            state: handler.state,
            disabled_for: handler.disabled_for,
            failures_in_a_row: handler.health.in_a_row,
        }
    }
}
