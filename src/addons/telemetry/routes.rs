//! The routes over telemetry. Everybody's is that of the reserved tenant: `X-Tenant-ID: instance`.

use futures_util::stream;
use serde_json::json;

use super::TelemetryRead;
use super::model::{
    ErrorCursor, ErrorQuery, LogPosition, LogQuery, TailQuery, TraceKey, TracePosition, TraceQuery,
};
use crate::http::{App, Can, Event, Live, Page, Path, Query, Reply, Route, Shown};
use crate::kernel::telemetry::{ErrorGroup, Heard, ShownLine, ShownTrace, Tail, TraceSummary, Viewer};
use crate::route;

pub static ROUTES: &[Route] = &[
    route!(GET "/api/traces",      TelemetryRead, list_traces, "Recent traces, the newest first; everybody's with `X-Tenant-ID: instance`"),
    route!(GET "/api/traces/{id}", TelemetryRead, show_trace,  "One trace: what was done, step by step, and what was logged"),
    route!(GET "/api/logs",        TelemetryRead, list_logs,   "Recent lines of the log, the newest first"),
    route!(GET "/api/logs/stream", TelemetryRead, follow_logs, "Follow the log as it is written"),
    route!(GET "/api/errors",      TelemetryRead, list_errors, "What failed lately, grouped by what failures have in common"),
];

async fn list_traces(
    who: Can<TelemetryRead>,
    Query(query): Query<TraceQuery>,
    app: App,
) -> Reply<Page<TraceSummary>> {
    let (viewer, limit) = (Viewer::of(&who), query.limit);
    let found = app.telemetry.list_traces(viewer, query.search(viewer)?, limit.and_one()).await?;
    let position = |last: &TraceSummary| TracePosition { at: last.position.0, number: last.position.1 };
    Ok(Page::of(found, limit.get(), position)?)
}

async fn show_trace(
    who: Can<TelemetryRead>,
    Path(TraceKey(id)): Path<TraceKey>,
    app: App,
) -> Reply<Shown<ShownTrace>> {
    Ok(Shown(app.telemetry.find_trace(Viewer::of(&who), id).await?))
}

async fn list_logs(
    who: Can<TelemetryRead>,
    Query(query): Query<LogQuery>,
    app: App,
) -> Reply<Page<ShownLine>> {
    let (viewer, limit) = (Viewer::of(&who), query.limit);
    let found = app.telemetry.list_lines(viewer, query.search(viewer)?, limit.and_one()).await?;
    Ok(Page::of(found, limit.get(), |last| LogPosition { id: last.id })?)
}

async fn follow_logs(who: Can<TelemetryRead>, Query(query): Query<TailQuery>, app: App) -> Reply<Live> {
    let tail = Tail::begin(&app.telemetry, Viewer::of(&who), query.into())?;
    Ok(Live::of(stream::unfold(tail, |mut tail| async move {
        let event = match tail.next().await? {
            Heard::Line(line) => Event::of("log", &line).ok()?.with_id(line.id),
            Heard::Missed => Event::of("lagged", &json!({})).ok()?,
        };
        Some((event, tail))
    })))
}

async fn list_errors(
    who: Can<TelemetryRead>,
    Query(query): Query<ErrorQuery>,
    app: App,
) -> Reply<Page<ErrorGroup>> {
    let (viewer, limit, since) = (Viewer::of(&who), query.limit, query.since_micros());
    let found = app.telemetry.list_errors(viewer, since, query.after(), limit.and_one()).await?;
    let position = |last: &ErrorGroup| ErrorCursor {
        at: last.position.0,
        tenant: last.position.1,
        fingerprint: last.fingerprint.clone(),
    };
    Ok(Page::of(found, limit.get(), position)?)
}
