//! Claims of workers outside: jobs of a tenant's queues, given away under a lease. Who finds none
//! waits until the board tells of one; nobody asks the file meanwhile.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::board::RunKey;
use super::counts::Counts;
use super::engine::Jobs;
use super::lanes::{LaneKey, Pick};
use super::leases::Until;
use super::model::{Envelope, Job, JobState, Priority, QueueName};
use super::store::{self, Claim, ClaimedRow, LeaseRow};
use super::waiters::{Asked, WaiterId};
use crate::base::db::{TenantNo, Write};
use crate::base::error::Detail;
use crate::base::{Error, Id, Result, Timestamp};
use crate::kernel::{Kernel, Who};

/// No lease lasts longer from the word that gave or extended it.
const LONGEST_LEASE: Duration = Duration::from_hours(1);

/// What a worker outside asks for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The queues; every queue for workers outside when none is named.
    pub queues: Vec<QueueName>,
    /// The kinds; every kind when none is named.
    pub kinds: Vec<String>,
    pub limit: u32,
    pub lease: Duration,
    /// How long to wait for a job when there is none.
    pub wait: Duration,
}

/// A job that a worker outside holds until its lease runs out.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeasedJob {
    pub id: Id<Job>,
    pub job_name: String,
    pub queue: QueueName,
    pub priority: Priority,
    pub payload: Json,
    /// Which attempt it is, from 1.
    pub attempt: u32,
    pub max_attempts: u32,
    /// Send it back with every word about this job.
    pub lease: i64,
    pub lease_until: Timestamp,
    pub envelope: Envelope,
}

impl LeasedJob {
    fn of(row: ClaimedRow, lease_until: Timestamp) -> Result<Self> {
        Ok(Self {
            id: row.id,
            job_name: row.kind,
            queue: row.queue,
            priority: row.priority,
            payload: serde_json::from_str(&row.payload).map_err(Error::internal)?,
            attempt: row.attempt,
            max_attempts: row.max_attempts,
            lease: row.lease,
            lease_until,
            envelope: Envelope {
                actor_id: row.actor,
                trace_id: row.trace_id,
                request_id: row.request_id,
                cause: row.cause,
            },
        })
    }
}

impl Jobs {
    /// Jobs for a worker outside: at once when there are some, else as soon as there are, else none
    /// when the wait is over.
    pub async fn claim(&self, kernel: &Kernel, who: &Who, wanted: &Wanted) -> Result<Vec<LeasedJob>> {
        let mut asked = outside_lanes(kernel, who, wanted)?;
        let end = Instant::now() + wanted.wait;
        loop {
            let is_last = Instant::now() >= end;
            match self.turn(who.tenant.number, &asked, wanted, is_last)? {
                Turn::Picks(picks) => {
                    let seen: Vec<_> = picks.iter().map(|pick| (pick.lane.clone(), pick.rung)).collect();
                    let jobs = self.lease(kernel, who, wanted, picks).await?;
                    if !jobs.is_empty() {
                        return Ok(jobs);
                    }
                    if !wanted.kinds.is_empty() {
                        seen.into_iter().for_each(|(lane, rung)| look_again_after(&mut asked, &lane, rung));
                    }
                }
                Turn::Wait(mut place) => {
                    // Either way it looks once more.
                    let _ = tokio::time::timeout_at(end, place.bell.notified()).await;
                    place.is_asking = true;
                }
                Turn::Nothing => return Ok(Vec::new()),
            }
        }
    }

    fn turn(&self, tenant: TenantNo, asked: &[Asked], wanted: &Wanted, is_last: bool) -> Result<Turn> {
        let now = self.passed();
        // Who waits may do so for longer than his tenant is active.
        let is_active = self.is_active(tenant);
        let mut board = self.board();
        if board.is_stopping || !is_active {
            return Ok(Turn::Nothing);
        }
        let picks = board.lanes.pick_outside(asked, wanted.limit, wanted.kinds.is_empty(), now);
        if !picks.is_empty() {
            return Ok(Turn::Picks(picks));
        }
        if is_last {
            return Ok(Turn::Nothing);
        }
        let Some((id, bell)) = board.lanes.waiters.join(tenant, asked.to_vec()) else {
            return Err(Error::unavailable("Too many workers wait for jobs; ask again a little later."));
        };
        Ok(Turn::Wait(Place { jobs: self.clone(), tenant, id, bell, is_asking: false }))
    }

