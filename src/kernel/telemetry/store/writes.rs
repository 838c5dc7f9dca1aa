//! What the keeper of the file writes and deletes.

use super::bytes_of;
use crate::base::Result;
use crate::base::db::side_file::SideFile;
use crate::base::db::{FromRow, Only, Row, TenantNo, Value};
use crate::kernel::TraceId;
use crate::kernel::telemetry::attribute::Attributes;
use crate::kernel::telemetry::model::{Line, Moment, Span, TenantTag};
use crate::{bind, sql};

/// Whose something is that is nobody's.
const NOBODY: i64 = 0;

fn number_of(tenant: Option<&TenantTag>) -> i64 {
    tenant.map_or(NOBODY, |tag| tag.number.get())
}

fn slug_of(tenant: Option<&TenantTag>) -> Option<&str> {
    tenant.map(|tag| &*tag.slug)
}

impl From<Moment> for Value<'_> {
    fn from(moment: Moment) -> Self {
        Self::Int(moment.micros())
    }
}

fn micros(span: std::time::Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

fn json(attributes: &Attributes) -> String {
    let object: serde_json::Map<_, _> = attributes
        .iter()
        .map(|(name, value)| ((*name).to_owned(), serde_json::to_value(value).unwrap_or_default()))
        .collect();
    serde_json::Value::Object(object).to_string()
}

/// A trace that is there.
pub(in crate::kernel::telemetry) struct Root {
    pub number: i64,
    pub started: i64,
}

impl FromRow for Root {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self { number: row.take("number")?, started: row.take("started")? })
    }
}

pub(in crate::kernel::telemetry) fn find_trace(
    file: &SideFile,
    trace: TraceId,
    tenant: Option<&TenantTag>,
) -> Result<Option<Root>> {
    file.maybe(
        sql!("../sql/", "find_trace"),
        bind! { trace: &bytes_of(trace)[..], tenant: number_of(tenant) },
    )
}

pub(in crate::kernel::telemetry) fn insert_trace(file: &SideFile, root: &Span) -> Result<i64> {
    let tenant = root.tenant.as_ref();
    let inserted: Option<Only<i64>> = file.maybe(
        sql!("../sql/", "insert_trace"),
        bind! {
            trace: &bytes_of(root.trace)[..],
            tenant: number_of(tenant),
            slug: slug_of(tenant),
            kind: root.kind,
            name: &*root.name,
            started: root.started,
            took: micros(root.took),
            status: root.status.map(u32::from),
            is_failed: root.ending.is_failed(),
            actor: root.actor.map(|actor| actor.to_string()),
        },
    )?;
    inserted.map(|Only(number)| number).ok_or_else(|| crate::base::Error::internal("a trace has no number"))
}

pub(in crate::kernel::telemetry) fn set_root(file: &SideFile, number: i64, root: &Span) -> Result<u64> {
    file.run(
        sql!("../sql/", "set_root"),
        bind! {
            number: number,
            kind: root.kind,
            name: &*root.name,
            started: root.started,
            took: micros(root.took),
            status: root.status.map(u32::from),
            is_failed: root.ending.is_failed(),
            actor: root.actor.map(|actor| actor.to_string()),
        },
    )
}

pub(in crate::kernel::telemetry) fn add_to_trace(
    file: &SideFile,
    number: i64,
    spans: u64,
    errors: u64,
) -> Result<u64> {
    let (spans, errors) = (spans as i64, errors as i64);
    file.run(sql!("../sql/", "add_to_trace"), bind! { number: number, spans: spans, errors: errors })
}

/// How many rows it became: none when it was there already.
pub(in crate::kernel::telemetry) fn insert_span(file: &SideFile, trace: i64, span: &Span) -> Result<u64> {
    file.run(
        sql!("../sql/", "insert_span"),
        bind! {
            trace: trace,
            id: span.id,
            parent: span.parent,
            kind: span.kind,
            name: &*span.name,
            started: span.started,
            took: micros(span.took),
            error: span.ending.error(),
            status: span.status.map(u32::from),
            actor: span.actor.map(|actor| actor.to_string()),
            job: span.job,
            event: span.event,
            attributes: json(&span.attributes),
        },
    )
}

