//! Who a verified token of another issuer is here: a user of the tenant, made when he first comes,
//! with the role that his claims give.
//!
//! He is found by issuer and subject and by nothing else. An address that his issuer vouches for
//! becomes his when it is free; a user who has it already is somebody else, as otherwise whoever
//! runs an issuer could become anybody.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::super::account::{Email, NewAccount, User, UserName};
use super::super::role::BUILT_IN;
use super::super::session::Origin;
use super::super::token::refused;
use super::super::users::TenantUser;
use super::super::{self as identity, store as people};
use super::jwt::Claims;
use super::model::Issuer;
use super::store;
use crate::base::db::{FromRow, Row, Write};
use crate::base::text::{is_shaping, is_unseen};
use crate::base::{Id, Result, Timestamp};
use crate::kernel::audit::{self, Act};
use crate::kernel::identity::facts::UserCreated;
use crate::kernel::tenants::Tenant;
use crate::kernel::{Actor, Kernel, Who};

/// A name is taken from tokens at most so often.
const NAME_LASTS: Duration = Duration::from_hours(24);

const LONGEST_NAME: usize = 100;

/// A user who came from outside, as far as tokens change him.
pub(super) struct OutsideUser {
    id: Id<User>,
    name: String,
    role: String,
    claimed_at: Timestamp,
    refreshed_at: Timestamp,
}

impl FromRow for OutsideUser {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.take("id")?,
            name: row.take("name")?,
            role: row.take("role")?,
            claimed_at: row.take("claimed_at")?,
            refreshed_at: row.take("refreshed_at")?,
        })
    }
}

/// What a token claims of its subject.
#[derive(Clone)]
struct Claimed {
    subject: String,
    role: String,
    name: Option<UserName>,
    email: Option<Email>,
    at: Timestamp,
}

impl Claimed {
    fn read(claims: &Claims, issuer: &Issuer, now: Timestamp) -> Result<Self> {
        let plain =
            |name: &str| name.chars().filter(|c| !is_unseen(*c)).take(LONGEST_NAME).collect::<String>();
        let at_an_end = |c: char| c.is_whitespace() || is_shaping(c);
        Ok(Self {
            subject: claims.subject()?.to_owned(),
            role: role_of(claims, issuer).to_owned(),
            name: claims.name().and_then(|name| plain(name).trim_matches(at_an_end).parse().ok()),
            email: claims.verified_email().and_then(|email| email.parse().ok()),
            at: claims.issued_at()?.unwrap_or(now),
        })
    }
}

/// The role that the claims give: of several the first in the order in which roles are listed.
fn role_of<'i>(claims: &Claims, issuer: &'i Issuer) -> &'i str {
    let Some(claim) = &issuer.role_claim else { return &issuer.role };
    let given = claims.texts(claim).into_iter().filter_map(|value| issuer.roles.get(value));
    let place = |role: &&String| {
        let built_in = BUILT_IN.iter().position(|known| known.name == **role);
        (built_in.unwrap_or(BUILT_IN.len()), (*role).clone())
    };
    given.min_by_key(place).unwrap_or(&issuer.role)
}

/// What a token changes in a user.
enum Change {
    Nothing,
    Name,
    Role,
}

impl OutsideUser {
    fn change(&self, claimed: &Claimed, now: Timestamp) -> Result<Change> {
        if self.role != claimed.role {
            // Whoever lost a role at his issuer must not get it back with a token from before.
            return match claimed.at < self.claimed_at {
                true => Err(refused("a newer one gave its subject another role; get a new one")),
                false => Ok(Change::Role),
            };
        }
        let is_renamed = claimed.name.as_deref().is_some_and(|name| name != self.name);
        let is_due = now >= self.refreshed_at + NAME_LASTS;
        Ok(if is_renamed && is_due { Change::Name } else { Change::Nothing })
    }
}

