//! Lists of jobs. What no index serves is looked for among so many rows at a time: a page may have
//! few jobs or none and still go on, and no page takes long however many jobs there are.
//!
//! A list walks along one index alone. Were two filters left to the engine, it would walk along one
//! of them until it had found enough that fit the other, which may be never.

use super::model::{Job, JobFilter, JobState, JobSummary};
use super::store::{self, Walk};
use crate::base::db::Read;
use crate::base::{Id, Result};

/// Rows that one page looks at. They lie all over the file.
const ROWS: usize = 2_500;

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
    let walk = Walk::of(filter, rows);
    let mut jobs = match &filter.tag {
        Some(_) => store::list_tagged_jobs(tx, filter, rows, limit + 1)?,
        None => store::list_jobs(tx, filter, &walk, limit + 1)?,
    };
    if jobs.len() > limit {
        jobs.truncate(limit);
        let goes_on_after = jobs.last().map(|last| last.id);
        return Ok(Found { jobs, goes_on_after });
    }
    let goes_on_after = match &filter.tag {
        Some(_) => store::end_of_tagged_walk(tx, filter, rows)?,
        None => store::end_of_walk(tx, filter.before, &walk)?,
    };
    Ok(Found { jobs, goes_on_after })
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