pub(in crate::kernel::telemetry) fn insert_line(file: &SideFile, number: i64, line: &Line) -> Result<u64> {
    let trace = line.trace.map(bytes_of);
    file.run(
        sql!("../sql/", "insert_line"),
        bind! {
            number: number,
            at: line.at,
            level: line.level as i64,
            target: line.target,
            message: line.message.as_str(),
            trace: trace.as_ref().map(|bytes| &bytes[..]),
            span: line.span,
            tenant: number_of(line.tenant.as_ref()),
            slug: slug_of(line.tenant.as_ref()),
            actor: line.actor.map(|actor| actor.to_string()),
            fields: json(&line.fields),
        },
    )
}

/// Something that failed, as one of its kind.
pub(in crate::kernel::telemetry) struct ErrorEntry<'e> {
    pub tenant: Option<&'e TenantTag>,
    pub fingerprint: String,
    pub kind: &'static str,
    pub title: String,
    pub at: Moment,
    pub trace: Option<TraceId>,
}

pub(in crate::kernel::telemetry) fn add_error(file: &SideFile, error: &ErrorEntry<'_>) -> Result<u64> {
    let sample = error.trace.map(bytes_of);
    file.run(
        sql!("../sql/", "add_error"),
        bind! {
            tenant: number_of(error.tenant),
            fingerprint: error.fingerprint.as_str(),
            slug: slug_of(error.tenant),
            kind: error.kind,
            title: error.title.as_str(),
            at: error.at,
            sample: sample.as_ref().map(|bytes| &bytes[..]),
        },
    )
}

/// The number of the line that was written last.
pub(in crate::kernel::telemetry) fn last_line(file: &SideFile) -> Result<Option<i64>> {
    let last: Option<Only<i64>> = file.maybe(sql!("../sql/", "last_line"), &[])?;
    Ok(last.map(|Only(number)| number))
}

/// When the oldest thing happened that is there.
pub(in crate::kernel::telemetry) fn oldest(file: &SideFile) -> Result<Option<Moment>> {
    let oldest: Option<Only<Option<i64>>> = file.maybe(sql!("../sql/", "oldest"), &[])?;
    Ok(oldest.and_then(|Only(at)| at).map(Moment::from_micros))
}

pub(in crate::kernel::telemetry) fn delete_spans_before(file: &SideFile, before: Moment) -> Result<u64> {
    file.run(sql!("../sql/", "delete_spans_before"), bind! { before: before })
}

pub(in crate::kernel::telemetry) fn delete_traces_before(file: &SideFile, before: Moment) -> Result<u64> {
    file.run(sql!("../sql/", "delete_traces_before"), bind! { before: before })
}

pub(in crate::kernel::telemetry) fn delete_lines_before(file: &SideFile, before: Moment) -> Result<u64> {
    file.run(sql!("../sql/", "delete_lines_before"), bind! { before: before })
}

pub(in crate::kernel::telemetry) fn delete_errors_before(file: &SideFile, before: Moment) -> Result<u64> {
    file.run(sql!("../sql/", "delete_errors_before"), bind! { before: before })
}

pub(in crate::kernel::telemetry) fn delete_spans_of(file: &SideFile, tenant: TenantNo) -> Result<u64> {
    file.run(sql!("../sql/", "delete_spans_of"), bind! { tenant: tenant })
}

pub(in crate::kernel::telemetry) fn delete_traces_of(file: &SideFile, tenant: TenantNo) -> Result<u64> {
    file.run(sql!("../sql/", "delete_traces_of"), bind! { tenant: tenant })
}

pub(in crate::kernel::telemetry) fn delete_lines_of(file: &SideFile, tenant: TenantNo) -> Result<u64> {
    file.run(sql!("../sql/", "delete_lines_of"), bind! { tenant: tenant })
}

pub(in crate::kernel::telemetry) fn delete_errors_of(file: &SideFile, tenant: TenantNo) -> Result<u64> {
    file.run(sql!("../sql/", "delete_errors_of"), bind! { tenant: tenant })
}
