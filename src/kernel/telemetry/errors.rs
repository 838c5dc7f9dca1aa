//! What fails, grouped by what failures have in common.

use super::model::{Level, Line, Span, SpanKind};
use super::store::ErrorEntry;
use crate::kernel::events::fingerprint;

/// Characters of a title.
const LONGEST_TITLE: usize = 300;

/// A request or an attempt that failed. What failed within it is the same failure.
pub(super) fn of_span(span: &Span) -> Option<ErrorEntry<'_>> {
    let why = span.ending.error().filter(|_| matches!(span.kind, SpanKind::Request | SpanKind::Job))?;
    Some(ErrorEntry {
        tenant: span.tenant.as_ref(),
        fingerprint: fingerprint(&span.name, why),
        kind: span.kind.as_str(),
        title: title(&span.name, why),
        at: span.started,
        trace: Some(span.trace),
    })
}

/// An error in the log that belongs to neither.
pub(super) fn error_of<'l>(line: &'l Line) -> Option<ErrorEntry<'l>> {
    (line.level == Level::Error && line.span.is_none()).then(|| ErrorEntry {
        tenant: line.tenant.as_ref(),
        fingerprint: fingerprint(line.target, &line.message),
        kind: "log",
        title: title(line.target, &line.message),
        at: line.at,
        trace: line.trace,
    })
}

fn title(name: &str, why: &str) -> String {
    format!("{name}: {}", why.lines().next().unwrap_or_default()).chars().take(LONGEST_TITLE).collect()
}
