//! What is looked at.

use super::bytes_of;
use crate::base::Result;
use crate::base::db::side_file::SideFile;
use crate::base::db::{FromRow, Only, Row, TenantNo};
use crate::kernel::TraceId;
use crate::kernel::telemetry::model::{Level, SpanId, SpanKind};
use crate::{bind, sql};

fn id_of(bytes: Vec<u8>) -> Option<TraceId> {
    bytes.try_into().ok().map(|bytes| TraceId(u128::from_be_bytes(bytes)))
}

/// Which traces to list. The filters of a list are those of the API, the tenant aside, which is whose
/// traces may be seen.
#[derive(Debug, Clone, Default)]
pub struct TraceSearch {
    pub slug: Option<String>,
    /// A path as routes have it, or that with its method.
    pub route: Option<String>,
    /// The lowest and the highest status.
    pub status: Option<(u16, u16)>,
    pub slower_than_micros: Option<i64>,
    pub actor: Option<String>,
    pub since_micros: Option<i64>,
    pub until_micros: Option<i64>,
    /// Older than the one that began then, with this number.
    pub after: Option<(i64, i64)>,
}

pub(in crate::kernel::telemetry) struct TraceRow {
    pub number: i64,
    pub trace: TraceId,
    pub kind: SpanKind,
    pub name: String,
    pub started: i64,
    pub took: i64,
    pub status: Option<u16>,
    pub is_failed: bool,
    pub slug: Option<String>,
    pub actor: Option<String>,
    pub spans: u32,
    pub errors: u32,
}

impl FromRow for TraceRow {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            number: row.take("number")?,
            trace: id_of(row.take("trace")?).unwrap_or(TraceId(0)),
            kind: row.take("kind")?,
            name: row.take("name")?,
            started: row.take("started")?,
            took: row.take("took")?,
            status: row.take("status")?,
            is_failed: row.take("is_failed")?,
            slug: row.take("slug")?,
            actor: row.take("actor")?,
            spans: row.take("spans")?,
            errors: row.take("errors")?,
        })
    }
}

pub(in crate::kernel::telemetry) fn list_traces(
    file: &SideFile,
    tenant: Option<TenantNo>,
    search: &TraceSearch,
    limit: usize,
) -> Result<Vec<TraceRow>> {
    file.all(
        sql!("../sql/", "list_traces"),
        bind! {
            tenant: tenant,
            slug: search.slug.as_deref(),
            route: search.route.as_deref(),
            status_from: search.status.map(|(from, _)| u32::from(from)),
            status_to: search.status.map(|(_, to)| u32::from(to)),
            slower_than: search.slower_than_micros,
            actor: search.actor.as_deref(),
            since: search.since_micros,
            until: search.until_micros,
            after: search.after.map(|(started, _)| started),
            after_number: search.after.map(|(_, number)| number),
            limit: limit as i64,
        },
    )
}

/// The traces that are kept, the newest first.
pub(in crate::kernel::telemetry) fn list_recent(file: &SideFile, limit: usize) -> Result<Vec<TraceId>> {
    let found: Vec<Only<Vec<u8>>> =
        file.all(sql!("../sql/", "list_recent"), bind! { limit: limit as i64 })?;
    Ok(found.into_iter().filter_map(|Only(bytes)| id_of(bytes)).collect())
}

/// What a trace did in one tenant.
pub(in crate::kernel::telemetry) struct Part {
    pub number: i64,
    pub slug: Option<String>,
}

impl FromRow for Part {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self { number: row.take("number")?, slug: row.take("slug")? })
    }
}

pub(in crate::kernel::telemetry) fn list_parts(
    file: &SideFile,
    tenant: Option<TenantNo>,
    trace: TraceId,
) -> Result<Vec<Part>> {
    file.all(sql!("../sql/", "list_parts"), bind! { trace: &bytes_of(trace)[..], tenant: tenant })
}

pub(in crate::kernel::telemetry) struct SpanRow {
    pub id: SpanId,
    pub parent: Option<SpanId>,
    pub kind: SpanKind,
    pub name: String,
    pub started: i64,
    pub took: i64,
    pub error: Option<String>,
    pub status: Option<u16>,
    pub actor: Option<String>,
    pub job: Option<String>,
    pub event: Option<String>,
    pub attributes: String,
}

