//! Limits: how often anybody may ask, and how much a tenant may store and make in a day, so that nobody takes from
//! the others what they need.
//!
//! What is counted lives in memory. A request costs two buckets; what a tenant makes is counted where it is written.

mod buckets;
mod daily;
mod rates;
mod storage;
mod store;
mod streams;
mod usage;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

pub use buckets::{Level, Rate};
pub use daily::Daily;
pub use rates::{Asker, Class, Rates, Side, Standing, TooMany, option_of};
pub use storage::{Stored, weigh_once};
pub use streams::Streams;
pub use usage::{Allowance, Room, Usage, read_usage};

use crate::base::db::{SystemWrite, TenantNo};
use crate::base::error::Detail;
use crate::base::{Clock, Error, Kind, Result, Timestamp, config};
use crate::kernel::Kernel;
use crate::kernel::tenants::Tenant;
use daily::{Days, UsedUp, until_next_day};
use rates::Meter;
use storage::Stores;

/// The limits of one instance. Cheap to clone.
#[derive(Clone)]
pub struct Limits(Arc<Parts>);

struct Parts {
    settings: RwLock<Arc<Settings>>,
    clock: Clock,
    meter: Meter,
    days: Days,
    stores: Stores,
    refused: [AtomicU64; Allowance::ALL.len()],
}

/// What the configuration says, and holds for every tenant that has nothing else.
struct Settings {
    rates: Rates,
    storage: u64,
    events: u64,
    jobs: u64,
    streams: Streams,
}

impl Settings {
    fn of(config: &config::Limits) -> Arc<Self> {
        Arc::new(Self {
            rates: Rates::of(config),
            storage: config.storage.as_u64(),
            events: config.events_per_day,
            jobs: config.jobs_per_day,
            streams: Streams { all: config.streams, of_tenant: config.streams_per_tenant },
        })
    }
}

impl Limits {
    pub(in crate::kernel) fn new(config: &config::Limits, clock: Clock) -> Self {
        Self(Arc::new(Parts {
            settings: RwLock::new(Settings::of(config)),
            clock,
            meter: Meter::default(),
            days: Days::default(),
            stores: Stores::default(),
            refused: Default::default(),
        }))
    }

    /// Limits by this from now on. What was counted stays counted.
    pub fn reload(&self, config: &config::Limits) {
        *self.0.settings.write().unwrap_or_else(PoisonError::into_inner) = Settings::of(config);
    }

    fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.0.settings.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn rates(&self) -> Rates {
        self.settings().rates.clone()
    }

    /// How many may follow what happens.
    pub fn streams(&self) -> Streams {
        self.settings().streams
    }

    /// Counts a request, unless there were too many. Nothing comes back where there is no limit.
    pub fn take(&self, asker: Asker, class: Class) -> Result<Option<Standing>, TooMany> {
        self.0.meter.take(&self.settings().rates, asker, class, self.0.clock.passed())
    }

    /// What a tenant may have of this; nothing where there is no limit.
    pub fn allowed(&self, tenant: &Tenant, what: Allowance) -> Option<u64> {
        if tenant.is_instance() {
            return None;
        }
        let (settings, own) = (self.settings(), &tenant.limits);
        let limit = match what {
            Allowance::Storage => own.storage_bytes.unwrap_or(settings.storage),
            Allowance::Daily(Daily::Events) => own.events_per_day.unwrap_or(settings.events),
            Allowance::Daily(Daily::Jobs) => own.jobs_per_day.unwrap_or(settings.jobs),
        };
        (limit > 0).then_some(limit)
    }

    /// Counts what a tenant makes in this write, and fails when that is more than it may.
    pub(in crate::kernel) fn spend(
        &self,
        tx: &SystemWrite<'_>,
        tenant: &Tenant,
        what: Daily,
        made: usize,
    ) -> Result<()> {
        let limit = self.allowed(tenant, Allowance::Daily(what));
        let counted = self.count(tx, tenant.number, what, made, limit)?;
        counted.map_err(|UsedUp| self.used_up(tenant, what, limit))
    }

    /// Counts what the instance itself makes in a tenant, such as the events of a change. That is never refused.
    pub(in crate::kernel) fn note_made(
        &self,
        tx: &SystemWrite<'_>,
        tenant: TenantNo,
        what: Daily,
    ) -> Result<()> {
        self.count(tx, tenant, what, 1, None).map(drop)
    }

    fn count(
        &self,
        tx: &SystemWrite<'_>,
        tenant: TenantNo,
        what: Daily,
        made: usize,
        limit: Option<u64>,
    ) -> Result<Result<(), UsedUp>> {
        self.0.days.count(tx, (tenant, what), made as u64, limit, self.0.clock.now())
    }

