//! The statements about schedules. Tenants' code reads them; everything is written by the engine.

use super::model::{Firing, FiringResult, Schedule};
use crate::base::db::{Only, Read, SystemRead, SystemWrite, TenantNo};
use crate::base::{Id, Result, Timestamp};
use crate::kernel::jobs::{Job, JobState};
use crate::{bind, sql};

/// Writes a schedule as it is given, all but its ages and what it missed.
pub(super) fn insert_schedule(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    schedule: &Schedule,
    now: Timestamp,
) -> Result<Schedule> {
    tx.one(
        sql!("insert_schedule"),
        bind! {
            tenant: tenant,
            id: schedule.id,
            name: &schedule.name,
            cron: &schedule.cron,
            timezone: &schedule.timezone,
            kind: &schedule.job_name,
            payload: schedule.payload.to_string(),
            queue: schedule.queue.as_ref(),
            class: schedule.priority,
            catch_up: schedule.catch_up.as_str(),
            catch_up_most: schedule.catch_up.most(),
            overlap: schedule.overlap,
            state: schedule.state,
            is_built_in: schedule.built_in,
            next_at: schedule.next_at,
            made_by: &schedule.made_by,
            now: now,
        },
    )
}

pub(super) fn update_schedule(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    schedule: &Schedule,
    now: Timestamp,
) -> Result<Schedule> {
    tx.one(
        sql!("update_schedule"),
        bind! {
            tenant: tenant,
            id: schedule.id,
            name: &schedule.name,
            cron: &schedule.cron,
            timezone: &schedule.timezone,
            kind: &schedule.job_name,
            payload: schedule.payload.to_string(),
            queue: schedule.queue.as_ref(),
            class: schedule.priority,
            catch_up: schedule.catch_up.as_str(),
            catch_up_most: schedule.catch_up.most(),
            overlap: schedule.overlap,
            state: schedule.state,
            next_at: schedule.next_at,
            now: now,
        },
    )
}

pub fn find_schedule(tx: &Read<'_>, id: Id<Schedule>) -> Result<Option<Schedule>> {
    tx.maybe(sql!("find_schedule"), bind! { id: id })
}

/// By name.
pub fn list_schedules(tx: &Read<'_>, after: Option<&str>, limit: usize) -> Result<Vec<Schedule>> {
    tx.all(sql!("list_schedules"), bind! { after: after, limit: limit as i64 })
}

pub fn find_schedule_named(tx: &Read<'_>, name: &str) -> Result<Option<Id<Schedule>>> {
    let found: Option<Only<Id<Schedule>>> = tx.maybe(sql!("find_schedule_named"), bind! { name: name })?;
    Ok(found.map(|Only(id)| id))
}

pub(super) fn count_schedules(tx: &SystemRead<'_>, tenant: TenantNo) -> Result<i64> {
    let Only(count) = tx.one(sql!("count_schedules"), bind! { tenant: tenant })?;
    Ok(count)
}

pub(super) fn delete_schedule(tx: &SystemWrite<'_>, tenant: TenantNo, id: Id<Schedule>) -> Result<()> {
    tx.run(sql!("delete_schedule"), bind! { tenant: tenant, id: id })
}

/// Those whose time has come, the most overdue first.
pub(super) fn list_due_schedules(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Schedule>> {
    tx.all(sql!("list_due_schedules"), bind! { tenant: tenant, now: now, limit: limit as i64 })
}

/// When the next schedule of a tenant fires.
pub(in crate::kernel::jobs) fn next_firing(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
) -> Result<Option<Timestamp>> {
    let found: Option<Only<Timestamp>> = tx.maybe(sql!("next_firing"), bind! { tenant: tenant })?;
    Ok(found.map(|Only(at)| at))
}

pub(super) fn advance_schedule(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    id: Id<Schedule>,
    next_at: Option<Timestamp>,
    missed: i64,
) -> Result<()> {
    tx.run(sql!("advance_schedule"), bind! { tenant: tenant, id: id, next_at: next_at, missed: missed })
}

pub(super) fn set_last_job(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    id: Id<Schedule>,
    job: Id<Job>,
) -> Result<()> {
    tx.run(sql!("set_last_job"), bind! { tenant: tenant, id: id, job: job })
}

pub(super) fn has_firing(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
    schedule: Id<Schedule>,
    due: Timestamp,
    by_hand: bool,
) -> Result<bool> {
    let params = bind! { tenant: tenant, schedule: schedule, due: due, by_hand: by_hand };
    let found: Option<Only<i64>> = tx.maybe(sql!("has_firing"), params)?;
    Ok(found.is_some())
}

/// A firing about to be written.
pub(super) struct NewFiring<'f> {
    pub schedule: Id<Schedule>,
    pub due: Timestamp,
    pub by_hand: bool,
    pub result: FiringResult,
    pub error: Option<&'f str>,
    pub job: Option<Id<Job>>,
}

pub(super) fn insert_firing(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    firing: &NewFiring<'_>,
    now: Timestamp,
) -> Result<()> {
    tx.run(
        sql!("insert_firing"),
        bind! {
            tenant: tenant,
            schedule: firing.schedule,
            due: firing.due,
            by_hand: firing.by_hand,
            now: now,
            result: firing.result,
            error: firing.error,
            job: firing.job,
        },
    )
}

/// The latest first.
pub fn list_firings(tx: &Read<'_>, schedule: Id<Schedule>, limit: usize) -> Result<Vec<Firing>> {
    tx.all(sql!("list_firings"), bind! { schedule: schedule, limit: limit as i64 })
}

pub(super) fn delete_firings_of(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    schedule: Id<Schedule>,
) -> Result<()> {
    tx.run(sql!("delete_firings_of"), bind! { tenant: tenant, schedule: schedule })
}

/// Deletes all but the latest.
pub(super) fn delete_old_firings(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    schedule: Id<Schedule>,
    keep: u32,
) -> Result<()> {
    tx.run(sql!("delete_old_firings"), bind! { tenant: tenant, schedule: schedule, keep: keep })
}

pub(super) fn read_job_state(tx: &SystemRead<'_>, tenant: TenantNo, id: Id<Job>) -> Result<Option<JobState>> {
    let found: Option<Only<JobState>> = tx.maybe(sql!("read_job_state"), bind! { tenant: tenant, id: id })?;
    Ok(found.map(|Only(state)| state))
}
