//! Where telemetry goes: each sink has a thread and a short queue of its own, so that one that is
//! slow or hangs costs the others nothing. What its queue has no place for is dropped and counted.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::model::{Line, Span};
use crate::base::db::TenantNo;
use crate::base::{Error, Result};

/// Batches that wait for one sink at most.
const QUEUE: usize = 64;

/// How often a sink to which nothing comes is asked to rest.
const REST: Duration = Duration::from_secs(1);

/// Spans and lines that are kept, in the order in which they ended.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    pub spans: Vec<Span>,
    pub lines: Vec<Line>,
}

impl Batch {
    pub fn len(&self) -> usize {
        self.spans.len() + self.lines.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Somebody who takes telemetry. It runs on a thread of its own, off every hot path, and may block there.
/// What it logs does not come back to it.
pub trait Sink: Send {
    fn name(&self) -> &'static str;

    fn take(&mut self, batch: &Batch);

    /// Nothing came for a second: what was gathered can go.
    fn rest(&mut self) {}

    /// What it keeps of a tenant goes, as the tenant does.
    fn forget(&mut self, _: TenantNo) -> Result<()> {
        Ok(())
    }

    /// The instance stops.
    fn close(&mut self) {}

    /// How long the instance waits for it at its end, with what it is in the middle of.
    fn patience(&self) -> Duration {
        Duration::from_secs(3)
    }
}

/// What a sink is told.
enum Order {
    Take(Arc<Batch>),
    Forget(TenantNo, SyncSender<Result<()>>),
    /// Says that everything before it was taken.
    Answer(SyncSender<()>),
}

/// A sink at work.
pub struct Attached {
    name: &'static str,
    queue: SyncSender<Order>,
    dropped: Arc<AtomicU64>,
    closed: Receiver<()>,
    patience: Duration,
}

impl Attached {
    pub fn start(mut sink: Box<dyn Sink>) -> Result<Self> {
        let (name, patience) = (sink.name(), sink.patience());
        let (queue, orders) = sync_channel(QUEUE);
        let (closing, closed) = sync_channel(1);
        thread::Builder::new()
            .name(format!("telemetry {name}"))
            .spawn(move || {
                keep_quiet();
                work(&mut *sink, &orders);
                sink.close();
                // Who stops the instance may have waited long enough.
                let _ = closing.send(());
            })
            .map_err(Error::internal)?;
        Ok(Self { name, queue, dropped: Arc::default(), closed, patience })
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Hands a batch over, or drops it when too many wait.
    pub fn offer(&self, batch: &Arc<Batch>) {
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) =
            self.queue.try_send(Order::Take(Arc::clone(batch)))
        {
            self.dropped.fetch_add(batch.len() as u64, Ordering::Relaxed);
        }
    }

    /// Has everything of a tenant forgotten, after what waits; the answer comes when that is so.
    pub(super) fn forget(&self, tenant: TenantNo, answer: SyncSender<Result<()>>) {
        if self.queue.try_send(Order::Forget(tenant, answer.clone())).is_err() {
            // Whoever waits for it gave room for every answer.
            let _ = answer.try_send(Err(Error::unavailable("Telemetry is busy; it is tried again.")));
        }
    }

    /// Answers once it has taken everything before.
    pub(super) fn answer(&self, answer: SyncSender<()>) {
        // One that is gone has nothing left to take.
        let _ = self.queue.send(Order::Answer(answer));
    }

    /// Spans and lines that it never got.
    pub fn dropped(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.dropped)
    }

    /// Lets all of them finish what waits, at the same time, for as long as there is patience with each.
    pub fn close_all(sinks: Vec<Self>) {
        let begun = Instant::now();
        let closing: Vec<_> = sinks.into_iter().map(|sink| (sink.name, sink.closed, sink.patience)).collect();
        for (name, closed, patience) in closing {
            if closed.recv_timeout(patience.saturating_sub(begun.elapsed())) == Err(RecvTimeoutError::Timeout)
            {
                tracing::warn!(sink = name, "telemetry that waited for this sink is lost");
            }
        }
    }
}

fn work(sink: &mut dyn Sink, orders: &Receiver<Order>) {
    let name = sink.name();
    loop {
        match orders.recv_timeout(REST) {
            Ok(Order::Take(batch)) => survive(name, || sink.take(&batch)),
            // Whoever asked may have gone away.
            Ok(Order::Forget(tenant, answer)) => drop(answer.try_send(sink.forget(tenant))),
            Ok(Order::Answer(answer)) => drop(answer.try_send(())),
            Err(RecvTimeoutError::Timeout) => survive(name, || sink.rest()),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// A sink that panics with one batch gets the next one all the same.
fn survive(name: &str, act: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(act)).is_err() {
        tracing::error!(sink = name, "telemetry was lost: its sink panicked");
    }
}

thread_local! {
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// What this thread logs is no telemetry: it would come back to it for ever.
pub(super) fn keep_quiet() {
    IS_QUIET.set(true);
}

pub(super) fn is_quiet() -> bool {
    IS_QUIET.get()
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;
    use crate::kernel::telemetry::model::{Level, Moment};

    /// Takes nothing before it is let go.
    struct Slow {
        gate: Receiver<()>,
        taken: Sender<usize>,
    }

    impl Sink for Slow {
        fn name(&self) -> &'static str {
            "slow"
        }

        fn take(&mut self, batch: &Batch) {
            let _ = self.gate.recv();
            self.taken.send(batch.len()).expect("the test listens");
        }

        fn patience(&self) -> Duration {
            Duration::from_secs(60)
        }
    }

    /// Ends when all others end too.
    struct Together(Arc<Barrier>, Sender<()>);

    impl Sink for Together {
        fn name(&self) -> &'static str {
            "together"
        }

        fn take(&mut self, _: &Batch) {}

        fn close(&mut self) {
            self.0.wait();
            // The test may have given up.
            let _ = self.1.send(());
        }

        fn patience(&self) -> Duration {
            Duration::from_secs(20)
        }
    }

    fn batch_of_one() -> Arc<Batch> {
        let line = Line {
            at: Moment::from_micros(0),
            level: Level::Info,
            target: "test",
            message: "something happened".into(),
            trace: None,
            span: None,
            tenant: None,
            actor: None,
            job: None,
            fields: Vec::new(),
        };
        Arc::new(Batch { spans: Vec::new(), lines: vec![line] })
    }

    #[test]
    fn a_slow_sink_costs_a_counter_and_gets_the_rest() {
        let ((open, gate), (taken, got)) = (channel(), channel());
        let slow = Attached::start(Box::new(Slow { gate, taken })).expect("a thread");
        let offered = QUEUE * 2;
        for _ in 0..offered {
            slow.offer(&batch_of_one());
        }
        let dropped = slow.dropped();
        drop(open);
        Attached::close_all(vec![slow]);
        let (got, dropped) = (got.iter().sum::<usize>(), dropped.load(Ordering::Relaxed) as usize);
        assert_eq!(got + dropped, offered);
        assert!((QUEUE - 1..=QUEUE).contains(&dropped), "{dropped} were dropped");
    }

    #[test]
    fn one_that_is_slow_to_close_does_not_hold_up_the_next() {
        let (barrier, (ended, ends)) = (Arc::new(Barrier::new(2)), channel());
        let sink = || Box::new(Together(Arc::clone(&barrier), ended.clone()));
        let sinks = (0..2).map(|_| Attached::start(sink()).expect("a thread"));
        Attached::close_all(sinks.collect());
        assert_eq!(ends.try_iter().count(), 2, "each waited for the other to close");
    }
}
