//! What once went astray, step by step.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::actors::{answer_with, operate, turn};
use super::kinds::{CHORE, Order};
use super::play::runtime;
use super::stage::{Heard, Stage, read};
use crate::base::db::Write;
use crate::base::db::by_hand::Turn;
use crate::base::{Result, Timestamp};
use crate::kernel::events::{
    NewEvent, SubscriptionState, create_subscription, delete_subscription, flush_metrics, list_subscriptions,
    prune_once, publish_all,
};
use crate::kernel::jobs::{JobState, Named, NewJob, Outcome, enqueue_named};
use crate::kernel::tenants::{TenantState, delete_tenant, erase_once, set_tenant_state};
use crate::kernel::{Hand, Kernel};

/// Everything goes on but those who are left out, until nothing does.
fn settle(stage: &mut Stage) {
    while stage.poll_one() || stage.read_one() || matches!(stage.write_some(8), Ok(Turn::Wrote)) {}
}

fn enqueue(stage: &mut Stage) {
    write(stage, |tx, _, who, _| {
        let all = [Named { kind: CHORE.into(), payload: json!({}), job: NewJob::default() }];
        enqueue_named(tx, who, &all).map(drop)
    });
    settle(stage);
}

#[test]
fn who_was_given_up_before_it_began_does_not_begin_after_all() {
    let mut stage = Stage::set(1);
    enqueue(&mut stage);
    assert!(stage.begin_one(), "it is claimed, and no thread has come to it");
    let handler = stage.take_last();
    stage.clock.advance(Duration::from_hours(1));
    turn(&mut stage);
    settle(&mut stage);
    stage.put_back(handler);
    settle(&mut stage);
    assert!(stage.begun.is_empty(), "it begins although it was given up");
    assert_eq!(stage.book.borrow().broken, None);
}

/// A write of the first tenant's, alone.
fn write(
    stage: &mut Stage,
    write: impl Fn(&Write<'_>, &Kernel, &Hand, Timestamp) -> Result<()> + Send + 'static,
) {
    let (kernel, who, now) = (stage.kernel().clone(), stage.who(0), stage.now());
    let written = async move {
        let (by, key) = (Hand::of_server(who.clone()), kernel.clone());
        let done = kernel.db.write(&who, move |tx| write(tx, &key, &by, now)).await;
        done.expect("it is written");
    };
    stage.alone(written).expect("nothing kills it");
}

fn subscribe(stage: &mut Stage) {
    subscribe_to(stage, json!({ "job": CHORE }));
}

fn subscribe_to(stage: &mut Stage, target: Json) {
    write(stage, move |tx, kernel, who, now| {
        let new = json!({ "name": "s", "pattern": "note.*", "target": target });
        create_subscription(tx, kernel, who, &read(new), now).map(drop)
    });
}

fn unsubscribe(stage: &mut Stage) {
    write(stage, |tx, _, who, now| {
        let all = list_subscriptions(tx, None, 9)?;
        let old = all.iter().find(|one| one.name == "s").expect("it was made");
        delete_subscription(tx, who, old.id, now)
    });
}

fn publish(stage: &mut Stage) {
    write(stage, |tx, _, who, _| {
        let event_type = "note.taken".parse().expect("a type");
        let new = NewEvent { event_type, subject: None, payload: json!({}), key: None };
        publish_all(tx, who, &[new]).map(drop)
    });
}

/// An event is published, and its delivery is a dead letter.
fn fail(stage: &mut Stage) {
    publish(stage);
    assert!(stage.begin_one(), "it is claimed");
    settle(stage);
    stage.end_handler(0, Order::End(Outcome::Dead("hopeless".into())));
    settle(stage);
    turn(stage);
    settle(stage);
}

#[test]
fn a_receiver_that_wants_nothing_more_brings_no_subscription_back_that_was_deleted() {
    let mut stage = Stage::set(1);
    // A call waits for its turn by a clock that nobody winds.
    let runtime = runtime();
    let _entered = runtime.enter();
    let url = format!("http://203.0.113.7/{}", stage.tenants[0].number.get());
    subscribe_to(&mut stage, json!({ "webhook": url }));
    publish(&mut stage);
    assert!(stage.begin_one(), "it is claimed");
    settle(&mut stage);
    unsubscribe(&mut stage);
    answer_with(&mut stage, 0, Ok(410));
    settle(&mut stage);
    let book = stage.book.borrow();
    let states: Vec<_> = book.subscriptions.iter().filter(|(_, one)| one.is_webhook).collect();
    assert!(matches!(states[..], [(_, one)] if one.state == SubscriptionState::Deleted), "{states:?}");
    assert_eq!(book.broken, None);
}

#[test]
fn what_was_claimed_does_not_begin_once_its_tenant_is_suspended() {
    let mut stage = Stage::set(1);
    enqueue(&mut stage);
    let (id, now) = (stage.tenants[0].id, stage.now());
    operate(
        &mut stage,
        move |tx, kernel, by| set_tenant_state(tx, kernel, by, id, TenantState::Suspended, now),
        |_| Heard::Moved,
    );
    settle(&mut stage);
    assert!(!stage.begin_one(), "it waits until its tenant goes on");
    turn(&mut stage);
    settle(&mut stage);
    let book = stage.book.borrow();
    let states: Vec<_> = book.jobs.iter().map(|(_, row)| (row.state, row.attempt)).collect();
    assert_eq!((&states[..], &book.broken), (&[(JobState::Ready, 0)][..], &None));
}

#[test]
fn figures_of_a_tenant_that_is_gone_hold_up_nobody_elses() {
    let mut stage = Stage::set(1);
    publish(&mut stage);
    let (id, now) = (stage.tenants[0].id, stage.now());
    operate(&mut stage, move |tx, kernel, by| delete_tenant(tx, kernel, by, id, now), |_| Heard::Deleted);
    settle(&mut stage);
    let kernel = stage.kernel().clone();
    let erase_and_flush = async move {
        erase_once(&kernel).await.expect("it is erased");
        flush_metrics(&kernel).await.expect("what is left is written");
    };
    stage.alone(erase_and_flush).expect("nothing kills it");
}

#[test]
fn letters_outlive_an_older_subscription_of_the_same_name() {
    let mut stage = Stage::set(1);
    subscribe(&mut stage);
    fail(&mut stage);
    unsubscribe(&mut stage);
    stage.clock.advance(Duration::from_hours(1));
    subscribe(&mut stage);
    fail(&mut stage);
    let kernel = stage.kernel().clone();
    let prune = async move { prune_once(&kernel).await.map(drop).expect("what is old is deleted") };
    stage.alone(prune).expect("nothing kills it");
    let book = stage.book.borrow();
    let counted: i64 = book.groups.iter().map(|(_, group)| group.0).sum();
    assert_eq!((counted, &book.broken), (1, &None));
}
