//! Subscriptions: made, changed, enabled, disabled and deleted by who may.

mod furnish;
mod wishes;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::EventsRead;
use super::filter::read_filter;
use super::kind::{DEFAULT_ATTEMPTS, DEFAULT_BACKOFF, WEBHOOK_ATTEMPTS};
use super::model::{
    Delivery, DeliveryState, DisabledFor, Health, Recovery, Subscription, SubscriptionState, TargetKind,
};
use super::outcome::Letter;
use super::store;
use super::webhook;
use crate::base::db::Write;
use crate::base::{Error, Id, Result, Timestamp};
use crate::kernel::audit::{self, Act};
use crate::kernel::identity::Permission;
use crate::kernel::jobs::{
    Backoff, Counts, Jobs, JobsWrite, LANE_PREFIX, NewQueue, QueueName, cancel_job, drop_lane, list_queues,
    put_queue,
};
use crate::kernel::{Hand, Kernel, Who};

pub use furnish::furnish;
pub(in crate::kernel) use furnish::furnish_tenant;
pub use wishes::{NewSubscription, Spacing, SubscriptionChange, SubscriptionName, Target};

/// Subscriptions of one tenant, those of handlers in code included.
const MOST_SUBSCRIPTIONS: usize = 200;

/// Deliveries that deleting a subscription cancels in the same write.
const MOST_CANCELLED: u32 = 1_000;

/// A subscription that was made, with what its maker sees once.
pub struct Made {
    pub subscription: Subscription,
    /// What a webhook is signed with.
    pub secret: Option<String>,
}

/// Makes a subscription.
pub fn create_subscription(
    tx: &Write<'_>,
    kernel: &Kernel,
    by: &Hand,
    new: &NewSubscription,
    now: Timestamp,
) -> Result<Made> {
    let (system, tenant) = (tx.system(), by.tenant.number);
    let known = store::list_subscriptions(tx, None, MOST_SUBSCRIPTIONS + 1)?;
    if known.iter().any(|one| one.name == *new.name) {
        return Err(Error::conflict("There is a subscription of this name already; choose another."));
    }
    if known.len() >= MOST_SUBSCRIPTIONS {
        return Err(Error::conflict(
            "There are 200 subscriptions already, which is the most; delete one first.",
        ));
    }
    let lanes: BTreeSet<&str> = known.iter().map(|one| &*one.lane).collect();
    let (target, address) = new.target.parts();
    let lane = match &new.target {
        Target::Queue(queue) => {
            if lanes.contains(&**queue) {
                return Err(Error::invalid(
                    "target.queue",
                    "serves another subscription; choose another queue",
                ));
            }
            queue.clone()
        }
        _ => lane_for(&new.name, &lanes)?,
    };
    let is_webhook = target == TargetKind::Webhook;
    let of_kind =
        if is_webhook { (WEBHOOK_ATTEMPTS, Backoff::Webhooks) } else { (DEFAULT_ATTEMPTS, DEFAULT_BACKOFF) };
    let subscription = Subscription {
        id: Id::fresh(),
        name: new.name.to_string(),
        pattern: new.pattern.clone(),
        target,
        address,
        filter: new.filter.as_ref().map(read_filter).transpose()?,
        max_attempts: new.max_attempts.unwrap_or(of_kind.0),
        backoff: new.backoff.map_or(of_kind.1, Backoff::from),
        time_limit: Duration::from_secs(new.timeout_seconds.unwrap_or(30).into()),
        is_ordered: new.ordered,
        recovery: new.recovery.unwrap_or(if is_webhook { Recovery::Probe } else { Recovery::Manual }),
        lane,
        state: SubscriptionState::Enabled,
        disabled_for: None,
        disabled_at: None,
        probe_at: None,
        probes: 0,
        is_catching_up: false,
        health: Health::default(),
        made_by: by.actor.to_string(),
        created_at: now,
        updated_at: now,
    };
    must_be_allowed(tx, by, &subscription)?;
    may_listen(by, &subscription)?;
    check(tx, kernel, by, &subscription, now)?;
    store::insert_subscription(&system, tenant, &subscription, now)?;
    let secret = is_webhook.then(webhook::fresh_secret).transpose()?;
    if let Some(secret) = &secret {
        store::put_secret(&system, tenant, subscription.id, secret)?;
    }
    subscription.set_lane(&system, tenant, now)?;
    record(tx, by, "subscription.created", &subscription, None, now)?;
    Ok(Made { subscription, secret })
}

/// A queue of its own, called as the subscription when that is free.
fn lane_for(name: &str, taken: &BTreeSet<&str>) -> Result<QueueName> {
    let plain = format!("{LANE_PREFIX}{name}");
    let lane = match taken.contains(&*plain) {
        false => plain,
        // Another had the name before it was renamed.
        true => format!("{LANE_PREFIX}{}", Id::<Subscription>::fresh()),
    };
    lane.parse().map_err(Error::internal)
}

