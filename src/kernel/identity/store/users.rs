//! The statements about users.

use super::super::account::{Email, NewAccount, User, UserName, UserState};
use super::super::sign_in::Credentials;
use super::super::users::{TenantUser, UserList};
use crate::base::db::{Read, Write};
use crate::base::text::fold_case;
use crate::base::{Id, Result, Timestamp};
use crate::{bind, sql};

pub fn insert_user(tx: &Write<'_>, id: Id<User>, new: &NewAccount, now: Timestamp) -> Result<User> {
    tx.one(
        sql!("../sql/", "insert_user"),
        bind! {
            id: id,
            email: new.email.as_str(),
            email_key: new.email.key(),
            name: &new.name,
            name_key: fold_case(&new.name),
            state: UserState::Active,
            now: now,
        },
    )
}

pub fn list_users(tx: &Read<'_>, after: Option<&str>, limit: usize) -> Result<Vec<User>> {
    tx.all(sql!("../sql/", "list_users"), bind! { after: after, limit: limit as i64 })
}

pub fn find_user_by_email(tx: &Read<'_>, email: &Email) -> Result<Option<User>> {
    tx.maybe(sql!("../sql/", "find_user_by_email"), bind! { email_key: email.key() })
}

pub fn find_credentials(tx: &Read<'_>, email_key: &str) -> Result<Option<Credentials>> {
    tx.maybe(sql!("../sql/", "find_credentials"), bind! { email_key: email_key })
}

pub fn find_credentials_of(tx: &Read<'_>, user: Id<User>) -> Result<Option<Credentials>> {
    tx.maybe(sql!("../sql/", "find_credentials_of"), bind! { user: user })
}

pub fn find_user(tx: &Read<'_>, user: Id<User>) -> Result<Option<User>> {
    tx.maybe(sql!("../sql/", "find_user"), bind! { user: user })
}

pub fn set_password(tx: &Write<'_>, user: Id<User>, hash: &str, now: Timestamp) -> Result<()> {
    tx.run(sql!("../sql/", "set_password"), bind! { user: user, hash: hash, now: now })
}

pub fn set_user_name(
    tx: &Write<'_>,
    user: Id<User>,
    name: &UserName,
    now: Timestamp,
) -> Result<Option<User>> {
    tx.maybe(
        sql!("../sql/", "set_user_name"),
        bind! { user: user, name: name, name_key: fold_case(name), now: now },
    )
}

pub fn find_tenant_user(tx: &Read<'_>, user: Id<User>) -> Result<Option<TenantUser>> {
    tx.maybe(sql!("../sql/", "find_tenant_user"), bind! { user: user })
}

/// Writes everything of a user that can change but his password.
pub fn update_user(tx: &Write<'_>, changed: &TenantUser, role: &str, now: Timestamp) -> Result<TenantUser> {
    let user = &changed.user;
    tx.one(
        sql!("../sql/", "update_user"),
        bind! {
            user: user.id,
            email: &user.email,
            email_key: fold_case(&user.email),
            name: &user.name,
            name_key: fold_case(&user.name),
            state: user.state,
            role: role,
            now: now,
        },
    )
}

pub fn delete_user(tx: &Write<'_>, user: Id<User>) -> Result<()> {
    tx.run(sql!("../sql/", "delete_user"), bind! { user: user })
}

/// Those whose address begins as asked, or all.
pub fn list_users_by_email(
    tx: &Read<'_>,
    list: &UserList,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<TenantUser>> {
    tx.all(
        sql!("../sql/", "list_users_by_email"),
        bind! {
            begin: list.begin(),
            end: list.end(),
            role: list.role.as_deref(),
            state: list.state,
            after: after,
            limit: limit as i64,
        },
    )
}

/// Those whose name begins as asked, but not their address.
pub fn list_users_by_name(
    tx: &Read<'_>,
    list: &UserList,
    after: Option<(&str, Id<User>)>,
    limit: usize,
) -> Result<Vec<TenantUser>> {
    tx.all(
        sql!("../sql/", "list_users_by_name"),
        bind! {
            begin: list.begin(),
            end: list.end(),
            role: list.role.as_deref(),
            state: list.state,
            after: after.map(|(key, _)| key),
            after_id: after.map(|(_, id)| id),
            limit: limit as i64,
        },
    )
}
