//! What telemetry is told of an attempt.

use std::sync::Arc;
use std::time::Duration;

use super::finish::{AttemptInfo, End, Finished};
use super::kind::Outcome;
use super::model::Failure;
use super::store::{ClaimedRow, HeldRow};
use crate::base::db::SystemWrite;
use crate::base::{Result, Timestamp};
use crate::kernel::telemetry::{
    self, Attributes, Ending, Opening, Span, SpanId, SpanKind, Telemetry, Trail, short,
};
use crate::kernel::tenants::Tenant;
use crate::kernel::{Actor, TraceId};

/// Begins to gather what a claimed job does.
pub(super) fn follow(telemetry: &Telemetry, tenant: &Arc<Tenant>, row: &ClaimedRow) -> Option<Arc<Trail>> {
    let trail = telemetry.begin(Opening {
        trace: TraceId::of(&row.trace_id),
        span: SpanId::fresh(),
        parent: row.span,
        kind: SpanKind::Job,
        job: Some(row.id),
        is_worth_keeping: true,
    })?;
    trail.is_by(tenant, Actor::Job(row.id));
    Some(trail)
}

/// The attempt has ended, one way or another.
pub(super) fn told(trail: &Trail, kind: String, attempt: &AttemptInfo, end: &End) {
    let (ending, attributes) = ending(attempt, end);
    let end = telemetry::End { ending, status: None, is_patient: false, is_worth_keeping: false, attributes };
    trail.end(|| kind.into(), end);
}

fn ending(attempt: &AttemptInfo, end: &End) -> (Ending, Attributes) {
    let (ending, outcome) = match end {
        End::Said(Outcome::Done | Outcome::DoneWith(_)) => (Ending::Ok, "done"),
        End::Said(Outcome::Snooze(_)) => (Ending::Ok, "snoozed"),
        End::Said(Outcome::Cancel(_)) | End::Failed(Failure::Cancelled, _) => (Ending::Ok, "cancelled"),
        End::Returned => (Ending::Ok, "returned"),
        End::Said(Outcome::Dead(why) | Outcome::Retry(why) | Outcome::RetryAfter(why, _))
        | End::RetryAt(why, _) => (failed(why), Failure::HandlerError.as_str()),
        End::Failed(failure, why) => (failed(why), failure.as_str()),
    };
    let mut attributes: Attributes = vec![
        ("queue", attempt.queue.to_string().into()),
        ("attempt", attempt.attempt.into()),
        ("outcome", outcome.into()),
    ];
    let is_given_up = matches!(end, End::Said(Outcome::Dead(_))) || attempt.attempt >= attempt.max_attempts;
    if ending.is_failed() && is_given_up {
        attributes.push(("isLast", true.into()));
    }
    (ending, attributes)
}

/// An attempt of a worker outside has ended: what he did meanwhile is his to tell.
pub(super) fn told_outside(
    tx: &SystemWrite<'_>,
    held: &HeldRow,
    ended: &Finished,
    now: Timestamp,
) -> Result<()> {
    let telemetry = tx.attendant::<Telemetry>()?.clone();
    if !telemetry.is_on() {
        return Ok(());
    }
    let (ending, mut attributes) = ending(&ended.attempt, &ended.end);
    attributes.push(("isOutside", true.into()));
    let (attempt, kind) = (&ended.attempt, held.kind.clone());
    let (trace, parent) = (TraceId::of(&held.trace_id), held.span);
    let (tenant, job, started) = (attempt.tenant, attempt.job, attempt.started_at);
    tx.after_commit(move || {
        telemetry.tell(|| Span {
            trace,
            id: SpanId::fresh(),
            parent,
            kind: SpanKind::Job,
            name: kind.into(),
            started: started.into(),
            took: Duration::from_millis(now.millis().abs_diff(started.millis())),
            ending,
            status: None,
            tenant: telemetry.tag_of(tenant),
            actor: Some(Actor::Job(job)),
            job: Some(job),
            event: None,
            attributes,
        });
    });
    Ok(())
}

fn failed(why: &str) -> Ending {
    Ending::Failed(short(why))
}
