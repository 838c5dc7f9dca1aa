//! Workers outside: they claim under a lease, give signs of life, end what they have, too late perhaps,
//! hang up while they wait, and vanish.

use std::time::Duration;

use super::{id, mistake, write};
use crate::kernel::jobs::{Heartbeat, Said as Word, Wanted, end_attempt, heartbeat};
use crate::kernel::sim::book::Said;
use crate::kernel::sim::stage::{Beat, Heard, Lease, Stage};
use crate::kernel::sim::tasks::Sort;

/// Claims that wait at once.
const MOST_CLAIMS: usize = 5;

fn spawn_claim(stage: &mut Stage, tenant: usize, wanted: Wanted) {
    let (kernel, who, heard) = (stage.kernel().clone(), stage.who(tenant), stage.heard.clone());
    let number = who.tenant.number.get();
    stage.spawn(Sort::Claim, async move {
        let told = match kernel.jobs.claim(&kernel, &who, &wanted).await {
            Ok(jobs) => Some(Heard::Leased(
                jobs.into_iter()
                    .map(|job| Lease {
                        tenant,
                        number,
                        job: job.id.uuid().as_u128(),
                        lease: job.lease,
                        until: job.lease_until.millis(),
                        deadline: 0,
                        queue: job.queue.to_string(),
                        is_beating: false,
                    })
                    .collect(),
            )),
            Err(error) => mistake(&error),
        };
        heard.borrow_mut().extend(told);
    });
    stage.poll_last();
}

pub(super) fn claim(stage: &mut Stage) -> Option<String> {
    let tenant = stage.active_tenant()?;
    if stage.count(Sort::Claim) >= MOST_CLAIMS {
        return None;
    }
    let wanted = Wanted {
        queues: Vec::new(),
        kinds: if stage.chance(25) { vec![format!("out.{}", stage.rng.u8(..2))] } else { Vec::new() },
        limit: stage.rng.u32(1..4),
        lease: Duration::from_secs(stage.rng.u64(5..200)),
        // Nobody waits for the time of the machine: who waits is woken, or hangs up.
        wait: if stage.chance(50) { Duration::from_hours(9) } else { Duration::ZERO },
    };
    let what = format!("a worker of {tenant} asks for {} {:?}", wanted.limit, wanted.kinds);
    spawn_claim(stage, tenant, wanted);
    Some(what)
}

/// Who asks and is gone before he was answered.
pub(super) fn claim_and_hang_up(stage: &mut Stage) -> Option<String> {
    let others = stage.tasks.len();
    let what = claim(stage)?;
    let is_unanswered = stage.tasks.len() > others;
    stage.tasks.truncate(others);
    is_unanswered.then(|| format!("{what}, and hangs up"))
}

pub(super) fn hang_up(stage: &mut Stage) -> Option<String> {
    stage.hang_up(Sort::Claim).then(|| "a worker hangs up".into())
}

pub(super) fn beat(stage: &mut Stage) -> Option<String> {
    let quiet: Vec<Lease> = stage.leases.iter().filter(|lease| !lease.is_beating).cloned().collect();
    let lease = stage.one_of(quiet)?;
    for one in stage.leases.iter_mut().filter(|one| (one.job, one.lease) == (lease.job, lease.lease)) {
        one.is_beating = true;
    }
    let longer = stage.chance(50).then(|| Duration::from_secs(stage.rng.u64(5..200)));
    let beat = Heartbeat { lease: lease.lease, progress: Some(5), note: None, lease_for: longer };
    let (now, passed) = (stage.now(), stage.passed());
    let (job, number) = (lease.job, lease.lease);
    write(
        stage,
        lease.tenant,
        move |tx, who| heartbeat(tx, who, id(job), &beat, now),
        move |said| {
            let until = said.ok().map(|said| said.lease_until.millis());
            let until = until.map(|until| (until, until - now.millis()));
            Some(Heard::Extended(job, number, Beat { at: passed, has_said: longer.is_some(), until }))
        },
    );
    Some(format!("a sign of life of {job:x}"))
}

fn say(stage: &mut Stage, lease: &Lease, word: Word) {
    let (job, number, now) = (lease.job, lease.lease, stage.now());
    stage.book.borrow_mut().spoken_of.insert((job, number));
    write(
        stage,
        lease.tenant,
        move |tx, who| end_attempt(tx, who, id(job), number, &word, &["a line".into()], now),
        move |said| Some(Heard::Ended(job, number, said.is_ok())),
    );
}

fn word(stage: &mut Stage, lease: &Lease) -> Word {
    let now = stage.now();
    let mut book = stage.book.borrow_mut();
    let attempt = (lease.job, lease.lease);
    match stage.rng.u32(..100) {
        0..55 => Word::Done(None),
        55..80 => Word::Retry("again".into()),
        80..90 => {
            let at = now + Duration::from_secs(stage.rng.u64(..90));
            book.said.insert(attempt, Said::At(at.millis()));
            Word::RetryAt("later".into(), at)
        }
        _ => {
            book.said.insert(attempt, Said::Never);
            Word::Dead("hopeless".into())
        }
    }
}

pub(super) fn end(stage: &mut Stage) -> Option<String> {
    if stage.leases.is_empty() {
        return None;
    }
    let place = stage.rng.usize(..stage.leases.len());
    let lease = stage.leases.swap_remove(place);
    stage.book.borrow_mut().at_work.remove(&(lease.job, lease.lease));
    let word = word(stage, &lease);
    let what = format!("a worker ends {:x}: {word:?}", lease.job);
    say(stage, &lease, word);
    // Some say it twice.
    if stage.chance(20) {
        stage.old.push(lease);
    }
    Some(what)
}

pub(super) fn end_too_late(stage: &mut Stage) -> Option<String> {
    if stage.old.is_empty() {
        return None;
    }
    let place = stage.rng.usize(..stage.old.len());
    let lease = stage.old.swap_remove(place);
    let what = format!("a worker ends {:x} too late", lease.job);
    say(stage, &lease, Word::Done(None));
    Some(what)
}

pub(super) fn vanish(stage: &mut Stage) -> Option<String> {
    if stage.leases.is_empty() {
        return None;
    }
    let place = stage.rng.usize(..stage.leases.len());
    // The lease goes on until it runs out.
    let lease = stage.leases.swap_remove(place);
    let what = format!("the worker of {:x} vanishes", lease.job);
    stage.old.push(lease);
    Some(what)
}

pub(super) fn end_all(stage: &mut Stage) {
    for lease in std::mem::take(&mut stage.leases) {
        stage.book.borrow_mut().at_work.remove(&(lease.job, lease.lease));
        say(stage, &lease, Word::Done(None));
    }
    for tenant in 0..stage.tenants.len() {
        let (lease, wait) = (Duration::from_secs(30), Duration::ZERO);
        spawn_claim(stage, tenant, Wanted { queues: Vec::new(), kinds: Vec::new(), limit: 10, lease, wait });
    }
}
