//! Narrowing: whether the checks that holders appended allow what this request does.
//!
//! The authorizer gets this request's facts and nothing else, so a check can only join those.

use std::time::Duration;

use biscuit_auth::builder::{Term, fact, string};
use biscuit_auth::{AuthorizerBuilder, AuthorizerLimits, Biscuit};

use crate::base::{Error, Kind, Result, Timestamp};
use crate::kernel::tenants::Tenant;

/// The library's own 1 ms denies falsely on a busy small board.
const LONGEST_CHECK: Duration = Duration::from_millis(50);

/// What somebody wants to do.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    pub tenant: &'a Tenant,
    /// The permission, `requests:write`.
    pub operation: &'a str,
    /// The path under `/api/`, `requests/0198c1de-…`.
    pub resource: &'a str,
    /// `GET`, `POST`, …
    pub method: &'a str,
    pub now: Timestamp,
}

/// Asks a narrowed token.
pub(super) fn allow(biscuit: &Biscuit, ask: &Ask<'_>) -> Result<()> {
    let text = |name: &str, value: &str| fact(name, &[string(value)]);
    let now = Term::Date(ask.now.seconds().max(0).unsigned_abs());
    let facts = [
        text("tenant", &ask.tenant.id.to_string()),
        text("tenant", &ask.tenant.slug),
        text("operation", ask.operation),
        text("resource", ask.resource),
        text("method", ask.method),
        fact("time", &[now]),
    ];
    let limits = AuthorizerLimits { max_facts: 64, max_iterations: 16, max_time: LONGEST_CHECK };
    let mut builder = AuthorizerBuilder::new().set_limits(limits);
    for known in facts {
        builder = builder.fact(known).map_err(Error::internal)?;
    }
    let builder = builder.policy("allow if true").map_err(Error::internal)?;
    let mut authorizer = builder.build(biscuit).map_err(Error::internal)?;
    authorizer.authorize().map(drop).map_err(|_| {
        Error::new(Kind::Forbidden, "This token was narrowed and does not allow this; use a token that does.")
    })
}
