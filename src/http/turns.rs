//! Turns: on each thread that serves, tenants begin their requests in turn. However many one has sent, in each round one
//! of them begins, and then it is looked at what came meanwhile; so who sends one request does not wait behind the
//! hundred of another. What is done before a turn is little: reading the head, and knowing the token.
//!
//! A turn is for beginning alone. How many are under way at once is not limited by it: writes wait for one flush
//! together.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::task::{Poll, Waker};

use tokio::task::yield_now;

use crate::base::db::TenantNo;

thread_local! {
    static LANES: RefCell<Lanes> = RefCell::default();
}

#[derive(Default)]
struct Lanes {
    last: u64,
    /// The requests of each tenant that have not begun, in the order in which they came.
    waiting: HashMap<i64, VecDeque<(u64, Option<Waker>)>>,
}

/// Returns when it is this tenant's turn.
pub(super) async fn take(tenant: TenantNo) {
    begin(tenant.get()).await;
}

async fn begin(tenant: i64) {
    let place = Place::enter(tenant);
    poll_fn(|cx| if place.is_first(cx.waker()) { Poll::Ready(()) } else { Poll::Pending }).await;
    // It goes on once the thread has looked at its connections, behind those whose turn came before.
    yield_now().await;
}

/// A request that waits for its turn, until it begins or its caller goes away.
struct Place {
    tenant: i64,
    number: u64,
}

impl Place {
    fn enter(tenant: i64) -> Self {
        LANES.with_borrow_mut(|lanes| {
            lanes.last += 1;
            lanes.waiting.entry(tenant).or_default().push_back((lanes.last, None));
            Self { tenant, number: lanes.last }
        })
    }

    /// Whether it is the next of its tenant; else it is woken when it is.
    fn is_first(&self, waker: &Waker) -> bool {
        LANES.with_borrow_mut(|lanes| {
            let lane = lanes.waiting.entry(self.tenant).or_default();
            if lane.front().is_none_or(|(number, _)| *number == self.number) {
                return true;
            }
            if let Some((_, slot)) = lane.iter_mut().find(|(number, _)| *number == self.number) {
                *slot = Some(waker.clone());
            }
            false
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let next = LANES.with_borrow_mut(|lanes| {
            let lane = lanes.waiting.get_mut(&self.tenant)?;
            lane.retain(|(number, _)| *number != self.number);
            if lane.is_empty() {
                lanes.waiting.remove(&self.tenant);
                return None;
            }
            lane.front_mut().and_then(|(_, waker)| waker.take())
        });
        if let Some(waker) = next {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use tokio::task::{JoinHandle, LocalSet, spawn_local};

    use super::*;

    type Begun = Rc<RefCell<Vec<i64>>>;

    const NOISY: i64 = 2;
    const QUIET: i64 = 3;

    fn ask(tenant: i64, begun: &Begun) -> JoinHandle<()> {
        let begun = Rc::clone(begun);
        spawn_local(async move {
            begin(tenant).await;
            begun.borrow_mut().push(tenant);
        })
    }

    fn in_one_thread(test: impl Future<Output = ()>) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        LocalSet::new().block_on(&runtime, test);
    }

    #[test]
    fn one_request_begins_among_the_first_however_many_another_tenant_sent_before() {
        in_one_thread(async {
            let begun = Begun::default();
            let noise: Vec<_> = (0..100).map(|_| ask(NOISY, &begun)).collect();
            ask(QUIET, &begun).await.expect("it begins");
            let before = begun.borrow().len();
            assert!(before <= 3, "{before} began until it had");
            for one in noise {
                one.await.expect("it begins");
            }
            assert_eq!(begun.borrow().len(), 101);
            LANES.with_borrow(|lanes| assert!(lanes.waiting.is_empty()));
        });
    }

    #[test]
    fn one_that_comes_while_another_tenants_requests_begin_waits_for_one_of_them_at_most() {
        in_one_thread(async {
            let begun = Begun::default();
            let noise: Vec<_> = (0..100).map(|_| ask(NOISY, &begun)).collect();
            while begun.borrow().len() < 10 {
                yield_now().await;
            }
            let before = begun.borrow().len();
            ask(QUIET, &begun).await.expect("it begins");
            let meanwhile = begun.borrow().len() - before;
            assert!(meanwhile <= 3, "{meanwhile} began before it");
            drop(noise);
        });
    }

    #[test]
    fn one_that_goes_away_before_its_turn_holds_up_nobody() {
        in_one_thread(async {
            let begun = Begun::default();
            let asked: Vec<_> = (0..10).map(|_| ask(NOISY, &begun)).collect();
            yield_now().await;
            asked.iter().take(9).for_each(JoinHandle::abort);
            for (nth, one) in asked.into_iter().enumerate() {
                assert_eq!(one.await.is_ok(), nth == 9, "{nth}");
            }
            LANES.with_borrow(|lanes| assert!(lanes.waiting.is_empty()));
        });
    }
}
