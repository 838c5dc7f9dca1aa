//! The statements about members, and about what they and users may do.

use super::super::account::User;
use super::super::members::Member;
use super::super::places::Place;
use super::super::standing::Standing;
use crate::base::db::{Only, Read, SystemRead, SystemWrite, TenantNo, Write};
use crate::base::{Id, Result, Timestamp};
use crate::{bind, sql};

pub fn list_owners(tx: &Read<'_>) -> Result<Vec<User>> {
    tx.all(sql!("../sql/", "list_owners"), bind! {})
}

pub fn is_person_here(tx: &Read<'_>, id: Id<User>) -> Result<bool> {
    let Only(found) = tx.one(sql!("../sql/", "is_person_here"), bind! { id: id })?;
    Ok(found)
}

pub fn account_exists(tx: &SystemRead<'_>, id: Id<User>) -> Result<bool> {
    let Only(found) = tx.one(sql!("../sql/", "account_exists"), bind! { id: id })?;
    Ok(found)
}

pub fn insert_member(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    account: Id<User>,
    role: &str,
    now: Timestamp,
) -> Result<()> {
    tx.run(sql!("../sql/", "insert_member"), bind! { tenant: tenant, account: account, role: role, now: now })
}

pub fn find_account_standing(
    tx: &SystemRead<'_>,
    account: Id<User>,
    tenant: TenantNo,
) -> Result<Option<Standing>> {
    tx.maybe(sql!("../sql/", "find_account_standing"), bind! { account: account, tenant: tenant })
}

pub fn find_user_standing(tx: &SystemRead<'_>, user: Id<User>, tenant: TenantNo) -> Result<Option<Standing>> {
    tx.maybe(sql!("../sql/", "find_user_standing"), bind! { user: user, tenant: tenant })
}

pub fn list_members(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
    after: Option<Id<User>>,
    limit: usize,
) -> Result<Vec<Member>> {
    tx.all(sql!("../sql/", "list_members"), bind! { tenant: tenant, after: after, limit: limit as i64 })
}

pub fn find_member(tx: &SystemRead<'_>, tenant: TenantNo, account: Id<User>) -> Result<Option<Member>> {
    tx.maybe(sql!("../sql/", "find_member"), bind! { tenant: tenant, account: account })
}

pub fn find_account_by_email(tx: &SystemRead<'_>, email_key: &str) -> Result<Option<Id<User>>> {
    let found: Option<Only<Id<User>>> =
        tx.maybe(sql!("../sql/", "find_account_by_email"), bind! { email_key: email_key })?;
    Ok(found.map(|Only(id)| id))
}

pub fn set_member_role(tx: &Write<'_>, account: Id<User>, role: &str) -> Result<()> {
    tx.run(sql!("../sql/", "set_member_role"), bind! { account: account, role: role })
}

pub fn delete_member(tx: &Write<'_>, account: Id<User>) -> Result<()> {
    tx.run(sql!("../sql/", "delete_member"), bind! { account: account })
}

/// Takes an account out of every tenant.
pub fn delete_memberships(tx: &SystemWrite<'_>, account: Id<User>) -> Result<()> {
    tx.run(sql!("../sql/", "delete_memberships"), bind! { account: account })
}

/// The tenants in which an account is a member.
pub fn list_places(tx: &SystemRead<'_>, account: Id<User>) -> Result<Vec<Place>> {
    tx.all(sql!("../sql/", "list_places"), bind! { account: account })
}

/// Whether the tenant has an owner beside this account who can act.
pub fn has_another_owner(tx: &SystemRead<'_>, tenant: TenantNo, account: Id<User>) -> Result<bool> {
    let Only(found) =
        tx.one(sql!("../sql/", "has_another_owner"), bind! { tenant: tenant, account: account })?;
    Ok(found)
}

/// The slugs of some tenants that nobody else owns.
pub fn list_tenants_owned_alone(tx: &SystemRead<'_>, account: Id<User>) -> Result<Vec<String>> {
    let found: Vec<Only<String>> =
        tx.all(sql!("../sql/", "list_tenants_owned_alone"), bind! { account: account })?;
    Ok(found.into_iter().map(|Only(slug)| slug).collect())
}
