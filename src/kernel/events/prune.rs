//! Deleting events whose time is over, with their deliveries, a little at a time. One with a delivery
//! on its way stays, however old it is.

use std::time::Duration;

use super::history::first_id_at;
use super::model::EventStatus;
use super::store;
use crate::base::db::{SystemWrite, TenantNo};
use crate::base::{Result, Timestamp};
use crate::kernel::Kernel;

/// Events that one write deletes.
const A_PIECE: u32 = 200;

/// Other rows of one sort that one write deletes.
const ROWS_A_PIECE: u32 = 500;

const MINUTE: Duration = Duration::from_mins(1);

/// Deletes what is kept no more, and says how many events that were.
pub async fn prune_once(kernel: &Kernel) -> Result<u64> {
    let config = &kernel.config.events;
    let (keep, keep_dead) = (config.keep.into(), config.keep_dead.into());
    let mut pruned = 0;
    for tenant in kernel.tenants.all() {
        for (status, keep) in [(EventStatus::Delivered, keep), (EventStatus::Dead, keep_dead)] {
            pruned += prune_status(kernel, tenant.number, status, keep).await?;
        }
        let (number, before) = (tenant.number, kernel.clock.now() - keep);
        let minute = before.millis().div_euclid(MINUTE.as_millis() as i64);
        loop {
            let first = first_id_at(before);
            let rest = kernel.db.system().write(move |tx| prune_rest(tx, number, minute, &first)).await?;
            if rest < u64::from(ROWS_A_PIECE) {
                break;
            }
        }
    }
    Ok(pruned)
}

async fn prune_status(kernel: &Kernel, tenant: TenantNo, status: EventStatus, keep: Duration) -> Result<u64> {
    let before = first_id_at(kernel.clock.now() - keep);
    let mut pruned = 0;
    loop {
        let before = before.clone();
        let deleted = kernel
            .db
            .system()
            .write(move |tx| {
                let old = store::list_settled_before(tx, tenant, status, &before, A_PIECE)?;
                for &event in &old {
                    for print in store::list_dead_of(tx, tenant, event)? {
                        // A group is not younger for what is taken from it.
                        store::add_letters(tx, tenant, &print, -1, None, Timestamp::from_millis(0))?;
                    }
                    store::delete_deliveries_of(tx, tenant, event)?;
                    store::delete_event(tx, tenant, event)?;
                }
                Ok(old.len() as u64)
            })
            .await?;
        pruned += deleted;
        if deleted < u64::from(A_PIECE) {
            return Ok(pruned);
        }
    }
}

/// Says how many rows of the most numerous sort it deleted.
fn prune_rest(tx: &SystemWrite<'_>, tenant: TenantNo, minute: i64, before: &str) -> Result<u64> {
    let minutes = store::delete_minutes_before(tx, tenant, minute, ROWS_A_PIECE)?;
    let hours = store::delete_hours_before(tx, tenant, minute.div_euclid(60), ROWS_A_PIECE)?;
    let replays = store::delete_replays_before(tx, tenant, before, ROWS_A_PIECE)?;
    store::delete_empty_groups(tx, tenant)?;
    for id in store::list_forgotten_subscriptions(tx, tenant)? {
        store::delete_groups_of(tx, tenant, id)?;
        store::delete_secrets_of(tx, tenant, id)?;
        store::delete_subscription(tx, tenant, id)?;
    }
    Ok(minutes.max(hours).max(replays))
}
