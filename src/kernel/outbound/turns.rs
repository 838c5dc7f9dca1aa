//! Turns: so many calls at once, and only so many of one tenant, so that a tenant whose calls hang
//! holds up nobody else. Who has to wait is served in order.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::base::db::TenantNo;

type Lines = Arc<Mutex<HashMap<TenantNo, Arc<Semaphore>>>>;

pub(super) struct Turns {
    total: Arc<Semaphore>,
    each: usize,
    /// Of the tenants that call or wait now, and of no others.
    lines: Lines,
}

/// The right to make one call. It is given back when it is dropped.
pub struct Turn {
    _total: OwnedSemaphorePermit,
    _own: OwnedSemaphorePermit,
    // Below the permits, since it is dropped after them.
    _line: Line,
}

impl Turns {
    pub(super) fn new(total: usize, each: usize) -> Self {
        Self { total: Arc::new(Semaphore::new(total)), each, lines: Lines::default() }
    }

    /// Waits for the tenant's turn, and only then for one of all: what waits behind its own kind takes
    /// no place that another tenant could have.
    pub(super) async fn take(&self, tenant: TenantNo) -> Turn {
        let line = self.stand_in_line(tenant);
        let own = acquire(&line.turns).await;
        let total = acquire(&self.total).await;
        Turn { _total: total, _own: own, _line: line }
    }

    fn stand_in_line(&self, tenant: TenantNo) -> Line {
        let mut lines = lock(&self.lines);
        let turns = lines.entry(tenant).or_insert_with(|| Arc::new(Semaphore::new(self.each)));
        Line { tenant, turns: Arc::clone(turns), lines: Arc::clone(&self.lines) }
    }
}

async fn acquire(turns: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    Arc::clone(turns).acquire_owned().await.expect("nobody closes it")
}

/// One that calls or waits, in the line of its tenant.
struct Line {
    tenant: TenantNo,
    turns: Arc<Semaphore>,
    lines: Lines,
}

impl Drop for Line {
    /// The last to leave takes the line away.
    fn drop(&mut self) {
        let mut lines = lock(&self.lines);
        // The map's own and this one.
        if Arc::strong_count(&self.turns) == 2 {
            lines.remove(&self.tenant);
        }
    }
}

fn lock(lines: &Lines) -> MutexGuard<'_, HashMap<TenantNo, Arc<Semaphore>>> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::base::db::{Column, Stored};

    fn tenant(number: i64) -> TenantNo {
        TenantNo::read(Stored::Int(number)).expect("a number")
    }

    fn look<T>(waiting: std::pin::Pin<&mut impl Future<Output = T>>) -> Option<T> {
        match waiting.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(done) => Some(done),
            Poll::Pending => None,
        }
    }

    fn take_now(turns: &Turns, number: i64) -> Option<Turn> {
        look(pin!(turns.take(tenant(number))))
    }

    #[test]
    fn a_tenant_takes_its_part_and_leaves_the_rest() {
        let turns = Turns::new(4, 2);
        let of_one = [take_now(&turns, 1), take_now(&turns, 1)].map(|turn| turn.expect("it has two"));
        assert!(take_now(&turns, 1).is_none());
        let of_two = [take_now(&turns, 2), take_now(&turns, 2)].map(|turn| turn.expect("it has two, too"));
        assert!(take_now(&turns, 3).is_none(), "all four are taken");
        drop(of_one);
        assert!(take_now(&turns, 2).is_none(), "it has its part");
        assert!(take_now(&turns, 3).is_some());
        drop(of_two);
    }

    #[test]
    fn who_waited_first_is_next() {
        let turns = Turns::new(1, 1);
        let first = take_now(&turns, 1).expect("it is free");
        let (mut second, mut third) = (pin!(turns.take(tenant(2))), pin!(turns.take(tenant(3))));
        assert!(look(second.as_mut()).is_none());
        assert!(look(third.as_mut()).is_none());
        drop(first);
        assert!(look(third.as_mut()).is_none(), "another was first");
        let second = look(second.as_mut()).expect("its turn");
        drop(second);
        assert!(look(third.as_mut()).is_some());
    }

    #[test]
    fn who_gives_up_waiting_is_passed_over() {
        let turns = Turns::new(1, 1);
        let first = take_now(&turns, 1).expect("it is free");
        {
            let mut impatient = pin!(turns.take(tenant(1)));
            assert!(look(impatient.as_mut()).is_none());
        }
        let mut patient = pin!(turns.take(tenant(1)));
        assert!(look(patient.as_mut()).is_none());
        drop(first);
        assert!(look(patient.as_mut()).is_some());
    }

    #[test]
    fn a_line_is_there_only_while_somebody_stands_in_it() {
        let turns = Turns::new(2, 1);
        let first = take_now(&turns, 1).expect("it is free");
        assert!(take_now(&turns, 1).is_none());
        let other = take_now(&turns, 2).expect("it is free");
        assert_eq!(lock(&turns.lines).len(), 2);
        drop(first);
        assert_eq!(lock(&turns.lines).len(), 1);
        drop(other);
        assert_eq!(lock(&turns.lines).len(), 0);
    }
}
