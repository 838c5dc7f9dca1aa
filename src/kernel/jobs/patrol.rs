//! The thread that drives the rounds, and the patrol: now and then it looks at the rows for work
//! that nobody told of, so that a hint that was missed costs seconds and never a job.

use std::collections::HashSet;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::board::Board;
use super::engine::Master;
use super::model::QueueName;
use super::queues::Queue;
use super::round::{Report, round};
use super::schedules::{self, fire_due};
use super::store;
use crate::base::db::{SystemRead, TenantNo};
use crate::base::{Error, Result, Timestamp};
use crate::kernel::Kernel;
use crate::kernel::tenants::{Tenant, TenantState};

/// The longest time between two looks at the clock.
const POLL: Duration = Duration::from_secs(1);

/// The time between two patrols.
const PATROL: Duration = Duration::from_secs(15);

/// How long to wait after a round that could not be written.
const AFTER_FAILURE: Duration = Duration::from_millis(500);

/// How long putting everything down may take when the server stops.
const SETTLING: Duration = Duration::from_secs(10);

/// Starts the thread. It ends when the kernel is gone, or another has taken its shift.
pub(super) fn start(kernel: Master, shift: u64) -> Result<()> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(Error::internal)?;
    thread::Builder::new()
        .name("jobs".into())
        .spawn(move || runtime.block_on(drive(kernel, shift)))
        .map(drop)
        .map_err(Error::internal)
}

async fn drive(kernel: Master, shift: u64) {
    let mut last_patrol = tokio::time::Instant::now();
    loop {
        let Some(kernel) = kernel.upgrade() else { return };
        let driver = kernel.jobs.driver();
        if kernel.jobs.board().is_stopping || driver.shift() != shift {
            return;
        }
        driver.note_look();
        if last_patrol.elapsed() >= PATROL {
            last_patrol = tokio::time::Instant::now();
            if let Err(error) = patrol(&kernel).await {
                tracing::warn!(%error, "the jobs could not be looked through; it will be tried again");
            }
        }
        kernel.jobs.give_up_late();
        kernel.jobs.free_threads();
        let turned = turn(&kernel).await;
        if turned.is_ok() {
            driver.note_turn();
        }
        match turned {
            Ok(report) if !report.is_idle() => continue,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "jobs could not be moved on; it will be tried again");
                tokio::time::sleep(AFTER_FAILURE).await;
            }
        }
        let wait = until_next(&kernel).min(POLL);
        let jobs = kernel.jobs.clone();
        drop(kernel);
        // Whichever comes first: both mean to look again.
        let _ = tokio::time::timeout(wait, jobs.bell().notified()).await;
    }
}

/// Fires the schedules whose time has come, and does one round.
pub(super) async fn turn(kernel: &Arc<Kernel>) -> Result<Report> {
    let fired = fire_due(kernel).await;
    Ok(Report { fired, ..round(kernel).await? })
}

pub(super) fn until_next(kernel: &Kernel) -> Duration {
    let board = kernel.jobs.board();
    let due = [board.due.next(), board.schedules.next()].into_iter().flatten().min();
    let limits = [board.next_deadline(), board.lanes.next_rested()];
    drop(board);
    let (now, passed) = (kernel.clock.now(), kernel.clock.passed());
    let until_due = due.map(|at| Duration::from_millis((at.millis() - now.millis()).max(0).unsigned_abs()));
    let until_limit = limits.into_iter().flatten().min().map(|at| at.saturating_sub(passed));
    let least = Duration::from_millis(1);
    [until_due, until_limit].into_iter().flatten().min().map_or(POLL, |wait| wait.max(least))
}

/// Tenants whose rows one read looks at: a millisecond or so.
pub(super) const TENANTS_A_READ: usize = 50;

/// What a tenant's rows say of what there is to do.
struct Rows {
    queues: Vec<Queue>,
    lanes: Vec<QueueName>,
    due: Option<Timestamp>,
    firing: Option<Timestamp>,
}