impl FromRow for SpanRow {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.take("id")?,
            parent: row.take("parent")?,
            kind: row.take("kind")?,
            name: row.take("name")?,
            started: row.take("started")?,
            took: row.take("took")?,
            error: row.take("error")?,
            status: row.take("status")?,
            actor: row.take("actor")?,
            job: row.take("job")?,
            event: row.take("event")?,
            attributes: row.take("attributes")?,
        })
    }
}

pub(in crate::kernel::telemetry) fn list_spans(
    file: &SideFile,
    trace: i64,
    limit: usize,
) -> Result<Vec<SpanRow>> {
    file.all(sql!("../sql/", "list_spans"), bind! { trace: trace, limit: limit as i64 })
}

/// Which lines to list.
#[derive(Debug, Clone, Default)]
pub struct LineSearch {
    pub slug: Option<String>,
    pub trace: Option<TraceId>,
    /// At least this level.
    pub level: Option<Level>,
    /// What the message contains, in small or large letters.
    pub text: Option<String>,
    pub since_micros: Option<i64>,
    pub until_micros: Option<i64>,
    /// Older than the line of this number.
    pub after: Option<i64>,
}

pub(in crate::kernel::telemetry) struct LineRow {
    pub number: i64,
    pub at: i64,
    pub level: Level,
    pub target: String,
    pub message: String,
    pub trace: Option<TraceId>,
    pub span: Option<SpanId>,
    pub slug: Option<String>,
    pub actor: Option<String>,
    pub fields: String,
}

impl FromRow for LineRow {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            number: row.take("number")?,
            at: row.take("at")?,
            level: Level::of(row.take::<i64>("level")?),
            target: row.take("target")?,
            message: row.take("message")?,
            trace: row.take::<Option<Vec<u8>>>("trace")?.and_then(id_of),
            span: row.take("span")?,
            slug: row.take("slug")?,
            actor: row.take("actor")?,
            fields: row.take("fields")?,
        })
    }
}

pub(in crate::kernel::telemetry) fn list_lines(
    file: &SideFile,
    tenant: Option<TenantNo>,
    search: &LineSearch,
    limit: usize,
) -> Result<Vec<LineRow>> {
    let trace = search.trace.map(bytes_of);
    file.all(
        sql!("../sql/", "list_lines"),
        bind! {
            trace: trace.as_ref().map(|bytes| &bytes[..]),
            tenant: tenant,
            slug: search.slug.as_deref(),
            level: search.level.map(|level| level as i64),
            text: search.text.as_deref(),
            since: search.since_micros,
            until: search.until_micros,
            after: search.after,
            limit: limit as i64,
        },
    )
}

pub(in crate::kernel::telemetry) struct ErrorRow {
    pub fingerprint: String,
    pub title: String,
    pub kind: String,
    pub first_at: i64,
    pub last_at: i64,
    pub count: i64,
    pub sample: Option<TraceId>,
    pub slug: Option<String>,
    pub tenant: i64,
}

impl FromRow for ErrorRow {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            fingerprint: row.take("fingerprint")?,
            title: row.take("title")?,
            kind: row.take("kind")?,
            first_at: row.take("first_at")?,
            last_at: row.take("last_at")?,
            count: row.take("count")?,
            sample: row.take::<Option<Vec<u8>>>("sample")?.and_then(id_of),
            slug: row.take("slug")?,
            tenant: row.take("tenant")?,
        })
    }
}

pub(in crate::kernel::telemetry) fn list_errors(
    file: &SideFile,
    tenant: Option<TenantNo>,
    since_micros: Option<i64>,
    after: Option<(i64, i64, &str)>,
    limit: usize,
) -> Result<Vec<ErrorRow>> {
    file.all(
        sql!("../sql/", "list_errors"),
        bind! {
            tenant: tenant,
            since: since_micros,
            after: after.map(|(at, _, _)| at),
            after_tenant: after.map(|(_, tenant, _)| tenant),
            after_fingerprint: after.map(|(_, _, fingerprint)| fingerprint),
            limit: limit as i64,
        },
    )
}
