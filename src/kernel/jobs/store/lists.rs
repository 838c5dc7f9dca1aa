//! What people look at.

use crate::base::db::{FromRow, Only, Read, Row};
use crate::base::{Id, Result, Timestamp};
use crate::kernel::jobs::model::{Attempt, Job, JobFilter, JobState, JobSummary, Priority, QueueName};
use crate::{bind, sql};

pub fn find_job(tx: &Read<'_>, id: Id<Job>) -> Result<Option<Job>> {
    tx.maybe(sql!("../sql/", "find_job"), bind! { id: id })
}

/// What a list walks along, one index, until it has looked at so many rows.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::kernel::jobs) struct Walk<'f> {
    pub state: Option<JobState>,
    /// What waits in one lane, in one class.
    pub line: Option<(&'f QueueName, Priority)>,
    pub kind: Option<&'f String>,
    pub trace: Option<&'f String>,
    pub rows: usize,
}

impl Walk<'_> {
    /// What has an index of all that is in one state, and what runs, which has its own.
    fn states(&self) -> (Option<JobState>, Option<bool>) {
        let is_running = self.state == Some(JobState::Running);
        (self.state.filter(|_| !is_running), is_running.then_some(true))
    }
}

/// The newest first. What the walk sees to is not looked at again.
pub(in crate::kernel::jobs) fn list_jobs(
    tx: &Read<'_>,
    filter: &JobFilter,
    walk: &Walk<'_>,
    limit: usize,
) -> Result<Vec<JobSummary>> {
    let ((walk_state, walk_running), (walk_queue, walk_class)) = (walk.states(), walk.line.unzip());
    tx.all(
        sql!("../sql/", "list_jobs"),
        bind! {
            walk_state: walk_state,
            walk_running: walk_running,
            walk_queue: walk_queue,
            walk_class: walk_class,
            walk_kind: walk.kind,
            walk_trace: walk.trace,
            walk: walk.rows as i64,
            before: filter.before,
            since: filter.since,
            until: filter.until,
            state: filter.state.filter(|_| walk.state.is_none() && walk.line.is_none()),
            kind: filter.kind.as_ref().filter(|_| walk.kind.is_none()),
            queue: filter.queue.as_ref().filter(|_| walk.line.is_none()),
            search: filter.search.as_ref(),
            limit: limit as i64,
        },
    )
}

/// The same of those with a tag, walking along the tag.
pub(in crate::kernel::jobs) fn list_tagged_jobs(
    tx: &Read<'_>,
    filter: &JobFilter,
    rows: usize,
    limit: usize,
) -> Result<Vec<JobSummary>> {
    tx.all(
        sql!("../sql/", "list_tagged_jobs"),
        bind! {
            before: filter.before,
            since: filter.since,
            until: filter.until,
            state: filter.state,
            kind: filter.kind.as_ref(),
            trace: filter.trace.as_ref(),
            queue: filter.queue.as_ref(),
            tag: filter.tag.as_ref(),
            search: filter.search.as_ref(),
            walk: rows as i64,
            limit: limit as i64,
        },
    )
}

/// The last of those that a walk looks at, when there are so many.
pub(in crate::kernel::jobs) fn end_of_walk(
    tx: &Read<'_>,
    before: Option<Id<Job>>,
    walk: &Walk<'_>,
) -> Result<Option<Id<Job>>> {
    let ((walk_state, walk_running), (walk_queue, walk_class)) = (walk.states(), walk.line.unzip());
    let found: Option<Only<Id<Job>>> = tx.maybe(
        sql!("../sql/", "end_of_walk"),
        bind! {
            before: before,
            walk_state: walk_state,
            walk_running: walk_running,
            walk_queue: walk_queue,
            walk_class: walk_class,
            walk_kind: walk.kind,
            walk_trace: walk.trace,
            walk: walk.rows as i64,
        },
    )?;
    Ok(found.map(|Only(id)| id))
}

/// The same of those with a tag.
pub(in crate::kernel::jobs) fn end_of_tagged_walk(
    tx: &Read<'_>,
    filter: &JobFilter,
    walk: usize,
) -> Result<Option<Id<Job>>> {
    let params = bind! { tag: filter.tag.as_ref(), before: filter.before, walk: walk as i64 };
    let found: Option<Only<Id<Job>>> = tx.maybe(sql!("../sql/", "end_of_tagged_walk"), params)?;
    Ok(found.map(|Only(id)| id))
}

/// The job, when it is one of those that are watched.
pub(in crate::kernel::jobs) fn find_watched_job(
    tx: &Read<'_>,
    id: Id<Job>,
    filter: &JobFilter,
) -> Result<Option<JobSummary>> {
    tx.maybe(
        sql!("../sql/", "find_watched_job"),
        bind! {
            id: id,
            state: filter.state,
            kind: filter.kind.as_ref(),
            queue: filter.queue.as_ref(),
            tag: filter.tag.as_ref(),
        },
    )
}

/// Jobs that their queue gives before this one, 10,000 at most.
pub(in crate::kernel::jobs) fn count_ahead(
    tx: &Read<'_>,
    queue: &QueueName,
    priority: Priority,
    id: Id<Job>,
) -> Result<u64> {
    // One row for each: a count in SQL would not end at the limit.
    let rows: Vec<Only<i64>> =
        tx.all(sql!("../sql/", "count_ahead"), bind! { queue: queue, class: priority, id: id })?;
    Ok(rows.len() as u64)
}

/// What a job, an event or a schedule made, the oldest first.
pub fn list_children(tx: &Read<'_>, cause: &str, limit: usize) -> Result<Vec<JobSummary>> {
    tx.all(sql!("../sql/", "list_children"), bind! { cause: cause, limit: limit as i64 })
}

pub fn list_attempts(tx: &Read<'_>, job: Id<Job>) -> Result<Vec<Attempt>> {
    tx.all(sql!("../sql/", "list_attempts"), bind! { job: job })
}

/// How many jobs of a queue are in a state.
#[derive(Debug, Clone)]
pub struct CountRow {
    pub queue: QueueName,
    pub state: JobState,
    pub jobs: i64,
}

impl FromRow for CountRow {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self { queue: row.take("queue")?, state: row.take("state")?, jobs: row.take("jobs")? })
    }
}

pub fn count_jobs(tx: &Read<'_>, queue: Option<&QueueName>) -> Result<Vec<CountRow>> {
    tx.all(sql!("../sql/", "count_jobs"), bind! { queue: queue })
}

/// When the job was to run that was made first of those that are ready.
pub(in crate::kernel::jobs) fn find_oldest_ready(
    tx: &Read<'_>,
    queue: &QueueName,
) -> Result<Option<Timestamp>> {
    let found: Option<Only<Timestamp>> =
        tx.maybe(sql!("../sql/", "find_oldest_ready"), bind! { queue: queue })?;
    Ok(found.map(|Only(at)| at))
}
