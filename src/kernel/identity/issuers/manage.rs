//! Trusting issuers. Whoever decides over one decides over everybody whom it lets in, so he holds
//! all that it can give, before and after, and all that they hold who came from it: they are known by
//! its URL alone, so they are the same again whoever trusts it, with whatever keys.

use std::collections::BTreeMap;

use super::super::grant::Grantor;
use super::super::roles::RoleName;
use super::model::{Audience, Issuer, IssuerChange, IssuerState, NewIssuer};
use super::store;
use crate::base::db::{Read, Write};
use crate::base::{Error, Id, Result, Timestamp};
use crate::kernel::audit::Act;
use crate::kernel::identity::Identity;

/// Issuers that a tenant trusts at most.
const MOST_ISSUERS: usize = 20;

/// Makes the tenant trust an issuer.
pub fn create_issuer(
    tx: &Write<'_>,
    identity: &Identity,
    by: &Grantor,
    new: &NewIssuer,
    now: Timestamp,
) -> Result<Issuer> {
    if new.issuer.contains('?') {
        return Err(Error::invalid("issuer", "an issuer's name has no query"));
    }
    let issuer = Issuer {
        id: Id::fresh(),
        issuer: new.issuer.to_string(),
        audience: strings(&new.audience),
        role: new.role.to_string(),
        role_claim: new.role_claim.as_deref().map(str::to_owned),
        roles: names(&new.roles),
        jwks_url: new.jwks_url.as_deref().map(str::to_owned),
        state: IssuerState::Enabled,
        created_at: now,
        updated_at: now,
    };
    must_fit(&issuer)?;
    must_give(tx, by, &issuer)?;
    may_speak_for_its_users(tx, by, &issuer)?;
    if store::find_issuer_by_url(tx, &issuer.issuer)?.is_some() {
        return Err(Error::conflict("This issuer is known already; change that one."));
    }
    if store::list_issuers(tx, None, MOST_ISSUERS)?.len() == MOST_ISSUERS {
        return Err(Error::conflict("A tenant trusts at most 20 issuers; delete one first."));
    }
    let made = store::insert_issuer(tx, &issuer, now)?;
    identity.issuers.forget_tokens(tx);
    by.record(tx, &Act::new("issuer.created", made.id.subject()).after(&made)?, now)?;
    Ok(made)
}

/// Changes whom an issuer lets in, and as what.
pub fn change_issuer(
    tx: &Write<'_>,
    identity: &Identity,
    by: &Grantor,
    id: Id<Issuer>,
    change: &IssuerChange,
    now: Timestamp,
) -> Result<Issuer> {
    let mut issuer = existing(tx, by, id)?;
    let act = Act::new("issuer.changed", id.subject()).before(&issuer)?;
    if let Some(audience) = &change.audience {
        issuer.audience = strings(audience);
    }
    if let Some(role) = &change.role {
        issuer.role = role.to_string();
    }
    if let Some(claim) = &change.role_claim {
        issuer.role_claim = claim.as_deref().map(str::to_owned);
    }
    if let Some(roles) = &change.roles {
        issuer.roles = names(roles);
    }
    if let Some(url) = &change.jwks_url {
        issuer.jwks_url = url.as_deref().map(str::to_owned);
    }
    issuer.state = change.state.unwrap_or(issuer.state);
    must_fit(&issuer)?;
    // One that was deleted meanwhile may stay named, as it gives nothing.
    if change.role.is_some() || change.roles.is_some() {
        must_give(tx, by, &issuer)?;
    }
    let changed = store::update_issuer(tx, &issuer, now)?;
    identity.issuers.forget_tokens(tx);
    by.record(tx, &act.after(&changed)?, now)?;
    Ok(changed)
}

/// Trusts an issuer no more. Those who came from it stay, and can't get in.
pub fn delete_issuer(
    tx: &Write<'_>,
    identity: &Identity,
    by: &Grantor,
    id: Id<Issuer>,
    now: Timestamp,
) -> Result<()> {
    let issuer = existing(tx, by, id)?;
    identity.issuers.forget_tokens(tx);
    by.record(tx, &Act::new("issuer.deleted", id.subject()).before(&issuer)?, now)?;
    store::delete_issuer(tx, id)
}

/// The issuers that the tenant knows, in the order in which it came to.
pub fn list_issuers(tx: &Read<'_>, after: Option<Id<Issuer>>, limit: usize) -> Result<Vec<Issuer>> {
    store::list_issuers(tx, after, limit)
}

/// Whether an issuer gives a role of this name, be there such a role or not.
pub(in crate::kernel::identity) fn role_is_mapped(tx: &Read<'_>, name: &str) -> Result<bool> {
    let issuers = store::list_issuers(tx, None, MOST_ISSUERS)?;
    Ok(issuers.iter().any(|issuer| issuer.role_names().any(|role| role == name)))
}

fn existing(tx: &Write<'_>, by: &Grantor, id: Id<Issuer>) -> Result<Issuer> {
    let issuer = store::find_issuer(tx, id)?.ok_or_else(|| Error::not_found("issuer"))?;
    issuer.role_names().try_for_each(|role| by.may_take(tx, role))?;
    may_speak_for_its_users(tx, by, &issuer)?;
    Ok(issuer)
}

/// Refuses who could not change each of those who came from the issuer: with its keys he could become them.
fn may_speak_for_its_users(tx: &Write<'_>, by: &Grantor, issuer: &Issuer) -> Result<()> {
    let held = store::find_roles_held(tx, &issuer.issuer)?;
    held.iter().try_for_each(|role| by.may_take(tx, role))
}

fn must_give(tx: &Write<'_>, by: &Grantor, issuer: &Issuer) -> Result<()> {
    issuer.role_names().try_for_each(|role| by.may_give(tx, role))
}

fn must_fit(issuer: &Issuer) -> Result<()> {
    match (&issuer.role_claim, issuer.roles.is_empty()) {
        (None, false) => Err(Error::invalid("roleClaim", "is needed to give roles by its values")),
        (Some(_), true) => Err(Error::invalid("roles", "is needed to say what the claim's values give")),
        _ => Ok(()),
    }
}

fn strings(audience: &[Audience]) -> Vec<String> {
    audience.iter().map(ToString::to_string).collect()
}

fn names(roles: &BTreeMap<String, RoleName>) -> BTreeMap<String, String> {
    roles.iter().map(|(value, role)| (value.clone(), role.to_string())).collect()
}
