//! The types of schedules; what comes in is checked here.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Value as Json, json};

use super::cron::{Cron, Zone};
use crate::base::db::{FromRow, Row};
use crate::base::text::{Name, Text};
use crate::base::{Error, Id, Result, Timestamp};
use crate::kernel::jobs::{Job, JobState, Priority, QueueName};
use crate::text_column;

/// What is made up for, at most, after a time in which nothing could fire.
const MOST_CAUGHT_UP: u32 = 100;

/// What becomes of firings that were missed while the server was down or the tenant suspended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CatchUp {
    /// They do not happen.
    Skip,
    /// One job for all of them.
    #[default]
    Once,
    /// One job for each, at most so many: the latest.
    All(
        #[serde(deserialize_with = "few")]
        #[schemars(range(min = 1, max = 100))]
        u32,
    ),
}

fn few<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        most @ 1..=MOST_CAUGHT_UP => Ok(most),
        _ => Err(de::Error::custom("must lie between 1 and 100")),
    }
}

impl CatchUp {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Once => "once",
            Self::All(_) => "all",
        }
    }

    /// The number of `all`.
    pub(super) fn most(self) -> Option<u32> {
        match self {
            Self::All(most) => Some(most),
            Self::Skip | Self::Once => None,
        }
    }

    fn of(word: &str, most: Option<u32>) -> Result<Self> {
        match (word, most) {
            ("skip", _) => Ok(Self::Skip),
            ("once", _) => Ok(Self::Once),
            ("all", Some(most)) => Ok(Self::All(most)),
            _ => Err(Error::internal(format!("{word} is no way to catch up"))),
        }
    }
}

/// What becomes of a firing while the job of the last one is not over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    #[default]
    Allow,
    Skip,
}

impl Overlap {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Skip => "skip",
        }
    }
}

impl FromStr for Overlap {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        [Self::Allow, Self::Skip].into_iter().find(|overlap| overlap.as_str() == word).ok_or(())
    }
}

text_column!(Overlap);

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleState {
    #[default]
    Enabled,
    /// It does not fire, and what it would have fired is not made up for.
    Paused,
}

impl ScheduleState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Paused => "paused",
        }
    }
}

impl FromStr for ScheduleState {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        [Self::Enabled, Self::Paused].into_iter().find(|state| state.as_str() == word).ok_or(())
    }
}

text_column!(ScheduleState);

/// What a firing came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FiringResult {
    /// It made a job.
    Enqueued,
    /// The job of the last firing was not over.
    Skipped,
    /// Its job could not be made: the kind is gone, or its payload no longer fits.
    Refused,
}

impl FiringResult {
    const ALL: [Self; 3] = [Self::Enqueued, Self::Skipped, Self::Refused];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enqueued => "enqueued",
            Self::Skipped => "skipped",
            Self::Refused => "refused",
        }
    }
}

impl FromStr for FiringResult {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|result| result.as_str() == word).ok_or(())
    }
}

text_column!(FiringResult);

/// A cron line that enqueues a job.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    pub id: Id<Schedule>,
    pub name: String,
    pub cron: String,
    pub timezone: String,
    pub job_name: String,
    pub payload: Json,
    /// The kind's own when null.
    pub queue: Option<QueueName>,
    pub priority: Priority,
    pub catch_up: CatchUp,
    pub overlap: Overlap,
    pub state: ScheduleState,
    /// Made by a feature that needs it; it can be changed and paused, and not deleted.
    pub built_in: bool,
    pub next_at: Option<Timestamp>,
    #[serde(skip)]
    pub last_job: Option<Id<Job>>,
    /// Firings that did not happen, for downtime, and were not made up for.
    pub missed: i64,
    /// Who made it, as `user:<id>`.
    pub made_by: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl FromRow for Schedule {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.take("id")?,
            name: row.take("name")?,
            cron: row.take("cron")?,
            timezone: row.take("timezone")?,
            job_name: row.take("kind")?,
            payload: serde_json::from_str(&row.take::<String>("payload")?).map_err(Error::internal)?,
            queue: row.take("queue")?,
            priority: row.take("class")?,
            catch_up: CatchUp::of(&row.take::<String>("catch_up")?, row.take("catch_up_most")?)?,
            overlap: row.take("overlap")?,
            state: row.take("state")?,
            built_in: row.take("is_built_in")?,
            next_at: row.take("next_at")?,
            last_job: row.take("last_job")?,
            missed: row.take("missed")?,
            made_by: row.take("made_by")?,
            created_at: row.take("created_at")?,
            updated_at: row.take("updated_at")?,
        })
    }
}