    /// Writes down who has the jobs now.
    async fn lease(
        &self,
        kernel: &Kernel,
        who: &Who,
        wanted: &Wanted,
        picks: Vec<Pick>,
    ) -> Result<Vec<LeasedJob>> {
        let (tenant, now) = (who.tenant.number, self.now());
        let until = self.until(now + wanted.lease, wanted.lease);
        let kinds = (!wanted.kinds.is_empty()).then(|| store::kinds_as_text(&wanted.kinds));
        let taking = Arc::new(Taking { jobs: self.clone(), picks: Mutex::new(picks.clone()) });
        // When this call is dropped the one who asked is gone.
        let asker = Arc::new(());
        let asking = Arc::downgrade(&asker);
        let written = kernel.db.write(who, move |tx: &Write<'_>| {
            let system = tx.system();
            let (mut counts, mut found, mut rows) = (Counts::default(), Vec::new(), Vec::new());
            for pick in &picks {
                let queue = &pick.lane.1;
                let claim = Claim {
                    queue,
                    with_spare: false,
                    kinds: kinds.as_deref(),
                    lease_until: Some(until.at),
                    limit: pick.jobs,
                };
                let claimed = store::claim_jobs(&system, tenant, &claim, now)?;
                for row in &claimed {
                    counts.moved(tenant, queue, row.id, JobState::Ready, JobState::Running);
                    found.push(((tenant, row.id), row.lease, queue.clone()));
                }
                rows.extend(claimed);
            }
            counts.write(&system)?;
            let (taking, asking) = (Arc::clone(&taking), asking.clone());
            tx.after_commit(move || taking.settle(found, until, asking.strong_count() > 0));
            Ok(rows)
        });
        let rows = written.await?;
        drop(asker);
        rows.into_iter().map(|row| LeasedJob::of(row, until.at)).collect()
    }

    /// A job that a worker outside holds since before a restart. When its lease began in what is the future now, the
    /// clock was set back, and the worker has the whole lease once more at most.
    pub(super) fn hold(&self, tenant: TenantNo, held: LeaseRow) {
        let left = held.until.millis() - self.now().millis().max(held.started_at.millis());
        let left = Duration::from_millis(left.max(0).unsigned_abs()).min(LONGEST_LEASE);
        let until = self.until(held.until, left);
        let mut board = self.board();
        board.lanes.count_running(&(tenant, held.queue.clone()));
        board.leases.begin((tenant, held.id), held.lease, held.queue, until);
    }

    /// The end of a lease that lasts so long from now.
    pub(super) fn until(&self, at: Timestamp, span: Duration) -> Until {
        Until { at, deadline: self.passed() + span }
    }
}

fn look_again_after(asked: &mut [Asked], lane: &LaneKey, rung: u64) {
    if let Some((_, seen)) = asked.iter_mut().find(|(known, _)| known == lane) {
        *seen = rung;
    }
}

/// The tenant's queues for workers outside that are asked, by their names or all of them.
fn outside_lanes(kernel: &Kernel, who: &Who, wanted: &Wanted) -> Result<Vec<Asked>> {
    let tenant = who.tenant.number;
    let known: Vec<QueueName> = kernel
        .db
        .read_here(who, store::list_queues)?
        .into_iter()
        .filter_map(|queue| queue.outside.then_some(queue.name))
        .collect();
    if wanted.queues.is_empty() {
        return Ok(known.into_iter().map(|queue| ((tenant, queue), 0)).collect());
    }
    let named = wanted.queues.iter().enumerate();
    let wrong: Vec<Detail> = named
        .filter(|(_, queue)| !known.contains(queue))
        .map(|(place, queue)| Detail {
            path: format!("queues[{place}]"),
            message: format!("{queue} is no queue for workers outside; make it with outside: true"),
        })
        .collect();
    match wrong.is_empty() {
        true => Ok(wanted.queues.iter().map(|queue| ((tenant, queue.clone()), 0)).collect()),
        false => Err(Error::invalid_at(wrong)),
    }
}

/// What a claim does next.
enum Turn {
    Picks(Vec<Pick>),
    Wait(Place),
    Nothing,
}

/// A place in the line of those who wait.
struct Place {
    jobs: Jobs,
    tenant: TenantNo,
    id: WaiterId,
    bell: Arc<Notify>,
    /// It asks the lanes itself now.
    is_asking: bool,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut board = self.jobs.board();
        let lanes = board.lanes.waiters.leave(self.tenant, self.id);
        // One that is gone although it was woken leaves the job to another.
        if !self.is_asking {
            board.lanes.pass_on(&lanes);
        }
    }
}

/// Room that was taken in lanes, until it is known which jobs fill it.
struct Taking {
    jobs: Jobs,
    picks: Mutex<Vec<Pick>>,
}

impl Taking {
    fn take(&self) -> Vec<Pick> {
        std::mem::take(&mut *self.picks.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The leases are on disk.
    fn settle(&self, found: Vec<(RunKey, i64, QueueName)>, until: Until, is_asking: bool) {
        let mut board = self.jobs.board();
        for pick in self.take() {
            let jobs = found.iter().filter(|(_, _, queue)| *queue == pick.lane.1).count();
            board.lanes.picked(&pick, u32::try_from(jobs).unwrap_or(u32::MAX));
        }
        for (key, lease, queue) in found {
            if let Some(lane) = board.leases.begin(key, lease, queue, until) {
                board.lanes.end(&lane);
            }
            if !is_asking {
                board.undelivered.push((key, lease));
            }
        }
        if !is_asking {
            drop(board);
            self.jobs.bell().notify_one();
        }
    }
}

impl Drop for Taking {
    fn drop(&mut self) {
        let picks = self.take();
        if picks.is_empty() {
            return;
        }
        // Nothing was written: the jobs are still there.
        let mut board = self.jobs.board();
        for pick in &picks {
            board.lanes.picked(pick, 0);
            board.lanes.ring(&pick.lane);
        }
    }
}
