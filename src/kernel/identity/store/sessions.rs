//! The statements about sessions.

use super::super::account::User;
use super::super::session::{Origin, Session};
use super::super::token::TokenId;
use crate::base::db::{Only, Read, SystemRead, SystemWrite, TenantNo, Write};
use crate::base::{Id, Result, Timestamp};
use crate::{bind, sql};

pub fn insert_session(
    tx: &Write<'_>,
    id: TokenId,
    user: Id<User>,
    from: &Origin,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<Session> {
    tx.one(
        sql!("../sql/", "insert_session"),
        bind! {
            id: id,
            user: user,
            address: &from.address,
            user_agent: &from.user_agent,
            now: now,
            expires_at: expires_at,
        },
    )
}

pub fn list_sessions(tx: &Read<'_>, user: Id<User>, now: Timestamp) -> Result<Vec<Session>> {
    tx.all(sql!("../sql/", "list_sessions"), bind! { user: user, now: now })
}

pub fn knows_address(tx: &Read<'_>, user: Id<User>, address: &str) -> Result<bool> {
    let Only(known) = tx.one(sql!("../sql/", "knows_address"), bind! { user: user, address: address })?;
    Ok(known)
}

/// Nothing when the user has no such session that goes on.
pub fn end_session(tx: &Write<'_>, user: Id<User>, id: TokenId, now: Timestamp) -> Result<Option<TokenId>> {
    let ended: Option<Only<TokenId>> =
        tx.maybe(sql!("../sql/", "end_session"), bind! { user: user, id: id, now: now })?;
    Ok(ended.map(|Only(id)| id))
}

/// Ends every session of the user but the one to keep.
pub fn end_sessions(
    tx: &Write<'_>,
    user: Id<User>,
    keep: Option<TokenId>,
    now: Timestamp,
) -> Result<Vec<TokenId>> {
    let ended: Vec<Only<TokenId>> =
        tx.all(sql!("../sql/", "end_sessions"), bind! { user: user, keep: keep, now: now })?;
    Ok(ended.into_iter().map(|Only(id)| id).collect())
}

pub fn list_ended_sessions(tx: &SystemRead<'_>, now: Timestamp) -> Result<Vec<TokenId>> {
    let ended: Vec<Only<TokenId>> = tx.all(sql!("../sql/", "list_ended_sessions"), bind! { now: now })?;
    Ok(ended.into_iter().map(|Only(id)| id).collect())
}

/// Sessions that expired before then, the oldest first: gone, and which they were.
pub fn delete_old_sessions(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    before: Timestamp,
    limit: u32,
) -> Result<Vec<TokenId>> {
    let gone: Vec<Only<TokenId>> = tx.all(
        sql!("../sql/", "delete_old_sessions"),
        bind! { tenant: tenant, before: before, limit: limit },
    )?;
    Ok(gone.into_iter().map(|Only(id)| id).collect())
}

pub fn delete_sessions_of(tx: &Write<'_>, user: Id<User>) -> Result<()> {
    tx.run(sql!("../sql/", "delete_sessions_of"), bind! { user: user })
}
