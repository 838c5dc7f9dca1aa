//! The statements about users and members.

use super::account::{Email, NewAccount, User, UserState};
use super::role::Role;
use super::standing::Standing;
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
    role: Role,
    now: Timestamp,
) -> Result<()> {
    tx.run(sql!("insert_member"), bind! { tenant: tenant, account: account, role: role, now: now })
}

pub fn find_standing(tx: &SystemRead<'_>, subject: Id<User>, tenant: TenantNo) -> Result<Option<Standing>> {
    tx.maybe(sql!("find_standing"), bind! { subject: subject, tenant: tenant })
}
