//! People who meddle with jobs, queues and tenants.

use std::sync::Arc;
use std::time::Duration;

use super::sources::{OUTSIDE, PRIORITIES, QUEUES};
use super::{id, mistake, nothing, write};
use crate::base::db::Write;
use crate::base::{Kind, Result};
use crate::kernel::jobs::{
    BulkAct, JobChange, JobFilter, JobState, NewQueue, QueueChange, QueueName, cancel_job, change_job,
    change_queue, delete_job, delete_queue, put_queue, retry_job, run_job_now,
};
use crate::kernel::sim::rows::Key;
use crate::kernel::sim::stage::{Heard, Stage};
use crate::kernel::sim::tasks::Sort;
use crate::kernel::tenants::{TenantState, create_tenant, delete_tenant, set_tenant_state};
use crate::kernel::{Hand, Kernel, Who};

/// A job in one of these states, and its tenant.
fn job(stage: &mut Stage, states: &[JobState]) -> Option<(usize, Key)> {
    let tenant = stage.active_tenant()?;
    let number = stage.tenants[tenant].number.get();
    let book = stage.book.clone();
    let book = book.borrow();
    let those = book.jobs.iter().filter(|(_, row)| row.tenant == number && states.contains(&row.state));
    Some((tenant, stage.one_of(those.map(|(job, _)| *job).collect())?))
}

const OPEN: &[JobState] = &[JobState::Scheduled, JobState::Ready, JobState::Running];
const OVER: &[JobState] = &[JobState::Done, JobState::Dead, JobState::Cancelled, JobState::Scheduled];

pub(super) fn cancel(stage: &mut Stage) -> Option<String> {
    let (tenant, job) = job(stage, OPEN)?;
    let now = stage.now();
    write(stage, tenant, move |tx, who| cancel_job(tx, who, id(job), now), nothing);
    Some(format!("{job:x} is cancelled"))
}

pub(super) fn retry(stage: &mut Stage) -> Option<String> {
    let (tenant, job) = job(stage, OVER)?;
    let now = stage.now();
    write(stage, tenant, move |tx, who| retry_job(tx, who, id(job), now), nothing);
    Some(format!("{job:x} is put back"))
}

pub(super) fn run_now(stage: &mut Stage) -> Option<String> {
    let (tenant, job) = job(stage, &[JobState::Scheduled])?;
    let now = stage.now();
    write(stage, tenant, move |tx, who| run_job_now(tx, who, id(job), now), nothing);
    Some(format!("{job:x} is to run now"))
}

pub(super) fn delete(stage: &mut Stage) -> Option<String> {
    let (tenant, job) = job(stage, &[OPEN, OVER].concat())?;
    write(stage, tenant, move |tx, who| delete_job(tx, who, id(job)), nothing);
    Some(format!("{job:x} is deleted"))
}

pub(super) fn change(stage: &mut Stage) -> Option<String> {
    let (tenant, job) = job(stage, &[JobState::Scheduled, JobState::Ready])?;
    let now = stage.now();
    let change = match stage.chance(50) {
        true => JobChange { priority: Some(PRIORITIES[stage.rng.usize(..4)]), ..JobChange::default() },
        false => {
            let run_at = now + Duration::from_secs(stage.rng.u64(..60));
            JobChange { run_at: Some(run_at), ..JobChange::default() }
        }
    };
    write(stage, tenant, move |tx, who| change_job(tx, who, id(job), &change, now), nothing);
    Some(format!("{job:x} is changed"))
}

pub(super) fn many(stage: &mut Stage) -> Option<String> {
    let tenant = stage.active_tenant()?;
    let (act, state) = match stage.rng.u32(..3) {
        0 => (BulkAct::Retry, JobState::Dead),
        1 => (BulkAct::Cancel, JobState::Scheduled),
        _ => (BulkAct::Delete, JobState::Cancelled),
    };
    let (kernel, who, heard) = (stage.kernel().clone(), stage.who(tenant), stage.heard.clone());
    stage.spawn(Sort::Act, async move {
        let filter = JobFilter { state: Some(state), ..JobFilter::default() };
        let done = kernel.jobs.bulk(&kernel, &Hand::of_server(who), act, filter).await;
        heard.borrow_mut().extend(done.err().as_ref().and_then(mistake));
    });
    Some(format!("{act:?} of all {state} in {tenant}"))
}

