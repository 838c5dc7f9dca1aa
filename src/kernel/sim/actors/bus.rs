//! Those who listen, and those who look after what did not arrive.

use std::sync::Arc;

use serde_json::json;

use super::sources::new_event;
use super::{id, mistake, nothing, write, write_perhaps};
use crate::base::db::{Write, by_hand};
use crate::kernel::Hand;
use crate::kernel::events::{
    DeliveryState, EventFilter, LetterAct, LetterFilter, NewSubscription, SubscriptionState, act_on_letters,
    begin_replay, create_subscription, delete_subscription, disable_subscription, discard_letter,
    enable_subscription, publish_all, replay_event, replay_letter,
};
use crate::kernel::sim::kinds::CHORE;
use crate::kernel::sim::rows::Key;
use crate::kernel::sim::stage::{Heard, Stage, read};
use crate::kernel::sim::tasks::Sort;

const PATTERNS: [&str; 6] = ["order.*", "order.paid", "note.taken", "note.*", "*", "delivery.dead"];

/// Subscriptions that a tenant has at most, besides that of the handler in code.
const MOST: usize = 5;

fn subscriptions(stage: &Stage, tenant: usize, is_meant: impl Fn(SubscriptionState) -> bool) -> Vec<Key> {
    let number = stage.tenants[tenant].number.get();
    let book = stage.book.borrow();
    let those = book.subscriptions.iter().filter(|(_, row)| row.tenant == number && is_meant(row.state));
    those.map(|(key, _)| *key).collect()
}

fn subscription(stage: &mut Stage) -> Option<(usize, Key)> {
    let tenant = stage.active_tenant()?;
    let all = subscriptions(stage, tenant, |state| state != SubscriptionState::Deleted);
    Some((tenant, stage.one_of(all)?))
}

pub(super) fn subscribe(stage: &mut Stage) -> Option<String> {
    let (tenant, now) = (stage.active_tenant()?, stage.now());
    if subscriptions(stage, tenant, |state| state != SubscriptionState::Deleted).len() > MOST {
        return None;
    }
    let is_outside = stage.chance(20);
    let number = stage.tenants[tenant].number.get();
    let target = match stage.chance(40) {
        _ if is_outside => json!({ "queue": format!("desk{}", stage.rng.u8(..2)) }),
        true => json!({ "webhook": format!("http://203.0.113.7/{number}") }),
        false => json!({ "job": CHORE }),
    };
    let probes = !is_outside && stage.chance(75);
    let new: NewSubscription = read(json!({
        "name": format!("s{}", stage.rng.u8(..6)),
        "pattern": PATTERNS[stage.rng.usize(..PATTERNS.len())],
        "target": target,
        "filter": stage.chance(30).then(|| json!({ "n": { "gte": stage.rng.i64(0..10) } })),
        "maxAttempts": stage.rng.u32(1..4),
        "backoff": { "kind": "fixed", "seconds": stage.rng.u32(5..40) },
        "timeoutSeconds": stage.rng.u32(20..200),
        "ordered": stage.chance(50),
        "recovery": if probes { "probe" } else { "manual" },
    }));
    let what = format!("somebody in {tenant} listens to {:?}", new.pattern);
    // A write that waits must not keep its own process alive.
    let kernel = Arc::downgrade(stage.kernel());
    write(
        stage,
        tenant,
        move |tx, who| {
            let kernel = kernel.upgrade().expect("it is the kernel that writes");
            create_subscription(tx, &kernel, who, &new, now).map(drop)
        },
        nothing,
    );
    Some(what)
}

/// Who listens changes in the same write in which something is published; half of it comes to nothing.
pub(super) fn publish_with_a_change(stage: &mut Stage) -> Option<String> {
    let ((tenant, key), now) = (subscription(stage)?, stage.now());
    let (event, deletes, is_in_vain) = (new_event(stage), stage.chance(40), stage.chance(50));
    let name = format!("t{}", stage.rng.u8(..3));
    let new: NewSubscription =
        read(json!({ "name": name, "pattern": event.event_type, "target": { "job": CHORE } }));
    let has_room = subscriptions(stage, tenant, |state| state != SubscriptionState::Deleted).len() <= MOST;
    let kernel = Arc::downgrade(stage.kernel());
    let change = move |tx: &Write<'_>, who: &Hand| {
        let kernel = kernel.upgrade().expect("it is the kernel that writes");
        if deletes {
            delete_subscription(tx, who, id(key), now)?;
        } else if has_room {
            create_subscription(tx, &kernel, who, &new, now)?;
        }
        publish_all(tx, who, std::slice::from_ref(&event)).map(drop)
    };
    write_perhaps(stage, tenant, is_in_vain, change, nothing);
    Some(format!("who listens in {tenant} changes as something is published"))
}

