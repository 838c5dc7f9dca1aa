//! The statements about the audit. Rows are added by the kernel, read by their tenant, and deleted
//! from the oldest on; there is no statement that changes one.

use super::model::{Entry, Search};
use crate::base::db::{BEGINNING, FromRow, Link, Read, Row, SystemRead, SystemWrite, TenantNo};
use crate::base::{Result, Timestamp};
use crate::{bind, sql};

/// The row that was written last.
pub struct Last {
    pub number: i64,
    pub hash: String,
}

impl Default for Last {
    fn default() -> Self {
        Self { number: 0, hash: BEGINNING.into() }
    }
}

impl FromRow for Last {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self { number: row.take("last_number")?, hash: row.take("last_hash")? })
    }
}

/// A row as the pruner looks at it.
pub struct Old {
    pub number: i64,
    pub at: Timestamp,
    pub hash: String,
}

impl FromRow for Old {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self { number: row.take("number")?, at: row.take("at")?, hash: row.take("hash")? })
    }
}

pub fn read_audit_chain(tx: &SystemRead<'_>, tenant: TenantNo) -> Result<Option<Last>> {
    tx.maybe(sql!("read_audit_chain"), bind! { tenant: tenant })
}

pub fn insert_audit_row(tx: &SystemWrite<'_>, link: &Link<'_>, previous: &str, hash: &str) -> Result<()> {
    tx.run(
        sql!("insert_audit_row"),
        bind! {
            tenant: link.tenant,
            number: link.number,
            id: link.id,
            at: link.at,
            actor: link.actor,
            action: link.action,
            subject: link.subject,
            address: link.address,
            trace_id: link.trace_id,
            json_before: link.before,
            json_after: link.after,
            previous_hash: previous,
            hash: hash,
        },
    )
}

pub fn set_audit_end(tx: &SystemWrite<'_>, tenant: TenantNo, number: i64, hash: &str) -> Result<()> {
    tx.run(sql!("set_audit_end"), bind! { tenant: tenant, number: number, hash: hash, beginning: BEGINNING })
}

pub fn list_oldest_audit_rows(tx: &SystemRead<'_>, tenant: TenantNo, limit: u32) -> Result<Vec<Old>> {
    tx.all(sql!("list_oldest_audit_rows"), bind! { tenant: tenant, limit: limit })
}

pub fn delete_audit_rows(tx: &SystemWrite<'_>, tenant: TenantNo, number: i64) -> Result<u64> {
    tx.count(sql!("delete_audit_rows"), bind! { tenant: tenant, number: number })
}

pub fn set_audit_beginning(tx: &SystemWrite<'_>, tenant: TenantNo, number: i64, hash: &str) -> Result<()> {
    tx.run(sql!("set_audit_beginning"), bind! { tenant: tenant, number: number, hash: hash })
}

pub fn list_audit(tx: &Read<'_>, search: &Search, limit: usize) -> Result<Vec<Entry>> {
    let action = search.action.as_ref();
    tx.all(
        sql!("list_audit"),
        bind! {
            actor: search.actor.as_deref(),
            action: action.and_then(|action| action.exact()),
            area: action.and_then(|action| action.area()),
            subject: search.subject.as_deref(),
            since: search.since,
            until: search.until,
            after: search.after.map(|(at, _)| at),
            after_number: search.after.map(|(_, number)| number),
            limit: limit as i64,
        },
    )
}
