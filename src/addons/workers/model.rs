//! What workers outside say.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};
use serde_json::Value as Json;

use crate::base::number::Number;
use crate::base::text::Text;
use crate::base::{Error, Result, Timestamp};
use crate::kernel::jobs::{Heartbeat, QueueName, Said, Wanted};

/// Queues or kinds that one claim names, and lines that one attempt logs, at most.
const MOST_NAMES: usize = 20;
const MOST_LINES: usize = 200;

fn short<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    limited(deserializer, MOST_NAMES)
}

fn lines<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    limited(deserializer, MOST_LINES)
}

fn limited<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
    most: usize,
) -> Result<Vec<T>, D::Error> {
    let items = Vec::<T>::deserialize(deserializer)?;
    match items.len() <= most {
        true => Ok(items),
        false => Err(de::Error::custom(format!("must have at most {most} items"))),
    }
}

/// Jobs that a worker asks for: from these queues, of these kinds, or both.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClaimJobs {
    /// Queues that were made with `outside`; all of them when only kinds are given.
    #[serde(default, deserialize_with = "short")]
    #[schemars(length(max = 20))]
    pub queues: Vec<QueueName>,
    #[serde(default, deserialize_with = "short")]
    #[schemars(length(max = 20))]
    pub kinds: Vec<Text<1, 100>>,
    /// Jobs at most; 1 when left out.
    pub limit: Option<Number<1, 100>>,
    /// How long the jobs are the worker's without a word from it; 60 when left out.
    pub lease_seconds: Option<Number<5, 3_600>>,
    /// How long to wait for a job when there is none; 0 when left out.
    pub wait_seconds: Option<Number<0, 30>>,
}

impl ClaimJobs {
    pub fn wanted(self) -> Result<Wanted> {
        if self.queues.is_empty() && self.kinds.is_empty() {
            return Err(Error::invalid("queues", "must name a queue, unless kinds are given"));
        }
        let seconds = |number: u32| Duration::from_secs(number.into());
        Ok(Wanted {
            queues: self.queues,
            kinds: self.kinds.into_iter().map(Into::into).collect(),
            limit: self.limit.map_or(1, Number::get),
            lease: seconds(self.lease_seconds.map_or(60, Number::get)),
            wait: seconds(self.wait_seconds.map_or(0, Number::get)),
        })
    }
}

/// A sign of life, with how far the job is.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Beat {
    /// The number that came with the job.
    pub lease: i64,
    /// How far it is, in percent.
    pub progress: Option<Number<0, 100>>,
    /// What it does.
    pub note: Option<Text<0, 2_000>>,
    /// How much longer the job is the worker's; a minute at least when left out, and never less
    /// than before.
    pub lease_seconds: Option<Number<5, 3_600>>,
}

impl From<Beat> for Heartbeat {
    fn from(beat: Beat) -> Self {
        Self {
            lease: beat.lease,
            progress: beat.progress.map(Number::get),
            note: beat.note.map(Into::into),
            lease_for: beat.lease_seconds.map(|number| Duration::from_secs(number.get().into())),
        }
    }
}

/// The job is done.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Complete {
    /// The number that came with the job.
    pub lease: i64,
    /// What there is to show for it.
    pub result: Option<Json>,
    /// Lines that are kept with the attempt.
    #[serde(default, deserialize_with = "lines")]
    #[schemars(length(max = 200))]
    pub logs: Vec<String>,
}

/// The attempt failed.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fail {
    /// The number that came with the job.
    pub lease: i64,
    pub error: Text<1, 4_000>,
    /// When to try again; the server chooses when left out.
    pub retry_at: Option<Timestamp>,
    /// Another try would not help: a dead letter at once.
    #[serde(default)]
    pub dead: bool,
    /// Lines that are kept with the attempt.
    #[serde(default, deserialize_with = "lines")]
    #[schemars(length(max = 200))]
    pub logs: Vec<String>,
}

impl Fail {
    pub fn said(&self) -> Result<Said> {
        let error = self.error.to_string();
        match (self.dead, self.retry_at) {
            (true, Some(_)) => Err(Error::invalid("dead", "can't be given together with retryAt")),
            (true, None) => Ok(Said::Dead(error)),
            (false, Some(at)) => Ok(Said::RetryAt(error, at)),
            (false, None) => Ok(Said::Retry(error)),
        }
    }
}
