//! What `docs/events.md` promises of the health of handlers.

use crate::kernel::events::SubscriptionState::{Deleted, Disabled, Enabled, Probing};
use crate::kernel::sim::book::{Book, Verdict, ensure};
use crate::kernel::sim::health::Standing;
use crate::kernel::sim::rows::{Key, SubscriptionRow, shown};

/// Disabled by five events in a row, by a probe that failed or by hand; enabled by a probe or by hand.
pub fn a_handler_changes_for_a_reason(book: &Book, key: Key, before: Option<&SubscriptionRow>) -> Verdict {
    let (Some(before), Some(after)) = (before, book.subscriptions.get(&key)) else { return Ok(()) };
    if before.state == after.state {
        return Ok(());
    }
    let expected = book.health.get(key).map(|standing| standing.state);
    let may = match (before.state, after.state) {
        (_, Deleted) => true,
        (Deleted, _) => false,
        (Disabled, Probing) => before.probe_at.is_some_and(|at| at <= book.latest_now()),
        (_, Disabled) => {
            expected == Some(Disabled)
                || book.disabling.contains(&key)
                || after.is_gone && book.refused.contains(&key)
        }
        (_, Enabled) => expected == Some(Enabled) || book.enabling.contains(&key),
        _ => false,
    };
    ensure(may, || format!("{} went from {} to {}: {after:?}", shown(key), before.state, after.state))
}

pub fn a_handler_stands_as_its_attempts_say(book: &Book) -> Verdict {
    for key in &book.piece.subscriptions {
        let (Some(row), Some(expected)) = (book.subscriptions.get(key), book.health.get(*key)) else {
            continue;
        };
        let found = Standing::of(row);
        ensure(found == *expected, || format!("{} is {found:?}, expected {expected:?}", shown(*key)))?;
    }
    Ok(())
}

/// What is held can't be claimed: the pause of its queue is what holds it.
pub fn a_disabled_handler_holds_its_queue(book: &Book) -> Verdict {
    for key in &book.piece.subscriptions {
        let Some(row) = book.subscriptions.get(key).filter(|row| row.state != Deleted) else { continue };
        let queue = book.queues.get(&(row.tenant, row.lane.clone()));
        let is_paused = queue.is_some_and(|queue| queue.is_paused);
        ensure(is_paused == (row.state == Disabled), || format!("{row:?} has the queue {queue:?}"))?;
    }
    Ok(())
}
