//! One function for each statement, and no decisions.

use super::super::account::User;
use super::model::{Issuer, IssuerState};
use super::settle::OutsideUser;
use crate::base::db::{Only, Read, Write};
use crate::base::{Error, Id, Result, Timestamp};
use crate::{bind, sql};

pub fn insert_issuer(tx: &Write<'_>, new: &Issuer, now: Timestamp) -> Result<Issuer> {
    tx.one(
        sql!("insert_issuer"),
        bind! {
            id: new.id,
            issuer: &new.issuer,
            audience: json(&new.audience)?,
            role: &new.role,
            role_claim: new.role_claim.as_deref(),
            roles: json(&new.roles)?,
            jwks_url: new.jwks_url.as_deref(),
            state: IssuerState::Enabled,
            now: now,
        },
    )
}

/// Writes everything of an issuer that can change.
pub fn update_issuer(tx: &Write<'_>, changed: &Issuer, now: Timestamp) -> Result<Issuer> {
    tx.one(
        sql!("update_issuer"),
        bind! {
            id: changed.id,
            audience: json(&changed.audience)?,
            role: &changed.role,
            role_claim: changed.role_claim.as_deref(),
            roles: json(&changed.roles)?,
            jwks_url: changed.jwks_url.as_deref(),
            state: changed.state,
            now: now,
        },
    )
}

pub fn delete_issuer(tx: &Write<'_>, id: Id<Issuer>) -> Result<()> {
    tx.run(sql!("delete_issuer"), bind! { id: id })
}

pub fn find_issuer(tx: &Read<'_>, id: Id<Issuer>) -> Result<Option<Issuer>> {
    tx.maybe(sql!("find_issuer"), bind! { id: id })
}

pub fn find_issuer_by_url(tx: &Read<'_>, issuer: &str) -> Result<Option<Issuer>> {
    tx.maybe(sql!("find_issuer_by_url"), bind! { issuer: issuer })
}

pub fn list_issuers(tx: &Read<'_>, after: Option<Id<Issuer>>, limit: usize) -> Result<Vec<Issuer>> {
    tx.all(sql!("list_issuers"), bind! { after: after, limit: limit as i64 })
}

pub fn find_outside_user(tx: &Read<'_>, issuer: &str, subject: &str) -> Result<Option<OutsideUser>> {
    tx.maybe(sql!("find_outside_user"), bind! { issuer: issuer, subject: subject })
}

pub fn insert_outside_user(
    tx: &Write<'_>,
    issuer: &str,
    subject: &str,
    user: Id<User>,
    claimed_at: Timestamp,
    now: Timestamp,
) -> Result<()> {
    tx.run(
        sql!("insert_outside_user"),
        bind! { issuer: issuer, subject: subject, user: user, claimed_at: claimed_at, now: now },
    )
}

pub fn update_outside_user(
    tx: &Write<'_>,
    user: Id<User>,
    claimed_at: Timestamp,
    now: Timestamp,
) -> Result<()> {
    tx.run(sql!("update_outside_user"), bind! { user: user, claimed_at: claimed_at, now: now })
}

pub fn delete_outside_user(tx: &Write<'_>, user: Id<User>) -> Result<()> {
    tx.run(sql!("delete_outside_user"), bind! { user: user })
}

/// The roles of those who came from an issuer, be it trusted now or not.
pub fn find_roles_held(tx: &Read<'_>, issuer: &str) -> Result<Vec<String>> {
    let found: Vec<Only<String>> = tx.all(sql!("find_roles_held"), bind! { issuer: issuer })?;
    Ok(found.into_iter().map(|Only(role)| role).collect())
}

/// The trusted issuer that a user came from, if he did.
pub fn find_issuer_of_user(tx: &Read<'_>, user: Id<User>) -> Result<Option<String>> {
    let found: Option<Only<String>> = tx.maybe(sql!("find_issuer_of_user"), bind! { user: user })?;
    Ok(found.map(|Only(issuer)| issuer))
}

fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}
