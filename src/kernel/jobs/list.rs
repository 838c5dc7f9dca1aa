//! Lists of jobs. What no index serves is looked for among so many rows at a time: a page may have
//! few jobs or none and still go on, and no page takes long however many jobs there are.
//!
//! A list walks along one index alone. Were two filters left to the engine, it would walk along one
//! of them until it had found enough that fit the other, which may be never.

use std::cmp::Reverse;

use super::model::{Job, JobFilter, JobState, JobSummary, Priority};
use super::store::{self, Walk};
use crate::base::db::Read;
use crate::base::{Id, Result};

/// Rows that one page looks at. They lie all over the file.
const ROWS: usize = 2_500;

/// Rows that a page looks at in one line, however many lines there are.
const FEWEST_ROWS: usize = 20;

/// Jobs that a filter finds, and after which to go on, if there may be more.
pub struct Found {
    pub jobs: Vec<JobSummary>,
    pub goes_on_after: Option<Id<Job>>,
}

/// The newest first.
pub fn list_jobs(tx: &Read<'_>, filter: &JobFilter, limit: usize) -> Result<Found> {
    list_among(tx, filter, ROWS, limit)
}

/// The same among so many rows.
pub(super) fn list_among(tx: &Read<'_>, filter: &JobFilter, rows: usize, limit: usize) -> Result<Found> {
    match Walk::of(filter, rows) {
        _ if filter.tag.is_some() => list_tagged(tx, filter, rows, limit),
        Walk { state: Some(JobState::Ready), .. } => list_waiting(tx, filter, rows, limit),
        walk => list_along(tx, filter, &walk, limit),
    }
}

fn list_along(tx: &Read<'_>, filter: &JobFilter, walk: &Walk<'_>, limit: usize) -> Result<Found> {
    let jobs = store::list_jobs(tx, filter, walk, limit + 1)?;
    Found::of(jobs, limit, || store::end_of_walk(tx, filter.before, walk))
}

fn list_tagged(tx: &Read<'_>, filter: &JobFilter, rows: usize, limit: usize) -> Result<Found> {
    let jobs = store::list_tagged_jobs(tx, filter, rows, limit + 1)?;
    Found::of(jobs, limit, || store::end_of_tagged_walk(tx, filter, rows))
}

/// What waits has no index of its own but those that the claim goes by: one line for each queue and
/// class. They are put together by age, down to where the first of them was left.
fn list_waiting(tx: &Read<'_>, filter: &JobFilter, rows: usize, limit: usize) -> Result<Found> {
    let counts = store::count_jobs(tx, filter.queue.as_ref())?;
    let waiting = counts.iter().filter(|count| count.state == JobState::Ready && count.jobs > 0);
    let lines: Vec<_> =
        waiting.flat_map(|count| Priority::BY_CLASS.map(|class| (&count.queue, class))).collect();
    let rows_of_each = (rows / lines.len().max(1)).max(FEWEST_ROWS);
    let (mut jobs, mut left_at) = (Vec::new(), None);
    for line in lines {
        let walk = Walk { line: Some(line), rows: rows_of_each, ..Walk::default() };
        let found = list_along(tx, filter, &walk, limit)?;
        jobs.extend(found.jobs);
        left_at = left_at.max(found.goes_on_after);
    }
    jobs.retain(|job: &JobSummary| Some(job.id) >= left_at);
    jobs.sort_unstable_by_key(|job| Reverse(job.id));
    Found::of(jobs, limit, || Ok(left_at))
}

impl Found {
    /// As many as were asked for, of those that were found.
    fn of(
        mut jobs: Vec<JobSummary>,
        limit: usize,
        end: impl FnOnce() -> Result<Option<Id<Job>>>,
    ) -> Result<Self> {
        if jobs.len() > limit {
            jobs.truncate(limit);
            let goes_on_after = jobs.last().map(|last| last.id);
            return Ok(Self { jobs, goes_on_after });
        }
        Ok(Self { jobs, goes_on_after: end()? })
    }
}

impl<'f> Walk<'f> {
    /// Along what is likely to have the fewest: a trace, then a state that jobs are seldom in.
    fn of(filter: &'f JobFilter, rows: usize) -> Self {
        let walk = Self { rows, ..Self::default() };
        let is_common = matches!(filter.state, None | Some(JobState::Done | JobState::Ready));
        match (&filter.trace, &filter.kind) {
            (Some(trace), _) => Self { trace: Some(trace), ..walk },
            (None, Some(kind)) if is_common => Self { kind: Some(kind), ..walk },
            (None, _) => Self { state: filter.state, ..walk },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_walks_along_one_index_alone() {
        let filter = |state, kind: Option<&str>, trace: Option<&str>| JobFilter {
            state,
            kind: kind.map(Into::into),
            trace: trace.map(Into::into),
            ..JobFilter::default()
        };
        let states = [None, Some(JobState::Ready), Some(JobState::Dead)];
        for (state, kind, trace) in states
            .into_iter()
            .flat_map(|state| [None, Some("a.b")].map(|kind| (state, kind)))
            .flat_map(|(state, kind)| [None, Some("0")].map(|trace| (state, kind, trace)))
        {
            let filter = filter(state, kind, trace);
            let walk = Walk::of(&filter, ROWS);
            let along = [walk.state.is_some(), walk.kind.is_some(), walk.trace.is_some()];
            let is_alone = along.into_iter().filter(|is_along| *is_along).count() <= 1;
            assert!(is_alone && walk.rows == ROWS, "{filter:?}: {walk:?}");
        }
    }
}
