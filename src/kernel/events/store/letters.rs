//! Dead letters by what their errors have in common.

use crate::base::db::{Read, SystemWrite, TenantNo};
use crate::base::{Id, Result, Timestamp};
use crate::kernel::events::dead_letters::{LetterFilter, LetterGroup};
use crate::kernel::events::model::{Delivery, Subscription};
use crate::{bind, sql};

/// Whether the group is there.
pub(in crate::kernel::events) fn add_letters(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    fingerprint: &str,
    letters: i64,
    error: Option<&str>,
    now: Timestamp,
) -> Result<bool> {
    let changed = tx.count(
        sql!("../sql/", "add_letters"),
        bind! { tenant: tenant, fingerprint: fingerprint, letters: letters, error: error, now: now },
    )?;
    Ok(changed == 1)
}

pub(in crate::kernel::events) fn insert_letter_group(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    fingerprint: &str,
    subscription: Id<Subscription>,
    error: &str,
    now: Timestamp,
) -> Result<()> {
    tx.run(
        sql!("../sql/", "insert_letter_group"),
        bind! { tenant: tenant, fingerprint: fingerprint, subscription: subscription, error: error, now: now },
    )
}

/// The newest first.
pub(in crate::kernel::events) fn list_letters(
    tx: &Read<'_>,
    filter: &LetterFilter,
    before: Option<Id<Delivery>>,
    limit: usize,
) -> Result<Vec<Delivery>> {
    tx.all(
        sql!("../sql/", "list_letters"),
        bind! {
            before: before.map_or_else(|| "g".to_owned(), |id| id.to_string()),
            fingerprint: filter.fingerprint.as_deref(),
            subscription: filter.subscription,
            limit: limit as i64,
        },
    )
}

/// By fingerprint.
pub fn list_letter_groups(tx: &Read<'_>, after: Option<&str>, limit: usize) -> Result<Vec<LetterGroup>> {
    tx.all(sql!("../sql/", "list_letter_groups"), bind! { after: after, limit: limit as i64 })
}
