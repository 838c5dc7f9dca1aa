//! The types of jobs; what comes in is checked here.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value as Json;

use crate::base::db::{Column, FromRow, Row, Stored, Value};
use crate::base::text::Text;
use crate::base::{Error, Id, Result, Timestamp};
use crate::text_column;

pub type Tag = Text<1, 60>;

/// Where a job is on its way; the diagram is in `docs/jobs.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// It waits for its time, be it the first or that of another try.
    Scheduled,
    /// It waits for a worker.
    Ready,
    Running,
    Done,
    /// A dead letter: its attempts are used up.
    Dead,
    Cancelled,
}

impl JobState {
    pub const ALL: [Self; 6] =
        [Self::Scheduled, Self::Ready, Self::Running, Self::Done, Self::Dead, Self::Cancelled];

    /// Whether nothing more happens to it by itself.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Dead | Self::Cancelled)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Done => "done",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for JobState {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|state| state.as_str() == word).ok_or(())
    }
}

text_column!(JobState);

/// Why an attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "JobFailure")]
pub enum Failure {
    HandlerError,
    TimedOut,
    /// The worker outside let its lease run out.
    WorkerLost,
    /// The process ended while it ran.
    ProcessRestarted,
    Cancelled,
}

impl Failure {
    const ALL: [Self; 5] =
        [Self::HandlerError, Self::TimedOut, Self::WorkerLost, Self::ProcessRestarted, Self::Cancelled];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::HandlerError => "handler_error",
            Self::TimedOut => "timed_out",
            Self::WorkerLost => "worker_lost",
            Self::ProcessRestarted => "process_restarted",
            Self::Cancelled => "cancelled",
        }
    }
}

impl FromStr for Failure {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|failure| failure.as_str() == word).ok_or(())
    }
}

text_column!(Failure);

/// Which of a queue's jobs goes first; stored as its place, so that the index is in this order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    Urgent,
    High,
    #[default]
    Normal,
    Low,
}

impl Priority {
    pub(super) const BY_CLASS: [Self; 4] = [Self::Urgent, Self::High, Self::Normal, Self::Low];
}

impl Column for Priority {
    fn read(value: Stored<'_>) -> Option<Self> {
        usize::try_from(i64::read(value)?).ok().and_then(|class| Self::BY_CLASS.get(class).copied())
    }
}

impl From<Priority> for Value<'_> {
    fn from(priority: Priority) -> Self {
        Self::Int(priority as i64)
    }
}

/// A queue's name: 1 to 60 of a-z, 0-9, dots, hyphens and underscores.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QueueName(Arc<str>);

impl QueueName {
    /// A name that stands in the source.
    pub fn of(name: &'static str) -> Self {
        Self(name.into())
    }
}

impl FromStr for QueueName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let letter = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, b'.' | b'-' | b'_');
        match (1..=60).contains(&text.len()) && text.bytes().all(letter) {
            true => Ok(Self(text.into())),
            false => Err("write 1 to 60 of a-z, 0-9, dots, hyphens and underscores, such as mail"),
        }
    }
}

impl Deref for QueueName {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for QueueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for QueueName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for QueueName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for QueueName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "QueueName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[a-z0-9._-]{1,60}$" })
    }
}

impl Column for QueueName {
    fn read(value: Stored<'_>) -> Option<Self> {
        match value {
            Stored::Text(text) => text.parse().ok(),
            _ => None,
        }
    }
}

impl<'a> From<&'a QueueName> for Value<'a> {
    fn from(name: &'a QueueName) -> Self {
        Self::Text((&**name).into())
    }
}

/// On whose behalf and in which trace a job runs.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// `user:<id>`, `key:<id>`, `job:<id>` or `system`.
    pub actor_id: String,
    pub trace_id: String,
    pub request_id: String,
    /// What made it: `job:<id>`, `event:<id>` or `schedule:<id>`; a request when there is none.
    pub cause: Option<String>,
}

