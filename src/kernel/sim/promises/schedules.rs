//! What `docs/schedules.md` promises. The simulation's lines fire every so many minutes in UTC, so that
//! the times are known without reading a line.

use crate::kernel::sim::book::{Book, Verdict, ensure};
use crate::kernel::sim::kinds::minutes_of;
use crate::kernel::sim::rows::shown;

/// How late a firing may be without counting as missed.
const ON_TIME: i64 = 5 * 60_000;

pub fn each_time_fires_once(book: &Book) -> Verdict {
    for (place, fired) in book.piece.fired.iter().enumerate() {
        let again = book.fired.contains(fired) || book.piece.fired[..place].contains(fired);
        ensure(!again, || format!("{} fired twice for {}", shown(fired.0), fired.1))?;
        let goes_on = book.piece.advanced.contains_key(&fired.0);
        ensure(goes_on, || format!("{} fired for {} and did not go on", shown(fired.0), fired.1))?;
        let firing = book.firings.get(&(fired.0, fired.1, false));
        let has_job = firing.is_none_or(|firing| match firing.job {
            Some(job) => firing.result == "enqueued" && book.jobs.get(&job).is_some(),
            None => firing.result != "enqueued",
        });
        ensure(has_job, || format!("{} has no job: {firing:?}", shown(fired.0)))?;
    }
    Ok(())
}

/// Each time that came due fires or is counted as missed, as `catchUp` has it.
pub fn what_was_missed_is_made_up_for_as_it_was_told(book: &Book) -> Verdict {
    let now = book.asked().began;
    for (key, before) in &book.piece.advanced {
        let Some(after) = book.schedules.get(key) else { continue };
        let every = minutes_of(&before.cron) * 60_000;
        let first = before.next_at.ok_or_else(|| format!("{} fired in a pause", shown(*key)))?;
        ensure(before.is_enabled && first <= now, || format!("{} fired early: {before:?}", shown(*key)))?;
        let last = now - now.rem_euclid(every);
        let due: Vec<i64> = (0..).map(|times| first + times * every).take_while(|at| *at <= last).collect();
        let most = before.most.map_or(1, |most| most as usize);
        let mut expected = due[due.len().saturating_sub(most)..].to_vec();
        if before.catch_up == "skip" {
            expected.retain(|at| at + ON_TIME >= now);
        }
        let fired: Vec<i64> =
            book.piece.fired.iter().filter(|(schedule, _)| schedule == key).map(|(_, at)| *at).collect();
        // What fired before a change is not fired again.
        let is_new = |at: &i64| !book.fired.contains(&(*key, *at));
        let missed = (due.len() - expected.len()) as i64;
        expected.retain(is_new);
        ensure(fired == expected, || format!("{} fired for {fired:?}, expected {expected:?}", shown(*key)))?;
        ensure(after.missed == before.missed + missed, || {
            format!("{} missed {missed}: {before:?}, {after:?}", shown(*key))
        })?;
        ensure(after.next_at == Some(last + every), || format!("{} fires next: {after:?}", shown(*key)))?;
    }
    Ok(())
}
