//! A crew: a few threads that take work from a bounded queue. What must not run on the threads that
//! serve requests runs here, behind them when both want a processor, and when too much waits the
//! answer is "not now" at once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::sync::oneshot;

use crate::base::{Error, Result, scene};

type Job<Tools> = Box<dyn FnOnce(&mut Tools) + Send>;

/// `Tools` is what a thread keeps from one piece of work to the next, as long as more of it waits.
pub struct Crew<Tools> {
    queue: SyncSender<Job<Tools>>,
    /// What is said when too much waits.
    busy: &'static str,
}

/// How much a crew stands back, of 19: so much that it takes a processor from nobody who serves, and
/// not so much that it gets none while they are busy.
#[cfg(target_os = "linux")]
const BEHIND: i32 = 10;

impl<Tools: Default + 'static> Crew<Tools> {
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
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tools) -> T + Send + 'static,
    ) -> Result<T> {
        let (answer, waiting) = oneshot::channel();
        let course = scene::current();
        let job: Job<Tools> = Box::new(move |tools| {
            let _entered = scene::enter(course);
            // The one who asked may have gone away.
            let _ = answer.send(work(tools));
        });
        self.queue.try_send(job).map_err(|_| Error::unavailable(self.busy))?;
        waiting.await.map_err(|_| Error::internal("a piece of work panicked"))
    }
}

fn work<Tools: Default>(jobs: &Mutex<Receiver<Job<Tools>>>) {
    stand_back();
    let mut tools = Tools::default();
    loop {
        // Where another thread holds the queue, that one waits for work, so there is none.
        let waiting = jobs.try_lock().ok().and_then(|jobs| jobs.try_recv().ok());
        let job = waiting.map_or_else(
            || {
                tools = Tools::default();
                jobs.lock().unwrap_or_else(PoisonError::into_inner).recv()
            },
            Ok,
        );
        let Ok(job) = job else { return };
        // Whoever waits for it hears of the panic, because the answer is dropped.
        if catch_unwind(AssertUnwindSafe(|| job(&mut tools))).is_err() {
            tools = Tools::default();
        }
    }
}

/// Lets the threads that serve requests go first. It is a kindness: where it is refused, work goes on.
pub fn stand_back() {
    // Only here does it speak of the one thread; elsewhere it would be the whole process.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, BEHIND);
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::*;

    /// Tells when it is laid down.
    struct Tool(Sender<()>);

    impl Drop for Tool {
        fn drop(&mut self) {
            self.0.send(()).expect("somebody listens");
        }
    }

    fn crew_of_one() -> Crew<Option<Tool>> {
        Crew::start("worker", 1, 8, "too much waits").expect("it starts")
    }

    #[tokio::test]
    async fn tools_are_kept_while_more_waits_and_then_laid_down() {
        let crew = crew_of_one();
        let ((go, may_go), (tell, laid_down)) = (channel(), channel());
        let first = crew.run(move |tools| {
            *tools = Some(Tool(tell));
            may_go.recv().expect("it is let go");
        });
        let second = crew.run(|tools| tools.is_some());
        // Both are asked for before the first is let go.
        let letting_go = async { go.send(()).expect("somebody waits") };
        let (first, second, ()) = tokio::join!(first, second, letting_go);
        first.expect("it works");
        assert!(second.expect("it works"), "the second found what the first had");
        laid_down.recv().expect("nothing waits, so it is laid down");
        assert!(!crew.run(|tools| tools.is_some()).await.expect("it works"));
    }

    #[tokio::test]
    async fn a_panic_is_an_error_of_the_one_who_asked() {
        let crew = crew_of_one();
        assert!(crew.run(|_| panic!("as it happens")).await.is_err());
        assert!(!crew.run(|tools| tools.is_some()).await.expect("it works on"));
    }
}