/// A job as lists show it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobSummary {
    pub id: Id<Job>,
    pub job_name: String,
    pub queue: QueueName,
    pub state: JobState,
    pub priority: Priority,
    pub run_at: Timestamp,
    /// Attempts begun so far.
    pub attempt: u32,
    pub max_attempts: u32,
    pub unique_key: Option<String>,
    pub tags: Vec<String>,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    /// 0 to 100, when the handler says.
    pub progress: Option<u32>,
    pub progress_note: Option<String>,
    /// Why the last attempt failed.
    pub failure: Option<Failure>,
    pub error: Option<String>,
    pub envelope: Envelope,
}

impl FromRow for JobSummary {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.take("id")?,
            job_name: row.take("kind")?,
            queue: row.take("queue")?,
            state: row.take("state")?,
            priority: row.take("class")?,
            run_at: row.take("run_at")?,
            attempt: row.take("attempt")?,
            max_attempts: row.take("max_attempts")?,
            unique_key: row.take("unique_key")?,
            tags: serde_json::from_str(&row.take::<String>("tags")?).map_err(Error::internal)?,
            created_at: row.take("created_at")?,
            started_at: row.take("started_at")?,
            finished_at: row.take("finished_at")?,
            progress: row.take("progress")?,
            progress_note: row.take("progress_note")?,
            failure: row.take("failure")?,
            error: row.take("error")?,
            envelope: Envelope {
                actor_id: row.take("actor")?,
                trace_id: row.take("trace_id")?,
                request_id: row.take("request_id")?,
                cause: row.take("cause")?,
            },
        })
    }
}

/// One durable unit of work, with what it was given and what came of it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    #[serde(flatten)]
    pub summary: JobSummary,
    pub timeout_seconds: f64,
    /// When somebody asked that it be cancelled while it ran.
    pub cancel_asked_at: Option<Timestamp>,
    pub payload: Json,
    pub result: Option<Json>,
    #[serde(skip)]
    pub lease: i64,
    #[serde(skip)]
    pub time_limit: Duration,
}

impl FromRow for Job {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        let (payload, result): (String, Option<String>) = (row.take("payload")?, row.take("result")?);
        let limit: i64 = row.take("time_limit")?;
        Ok(Self {
            summary: JobSummary::from_row(row)?,
            timeout_seconds: limit as f64 / 1000.0,
            cancel_asked_at: row.take("cancel_asked_at")?,
            payload: serde_json::from_str(&payload).map_err(Error::internal)?,
            result: result.map(|text| serde_json::from_str(&text)).transpose().map_err(Error::internal)?,
            lease: row.take("lease")?,
            time_limit: Duration::from_millis(limit.unsigned_abs()),
        })
    }
}

/// A line that a handler logged.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LogLine {
    pub at: Timestamp,
    pub line: String,
}

/// One try, and what came of it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    pub attempt: u32,
    pub started_at: Timestamp,
    pub finished_at: Timestamp,
    /// `done`, `snoozed`, `returned`, or why it failed.
    pub outcome: String,
    pub error: Option<String>,
    pub logs: Vec<LogLine>,
    /// What its handler has to show of it, such as the answer to a webhook.
    pub detail: Option<Json>,
}

impl FromRow for Attempt {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            attempt: row.take("attempt")?,
            started_at: row.take("started_at")?,
            finished_at: row.take("finished_at")?,
            outcome: row.take("outcome")?,
            error: row.take("error")?,
            logs: serde_json::from_str(&row.take::<String>("logs")?).map_err(Error::internal)?,
            detail: row
                .take::<Option<String>>("detail")?
                .map(|text| serde_json::from_str(&text))
                .transpose()
                .map_err(Error::internal)?,
        })
    }
}

/// Which jobs a list shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JobFilter {
    pub state: Option<JobState>,
    #[serde(rename = "jobName")]
    pub kind: Option<String>,
    pub queue: Option<QueueName>,
    pub tag: Option<String>,
    pub trace: Option<String>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// Text that the unique key or the last error contains, or the id.
    pub search: Option<String>,
    pub before: Option<Id<Job>>,
}
