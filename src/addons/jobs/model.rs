//! What is asked of jobs over the API, and what is answered.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Value as Json, json};

use crate::base::text::Text;
use crate::base::{Error, Id, Result, Timestamp};
use crate::http::{Cursor, Limit};
use crate::kernel::jobs::{
    Attempt, BulkReport, CountRow, Enqueued, Job, JobChange, JobFilter, JobKind, JobState, Named, NewJob,
    Priority, QueueName, Tag,
};

const MOST_TAGS: usize = 20;
const MOST_IN_A_BATCH: usize = 1_000;

/// A job to be enqueued.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Enqueue {
    pub job_name: Text<1, 100>,
    #[serde(default = "no_payload")]
    pub payload: Json,
    pub queue: Option<QueueName>,
    #[serde(default)]
    pub priority: Priority,
    /// When it is to run; at once when neither this nor `delaySeconds` is given.
    pub run_at: Option<Timestamp>,
    #[schemars(range(min = 0, max = 31_622_400))]
    pub delay_seconds: Option<u32>,
    #[schemars(range(min = 1, max = 100))]
    pub max_attempts: Option<u32>,
    #[schemars(range(min = 1, max = 86_400))]
    pub timeout_seconds: Option<u32>,
    /// While a job of this kind with this key waits or runs, no other is made.
    pub unique_key: Option<Text<1, 200>>,
    #[serde(default, deserialize_with = "few_tags")]
    #[schemars(length(max = 20))]
    pub tags: Vec<Tag>,
}

fn no_payload() -> Json {
    json!({})
}

fn few_tags<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Tag>, D::Error> {
    let tags = Vec::<Tag>::deserialize(deserializer)?;
    match tags.len() {
        0..=MOST_TAGS => Ok(tags),
        _ => Err(de::Error::custom("must have at most 20 tags")),
    }
}

impl Enqueue {
    /// The same as the engine takes it.
    pub fn named(self, now: Timestamp) -> Result<Named> {
        let within = |name: &'static str, value: Option<u32>, most: u32| match value {
            Some(number) if !(1..=most).contains(&number) => {
                Err(Error::invalid(name, format!("must lie between 1 and {most}")))
            }
            value => Ok(value),
        };
        let max_attempts = within("maxAttempts", self.max_attempts, 100)?;
        let timeout = within("timeoutSeconds", self.timeout_seconds, 86_400)?;
        let run_at = match (self.run_at, self.delay_seconds) {
            (Some(_), Some(_)) => {
                return Err(Error::invalid("delaySeconds", "can't be given together with runAt"));
            }
            (at, None) => at,
            (None, Some(seconds)) => Some(now + Duration::from_secs(seconds.into())),
        };
        Ok(Named {
            kind: self.job_name.into(),
            payload: self.payload,
            job: NewJob {
                backoff: None,
                id: None,
                is_held: false,
                queue: self.queue,
                priority: self.priority,
                run_at,
                max_attempts,
                time_limit: timeout.map(|seconds| Duration::from_secs(seconds.into())),
                unique_key: self.unique_key.map(Into::into),
                tags: self.tags,
            },
        })
    }
}

/// Jobs to be enqueued together: all of them, or none.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnqueueBatch {
    #[serde(deserialize_with = "some_jobs")]
    #[schemars(length(min = 1, max = 1_000))]
    pub jobs: Vec<Enqueue>,
}

fn some_jobs<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Enqueue>, D::Error> {
    let jobs = Vec::<Enqueue>::deserialize(deserializer)?;
    match jobs.len() {
        1..=MOST_IN_A_BATCH => Ok(jobs),
        _ => Err(de::Error::custom("must have 1 to 1,000 jobs")),
    }
}

/// A job that was enqueued, or was there already.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnqueuedJob {
    pub job_id: Id<Job>,
    pub job_name: String,
    pub enqueued_at: Timestamp,
    /// Whether a job with the same unique key was there already; this is its id.
    pub deduplicated: bool,
}

impl EnqueuedJob {
    pub fn of(job_name: String, enqueued: Enqueued) -> Self {
        Self { job_id: enqueued.job, job_name, enqueued_at: enqueued.at, deduplicated: enqueued.is_duplicate }
    }
}

/// What is asked of the list of jobs.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JobQuery {
    pub state: Option<JobState>,
    pub job_name: Option<Text<1, 100>>,
    pub queue: Option<QueueName>,
    pub tag: Option<Tag>,
    /// The trace that it belongs to.
    pub trace_id: Option<Text<1, 32>>,
    /// Made at this time or later.
    pub since: Option<Timestamp>,
    /// Made before this time.
    pub until: Option<Timestamp>,
    /// The id, or text in the unique key or the last error.
    pub search: Option<Text<1, 100>>,
    #[serde(default)]
    pub limit: Limit,
    pub cursor: Option<Cursor<JobPosition>>,
}

/// Where a page ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct JobPosition {
    pub id: Id<Job>,
}