/// Refuses who lacks what the jobs need that it makes.
fn must_be_allowed(tx: &Write<'_>, by: &Hand, one: &Subscription) -> Result<()> {
    match one.target {
        TargetKind::Job => tx.attendant::<Jobs>()?.must_allow(by, &one.address),
        TargetKind::Handler | TargetKind::Webhook | TargetKind::Queue => Ok(()),
    }
}

/// Refuses who could not get at the events otherwise, or could not make the jobs that come of them.
fn may_listen(by: &Hand, one: &Subscription) -> Result<()> {
    by.must_hold(EventsRead::INFO)?;
    match one.target {
        TargetKind::Job | TargetKind::Queue => by.must_hold(JobsWrite::INFO),
        TargetKind::Webhook | TargetKind::Handler => Ok(()),
    }
}

/// Whether its target can be delivered to.
fn check(tx: &Write<'_>, kernel: &Kernel, by: &Hand, one: &Subscription, now: Timestamp) -> Result<()> {
    let tenant = by.tenant.number;
    match one.target {
        // Looked at before the write, as looking up a name takes its time.
        TargetKind::Webhook => {}
        TargetKind::Job => {
            let is_known =
                kernel.jobs.kinds_in(tenant).any(|kind| kind.info.name == one.address && kind.info.is_open);
            if !is_known {
                let message =
                    format!("{} is no kind of job here; /api/job-kinds lists those that are", one.address);
                return Err(Error::invalid("target.job", message));
            }
        }
        TargetKind::Queue => {
            let known = list_queues(tx)?.into_iter().find(|queue| queue.name == one.lane);
            match known {
                Some(queue) if !queue.outside => {
                    let message = "is served by the server itself; name a queue for workers outside";
                    return Err(Error::invalid("target.queue", message));
                }
                Some(_) => {}
                None => {
                    let new = NewQueue {
                        name: one.lane.clone(),
                        outside: true,
                        concurrency: None,
                        rate_per_minute: None,
                        paused: false,
                    };
                    put_queue(tx, by, &new, now)?;
                }
            }
        }
        TargetKind::Handler => {
            return Err(Error::invalid(
                "target.handler",
                "has its subscription already; handlers are part of the server",
            ));
        }
    }
    let calls_itself = matches!(one.target, TargetKind::Webhook | TargetKind::Job);
    if one.recovery == Recovery::Probe && !calls_itself {
        return Err(Error::invalid(
            "recovery",
            "must be manual for a queue, whose workers ask for deliveries",
        ));
    }
    Ok(())
}

/// Changes a subscription. Deliveries that are on their way go as they were made.
pub fn change_subscription(
    tx: &Write<'_>,
    kernel: &Kernel,
    by: &Hand,
    id: Id<Subscription>,
    change: &SubscriptionChange,
    now: Timestamp,
) -> Result<Subscription> {
    let (system, tenant) = (tx.system(), by.tenant.number);
    let old = store::find_subscription(tx, id)?.ok_or_else(|| Error::not_found("subscription"))?;
    must_be_allowed(tx, by, &old)?;
    let mut new = old.clone();
    let is_of_code = old.target == TargetKind::Handler;
    let of_code = change.name.is_some()
        || change.pattern.is_some()
        || change.target.is_some()
        || change.filter.is_some()
        || change.ordered.is_some();
    if is_of_code && of_code {
        return Err(Error::conflict(
            "This handler is part of the server: of it only attempts, backoff, time-out and recovery can be changed.",
        ));
    }
    if let Some(name) = &change.name {
        if **name != *old.name && store::find_subscription_named(tx, name)?.is_some() {
            return Err(Error::conflict("There is a subscription of this name already; choose another."));
        }
        new.name = name.to_string();
    }
    if let Some(target) = &change.target {
        let (kind, address) = target.parts();
        let is_same_sort = kind == old.target && (kind != TargetKind::Queue || address == old.address);
        if !is_same_sort {
            return Err(Error::invalid(
                "target",
                "can't become another sort or queue; make another subscription",
            ));
        }
        new.address = address;
    }
    if let Some(pattern) = &change.pattern {
        new.pattern = pattern.clone();
    }
    if let Some(filter) = &change.filter {
        new.filter = filter.as_ref().map(read_filter).transpose()?;
    }
    new.max_attempts = change.max_attempts.unwrap_or(new.max_attempts);
    new.backoff = change.backoff.map_or(new.backoff, Backoff::from);
    new.time_limit =
        change.timeout_seconds.map_or(new.time_limit, |seconds| Duration::from_secs(seconds.into()));
    new.is_ordered = change.ordered.unwrap_or(new.is_ordered);
    new.recovery = change.recovery.unwrap_or(new.recovery);
    new.updated_at = now;
    if !is_of_code {
        must_be_allowed(tx, by, &new)?;
        let listens_anew =
            (&new.pattern, &new.filter, &new.address) != (&old.pattern, &old.filter, &old.address);
        if listens_anew {
            may_listen(by, &new)?;
        }
        check(tx, kernel, by, &new, now)?;
    }
    store::update_subscription(&system, tenant, &new, now)?;
    if new.recovery != old.recovery {
        new.recover_by_now(&system, tenant, now)?;
    }
    record(tx, by, "subscription.changed", &new, Some(&old), now)?;
    Ok(new)
}

