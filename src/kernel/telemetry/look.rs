//! Looking at what is kept. Each look opens the file anew, so that one that was deleted or made anew
//! meanwhile is no trouble, and has so much time and no more.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use tokio::task::spawn_blocking;

use super::Telemetry;
use super::keeper::VERSION;
use super::shown::{ErrorGroup, ShownLine, ShownSpan, ShownTrace, ShownTraceLine, TraceSummary};
use super::store::{self, LineSearch, TraceSearch};
use crate::base::db::TenantNo;
use crate::base::db::side_file::{SideFile, means_damage, size_of};
use crate::base::{Error, Result};
use crate::kernel::{TraceId, Who};

const LIMIT: Duration = Duration::from_secs(5);

/// What one trace shows at most.
const MOST_SPANS: usize = 2_000;
const MOST_LINES: usize = 1_000;

/// Whose telemetry somebody may look at: his tenant's, or in the instance everybody's.
#[derive(Debug, Clone, Copy)]
pub struct Viewer(Option<TenantNo>);

impl Viewer {
    pub fn of(who: &Who) -> Self {
        Self((!who.tenant.is_instance()).then_some(who.tenant.number))
    }

    /// Whoever runs the instance, by himself.
    pub fn of_everybody() -> Self {
        Self(None)
    }

    pub fn sees_all(self) -> bool {
        self.0.is_none()
    }

    pub(super) fn sees(self, tenant: Option<TenantNo>) -> bool {
        self.0.is_none() || self.0 == tenant
    }

    pub(super) fn shown(self, line: ShownLine) -> ShownLine {
        if self.sees_all() { line } else { line.for_tenant() }
    }
}

/// Where a list of errors goes on.
#[derive(Debug, Clone)]
pub struct ErrorPosition {
    pub at: i64,
    pub tenant: i64,
    pub fingerprint: String,
}

impl Telemetry {
    pub async fn list_traces(
        &self,
        viewer: Viewer,
        search: TraceSearch,
        limit: usize,
    ) -> Result<Vec<TraceSummary>> {
        let found = self.look(move |file| store::list_traces(file, viewer.0, &search, limit)).await?;
        Ok(found.unwrap_or_default().into_iter().map(TraceSummary::of).collect())
    }

    pub async fn find_trace(&self, viewer: Viewer, id: TraceId) -> Result<ShownTrace> {
        let found = self.look(move |file| whole(file, viewer, id)).await?;
        found.flatten().ok_or_else(|| Error::not_found("trace"))
    }

    pub async fn list_lines(
        &self,
        viewer: Viewer,
        search: LineSearch,
        limit: usize,
    ) -> Result<Vec<ShownLine>> {
        let found = self.look(move |file| store::list_lines(file, viewer.0, &search, limit)).await?;
        Ok(found.unwrap_or_default().into_iter().map(|row| viewer.shown(ShownLine::of(row))).collect())
    }

    pub async fn list_errors(
        &self,
        viewer: Viewer,
        since_micros: Option<i64>,
        after: Option<ErrorPosition>,
        limit: usize,
    ) -> Result<Vec<ErrorGroup>> {
        let look = move |file: &SideFile| {
            let after = after.as_ref().map(|last| (last.at, last.tenant, last.fingerprint.as_str()));
            store::list_errors(file, viewer.0, since_micros, after, limit)
        };
        Ok(self.look(look).await?.unwrap_or_default().into_iter().map(ErrorGroup::of).collect())
    }

    /// Nothing when there is no file, as before the first thing is kept.
    async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&SideFile) -> Result<T> + Send + 'static,
    ) -> Result<Option<T>> {
        let telemetry = self.clone();
        let looked = spawn_blocking(move || match open(telemetry.file())? {
            Some(file) => file.in_snapshot(look).map(Some),
            None => Ok(None),
        });
        match looked.await.map_err(Error::internal)? {
            Err(error) if means_damage(&error) => {
                self.found_damage();
                Err(Error::unavailable("The file of telemetry is damaged and is made anew; try again.")
                    .caused_by(error))
            }
            other => other,
        }
    }
}

fn open(file: &Path) -> Result<Option<SideFile>> {
    SideFile::open_to_read(file, VERSION, LIMIT)
}

/// What the file takes, when it is there and can be read.
pub fn glance_at(file: &Path) -> Result<Option<u64>> {
    let is_there = file.symlink_metadata().is_ok();
    list_recent(file, 1)?;
    Ok(is_there.then(|| size_of(file)))
}

/// The newest traces that are kept.
pub(super) fn list_recent(file: &Path, limit: usize) -> Result<Vec<TraceId>> {
    open(file)?.map_or(Ok(Vec::new()), |file| store::list_recent(&file, limit))
}

/// Nothing when there is no such trace where the viewer may look.
fn whole(file: &SideFile, viewer: Viewer, id: TraceId) -> Result<Option<ShownTrace>> {
    let mut spans = Vec::new();
    for part in store::list_parts(file, viewer.0, id)? {
        let found = store::list_spans(file, part.number, MOST_SPANS - spans.len())?;
        spans.extend(found.into_iter().map(|row| ShownSpan::of(row, part.slug.as_deref())));
    }
    let search = LineSearch { trace: Some(id), ..LineSearch::default() };
    let lines = store::list_lines(file, viewer.0, &search, MOST_LINES)?;
    let logs: Vec<ShownTraceLine> =
        lines.into_iter().rev().map(|row| viewer.shown(ShownLine::of(row)).into()).collect();
    let Some(beginning) = spans.iter().map(|span| span.started).min() else { return Ok(None) };
    let end = spans.iter().map(|span| span.ended).max().unwrap_or(beginning);
    arrange(&mut spans, beginning);
    Ok(Some(ShownTrace {
        trace_id: id.to_string(),
        started_at: super::Moment::from_micros(beginning).timestamp(),
        duration_ms: (end - beginning) as f64 / 1_000.0,
        spans,
        logs,
    }))
}

/// In the order in which they began; of those that began at once, what is a part of another comes after it.
fn arrange(spans: &mut [ShownSpan], beginning: i64) {
    spans.iter_mut().for_each(|span| span.set_offset(beginning));
    spans.sort_by_key(|span| (span.started, span.kind as u8, std::cmp::Reverse(span.ended)));
    let known: HashSet<String> = spans.iter().map(|span| span.span_id.clone()).collect();
    for span in spans.iter_mut() {
        // The caller's span, and one that is not kept, are nobody's to show.
        span.parent_id = span.parent_id.take().filter(|parent| known.contains(parent));
    }
}
