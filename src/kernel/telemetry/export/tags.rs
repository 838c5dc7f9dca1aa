//! In the course of what something happened, under the names that every receiver is told.

use crate::base::Id;
use crate::kernel::events::Event;
use crate::kernel::jobs::Job;
use crate::kernel::telemetry::scrub::scrub;
use crate::kernel::telemetry::{Line, Span, TenantTag};
use crate::kernel::{Actor, TraceId};

/// Bytes of one text that are sent.
const LONGEST: usize = 8 * 1024;

pub(super) struct Tags<'t> {
    pub(super) trace: Option<TraceId>,
    pub(super) tenant: Option<&'t TenantTag>,
    pub(super) actor: Option<Actor>,
    job: Option<Id<Job>>,
    event: Option<Id<Event>>,
}

impl<'t> Tags<'t> {
    pub(super) fn of_span(span: &'t Span) -> Self {
        Self {
            trace: Some(span.trace),
            tenant: span.tenant.as_ref(),
            actor: span.actor,
            job: span.job,
            event: span.event,
        }
    }

    pub(super) fn of_line(line: &'t Line) -> Self {
        Self {
            trace: line.trace,
            tenant: line.tenant.as_ref(),
            actor: line.actor,
            job: line.job,
            event: None,
        }
    }

    /// Those that there are.
    pub(super) fn each(&self) -> impl Iterator<Item = (&'static str, String)> {
        [
            ("steading.tenant", self.tenant.map(|tenant| tenant.slug.to_string())),
            ("steading.actor", self.actor.map(|actor| actor.to_string())),
            ("steading.job", self.job.map(|job| job.to_string())),
            ("steading.event", self.event.map(|event| event.to_string())),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }
}

/// A text as it may leave: scrubbed, and then not too long, so that no part of a secret remains at its end.
pub(super) fn clean(text: &str) -> String {
    let scrubbed = scrub(text);
    match scrubbed.len() <= LONGEST {
        true => scrubbed.into_owned(),
        false => format!("{}…", &scrubbed[..scrubbed.floor_char_boundary(LONGEST)]),
    }
}
