//! A trail: what one request, or one attempt of a job, did. It gathers in memory while that goes on, and
//! in the end is handed over as a whole or forgotten.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::attribute::Attributes;
use super::collector::Tree;
use super::model::{Ending, Moment, Span, SpanId, SpanKind, TenantTag};
use super::{Telemetry, short};
use crate::base::scene::{self, Scene, Witness, Wrote};
use crate::base::{Id, Kind};
use crate::kernel::jobs::Job;
use crate::kernel::tenants::Tenant;
use crate::kernel::{Actor, TraceId};

/// Spans that one trail gathers; further ones are counted.
const MOST_SPANS: usize = 200;

/// How a trail begins.
#[derive(Debug, Clone, Copy)]
pub struct Opening {
    pub trace: TraceId,
    pub span: SpanId,
    /// The span that it is a part of, here or at the caller's.
    pub parent: Option<SpanId>,
    pub kind: SpanKind,
    pub job: Option<Id<Job>>,
    /// Whether it may be kept although it neither fails nor is slow.
    pub is_worth_keeping: bool,
}

/// How it ended.
pub struct End {
    pub ending: Ending,
    pub status: Option<u16>,
    /// Whether it was meant to take its time.
    pub is_patient: bool,
    /// Whether it may be kept after all, although that was not so when it began.
    pub is_worth_keeping: bool,
    pub attributes: Attributes,
}

pub struct Trail {
    telemetry: Telemetry,
    opening: Opening,
    /// Kept, however it ends.
    is_chosen: bool,
    started: Moment,
    began: Instant,
    who: OnceLock<(Arc<Tenant>, Actor)>,
    gathered: Mutex<Gathered>,
    /// Whether something that it made goes on after it, or somebody else began the trace.
    is_linked: AtomicBool,
}

#[derive(Default)]
struct Gathered {
    spans: Vec<Span>,
    left_out: usize,
    has_ended: bool,
}

impl Trail {
    pub(super) fn new(telemetry: Telemetry, opening: Opening, is_chosen: bool, began: Instant) -> Self {
        let is_linked = opening.parent.is_some() || opening.kind == SpanKind::Job;
        Self {
            started: telemetry.moment(),
            telemetry,
            opening,
            is_chosen,
            began,
            who: OnceLock::new(),
            gathered: Mutex::default(),
            is_linked: AtomicBool::new(is_linked),
        }
    }

    /// The trail in whose course this thread works.
    pub fn current() -> Option<(Arc<Self>, SpanId)> {
        let scene = scene::current()?;
        Some((scene.witness_as()?, SpanId::from_bits(scene.part())))
    }

    pub fn scene(self: &Arc<Self>) -> Scene {
        let witness = Arc::clone(self);
        Scene::new(witness, self.opening.span.bits())
    }

    pub fn trace(&self) -> TraceId {
        self.opening.trace
    }

    pub fn job(&self) -> Option<Id<Job>> {
        self.opening.job
    }

    /// Whether others are told that this trace is kept.
    pub fn is_chosen(&self) -> bool {
        self.is_chosen
    }

    /// Who does it, once that is known.
    pub fn is_by(&self, tenant: &Arc<Tenant>, actor: Actor) {
        // Whoever was found first stays.
        let _ = self.who.set((Arc::clone(tenant), actor));
    }

    pub fn tenant(&self) -> Option<&Arc<Tenant>> {
        self.who.get().map(|(tenant, _)| tenant)
    }

    pub fn actor(&self) -> Option<Actor> {
        self.who.get().map(|(_, actor)| *actor)
    }

    pub(super) fn telemetry(&self) -> &Telemetry {
        &self.telemetry
    }

    /// The moment at which something began.
    pub fn moment_of(&self, instant: Instant) -> Moment {
        self.started + instant.saturating_duration_since(self.began)
    }

    /// What it made goes on after it: a job, or an event that others are told of.
    pub fn goes_on(&self) {
        self.is_linked.store(true, Ordering::Relaxed);
    }

    /// Adds a span to it, which is made only when there is room.
    pub fn add(&self, span: impl FnOnce() -> Span) {
        let mut gathered = self.gathered();
        if gathered.spans.len() >= MOST_SPANS {
            gathered.left_out += 1;
        } else if !gathered.has_ended {
            gathered.spans.push(span());
        }
    }

    /// A span of it that has nothing yet but where it belongs.
    pub fn blank(&self, id: SpanId, parent: SpanId, kind: SpanKind, name: Cow<'static, str>) -> Span {
        Span {
            trace: self.opening.trace,
            id,
            parent: Some(parent),
            kind,
            name,
            started: self.started,
            took: Duration::ZERO,
            ending: Ending::Ok,
            status: None,
            tenant: None,
            actor: None,
            job: self.opening.job,
            event: None,
            attributes: Vec::new(),
        }
    }

    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It has ended: it is handed over when it is to be kept, or might be for what follows from it.
    pub fn end(&self, name: impl FnOnce() -> Cow<'static, str>, end: End) {
        let took = self.began.elapsed();
        let mut gathered = self.gathered();
        if std::mem::replace(&mut gathered.has_ended, true) {
            return;
        }
        let has_failed = end.ending.is_failed() || gathered.spans.iter().any(|span| span.ending.is_failed());
        let is_slow = !end.is_patient && self.telemetry.sampling().is_slow(self.opening.kind, took);
        let is_kept = self.is_chosen
            || has_failed
            || is_slow
            || end.is_worth_keeping && self.telemetry.sampling().chooses(self.opening.trace, Instant::now());
        if !is_kept && !self.is_linked.load(Ordering::Relaxed) {
            self.telemetry.counters().sampled_out.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let left_out = gathered.left_out;
        let mut spans = std::mem::take(&mut gathered.spans);
        drop(gathered);
        let mut attributes = end.attributes;
        if left_out > 0 {
            attributes.push(("spansLeftOut", left_out.into()));
        }
        spans.push(Span {
            trace: self.opening.trace,
            id: self.opening.span,
            parent: self.opening.parent,
            kind: self.opening.kind,
            name: name(),
            started: self.started,
            took,
            ending: end.ending,
            status: end.status,
            tenant: None,
            actor: None,
            job: self.opening.job,
            event: None,
            attributes,
        });
        let tenant = self.tenant().map(|tenant| TenantTag::of(tenant));
        for span in &mut spans {
            (span.tenant, span.actor) = (tenant.clone(), self.actor());
        }
        self.telemetry.hand_over(Tree { trace: self.opening.trace, spans, is_kept });
    }
}

impl Witness for Trail {
    fn wrote(&self, scene: &Scene, id: u64, wrote: Wrote<'_>) {
        self.add(|| {
            let parent = SpanId::from_bits(scene.part());
            let blank = self.blank(SpanId::from_bits(id), parent, SpanKind::Write, "write".into());
            // What the caller did wrong is no failure of the write.
            let failure =
                wrote.error.filter(|error| matches!(error.kind(), Kind::Internal | Kind::Unavailable));
            Span {
                started: self.moment_of(wrote.asked_at),
                took: wrote.waited + wrote.ran + wrote.committed,
                ending: failure.map_or(Ending::Ok, |error| Ending::Failed(short(error.message()))),
                attributes: vec![
                    ("waitedMs", wrote.waited.into()),
                    ("ranMs", wrote.ran.into()),
                    ("committedMs", wrote.committed.into()),
                ],
                ..blank
            }
        });
    }
}
