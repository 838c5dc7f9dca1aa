//! Queues: what a tenant sets for jobs of one name. A queue that nobody made has the defaults.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::engine::Jobs;
use super::lanes::{LaneKey, Rules};
use super::model::{JobState, QueueName};
use super::store;
use crate::base::db::{FromRow, Row, SystemWrite, TenantNo, Write};
use crate::base::{Error, Result, Timestamp};
use crate::kernel::audit::{self, Act};
use crate::kernel::{Hand, Who};

/// Queues that a tenant may make.
const MOST_QUEUES: usize = 200;

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Queue {
    pub name: QueueName,
    /// Jobs of it that run at once; as many as the server runs when null.
    pub concurrency: Option<u32>,
    /// Jobs of it that begin in a minute; as many as can when null.
    pub rate_per_minute: Option<u32>,
    pub paused: bool,
    /// Served by workers outside, over HTTP.
    pub outside: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Queue {
    pub(super) fn rules(&self) -> Rules {
        Rules {
            concurrency: self.concurrency,
            rate: self.rate_per_minute,
            is_paused: self.paused,
            is_outside: self.outside,
        }
    }
}

impl Queue {
    fn with(&self, change: &QueueChange) -> Self {
        Self {
            concurrency: change.concurrency.unwrap_or(self.concurrency),
            rate_per_minute: change.rate.unwrap_or(self.rate_per_minute),
            paused: change.paused.unwrap_or(self.paused),
            ..self.clone()
        }
    }
}

impl FromRow for Queue {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            name: row.take("name")?,
            concurrency: row.take("concurrency")?,
            rate_per_minute: row.take("rate")?,
            paused: row.take("is_paused")?,
            outside: row.take("is_outside")?,
            created_at: row.take("created_at")?,
            updated_at: row.take("updated_at")?,
        })
    }
}

/// A number from 1 up, or null for none.
fn positive<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u32>>, D::Error> {
    match Option::<u32>::deserialize(deserializer)? {
        Some(number) if !(1..=1_000_000).contains(&number) => {
            Err(serde::de::Error::custom("must lie between 1 and 1000000, or be null for no limit"))
        }
        number => Ok(Some(number)),
    }
}

/// A queue to be made.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewQueue {
    pub name: QueueName,
    #[serde(default)]
    pub outside: bool,
    #[serde(default, deserialize_with = "positive")]
    #[schemars(with = "Option<u32>", range(min = 1, max = 1_000_000))]
    pub concurrency: Option<Option<u32>>,
    #[serde(default, deserialize_with = "positive")]
    #[schemars(with = "Option<u32>", range(min = 1, max = 1_000_000))]
    pub rate_per_minute: Option<Option<u32>>,
    #[serde(default)]
    pub paused: bool,
}

/// A change to a queue: what is left out stays, null takes a limit away.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QueueChange {
    #[serde(default, deserialize_with = "positive")]
    #[schemars(with = "Option<u32>", range(min = 1, max = 1_000_000))]
    pub concurrency: Option<Option<u32>>,
    #[serde(default, deserialize_with = "positive", rename = "ratePerMinute")]
    #[schemars(with = "Option<u32>", range(min = 1, max = 1_000_000))]
    pub rate: Option<Option<u32>>,
    pub paused: Option<bool>,
}

/// Makes a queue with settings of its own.
pub fn put_queue(tx: &Write<'_>, by: &Hand, new: &NewQueue, now: Timestamp) -> Result<Queue> {
    tx.attendant::<Jobs>()?.must_allow_queue(by, &new.name)?;
    must_be_free(&new.name)?;
    let mut known = store::list_queues(tx)?;
    known.retain(|queue| !is_lane(&queue.name));
    if known.iter().any(|queue| queue.name == new.name) {
        return Err(Error::conflict("There is a queue of this name already; change it with PATCH."));
    }
    if known.len() >= MOST_QUEUES {
        return Err(Error::conflict("There are 200 queues already, which is the most; delete one first."));
    }
    if new.outside && has_jobs(tx, &new.name)? {
        return Err(Error::conflict(
            "The server's own workers have jobs in this queue; choose another name for workers outside.",
        ));
    }
    let settings =
        QueueChange { concurrency: new.concurrency, rate: new.rate_per_minute, paused: Some(new.paused) };
    let tenant = by.tenant.number;
    let queue = store::insert_queue(&tx.system(), tenant, &new.name, &settings, new.outside, now)?;
    record(tx, by, "queue.created", &queue, None, now)?;
    tell(tx, by, queue.name.clone(), queue.rules())?;
    Ok(queue)
}