impl Rows {
    fn of(tx: &SystemRead<'_>, tenant: TenantNo) -> Result<Self> {
        Ok(Self {
            queues: store::read_queues_of(tx, tenant)?,
            lanes: store::list_waiting_lanes(tx, tenant)?,
            due: store::next_due(tx, tenant)?,
            firing: schedules::next_firing(tx, tenant)?,
        })
    }
}

/// Looks at every tenant's rows for what there is to do.
pub(super) async fn patrol(kernel: &Kernel) -> Result<()> {
    let tenants = kernel.tenants.all();
    let known: HashSet<_> = tenants.iter().map(|tenant| tenant.number).collect();
    let passed = kernel.jobs.passed();
    kernel.jobs.board().forget_all_but(&known, passed);
    for some in tenants.chunks(TENANTS_A_READ) {
        let numbers: Vec<TenantNo> = some.iter().map(|tenant| tenant.number).collect();
        let rules_set = kernel.jobs.board().lanes.rules_set();
        let system = kernel.db.system();
        let read = system.read(move |tx| {
            numbers.into_iter().map(|number| Rows::of(tx, number)).collect::<Result<Vec<_>>>()
        });
        let found = read.await?;
        let mut board = kernel.jobs.board();
        // What was set meanwhile is newer than what was read.
        let is_current = board.lanes.rules_set() == rules_set;
        for (tenant, rows) in some.iter().zip(found) {
            board.learn(tenant, rows, is_current);
        }
    }
    kernel.jobs.bell().notify_one();
    Ok(())
}

impl Board {
    fn learn(&mut self, tenant: &Tenant, rows: Rows, rules_are_current: bool) {
        for queue in rows.queues.iter().filter(|_| rules_are_current) {
            let lane = (tenant.number, queue.name.clone());
            if self.lanes.rules(&lane) != queue.rules() {
                self.lanes.set_rules(&lane, queue.rules());
            }
        }
        if tenant.state == TenantState::Active {
            rows.lanes.into_iter().for_each(|queue| self.lanes.ring(&(tenant.number, queue)));
        }
        if let Some(at) = rows.due {
            self.due.note(tenant.number, at);
        }
        if let Some(at) = rows.firing {
            self.schedules.note(tenant.number, at);
        }
    }
}

impl super::Jobs {
    /// Fires what is due and does one round; what it claimed begins on this thread. For an instance whose own workers are
    /// off.
    pub async fn step(&self, kernel: &Arc<Kernel>, places: usize) -> Result<(Report, Vec<JoinHandle<()>>)> {
        self.board().places = places;
        self.give_up_late();
        let report = turn(kernel).await?;
        let mut began = Vec::new();
        while let Some(claimed) = self.next_waiting() {
            began.push(tokio::spawn(self.begin(kernel, claimed)));
        }
        self.board().places = 0;
        Ok((report, began))
    }

    /// Steps until there is nothing to do now.
    pub async fn run_until_idle(&self, kernel: &Arc<Kernel>, places: usize) -> Result<Report> {
        let mut sum = Report::default();
        loop {
            let (report, began) = self.step(kernel, places).await?;
            sum.fired += report.fired;
            sum.finished += report.finished;
            sum.promoted += report.promoted;
            sum.claimed += report.claimed;
            if began.is_empty() && report.is_idle() {
                return Ok(sum);
            }
            for run in began {
                // A handler's own panic is caught where it runs.
                let _ = run.await;
            }
        }
    }

    /// Nothing more begins; running handlers get the grace, and the rest goes back without losing
    /// an attempt.
    pub async fn stop(&self, kernel: &Arc<Kernel>, grace: Duration) {
        self.begin_stopping();
        self.bell().notify_one();
        let end = tokio::time::Instant::now() + grace;
        while !self.board().running.is_empty() && tokio::time::Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // A round that was under way may have claimed some more, and one of them may be about to begin.
        let last = end + SETTLING;
        while !self.board().is_settled() && tokio::time::Instant::now() < last {
            self.return_running();
            self.begin_stopping();
            match round(kernel).await {
                Ok(report) if report.is_idle() => tokio::time::sleep(Duration::from_millis(2)).await,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "what came of the last jobs is not written down; they run again after the next start");
                    break;
                }
            }
        }
        if let Some(workshop) = self.workshop() {
            workshop.close();
        }
    }
}
