//! What once went astray, step by step.

use std::time::Duration;

use serde_json::json;

use super::actors::turn;
use super::kinds::{CHORE, Order};
use super::stage::{Sort, Stage, read};
use crate::base::db::Write;
use crate::base::db::by_hand::Turn;
use crate::base::{Result, Timestamp};
use crate::kernel::events::{
    NewEvent, create_subscription, delete_subscription, list_subscriptions, prune_once, publish_all,
};
use crate::kernel::jobs::{Named, NewJob, Outcome, enqueue_named};
use crate::kernel::{Kernel, Who};

/// Everything goes on but those who are left out, until nothing does.
fn settle(stage: &mut Stage) {
    while stage.poll_one() || stage.read_one() || matches!(stage.write_some(8), Ok(Turn::Wrote)) {}
}

#[test]
fn who_was_given_up_before_it_began_does_not_begin_after_all() {
    let mut stage = Stage::set(1);
    let (kernel, who) = (stage.kernel().clone(), stage.who(0));
    stage.spawn(Sort::Act, async move {
        let all = [Named { kind: CHORE.into(), payload: json!({}), job: NewJob::default() }];
        let by = who.clone();
        let enqueued = kernel.db.write(&who, move |tx| enqueue_named(tx, &by, &all)).await;
        enqueued.expect("it is enqueued");
    });
    settle(&mut stage);
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
    write: impl Fn(&Write<'_>, &Kernel, &Who, Timestamp) -> Result<()> + Send + 'static,
) {
    let (kernel, who, now) = (stage.kernel().clone(), stage.who(0), stage.now());
    let written = async move {
        let (by, key) = (who.clone(), kernel.clone());
        let done = kernel.db.write(&who, move |tx| write(tx, &key, &by, now)).await;
        done.expect("it is written");
    };
    stage.alone(written).expect("nothing kills it");
}

fn subscribe(stage: &mut Stage) {
    write(stage, |tx, kernel, who, now| {
        let new = json!({ "name": "s", "pattern": "note.*", "target": { "job": CHORE } });
        create_subscription(tx, kernel, who, &read(new), now).map(drop)
    });
}

/// An event is published, and its delivery is a dead letter.
fn fail(stage: &mut Stage) {
    write(stage, |tx, _, who, _| {
        let event_type = "note.taken".parse().expect("a type");
        let new = NewEvent { event_type, subject: None, payload: json!({}), key: None };
        publish_all(tx, who, &[new]).map(drop)
    });
    assert!(stage.begin_one(), "it is claimed");
    settle(stage);
    stage.end_handler(0, Order::End(Outcome::Dead("hopeless".into())));
    settle(stage);
    turn(stage);
    settle(stage);
}

#[test]
fn letters_outlive_an_older_subscription_of_the_same_name() {
    let mut stage = Stage::set(1);
    subscribe(&mut stage);
    fail(&mut stage);
    write(&mut stage, |tx, _, who, now| {
        let all = list_subscriptions(tx, None, 9)?;
        let old = all.iter().find(|one| one.name == "s").expect("it was made");
        delete_subscription(tx, who, old.id, now)
    });
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
