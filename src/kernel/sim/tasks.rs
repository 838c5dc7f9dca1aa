//! The tasks of the stage. Who plays says which of them goes on, and when the writer and a reader take
//! their turns.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use super::book::Moment;
use super::stage::{Died, Stage};
use crate::base::db::by_hand::{self, Turn};

/// More turns than any task takes that goes on alone.
const ENOUGH: usize = 100_000;

/// Things that happen while a thread is held up, at most.
const STALL: u64 = 3_000;

#[derive(Debug)]
struct Bell(AtomicBool);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What a task is, as far as others ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Turn,
    Handler,
    Claim,
    Act,
}

pub(super) struct Task {
    pub(super) sort: Sort,
    future: Pin<Box<dyn Future<Output = ()>>>,
    bell: Arc<Bell>,
    began: i64,
    /// The latest time that it saw.
    latest: i64,
    /// At which moment it was spawned.
    spawned: u64,
    /// Its thread comes to it no earlier.
    stalls_until: u64,
}

impl Stage {
    pub(super) fn spawn(&mut self, sort: Sort, future: impl Future<Output = ()> + 'static) {
        let bell = Arc::new(Bell(AtomicBool::new(true)));
        let spawned = self.book.borrow().present();
        self.tasks.push(Task {
            sort,
            future: Box::pin(future),
            bell,
            began: 0,
            latest: 0,
            spawned,
            stalls_until: 0,
        });
    }

    /// What was spawned last waits until it is put back.
    pub(super) fn take_last(&mut self) -> Task {
        self.tasks.pop().expect("something was spawned")
    }

    pub(super) fn put_back(&mut self, task: Task) {
        self.tasks.push(task);
    }

    pub(super) fn count(&self, sort: Sort) -> usize {
        self.tasks.iter().filter(|task| task.sort == sort).count()
    }

    /// Whether one of these could go on.
    pub(super) fn is_woken(&self, sort: Sort) -> bool {
        self.tasks.iter().any(|task| task.sort == sort && task.bell.0.load(Ordering::Relaxed))
    }

    /// One more thing happens.
    pub(super) fn tick(&mut self) {
        self.ticks += 1;
    }

    /// The thread of one of the tasks is held up for a while.
    pub(super) fn stall_one(&mut self) -> bool {
        if self.tasks.is_empty() {
            return false;
        }
        let place = self.rng.usize(..self.tasks.len());
        self.tasks[place].stalls_until = self.ticks + self.rng.u64(50..STALL);
        true
    }

    pub(super) fn stall_last(&mut self) {
        let until = self.ticks + self.rng.u64(50..STALL);
        self.tasks.last_mut().expect("it was spawned just now").stalls_until = until;
    }

    pub(super) fn wake_all(&mut self) {
        self.tasks.iter_mut().for_each(|task| task.stalls_until = 0);
    }

    pub(super) fn is_busy(&self) -> bool {
        !self.tasks.is_empty()
    }

    /// One of those who wait hangs up.
    pub(super) fn hang_up(&mut self, sort: Sort) -> bool {
        let those = self.tasks.iter().enumerate().filter(|(_, task)| task.sort == sort);
        let places: Vec<usize> = those.map(|(place, _)| place).collect();
        let Some(place) = self.rng.choice(places) else { return false };
        drop(self.tasks.remove(place));
        self.book.borrow_mut().excuse_answers_on_their_way();
        true
    }

    /// The moment goes on, for a task that began and saw those times.
    fn pass(&self, began: i64, latest: i64) {
        let (now, passed) = (self.now().millis(), self.passed());
        let mut book = self.book.borrow_mut();
        book.highest = book.highest.max(now);
        book.moments.push(Moment { now, began, latest, passed });
        by_hand::set_moment(book.present());
    }

    /// A task that can go on does. Whether there was one.
    pub(super) fn poll_one(&mut self) -> bool {
        let woken = |task: &Task| task.stalls_until <= self.ticks && task.bell.0.load(Ordering::Relaxed);
        let places: Vec<usize> =
            self.tasks.iter().enumerate().filter(|(_, task)| woken(task)).map(|(place, _)| place).collect();
        let Some(place) = self.rng.choice(places) else { return false };
        self.poll_at(place);
        true
    }

    /// What was spawned last goes as far as it can, as a call does that comes in.
    pub(super) fn poll_last(&mut self) {
        self.poll_at(self.tasks.len() - 1);
    }

    pub(super) fn poll_at(&mut self, place: usize) {
        let now = self.now().millis();
        let task = &mut self.tasks[place];
        if task.began == 0 {
            task.began = now;
        }
        task.latest = task.latest.max(now);
        let (began, latest) = (task.began, task.latest);
        self.pass(began, latest);
        let task = &mut self.tasks[place];
        let spawned = task.spawned;
        task.bell.0.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(&task.bell));
        if let Poll::Ready(()) = task.future.as_mut().poll(&mut Context::from_waker(&waker)) {
            drop(self.tasks.remove(place));
        }
        self.meet_begun(spawned);
        self.meet_calls();
    }

    /// The writer takes its turn.
    pub(super) fn write_some(&mut self, most: usize) -> Result<Turn, Died> {
        let now = self.now().millis();
        self.pass(now, now);
        match self.kernel().db.turn_writer(most) {
            Turn::Died => Err(Died),
            turn => Ok(turn),
        }
    }

    pub(super) fn read_one(&mut self) -> bool {
        self.kernel().db.turn_reader().expect("a reader opens")
    }

    /// The next claimed job begins, when it may.
    pub(super) fn begin_one(&mut self) -> bool {
        let kernel = Arc::clone(self.kernel());
        let Some(handler) = kernel.jobs.begin_by_hand(&kernel) else { return false };
        self.spawn(Sort::Handler, handler);
        true
    }

    /// Something goes on to its end, with nothing beside it but what it causes.
    pub(super) fn alone(&mut self, future: impl Future<Output = ()> + 'static) -> Result<(), Died> {
        let others = std::mem::take(&mut self.tasks);
        self.spawn(Sort::Act, future);
        let mut turns = 0;
        while self.is_busy() {
            let goes_on = self.poll_one() || self.read_one() || self.write_some(8)? == Turn::Wrote;
            turns += 1;
            assert!(goes_on && turns < ENOUGH, "it does not come to its end alone");
        }
        self.tasks = others;
        Ok(())
    }
}
