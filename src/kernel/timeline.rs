//! What caused a job or an event, and what it caused: request → event → delivery → job → child. Each
//! knows what it came from, so the whole is found by following causes up, and indexes on them down.

use std::collections::{HashSet, VecDeque};

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::db::Read;
use crate::base::{Error, Id, Result, Timestamp};
use crate::kernel::events::{self, Event, EventStatus};
use crate::kernel::jobs::{self, Envelope, Job, JobState, JobSummary};

/// Ancestors, and what lies below, that one timeline has.
const MOST_ABOVE: usize = 50;
const MOST_BELOW: usize = 500;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    Job,
    Event,
}

/// A job or an event within its timeline.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimelineEntry {
    pub id: Id<TimelineEntry>,
    pub kind: EntryKind,
    /// The entry that caused this one.
    pub parent: Option<Id<TimelineEntry>>,
    /// A job's kind; `events.deliver` is the delivery of the event above it.
    pub job_name: Option<String>,
    pub queue: Option<String>,
    pub state: Option<JobState>,
    /// An event's type.
    #[serde(rename = "type")]
    pub event_type: Option<String>,
    pub subject: Option<String>,
    pub status: Option<EventStatus>,
    /// `job:<id>`, `event:<id>` or `schedule:<id>`; the request when there is none.
    pub cause: Option<String>,
    pub created_at: Timestamp,
    pub run_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    /// Attempts begun so far.
    pub attempts: Option<u32>,
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

/// What caused a job or an event and what it caused, the oldest first.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Timeline {
    pub request: TimelineRequest,
    pub entries: Vec<TimelineEntry>,
    /// Whether there is more than a timeline has.
    pub truncated: bool,
}

/// The timeline of one job.
pub fn of_job(tx: &Read<'_>, id: Id<Job>) -> Result<Timeline> {
    let job = jobs::find_job(tx, id)?.ok_or_else(|| Error::not_found("job"))?;
    around(tx, Found::Job(Box::new(job.summary)))
}

/// The timeline of one event.
pub fn of_event(tx: &Read<'_>, id: Id<Event>) -> Result<Timeline> {
    let event = events::find_event(tx, id)?.ok_or_else(|| Error::not_found("event"))?;
    around(tx, Found::Event(Box::new(event)))
}

enum Found {
    Job(Box<JobSummary>),
    Event(Box<Event>),
}

impl Found {
    fn id(&self) -> Id<TimelineEntry> {
        match self {
            Self::Job(job) => job.id.uuid().into(),
            Self::Event(event) => event.id.uuid().into(),
        }
    }

    fn envelope(&self) -> &Envelope {
        match self {
            Self::Job(job) => &job.envelope,
            Self::Event(event) => &event.envelope,
        }
    }

    /// What caused it, when that is a job or an event that is still there.
    fn parent(&self, tx: &Read<'_>) -> Result<Option<Self>> {
        let Some((kind, id)) = self.envelope().cause.as_deref().and_then(|cause| cause.split_once(':'))
        else {
            return Ok(None);
        };
        let Ok(id) = id.parse::<Id<TimelineEntry>>().map(Id::uuid) else { return Ok(None) };
        Ok(match kind {
            "job" => jobs::find_job(tx, id.into())?.map(|job| Self::Job(Box::new(job.summary))),
            "event" => events::find_event(tx, id.into())?.map(|event| Self::Event(Box::new(event))),
            _ => None,
        })
    }

    /// What it caused, the oldest first.
    fn children(&self, tx: &Read<'_>, limit: usize) -> Result<Vec<Self>> {
        let cause = match self {
            Self::Job(job) => format!("job:{}", job.id),
            Self::Event(event) => format!("event:{}", event.id),
        };
        let below = jobs::list_children(tx, &cause, limit)?;
        let mut children: Vec<Self> = below.into_iter().map(|job| Self::Job(Box::new(job))).collect();
        let published = events::list_caused_events(tx, &cause, limit)?;
        children.extend(published.into_iter().map(|event| Self::Event(Box::new(event))));
        Ok(children)
    }

    fn entry(&self) -> TimelineEntry {
        let cause = self.envelope().cause.clone();
        let parent = cause.as_deref().and_then(|cause| cause.split_once(':')?.1.parse().ok());
        match self {
            Self::Job(job) => TimelineEntry {
                id: self.id(),
                kind: EntryKind::Job,
                parent,
                job_name: Some(job.job_name.clone()),
                queue: Some(job.queue.to_string()),
                state: Some(job.state),
                event_type: None,
                subject: None,
                status: None,
                cause,
                created_at: job.created_at,
                run_at: Some(job.run_at),
                started_at: job.started_at,
                finished_at: job.finished_at,
                attempts: Some(job.attempt),
            },
            Self::Event(event) => TimelineEntry {
                id: self.id(),
                kind: EntryKind::Event,
                parent,
                job_name: None,
                queue: None,
                state: None,
                event_type: Some(event.event_type.to_string()),
                subject: event.subject.clone(),
                status: Some(event.status),
                cause,
                created_at: event.created_at,
                run_at: None,
                started_at: None,
                finished_at: None,
                attempts: None,
            },
        }
    }
}

fn around(tx: &Read<'_>, middle: Found) -> Result<Timeline> {
    let mut seen = HashSet::from([middle.id()]);
    let (mut entries, mut truncated) = (vec![middle.entry()], false);
    let mut top = middle.envelope().clone();
    let mut parent = middle.parent(tx)?;
    while let Some(found) = parent {
        if entries.len() > MOST_ABOVE {
            truncated = true;
            break;
        }
        if !seen.insert(found.id()) {
            break;
        }
        entries.push(found.entry());
        top = found.envelope().clone();
        parent = found.parent(tx)?;
    }

    // Breadth first, so that what is left out is what lies deepest.
    let (mut left, mut parents) = (MOST_BELOW, VecDeque::from([middle]));
    while let Some(found) = parents.pop_front() {
        let mut children = found.children(tx, left + 1)?;
        if children.len() > left {
            truncated = true;
            children.truncate(left);
        }
        for child in children {
            if seen.insert(child.id()) {
                left -= 1;
                entries.push(child.entry());
                parents.push_back(child);
            }
        }
    }
    for entry in &mut entries {
        entry.parent = entry.parent.filter(|parent| seen.contains(parent));
    }
    entries.sort_by_key(|entry| (entry.created_at, entry.id));
    let request =
        TimelineRequest { request_id: top.request_id, trace_id: top.trace_id, actor_id: top.actor_id };
    Ok(Timeline { request, entries, truncated })
}