/// Lets a subscription's deliveries go, and forgets what failed.
pub fn enable_subscription(
    tx: &Write<'_>,
    by: &Hand,
    id: Id<Subscription>,
    now: Timestamp,
) -> Result<Subscription> {
    let mut one = store::find_subscription(tx, id)?.ok_or_else(|| Error::not_found("subscription"))?;
    must_be_allowed(tx, by, &one)?;
    let old = one.clone();
    one.enable(&tx.system(), by.tenant.number, now)?;
    record(tx, by, "subscription.enabled", &one, Some(&old), now)?;
    Ok(one)
}

/// Holds a subscription's deliveries.
pub fn disable_subscription(
    tx: &Write<'_>,
    by: &Hand,
    id: Id<Subscription>,
    now: Timestamp,
) -> Result<Subscription> {
    let mut one = store::find_subscription(tx, id)?.ok_or_else(|| Error::not_found("subscription"))?;
    must_be_allowed(tx, by, &one)?;
    let old = one.clone();
    one.disable(&tx.system(), by.tenant.number, DisabledFor::ByHand, now)?;
    record(tx, by, "subscription.disabled", &one, Some(&old), now)?;
    Ok(one)
}

/// Deletes a subscription. What is on its way to it is cancelled; what happened stays in the history.
pub fn delete_subscription(tx: &Write<'_>, by: &Hand, id: Id<Subscription>, now: Timestamp) -> Result<()> {
    let (system, tenant) = (tx.system(), by.tenant.number);
    let old = store::find_subscription(tx, id)?.ok_or_else(|| Error::not_found("subscription"))?;
    must_be_allowed(tx, by, &old)?;
    if old.target == TargetKind::Handler {
        return Err(Error::conflict("This handler is part of the server; disable it instead."));
    }
    let open = store::list_open_deliveries(&system, tenant, id, MOST_CANCELLED + 1)?;
    if open.len() > MOST_CANCELLED as usize {
        return Err(Error::conflict(
            "More than 1,000 deliveries are on their way to it; disable it and cancel its jobs first.",
        ));
    }
    // Those that wait first, so that none of them begins when its elder is cancelled.
    let (waiting, begun): (Vec<Delivery>, Vec<Delivery>) =
        open.into_iter().partition(|delivery| delivery.state == DeliveryState::Waiting);
    let mut counts = Counts::default();
    for delivery in waiting {
        let Some(event) = store::read_event(&system, tenant, delivery.event)? else { continue };
        let letter = Letter { tenant, event: event.id, event_type: &event.event_type, subscription: &old };
        letter.put(&system, &delivery, delivery.clone(), DeliveryState::Cancelled, &mut counts, now)?;
    }
    counts.write(&system)?;
    for delivery in begun {
        cancel_job(tx, by, delivery.id.uuid().into(), now)?;
    }
    // A handler that is still at it must not set up the queue again when it ends.
    let gone = Subscription {
        state: SubscriptionState::Deleted,
        probe_at: None,
        is_catching_up: false,
        ..old.clone()
    };
    store::update_standing(&system, tenant, &gone)?;
    match old.target {
        // What else is in the queue goes on.
        TargetKind::Queue => gone.set_lane(&system, tenant, now)?,
        _ => drop_lane(&system, tenant, &old.lane)?,
    }
    let act = Act::new("subscription.deleted", format!("subscription:{id}")).before(shown(&old))?;
    audit::record(tx, by, &act, now)
}

fn record(
    tx: &Write<'_>,
    who: &Who,
    action: &'static str,
    new: &Subscription,
    old: Option<&Subscription>,
    now: Timestamp,
) -> Result<()> {
    let mut act = Act::new(action, format!("subscription:{}", new.id)).after(shown(new))?;
    if let Some(old) = old {
        act = act.before(shown(old))?;
    }
    audit::record(tx, who, &act, now)
}

/// As the audit has it.
fn shown(one: &Subscription) -> Json {
    json!({
        "name": one.name,
        "pattern": one.pattern,
        "target": { one.target.as_str(): one.address },
        "filter": one.filter,
        "maxAttempts": one.max_attempts,
        "backoff": Spacing::from(one.backoff),
        "timeoutSeconds": one.time_limit.as_secs(),
        "ordered": one.is_ordered,
        "recovery": one.recovery,
        "state": one.state,
    })
}