impl Kernel {
    /// The user whom a verified token is about. Only his first token, and one that changes him, writes.
    pub(super) async fn settle_outside_user(
        &self,
        tenant: &Arc<Tenant>,
        issuer: &Issuer,
        claims: &Claims,
        from: &Origin,
    ) -> Result<Id<User>> {
        let now = self.clock.now();
        let claimed = Claimed::read(claims, issuer, now)?;
        let known = self
            .db
            .read_here(&**tenant, |tx| store::find_outside_user(tx, &issuer.issuer, &claimed.subject))?;
        if let Some(known) = &known
            && matches!(known.change(&claimed, now)?, Change::Nothing)
        {
            return Ok(known.id);
        }
        let (issuer, standings) = (issuer.clone(), Arc::clone(&self.identity.standings));
        let (here, from) = (Arc::clone(tenant), from.clone());
        self.db
            .write(&**tenant, move |tx| {
                // Since it was read it may have been changed, disabled or deleted.
                let is_unchanged = store::find_issuer(tx, issuer.id)?.is_some_and(|found| {
                    found.updated_at == issuer.updated_at && found.state == issuer.state
                });
                if !is_unchanged {
                    return Err(refused("its issuer was just changed; try again"));
                }
                let Some(known) = store::find_outside_user(tx, &issuer.issuer, &claimed.subject)? else {
                    return make(tx, &here, &issuer, &claimed, &from, now);
                };
                let change = known.change(&claimed, now)?;
                if !matches!(change, Change::Nothing) {
                    let who = from.acting(&here, Actor::User(known.id));
                    apply(tx, &who, &issuer, &known, &claimed, now)?;
                    let standings = Arc::clone(&standings);
                    tx.after_commit(move || standings.forget());
                }
                Ok(known.id)
            })
            .await
    }
}

fn make(
    tx: &Write<'_>,
    tenant: &Arc<Tenant>,
    issuer: &Issuer,
    claimed: &Claimed,
    from: &Origin,
    now: Timestamp,
) -> Result<Id<User>> {
    let id = Id::fresh();
    let free = match &claimed.email {
        Some(email) if identity::find_user_by_email(tx, email)?.is_none() => Some(email.clone()),
        _ => None,
    };
    let email = match free {
        Some(email) => email,
        None => nobodys_address(id)?,
    };
    let new = NewAccount { email, name: claimed.name.clone().unwrap_or_default(), owner: false };
    let user = TenantUser { user: people::insert_user(tx, id, &new, now)?, role: None };
    let made = people::update_user(tx, &user, &claimed.role, now)?;
    store::insert_outside_user(tx, &issuer.issuer, &claimed.subject, id, claimed.at, now)?;
    let told = json!({
        "email": made.user.email, "name": made.user.name, "role": made.role,
        "issuer": issuer.issuer, "subject": claimed.subject,
    });
    let who = from.acting(tenant, Actor::User(id));
    audit::record(tx, &who, &Act::new("user.signed_up", id.subject()).after(told)?, now)?;
    UserCreated::publish_for(tx, &who, id)?;
    Ok(id)
}

/// An address that leads nowhere, for who has none that could be his.
fn nobodys_address(id: Id<User>) -> Result<Email> {
    format!("{id}@users.invalid").parse().map_err(crate::base::Error::internal)
}

fn apply(
    tx: &Write<'_>,
    who: &Who,
    issuer: &Issuer,
    known: &OutsideUser,
    claimed: &Claimed,
    now: Timestamp,
) -> Result<()> {
    let Some(mut user) = people::find_tenant_user(tx, known.id)? else {
        return Err(crate::base::Error::internal("a user from outside is no user"));
    };
    let before = json!({ "name": user.user.name, "role": user.role });
    if let Some(name) = &claimed.name {
        user.user.name = name.to_string();
    }
    let changed = people::update_user(tx, &user, &claimed.role, now)?;
    store::update_outside_user(tx, known.id, claimed.at.max(known.claimed_at), now)?;
    let after = json!({ "name": changed.user.name, "role": changed.role, "issuer": issuer.issuer });
    audit::record(tx, who, &Act::new("user.changed", known.id.subject()).before(before)?.after(after)?, now)
}
