//! The collector: one thread that takes trees and lines from a bounded queue, keeps whole traces
//! together, and hands what is kept to the sinks in batches. When its queue is full, what comes is
//! dropped and counted: nobody who serves waits for telemetry.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError};
use std::thread;
use std::time::{Duration, Instant};

use super::figures::Counters;
use super::look;
use super::model::{Line, Span};
use super::scrub::{scrub_line, scrub_text};
use super::sink::{Attached, Batch, keep_quiet};
use crate::base::Result;
use crate::base::db::TenantNo;
use crate::kernel::TraceId;

/// Trees and lines that wait at most, and those that may wait of which it is not sure that they are kept.
pub(super) const QUEUE: usize = 2_048;
pub(super) const QUEUE_OF_UNSURE: usize = QUEUE / 2;

/// What one batch has at most, and how long the first in it waits for others.
const LARGEST_BATCH: usize = 256;
const GATHERING: Duration = Duration::from_millis(100);

/// How long the queue is left alone once it is empty. Whoever serves and brings something meanwhile has nobody to wake,
/// which would cost him more than what he brings.
const NAP: Duration = Duration::from_millis(5);

/// Spans that are held because something that follows from them may yet fail, and for how long.
const MOST_HELD: usize = 4_000;
const HELD_FOR: Duration = Duration::from_secs(600);

/// Traces that are remembered as kept, so that what follows is kept too.
const MOST_KEPT: usize = 10_000;

/// A root and what is below it.
pub(super) struct Tree {
    pub trace: TraceId,
    pub spans: Vec<Span>,
    pub is_kept: bool,
}

pub(super) enum Message {
    Tree(Box<Tree>),
    Line(Box<Line>),
    /// Everything of this tenant is forgotten; each sink answers.
    Forget(TenantNo, SyncSender<Result<()>>),
    /// Everything before this is with the sinks; each sink answers.
    Flush(SyncSender<()>),
    Close,
}

pub(super) struct Collector {
    sinks: Vec<Attached>,
    counters: Arc<Counters>,
    waiting: Arc<AtomicUsize>,
    batch: Batch,
    since: Instant,
    kept: Kept,
    held: Held,
}

impl Collector {
    pub(super) fn new(sinks: Vec<Attached>, counters: Arc<Counters>, waiting: Arc<AtomicUsize>) -> Self {
        let (batch, since) = (Batch::default(), Instant::now());
        Self { sinks, counters, waiting, batch, since, kept: Kept::default(), held: Held::default() }
    }

    /// Works until it is told to close, or nobody is left who could tell it anything.
    pub(super) fn run(mut self, messages: &Receiver<Message>, file: &Path) {
        keep_quiet();
        // A file that can't be read now is made anew by its keeper.
        look::list_recent(file, MOST_KEPT).unwrap_or_default().into_iter().for_each(|id| self.kept.add(id));
        loop {
            match self.next(messages) {
                Ok(Message::Close) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(message) => self.take(message),
                Err(RecvTimeoutError::Timeout) => self.hand_over(),
            }
            let is_due = self.batch.len() >= LARGEST_BATCH || self.since.elapsed() >= GATHERING;
            if is_due && !self.batch.is_empty() {
                self.hand_over();
            }
        }
        self.hand_over();
        Attached::close_all(self.sinks);
    }

    /// The next message, unless what was gathered is due before it comes.
    fn next(&self, messages: &Receiver<Message>) -> std::result::Result<Message, RecvTimeoutError> {
        match messages.try_recv() {
            Ok(message) => return Ok(message),
            Err(TryRecvError::Disconnected) => return Err(RecvTimeoutError::Disconnected),
            Err(TryRecvError::Empty) => thread::sleep(NAP),
        }
        match self.batch.is_empty() {
            true => messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
            false => messages.recv_timeout(GATHERING.saturating_sub(self.since.elapsed())),
        }
    }

    fn take(&mut self, message: Message) {
        if self.batch.is_empty() {
            self.since = Instant::now();
        }
        match message {
            Message::Tree(tree) => {
                self.waiting.fetch_sub(1, Ordering::Relaxed);
                self.take_tree(*tree);
            }
            Message::Line(mut line) => {
                self.waiting.fetch_sub(1, Ordering::Relaxed);
                scrub_line(&mut line);
                self.batch.lines.push(*line);
            }
            Message::Forget(tenant, answer) => {
                self.hand_over();
                self.held.forget(tenant);
                self.sinks.iter().for_each(|sink| sink.forget(tenant, answer.clone()));
            }
            Message::Flush(answer) => {
                self.hand_over();
                self.sinks.iter().for_each(|sink| sink.answer(answer.clone()));
            }
            Message::Close => {}
        }
    }

