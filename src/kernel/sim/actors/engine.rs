//! The process itself: its turns, its handlers, its upkeep, and the time that passes.

use std::time::Duration;

use serde_json::json;

use super::{mistake, sources};
use crate::base::Result;
use crate::kernel::events::{SubscriptionState, flush_metrics, probe_once, prune_once as prune_old_events};
use crate::kernel::jobs::{Outcome, prune_once as prune_old_jobs};
use crate::kernel::sim::kinds::Order;
use crate::kernel::sim::stage::{Heard, Stage};
use crate::kernel::sim::tasks::Sort;
use crate::kernel::tenants::erase_once;

/// So long is waited for a probe at most.
const MOST_PROBED_FOR: i64 = 3_700_000;

/// What the process does by itself, and what is heard of it.
fn by_itself<T: 'static>(
    stage: &mut Stage,
    sort: Sort,
    future: impl Future<Output = Result<T>> + 'static,
    hear: impl FnOnce(T) -> Option<Heard> + 'static,
) {
    let heard = stage.heard.clone();
    stage.spawn(sort, async move {
        let told = match future.await {
            Ok(done) => hear(done),
            Err(error) => mistake(&error),
        };
        heard.borrow_mut().extend(told);
    });
}

/// One at a time, unless the watchdog has put another in the place of one that is silent.
pub(in crate::kernel::sim) fn turn(stage: &mut Stage) -> Option<String> {
    let most = if stage.chance(2) { 2 } else { 1 };
    if stage.count(Sort::Turn) >= most {
        return None;
    }
    let kernel = stage.kernel().clone();
    by_itself(stage, Sort::Turn, async move { kernel.jobs.turn_by_hand(&kernel).await }, |_| None);
    Some("a turn".into())
}

pub(in crate::kernel::sim) fn patrol(stage: &mut Stage) -> Option<String> {
    let kernel = stage.kernel().clone();
    by_itself(stage, Sort::Act, async move { kernel.jobs.patrol_by_hand(&kernel).await }, |()| None);
    Some("a patrol".into())
}

pub(super) fn prune_jobs(stage: &mut Stage) -> Option<String> {
    let kernel = stage.kernel().clone();
    by_itself(stage, Sort::Act, async move { prune_old_jobs(&kernel).await }, |done| {
        Some(Heard::Pruned(done))
    });
    Some("old jobs are deleted".into())
}

pub(super) fn prune_events(stage: &mut Stage) -> Option<String> {
    let kernel = stage.kernel().clone();
    by_itself(stage, Sort::Act, async move { prune_old_events(&kernel).await }, |done| {
        Some(Heard::Pruned(done))
    });
    Some("old events are deleted".into())
}

/// When one of those who are disabled is to be tried again.
fn next_probe(stage: &Stage) -> Option<i64> {
    let book = stage.book.borrow();
    let disabled = book.subscriptions.iter().filter(|(_, one)| one.state == SubscriptionState::Disabled);
    disabled.filter_map(|(_, one)| one.probe_at).min()
}

/// At some time, or just when it is time.
pub(super) fn probe(stage: &mut Stage) -> Option<String> {
    let wait = next_probe(stage).map_or(0, |at| at - stage.now().millis());
    if (1..MOST_PROBED_FOR).contains(&wait) && stage.chance(50) {
        stage.clock.advance(Duration::from_millis(wait.unsigned_abs()));
    }
    let kernel = stage.kernel().clone();
    by_itself(stage, Sort::Act, async move { probe_once(&kernel).await }, |done| Some(Heard::Probed(done)));
    Some("handlers are probed".into())
}

pub(super) fn flush_figures(stage: &mut Stage) -> Option<String> {
    let kernel = stage.kernel().clone();
    by_itself(stage, Sort::Act, async move { flush_metrics(&kernel).await }, |_| None);
    Some("figures are written".into())
}

pub(super) fn pass_time(stage: &mut Stage) -> Option<String> {
    let millis = match stage.rng.u32(..100) {
        0..60 => stage.rng.u64(1..200),
        60..90 => stage.rng.u64(1_000..20_000),
        90..99 => stage.rng.u64(60_000..300_000),
        _ => stage.rng.u64(3_600_000..30_000_000),
    };
    stage.clock.advance(Duration::from_millis(millis));
    Some(format!("{millis} ms pass"))
}