    /// Fails when a tenant has nothing left of today's, before work is done for it that would be undone.
    pub(in crate::kernel) fn must_have_some(&self, tenant: &Tenant, what: Daily) -> Result<()> {
        let Some(limit) = self.allowed(tenant, Allowance::Daily(what)) else { return Ok(()) };
        let used = self.0.days.used_in_memory(tenant.number, what, daily::day_of(self.0.clock.now()));
        match used {
            Some(used) if used >= limit => Err(self.used_up(tenant, what, Some(limit))),
            _ => Ok(()),
        }
    }

    fn used_up(&self, tenant: &Tenant, what: Daily, limit: Option<u64>) -> Error {
        let allowance = Allowance::Daily(what);
        self.refused_one(allowance);
        let (words, limit) = (what.as_str(), limit.unwrap_or_default());
        let message = format!(
            "That is more than the {limit} {words} that this tenant may make in a day; it may make others \
             after midnight UTC. {}",
            change_it(tenant, allowance)
        );
        Error::new(Kind::RateLimited, message)
            .with_details(vec![limit_of(tenant, allowance, limit)])
            .retry_in(until_next_day(self.0.clock.now()))
    }

    /// Fails when a tenant stores as much as it may.
    pub fn must_have_space(&self, tenant: &Tenant) -> Result<()> {
        let Some(limit) = self.allowed(tenant, Allowance::Storage) else { return Ok(()) };
        if self.0.stores.find(tenant.number).is_none_or(|stored| stored.may_be() < limit) {
            return Ok(());
        }
        self.refused_one(Allowance::Storage);
        let message = format!(
            "This tenant stores the {limit} bytes that it may; delete something, or wait for what is kept for a time \
             only. {}",
            change_it(tenant, Allowance::Storage)
        );
        Err(Error::new(Kind::StorageFull, message).with_details(vec![limit_of(
            tenant,
            Allowance::Storage,
            limit,
        )]))
    }

    /// A tenant was sent so many bytes that it may keep.
    pub fn note_sent(&self, tenant: TenantNo, bytes: usize) {
        self.0.stores.note(tenant, bytes as u64);
    }

    /// Whether a tenant may have reached its limit, or left it, since it was weighed.
    fn is_in_doubt(&self, tenant: &Tenant) -> bool {
        let Some(limit) = self.allowed(tenant, Allowance::Storage) else { return false };
        let stored = self.0.stores.find(tenant.number);
        stored.is_none_or(|stored| stored.may_be() >= limit)
    }

    pub fn stored(&self, tenant: TenantNo) -> Option<Stored> {
        self.0.stores.find(tenant)
    }

    /// Requests that were refused for their rate, and what was for an allowance, since the start.
    pub fn refused_for_rate(&self, side: Side, class: Class) -> u64 {
        self.0.meter.refused(side, class)
    }

    pub fn refused_for(&self, what: Allowance) -> u64 {
        self.0.refused[what.place()].load(Ordering::Relaxed)
    }

    fn refused_one(&self, what: Allowance) {
        self.0.refused[what.place()].fetch_add(1, Ordering::Relaxed);
    }

    /// Those who asked lately and are remembered.
    pub fn known_askers(&self) -> usize {
        self.0.meter.known()
    }

    /// What a tenant has made today, when memory knows it.
    pub fn made_today(&self, tenant: TenantNo, what: Daily, now: Timestamp) -> Option<u64> {
        self.0.days.used_in_memory(tenant, what, daily::day_of(now))
    }
}

/// Writes down what was used, before the instance stops, and forgets who is gone.
pub async fn settle(kernel: &Kernel) -> Result<()> {
    let (limits, tenants) = (kernel.limits.clone(), Arc::clone(&kernel.tenants));
    let is_there = move |number| tenants.find_by_number(number).is_some();
    limits.0.stores.forget_all_but(&is_there);
    limits.0.days.forget_all_but(&is_there);
    kernel.db.system().write(move |tx| limits.0.days.settle(tx, &is_there)).await
}

fn limit_of(tenant: &Tenant, what: Allowance, limit: u64) -> Detail {
    Detail {
        path: format!("limits.{}", what.field()),
        message: format!("{limit} for the tenant {}", tenant.slug),
    }
}

fn change_it(tenant: &Tenant, what: Allowance) -> String {
    format!(
        "Who runs this server can change {} for all, or for this one with PATCH /api/tenants/{} and \
         {{\"limits\": {{\"{}\": …}}}}.",
        what.option(),
        tenant.slug,
        what.field()
    )
}
