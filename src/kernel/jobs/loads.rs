//! Loads: which tenants fill the queues, for who looks after the instance. No tenant may see this.
//!
//! What waits and runs is read from the counters, so it costs the same with a hundred jobs and with five million.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::ops::AddAssign;

use schemars::JsonSchema;
use serde::Serialize;

use super::model::{JobState, QueueName};
use super::recent::{Ended, TenantEnded};
use super::store::{self, LaneCount, TenantCount};
use crate::base::db::TenantNo;
use crate::base::{Result, Timestamp};
use crate::kernel::Kernel;

/// How many are told of by name; the others are one sum.
const MOST_QUEUES: usize = 30;
const MOST_TENANTS: usize = 20;
const MOST_OF_QUEUE: usize = 5;

/// Jobs that wait and run now, and those that ended in the last hour.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Load {
    pub running: i64,
    pub ready: i64,
    pub scheduled: i64,
    /// Done in the last hour.
    pub done: u64,
    /// Dead in the last hour.
    pub dead: u64,
}

impl Load {
    fn of(state: JobState, jobs: i64) -> Self {
        let mut load = Self::default();
        match state {
            JobState::Running => load.running = jobs,
            JobState::Ready => load.ready = jobs,
            JobState::Scheduled => load.scheduled = jobs,
            JobState::Done | JobState::Dead | JobState::Cancelled => {}
        }
        load
    }

    /// The one who fills the machine now comes first, then who did in the last hour.
    fn weight(&self) -> (i64, u64, i64) {
        (self.running + self.ready, self.done + self.dead, self.scheduled)
    }
}

impl From<Ended> for Load {
    fn from(Ended { done, dead }: Ended) -> Self {
        Self { done, dead, ..Self::default() }
    }
}

impl AddAssign for Load {
    fn add_assign(&mut self, more: Self) {
        self.running += more.running;
        self.ready += more.ready;
        self.scheduled += more.scheduled;
        self.done += more.done;
        self.dead += more.dead;
    }
}

/// One tenant's part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TenantLoad {
    pub slug: String,
    pub name: String,
    #[serde(flatten)]
    pub load: Load,
}

/// Those that are not told of by name, those that are being deleted among them.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Others {
    pub tenants: usize,
    #[serde(flatten)]
    pub load: Load,
}

/// What tenants have in the queues of one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct QueueLoad {
    pub name: QueueName,
    #[serde(flatten)]
    pub load: Load,
    /// Those with the most, five at most.
    pub tenants: Vec<TenantLoad>,
    pub others: Others,
}

/// Who fills the machine.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Loads {
    /// Jobs whose handler runs in this process now, and how many can.
    pub busy: usize,
    pub places: usize,
    /// Since when those that ended are counted: about an hour, or since this process began.
    pub ended_since: Timestamp,
    #[serde(flatten)]
    pub load: Load,
    /// Those with the most in all queues, 20 at most.
    pub tenants: Vec<TenantLoad>,
    pub others: Others,
    /// The fullest, 30 at most.
    pub queues: Vec<QueueLoad>,
}

/// Asks the counters and what is remembered of the last hour.
pub async fn read_loads(kernel: &Kernel) -> Result<Loads> {
    let (of_tenants, lanes) = kernel
        .db
        .system()
        .read(|tx| Ok((store::sum_jobs_of_tenants(tx)?, store::find_fullest_lanes(tx, MOST_QUEUES as u32)?)))
        .await?;
    let (ended, ended_since) = kernel.jobs.lately_ended();
    let tenants = loads_of_tenants(&of_tenants, &ended);
    let queues = loads_of_queues(&lanes, &ended);
    let running = kernel.jobs.running();
    let (tenants, others, load) = told(kernel, tenants, MOST_TENANTS);
    let queues = queues.into_iter().map(|(name, lanes)| {
        let (tenants, others, load) = told(kernel, lanes, MOST_OF_QUEUE);
        QueueLoad { name, load, tenants, others }
    });
    Ok(Loads {
        busy: running.busy,
        places: running.places,
        ended_since,
        load,
        tenants,
        others,
        queues: queues.collect(),
    })
}

type ByTenant = HashMap<TenantNo, Load>;

fn loads_of_tenants(counts: &[TenantCount], ended: &[TenantEnded]) -> ByTenant {
    let mut loads = ByTenant::new();
    for count in counts {
        *loads.entry(count.tenant).or_default() += Load::of(count.state, count.jobs);
    }
    for of in ended {
        *loads.entry(of.tenant).or_default() += of.all.into();
    }
    loads
}

/// The fullest queues, each with what its tenants have.
fn loads_of_queues(counts: &[LaneCount], ended: &[TenantEnded]) -> Vec<(QueueName, ByTenant)> {
    let mut queues: BTreeMap<QueueName, ByTenant> = BTreeMap::new();
    for count in counts {
        let lanes = queues.entry(count.queue.clone()).or_default();
        *lanes.entry(count.tenant).or_default() += Load::of(count.state, count.jobs);
    }
    // One that holds nothing is only known to when all that hold something are.
    let are_all = queues.len() < MOST_QUEUES;
    for of in ended {
        for (name, ended) in &of.queues {
            let lanes = match are_all {
                true => Some(queues.entry(name.clone()).or_default()),
                false => queues.get_mut(name),
            };
            if let Some(lanes) = lanes {
                *lanes.entry(of.tenant).or_default() += (*ended).into();
            }
        }
    }
    let mut queues: Vec<(QueueName, ByTenant)> = queues.into_iter().collect();
    queues.sort_by_cached_key(|(_, lanes)| Reverse(sum(lanes.values()).weight()));
    queues.truncate(MOST_QUEUES);
    queues
}

fn sum<'l>(loads: impl Iterator<Item = &'l Load>) -> Load {
    loads.fold(Load::default(), |mut sum, load| {
        sum += *load;
        sum
    })
}

/// The first of them by name, the sum of the others, and of all.
fn told(kernel: &Kernel, loads: ByTenant, most: usize) -> (Vec<TenantLoad>, Others, Load) {
    let all = sum(loads.values());
    let mut loads: Vec<(TenantNo, Load)> = loads.into_iter().collect();
    loads.sort_by_key(|(tenant, load)| (Reverse(load.weight()), *tenant));
    let (mut named, mut others) = (Vec::new(), Others::default());
    for (number, load) in loads {
        match kernel.tenants.find_by_number(number).filter(|_| named.len() < most) {
            Some(tenant) => {
                named.push(TenantLoad { slug: tenant.slug.clone(), name: tenant.name.clone(), load });
            }
            None => {
                others.tenants += 1;
                others.load += load;
            }
        }
    }
    (named, others, all)
}