/// Somebody sets the machine's clock, by two hours at most.
pub(super) fn set_the_clock(stage: &mut Stage) -> Option<String> {
    const MOST: i64 = 7_200_000;
    let (now, millis) = (stage.now().millis(), stage.rng.i64(-MOST..MOST));
    stage.latest = stage.latest.max(now);
    if now + millis < stage.latest - MOST {
        return None;
    }
    stage.clock.set_by(millis);
    stage.book.borrow_mut().sights.set += 1;
    Some(format!("the clock is set by {millis} ms"))
}

pub(in crate::kernel::sim) fn erase(stage: &mut Stage) -> Option<String> {
    let kernel = stage.kernel().clone();
    by_itself(stage, Sort::Act, async move { erase_once(&kernel).await }, |done| {
        Some(Heard::Erased(done.tenants))
    });
    Some("deleted tenants are erased".into())
}

/// Until the engine's thread would look again, or a moment less, or a little.
pub(super) fn wait_for_the_next(stage: &mut Stage) -> Option<String> {
    let wait = stage.kernel().jobs.wait_by_hand(stage.kernel());
    let early = match stage.rng.u32(..10) {
        0..2 => 1,
        2..4 => stage.rng.u64(1..3_000),
        _ => 0,
    };
    let early = Duration::from_millis(early);
    let wait = wait.saturating_sub(early);
    stage.clock.advance(wait);
    Some(format!("{} ms pass until the next", wait.as_millis()))
}

pub(super) fn stall(stage: &mut Stage) -> Option<String> {
    stage.stall_one().then(|| "a thread is held up".into())
}

pub(in crate::kernel::sim) fn end_a_handler(stage: &mut Stage) -> Option<String> {
    if stage.begun.is_empty() {
        return None;
    }
    let place = stage.rng.usize(..stage.begun.len());
    let is_bad = is_bad(stage, stage.begun[place].job);
    let order = match stage.rng.u32(..100) {
        _ if is_bad && stage.chance(90) => Order::End(Outcome::Retry("as ever".into())),
        0..46 => Order::End(Outcome::Done),
        46..50 => Order::End(Outcome::DoneWith(json!({ "is": "done" }))),
        50..74 => Order::End(Outcome::Retry("again".into())),
        74..80 => Order::Fail,
        80..83 => Order::Panic,
        83..88 => Order::End(Outcome::Dead("hopeless".into())),
        88..91 => Order::End(Outcome::Cancel("needless".into())),
        91..95 => Order::End(Outcome::RetryAfter("later".into(), Duration::from_secs(30))),
        _ => Order::End(Outcome::Snooze(Duration::from_secs(stage.rng.u64(..40)))),
    };
    let what = format!("the handler of {:x} ends: {order:?}", stage.begun[place].job);
    stage.end_handler(place, order);
    Some(what)
}

/// Some handlers fail nearly always, for a time or until they are probed.
pub(super) fn is_bad(stage: &Stage, job: u128) -> bool {
    let book = stage.book.borrow();
    let hour = stage.now().millis() / 3_600_000;
    let Some(row) = book.deliveries.get(&job) else { return false };
    let state = book.subscriptions.get(&row.subscription).map(|one| one.state);
    state != Some(SubscriptionState::Probing) && (row.subscription as i64 ^ hour).rem_euclid(3) == 0
}

pub(super) fn have_a_handler_do(stage: &mut Stage) -> Option<String> {
    if stage.begun.is_empty() {
        return None;
    }
    let place = stage.rng.usize(..stage.begun.len());
    let order = match stage.rng.u32(..3) {
        0 => Order::Enqueue(sources::named(stage)),
        1 => Order::Publish(sources::new_event(stage)),
        _ => Order::Progress(stage.rng.u32(..100)),
    };
    let what = format!("the handler of {:x} goes on", stage.begun[place].job);
    stage.begun[place].tell(order);
    Some(what)
}

pub(super) fn end_all_handlers(stage: &mut Stage) {
    while let Some(last) = stage.begun.len().checked_sub(1) {
        stage.end_handler(last, Order::End(Outcome::Done));
    }
}
