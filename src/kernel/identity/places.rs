//! Places: the tenants in which somebody has something to do.

use schemars::JsonSchema;
use serde::Serialize;

use super::account::User;
use super::store;
use crate::base::db::{FromRow, Row};
use crate::base::{Id, Result};
use crate::kernel::Kernel;
use crate::kernel::tenants::{Tenant, TenantState};

/// A tenant in which somebody has a role.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Place {
    pub id: Id<Tenant>,
    pub slug: String,
    pub name: String,
    pub state: TenantState,
    pub role: String,
}

impl FromRow for Place {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.take("id")?,
            slug: row.take("slug")?,
            name: row.take("name")?,
            state: row.take("state")?,
            role: row.take("role")?,
        })
    }
}

impl Kernel {
    /// Where an account is a member, by slug; a tenant's own user has the one
    /// tenant.
    pub async fn list_places(&self, realm: &Tenant, user: Id<User>) -> Result<Vec<Place>> {
        if realm.is_instance() {
            let mut places = self.db.system().read(move |tx| store::list_places(tx, user)).await?;
            places.sort_by(|one, other| one.slug.cmp(&other.slug));
            return Ok(places);
        }
        let role = self.find_tenant_user(realm, user)?.and_then(|user| user.role);
        let place = |role| Place {
            id: realm.id,
            slug: realm.slug.clone(),
            name: realm.name.clone(),
            state: realm.state,
            role,
        };
        Ok(role.map(place).into_iter().collect())
    }
}
