//! Traces, lines and errors as people see them.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::model::{Level, Line, Moment, SpanKind};
use super::store::{ErrorRow, LineRow, SpanRow, TraceRow};
use crate::base::Timestamp;

/// Fields of a line that show how this server is made: for those who run it.
const OF_THE_INSTANCE: [&str; 2] = ["error", "panic"];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "TraceOutcome")]
pub enum ShownOutcome {
    Ok,
    Failed,
}

impl ShownOutcome {
    fn of(is_failed: bool) -> Self {
        if is_failed { Self::Failed } else { Self::Ok }
    }
}

fn millis(micros: i64) -> f64 {
    micros as f64 / 1_000.0
}

fn timestamp(micros: i64) -> Timestamp {
    Moment::from_micros(micros).timestamp()
}

/// A trace as lists show it: what began it, and how much came of that.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TraceSummary {
    pub trace_id: String,
    /// A method and a route, a kind of job, or what else began it.
    pub name: String,
    pub kind: SpanKind,
    pub started_at: Timestamp,
    /// Of what began it.
    pub duration_ms: f64,
    pub status: Option<u16>,
    pub outcome: ShownOutcome,
    /// The tenant's slug.
    pub tenant: Option<String>,
    pub actor: Option<String>,
    pub spans: u32,
    /// Spans that failed.
    pub errors: u32,
    #[serde(skip)]
    pub position: (i64, i64),
}

impl TraceSummary {
    pub(super) fn of(row: TraceRow) -> Self {
        Self {
            trace_id: row.trace.to_string(),
            name: row.name,
            kind: row.kind,
            started_at: timestamp(row.started),
            duration_ms: millis(row.took),
            status: row.status,
            outcome: ShownOutcome::of(row.is_failed),
            tenant: row.slug,
            actor: row.actor,
            spans: row.spans,
            errors: row.errors,
            position: (row.started, row.number),
        }
    }
}

/// A trace with everything that is known of it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Trace")]
pub struct ShownTrace {
    pub trace_id: String,
    pub started_at: Timestamp,
    /// From the beginning of its first span to the end of its last.
    pub duration_ms: f64,
    /// In the order in which they began.
    pub spans: Vec<ShownSpan>,
    /// The oldest first.
    pub logs: Vec<ShownTraceLine>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Span")]
pub struct ShownSpan {
    pub span_id: String,
    /// The span that it is a part of; the caller's own is not among these.
    pub parent_id: Option<String>,
    pub kind: SpanKind,
    pub name: String,
    pub started_at: Timestamp,
    /// Since the trace began.
    pub offset_ms: f64,
    pub duration_ms: f64,
    pub outcome: ShownOutcome,
    /// Why it failed.
    pub error: Option<String>,
    pub status: Option<u16>,
    pub tenant: Option<String>,
    pub actor: Option<String>,
    pub job_id: Option<String>,
    pub event_id: Option<String>,
    pub attributes: Map<String, Json>,
    #[serde(skip)]
    pub(super) started: i64,
    #[serde(skip)]
    pub(super) ended: i64,
}

impl ShownSpan {
    pub(super) fn of(row: SpanRow, tenant: Option<&str>) -> Self {
        Self {
            span_id: row.id.to_string(),
            parent_id: row.parent.map(|parent| parent.to_string()),
            kind: row.kind,
            name: row.name,
            started_at: timestamp(row.started),
            offset_ms: 0.0,
            duration_ms: millis(row.took),
            outcome: ShownOutcome::of(row.error.is_some()),
            error: row.error,
            status: row.status,
            tenant: tenant.map(str::to_owned),
            actor: row.actor,
            job_id: row.job,
            event_id: row.event,
            attributes: object(&row.attributes),
            started: row.started,
            ended: row.started.saturating_add(row.took),
        }
    }

    pub(super) fn set_offset(&mut self, beginning: i64) {
        self.offset_ms = millis(self.started - beginning);
    }
}

fn object(json: &str) -> Map<String, Json> {
    serde_json::from_str(json).unwrap_or_default()
}

/// A line within its trace.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "TraceLine")]
pub struct ShownTraceLine {
    pub at: Timestamp,
    pub level: Level,
    pub target: String,
    pub message: String,
    pub span_id: Option<String>,
    pub fields: Map<String, Json>,
}

impl From<ShownLine> for ShownTraceLine {
    fn from(line: ShownLine) -> Self {
        let ShownLine { at, level, target, message, span_id, fields, .. } = line;
        Self { at, level, target, message, span_id, fields }
    }
}

/// A line of the log.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LogEntry")]
pub struct ShownLine {
    /// Ascends with time.
    pub id: i64,
    pub at: Timestamp,
    pub level: Level,
    /// The part of the server that wrote it.
    pub target: String,
    pub message: String,
    pub trace_id: Option<String>,
    pub span_id: Option<String>,
    pub tenant: Option<String>,
    pub actor: Option<String>,
    pub fields: Map<String, Json>,
}

impl ShownLine {
    pub(super) fn of(row: LineRow) -> Self {
        Self {
            id: row.number,
            at: timestamp(row.at),
            level: row.level,
            target: row.target,
            message: row.message,
            trace_id: row.trace.map(|trace| trace.to_string()),
            span_id: row.span.map(|span| span.to_string()),
            tenant: row.slug,
            actor: row.actor,
            fields: object(&row.fields),
        }
    }

    /// A line that was written just now.
    pub(super) fn fresh(number: i64, line: &Line) -> Self {
        let field = |(name, value): &(&str, super::Attribute)| {
            ((*name).to_owned(), serde_json::to_value(value).unwrap_or_default())
        };
        Self {
            id: number,
            at: line.at.timestamp(),
            level: line.level,
            target: line.target.into(),
            message: line.message.clone(),
            trace_id: line.trace.map(|trace| trace.to_string()),
            span_id: line.span.map(|span| span.to_string()),
            tenant: line.tenant.as_ref().map(|tag| tag.slug.to_string()),
            actor: line.actor.map(|actor| actor.to_string()),
            fields: line.fields.iter().map(field).collect(),
        }
    }

    /// The line as a tenant may see it.
    pub(super) fn for_tenant(mut self) -> Self {
        for name in OF_THE_INSTANCE {
            self.fields.remove(name);
        }
        self
    }
}

/// What failed in the same way.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorGroup {
    /// What errors like these have in common.
    pub fingerprint: String,
    pub title: String,
    /// `request` or `job`, or `log` for a line of the log that belongs to neither.
    pub kind: String,
    pub first_seen_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub count: i64,
    /// The last trace in which it was seen; it may be gone before its group is.
    pub sample_trace_id: Option<String>,
    pub tenant: Option<String>,
    #[serde(skip)]
    pub position: (i64, i64),
}

impl ErrorGroup {
    pub(super) fn of(row: ErrorRow) -> Self {
        Self {
            fingerprint: row.fingerprint,
            title: row.title,
            kind: row.kind,
            first_seen_at: timestamp(row.first_at),
            last_seen_at: timestamp(row.last_at),
            count: row.count,
            sample_trace_id: row.sample.map(|trace| trace.to_string()),
            tenant: row.slug,
            position: (row.last_at, row.tenant),
        }
    }
}
