//! A subscription's standing: enabled, disabled with its deliveries held, or probed. It is the
//! queue of its deliveries that is held, so no delivery moves and none is lost.

use std::time::Duration;

use super::facts::HandlerDisabled;
use super::model::{DisabledFor, Event, Recovery, Subscription, SubscriptionState, TargetKind};
use super::outcome::{acting_for, publish_for};
use super::store;
use crate::base::db::{SystemWrite, TenantNo};
use crate::base::{Id, Result, Timestamp};
use crate::kernel::audit::{self, Act};
use crate::kernel::jobs::{Counts, QueueChange, set_lane};
use crate::kernel::{Actor, Kernel, Who};

/// Different events that must fail in a row, with no success between, before it is disabled.
pub(super) const TOO_MANY: usize = 5;

/// Deliveries that go out in a minute when what was held is let go.
const CATCHING_UP: u32 = 3_000;

/// Webhooks of one subscription that are called at once.
const CALLS_AT_ONCE: u32 = 4;

const LONGEST_PROBE_WAIT: Duration = Duration::from_mins(60);

impl Subscription {
    pub(super) fn succeeded(&mut self, tx: &SystemWrite<'_>, tenant: TenantNo, now: Timestamp) -> Result<()> {
        self.health.successes += 1;
        self.health.in_a_row = 0;
        self.health.failing.clear();
        self.health.last_succeeded_at = Some(now);
        if self.state == SubscriptionState::Probing {
            return self.enable(tx, tenant, now);
        }
        store::update_standing(tx, tenant, self)
    }

    pub(super) fn failed(
        &mut self,
        tx: &SystemWrite<'_>,
        tenant: TenantNo,
        event: Id<Event>,
        error: &str,
        counts: &mut Counts,
        now: Timestamp,
    ) -> Result<()> {
        self.health.failures += 1;
        self.health.in_a_row += 1;
        self.health.last_error = Some(error.into());
        self.health.last_failed_at = Some(now);
        if !self.health.failing.contains(&event) && self.health.failing.len() < TOO_MANY {
            self.health.failing.push(event);
        }
        match self.state {
            SubscriptionState::Probing => self.rest(tx, tenant, now),
            SubscriptionState::Enabled if self.health.failing.len() >= TOO_MANY => {
                self.disable(tx, tenant, DisabledFor::Failures, now)?;
                self.tell_of_disabling(tx, tenant, event, counts, now)
            }
            _ => store::update_standing(tx, tenant, self),
        }
    }

    /// Holds its deliveries.
    pub(super) fn disable(
        &mut self,
        tx: &SystemWrite<'_>,
        tenant: TenantNo,
        why: DisabledFor,
        now: Timestamp,
    ) -> Result<()> {
        self.state = SubscriptionState::Disabled;
        self.disabled_for = Some(why);
        self.disabled_at = Some(now);
        self.is_catching_up = false;
        self.probes = 0;
        self.probe_at =
            (why == DisabledFor::Failures && self.recovery == Recovery::Probe).then(|| now + probe_wait(0));
        store::update_standing(tx, tenant, self)?;
        self.set_lane(tx, tenant, now)
    }

    /// Lets its deliveries go, and forgets what failed.
    pub(super) fn enable(&mut self, tx: &SystemWrite<'_>, tenant: TenantNo, now: Timestamp) -> Result<()> {
        self.state = SubscriptionState::Enabled;
        (self.disabled_for, self.disabled_at, self.probe_at, self.probes) = (None, None, None, 0);
        self.health.in_a_row = 0;
        self.health.failing.clear();
        self.is_catching_up =
            self.target != TargetKind::Queue && store::count_in_lane(tx, tenant, &self.lane)? > 0;
        store::update_standing(tx, tenant, self)?;
        self.set_lane(tx, tenant, now)
    }

    /// One that is disabled for its failures comes back as it is set from now on.
    pub(super) fn recover_by_now(
        &mut self,
        tx: &SystemWrite<'_>,
        tenant: TenantNo,
        now: Timestamp,
    ) -> Result<()> {
        let probes = self.disabled_for == Some(DisabledFor::Failures) && self.recovery == Recovery::Probe;
        self.probe_at = probes.then(|| now + probe_wait(self.probes));
        if self.state == SubscriptionState::Probing {
            self.state = SubscriptionState::Disabled;
            self.set_lane(tx, tenant, now)?;
        }
        store::update_standing(tx, tenant, self)
    }

    /// Tries one of the held deliveries.
    fn probe(&mut self, tx: &SystemWrite<'_>, tenant: TenantNo, now: Timestamp) -> Result<()> {
        self.state = SubscriptionState::Probing;
        self.probe_at = None;
        self.probes += 1;
        store::update_standing(tx, tenant, self)?;
        self.set_lane(tx, tenant, now)
    }

