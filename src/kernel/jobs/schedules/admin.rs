//! What people do to schedules: make, change, delete, fire by hand.

use std::time::Duration;

use serde_json::json;

use super::firing::enqueue;
use super::model::{CatchUp, FiringResult, NewSchedule, Overlap, Schedule, ScheduleChange, ScheduleState};
use super::store::{self, NewFiring};
use crate::base::db::Write;
use crate::base::{Error, Id, Result, Timestamp};
use crate::kernel::audit::{self, Act};
use crate::kernel::events::Events;
use crate::kernel::identity::Permission;
use crate::kernel::jobs::counts::Counts;
use crate::kernel::jobs::{Job, Jobs, JobsWrite, KindInfo, Priority};
use crate::kernel::{Hand, Kernel, Who};

/// Schedules that a tenant may have.
const MOST_SCHEDULES: i64 = 500;

fn found(tx: &Write<'_>, id: Id<Schedule>) -> Result<Schedule> {
    store::find_schedule(tx, id)?.ok_or_else(|| Error::not_found("schedule"))
}

/// The schedule, when whoever does something to it holds what its jobs need.
fn found_by(tx: &Write<'_>, by: &Hand, id: Id<Schedule>) -> Result<Schedule> {
    let schedule = found(tx, id)?;
    tx.attendant::<Jobs>()?.must_allow(by, &schedule.job_name)?;
    Ok(schedule)
}

/// Makes a schedule of a job that its maker could enqueue as well.
pub fn create_schedule(tx: &Write<'_>, by: &Hand, new: &NewSchedule, now: Timestamp) -> Result<Schedule> {
    by.must_hold(JobsWrite::INFO)?;
    tx.attendant::<Jobs>()?.must_allow(by, &new.job_name)?;
    if store::count_schedules(&tx.system(), by.tenant.number)? >= MOST_SCHEDULES {
        return Err(Error::conflict("There are 500 schedules already, which is the most; delete one first."));
    }
    name_must_be_free(tx, &new.name, None)?;
    let schedule = put(tx, by, Schedule::of(new, by.actor.to_string(), now), now)?;
    let act = Act::new("schedule.created", subject(schedule.id)).after(&schedule)?;
    audit::record(tx, by, &act, now)?;
    Ok(schedule)
}

fn put(tx: &Write<'_>, who: &Who, schedule: Schedule, now: Timestamp) -> Result<Schedule> {
    let schedule = Schedule { next_at: next_of(&schedule, now)?, ..schedule };
    must_be_enqueueable(tx, who, &schedule)?;
    let schedule = store::insert_schedule(&tx.system(), who.tenant.number, &schedule, now)?;
    tell(tx, who, &schedule)?;
    Ok(schedule)
}

/// Changes what the change names, by who could make it as well. A new line, a new zone and the end of a pause count
/// from now on.
pub fn change_schedule(
    tx: &Write<'_>,
    by: &Hand,
    id: Id<Schedule>,
    change: &ScheduleChange,
    now: Timestamp,
) -> Result<Schedule> {
    let old = found_by(tx, by, id)?;
    let mut new = change.applied_to(&old);
    by.must_hold(JobsWrite::INFO)?;
    tx.attendant::<Jobs>()?.must_allow(by, &new.job_name)?;
    name_must_be_free(tx, &new.name, Some(id))?;
    if (&new.job_name, &new.payload, &new.queue) != (&old.job_name, &old.payload, &old.queue) {
        must_be_enqueueable(tx, by, &new)?;
    }
    if (&new.cron, &new.timezone, new.state) != (&old.cron, &old.timezone, old.state) {
        new.next_at = next_of(&new, now)?;
    }
    let changed = store::update_schedule(&tx.system(), by.tenant.number, &new, now)?;
    tell(tx, by, &changed)?;
    let act = Act::new("schedule.changed", subject(id)).before(&old)?.after(&changed)?;
    audit::record(tx, by, &act, now)?;
    Ok(changed)
}

/// Deletes a schedule. The jobs that it made stay.
pub fn delete_schedule(tx: &Write<'_>, by: &Hand, id: Id<Schedule>, now: Timestamp) -> Result<()> {
    let schedule = found_by(tx, by, id)?;
    if schedule.built_in {
        return Err(Error::conflict("A feature needs this schedule; it can be paused, not deleted."));
    }
    let (system, tenant) = (tx.system(), by.tenant.number);
    store::delete_firings_of(&system, tenant, id)?;
    store::delete_schedule(&system, tenant, id)?;
    let act = Act::new("schedule.deleted", subject(id)).before(&schedule)?;
    audit::record(tx, by, &act, now)
}