/// Several change at once who listens in a tenant, one of them in vain, and somebody publishes; perhaps as the disk fails.
pub(super) fn change_at_once(stage: &mut Stage) -> Option<String> {
    let ((tenant, key), now) = (subscription(stage)?, stage.now());
    let all = subscriptions(stage, tenant, |state| state != SubscriptionState::Deleted);
    let other = stage.one_of(all)?;
    let event = new_event(stage);
    for (key, is_in_vain) in [(key, false), (other, true)] {
        let change = move |tx: &Write<'_>, by: &Hand| delete_subscription(tx, by, id(key), now);
        write_perhaps(stage, tenant, is_in_vain, change, nothing);
    }
    let publish =
        move |tx: &Write<'_>, by: &Hand| publish_all(tx, by, std::slice::from_ref(&event)).map(drop);
    write_perhaps(stage, tenant, false, publish, nothing);
    if stage.chance(70) {
        by_hand::fail_to_commit();
    }
    Some(format!("who listens in {tenant} changes in several writes at once"))
}

pub(super) fn unsubscribe(stage: &mut Stage) -> Option<String> {
    let ((tenant, key), now) = (subscription(stage)?, stage.now());
    write(stage, tenant, move |tx, who| delete_subscription(tx, who, id(key), now), nothing);
    Some(format!("{key:x} listens no more"))
}

fn set_enabled(stage: &mut Stage, tenant: usize, key: Key) {
    let now = stage.now();
    stage.book.borrow_mut().enabling.push(key);
    write(
        stage,
        tenant,
        move |tx, who| enable_subscription(tx, who, id(key), now),
        move |_| Some(Heard::Enabled(key)),
    );
}

pub(super) fn enable(stage: &mut Stage) -> Option<String> {
    let (tenant, key) = subscription(stage)?;
    set_enabled(stage, tenant, key);
    Some(format!("{key:x} is enabled"))
}

pub(super) fn enable_all(stage: &mut Stage) {
    for tenant in 0..stage.tenants.len() {
        for key in subscriptions(stage, tenant, |state| state != SubscriptionState::Deleted) {
            set_enabled(stage, tenant, key);
        }
    }
}

pub(super) fn disable(stage: &mut Stage) -> Option<String> {
    let ((tenant, key), now) = (subscription(stage)?, stage.now());
    stage.book.borrow_mut().disabling.push(key);
    write(
        stage,
        tenant,
        move |tx, who| disable_subscription(tx, who, id(key), now),
        move |_| Some(Heard::Disabled(key)),
    );
    Some(format!("{key:x} is disabled"))
}

pub(super) fn deal_with_letter(stage: &mut Stage) -> Option<String> {
    let (tenant, now) = (stage.active_tenant()?, stage.now());
    let number = stage.tenants[tenant].number.get();
    let dead: Vec<Key> = {
        let book = stage.book.borrow();
        let dead = book.deliveries.iter();
        dead.filter(|(_, row)| row.tenant == number && row.state == DeliveryState::Dead)
            .map(|(key, _)| *key)
            .collect()
    };
    let letter = stage.one_of(dead)?;
    match stage.chance(50) {
        true => write(stage, tenant, move |tx, who| replay_letter(tx, who, id(letter), now), nothing),
        false => write(stage, tenant, move |tx, who| discard_letter(tx, who, id(letter), now), nothing),
    }
    Some(format!("the letter {letter:x} is dealt with"))
}

pub(super) fn deal_with_letters(stage: &mut Stage) -> Option<String> {
    let tenant = stage.active_tenant()?;
    let act = if stage.chance(50) { LetterAct::Replay } else { LetterAct::Discard };
    let (kernel, who, heard) = (stage.kernel().clone(), stage.who(tenant), stage.heard.clone());
    stage.spawn(Sort::Act, async move {
        let done = act_on_letters(&kernel, &who, act, LetterFilter::default()).await;
        heard.borrow_mut().extend(done.err().as_ref().and_then(mistake));
    });
    Some(format!("{act:?} of all letters of {tenant}"))
}

pub(super) fn replay(stage: &mut Stage) -> Option<String> {
    let (tenant, now) = (stage.active_tenant()?, stage.now());
    let number = stage.tenants[tenant].number.get();
    let events: Vec<Key> = {
        let book = stage.book.borrow();
        book.events.iter().filter(|(_, row)| row.tenant == number).map(|(key, _)| *key).collect()
    };
    let event = stage.one_of(events)?;
    write(stage, tenant, move |tx, who| replay_event(tx, who, id(event), None, now), nothing);
    Some(format!("the event {event:x} is replayed"))
}

pub(super) fn replay_many(stage: &mut Stage) -> Option<String> {
    let (tenant, now) = (stage.active_tenant()?, stage.now());
    let filter =
        EventFilter { pattern: Some("note.*".parse().expect("a pattern")), ..EventFilter::default() };
    write(stage, tenant, move |tx, who| begin_replay(tx, who, &filter, None, now).map(drop), nothing);
    Some(format!("notes of {tenant} are replayed"))
}
