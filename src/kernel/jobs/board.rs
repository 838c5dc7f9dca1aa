//! The board: what the engine knows in memory of what there is to do and what is being done. All
//! of it can be rebuilt from the rows.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::finish::Finished;
use super::lanes::{LaneKey, Lanes};
use super::leases::Leases;
use super::model::{Failure, Job, QueueName};
use super::store::ClaimedRow;
use super::workshop::Hold;
use crate::base::db::TenantNo;
use crate::base::{Id, Timestamp};
use crate::kernel::telemetry::Trail;
use crate::kernel::tenants::Tenant;

/// A job that this process has claimed and not yet begun.
pub(super) struct Claimed {
    pub tenant: Arc<Tenant>,
    pub row: ClaimedRow,
    pub claimed_at: Timestamp,
}

pub(super) type RunKey = (TenantNo, Id<Job>);

/// A job whose handler runs in this process.
pub(super) struct Run {
    pub lease: i64,
    /// When its time is over, by `Clock::passed`.
    pub deadline: Duration,
    pub time_limit: Duration,
    pub ends_as: Failure,
    /// Everything that finishing it needs.
    pub attempt: super::finish::AttemptInfo,
    /// Drops the handler's future.
    pub stop: Option<oneshot::Sender<()>>,
    pub cancel: Arc<tokio::sync::Notify>,
    pub hold: Hold,
    pub logs: super::ctx::Logs,
    pub detail: super::ctx::Detail,
    /// What telemetry gathers of it, and the job's kind.
    pub trail: Option<(Arc<Trail>, String)>,
}

pub(super) struct Board {
    pub lanes: Lanes,
    pub due: Due,
    /// When the next schedule of each tenant fires.
    pub schedules: Due,
    pub waiting: VecDeque<Claimed>,
    pub running: BTreeMap<RunKey, Run>,
    /// Jobs that workers outside hold.
    pub leases: Leases,
    /// Leases of who was gone when he got them: the jobs go back.
    pub undelivered: Vec<(RunKey, i64)>,
    pub finished: Vec<Finished>,
    /// Places for running handlers.
    pub places: usize,
    /// Places promised to jobs that are being written already claimed.
    pub promised: usize,
    /// Jobs that are no more waiting and not yet running.
    pub beginning: usize,
    /// Handlers that ended since the last round: how far ahead it is worth claiming.
    pub pace: usize,
    /// Rounds whose write is under way.
    pub writing: usize,
    /// Jobs that were cancelled after their claim was written and before the board knew of it.
    pub cancelled_early: HashSet<RunKey>,
    /// Nothing more is begun.
    pub is_stopping: bool,
    /// Endings whose lease was not the last: they changed nothing.
    pub stale: u64,
    /// Endings that the next round puts down: one after a failure, then more again.
    pub most_finished: usize,
}

impl Board {
    pub(super) fn new(places: usize, tenant_limit: u32) -> Self {
        Self {
            lanes: Lanes::new(tenant_limit),
            due: Due::default(),
            schedules: Due::default(),
            waiting: VecDeque::new(),
            running: BTreeMap::new(),
            leases: Leases::default(),
            undelivered: Vec::new(),
            finished: Vec::new(),
            places,
            promised: 0,
            beginning: 0,
            pace: 0,
            writing: 0,
            cancelled_early: HashSet::new(),
            is_stopping: false,
            stale: 0,
            most_finished: 1,
        }
    }

    /// Handlers that could begin now.
    pub(super) fn free(&self) -> usize {
        match self.is_stopping {
            true => 0,
            false => self
                .places
                .saturating_sub(self.running.len() + self.beginning + self.waiting.len() + self.promised),
        }
    }

    /// Takes a place for a job that is written already claimed.
    pub(super) fn promise(&mut self, lane: &LaneKey, now: Duration) -> bool {
        if self.free() == 0 || !self.lanes.pass(lane, now) {
            return false;
        }
        self.promised += 1;
        true
    }

    /// Whether everything that was begun is written down.
    pub(super) fn is_settled(&self) -> bool {
        let is_quiet = self.running.is_empty() && self.waiting.is_empty() && self.finished.is_empty();
        is_quiet
            && self.undelivered.is_empty()
            && self.writing == 0
            && self.promised == 0
            && self.beginning == 0
    }

    pub(super) fn next_deadline(&self) -> Option<Duration> {
        let handlers = self.running.values().map(|run| run.deadline).min();
        handlers.into_iter().chain(self.leases.next()).min()
    }

    /// A lease is over: its lane has room again.
    pub(super) fn end_lease(&mut self, key: RunKey, lease: i64) {
        if let Some(lane) = self.leases.end(key, lease) {
            self.lanes.end(&lane);
        }
    }
}

/// When the next of something falls due in each tenant.
#[derive(Debug, Default)]
pub(super) struct Due {
    next: HashMap<TenantNo, Timestamp>,
    order: BTreeSet<(Timestamp, TenantNo)>,
}

impl Due {
    /// One of this tenant falls due then.
    pub(super) fn note(&mut self, tenant: TenantNo, at: Timestamp) {
        if self.next.get(&tenant).is_none_or(|known| at < *known) {
            self.set(tenant, Some(at));
        }
    }

    /// This is the next one, as the rows have it.
    pub(super) fn set(&mut self, tenant: TenantNo, at: Option<Timestamp>) {
        if let Some(known) = self.next.remove(&tenant) {
            self.order.remove(&(known, tenant));
        }
        if let Some(at) = at {
            self.next.insert(tenant, at);
            self.order.insert((at, tenant));
        }
    }

    /// The tenants that have something due.
    pub(super) fn by(&self, now: Timestamp, most: usize) -> Vec<TenantNo> {
        self.order.iter().take_while(|(at, _)| *at <= now).take(most).map(|(_, tenant)| *tenant).collect()
    }

    /// Takes the tenants that have something due out. Who looks at their rows notes what is left,
    /// and loses nothing that was noted meanwhile.
    pub(super) fn take(&mut self, now: Timestamp, most: usize) -> Vec<TenantNo> {
        let due = self.by(now, most);
        due.iter().for_each(|tenant| self.set(*tenant, None));
        due
    }

    pub(super) fn next(&self) -> Option<Timestamp> {
        self.order.first().map(|(at, _)| *at)
    }
}

/// What became of rows that other writes than a round's changed; told after their commit.
#[derive(Debug, Default, Clone)]
pub(super) struct News {
    pub ready: Vec<LaneKey>,
    pub due: Vec<(TenantNo, Timestamp)>,
}

impl News {
    pub(super) fn ready(&mut self, tenant: TenantNo, queue: &QueueName) {
        if !self.ready.iter().any(|lane| lane.0 == tenant && lane.1 == *queue) {
            self.ready.push((tenant, queue.clone()));
        }
    }

    pub(super) fn due(&mut self, tenant: TenantNo, at: Timestamp) {
        match self.due.iter_mut().find(|(known, _)| *known == tenant) {
            Some((_, first)) => *first = (*first).min(at),
            None => self.due.push((tenant, at)),
        }
    }
}

impl Board {
    /// Forgets tenants that are gone, and what there is nothing to remember of.
    pub(super) fn forget_all_but(&mut self, known: &HashSet<TenantNo>, now: Duration) {
        self.lanes.forget_all_but(known, now);
        self.leases.forget_all_but(known);
        for due in [&mut self.due, &mut self.schedules] {
            let gone: Vec<TenantNo> =
                due.next.keys().filter(|tenant| !known.contains(tenant)).copied().collect();
            gone.into_iter().for_each(|tenant| due.set(tenant, None));
        }
    }
}