    fn take_tree(&mut self, tree: Tree) {
        if !tree.is_kept && !self.kept.has(tree.trace) {
            let let_go = self.held.hold(tree);
            self.counters.sampled_out.fetch_add(let_go as u64, Ordering::Relaxed);
            return;
        }
        self.kept.add(tree.trace);
        for tree in self.held.release(tree.trace).into_iter().chain([tree]) {
            self.counters.kept.fetch_add(1, Ordering::Relaxed);
            self.batch.spans.extend(tree.spans.into_iter().map(scrubbed));
        }
    }

    fn hand_over(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        let batch = Arc::new(std::mem::take(&mut self.batch));
        self.sinks.iter().for_each(|sink| sink.offer(&batch));
    }
}

fn scrubbed(mut span: Span) -> Span {
    if let super::Ending::Failed(why) = &mut span.ending {
        scrub_text(why);
    }
    span
}

/// Traces that are kept, the oldest forgotten first.
#[derive(Default)]
struct Kept {
    all: HashSet<TraceId>,
    order: VecDeque<TraceId>,
}

impl Kept {
    fn has(&self, trace: TraceId) -> bool {
        self.all.contains(&trace)
    }

    fn add(&mut self, trace: TraceId) {
        if self.all.insert(trace) {
            self.order.push_back(trace);
        }
        if self.order.len() > MOST_KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.all.remove(&oldest);
        }
    }
}

/// Trees that were not chosen, for as long as what follows from them may fail.
#[derive(Default)]
struct Held {
    trees: HashMap<TraceId, Vec<Tree>>,
    order: VecDeque<(Instant, TraceId)>,
    spans: usize,
}

impl Held {
    /// How many trees are let go for this one.
    fn hold(&mut self, tree: Tree) -> usize {
        let now = Instant::now();
        self.spans += tree.spans.len();
        self.order.push_back((now, tree.trace));
        self.trees.entry(tree.trace).or_default().push(tree);
        let mut let_go = 0;
        while let Some((at, trace)) = self.order.front().copied() {
            if self.spans <= MOST_HELD && now - at < HELD_FOR {
                break;
            }
            self.order.pop_front();
            let_go += self.release(trace).len();
        }
        let_go
    }

    fn release(&mut self, trace: TraceId) -> Vec<Tree> {
        let trees = self.trees.remove(&trace).unwrap_or_default();
        self.spans -= trees.iter().map(|tree| tree.spans.len()).sum::<usize>();
        trees
    }

    fn forget(&mut self, tenant: TenantNo) {
        let is_of = |tree: &Tree| {
            tree.spans.iter().any(|span| span.tenant.as_ref().is_some_and(|tag| tag.number == tenant))
        };
        for trees in self.trees.values_mut() {
            trees.retain(|tree| !is_of(tree));
        }
        self.trees.retain(|_, trees| !trees.is_empty());
        self.spans = self.trees.values().flatten().map(|tree| tree.spans.len()).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::telemetry::{Ending, Moment, SpanId, SpanKind};

    fn tree(trace: u128, is_kept: bool) -> Tree {
        let span = Span {
            trace: TraceId(trace),
            id: SpanId::fresh(),
            parent: None,
            kind: SpanKind::Job,
            name: "work".into(),
            started: Moment::from_micros(0),
            took: Duration::ZERO,
            ending: Ending::Ok,
            status: None,
            tenant: None,
            actor: None,
            job: None,
            event: None,
            attributes: Vec::new(),
        };
        Tree { trace: TraceId(trace), spans: vec![span], is_kept }
    }

    fn collector() -> Collector {
        Collector::new(Vec::new(), Arc::default(), Arc::default())
    }

    #[test]
    fn what_came_before_and_what_comes_after_a_failure_is_kept_with_it() {
        let mut collector = collector();
        for (trace, is_kept) in [(1, false), (2, false), (1, true), (1, false)] {
            collector.take_tree(tree(trace, is_kept));
        }
        let kept: Vec<u128> = collector.batch.spans.iter().map(|span| span.trace.0).collect();
        assert_eq!(kept, [1, 1, 1]);
        assert_eq!(collector.counters.kept.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn so_much_is_held_and_no_more() {
        let mut collector = collector();
        let more = 100;
        for trace in 1..=(MOST_HELD + more) as u128 {
            collector.take_tree(tree(trace, false));
        }
        assert_eq!(collector.held.spans, MOST_HELD);
        assert_eq!(collector.held.trees.len(), MOST_HELD);
        assert_eq!(collector.counters.sampled_out.load(Ordering::Relaxed), more as u64);
        collector.take_tree(tree(1, true));
        assert_eq!(collector.batch.spans.len(), 1, "the first was let go");
    }
}
