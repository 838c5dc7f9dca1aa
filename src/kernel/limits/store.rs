//! The statements about what tenants have used. Only the kernel writes it.

use super::daily::{Daily, Day};
use crate::base::Result;
use crate::base::db::{Only, SystemRead, SystemWrite, TenantNo};
use crate::{bind, sql};

pub(super) fn find_usage(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
    day: Day,
    what: Daily,
) -> Result<Option<u64>> {
    let found: Option<Only<i64>> =
        tx.maybe(sql!("find_usage"), bind! { tenant: tenant, day: day, what: what.as_str() })?;
    Ok(found.map(|Only(used)| used.unsigned_abs()))
}

pub(super) fn put_usage(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    day: Day,
    what: Daily,
    used: u64,
) -> Result<()> {
    let used = i64::try_from(used).unwrap_or(i64::MAX);
    tx.run(sql!("put_usage"), bind! { tenant: tenant, day: day, what: what.as_str(), used: used })
}

/// Forgets the days before this one.
pub(super) fn forget_usage(tx: &SystemWrite<'_>, tenant: TenantNo, before: Day) -> Result<()> {
    tx.run(sql!("forget_usage"), bind! { tenant: tenant, day: before })
}
