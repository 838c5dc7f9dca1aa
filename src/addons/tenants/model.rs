//! What is asked of the list of tenants.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Id;
use crate::base::text::Name;
use crate::http::{Cursor, Limit};
use crate::kernel::tenants::{Signup, Tenant, TenantChange, TenantState};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TenantList {
    /// Those in this state; without it all but the ones that are being deleted.
    pub state: Option<TenantState>,
    #[serde(default)]
    pub limit: Limit,
    pub cursor: Option<Cursor<Position>>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Position {
    pub slug: String,
}

/// What a tenant changes of itself. Its slug and its hosts are the instance's to give.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OwnChange {
    pub name: Option<Name<1, 100>>,
    pub signup: Option<Signup>,
}

impl From<OwnChange> for TenantChange {
    fn from(change: OwnChange) -> Self {
        Self { slug: None, name: change.name, signup: change.signup, limits: None, hosts: None }
    }
}

/// A tenant as a path names it: by id or by slug.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(inline)]
pub struct TenantName(pub String);

impl FromStr for TenantName {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl From<Id<Tenant>> for TenantName {
    fn from(id: Id<Tenant>) -> Self {
        Self(id.to_string())
    }
}
