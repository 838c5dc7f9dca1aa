//! Those who bring work: enqueuers and publishers.

use std::time::Duration;

use serde_json::json;

use super::write;
use crate::base::Timestamp;
use crate::kernel::events::{NewEvent, publish_all};
use crate::kernel::jobs::{Named, NewJob, Priority, QueueName, enqueue_named};
use crate::kernel::sim::kinds::CHORE;
use crate::kernel::sim::stage::{Heard, Stage};

const TYPES: [&str; 4] = ["order.paid", "order.sent", "note.taken", "note.read"];

pub(super) const PRIORITIES: [Priority; 4] =
    [Priority::Urgent, Priority::High, Priority::Normal, Priority::Low];

/// Queues that the process serves itself, and the one of workers outside.
pub(super) const QUEUES: [&str; 3] = ["default", "narrow", "slow"];
pub(super) const OUTSIDE: &str = "out";

fn any_queue(stage: &mut Stage) -> &'static str {
    if stage.chance(25) { OUTSIDE } else { QUEUES[stage.rng.usize(..QUEUES.len())] }
}

pub(super) fn named(stage: &mut Stage) -> Named {
    let queue = any_queue(stage);
    named_for(stage, queue)
}

fn named_for(stage: &mut Stage, queue: &'static str) -> Named {
    let now: Timestamp = stage.now();
    let kind = match queue {
        OUTSIDE => format!("out.{}", stage.rng.u8(..2)),
        _ => CHORE.into(),
    };
    let run_at = stage.chance(20).then(|| now + Duration::from_secs(stage.rng.u64(1..120)));
    Named {
        kind,
        payload: json!({ "n": stage.rng.i64(0..10) }),
        job: NewJob {
            queue: Some(QueueName::of(queue)),
            priority: PRIORITIES[stage.rng.usize(..4)],
            run_at,
            max_attempts: Some(stage.rng.u32(1..4)),
            time_limit: Some(Duration::from_secs(stage.rng.u64(20..300))),
            unique_key: stage.chance(20).then(|| format!("key{}", stage.rng.u8(..2))),
            ..NewJob::default()
        },
    }
}

pub(super) fn new_event(stage: &mut Stage) -> NewEvent {
    NewEvent {
        event_type: TYPES[stage.rng.usize(..TYPES.len())].parse().expect("a type"),
        subject: stage.chance(70).then(|| format!("subject{}", stage.rng.u8(..2))),
        payload: json!({ "n": stage.rng.i64(0..10) }),
        key: stage.chance(15).then(|| format!("key{}", stage.rng.u16(..200))),
    }
}

pub(super) fn enqueue(stage: &mut Stage) -> Option<String> {
    let tenant = stage.active_tenant()?;
    // Those of one call often belong together.
    let queue = stage.chance(50).then(|| any_queue(stage));
    let one = |stage: &mut Stage| match queue {
        Some(queue) => named_for(stage, queue),
        None => named(stage),
    };
    let all: Vec<Named> = (0..stage.rng.usize(1..4)).map(|_| one(stage)).collect();
    stage.book.borrow_mut().sights.enqueued += all.len() as u64;
    let what = format!("{} jobs are enqueued in {tenant}", all.len());
    write(
        stage,
        tenant,
        move |tx, who| enqueue_named(tx, who, &all),
        |said| Some(Heard::Acknowledged(said.ok()?.iter().map(|one| one.job.uuid().as_u128()).collect())),
    );
    Some(what)
}

pub(super) fn publish(stage: &mut Stage) -> Option<String> {
    let tenant = stage.active_tenant()?;
    let all: Vec<NewEvent> = (0..stage.rng.usize(1..4)).map(|_| new_event(stage)).collect();
    stage.book.borrow_mut().sights.published += all.len() as u64;
    let what = format!("{} events are published in {tenant}", all.len());
    write(
        stage,
        tenant,
        move |tx, who| publish_all(tx, who, &all),
        |said| Some(Heard::Acknowledged(said.ok()?.iter().map(|one| one.event.uuid().as_u128()).collect())),
    );
    Some(what)
}
