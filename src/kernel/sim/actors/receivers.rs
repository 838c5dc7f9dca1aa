//! Receivers of webhooks: they take what they are told, refuse it, fail, ask for time, cut the line, or
//! say nothing until nobody waits any more.

use super::engine::is_bad;
use crate::kernel::events::SubscriptionState;
use crate::kernel::outbound::{Answer, During, Failure, HeaderMap};
use crate::kernel::sim::book::Said;
use crate::kernel::sim::stage::Stage;

/// What a receiver asks for who is busy, in seconds.
const BUSY_FOR: i64 = 45;

pub(in crate::kernel::sim) fn answer_with(stage: &mut Stage, place: usize, answer: Result<u16, Failure>) {
    let one = stage.calls.swap_remove(place);
    let (job, attempt) = (one.job, (one.job, one.lease));
    let mut book = stage.book.borrow_mut();
    book.at_work.remove(&attempt);
    let mut headers = HeaderMap::new();
    match answer {
        Ok(200..=299) => drop(book.taken.insert(job)),
        Ok(410) => {
            book.sights.refused += 1;
            if let Some(subscription) = book.deliveries.get(&job).map(|row| row.subscription) {
                book.refused.insert(subscription);
            }
        }
        Ok(429) => {
            headers.insert("retry-after", BUSY_FOR.into());
            book.said.insert(attempt, Said::After(BUSY_FOR * 1_000));
        }
        _ => {}
    }
    drop(book);
    let body = b"an answer".to_vec();
    let whole = |status| Answer { status, headers, body, is_cut: false, elapsed: std::time::Duration::ZERO };
    one.ringing.answer(answer.map(whole));
}

/// Whether nobody listens there any more.
fn is_left(stage: &Stage, job: u128) -> bool {
    let book = stage.book.borrow();
    let delivery = book.deliveries.get(&job);
    let subscription = delivery.and_then(|row| book.subscriptions.get(&row.subscription));
    subscription.is_some_and(|one| one.state == SubscriptionState::Deleted)
}

pub(in crate::kernel::sim) fn answer(stage: &mut Stage) -> Option<String> {
    if stage.calls.is_empty() {
        return None;
    }
    let place = stage.rng.usize(..stage.calls.len());
    let job = stage.calls[place].job;
    let broken = || Failure::Broken { why: "it broke off".into() };
    let answer = match stage.rng.u32(..100) {
        _ if is_left(stage, job) && stage.chance(40) => Ok(410),
        _ if is_bad(stage, job) && stage.chance(90) => Ok(500),
        0..50 => Ok(200),
        50..54 => Ok(204),
        54..66 => Ok(500),
        66..70 => Ok(404),
        70..76 => Ok(429),
        76..80 => Ok(503),
        80..82 => Ok(410),
        82..86 => Err(broken()),
        86..90 => Err(Failure::TimedOut(During::Answering)),
        90..94 => Err(Failure::NotConnected { destination: "203.0.113.7:80".into() }),
        // It hangs for as long as somebody waits.
        _ => return None,
    };
    let what = format!("a receiver answers {job:x}: {answer:?}");
    answer_with(stage, place, answer);
    Some(what)
}

pub(super) fn answer_all(stage: &mut Stage) {
    while let Some(last) = stage.calls.len().checked_sub(1) {
        answer_with(stage, last, Ok(200));
    }
}
