//! A line in which tenants take turns: who brings one piece of work does not wait behind the hundred of another. What
//! one tenant brings stays in its order, and so does what the kernel brings.

use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::TenantNo;

pub(super) struct Line<T> {
    places: usize,
    /// Places that one tenant may fill.
    places_of_one: usize,
    waiting: Mutex<Waiting<T>>,
    bell: Condvar,
}

/// Whose work it is; the kernel's own has none.
type Whose = Option<TenantNo>;

struct Waiting<T> {
    lanes: HashMap<Whose, VecDeque<T>>,
    /// Those who have something waiting, the next first.
    turns: VecDeque<Whose>,
    count: usize,
    is_closed: bool,
}

/// Why something found no place; it comes back.
pub(super) enum Refused<T> {
    Full(T),
    Closed(T),
}

/// What came of waiting for so long.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Popped<T> {
    Work(T),
    Nothing,
    /// The line is closed and empty.
    Closed,
}

impl<T> Line<T> {
    pub(super) fn new(places: usize, places_of_one: usize) -> Self {
        let waiting = Waiting { lanes: HashMap::new(), turns: VecDeque::new(), count: 0, is_closed: false };
        Self { places, places_of_one, waiting: Mutex::new(waiting), bell: Condvar::new() }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, whose: Whose, work: T) -> Result<(), Refused<T>> {
        let mut waiting = self.waiting();
        if waiting.is_closed {
            return Err(Refused::Closed(work));
        }
        if waiting.count >= self.places {
            return Err(Refused::Full(work));
        }
        let lane = waiting.lanes.entry(whose).or_default();
        if whose.is_some() && lane.len() >= self.places_of_one {
            return Err(Refused::Full(work));
        }
        lane.push_back(work);
        if lane.len() == 1 {
            waiting.turns.push_back(whose);
        }
        waiting.count += 1;
        drop(waiting);
        self.bell.notify_one();
        Ok(())
    }

    /// The next piece of work, once there is one; nothing when the line is closed and empty.
    pub(super) fn pop(&self) -> Option<T> {
        let mut waiting = self.waiting();
        loop {
            if let Some(work) = waiting.next() {
                return Some(work);
            }
            if waiting.is_closed {
                return None;
            }
            waiting = self.bell.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The next piece of work, if it comes before so long.
    pub(super) fn pop_within(&self, patience: Duration) -> Popped<T> {
        let until = Instant::now() + patience;
        let mut waiting = self.waiting();
        loop {
            if let Some(work) = waiting.next() {
                return Popped::Work(work);
            }
            if waiting.is_closed {
                return Popped::Closed;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Popped::Nothing;
            }
            waiting = self.bell.wait_timeout(waiting, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The next piece of work, when there is one.
    pub(super) fn try_pop(&self) -> Option<T> {
        self.waiting().next()
    }

    /// Takes nothing more in. What waits is still given out.
    pub(super) fn close(&self) {
        self.waiting().is_closed = true;
        self.bell.notify_all();
    }
}

impl<T> Waiting<T> {
    fn next(&mut self) -> Option<T> {
        let whose = self.turns.pop_front()?;
        let lane = self.lanes.get_mut(&whose)?;
        let work = lane.pop_front();
        match lane.is_empty() {
            true => drop(self.lanes.remove(&whose)),
            false => self.turns.push_back(whose),
        }
        self.count -= 1;
        work
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::value::{Column, Stored};

    fn tenant(number: i64) -> Whose {
        TenantNo::read(Stored::Int(number))
    }

    #[test]
    fn one_piece_waits_for_one_of_each_other_and_not_for_a_hundred() {
        let line = Line::new(1_000, 1_000);
        for number in 0..100 {
            assert!(line.push(tenant(2), number).is_ok());
        }
        assert!(line.push(tenant(3), 1_000).is_ok());
        assert!(line.push(None, 2_000).is_ok());
        let first: Vec<i32> = (0..6).filter_map(|_| line.pop()).collect();
        assert_eq!(first, [0, 1_000, 2_000, 1, 2, 3]);
    }

    #[test]
    fn a_full_line_gives_back_what_finds_no_place() {
        let line = Line::new(1, 1);
        assert!(line.push(None, 1).is_ok());
        assert!(matches!(line.push(tenant(2), 2), Err(Refused::Full(2))));
        assert_eq!(line.pop(), Some(1));
        assert!(line.push(tenant(2), 2).is_ok());
    }

    #[test]
    fn one_tenant_fills_its_part_and_leaves_the_rest_to_others() {
        let line = Line::new(4, 2);
        assert!(line.push(tenant(2), 1).is_ok() && line.push(tenant(2), 2).is_ok());
        assert!(matches!(line.push(tenant(2), 3), Err(Refused::Full(3))));
        assert!(line.push(tenant(3), 4).is_ok() && line.push(None, 5).is_ok());
    }

    #[test]
    fn who_waits_for_a_while_gets_what_is_there_or_nothing() {
        let line = Line::new(9, 9);
        assert_eq!(line.pop_within(Duration::ZERO), Popped::Nothing);
        assert!(line.push(None, 1).is_ok());
        assert_eq!(line.pop_within(Duration::ZERO), Popped::Work(1));
    }

    #[test]
    fn a_closed_line_gives_out_what_waits_and_takes_no_more() {
        let line = Line::new(9, 9);
        assert!(line.push(None, 1).is_ok());
        line.close();
        assert!(matches!(line.push(None, 2), Err(Refused::Closed(2))));
        assert_eq!((line.pop(), line.pop()), (Some(1), None));
        assert_eq!(line.pop_within(Duration::from_secs(9)), Popped::Closed);
    }
}
