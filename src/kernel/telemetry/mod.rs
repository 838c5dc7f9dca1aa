//! Telemetry: what was done, by whom, for how long and what came of it, tied by one trace id from a
//! request to the last call that it caused.
//!
//! What a request or an attempt of a job does gathers in its trail (`trail`). In its end the trail is
//! forgotten, or handed to the collector (`collector`), which keeps whole traces together and gives what
//! is kept to the sinks: the file in the data directory (`keeper`), and others. Whoever serves never
//! waits for any of it: what there is no place for is dropped and counted.

mod attribute;
mod collector;
mod errors;
pub mod export;
mod figures;
mod keeper;
mod lines;
mod look;
mod model;
mod sampling;
mod scrub;
mod shown;
mod sink;
mod store;
mod tail;
mod trail;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::broadcast;
use tokio::task::spawn_blocking;

use crate::base::config;
use crate::base::db::TenantNo;
use crate::base::db::side_file::{remove, size_of};
use crate::base::{Clock, Error, Result};
use crate::kernel::tenants::Directory;
use collector::{Collector, Message, QUEUE, QUEUE_OF_UNSURE, Tree};
use figures::{Counters, Dropped};
use keeper::{Keeper, Told};
use sampling::Sampling;

pub use attribute::{Attribute, Attributes};
pub use figures::Figures;
pub use lines::{Lines, OF_THE_SCENE};
pub use look::{ErrorPosition, Viewer, glance_at};
pub use model::{Ending, Level, Line, Moment, Span, SpanId, SpanKind, TenantTag};
pub(super) use scrub::scrub;
pub use shown::{ErrorGroup, ShownLine, ShownOutcome, ShownSpan, ShownTrace, ShownTraceLine, TraceSummary};
pub use sink::{Attached, Batch, Sink};
pub use store::{LineSearch, TraceSearch};
pub use tail::{Heard, Tail, TailFilter};
pub use trail::{End, Opening, Trail};

/// Characters of an error in a span.
const LONGEST_ERROR: usize = 1_000;

/// How long is waited until a tenant is forgotten, or everything is written.
const PATIENCE: Duration = Duration::from_secs(30);

/// The telemetry of one instance. Cheap to clone.
#[derive(Clone)]
pub struct Telemetry(Arc<Parts>);

type WeakTelemetry = Weak<Parts>;

struct Parts {
    clock: Clock,
    tenants: Arc<Directory>,
    file: PathBuf,
    sampling: Sampling,
    counters: Arc<Counters>,
    dropped_by_sink: Dropped,
    /// Nothing when nobody takes any.
    queue: Option<SyncSender<Message>>,
    sinks: usize,
    waiting: Arc<AtomicUsize>,
    tail: broadcast::Sender<Told>,
    is_damaged: Arc<AtomicBool>,
    collecting: Mutex<Option<JoinHandle<()>>>,
}

impl Telemetry {
    /// Begins to collect, for the file and for others who take it.
    pub fn open(
        config: &config::Telemetry,
        file: PathBuf,
        clock: Clock,
        tenants: Arc<Directory>,
        others: Vec<Box<dyn Sink>>,
    ) -> Result<Self> {
        let (counters, tail) = (Arc::new(Counters::default()), broadcast::channel(tail::BACKLOG).0);
        let is_damaged = Arc::new(AtomicBool::new(false));
        let mut sinks = others;
        match config.enabled {
            true => sinks.push(Box::new(Keeper::new(
                file.clone(),
                (config.max_size.as_u64(), config.keep.into()),
                clock.clone(),
                Arc::clone(&counters),
                tail.clone(),
                Arc::clone(&is_damaged),
            ))),
            false => remove(&file)?,
        }
        let sinks: Vec<Attached> = sinks.into_iter().map(Attached::start).collect::<Result<_>>()?;
        let dropped_by_sink = sinks.iter().map(|sink| (sink.name(), sink.dropped())).collect();
        let (count, waiting) = (sinks.len(), Arc::new(AtomicUsize::new(0)));
        let (queue, collecting) = match count {
            0 => (None, None),
            _ => {
                let collector = Collector::new(sinks, Arc::clone(&counters), Arc::clone(&waiting));
                let (queue, thread) = collect(collector, file.clone())?;
                (Some(queue), Some(thread))
            }
        };
        let telemetry = Self(Arc::new(Parts {
            clock,
            tenants,
            file,
            sampling: Sampling::new(config),
            counters,
            dropped_by_sink,
            queue,
            sinks: count,
            waiting,
            tail,
            is_damaged,
            collecting: Mutex::new(collecting),
        }));
        lines::listen(&telemetry);
        Ok(telemetry)
    }

    /// Begins the trail of a request or an attempt, when anybody takes it.
    pub fn begin(&self, opening: Opening) -> Option<Arc<Trail>> {
        self.0.queue.as_ref()?;
        let now = Instant::now();
        let is_chosen = opening.is_worth_keeping && self.0.sampling.chooses(opening.trace, now);
        Some(Arc::new(Trail::new(self.clone(), opening, is_chosen, now)))
    }

    /// Whether anybody takes any.
    pub fn is_on(&self) -> bool {
        self.0.queue.is_some()
    }

