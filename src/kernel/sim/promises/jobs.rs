//! What `docs/jobs.md` promises of jobs, as far as their rows tell.

use std::time::Duration;

use crate::kernel::jobs::Backoff;
use crate::kernel::jobs::JobState::{self, Cancelled, Dead, Done, Ready, Running, Scheduled};
use crate::kernel::sim::book::{Book, Change, Said, Verdict, ensure};
use crate::kernel::sim::kinds::BACKOFF;
use crate::kernel::sim::rows::{JobRow, Key, Lane, shown};

type JobChange = Change<JobRow>;

impl JobChange {
    fn begins(&self) -> Option<&JobRow> {
        let was_running = self.before.as_ref().is_some_and(|before| before.state == Running);
        self.after.as_ref().filter(|after| after.state == Running && !was_running)
    }

    /// The row before and after an attempt was put down.
    fn ends(&self, statement: &str) -> Option<(&JobRow, &JobRow)> {
        (statement == "finish_job").then(|| self.before.as_ref().zip(self.after.as_ref())).flatten()
    }
}

/// The diagram in `docs/jobs.md`, and which statement goes which way.
pub fn a_job_goes_the_ways_that_are_drawn(statement: &str, job: Key, change: &JobChange) -> Verdict {
    let state = |row: &Option<JobRow>| row.as_ref().map(|row| row.state);
    let (from, to) = (state(&change.before), state(&change.after));
    let is_drawn = match (statement, from, to) {
        ("insert_job", None, Some(Ready | Scheduled | Running))
        | ("claim_jobs", Some(Ready), Some(Running))
        | ("promote_jobs", Some(Scheduled), Some(Ready))
        | ("finish_job", Some(Running), Some(Done | Dead | Cancelled | Scheduled | Ready))
        | ("move_job", Some(Scheduled | Ready), Some(Scheduled | Ready | Cancelled))
        | ("move_job", Some(Done | Dead | Cancelled), Some(Ready))
        | ("ask_to_cancel" | "extend_lease" | "set_progress", Some(Running), Some(Running)) => true,
        ("delete_job", Some(state), None) => state != Running,
        _ => false,
    };
    ensure(is_drawn, || format!("{statement} took {} from {from:?} to {to:?}", shown(job)))
}

pub fn a_claim_raises_lease_and_attempt_by_one(statement: &str, job: Key, change: &JobChange) -> Verdict {
    let Some(after) = &change.after else { return Ok(()) };
    let (lease, attempt) = change.before.as_ref().map_or((0, 0), |before| (before.lease, before.attempt));
    let is_claim = change.begins().is_some();
    let attempts = match () {
        () if is_claim => attempt + 1..=attempt + 1,
        // One that was not done to its end costs none.
        () if statement == "finish_job" && after.failure.is_none() && after.state != Done => {
            attempt - 1..=attempt - 1
        }
        () => attempt..=attempt,
    };
    let holds = after.lease == lease + i64::from(is_claim)
        && attempts.contains(&after.attempt)
        && after.attempt <= after.max_attempts;
    ensure(holds, || format!("{statement} of {}: {change:?}", shown(job)))
}

pub fn who_ended_runs_again_only_by_hand(statement: &str, job: Key, change: &JobChange) -> Verdict {
    let (Some(before), Some(after)) = (&change.before, &change.after) else { return Ok(()) };
    let comes_back = before.state.is_over() && !after.state.is_over();
    ensure(!comes_back || statement == "move_job", || format!("{statement} woke {}", shown(job)))
}

pub fn nothing_begins_before_its_time(book: &Book, statement: &str, job: Key, change: &JobChange) -> Verdict {
    let is_moved = matches!(statement, "claim_jobs" | "promote_jobs");
    let Some(before) = change.before.as_ref().filter(|_| is_moved) else { return Ok(()) };
    // One that is ready was due once, and stays so when the clock is set back.
    let now = if statement == "claim_jobs" { book.highest } else { book.latest_now() };
    ensure(before.run_at <= now, || {
        format!("{statement} took {} at {now}, and its time is {}", shown(job), before.run_at)
    })
}