/// Makes a schedule's job now, whatever its line, its state and its last job are.
pub fn run_schedule_now(tx: &Write<'_>, by: &Hand, id: Id<Schedule>, now: Timestamp) -> Result<Id<Job>> {
    let mut schedule = found_by(tx, by, id)?;
    by.must_hold(JobsWrite::INFO)?;
    let (system, tenant, mut counts) = (tx.system(), by.tenant.number, Counts::default());
    let job = enqueue(&system, by, &mut schedule, &mut counts)?;
    counts.write(&system)?;
    let mut due = now;
    while store::has_firing(&system, tenant, id, due, true)? {
        due = due + Duration::from_millis(1);
    }
    let result = FiringResult::Enqueued;
    let firing = NewFiring { schedule: id, due, by_hand: true, result, error: None, job: Some(job) };
    store::insert_firing(&system, tenant, &firing, now)?;
    Ok(job)
}

/// A schedule that a feature needs in a tenant.
pub struct BuiltInSchedule {
    pub name: &'static str,
    pub cron: &'static str,
    pub kind: &'static KindInfo,
}

/// Makes those schedules of the instance that are not there, as far as this process has their kinds.
pub async fn keep_in_instance(kernel: &Kernel, all: &[&'static BuiltInSchedule]) -> Result<()> {
    let who = kernel.operator()?;
    let mut missing = Vec::new();
    for built_in in all.iter().filter(|built_in| kernel.jobs.kind(built_in.kind.name).is_some()) {
        let name = built_in.name;
        if kernel.db.read_here(&who, |tx| store::find_schedule_named(tx, name))?.is_none() {
            missing.push(*built_in);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let by = who.clone();
    kernel
        .db
        .write(&who, move |tx| missing.iter().try_for_each(|built_in| keep_built_in(tx, &by, built_in)))
        .await
}

/// Makes a feature's schedule in the caller's tenant, unless it is there.
pub fn keep_built_in(tx: &Write<'_>, who: &Who, built_in: &BuiltInSchedule) -> Result<()> {
    if store::find_schedule_named(tx, built_in.name)?.is_some() {
        return Ok(());
    }
    let now = tx.attendant::<Jobs>()?.now();
    put(tx, who, Schedule::of_feature(built_in, now), now).map(drop)
}

impl Schedule {
    /// Nightly things of a feature: one missed night is as good as many.
    fn of_feature(built_in: &BuiltInSchedule, now: Timestamp) -> Self {
        Self {
            id: Id::fresh(),
            name: built_in.name.into(),
            cron: built_in.cron.into(),
            timezone: "UTC".into(),
            job_name: built_in.kind.name.into(),
            payload: json!({}),
            queue: None,
            priority: Priority::Low,
            catch_up: CatchUp::Once,
            overlap: Overlap::Skip,
            state: ScheduleState::Enabled,
            built_in: true,
            next_at: None,
            last_job: None,
            missed: 0,
            made_by: "system".into(),
            created_at: now,
            updated_at: now,
        }
    }

    fn of(new: &NewSchedule, made_by: String, now: Timestamp) -> Self {
        Self {
            id: Id::fresh(),
            name: new.name.to_string(),
            cron: new.cron.to_string(),
            timezone: new.timezone.to_string(),
            job_name: new.job_name.to_string(),
            payload: new.payload.clone(),
            queue: new.queue.clone(),
            priority: new.priority,
            catch_up: new.catch_up,
            overlap: new.overlap,
            state: new.state,
            built_in: false,
            next_at: None,
            last_job: None,
            missed: 0,
            made_by,
            created_at: now,
            updated_at: now,
        }
    }
}

/// When it fires next; never while it is paused.
fn next_of(schedule: &Schedule, now: Timestamp) -> Result<Option<Timestamp>> {
    let unreadable = || Error::invalid("cron", "is no line that this version can read; write another");
    let (cron, zone) = schedule.calendar().ok_or_else(unreadable)?;
    let next = cron.must_fire(&zone, now)?;
    Ok(Some(next).filter(|_| schedule.state == ScheduleState::Enabled))
}

fn name_must_be_free(tx: &Write<'_>, name: &str, own: Option<Id<Schedule>>) -> Result<()> {
    match store::find_schedule_named(tx, name)? {
        Some(other) if Some(other) != own => {
            Err(Error::conflict(format!("There is a schedule named {name} already; choose another name.")))
        }
        _ => Ok(()),
    }
}

fn must_be_enqueueable(tx: &Write<'_>, who: &Who, schedule: &Schedule) -> Result<()> {
    tx.attendant::<Events>()?.must_be_of_others(&schedule.job_name, "jobName")?;
    let jobs = tx.attendant::<Jobs>()?;
    jobs.check_named(&tx.system(), who.tenant.number, &schedule.named())
}

/// Tells the engine, once it is on disk, when the schedule fires.
fn tell(tx: &Write<'_>, who: &Who, schedule: &Schedule) -> Result<()> {
    let Some(at) = schedule.next_at else { return Ok(()) };
    let (jobs, tenant) = (tx.attendant::<Jobs>()?.clone(), who.tenant.number);
    tx.after_commit(move || {
        jobs.board().schedules.note(tenant, at);
        jobs.bell().notify_one();
    });
    Ok(())
}

fn subject(id: Id<Schedule>) -> String {
    format!("schedule:{id}")
}