    /// Takes a span that stands alone, as it was done elsewhere.
    pub fn tell(&self, span: impl FnOnce() -> Span) {
        if self.is_on() {
            let span = span();
            let trace = span.trace;
            let is_kept = span.ending.is_failed() || self.0.sampling.chooses(trace, Instant::now());
            self.hand_over(Tree { trace, spans: vec![span], is_kept });
        }
    }

    /// A tenant as spans name it.
    pub fn tag_of(&self, number: TenantNo) -> Option<TenantTag> {
        self.0.tenants.find_by_number(number).map(|tenant| TenantTag::of(&tenant))
    }

    pub fn figures(&self) -> Figures {
        self.0.counters.figures(size_of(&self.0.file), &self.0.dropped_by_sink)
    }

    /// Everything that is kept of a tenant goes.
    pub async fn forget(&self, tenant: TenantNo) -> Result<()> {
        if self.0.queue.is_none() {
            return Ok(());
        }
        let telemetry = self.clone();
        let forget = move || {
            let Some(queue) = &telemetry.0.queue else { return Ok(()) };
            let (answer, answers) = sync_channel(telemetry.0.sinks);
            queue.send(Message::Forget(tenant, answer)).map_err(|_| is_closed())?;
            for _ in 0..telemetry.0.sinks {
                answers.recv_timeout(PATIENCE).map_err(|_| is_closed())??;
            }
            Ok(())
        };
        spawn_blocking(forget).await.map_err(Error::internal)?
    }

    /// Returns when what was handed over before is written.
    pub async fn flush(&self) -> Result<()> {
        let telemetry = self.clone();
        let flush = move || {
            let Some(queue) = &telemetry.0.queue else { return Ok(()) };
            let (answer, answers) = sync_channel(telemetry.0.sinks);
            queue.send(Message::Flush(answer)).map_err(|_| is_closed())?;
            for _ in 0..telemetry.0.sinks {
                answers.recv_timeout(PATIENCE).map_err(|_| is_closed())?;
            }
            Ok(())
        };
        spawn_blocking(flush).await.map_err(Error::internal)?
    }

    /// Writes what waits and ends. What comes later is dropped.
    pub async fn close(&self) {
        let thread = self.0.collecting.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (Some(thread), Some(queue)) = (thread, self.0.queue.clone()) else { return };
        let close = move || {
            // It may have ended by itself.
            let _ = queue.send(Message::Close);
            let _ = thread.join();
        };
        // A thread that panicked has nothing more to write.
        let _ = spawn_blocking(close).await;
    }

    fn moment(&self) -> Moment {
        match self.0.clock.is_moved() {
            true => self.0.clock.now().into(),
            false => Moment::now(),
        }
    }

    fn file(&self) -> &Path {
        &self.0.file
    }

    fn sampling(&self) -> &Sampling {
        &self.0.sampling
    }

    fn counters(&self) -> &Counters {
        &self.0.counters
    }

    fn tail(&self) -> &broadcast::Sender<Told> {
        &self.0.tail
    }

    /// Somebody read a damaged page.
    fn found_damage(&self) {
        self.0.is_damaged.store(true, Ordering::Relaxed);
    }

    fn hand_over(&self, tree: Tree) {
        let spans = tree.spans.len() as u64;
        let most = if tree.is_kept { QUEUE } else { QUEUE_OF_UNSURE };
        if !self.queue_within(most, || Message::Tree(Box::new(tree))) {
            self.0.counters.dropped.fetch_add(spans, Ordering::Relaxed);
        }
    }

    /// Takes a line, which is made only when there is room for it.
    fn log(&self, line: impl FnOnce() -> Line) {
        if self.0.queue.is_some() && !self.queue_within(QUEUE, || Message::Line(Box::new(line()))) {
            self.0.counters.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn queue_within(&self, most: usize, message: impl FnOnce() -> Message) -> bool {
        let Some(queue) = &self.0.queue else { return false };
        if self.0.waiting.fetch_add(1, Ordering::Relaxed) < most && queue.try_send(message()).is_ok() {
            return true;
        }
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
        false
    }

    fn downgrade(&self) -> WeakTelemetry {
        Arc::downgrade(&self.0)
    }

    fn upgrade(weak: &WeakTelemetry) -> Option<Self> {
        weak.upgrade().map(Self)
    }
}

fn collect(collector: Collector, file: PathBuf) -> Result<(SyncSender<Message>, JoinHandle<()>)> {
    let (queue, messages) = sync_channel(QUEUE);
    let thread = thread::Builder::new()
        .name("telemetry".into())
        .spawn(move || collector.run(&messages, &file))
        .map_err(Error::internal)?;
    Ok((queue, thread))
}

fn is_closed() -> Error {
    Error::unavailable("Telemetry did not answer; it is tried again.")
}

/// The span in whose course something is made that goes on after it, such as a job.
pub fn goes_on_after() -> Option<SpanId> {
    let (trail, span) = Trail::current()?;
    trail.goes_on();
    Some(span)
}

/// As much of an error as a span holds.
pub fn short(error: &str) -> String {
    error.chars().take(LONGEST_ERROR).collect()
}
