//! The engine's handle: the kinds that it knows, the board, and the bell that wakes it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Notify;

use super::board::{Board, Claimed, News};
use super::finish::Listener;
use super::kind::JobKind;
use super::lanes::LaneKey;
use super::model::QueueName;
use super::patrol;
use super::recent::{Endings, Recent, TenantEnded};
use super::store;
use super::watch::Watch;
use super::watchdog::Driver;
use super::workshop::Workshop;
use crate::base::config;
use crate::base::db::{TenantNo, Write};
use crate::base::{Clock, Error, Result, Timestamp};
use crate::kernel::tenants::{Directory, TenantState};
use crate::kernel::{Hand, Kernel};

/// The job engine of one instance. Cheap to clone.
#[derive(Clone)]
pub struct Jobs(Arc<Parts>);

struct Parts {
    kinds: BTreeMap<&'static str, JobKind>,
    board: Mutex<Board>,
    bell: Notify,
    watch: Watch,
    recent: Recent,
    clock: Clock,
    tenants: Arc<Directory>,
    /// Who runs the handlers, once that is so.
    workshop: OnceLock<Workshop>,
    driver: Driver,
    /// Told of every attempt that has a cause.
    listener: OnceLock<Listener>,
}

/// How busy the workers of this process are.
#[derive(Debug, Clone, Copy)]
pub struct Running {
    pub busy: usize,
    pub places: usize,
}

impl Jobs {
    pub(in crate::kernel) fn new(
        kinds: &[JobKind],
        config: &config::Jobs,
        clock: Clock,
        tenants: Arc<Directory>,
    ) -> Self {
        Self(Arc::new(Parts {
            kinds: kinds.iter().map(|kind| (kind.info.name, *kind)).collect(),
            board: Mutex::new(Board::new(0, config.tenant_concurrency)),
            bell: Notify::new(),
            watch: Watch::default(),
            recent: Recent::since(clock.passed()),
            clock,
            tenants,
            workshop: OnceLock::new(),
            driver: Driver::default(),
            listener: OnceLock::new(),
        }))
    }

    /// Every kind that this binary handles, by name.
    pub fn kinds(&self) -> impl Iterator<Item = &JobKind> {
        self.0.kinds.values()
    }

    /// The kinds of jobs that there may be in this tenant.
    pub fn kinds_in(&self, tenant: TenantNo) -> impl Iterator<Item = &JobKind> {
        self.kinds().filter(move |kind| tenant == TenantNo::INSTANCE || !kind.info.is_of_instance)
    }

    pub(super) fn kind_in(&self, tenant: TenantNo, name: &str) -> Option<&JobKind> {
        self.kind(name).filter(|kind| tenant == TenantNo::INSTANCE || !kind.info.is_of_instance)
    }

    /// Refuses a hand that lacks what the work of this kind needs.
    pub(in crate::kernel) fn must_allow(&self, by: &Hand, name: &str) -> Result<()> {
        match self.kind_in(by.tenant.number, name).and_then(|kind| kind.info.needs) {
            Some(permission) => by.must_hold(permission),
            None => Ok(()),
        }
    }

    /// Refuses a hand that lacks what kinds need whose jobs are in this queue when nothing else is said: a pause
    /// is the end of their work, and another who ends their attempts could say that it was done.
    pub(super) fn must_allow_queue(&self, by: &Hand, queue: &QueueName) -> Result<()> {
        let here = self.kinds_in(by.tenant.number).filter(|kind| kind.info.queue == &**queue);
        here.filter_map(|kind| kind.info.needs).try_for_each(|permission| by.must_hold(permission))
    }

    pub fn kind(&self, name: &str) -> Option<&JobKind> {
        self.0.kinds.get(name)
    }

    /// Begins to run so many jobs at once, on threads of its own. Without any there are still jobs that
    /// fall due and leases that run out, unless a hand moves the clock: then it moves the jobs too.
    pub fn start(&self, kernel: &Arc<Kernel>, places: usize) -> Result<()> {
        if places > 0 {
            let workshop = Workshop::open(Arc::downgrade(kernel))?;
            self.0.workshop.set(workshop).map_err(|_| Error::internal("the jobs were started twice"))?;
            self.board().places = places;
        }
        let is_driven = places > 0 || !self.0.clock.is_moved();
        if is_driven && self.0.driver.begin(Arc::downgrade(kernel)) {
            // The process may have been there for long before this engine.
            self.0.driver.see(self.passed());
            patrol::start(Arc::downgrade(kernel), self.0.driver.shift())?;
        }
        Ok(())
    }

    /// Makes orphans of an earlier process ready, and learns from the rows what there is to do.
    pub async fn recover(&self, kernel: &Kernel) -> Result<()> {
        super::recover::recover(kernel).await?;
        patrol::patrol(kernel).await
    }