/// Changes a queue, and makes it when it only had the defaults: to pause one, say. Known is what jobs
/// had, or what some kind's jobs go to.
pub fn change_queue(
    tx: &Write<'_>,
    by: &Hand,
    name: &QueueName,
    change: &QueueChange,
    now: Timestamp,
) -> Result<Queue> {
    tx.attendant::<Jobs>()?.must_allow_queue(by, name)?;
    must_be_free(name)?;
    let tenant = by.tenant.number;
    let Some(old) = store::find_queue(tx, name)? else {
        let jobs = tx.attendant::<Jobs>()?;
        let is_known = jobs.kinds().any(|kind| kind.info.queue == &**name);
        if !is_known && store::count_jobs(tx, Some(name))?.is_empty() {
            return Err(Error::not_found("queue"));
        }
        let queue = store::insert_queue(&tx.system(), tenant, name, change, false, now)?;
        record(tx, by, "queue.created", &queue, None, now)?;
        tell(tx, by, queue.name.clone(), queue.rules())?;
        return Ok(queue);
    };
    let queue = store::update_queue(&tx.system(), tenant, &old.with(change), now)?;
    record(tx, by, "queue.changed", &queue, Some(&old), now)?;
    tell(tx, by, queue.name.clone(), queue.rules())?;
    Ok(queue)
}

/// Gives a queue the defaults again. One that has jobs for workers outside stays.
pub fn delete_queue(tx: &Write<'_>, by: &Hand, name: &QueueName, now: Timestamp) -> Result<()> {
    tx.attendant::<Jobs>()?.must_allow_queue(by, name)?;
    must_be_free(name)?;
    let queue = store::find_queue(tx, name)?.ok_or_else(|| Error::not_found("queue"))?;
    if queue.outside && has_jobs(tx, name)? {
        return Err(Error::conflict(
            "Workers outside have jobs in this queue that are not over; cancel or finish them first.",
        ));
    }
    store::delete_queue(&tx.system(), by.tenant.number, name)?;
    let act = Act::new("queue.deleted", format!("queue:{name}")).before(&queue)?;
    audit::record(tx, by, &act, now)?;
    tell(tx, by, name.clone(), Rules::default())
}

/// The queues of event handlers, which say themselves how they run.
pub(in crate::kernel) const LANE_PREFIX: &str = "events.";

pub(super) fn is_lane(name: &QueueName) -> bool {
    name.starts_with(LANE_PREFIX)
}

fn must_be_free(name: &QueueName) -> Result<()> {
    match is_lane(name) {
        true => Err(Error::conflict(
            "Queues whose names begin with events. belong to subscriptions; change the subscription.",
        )),
        false => Ok(()),
    }
}

/// How another part of the kernel has a queue of its own run.
pub(in crate::kernel) fn set_lane(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    name: &QueueName,
    settings: &QueueChange,
    is_outside: bool,
    now: Timestamp,
) -> Result<()> {
    let known = store::read_queues_of(tx, tenant)?.into_iter().find(|queue| queue.name == *name);
    let queue = match known {
        None => store::insert_queue(tx, tenant, name, settings, is_outside, now)?,
        Some(old) => store::update_queue(tx, tenant, &old.with(settings), now)?,
    };
    let (jobs, lane, rules) = (tx.attendant::<Jobs>()?.clone(), (tenant, name.clone()), queue.rules());
    tx.after_commit(move || run_by(&jobs, &lane, rules));
    Ok(())
}

/// The rules of a queue are on disk. Who looked for jobs while it was paused found none, and nothing
/// else tells that there are some.
fn run_by(jobs: &Jobs, lane: &LaneKey, rules: Rules) {
    let mut board = jobs.board();
    let is_let_go = board.lanes.rules(lane).is_paused && !rules.is_paused;
    board.lanes.set_rules(lane, rules);
    if is_let_go {
        board.lanes.ring(lane);
    }
    drop(board);
    jobs.bell().notify_one();
}

/// Forgets such a queue.
pub(in crate::kernel) fn drop_lane(tx: &SystemWrite<'_>, tenant: TenantNo, name: &QueueName) -> Result<()> {
    store::delete_queue(tx, tenant, name)?;
    let (jobs, lane) = (tx.attendant::<Jobs>()?.clone(), (tenant, name.clone()));
    tx.after_commit(move || run_by(&jobs, &lane, Rules::default()));
    Ok(())
}

/// Whether jobs of it wait or run.
fn has_jobs(tx: &Write<'_>, name: &QueueName) -> Result<bool> {
    let counts = store::count_jobs(tx, Some(name))?;
    Ok(counts.iter().any(|count| !JobState::is_over(count.state) && count.jobs > 0))
}

fn record(
    tx: &Write<'_>,
    who: &Who,
    action: &'static str,
    queue: &Queue,
    old: Option<&Queue>,
    now: Timestamp,
) -> Result<()> {
    let mut act = Act::new(action, format!("queue:{}", queue.name)).after(queue)?;
    if let Some(old) = old {
        act = act.before(old)?;
    }
    audit::record(tx, who, &act, now)
}

fn tell(tx: &Write<'_>, who: &Who, name: QueueName, rules: Rules) -> Result<()> {
    let (jobs, lane) = (tx.attendant::<Jobs>()?.clone(), (who.tenant.number, name));
    tx.after_commit(move || run_by(&jobs, &lane, rules));
    Ok(())
}
