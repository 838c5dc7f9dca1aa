//! What caused a job, and what it caused: its ancestors by their causes, and everything below it.

use std::collections::{HashSet, VecDeque};

use schemars::JsonSchema;
use serde::Serialize;

use super::model::{Job, JobState, JobSummary};
use super::store;
use crate::base::db::Read;
use crate::base::{Error, Id, Result, Timestamp};

/// Ancestors, and jobs below, that one timeline has.
const MOST_ABOVE: usize = 50;
const MOST_BELOW: usize = 500;

/// A job within its timeline.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimelineEntry {
    pub id: Id<Job>,
    /// The entry that caused this one.
    pub parent: Option<Id<Job>>,
    pub job_name: String,
    pub queue: String,
    pub state: JobState,
    /// `job:<id>` or `schedule:<id>`; the request when there is none.
    pub cause: Option<String>,
    pub created_at: Timestamp,
    pub run_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    /// Attempts begun so far.
    pub attempts: u32,
}

/// The request that all of it began with.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimelineRequest {
    pub request_id: String,
    pub trace_id: String,
    /// On whose behalf.
    pub actor_id: String,
}

/// What caused a job and what it caused, the oldest first.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Timeline {
    pub request: TimelineRequest,
    pub entries: Vec<TimelineEntry>,
    /// Whether there is more than a timeline has.
    pub truncated: bool,
}

/// The timeline of one job.
pub fn timeline(tx: &Read<'_>, id: Id<Job>) -> Result<Timeline> {
    let find = |id| store::find_job(tx, id).map(|found| found.map(|job| job.summary));
    let job = find(id)?.ok_or_else(|| Error::not_found("job"))?;
    let mut line = Line { seen: HashSet::from([id]), entries: Vec::new(), is_truncated: false };

    let (mut top, mut above) = (job.clone(), Vec::new());
    while let Some(cause) = parent_of(&top) {
        if above.len() == MOST_ABOVE {
            line.is_truncated = true;
            break;
        }
        // One that was deleted long ago ends the walk.
        let Some(parent) = find(cause)?.filter(|parent| line.seen.insert(parent.id)) else { break };
        above.push(parent.clone());
        top = parent;
    }
    let request = TimelineRequest {
        request_id: top.envelope.request_id,
        trace_id: top.envelope.trace_id,
        actor_id: top.envelope.actor_id,
    };
    line.add(&job);
    line.walk_down(tx, id)?;
    above.iter().for_each(|job| line.add(job));
    Ok(line.finish(request))
}

struct Line {
    seen: HashSet<Id<Job>>,
    entries: Vec<TimelineEntry>,
    is_truncated: bool,
}

impl Line {
    fn add(&mut self, job: &JobSummary) {
        self.entries.push(TimelineEntry {
            id: job.id,
            parent: parent_of(job),
            job_name: job.job_name.clone(),
            queue: job.queue.to_string(),
            state: job.state,
            cause: job.envelope.cause.clone(),
            created_at: job.created_at,
            run_at: job.run_at,
            started_at: job.started_at,
            finished_at: job.finished_at,
            attempts: job.attempt,
        });
    }

    /// Breadth first, so that what is left out is what lies deepest.
    fn walk_down(&mut self, tx: &Read<'_>, from: Id<Job>) -> Result<()> {
        let mut left = MOST_BELOW;
        let mut parents = VecDeque::from([from]);
        while let Some(parent) = parents.pop_front() {
            let mut children = store::list_children(tx, &format!("job:{parent}"), left + 1)?;
            if children.len() > left {
                self.is_truncated = true;
                children.truncate(left);
            }
            for child in children.into_iter().filter(|child| self.seen.insert(child.id)).collect::<Vec<_>>() {
                parents.push_back(child.id);
                self.add(&child);
                left -= 1;
            }
        }
        Ok(())
    }

    fn finish(mut self, request: TimelineRequest) -> Timeline {
        for entry in &mut self.entries {
            entry.parent = entry.parent.filter(|parent| self.seen.contains(parent));
        }
        self.entries.sort_by_key(|entry| (entry.created_at, entry.id));
        Timeline { request, entries: self.entries, truncated: self.is_truncated }
    }
}

fn parent_of(job: &JobSummary) -> Option<Id<Job>> {
    job.envelope.cause.as_deref()?.strip_prefix("job:")?.parse().ok()
}
