//! A crew: a few threads that take work from a bounded queue. What must not run on the threads that
//! serve requests runs here, and when too much waits the answer is "not now" at once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::sync::oneshot;

use crate::base::{Error, Result};

type Job = Box<dyn FnOnce() + Send>;

pub struct Crew {
    queue: SyncSender<Job>,
    /// What is said when too much waits.
    busy: &'static str,
}

impl Crew {
    /// Starts so many threads; at most `waiting` pieces of work wait for one.
    pub fn start(name: &str, threads: usize, waiting: usize, busy: &'static str) -> Result<Self> {
        let (queue, jobs) = sync_channel(waiting);
        let jobs = Arc::new(Mutex::new(jobs));
        for number in 1..=threads {
            let jobs = Arc::clone(&jobs);
            thread::Builder::new()
                .name(format!("{name} {number}"))
                .spawn(move || work(&jobs))
                .map_err(Error::internal)?;
        }
        Ok(Self { queue, busy })
    }

    /// Runs a piece of work on one of the threads.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let (answer, waiting) = oneshot::channel();
        let job: Job = Box::new(move || {
            // The one who asked may have gone away.
            let _ = answer.send(work());
        });
        self.queue.try_send(job).map_err(|_| Error::unavailable(self.busy))?;
        waiting.await.map_err(|_| Error::internal("a piece of work panicked"))
    }
}

fn work(jobs: &Mutex<Receiver<Job>>) {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        // Whoever waits for it hears of the panic, because the answer is dropped.
        let _ = catch_unwind(AssertUnwindSafe(job));
    }
}
