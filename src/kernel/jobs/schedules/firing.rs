//! Firing: what has come due since the last look becomes jobs, as far as the schedule makes up for
//! what was missed.
//!
//! Which times those were is worked out before the write, since a year of minutes takes a while;
//! the write fires only schedules that are still as they were then.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::model::{CatchUp, FiringResult, Overlap, Schedule};
use super::store::{self, NewFiring};
use crate::base::db::SystemWrite;
use crate::base::{Error, Id, Kind, Result, Timestamp};
use crate::kernel::jobs::counts::Counts;
use crate::kernel::jobs::enqueue::{Behalf, Named, NewJob};
use crate::kernel::jobs::{Job, Jobs};
use crate::kernel::tenants::{Tenant, TenantState};
use crate::kernel::{Actor, Chain, Kernel, TraceId, Who};

/// How late a firing may be without counting as missed: about what a restart takes.
const ON_TIME: Duration = Duration::from_secs(5 * 60);

/// Missed firings of a schedule that one look counts.
const MOST_COUNTED: usize = 10_000;

/// Schedules of one tenant that one write fires, and tenants for which one turn does.
const MOST_SCHEDULES: usize = 20;
const MOST_TENANTS: usize = 8;

/// Firings that a schedule remembers.
const FIRINGS_KEPT: u32 = 100;

/// How long to leave a tenant whose schedules could not be fired.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Fires what is due, for a few tenants, and says how many schedules that were. A tenant for which
/// it fails does not hold up the others.
pub(in crate::kernel::jobs) async fn fire_due(kernel: &Kernel) -> usize {
    let now = kernel.clock.now();
    let due = {
        let mut board = kernel.jobs.board();
        if board.is_stopping { Vec::new() } else { board.schedules.take(now, MOST_TENANTS) }
    };
    let fired = due.into_iter().map(async |number| {
        let tenant = kernel.tenants.find_by_number(number);
        // One that is suspended is looked at when it goes on.
        let Some(tenant) = tenant.filter(|tenant| tenant.state == TenantState::Active) else { return 0 };
        fire_tenant(kernel, &tenant, now).await.unwrap_or_else(|error| {
            tracing::warn!(tenant = %tenant.slug, %error, "schedules could not be fired; it will be tried again");
            kernel.jobs.board().schedules.note(number, now + AFTER_FAILURE);
            0
        })
    });
    join_all(fired).await.into_iter().sum()
}

async fn fire_tenant(kernel: &Kernel, tenant: &Arc<Tenant>, now: Timestamp) -> Result<usize> {
    let number = tenant.number;
    let system = kernel.db.system();
    let due = system.read(move |tx| store::list_due_schedules(tx, number, now, MOST_SCHEDULES)).await?;
    let looks: Vec<Look> = due.iter().map(|schedule| Look::at(schedule, now)).collect();
    let who = Who {
        tenant: Arc::clone(tenant),
        actor: Actor::System,
        trace: TraceId::fresh(),
        address: String::new(),
        request: Id::fresh(),
        chain: Chain::default(),
    };
    system.write(move |tx| write(tx, &who, &looks, now)).await
}

/// What is to be done about a schedule whose time has come.
struct Look {
    schedule: Schedule,
    /// The times for which it fires, the earliest first.
    fires: Vec<Timestamp>,
    missed: i64,
    next_at: Option<Timestamp>,
}

impl Look {
    fn at(schedule: &Schedule, now: Timestamp) -> Self {
        let mut look = Self { schedule: schedule.clone(), fires: Vec::new(), missed: 0, next_at: None };
        let (Some(first), Some((cron, zone))) = (schedule.next_at, schedule.calendar()) else {
            tracing::warn!(schedule = %schedule.id, cron = schedule.cron, timezone = schedule.timezone,
                "this version can't read the schedule; it does not fire");
            return look;
        };
        look.next_at = cron.next_after(&zone, now);
        let before = |at: Timestamp| cron.last_until(&zone, Timestamp::from_millis(at.millis() - 1));
        let mut came_due: Vec<Timestamp> =
            std::iter::successors(cron.last_until(&zone, now), |at| before(*at))
                .take_while(|at| *at >= first)
                .take(MOST_COUNTED)
                .collect();
        let counted = came_due.len();
        came_due.truncate(match schedule.catch_up {
            CatchUp::Skip | CatchUp::Once => 1,
            CatchUp::All(most) => most as usize,
        });
        if schedule.catch_up == CatchUp::Skip {
            came_due.retain(|at| *at + ON_TIME >= now);
        }
        came_due.reverse();
        look.missed = (counted - came_due.len()) as i64;
        look.fires = came_due;
        look
    }

