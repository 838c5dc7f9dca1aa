//! What a tenant may have, and what it has: for those who want to know before it is too much.

use schemars::JsonSchema;
use serde::Serialize;

use super::daily::{Daily, next_day};
use super::rates::{Class, Side, option_of};
use crate::base::{Result, Timestamp};
use crate::kernel::Kernel;
use crate::kernel::tenants::Tenant;

/// What a tenant is allowed so much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowance {
    Storage,
    Daily(Daily),
}

impl Allowance {
    pub const ALL: [Self; 3] = [Self::Storage, Self::Daily(Daily::Events), Self::Daily(Daily::Jobs)];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Storage => "storage",
            Self::Daily(what) => what.as_str(),
        }
    }

    /// The field of a tenant's limits.
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::Storage => "storageBytes",
            Self::Daily(Daily::Events) => "eventsPerDay",
            Self::Daily(Daily::Jobs) => "jobsPerDay",
        }
    }

    pub(super) fn option(self) -> &'static str {
        match self {
            Self::Storage => "limits.storage",
            Self::Daily(Daily::Events) => "limits.events_per_day",
            Self::Daily(Daily::Jobs) => "limits.jobs_per_day",
        }
    }

    pub(super) fn place(self) -> usize {
        match self {
            Self::Storage => 0,
            Self::Daily(Daily::Events) => 1,
            Self::Daily(Daily::Jobs) => 2,
        }
    }
}

/// How much of something there may be and is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Room {
    /// Null when there is no limit.
    pub limit: Option<u64>,
    /// Null for what was not weighed yet.
    pub used: Option<u64>,
}

/// How often somebody may ask.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RateRow {
    /// The option of the server's configuration that says it.
    pub name: String,
    /// Null when there is no limit.
    pub per_second: Option<u32>,
    pub at_once: Option<u64>,
}

/// What a tenant may have, and what it has.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    pub storage_bytes: Room,
    /// When the storage was weighed.
    pub weighed_at: Option<Timestamp>,
    pub events_per_day: Room,
    pub jobs_per_day: Room,
    /// When the day is over and counting begins anew.
    pub day_ends_at: Timestamp,
    pub rates: Vec<RateRow>,
}

pub fn read_usage(kernel: &Kernel, tenant: &Tenant) -> Result<Usage> {
    let (limits, now) = (&kernel.limits, kernel.clock.now());
    let made = |what| {
        let used = kernel.db.system().read_here(|tx| limits.0.days.used(tx, tenant.number, what, now))?;
        Ok::<_, crate::base::Error>(Room {
            limit: limits.allowed(tenant, Allowance::Daily(what)),
            used: Some(used),
        })
    };
    let stored = limits.stored(tenant.number);
    let storage_bytes =
        Room { limit: limits.allowed(tenant, Allowance::Storage), used: stored.map(|stored| stored.bytes) };
    Ok(Usage {
        storage_bytes,
        weighed_at: stored.map(|stored| stored.weighed_at),
        events_per_day: made(Daily::Events)?,
        jobs_per_day: made(Daily::Jobs)?,
        day_ends_at: next_day(now),
        rates: rates_of(kernel),
    })
}

fn rates_of(kernel: &Kernel) -> Vec<RateRow> {
    let rates = kernel.limits.rates();
    let of_people = [Side::User, Side::Tenant];
    let rows = of_people.into_iter().flat_map(|side| Class::LIMITED.map(|class| (side, class)));
    rows.map(|(side, class)| {
        let rate = rates.find(side, class);
        RateRow {
            name: option_of(side, class),
            per_second: rate.map(|rate| rate.per_second),
            at_once: rate.map(|rate| rate.at_once),
        }
    })
    .collect()
}
