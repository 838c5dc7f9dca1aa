//! A lull: for a moment nobody brings anything new and nothing bad comes to pass. What is under way goes on to its end,
//! and then the promises are asked that hold only where nothing is.

use super::actors;
use super::book::{Attempt, Book, promise};
use super::play::{settle, spare};
use super::promises::lull;
use super::stage::{PLACES, Stage};
use crate::kernel::jobs::JobState::Running;

/// More turns than it takes until everything has ended that had begun, and until everything has begun that may.
const TURNS: usize = 40;

pub(super) fn lull(stage: &mut Stage) -> bool {
    stage.note("a lull");
    spare(stage);
    settle(stage);
    let begun = under_way(&stage.book.borrow());
    for _ in 0..TURNS {
        end_what_has_begun(stage);
        go_on(stage);
        if lull::what_has_begun_comes_to_its_end(&stage.book.borrow(), &begun).is_ok() {
            break;
        }
    }
    actors::patrol(stage);
    let now = stage.now().millis();
    for _ in 0..TURNS {
        go_on(stage);
        let book = stage.book.borrow();
        let goes_on = lull::nobody_waits_whose_time_has_come(&book, now)
            .and_then(|()| lull::nobody_waits_beside_a_free_place(&book, PLACES));
        if goes_on.is_ok() {
            break;
        }
    }
    let filled: Vec<(i64, u32)> = {
        let places = |number| stage.kernel().jobs.places_filled(number);
        stage.tenants.iter().map(|tenant| (tenant.number.get(), places(tenant.number))).collect()
    };
    let mut guard = stage.book.borrow_mut();
    let book = &mut *guard;
    book.sights.lulls += 1;
    promise!(book, lull::what_has_begun_comes_to_its_end(book, &begun));
    for (tenant, filled) in filled {
        promise!(book, lull::who_runs_fills_a_place_and_nobody_else(book, tenant, filled));
    }
    promise!(book, lull::nobody_waits_whose_time_has_come(book, now));
    promise!(book, lull::nobody_waits_beside_a_free_place(book, PLACES));
    true
}

/// Attempts of this process.
fn under_way(book: &Book) -> Vec<Attempt> {
    let here = book.jobs.iter().filter(|(_, row)| row.state == Running && row.lease_until.is_none());
    here.map(|(job, row)| (*job, row.lease)).collect()
}

fn go_on(stage: &mut Stage) {
    actors::turn(stage);
    settle(stage);
}

/// As they would have ended anyway.
fn end_what_has_begun(stage: &mut Stage) {
    while actors::end_a_handler(stage).is_some() {}
    while !stage.calls.is_empty() {
        actors::answer(stage);
    }
}