pub fn a_retry_waits_at_least_its_backoff(book: &Book, job: Key, change: &JobChange) -> Verdict {
    let Some((before, after)) = change.ends("finish_job") else { return Ok(()) };
    if (before.state, after.state) != (Running, Scheduled) || after.failure.is_none() {
        return Ok(());
    }
    let now = book.asked().now;
    let of_row = before.backoff.as_deref().and_then(Backoff::of);
    let backoff = of_row.unwrap_or(if before.kind.starts_with("sim.") { BACKOFF } else { Backoff::DEFAULT });
    let usual = backoff.after(u32::try_from(before.attempt).unwrap_or(1), 0.0);
    let wait = match book.said.get(&(job, before.lease)) {
        Some(Said::At(at)) if after.failure.as_deref() == Some("handler_error") => {
            Duration::from_millis((at - now).max(0).unsigned_abs())
        }
        Some(Said::After(wait)) if after.failure.as_deref() == Some("handler_error") => {
            Duration::from_millis(wait.unsigned_abs())
        }
        _ => usual,
    };
    let earliest = now + wait.as_millis() as i64;
    ensure(after.run_at >= earliest, || {
        format!(
            "{} comes back at {}, and not before {earliest} was right: {before:?}",
            shown(job),
            after.run_at
        )
    })
}

pub fn attempts_that_are_used_up_end_in_a_dead_letter(
    book: &Book,
    statement: &str,
    job: Key,
    change: &JobChange,
) -> Verdict {
    let Some((before, after)) = change.ends(statement) else { return Ok(()) };
    if after.failure.as_deref().is_none_or(|failure| failure == "cancelled") {
        return Ok(());
    }
    let is_of_worker = after.failure.as_deref() == Some("handler_error");
    let is_hopeless = is_of_worker && book.said.get(&(job, before.lease)) == Some(&Said::Never);
    let is_last = before.attempt >= before.max_attempts || is_hopeless;
    ensure(is_last == (after.state == Dead), || {
        format!(
            "attempt {} of {} failed: {} is {}",
            before.attempt,
            before.max_attempts,
            shown(job),
            after.state
        )
    })
}

pub fn who_was_cancelled_is_not_tried_again(statement: &str, job: Key, change: &JobChange) -> Verdict {
    let Some((before, after)) = change.ends(statement) else { return Ok(()) };
    ensure(!before.is_cancel_asked || after.state.is_over(), || {
        format!("{} was to be cancelled and is {}", shown(job), after.state)
    })
}

pub fn nothing_is_claimed_in_a_pause(book: &Book, job: Key, change: &JobChange) -> Verdict {
    let Some(row) = change.begins() else { return Ok(()) };
    let lane = row.lane();
    let is_paused = match change.before {
        Some(_) => book.queues.get(&lane).is_some_and(|queue| queue.is_paused),
        None => book.rules.get(&lane).is_some_and(|(queue, _)| queue.is_paused),
    };
    ensure(!is_paused, || format!("{} of {lane:?} was claimed in a pause", shown(job)))
}

/// Unless it was asked for before.
pub fn nothing_of_a_suspended_tenant_is_claimed(book: &Book, job: Key, change: &JobChange) -> Verdict {
    let Some(row) = change.begins() else { return Ok(()) };
    let since = book.suspended.get(&row.tenant).filter(|since| **since < book.piece.moment);
    ensure(since.is_none(), || format!("{} was claimed, and {} is suspended", shown(job), row.tenant))
}

pub fn nothing_of_another_tenant_is_touched(book: &Book, job: Key, change: &JobChange) -> Verdict {
    let Some(tenant) = book.piece.tenant else { return Ok(()) };
    let foreign = [&change.before, &change.after].into_iter().flatten().find(|row| row.tenant != tenant);
    ensure(foreign.is_none(), || format!("{} was touched by the tenant {tenant}: {foreign:?}", shown(job)))
}

/// Jobs go when somebody deletes them, or when they were over for as long as they are kept.
pub fn nothing_goes_that_is_not_over_for_long(book: &Book, job: Key, change: &JobChange) -> Verdict {
    let (Some(before), None, None) = (&change.before, &change.after, book.piece.tenant) else {
        return Ok(());
    };
    let keep = if before.state == Dead { book.keeps.dead } else { book.keeps.done };
    let now = book.latest_now();
    let is_old = before.state.is_over() && before.finished_at.is_some_and(|at| at + keep < now);
    ensure(is_old, || format!("{} is gone at {now}: {before:?}", shown(job)))
}

pub fn an_attempt_ends_once(book: &Book, statement: &str, job: Key, change: &JobChange) -> Verdict {
    let Some((before, _)) = change.ends(statement) else { return Ok(()) };
    let attempt = (job, before.lease);
    let has_ended = book.ended.contains(&attempt) || book.piece.ended.contains(&attempt);
    ensure(!has_ended, || format!("lease {} of {} ended twice", before.lease, shown(job)))
}

