//! A play: one instance from its beginning to its end, as a seed has it.

use std::time::Duration;

use tokio::runtime::Runtime;

use super::actors::{act, help, wind_up};
use super::book::{Moment, promise};
use super::lull::lull;
use super::promises::{tenants, work};
use super::rows::Key;
use super::sights::Sights;
use super::stage::{Died, Heard, Stage};
use super::tasks::Sort;
use crate::base::db::by_hand::{self, Turn};

/// Tasks that are under way at once, the handlers left aside.
const MOST_UNDER_WAY: usize = 14;

/// Rounds in which less must be left when nobody brings anything new.
const ROUNDS: usize = 600;

/// What came of a play.
pub(super) struct Played {
    pub sights: Sights,
    pub digest: u64,
    /// Which promise was broken, at which step, and how it came to that.
    pub broken: Option<(u64, String, String)>,
}

/// A claim that waits asks for a clock, which nobody winds.
pub(super) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime")
}

/// Plays so many steps, and then to the end of what was begun.
pub(super) fn play(seed: u64, steps: u64) -> Played {
    let runtime = runtime();
    let _entered = runtime.enter();
    let mut stage = Stage::set(seed);
    let mut is_whole = true;
    while is_whole && stage.steps() < steps {
        is_whole = go_on(&mut stage);
    }
    if is_whole {
        come_to_the_end(&mut stage);
    }
    let broken = stage.book.borrow_mut().broken.take();
    let mut sights = stage.book.borrow().sights;
    sights.boundaries = by_hand::boundaries();
    Played { sights, digest: stage.digest(), broken: broken.map(|why| (stage.steps(), why, stage.trace())) }
}

/// Something happens. Whether all promises are kept.
fn go_on(stage: &mut Stage) -> bool {
    stage.tick();
    let many = stage.count(Sort::Act) + stage.count(Sort::Claim) >= MOST_UNDER_WAY;
    let done = match stage.rng.u32(..1_000) {
        0..320 => stage.poll_one(),
        320..520 => take_turn(stage),
        520..600 => stage.read_one(),
        600..720 => {
            let begins = stage.begin_one();
            if begins && stage.rng.u32(..10) == 0 {
                stage.stall_last();
            }
            begins
        }
        720..726 => stage.mood.is_hit(&mut stage.rng) && befall(stage),
        726 => stage.rng.bool() && lull(stage),
        _ if many => stage.poll_one() || take_turn(stage) || stage.read_one(),
        _ => act(stage),
    };
    if done {
        listen(stage);
    }
    stage.book.borrow().broken.is_none()
}

/// Something bad comes to pass.
fn befall(stage: &mut Stage) -> bool {
    let more = stage.rng.u64(1..60);
    match stage.rng.u32(..24) {
        // It dies in the middle of what the writer writes next.
        0..8 => by_hand::die_after(Some(more)),
        8 => stage.crash(),
        9..14 => by_hand::fail_after(Some(more)),
        14..17 => by_hand::fail_to_commit(),
        17 => return stage.rng.bool() && stop(stage),
        _ => return false,
    }
    true
}

fn take_turn(stage: &mut Stage) -> bool {
    let most = if stage.rng.bool() { 1 } else { stage.rng.usize(1..6) };
    match stage.write_some(most) {
        Ok(turn) => turn == Turn::Wrote,
        Err(Died) => {
            stage.crash();
            true
        }
    }
}

/// Those outside hear what the process says.
fn listen(stage: &mut Stage) {
    let passed = stage.passed();
    let all = std::mem::take(&mut *stage.heard.borrow_mut());
    let mut guard = stage.book.borrow_mut();
    let book = &mut *guard;
    for lease in stage.leases.extract_if(.., |lease| lease.deadline <= passed) {
        book.at_work.remove(&(lease.job, lease.lease));
        stage.old.push(lease);
    }
    // The leases of those who vanished run out.
    book.leave_what_is_over();
    stage.old.truncate(50);
    let mut made = Vec::new();
    for heard in all {
        match heard {
            Heard::Acknowledged(ids) => {
                for id in ids {
                    promise!(book, work::what_is_acknowledged_is_on_disk(book, id));
                }
            }
            Heard::Leased(leases) => {
                for mut lease in leases {
                    let attempt = (lease.job, lease.lease);
                    let asked = book.claims.get(&attempt).map_or_else(Moment::default, |at| book.moment(*at));
                    lease.deadline = asked.passed + lease.until - asked.now;
                    book.sights.leased += 1;
                    promise!(book, work::each_claim_begins_once(book, attempt));
                    book.unheard.remove(&attempt);
                    book.began.insert(attempt);
                    if book.is_gone(lease.number) {
                        continue;
                    }
                    if lease.deadline <= passed {
                        stage.old.push(lease);
                        continue;
                    }
                    let lane = (lease.number, lease.queue.clone());
                    promise!(book, work::one_at_most_holds_a_job(book, attempt));
                    promise!(book, work::who_begins_has_the_lease(book, attempt));
                    promise!(book, work::no_more_run_at_once_than_may(book, attempt, &lane));
                    promise!(book, work::a_subject_begins_in_its_order(book, lease.job));
                    book.at_work.insert(attempt, lane);
                    stage.leases.push(lease);
                }
            }
            Heard::Ended(job, lease, was_heard) => {
                book.sights.stale += u64::from(!was_heard);
                promise!(book, work::an_old_answer_changes_nothing(book, (job, lease), was_heard));
            }
            Heard::Extended(job, lease, beat) => {
                let of = stage.leases.iter_mut().find(|one| (one.job, one.lease) == (job, lease));
                let Some(lease) = of else { continue };
                lease.is_beating = false;
                let Some((until, span)) = beat.until else { continue };
                promise!(book, work::a_sign_of_life_shortens_no_lease(lease, beat, passed));
                (lease.until, lease.deadline) = (until, beat.at + span);
            }
            Heard::Pruned(done) => book.sights.pruned += done,
            Heard::Probed(done) => book.sights.probed += done as u64,
            Heard::Moved => {}
            Heard::Deleted => book.sights.deleted += 1,
            Heard::Erased(tenants) => book.sights.erased += tenants,
            Heard::Made(place, tenant) => made.push((place, tenant)),
            Heard::Enabled(key) => take_one(&mut book.enabling, key),
            Heard::Disabled(key) => take_one(&mut book.disabling, key),
            Heard::Mistake(why) => {
                let broken = format!("the engine makes no mistake of its own: {why}");
                book.broken.get_or_insert(broken);
            }
        }
    }
    if !stage.is_woken(Sort::Claim) {
        promise!(book, work::who_hung_up_loses_no_attempt(book));
    }
    drop(guard);
    for (place, tenant) in made {
        stage.replace_tenant(place, tenant);
    }
}