    /// Jobs that run at once from now on.
    pub fn set_places(&self, places: usize) {
        self.board().places = places;
        self.0.bell.notify_one();
    }

    /// How many handlers run in this process, and how many could.
    pub fn running(&self) -> Running {
        let board = self.board();
        Running { busy: board.running.len(), places: board.places }
    }

    /// Whether nothing waits, runs or is being written down, as far as memory knows.
    pub fn is_idle(&self) -> bool {
        let board = self.board();
        board.is_settled() && !board.lanes.has_any()
    }

    pub(super) fn board(&self) -> MutexGuard<'_, Board> {
        self.0.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn bell(&self) -> &Notify {
        &self.0.bell
    }

    pub(super) fn watch_list(&self) -> &Watch {
        &self.0.watch
    }

    /// These came to their end, and it is on the disk.
    pub(super) fn remember(&self, ended: Endings) {
        self.0.recent.add(ended, self.passed());
    }

    /// What ended in the last hour, and since when that is counted.
    pub(super) fn lately_ended(&self) -> (Vec<TenantEnded>, Timestamp) {
        let passed = self.passed();
        (self.0.recent.read(passed), self.now() - self.0.recent.span(passed))
    }

    /// Who is told of attempts that end; there is one.
    pub(in crate::kernel) fn listen(&self, listener: Listener) {
        // A second would be a mistake of the kernel's own start, and the first stays.
        let _ = self.0.listener.set(listener);
    }

    pub(super) fn listener(&self) -> Option<Listener> {
        self.0.listener.get().copied()
    }

    pub(super) fn driver(&self) -> &Driver {
        &self.0.driver
    }

    pub(super) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Whether jobs of this tenant may begin.
    pub(super) fn is_active(&self, tenant: TenantNo) -> bool {
        let found = self.0.tenants.find_by_number(tenant);
        found.is_some_and(|tenant| tenant.state == TenantState::Active)
    }

    /// Whether there is no such tenant any more, but for what is still to be erased.
    pub(super) fn is_gone(&self, tenant: TenantNo) -> bool {
        self.0.tenants.find_by_number(tenant).is_none()
    }

    /// The time by which limits are kept.
    pub(super) fn passed(&self) -> Duration {
        self.0.clock.passed()
    }

    pub(super) fn workshop(&self) -> Option<&Workshop> {
        self.0.workshop.get()
    }

    /// Tells the engine what a committed write left for it to do.
    pub(super) fn tell(&self, news: &News) {
        let mut board = self.board();
        for lane in &news.ready {
            board.lanes.ring(lane);
        }
        for (tenant, at) in &news.due {
            board.due.note(*tenant, *at);
        }
        drop(board);
        self.0.bell.notify_one();
    }

    /// A tenant goes on after it was suspended: what waits in it is told of again.
    pub(in crate::kernel) fn wake(tx: &Write<'_>, tenant: TenantNo) -> Result<()> {
        let (system, mut news) = (tx.system(), News::default());
        for queue in store::list_waiting_lanes(&system, tenant)? {
            news.ready(tenant, &queue);
        }
        if let Some(at) = store::next_due(&system, tenant)? {
            news.due(tenant, at);
        }
        let jobs = tx.attendant::<Self>()?.clone();
        tx.after_commit(move || {
            let now = jobs.now();
            jobs.board().schedules.note(tenant, now);
            jobs.tell(&news);
        });
        Ok(())
    }

    /// A place for a job that is about to be written, when one is free and nobody waits for it.
    pub(super) fn promise(&self, lane: &LaneKey) -> Option<Promise> {
        // What runs when its tenant is suspended may still cause more; that waits.
        if !self.is_active(lane.0) {
            return None;
        }
        let passed = self.passed();
        self.board().promise(lane, passed).then(|| Promise { jobs: self.clone(), lane: Some(lane.clone()) })
    }
}

/// A place that is kept for a job until its write is on disk. When it is not, the place is free
/// again.
pub(super) struct Promise {
    jobs: Jobs,
    lane: Option<LaneKey>,
}

impl Promise {
    /// The job is on disk, claimed: it begins.
    pub(super) fn keep(mut self, claimed: Claimed) {
        self.lane = None;
        let mut board = self.jobs.board();
        board.promised -= 1;
        board.waiting.push_back(claimed);
        drop(board);
        self.jobs.begin_waiting();
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        if let Some(lane) = self.lane.take() {
            let mut board = self.jobs.board();
            board.promised -= 1;
            board.lanes.end(&lane);
        }
    }
}

/// The kernel that an engine's thread works for, while it is there.
pub(super) type Master = Weak<Kernel>;
