//! The statements about API keys.

use crate::base::db::{Only, Read, SystemRead, SystemWrite, TenantNo, Write};
use crate::base::{Error, Id, Result, Timestamp};
use crate::kernel::identity::account::User;
use crate::kernel::identity::keys::{ApiKey, NewKey};
use crate::{bind, sql};

pub fn insert_key(
    tx: &Write<'_>,
    id: Id<ApiKey>,
    new: &NewKey,
    maker: Id<User>,
    now: Timestamp,
) -> Result<ApiKey> {
    tx.one(
        sql!("../sql/", "insert_key"),
        bind! {
            id: id,
            name: &new.name,
            permissions: serde_json::to_string(&new.permissions).map_err(Error::internal)?,
            resources: serde_json::to_string(&new.resources).map_err(Error::internal)?,
            maker: maker,
            now: now,
            expires_at: new.expires_at,
        },
    )
}

pub fn find_key(tx: &Read<'_>, id: Id<ApiKey>) -> Result<Option<ApiKey>> {
    tx.maybe(sql!("../sql/", "find_key"), bind! { id: id })
}

/// The newest first.
pub fn list_keys(tx: &Read<'_>, after: Option<Id<ApiKey>>, limit: usize) -> Result<Vec<ApiKey>> {
    tx.all(sql!("../sql/", "list_keys"), bind! { after: after, limit: limit as i64 })
}

pub fn count_keys(tx: &Read<'_>) -> Result<i64> {
    let Only(count) = tx.one(sql!("../sql/", "count_keys"), bind! {})?;
    Ok(count)
}

pub fn delete_key(tx: &Write<'_>, id: Id<ApiKey>) -> Result<()> {
    tx.run(sql!("../sql/", "delete_key"), bind! { id: id })
}

/// Those that somebody made in this tenant, or in every one; says how many.
pub fn delete_keys_of(tx: &SystemWrite<'_>, tenant: Option<TenantNo>, maker: Id<User>) -> Result<u64> {
    tx.count(sql!("../sql/", "delete_keys_of"), bind! { tenant: tenant, maker: maker })
}

/// How many of those have not expired.
pub fn count_keys_of(
    tx: &SystemRead<'_>,
    tenant: Option<TenantNo>,
    maker: Id<User>,
    now: Timestamp,
) -> Result<u64> {
    let Only(count): Only<i64> =
        tx.one(sql!("../sql/", "count_keys_of"), bind! { tenant: tenant, maker: maker, now: now })?;
    Ok(count.unsigned_abs())
}

pub fn delete_expired_keys(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    before: Timestamp,
    limit: u32,
) -> Result<u64> {
    tx.count(sql!("../sql/", "delete_expired_keys"), bind! { tenant: tenant, before: before, limit: limit })
}

pub fn set_key_used(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    id: Id<ApiKey>,
    at: Timestamp,
    from: &str,
) -> Result<()> {
    tx.run(sql!("../sql/", "set_key_used"), bind! { tenant: tenant, id: id, at: at, from: from })
}
