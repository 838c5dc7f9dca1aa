//! Lists of jobs. What no index serves is looked for among so many rows at a time: a page may have
//! few jobs or none and still go on, and no page takes long however many jobs there are.

use super::model::{Job, JobFilter, JobSummary};
use super::store;
use crate::base::db::Read;
use crate::base::{Id, Result};

/// Rows that one page looks at.
const WALK: usize = 20_000;

/// Jobs that a filter finds, and after which to go on, if there may be more.
pub struct Found {
    pub jobs: Vec<JobSummary>,
    pub goes_on_after: Option<Id<Job>>,
}

/// The newest first.
pub fn list_jobs(tx: &Read<'_>, filter: &JobFilter, limit: usize) -> Result<Found> {
    let mut jobs = match &filter.tag {
        Some(_) => store::list_tagged_jobs(tx, filter, WALK, limit + 1)?,
        None => store::list_jobs(tx, filter, WALK, limit + 1)?,
    };
    if jobs.len() > limit {
        jobs.truncate(limit);
        let goes_on_after = jobs.last().map(|last| last.id);
        return Ok(Found { jobs, goes_on_after });
    }
    let goes_on_after = match &filter.tag {
        Some(_) => store::end_of_tagged_walk(tx, filter, WALK)?,
        None => store::end_of_walk(tx, filter, WALK)?,
    };
    Ok(Found { jobs, goes_on_after })
}