impl JobQuery {
    pub fn filter(self) -> JobFilter {
        JobFilter {
            state: self.state,
            kind: self.job_name.map(Into::into),
            queue: self.queue,
            tag: self.tag.map(Into::into),
            trace: self.trace_id.map(Into::into),
            since: self.since,
            until: self.until,
            search: self.search.map(Into::into),
            before: self.cursor.map(|cursor| cursor.0.id),
        }
    }
}

/// A job with everything that was tried.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WholeJob {
    #[serde(flatten)]
    pub job: Job,
    /// The oldest first. A first attempt that went well and logged nothing is told by the job.
    pub attempts: Vec<Attempt>,
}

impl WholeJob {
    pub fn of(job: Job, mut attempts: Vec<Attempt>) -> Self {
        let summary = &job.summary;
        if attempts.is_empty()
            && summary.state == JobState::Done
            && let (Some(started_at), Some(finished_at)) = (summary.started_at, summary.finished_at)
        {
            attempts.push(Attempt {
                detail: None,
                attempt: summary.attempt,
                started_at,
                finished_at,
                outcome: "done".into(),
                error: None,
                logs: Vec::new(),
            });
        }
        Self { job, attempts }
    }
}

/// A change to a job that waits: what is left out stays as it is.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeJob {
    pub payload: Option<Json>,
    pub run_at: Option<Timestamp>,
    pub priority: Option<Priority>,
}

impl From<ChangeJob> for JobChange {
    fn from(change: ChangeJob) -> Self {
        Self { payload: change.payload, run_at: change.run_at, priority: change.priority }
    }
}

/// Which jobs something is done to. At least one of these is given.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BulkFilter {
    pub state: Option<JobState>,
    pub job_name: Option<Text<1, 100>>,
    pub queue: Option<QueueName>,
    pub tag: Option<Tag>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    pub search: Option<Text<1, 100>>,
}

/// Something to be done to many jobs.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bulk {
    pub filter: BulkFilter,
    /// Only count them.
    #[serde(default)]
    pub dry_run: bool,
}

impl Bulk {
    pub fn job_filter(self) -> Result<JobFilter> {
        let filter = JobFilter {
            state: self.filter.state,
            kind: self.filter.job_name.map(Into::into),
            queue: self.filter.queue,
            tag: self.filter.tag.map(Into::into),
            since: self.filter.since,
            until: self.filter.until,
            search: self.filter.search.map(Into::into),
            ..JobFilter::default()
        };
        if filter == JobFilter::default() {
            return Err(Error::invalid("filter", "must name something, such as a state"));
        }
        Ok(filter)
    }
}

/// What was done to many jobs.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BulkDone {
    /// Jobs that the filter found, 10,000 at most; 500 with an `Idempotency-Key`.
    pub matched: usize,
    /// Jobs to which it was done; others are in no state for it.
    pub done: usize,
    /// Whether there are more than one call takes: call again.
    pub has_more: bool,
}

impl From<BulkReport> for BulkDone {
    fn from(report: BulkReport) -> Self {
        Self { matched: report.matched, done: report.done, has_more: report.has_more }
    }
}

/// How many jobs are in which state.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Stats {
    pub states: BTreeMap<JobState, i64>,
    pub queues: BTreeMap<QueueName, BTreeMap<JobState, i64>>,
}

impl Stats {
    pub fn of(counts: Vec<CountRow>) -> Self {
        let mut stats = Self::default();
        for count in counts {
            *stats.states.entry(count.state).or_default() += count.jobs;
            stats.queues.entry(count.queue).or_default().insert(count.state, count.jobs);
        }
        stats
    }
}

/// Which jobs are watched.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StreamQuery {
    /// The state that a job comes into.
    pub state: Option<JobState>,
    pub job_name: Option<Text<1, 100>>,
    pub queue: Option<QueueName>,
    pub tag: Option<Tag>,
}

impl StreamQuery {
    pub fn filter(self) -> JobFilter {
        JobFilter {
            state: self.state,
            kind: self.job_name.map(Into::into),
            queue: self.queue,
            tag: self.tag.map(Into::into),
            ..JobFilter::default()
        }
    }
}

/// A kind of job that this server handles.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KindShown {
    pub name: String,
    pub summary: String,
    pub queue: String,
    pub max_attempts: u32,
    pub timeout_seconds: u64,
    /// Whether it can be enqueued over the API; otherwise only its feature does.
    pub open: bool,
    /// The permission that one holds to make such a job or do anything to one, beside those of the routes.
    pub needs: Option<&'static str>,
    /// The JSON schema of its payload.
    pub payload: Json,
}

impl From<&JobKind> for KindShown {
    fn from(kind: &JobKind) -> Self {
        Self {
            name: kind.info.name.into(),
            summary: kind.info.summary.into(),
            queue: kind.info.queue.into(),
            max_attempts: kind.info.max_attempts,
            timeout_seconds: kind.info.time_limit.as_secs(),
            open: kind.info.is_open,
            needs: kind.info.needs.map(|permission| permission.name),
            payload: (kind.schema)(),
        }
    }
}