    /// Whether the schedule still says what was looked at.
    fn is_of(&self, now: &Schedule) -> bool {
        let then = &self.schedule;
        (then.id, then.next_at, then.catch_up) == (now.id, now.next_at, now.catch_up)
            && (&then.cron, &then.timezone) == (&now.cron, &now.timezone)
    }
}

fn write(tx: &SystemWrite<'_>, who: &Who, looks: &[Look], now: Timestamp) -> Result<usize> {
    let (tenant, mut counts, mut fired) = (who.tenant.number, Counts::default(), 0);
    for mut schedule in store::list_due_schedules(tx, tenant, now, MOST_SCHEDULES)? {
        let Some(look) = looks.iter().find(|look| look.is_of(&schedule)) else { continue };
        for due in &look.fires {
            fire(tx, who, &mut schedule, *due, now, &mut counts)?;
        }
        store::advance_schedule(tx, tenant, schedule.id, look.next_at, look.missed)?;
        store::delete_old_firings(tx, tenant, schedule.id, FIRINGS_KEPT)?;
        fired += 1;
    }
    counts.write(tx)?;
    if let Some(next) = store::next_firing(tx, tenant)? {
        let jobs = tx.attendant::<Jobs>()?.clone();
        tx.after_commit(move || jobs.board().schedules.note(tenant, next));
    }
    Ok(fired)
}

/// Fires a schedule for one time, unless it did.
fn fire(
    tx: &SystemWrite<'_>,
    who: &Who,
    schedule: &mut Schedule,
    due: Timestamp,
    now: Timestamp,
    counts: &mut Counts,
) -> Result<()> {
    let tenant = who.tenant.number;
    if store::has_firing(tx, tenant, schedule.id, due, false)? {
        return Ok(());
    }
    let (result, job, error) = if schedule.overlap == Overlap::Skip && is_busy(tx, who, schedule)? {
        (FiringResult::Skipped, None, None)
    } else {
        // Each firing begins a trace of its own.
        let who = Who { trace: TraceId::fresh(), request: Id::fresh(), ..who.clone() };
        match enqueue(tx, &who, schedule, counts) {
            Ok(job) => (FiringResult::Enqueued, Some(job), None),
            Err(error) if error.kind() == Kind::ValidationFailed => {
                (FiringResult::Refused, None, Some(in_words(&error)))
            }
            Err(error) => return Err(error),
        }
    };
    let firing =
        NewFiring { schedule: schedule.id, due, by_hand: false, result, error: error.as_deref(), job };
    store::insert_firing(tx, tenant, &firing, now)
}

/// Whether the last firing's job is not over.
fn is_busy(tx: &SystemWrite<'_>, who: &Who, schedule: &Schedule) -> Result<bool> {
    let Some(job) = schedule.last_job else { return Ok(false) };
    Ok(store::read_job_state(tx, who.tenant.number, job)?.is_some_and(|state| !state.is_over()))
}

/// Makes the schedule's job.
pub(super) fn enqueue(
    tx: &SystemWrite<'_>,
    who: &Who,
    schedule: &mut Schedule,
    counts: &mut Counts,
) -> Result<Id<Job>> {
    let jobs = tx.attendant::<Jobs>()?;
    let behalf =
        Behalf { who, cause: Some(format!("schedule:{}", schedule.id)), chain: Chain::default(), span: None };
    let job = jobs.enqueue_for(tx, &behalf, &schedule.named(), counts)?.job;
    store::set_last_job(tx, who.tenant.number, schedule.id, job)?;
    schedule.last_job = Some(job);
    Ok(job)
}

fn in_words(error: &Error) -> String {
    let details = error.details().iter().map(|detail| format!("{} {}", detail.path, detail.message));
    details.collect::<Vec<_>>().join("; ")
}

impl Schedule {
    /// The job that it makes.
    pub(super) fn named(&self) -> Named {
        Named {
            kind: self.job_name.clone(),
            payload: self.payload.clone(),
            job: NewJob { queue: self.queue.clone(), priority: self.priority, ..NewJob::default() },
        }
    }
}
