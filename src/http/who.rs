//! Who calls, as an argument of a handler. The permission is a type, so a handler that checks
//! nothing looks wrong.

use std::marker::PhantomData;
use std::ops::Deref;

use actix_web::HttpRequest;

use super::address::address_of;
use super::app::App;
use super::hand::Narrowed;
use super::handler::{Call, FromCall};
use super::openapi::Operation;
use super::route::Access;
use crate::base::db::{TenantNo, Within};
use crate::base::{Error, Id, Kind, Result};
use crate::kernel::identity::{Allowed, Grantor, Origin, Permission, TokenId, User};
use crate::kernel::replies::ReplyKey;
use crate::kernel::tenants::Tenant;
use crate::kernel::{TraceId, Who};

/// Who calls, and under which key a repeat of the call is known.
#[derive(Debug, Clone)]
pub struct Caller {
    pub who: Who,
    pub(super) reply_key: Option<ReplyKey>,
    /// Whether the request may make something that was not there.
    pub(super) makes_new: bool,
    /// The token that he calls with.
    pub token: TokenId,
    /// Where the token's subject is at home.
    pub realm: Id<Tenant>,
    /// The one tenant that the token is for, when it is for one.
    pub only_in: Option<Id<Tenant>>,
    /// The person behind the token: the one who signed in, or who made the key.
    pub person: Option<Id<User>>,
    /// Everything that he may do where he acts.
    pub allowed: Allowed,
    pub(super) narrowed: Option<Narrowed>,
    /// Whether his token was narrowed, or his key is for some paths only.
    pub is_limited: bool,
}

impl Caller {
    /// Whether a repeat of this request is to get the reply that this one gets.
    pub fn sends_key(&self) -> bool {
        self.reply_key.is_some()
    }

    /// Refuses a key for what leaves no kept reply behind: a repeat would do it again.
    pub fn must_send_no_key(&self) -> Result<()> {
        match self.sends_key() {
            false => Ok(()),
            true => Err(Error::new(
                Kind::BadRequest,
                "This takes no Idempotency-Key, because its reply is not kept and a repeat would do it again; send it without one.",
            )),
        }
    }

    /// What he holds here, for what gives or takes it.
    pub fn grantor(&self) -> Grantor {
        Grantor { who: self.who.clone(), allowed: self.allowed.clone(), is_limited: self.is_limited }
    }
}

impl Deref for Caller {
    type Target = Who;

    fn deref(&self) -> &Who {
        &self.who
    }
}

impl Within for Caller {
    fn tenant_no(&self) -> TenantNo {
        self.who.tenant_no()
    }
}

/// Somebody who holds the permission `P` in the tenant of the request.
pub struct Can<P> {
    caller: Caller,
    permission: PhantomData<P>,
}

impl<P> Deref for Can<P> {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl<P> Within for Can<P> {
    fn tenant_no(&self) -> TenantNo {
        self.caller.tenant_no()
    }
}

impl<P: Permission> FromCall for Can<P> {
    fn from_call(call: &mut Call) -> Result<Self> {
        match (call.route.access, call.caller.take()) {
            (Access::Required(checked), Some(caller)) if checked == P::INFO => {
                Ok(Self { caller, permission: PhantomData })
            }
            _ => Err(Error::internal(format!("{} is not checked on {}", P::INFO.name, call.route.path))),
        }
    }

    fn describe(operation: &mut Operation) {
        operation.needs(P::INFO);
    }
}

/// Whoever calls, if he says so, on a route that everybody may use.
pub struct Maybe(pub Option<Caller>);

impl FromCall for Maybe {
    fn from_call(call: &mut Call) -> Result<Self> {
        Ok(Self(call.caller.take()))
    }

    fn describe(_: &mut Operation) {}
}

/// From where the request came.
pub struct From(pub Origin);

/// Longer names of browsers are cut.
const LONGEST_USER_AGENT: usize = 200;

pub(super) fn origin_of(request: &HttpRequest, app: &App, trace: TraceId) -> Origin {
    let agent = request.headers().get("user-agent").and_then(|value| value.to_str().ok());
    let user_agent = agent.unwrap_or_default().chars().take(LONGEST_USER_AGENT).collect();
    Origin { address: address_of(request, app), user_agent, trace }
}

impl FromCall for From {
    fn from_call(call: &mut Call) -> Result<Self> {
        Ok(Self(origin_of(&call.request, &call.app, call.trace)))
    }

    fn describe(_: &mut Operation) {}
}