/// In a tenant's own writes only workers outside end attempts: those that they name.
pub fn nobody_ends_the_attempt_of_another(
    book: &Book,
    statement: &str,
    job: Key,
    change: &JobChange,
) -> Verdict {
    let Some((before, _)) = change.ends(statement).filter(|_| book.piece.tenant.is_some()) else {
        return Ok(());
    };
    let is_named = book.spoken_of.contains(&(job, before.lease));
    ensure(is_named, || format!("lease {} of {} was ended by another's word", before.lease, shown(job)))
}

/// An hour from the word that gave or extended it.
pub fn no_lease_is_longer_than_it_may(book: &Book, statement: &str, job: Key, change: &JobChange) -> Verdict {
    let after = change.after.as_ref().filter(|_| matches!(statement, "claim_jobs" | "extend_lease"));
    let Some(until) = after.and_then(|after| after.lease_until) else { return Ok(()) };
    let now = book.asked().now;
    ensure(until <= now + 3_600_000, || format!("the lease of {} lasts from {now} until {until}", shown(job)))
}

/// Within a lane by class, and then by age.
pub fn a_claim_takes_those_that_come_first(book: &Book, claimed: &[(Key, JobChange)]) -> Verdict {
    let place = |key: Key, row: &JobRow| (row.class, key);
    let rows = claimed.iter().filter_map(|(key, change)| Some((*key, change.after.as_ref()?)));
    let Some((last, row)) = rows.max_by_key(|(key, row)| place(*key, row)) else { return Ok(()) };
    // Workers outside ask for kinds.
    if book.queues.get(&row.lane()).is_some_and(|queue| queue.is_outside) {
        return Ok(());
    }
    let is_passed_over = |(key, other): &(&Key, &JobRow)| {
        other.state == Ready
            && (other.tenant, &other.queue) == (row.tenant, &row.queue)
            && place(**key, other) < place(last, row)
            && other.attempt + 1 < other.max_attempts
    };
    let passed = book.jobs.iter().find(is_passed_over);
    ensure(passed.is_none(), || format!("{} was claimed before {passed:?}", shown(last)))
}

/// In the time of a minute, while the rules stayed the same and the process lived.
pub fn a_rate_is_kept(book: &Book, lane: &Lane, moment: u64, passed: i64) -> Verdict {
    let Some((queue, since)) = book.rules.get(lane) else { return Ok(()) };
    let Some(rate) = queue.rate.filter(|_| *since < moment) else { return Ok(()) };
    let of_minute = |at: &&(u64, i64)| at.1 <= passed && at.1 > passed - 60_000 && at.0 > *since;
    let begun = 1 + book.paces.get(lane).map_or(0, |paces| paces.iter().filter(of_minute).count()) as i64;
    ensure(begun <= rate, || format!("{begun} of {lane:?} began in a minute, and {rate} may"))
}

pub fn one_at_most_has_a_unique_key(book: &Book) -> Verdict {
    for (key, row) in book.piece.jobs.iter().filter_map(|key| Some((key, book.jobs.get(key)?))) {
        if row.unique_key.is_none() || row.state.is_over() {
            continue;
        }
        let is_same = |(other, found): &(&Key, &JobRow)| {
            *other != key
                && !found.state.is_over()
                && found.unique_key == row.unique_key
                && found.tenant == row.tenant
                && found.kind == row.kind
        };
        let other = book.jobs.iter().find(is_same);
        ensure(other.is_none(), || format!("{} and {other:?} have one unique key", shown(*key)))?;
    }
    Ok(())
}

pub fn counters_say_what_counting_would(book: &Book) -> Verdict {
    let states = [Scheduled, Ready, Running, Done, Dead, Cancelled];
    let mut found: Vec<(&Lane, [i64; 6])> = book.piece.lanes.iter().map(|lane| (lane, [0; 6])).collect();
    if found.is_empty() {
        return Ok(());
    }
    for (_, row) in book.jobs.iter() {
        if let Some((_, counts)) =
            found.iter_mut().find(|(lane, _)| row.tenant == lane.0 && row.queue == lane.1)
        {
            counts[row.state as usize] += 1;
        }
    }
    for (lane, counts) in found {
        for state in states {
            let found = counts[state as usize];
            let said = book.counts.get(&(lane.clone(), name_of(state).into())).map_or(0, |count| count.0);
            ensure(said == found, || format!("{said} jobs of {lane:?} are {state}, and there are {found}"))?;
        }
    }
    Ok(())
}

fn name_of(state: JobState) -> &'static str {
    match state {
        Scheduled => "scheduled",
        Ready => "ready",
        Running => "running",
        Done => "done",
        Dead => "dead",
        Cancelled => "cancelled",
    }
}