fn take_one(keys: &mut Vec<Key>, key: Key) {
    if let Some(place) = keys.iter().position(|known| *known == key) {
        keys.swap_remove(place);
    }
}

/// Everything that is under way goes as far as it can; whether it all ended.
pub(super) fn settle(stage: &mut Stage) {
    stage.wake_all();
    for _ in 0..50_000 {
        let goes_on = stage.poll_one()
            || stage.read_one()
            || matches!(stage.write_some(8), Ok(Turn::Wrote))
            || stage.begin_one();
        listen(stage);
        if !goes_on {
            return;
        }
    }
    stage.book.borrow_mut().broken.get_or_insert("what is under way comes to rest: it does not".into());
}

/// Nothing dies from now on, and no disk fails.
pub(super) fn spare(stage: &mut Stage) {
    by_hand::die_after(None);
    by_hand::fail_after(None);
    stage.wake_all();
}

/// The process stops as it should: nobody loses an attempt by it.
fn stop(stage: &mut Stage) -> bool {
    stage.note("the process stops");
    spare(stage);
    let kernel = stage.kernel().clone();
    while stage.hang_up(Sort::Claim) {}
    settle(stage);
    kernel.jobs.stop_by_hand();
    for _ in 0..100 {
        super::actors::turn(stage);
        settle(stage);
        if kernel.jobs.is_settled() {
            break;
        }
        kernel.jobs.stop_by_hand();
    }
    let mut guard = stage.book.borrow_mut();
    let book = &mut *guard;
    book.sights.stops += 1;
    promise!(book, work::what_ran_here_runs_no_more(book));
    let restarted = book.sights.restarted;
    drop(guard);
    drop(kernel);
    stage.close();
    stage.clock.advance(Duration::from_secs(2));
    stage.reopen().expect("nothing kills it");
    let mut book = stage.book.borrow_mut();
    if book.sights.restarted != restarted {
        book.broken.get_or_insert("a clean stop costs no attempt: it did".into());
    }
    true
}

/// Nobody brings anything new, handlers succeed, and time goes on.
fn come_to_the_end(stage: &mut Stage) {
    stage.note("everybody winds up");
    stage.is_ending = true;
    spare(stage);
    stage.clock.set_by((stage.latest - stage.now().millis()).max(0));
    settle(stage);
    let (mut least, mut fewer_at) = (usize::MAX, 0);
    for round in 0.. {
        if round % 40 == 0 {
            wind_up(stage);
        }
        help(stage);
        super::actors::turn(stage);
        if round % 10 == 0 {
            super::actors::patrol(stage);
            super::actors::erase(stage);
        }
        settle(stage);
        if stage.book.borrow().broken.is_some() {
            return;
        }
        let is_over = work::everything_comes_to_its_end(&stage.book.borrow()).is_ok();
        let kernel = stage.kernel().clone();
        let open = stage.book.borrow().open();
        if open < least {
            (least, fewer_at) = (open, round);
        }
        if is_over && kernel.jobs.is_settled() || round - fewer_at > ROUNDS {
            break;
        }
        let due = kernel.jobs.next_due_by_hand().map_or(0, |due| due.millis() - stage.now().millis());
        stage.clock.advance(Duration::from_millis(due.clamp(500, 60_000).unsigned_abs()));
    }
    // What nobody gave back is found by its lease, which runs out.
    stage.clock.advance(Duration::from_secs(300));
    super::actors::turn(stage);
    super::actors::erase(stage);
    settle(stage);
    let filled: Vec<(i64, u32)> = {
        let places = |number| stage.kernel().jobs.places_filled(number);
        stage.tenants.iter().map(|tenant| (tenant.number.get(), places(tenant.number))).collect()
    };
    let mut guard = stage.book.borrow_mut();
    let book = &mut *guard;
    promise!(book, work::everything_comes_to_its_end(book));
    promise!(book, tenants::who_was_deleted_is_gone(book));
    for (tenant, filled) in filled {
        promise!(book, work::every_place_is_given_back(tenant, filled));
    }
}
