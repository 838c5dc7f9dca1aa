//! What begins on the stage: handlers, and calls of webhooks. The promises are asked of each.

use super::book::{Attempt, Book, Said, promise};
use super::kinds::{Order, take_begun};
use super::promises::{deliveries, tenants, work};
use super::rows::{Lane, key_of};
use super::stage::{OpenCall, Stage};
use crate::kernel::jobs::Outcome;
use crate::kernel::outbound;

impl Stage {
    /// Handlers that began, and those that are no more. `spawned` is when the engine let who goes on now begin.
    pub(super) fn meet_begun(&mut self, spawned: u64) {
        let mut guard = self.book.borrow_mut();
        let book = &mut *guard;
        self.begun.retain(|one| {
            if one.is_gone() {
                book.at_work.remove(&(one.job, one.lease));
            }
            !one.is_gone()
        });
        for mut one in take_begun() {
            let attempt = (one.job, one.lease);
            if let Some(row) = book.jobs.get(&one.job) {
                one.lane = row.lane();
            }
            book.sights.begun += 1;
            promise!(book, tenants::nothing_begins_in_a_tenant_that_does_not_work(book, one.lane.0, spawned));
            ask_of_a_beginning(book, attempt, &one.lane);
            if !one.is_gone() {
                book.at_work.insert(attempt, one.lane.clone());
                self.begun.push(one);
            }
        }
    }

    /// Calls that were made, and those that nobody waits for any more.
    pub(super) fn meet_calls(&mut self) {
        let mut guard = self.book.borrow_mut();
        let book = &mut *guard;
        self.calls.retain(|one| {
            let goes_on = !one.ringing.is_given_up();
            if !goes_on {
                book.at_work.remove(&(one.job, one.lease));
            }
            goes_on
        });
        for ringing in outbound::by_hand::take_calls() {
            let header = |name| ringing.call.headers.iter().find(|(known, _)| known == name);
            let (_, id) = header("webhook-id").expect("a call says what it is about");
            let tenant = ringing.call.url.rsplit('/').next().and_then(|number| number.parse().ok());
            let (job, tenant) = (key_of(id), tenant.expect("the URL ends in the tenant's number"));
            book.sights.called += 1;
            if !book.is_gone(tenant) {
                promise!(book, deliveries::a_call_is_of_its_tenant(book, job, tenant));
            }
            let Some((lease, lane)) = book.jobs.get(&job).map(|row| (row.lease, row.lane())) else {
                continue;
            };
            ask_of_a_beginning(book, (job, lease), &lane);
            book.at_work.insert((job, lease), lane);
            self.calls.push(OpenCall { job, lease, ringing });
        }
    }

    /// One of the handlers that have begun is told that it has ended.
    pub(super) fn end_handler(&mut self, place: usize, order: Order) {
        let one = self.begun.swap_remove(place);
        let mut book = self.book.borrow_mut();
        let attempt = (one.job, one.lease);
        book.at_work.remove(&attempt);
        if let Order::End(Outcome::Dead(_)) = &order {
            book.said.insert(attempt, Said::Never);
        }
        if let Order::End(Outcome::RetryAfter(_, wait)) = &order {
            book.said.insert(attempt, Said::After(wait.as_millis() as i64));
        }
        drop(book);
        one.tell(order);
    }
}

/// What is promised of every attempt that begins here.
fn ask_of_a_beginning(book: &mut Book, attempt: Attempt, lane: &Lane) {
    promise!(book, work::each_claim_begins_once(book, attempt));
    promise!(book, work::one_at_most_holds_a_job(book, attempt));
    // Its rows may go while who began before it was deleted is at work.
    if !book.is_gone(lane.0) {
        promise!(book, work::who_begins_has_the_lease(book, attempt));
        promise!(book, work::no_more_run_at_once_than_may(book, attempt, lane));
        promise!(book, work::a_subject_begins_in_its_order(book, attempt.0));
    }
    book.began.insert(attempt);
}
