//! One piece of work for the writer: a closure that can run again, and the one who waits for it.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::base::db::TenantNo;
use crate::base::db::session::Session;
use crate::base::db::tx::{AfterCommit, Scope, Writing};
use crate::base::scene::{self, Scene, Wrote};
use crate::base::{Error, Result};

/// What the writer sees of a piece of work, whatever its result is.
pub(super) trait Work: Send {
    /// Runs it once more from the beginning. Its value waits inside until it is answered.
    fn attempt(&mut self, session: &Session, after: &RefCell<Vec<AfterCommit>>) -> Result<()>;

    /// Tells the one who waits: the value when all went well, else why not.
    fn answer(self: Box<Self>, outcome: Result<()>);
}

pub(super) struct Task<S, T, F> {
    tenant: Option<TenantNo>,
    limit: Duration,
    run: F,
    value: Option<T>,
    waiting: oneshot::Sender<Result<T>>,
    course: Option<Course>,
    /// At which moment of a simulation it was asked for.
    #[cfg(test)]
    moment: u64,
    scope: PhantomData<fn() -> S>,
}

/// In the course of what a write is done, and when it came how far.
struct Course {
    /// The scene of the one who asked.
    asked_in: Scene,
    id: u64,
    asked_at: Instant,
    ran: Option<(Instant, Instant)>,
}

impl Course {
    fn current() -> Option<Self> {
        let asked_in = scene::current()?;
        Some(Self { asked_in, id: fastrand::u64(1..), asked_at: Instant::now(), ran: None })
    }

    fn tell(&self, error: Option<&Error>) {
        let now = Instant::now();
        let (began, ended) = self.ran.unwrap_or((now, now));
        let wrote = Wrote {
            asked_at: self.asked_at,
            waited: began - self.asked_at,
            ran: ended - began,
            committed: now - ended,
            error,
        };
        self.asked_in.witness().wrote(&self.asked_in, self.id, wrote);
    }
}

impl<S, T, F> Task<S, T, F> {
    pub(super) fn new(
        tenant: Option<TenantNo>,
        limit: Duration,
        run: F,
    ) -> (Self, oneshot::Receiver<Result<T>>) {
        let (waiting, answer) = oneshot::channel();
        let course = Course::current();
        let task = Self {
            tenant,
            limit,
            run,
            value: None,
            waiting,
            course,
            #[cfg(test)]
            moment: crate::base::db::by_hand::moment(),
            scope: PhantomData,
        };
        (task, answer)
    }
}

impl<S, T, F> Work for Task<S, T, F>
where
    S: Scope,
    T: Send,
    F: FnMut(&Writing<'_, S>) -> Result<T> + Send,
{
    fn attempt(&mut self, session: &Session, after: &RefCell<Vec<AfterCommit>>) -> Result<()> {
        self.value = None;
        #[cfg(test)]
        crate::base::db::by_hand::begin_piece(self.tenant, self.moment);
        let _serving = session.serve(self.tenant, self.limit);
        let tx = Writing::new(session, after);
        let began = self.course.as_ref().map(|_| Instant::now());
        let _entered = scene::enter(self.course.as_ref().map(|course| course.asked_in.in_part(course.id)));
        let ran = catch_unwind(AssertUnwindSafe(|| (self.run)(&tx)));
        if let Some((course, began)) = self.course.as_mut().zip(began) {
            course.ran = Some((began, Instant::now()));
        }
        match ran {
            Ok(result) => result.map(|value| self.value = Some(value)),
            Err(panic) => Err(Error::internal(format!("a write panicked: {}", message_of(&*panic)))),
        }
    }

    fn answer(self: Box<Self>, outcome: Result<()>) {
        let Self { value, waiting, course, .. } = *self;
        let result =
            outcome.and_then(|()| value.ok_or_else(|| Error::internal("a write was answered before it ran")));
        if let Some(course) = course {
            course.tell(result.as_ref().err());
        }
        // The caller may have gone away; the write stands all the same.
        let _ = waiting.send(result);
    }
}

pub(super) fn message_of(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
