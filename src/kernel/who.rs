//! Who acts, in which tenant, on whose behalf in the trace: what travels with every act.

use std::fmt;
use std::sync::Arc;

use crate::base::Id;
use crate::base::db::{TenantNo, Within};
use crate::kernel::identity::{ApiKey, User};
use crate::kernel::jobs::Job;
use crate::kernel::tenants::Tenant;

/// Who does something. It is written down as `user:<id>`, `key:<id>`, `job:<id>`, `system` or
/// `anonymous`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    User(Id<User>),
    Key(Id<ApiKey>),
    Job(Id<Job>),
    /// The instance itself, and the operator at its command line.
    System,
    /// Somebody who did not get in.
    Anonymous,
}

impl Actor {
    /// The user, when it is one.
    pub fn user(self) -> Option<Id<User>> {
        match self {
            Self::User(id) => Some(id),
            Self::Key(_) | Self::Job(_) | Self::System | Self::Anonymous => None,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "user:{id}"),
            Self::Key(id) => write!(f, "key:{id}"),
            Self::Job(id) => write!(f, "job:{id}"),
            Self::System => f.write_str("system"),
            Self::Anonymous => f.write_str("anonymous"),
        }
    }
}

/// The id that ties a request to everything that it causes: 32 hex digits, as W3C traces have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceId(pub u128);

impl TraceId {
    /// The id of a trace that begins here.
    pub fn fresh() -> Self {
        Self(fastrand::u128(1..))
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// The actor, the tenant, the trace and the place of one act.
#[derive(Debug, Clone)]
pub struct Who {
    pub tenant: Arc<Tenant>,
    pub actor: Actor,
    pub trace: TraceId,
    /// From where; empty for what nobody called for.
    pub address: String,
    pub request: Id<Who>,
}

impl Within for Who {
    fn tenant_no(&self) -> TenantNo {
        self.tenant.number
    }
}
