//! The statements about codes of the first run.

use crate::base::db::{Only, SystemRead, SystemWrite};
use crate::base::{Result, Timestamp};
use crate::{bind, sql};

pub fn insert_setup_code(tx: &SystemWrite<'_>, hash: &str, expires_at: Timestamp) -> Result<()> {
    tx.run(sql!("../sql/", "insert_setup_code"), bind! { hash: hash, expires_at: expires_at })
}

pub fn setup_code_is_valid(tx: &SystemRead<'_>, hash: &str, now: Timestamp) -> Result<bool> {
    let Only(valid) = tx.one(sql!("../sql/", "setup_code_is_valid"), bind! { hash: hash, now: now })?;
    Ok(valid)
}

pub fn delete_expired_setup_codes(tx: &SystemWrite<'_>, now: Timestamp) -> Result<()> {
    tx.run(sql!("../sql/", "delete_expired_setup_codes"), bind! { now: now })
}

pub fn delete_setup_codes(tx: &SystemWrite<'_>) -> Result<()> {
    tx.run(sql!("../sql/", "delete_setup_codes"), bind! {})
}