impl Schedule {
    /// Its line and zone, while this binary can read them.
    pub(super) fn calendar(&self) -> Option<(Cron, Zone)> {
        Some((self.cron.parse().ok()?, self.timezone.parse().ok()?))
    }

    /// Its line in English words.
    pub fn description(&self) -> String {
        self.calendar().map_or_else(|| self.cron.clone(), |(cron, _)| cron.description())
    }

    /// When it fires next, as far as can be foreseen.
    pub fn next_runs(&self, now: Timestamp, most: usize) -> Vec<Timestamp> {
        let (Some(next), Some((cron, zone))) = (self.next_at, self.calendar()) else { return Vec::new() };
        // A clock that was turned back does not fire again what has fired.
        let from = Timestamp::from_millis(next.millis() - 1).max(now);
        cron.next_runs(&zone, from, most)
    }
}

/// A schedule to be made.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSchedule {
    pub name: Name<1, 100>,
    pub cron: Cron,
    #[serde(default)]
    pub timezone: Zone,
    pub job_name: Text<1, 100>,
    #[serde(default = "no_payload")]
    pub payload: Json,
    pub queue: Option<QueueName>,
    #[serde(default)]
    pub priority: Priority,
    #[serde(default)]
    pub catch_up: CatchUp,
    #[serde(default)]
    pub overlap: Overlap,
    #[serde(default)]
    pub state: ScheduleState,
}

fn no_payload() -> Json {
    json!({})
}

/// A change to a schedule: what is left out stays as it is, null gives the kind's own queue.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScheduleChange {
    pub name: Option<Name<1, 100>>,
    pub cron: Option<Cron>,
    pub timezone: Option<Zone>,
    pub job_name: Option<Text<1, 100>>,
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Json")]
    pub payload: Option<Json>,
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<QueueName>")]
    pub queue: Option<Option<QueueName>>,
    pub priority: Option<Priority>,
    pub catch_up: Option<CatchUp>,
    pub overlap: Option<Overlap>,
    pub state: Option<ScheduleState>,
}

/// Tells a field that is null from one that is left out.
fn given<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

impl ScheduleChange {
    /// The schedule as it is after the change, but for its next time.
    pub(super) fn applied_to(&self, old: &Schedule) -> Schedule {
        let text = |new: Option<&str>, old: &str| new.unwrap_or(old).to_owned();
        Schedule {
            name: text(self.name.as_deref(), &old.name),
            cron: self.cron.as_ref().map_or_else(|| old.cron.clone(), Cron::to_string),
            timezone: self.timezone.as_ref().map_or_else(|| old.timezone.clone(), Zone::to_string),
            job_name: text(self.job_name.as_deref(), &old.job_name),
            payload: self.payload.as_ref().unwrap_or(&old.payload).clone(),
            queue: self.queue.as_ref().unwrap_or(&old.queue).clone(),
            priority: self.priority.unwrap_or(old.priority),
            catch_up: self.catch_up.unwrap_or(old.catch_up),
            overlap: self.overlap.unwrap_or(old.overlap),
            state: self.state.unwrap_or(old.state),
            ..old.clone()
        }
    }
}

/// One time that a schedule fired.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Firing {
    /// For when it was, which is long before it fired when it was made up for.
    pub due_at: Timestamp,
    pub fired_at: Timestamp,
    /// Whether somebody asked for it.
    pub by_hand: bool,
    pub result: FiringResult,
    /// Why it was refused.
    pub error: Option<String>,
    pub job_id: Option<Id<Job>>,
    /// Null when there is no job, or it was deleted since.
    pub job_state: Option<JobState>,
    /// The job's last error.
    pub job_error: Option<String>,
}

impl FromRow for Firing {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            due_at: row.take("due_at")?,
            fired_at: row.take("fired_at")?,
            by_hand: row.take("is_by_hand")?,
            result: row.take("result")?,
            error: row.take("error")?,
            job_id: row.take("job_id")?,
            job_state: row.take("job_state")?,
            job_error: row.take("job_error")?,
        })
    }
}