fn put(stage: &mut Stage, tenant: usize, queue: &'static str, change: QueueChange) {
    let now = stage.now();
    let set =
        move |tx: &Write<'_>, who: &Hand| match change_queue(tx, who, &QueueName::of(queue), &change, now) {
            Err(error) if error.kind() == Kind::NotFound => {
                let new = NewQueue {
                    name: QueueName::of(queue),
                    outside: queue == OUTSIDE,
                    concurrency: change.concurrency,
                    rate_per_minute: change.rate,
                    paused: change.paused.unwrap_or(false),
                };
                put_queue(tx, who, &new, now)
            }
            changed => changed,
        };
    write(stage, tenant, set, nothing);
}

pub(super) fn set_queue(stage: &mut Stage) -> Option<String> {
    let tenant = stage.active_tenant()?;
    let queue = if stage.chance(25) { OUTSIDE } else { QUEUES[stage.rng.usize(..QUEUES.len())] };
    let mut change = QueueChange { paused: Some(stage.chance(25)), ..QueueChange::default() };
    if queue != "default" && stage.chance(60) {
        change.concurrency = Some(stage.chance(70).then(|| stage.rng.u32(1..3)));
    }
    if queue == "slow" {
        change.rate = Some(stage.chance(70).then(|| [2, 6, 30][stage.rng.usize(..3)]));
    }
    let what = format!("the queue {queue} of {tenant}: {change:?}");
    put(stage, tenant, queue, change);
    Some(what)
}

pub(super) fn forget_queue(stage: &mut Stage) -> Option<String> {
    let (tenant, now) = (stage.active_tenant()?, stage.now());
    let queue = QUEUES[stage.rng.usize(..QUEUES.len())];
    write(stage, tenant, move |tx, who| delete_queue(tx, who, &QueueName::of(queue), now), nothing);
    Some(format!("the queue {queue} of {tenant} has the defaults"))
}

fn set_state(stage: &mut Stage, tenant: usize, state: TenantState) {
    let (id, now) = (stage.tenants[tenant].id, stage.now());
    operate(stage, move |tx, kernel, by| set_tenant_state(tx, kernel, by, id, state, now), |_| Heard::Moved);
}

pub(super) fn suspend(stage: &mut Stage) -> Option<String> {
    let tenant = stage.rng.usize(..stage.tenants.len());
    let state = if stage.chance(35) { TenantState::Suspended } else { TenantState::Active };
    set_state(stage, tenant, state);
    Some(format!("the tenant {tenant} is to be {state:?}"))
}

/// A write of the operator's.
pub(in crate::kernel::sim) fn operate<T: Send + 'static>(
    stage: &mut Stage,
    write: impl Fn(&Write<'_>, &Kernel, &Who) -> Result<T> + Send + 'static,
    hear: impl FnOnce(T) -> Heard + 'static,
) {
    let (kernel, heard) = (stage.kernel().clone(), stage.heard.clone());
    let by = kernel.operator().expect("the operator");
    stage.spawn(Sort::Act, async move {
        let instance = by.tenant.clone();
        // A write that waits must not keep its own process alive.
        let weak = Arc::downgrade(&kernel);
        let write =
            move |tx: &Write<'_>| write(tx, &weak.upgrade().expect("it is the kernel that writes"), &by);
        let told = match kernel.db.write(&*instance, write).await {
            Ok(done) => Some(hear(done)),
            Err(error) => mistake(&error),
        };
        heard.borrow_mut().extend(told);
    });
}

pub(super) fn delete_a_tenant(stage: &mut Stage) -> Option<String> {
    let (place, now) = (stage.rng.usize(..stage.tenants.len()), stage.now());
    let (id, number) = (stage.tenants[place].id, stage.tenants[place].number.get());
    if stage.book.borrow().is_gone(number) {
        return None;
    }
    operate(stage, move |tx, kernel, by| delete_tenant(tx, kernel, by, id, now), |_| Heard::Deleted);
    Some(format!("the tenant {number} is to be deleted"))
}

/// Where one is gone another comes.
pub(super) fn make_a_tenant(stage: &mut Stage) -> Option<String> {
    let (place, now) = (stage.rng.usize(..stage.tenants.len()), stage.now());
    if !stage.book.borrow().is_gone(stage.tenants[place].number.get()) {
        return None;
    }
    let (new, owner) = stage.next_tenant(place);
    operate(
        stage,
        move |tx, kernel, by| create_tenant(tx, kernel, by, &new, owner, now),
        move |tenant| Heard::Made(place, tenant),
    );
    Some("a tenant is made".into())
}

pub(super) fn let_everything_go(stage: &mut Stage) {
    for tenant in 0..stage.tenants.len() {
        set_state(stage, tenant, TenantState::Active);
        for queue in QUEUES.into_iter().chain([OUTSIDE]) {
            put(
                stage,
                tenant,
                queue,
                QueueChange { rate: Some(None), paused: Some(false), ..QueueChange::default() },
            );
        }
    }
}
