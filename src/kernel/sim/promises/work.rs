//! What is promised to who works: asked when an attempt begins, and when a worker hears an answer.

use crate::kernel::jobs::JobState::Running;
use crate::kernel::sim::book::{Attempt, Book, Verdict, ensure};
use crate::kernel::sim::rows::{JobRow, Key, Lane, shown};
use crate::kernel::sim::stage::{Beat, Lease};

fn found(book: &Book, job: Key) -> Result<&JobRow, String> {
    book.jobs.get(&job).ok_or_else(|| format!("{} is worked at and is not there", shown(job)))
}

/// Two who are at one job would do its work twice without any crash.
pub fn one_at_most_holds_a_job(book: &Book, (job, lease): Attempt) -> Verdict {
    let other = book.at_work.keys().find(|(other, _)| *other == job);
    ensure(other.is_none(), || format!("lease {lease} of {} began beside {other:?}", shown(job)))
}

pub fn each_claim_begins_once(book: &Book, (job, lease): Attempt) -> Verdict {
    ensure(!book.began.contains(&(job, lease)), || format!("lease {lease} of {} began twice", shown(job)))
}

pub fn who_begins_has_the_lease(book: &Book, (job, lease): Attempt) -> Verdict {
    let row = found(book, job)?;
    ensure(row.state == Running && row.lease == lease, || format!("lease {lease} began of {row:?}"))
}

/// In a queue as many as it is set to, unless it was set to fewer after the claim was asked for.
pub fn no_more_run_at_once_than_may(book: &Book, attempt: Attempt, lane: &Lane) -> Verdict {
    let asked = book.claims.get(&attempt).copied().unwrap_or_default();
    let here = 1 + book.at_work.values().filter(|other| *other == lane).count() as i64;
    let of_tenant = 1 + book.at_work.values().filter(|other| other.0 == lane.0).count();
    let rules = book.rules.get(lane).filter(|(_, since)| *since < asked);
    let most = rules.and_then(|(queue, _)| queue.concurrency);
    ensure(most.is_none_or(|most| here <= most), || format!("{here} of {lane:?} run, and {most:?} may"))?;
    ensure(of_tenant <= book.tenant_limit, || format!("{of_tenant} of the tenant {} run", lane.0))
}

/// Of a subject the older delivery begins first, and no two are under way at once.
pub fn a_subject_begins_in_its_order(book: &Book, job: Key) -> Verdict {
    let Some(delivery) = book.deliveries.get(&job) else { return Ok(()) };
    if delivery.ordered_by.is_none() || book.by_hand.contains(&job) {
        return Ok(());
    }
    let is_first = !book.began.iter().any(|(other, _)| *other == job);
    let of_line = book.deliveries.iter().filter(|(other, row)| {
        **other != job
            && row.subscription == delivery.subscription
            && row.ordered_by == delivery.ordered_by
            && !book.by_hand.contains(other)
    });
    for (other, _) in of_line {
        let is_beside = book.at_work.keys().any(|(at, _)| at == other);
        ensure(!is_beside, || format!("{} began beside {}", shown(job), shown(*other)))?;
        let is_overtaken = is_first && *other > job && book.began.iter().any(|(began, _)| began == other);
        ensure(!is_overtaken, || format!("{} began after {}", shown(job), shown(*other)))?;
    }
    Ok(())
}

/// The answer to who enqueued or published.
pub fn what_is_acknowledged_is_on_disk(book: &Book, id: Key) -> Verdict {
    ensure(book.known.contains(&id), || format!("{} was acknowledged and is nowhere", shown(id)))
}

/// The answer to who ended an attempt: it was he who ended it.
pub fn an_old_answer_changes_nothing(book: &Book, (job, lease): Attempt, was_heard: bool) -> Verdict {
    let has_ended = book.ended.contains(&(job, lease));
    ensure(!was_heard || has_ended, || format!("lease {lease} of {} was heard and ended nothing", shown(job)))
}

/// One that does not say for how long. It may have been on its way for as long as it took to hear of it.
pub fn a_sign_of_life_shortens_no_lease(lease: &Lease, beat: Beat, heard: i64) -> Verdict {
    let span = beat.until.filter(|_| !beat.has_said).map(|(_, span)| span);
    let is_shorter = span.is_some_and(|span| heard + span < lease.deadline);
    ensure(!is_shorter, || {
        format!("{lease:?} lasts until {} at most after {beat:?}", heard + span.unwrap_or(0))
    })
}

/// A worker outside who hung up before it was given a job; asked when no answer is on its way.
pub fn who_hung_up_loses_no_attempt(book: &Book) -> Verdict {
    let lost = book.unheard.first();
    ensure(lost.is_none(), || format!("lease and job {lost:?} were lost by a worker who never had them"))
}

/// Asked after the process has begun: only workers outside are at something.
pub fn what_ran_here_runs_no_more(book: &Book) -> Verdict {
    let ran_here = |row: &JobRow| row.state == Running && row.lease_until.is_none();
    // Where a tenant is being deleted nobody looks any more.
    let left = book.jobs.iter().find(|(_, row)| ran_here(row) && !book.is_gone(row.tenant));
    ensure(left.is_none(), || format!("{left:?} runs, and nobody is at it"))
}

/// Asked when everybody has stopped and time has gone on.
pub fn everything_comes_to_its_end(book: &Book) -> Verdict {
    let job = book.jobs.iter().find(|(_, row)| !row.state.is_over());
    ensure(job.is_none(), || format!("{job:?} is still on its way"))?;
    let delivery = book.deliveries.iter().find(|(_, row)| row.state.is_open());
    ensure(delivery.is_none(), || format!("{delivery:?} is still on its way"))
}

/// A place that nobody gives back is one that no job ever has again.
pub fn every_place_is_given_back(tenant: i64, filled: u32) -> Verdict {
    ensure(filled == 0, || format!("{filled} places of the tenant {tenant} are filled, and nothing runs"))
}
