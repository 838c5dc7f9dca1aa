//! What is asked of schedules over the API, and what is answered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::db::Read;
use crate::base::{Id, Result, Timestamp};
use crate::http::{Cursor, Limit};
use crate::kernel::jobs::Job;
use crate::kernel::jobs::schedules::{Cron, Firing, Schedule, Zone, list_firings};

/// Runs to come that are shown, and firings that were.
const RUNS: usize = 5;
const FIRINGS: usize = 20;

/// What is asked of the list of schedules.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScheduleQuery {
    #[serde(default)]
    pub limit: Limit,
    pub cursor: Option<Cursor<SchedulePosition>>,
}

/// Where a page ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SchedulePosition {
    pub name: String,
}

/// A schedule with what it did and will do.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShownSchedule {
    #[serde(flatten)]
    pub schedule: Schedule,
    /// The line in English words.
    pub description: String,
    /// When it fires next, five times; nothing while it is paused.
    pub next_runs: Vec<Timestamp>,
    pub last_firing: Option<Firing>,
    /// The last 20 firings, the latest first.
    pub firings: Vec<Firing>,
}

impl ShownSchedule {
    pub fn of(tx: &Read<'_>, schedule: Schedule, now: Timestamp) -> Result<Self> {
        let firings = list_firings(tx, schedule.id, FIRINGS)?;
        let description = schedule.description();
        let (next_runs, last_firing) = (schedule.next_runs(now, RUNS), firings.first().cloned());
        Ok(Self { schedule, description, next_runs, last_firing, firings })
    }
}

/// A line to try out.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Trial {
    pub cron: Cron,
    #[serde(default)]
    pub timezone: Zone,
}

/// What a line comes to.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    pub cron: Cron,
    pub timezone: Zone,
    /// The line in English words.
    pub description: String,
    pub next_runs: Vec<Timestamp>,
}

impl Preview {
    pub fn of(trial: Trial, now: Timestamp) -> Result<Self> {
        let Trial { cron, timezone } = trial;
        cron.must_fire(&timezone, now)?;
        let (description, next_runs) = (cron.description(), cron.next_runs(&timezone, now, RUNS));
        Ok(Self { cron, timezone, description, next_runs })
    }
}

/// The job that a schedule made when it was told to.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FiredNow {
    pub schedule_id: Id<Schedule>,
    pub job_id: Id<Job>,
}