    /// The one that was tried failed: it waits longer before the next.
    fn rest(&mut self, tx: &SystemWrite<'_>, tenant: TenantNo, now: Timestamp) -> Result<()> {
        self.state = SubscriptionState::Disabled;
        self.probe_at = Some(now + probe_wait(self.probes));
        store::update_standing(tx, tenant, self)?;
        self.set_lane(tx, tenant, now)
    }

    /// When nothing is left of what was held, its deliveries go out as fast as they come again.
    pub(super) fn look_whether_caught_up(&mut self, tx: &SystemWrite<'_>, tenant: TenantNo) -> Result<()> {
        if !self.is_catching_up || store::count_in_lane(tx, tenant, &self.lane)? > 0 {
            return Ok(());
        }
        self.is_catching_up = false;
        store::update_standing(tx, tenant, self)?;
        self.set_lane(tx, tenant, self.updated_at)
    }

    /// Has the queue of its deliveries run as it stands. One for workers outside is only held: its
    /// limits are its maker's.
    pub(super) fn set_lane(&self, tx: &SystemWrite<'_>, tenant: TenantNo, now: Timestamp) -> Result<()> {
        let paused = Some(self.state == SubscriptionState::Disabled);
        if self.target == TargetKind::Queue {
            return set_lane(
                tx,
                tenant,
                &self.lane,
                &QueueChange { paused, ..QueueChange::default() },
                true,
                now,
            );
        }
        let at_once = (self.target == TargetKind::Webhook).then_some(CALLS_AT_ONCE);
        let (concurrency, rate) = match self.state {
            // One begins, and another not before it is known what came of it.
            SubscriptionState::Probing => (Some(1), Some(1)),
            _ => (at_once, self.is_catching_up.then_some(CATCHING_UP)),
        };
        let settings = QueueChange { concurrency: Some(concurrency), rate: Some(rate), paused };
        set_lane(tx, tenant, &self.lane, &settings, false, now)
    }

    fn tell_of_disabling(
        &self,
        tx: &SystemWrite<'_>,
        tenant: TenantNo,
        event: Id<Event>,
        counts: &mut Counts,
        now: Timestamp,
    ) -> Result<()> {
        let Some(event) = store::read_event(tx, tenant, event)? else { return Ok(()) };
        let fact = HandlerDisabled {
            handler: self.name.clone(),
            subscription_id: self.id,
            reason: self.disabled_for.unwrap_or(DisabledFor::Failures).to_string(),
            error: self.health.last_error.clone(),
            failures_in_a_row: self.health.in_a_row,
        };
        if let Some(who) = acting_for(tx, tenant, &event)? {
            let who = Who { actor: Actor::System, ..who };
            let act = Act::new("subscription.disabled", format!("subscription:{}", self.id)).after(&fact)?;
            audit::record_as_engine(tx, &who, &act, now)?;
        }
        publish_for(tx, tenant, &event, &fact, &self.name, counts)
    }
}

/// A webhook answered that it is gone for good.
pub(super) fn gone(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    id: Id<Subscription>,
    event: Id<Event>,
    error: &str,
    now: Timestamp,
) -> Result<()> {
    let found = store::read_subscription(tx, tenant, id)?;
    let is_news = |one: &Subscription| {
        one.disabled_for != Some(DisabledFor::Gone) && one.state != SubscriptionState::Deleted
    };
    let Some(mut one) = found.filter(is_news) else { return Ok(()) };
    one.health.failures += 1;
    one.health.in_a_row += 1;
    one.health.last_error = Some(error.into());
    one.health.last_failed_at = Some(now);
    one.disable(tx, tenant, DisabledFor::Gone, now)?;
    let mut counts = Counts::default();
    one.tell_of_disabling(tx, tenant, event, &mut counts, now)?;
    counts.write(tx)
}

/// 1, 2, 4 … up to 60 minutes.
fn probe_wait(probes: u32) -> Duration {
    Duration::from_mins(2u64.saturating_pow(probes)).min(LONGEST_PROBE_WAIT)
}

/// Lets every subscription whose time has come try a held delivery, and says how many did.
pub async fn probe_once(kernel: &Kernel) -> Result<usize> {
    let (now, mut probed) = (kernel.clock.now(), 0);
    for tenant in kernel.tenants.all() {
        let number = tenant.number;
        let due = kernel.db.system().read(move |tx| store::list_probes_due(tx, number, now)).await?;
        if due.is_empty() {
            continue;
        }
        probed += kernel
            .db
            .system()
            .write(move |tx| {
                let mut due = store::list_probes_due(tx, number, now)?;
                due.iter_mut().try_for_each(|subscription| subscription.probe(tx, number, now))?;
                Ok(due.len())
            })
            .await?;
    }
    Ok(probed)
}
