//! The subscriptions of handlers in code, which every tenant has.

use crate::base::db::{SystemWrite, TenantNo};
use crate::base::{Error, Id, Result, Timestamp};
use crate::kernel::Kernel;
use crate::kernel::events::bus::Events;
use crate::kernel::events::kind::EventHandler;
use crate::kernel::events::model::{Health, Recovery, Subscription, SubscriptionState, TargetKind};
use crate::kernel::events::pattern::Pattern;
use crate::kernel::events::store;
use crate::kernel::jobs::LANE_PREFIX;

/// Gives every tenant a subscription for each handler in code, at the start.
pub async fn furnish(kernel: &Kernel) -> Result<()> {
    let events = kernel.events.clone();
    let mut missing = Vec::new();
    for handler in events.handlers() {
        let info = handler.info;
        let tenants =
            kernel.db.system().read_here(|tx| store::tenants_without_handler(tx, info.name, info.pattern))?;
        missing.extend(tenants.into_iter().map(|tenant| (tenant, *handler)));
    }
    if missing.is_empty() {
        return Ok(());
    }
    let now = kernel.clock.now();
    let write = move |tx: &SystemWrite<'_>| {
        missing.iter().try_for_each(|(tenant, handler)| keep_handler(tx, *tenant, handler, now))
    };
    kernel.db.system().write(write).await
}

/// The same for a tenant that is being made.
pub(in crate::kernel) fn furnish_tenant(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    now: Timestamp,
) -> Result<()> {
    let events = tx.attendant::<Events>()?;
    events.handlers().try_for_each(|handler| keep_handler(tx, tenant, handler, now))
}

/// Makes a handler's subscription, or has it listen to what it listens to in this version.
fn keep_handler(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    handler: &EventHandler,
    now: Timestamp,
) -> Result<()> {
    let info = handler.info;
    let pattern: Pattern = info.pattern.parse().map_err(Error::internal)?;
    let known = store::list_listening(tx, tenant)?.into_iter().find(|one| one.name == info.name);
    if let Some(known) = known {
        let new = Subscription { pattern, is_ordered: info.is_ordered, ..known };
        return store::update_subscription(tx, tenant, &new, now);
    }
    let new = Subscription {
        id: Id::fresh(),
        name: info.name.into(),
        pattern,
        target: TargetKind::Handler,
        address: info.name.into(),
        filter: None,
        max_attempts: info.max_attempts,
        backoff: info.backoff,
        time_limit: info.time_limit,
        is_ordered: info.is_ordered,
        recovery: Recovery::Manual,
        lane: format!("{LANE_PREFIX}{}", info.name).parse().map_err(Error::internal)?,
        state: SubscriptionState::Enabled,
        disabled_for: None,
        disabled_at: None,
        probe_at: None,
        probes: 0,
        is_catching_up: false,
        health: Health::default(),
        made_by: "system".into(),
        created_at: now,
        updated_at: now,
    };
    store::insert_subscription(tx, tenant, &new, now)
}
