//! Those who plan: makers of schedules.

use serde_json::json;

use super::{id, nothing, write};
use crate::kernel::jobs::schedules::{
    NewSchedule, ScheduleChange, change_schedule, create_schedule, delete_schedule, run_schedule_now,
};
use crate::kernel::sim::kinds::{CHORE, LINES};
use crate::kernel::sim::rows::Key;
use crate::kernel::sim::stage::{Stage, read};

/// Schedules that a tenant has at most.
const MOST: usize = 3;

fn schedules(stage: &Stage, tenant: usize) -> Vec<Key> {
    let number = stage.tenants[tenant].number.get();
    let book = stage.book.borrow();
    book.schedules.iter().filter(|(_, row)| row.tenant == number).map(|(key, _)| *key).collect()
}

fn schedule(stage: &mut Stage) -> Option<(usize, Key)> {
    let tenant = stage.active_tenant()?;
    let all = schedules(stage, tenant);
    Some((tenant, stage.one_of(all)?))
}

pub(super) fn make(stage: &mut Stage) -> Option<String> {
    let (tenant, now) = (stage.active_tenant()?, stage.now());
    if schedules(stage, tenant).len() >= MOST {
        return None;
    }
    let catch_up = match stage.rng.u32(..3) {
        0 => json!("skip"),
        1 => json!("once"),
        _ => json!({ "all": stage.rng.u32(1..5) }),
    };
    let new: NewSchedule = read(json!({
        "name": format!("plan{}", stage.rng.u8(..6)),
        "cron": LINES[stage.rng.usize(..LINES.len())].0,
        "jobName": CHORE,
        "catchUp": catch_up,
        "overlap": if stage.chance(30) { "skip" } else { "allow" },
    }));
    let what = format!("{tenant} plans for {}", new.cron);
    write(stage, tenant, move |tx, who| create_schedule(tx, who, &new, now).map(drop), nothing);
    Some(what)
}

pub(super) fn change(stage: &mut Stage) -> Option<String> {
    let ((tenant, key), now) = (schedule(stage)?, stage.now());
    let change: ScheduleChange = match stage.rng.u32(..3) {
        0 => read(json!({ "state": "paused" })),
        1 => read(json!({ "state": "enabled" })),
        _ => read(json!({ "cron": LINES[stage.rng.usize(..LINES.len())].0 })),
    };
    write(stage, tenant, move |tx, who| change_schedule(tx, who, id(key), &change, now).map(drop), nothing);
    Some(format!("the plan {key:x} is changed"))
}

fn forget(stage: &mut Stage, tenant: usize, key: Key) {
    let now = stage.now();
    write(stage, tenant, move |tx, who| delete_schedule(tx, who, id(key), now), nothing);
}

pub(super) fn delete(stage: &mut Stage) -> Option<String> {
    let (tenant, key) = schedule(stage)?;
    forget(stage, tenant, key);
    Some(format!("the plan {key:x} is deleted"))
}

pub(super) fn delete_all(stage: &mut Stage) {
    for tenant in 0..stage.tenants.len() {
        for key in schedules(stage, tenant) {
            forget(stage, tenant, key);
        }
    }
}

pub(super) fn run_now(stage: &mut Stage) -> Option<String> {
    let ((tenant, key), now) = (schedule(stage)?, stage.now());
    write(stage, tenant, move |tx, who| run_schedule_now(tx, who, id(key), now), nothing);
    Some(format!("the plan {key:x} is to run now"))
}
