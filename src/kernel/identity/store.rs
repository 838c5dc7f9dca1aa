//! The statements about users and members.

use super::account::{Email, NewAccount, User, UserName, UserState};
use super::session::{Origin, Session};
use super::sign_in::Credentials;
use super::standing::Standing;
use super::token::TokenId;
use crate::base::db::{Only, Read, SystemRead, SystemWrite, TenantNo, Write};
use crate::base::{Id, Result, Timestamp};
use crate::{bind, sql};

pub fn insert_user(tx: &Write<'_>, id: Id<User>, new: &NewAccount, now: Timestamp) -> Result<User> {
    tx.one(
        sql!("insert_user"),
        bind! {
            id: id,
            email: new.email.as_str(),
            email_key: new.email.key(),
            name: &new.name,
            state: UserState::Active,
            now: now,
        },
    )
}

pub fn list_users(tx: &Read<'_>, after: Option<&str>, limit: usize) -> Result<Vec<User>> {
    tx.all(sql!("list_users"), bind! { after: after, limit: limit as i64 })
}

pub fn find_user_by_email(tx: &Read<'_>, email: &Email) -> Result<Option<User>> {
    tx.maybe(sql!("find_user_by_email"), bind! { email_key: email.key() })
}

pub fn list_owners(tx: &Read<'_>) -> Result<Vec<User>> {
    tx.all(sql!("list_owners"), bind! {})
}

pub fn is_person_here(tx: &Read<'_>, id: Id<User>) -> Result<bool> {
    let Only(found) = tx.one(sql!("is_person_here"), bind! { id: id })?;
    Ok(found)
}

pub fn account_exists(tx: &SystemRead<'_>, id: Id<User>) -> Result<bool> {
    let Only(found) = tx.one(sql!("account_exists"), bind! { id: id })?;
    Ok(found)
}

pub fn insert_member(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    account: Id<User>,
    role: &str,
    now: Timestamp,
) -> Result<()> {
    tx.run(sql!("insert_member"), bind! { tenant: tenant, account: account, role: role, now: now })
}

pub fn find_account_standing(
    tx: &SystemRead<'_>,
    account: Id<User>,
    tenant: TenantNo,
) -> Result<Option<Standing>> {
    tx.maybe(sql!("find_account_standing"), bind! { account: account, tenant: tenant })
}

pub fn find_user_standing(tx: &SystemRead<'_>, user: Id<User>, tenant: TenantNo) -> Result<Option<Standing>> {
    tx.maybe(sql!("find_user_standing"), bind! { user: user, tenant: tenant })
}

pub fn find_credentials(tx: &Read<'_>, email_key: &str) -> Result<Option<Credentials>> {
    tx.maybe(sql!("find_credentials"), bind! { email_key: email_key })
}

pub fn find_credentials_of(tx: &Read<'_>, user: Id<User>) -> Result<Option<Credentials>> {
    tx.maybe(sql!("find_credentials_of"), bind! { user: user })
}

pub fn find_user(tx: &Read<'_>, user: Id<User>) -> Result<Option<User>> {
    tx.maybe(sql!("find_user"), bind! { user: user })
}

pub fn set_password(tx: &Write<'_>, user: Id<User>, hash: &str, now: Timestamp) -> Result<()> {
    tx.run(sql!("set_password"), bind! { user: user, hash: hash, now: now })
}

pub fn set_user_name(
    tx: &Write<'_>,
    user: Id<User>,
    name: &UserName,
    now: Timestamp,
) -> Result<Option<User>> {
    tx.maybe(sql!("set_user_name"), bind! { user: user, name: name, now: now })
}

pub fn insert_session(
    tx: &Write<'_>,
    id: TokenId,
    user: Id<User>,
    from: &Origin,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<Session> {
    tx.one(
        sql!("insert_session"),
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
    tx.all(sql!("list_sessions"), bind! { user: user, now: now })
}

pub fn knows_address(tx: &Read<'_>, user: Id<User>, address: &str) -> Result<bool> {
    let Only(known) = tx.one(sql!("knows_address"), bind! { user: user, address: address })?;
    Ok(known)
}

/// Nothing when the user has no such session that goes on.
pub fn end_session(tx: &Write<'_>, user: Id<User>, id: TokenId, now: Timestamp) -> Result<Option<TokenId>> {
    let ended: Option<Only<TokenId>> =
        tx.maybe(sql!("end_session"), bind! { user: user, id: id, now: now })?;
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
        tx.all(sql!("end_sessions"), bind! { user: user, keep: keep, now: now })?;
    Ok(ended.into_iter().map(|Only(id)| id).collect())
}

pub fn list_ended_sessions(tx: &SystemRead<'_>, now: Timestamp) -> Result<Vec<TokenId>> {
    let ended: Vec<Only<TokenId>> = tx.all(sql!("list_ended_sessions"), bind! { now: now })?;
    Ok(ended.into_iter().map(|Only(id)| id).collect())
}

pub fn insert_setup_code(tx: &SystemWrite<'_>, hash: &str, expires_at: Timestamp) -> Result<()> {
    tx.run(sql!("insert_setup_code"), bind! { hash: hash, expires_at: expires_at })
}

pub fn setup_code_is_valid(tx: &SystemRead<'_>, hash: &str, now: Timestamp) -> Result<bool> {
    let Only(valid) = tx.one(sql!("setup_code_is_valid"), bind! { hash: hash, now: now })?;
    Ok(valid)
}

pub fn delete_setup_codes(tx: &SystemWrite<'_>) -> Result<()> {
    tx.run(sql!("delete_setup_codes"), bind! {})
}
