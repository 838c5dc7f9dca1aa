//! Who acts, in which tenant, on whose behalf in the trace: what travels with every act.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use uuid::Uuid;

use crate::base::db::{TenantNo, Within};
use crate::base::{Clock, Id};
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

impl FromStr for Actor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("user", id)) => id.parse().map(Self::User),
            Some(("key", id)) => id.parse().map(Self::Key),
            Some(("job", id)) => id.parse().map(Self::Job),
            _ if text == "system" => Ok(Self::System),
            _ if text == "anonymous" => Ok(Self::Anonymous),
            _ => Err("an actor is user:, key: or job: and an id, system or anonymous"),
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId(pub u128);

impl TraceId {
    /// The id of a trace that begins here. Its first 48 bits are the time, so that those who find
    /// things by their trace keep them in the order in which they came; the rest is chance.
    pub fn fresh() -> Self {
        let millis = Clock::System.now().millis().unsigned_abs();
        Self(u128::from(millis) << 80 | fastrand::u128(1..1 << 80))
    }

    /// As it is stored; what is none is 0.
    pub fn of(stored: &str) -> Self {
        Self(u128::from_str_radix(stored, 16).unwrap_or_default())
    }

    /// As `traceparent` tells others of it.
    pub fn parent(self, span: u64, is_sampled: bool) -> String {
        format!("00-{self}-{span:016x}-{:02x}", u8::from(is_sampled))
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Every reply says it twice, and the formatter of numbers takes several times as long.
        Uuid::from_u128(self.0).as_simple().fmt(f)
    }
}

/// The types of the events that led to what is done, the first of them first. It is how a loop of
/// events is noticed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chain(Option<Arc<str>>);

const LINK: &str = " > ";

impl Chain {
    /// As it is stored; nothing for a chain without events.
    pub fn stored(&self) -> Option<&str> {
        self.0.as_deref()
    }

    pub fn of(stored: Option<&str>) -> Self {
        Self(stored.map(Into::into))
    }

    pub fn events(&self) -> usize {
        self.0.as_deref().map_or(0, |types| types.split(LINK).count())
    }

    /// The chain with one more event.
    pub fn and(&self, event_type: &str) -> Self {
        match &self.0 {
            Some(types) => Self(Some(format!("{types}{LINK}{event_type}").into())),
            None => Self(Some(event_type.into())),
        }
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
    pub chain: Chain,
}

impl Within for Who {
    fn tenant_no(&self) -> TenantNo {
        self.tenant.number
    }
}
