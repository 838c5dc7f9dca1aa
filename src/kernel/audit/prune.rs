//! Pruning: rows older than `audit.keep` go, from the beginning of each chain and a little at a
//! time. The hash of the last that went stays, so that the rest still proves itself.

use crate::base::db::{SystemWrite, TenantNo};
use crate::base::{Result, Timestamp};
use crate::kernel::Kernel;
use crate::kernel::audit::store;

/// Rows that one piece deletes: a few milliseconds of the writer's time.
const ROWS_A_PIECE: u32 = 500;

/// Deletes the rows that are kept no more, and says how many.
pub async fn prune_once(kernel: &Kernel) -> Result<u64> {
    let before = kernel.clock.now() - kernel.config.audit.keep.into();
    let mut pruned = 0;
    for tenant in kernel.tenants.all() {
        let number = tenant.number;
        while is_due(kernel, number, before)? {
            pruned += kernel.db.system().write(move |tx| prune_piece(tx, number, before)).await?;
        }
    }
    if pruned > 0 {
        tracing::info!(rows = pruned, "old rows of the audit are deleted");
    }
    Ok(pruned)
}

/// Whether the oldest row is too old. Most tenants have none such, and cost the writer nothing.
fn is_due(kernel: &Kernel, tenant: TenantNo, before: Timestamp) -> Result<bool> {
    let oldest = kernel.db.system().read_here(|tx| store::list_oldest_audit_rows(tx, tenant, 1))?;
    Ok(oldest.first().is_some_and(|row| row.at < before))
}

/// A row that is younger keeps those behind it: what goes is always the whole beginning.
fn prune_piece(tx: &SystemWrite<'_>, tenant: TenantNo, before: Timestamp) -> Result<u64> {
    let oldest = store::list_oldest_audit_rows(tx, tenant, ROWS_A_PIECE)?;
    let Some(last) = oldest.into_iter().take_while(|row| row.at < before).last() else { return Ok(0) };
    store::set_audit_beginning(tx, tenant, last.number, &last.hash)?;
    store::delete_audit_rows(tx, tenant, last.number)
}
