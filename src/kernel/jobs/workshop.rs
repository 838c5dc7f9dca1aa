//! The workshop: the threads that run handlers, and new ones when handlers hold all of them for
//! good. A thread can't be ended from outside, so one that is held for ever is left behind.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Handle, Runtime};

use super::engine::Master;
use crate::base::{Error, Result};

/// How long no thread may answer before it is taken for granted that handlers hold them all.
const UNANSWERED: Duration = Duration::from_secs(1);

/// The threads that run handlers.
pub(super) struct Workshop {
    pub(super) kernel: Master,
    threads: usize,
    crew: Mutex<Option<Crew>>,
    /// Crews whose threads were all held. What still runs there may come to its end.
    left_behind: Mutex<Vec<Runtime>>,
}

/// Threads that work, and how it is known that they do.
struct Crew {
    runtime: Runtime,
    /// Handlers that hold a thread at this moment.
    held: Arc<AtomicUsize>,
    asked_at: Instant,
    has_answered: Arc<AtomicBool>,
}

impl Crew {
    fn gather(threads: usize) -> Result<Self> {
        let (held, has_answered) = (Arc::default(), Arc::new(AtomicBool::new(true)));
        Ok(Self { runtime: threads_for(threads)?, held, asked_at: Instant::now(), has_answered })
    }

    /// Whether every thread is inside a handler that does not let go of it. Asks the threads, too.
    fn is_held(&mut self, threads: usize) -> bool {
        if self.asked_at.elapsed() < UNANSWERED {
            return false;
        }
        if !self.has_answered.load(Ordering::Relaxed) {
            return self.held.load(Ordering::Relaxed) >= threads;
        }
        self.has_answered.store(false, Ordering::Relaxed);
        self.asked_at = Instant::now();
        let answer = Arc::clone(&self.has_answered);
        self.runtime.spawn(async move { answer.store(true, Ordering::Relaxed) });
        false
    }
}

/// Whether a handler holds a thread at the moment, and whether it ever did.
#[derive(Clone)]
pub(super) struct Hold(Arc<Holding>);

struct Holding {
    /// Those of its crew that do.
    all: Arc<AtomicUsize>,
    is_held: AtomicBool,
    has_begun: AtomicBool,
}

impl Hold {
    pub(super) fn on(all: Arc<AtomicUsize>) -> Self {
        Self(Arc::new(Holding { all, is_held: AtomicBool::new(false), has_begun: AtomicBool::new(false) }))
    }

    pub(super) fn is_held(&self) -> bool {
        self.0.is_held.load(Ordering::Relaxed)
    }

    pub(super) fn has_begun(&self) -> bool {
        self.0.has_begun.load(Ordering::Relaxed)
    }

    fn take(&self) {
        self.0.all.fetch_add(1, Ordering::Relaxed);
        self.0.has_begun.store(true, Ordering::Relaxed);
        self.0.is_held.store(true, Ordering::Relaxed);
    }

    fn let_go(&self) {
        self.0.is_held.store(false, Ordering::Relaxed);
        self.0.all.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Runs a handler, which must not panic, and notes when it holds a thread.
pub(super) async fn watched<F: Future>(handler: F, hold: Hold) -> F::Output {
    let mut handler = pin!(handler);
    poll_fn(|context| {
        hold.take();
        let polled = handler.as_mut().poll(context);
        hold.let_go();
        polled
    })
    .await
}

impl Workshop {
    pub(super) fn open(kernel: Master) -> Result<Self> {
        let threads = thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
        Ok(Self {
            kernel,
            threads,
            crew: Mutex::new(Some(Crew::gather(threads)?)),
            left_behind: Mutex::default(),
        })
    }

    fn crew(&self) -> MutexGuard<'_, Option<Crew>> {
        self.crew.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn left_behind(&self) -> MutexGuard<'_, Vec<Runtime>> {
        self.left_behind.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn handle(&self) -> Option<Handle> {
        self.crew().as_ref().map(|crew| crew.runtime.handle().clone())
    }

    /// Counts the handlers that hold a thread of the crew that works now.
    pub(super) fn held(&self) -> Option<Arc<AtomicUsize>> {
        self.crew().as_ref().map(|crew| Arc::clone(&crew.held))
    }

    /// Takes new threads when handlers that do not let go hold all of these. Whether it did.
    pub(super) fn replace_when_held(&self) -> Result<bool> {
        self.let_go_of_idle();
        let mut crew = self.crew();
        if !crew.as_mut().is_some_and(|working| working.is_held(self.threads)) {
            return Ok(false);
        }
        if let Some(old) = crew.replace(Crew::gather(self.threads)?) {
            self.left_behind().push(old.runtime);
        }
        Ok(true)
    }

    fn let_go_of_idle(&self) {
        let mut left_behind = self.left_behind();
        let is_idle = |runtime: &mut Runtime| runtime.metrics().num_alive_tasks() == 0;
        let idle: Vec<Runtime> = left_behind.extract_if(.., is_idle).collect();
        idle.into_iter().for_each(Runtime::shutdown_background);
    }

    /// Ends the threads without waiting for handlers.
    pub(super) fn close(&self) {
        let crew = self.crew().take().map(|crew| crew.runtime);
        let left_behind = std::mem::take(&mut *self.left_behind());
        left_behind.into_iter().chain(crew).for_each(Runtime::shutdown_background);
    }
}

/// A runtime that is dropped waits for its threads, and one of them may be blocked for good.
impl Drop for Workshop {
    fn drop(&mut self) {
        self.close();
    }
}

fn threads_for(threads: usize) -> Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(threads)
        .max_blocking_threads(threads)
        .thread_name("job worker")
        .enable_time()
        .enable_io()
        .build()
        .map_err(Error::internal)
}
