//! The audit: who did what, to what, from where, in whose trace, written in the same transaction as
//! the deed. A deed that fails leaves no row, and a row that can't be written undoes the deed.
//!
//! Rows are only ever added. The engine refuses everything else: tenants' code has no trigger to
//! write through, and the authorizer lets not even the kernel update one. What they say stays
//! provable by the chain of hashes in `base/db/chain.rs`.

mod model;
mod prune;
mod store;

pub use model::{Act, ActionPattern, Entry, Search, said_by};
pub use prune::prune_once;
pub use store::list_audit;

use serde_json::Value;

use crate::base::db::{Link, SystemWrite, Write};
use crate::base::{Id, Result, Timestamp};
use crate::kernel::Who;

/// Writes down what the caller did, in his tenant's audit.
pub fn record(tx: &Write<'_>, who: &Who, act: &Act, now: Timestamp) -> Result<()> {
    record_as_engine(&tx.system(), who, act, now)
}

/// The same in a write of the kernel's own.
pub(in crate::kernel) fn record_as_engine(
    tx: &SystemWrite<'_>,
    who: &Who,
    act: &Act,
    now: Timestamp,
) -> Result<()> {
    let tenant = who.tenant.number;
    // There is one writer, so nobody adds a row between this and the next statement.
    let last = store::read_audit_chain(tx, tenant)?.unwrap_or_default();
    let (before, after) =
        (act.before.as_ref().map(Value::to_string), act.after.as_ref().map(Value::to_string));
    let link = Link {
        tenant: tenant.get(),
        number: last.number + 1,
        id: &Id::<Entry>::fresh().to_string(),
        at: now.millis(),
        actor: &who.actor.to_string(),
        action: act.action,
        subject: &act.subject,
        address: &who.address,
        trace_id: &who.trace.to_string(),
        before: before.as_deref(),
        after: after.as_deref(),
    };
    let hash = link.hash(&last.hash);
    store::insert_audit_row(tx, &link, &last.hash, &hash)?;
    store::set_audit_end(tx, tenant, link.number, &hash)
}
