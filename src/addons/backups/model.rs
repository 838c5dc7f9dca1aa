//! What the API says of backups.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Id, Timestamp};
use crate::kernel::backups::{AsideName, BackupName, GoingBack, SetAside, Summary};
use crate::kernel::identity::Password;
use crate::kernel::jobs::{Job, JobState, JobSummary};

/// Nothing can be said of it yet: everything of the instance is in a backup.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBackup {}

/// A job that was asked for; `GET /api/backups` lists it among the runs.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackupJob {
    pub job_id: Id<Job>,
    /// Whether one was waiting or running already, which this is.
    pub deduplicated: bool,
}

/// What one can go back to: a backup, or what an earlier going back put aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum Place {
    Backup(BackupName),
    Aside(AsideName),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Backup(name) => name.fmt(f),
            Self::Aside(name) => name.fmt(f),
        }
    }
}

impl FromStr for Place {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self::Aside).or_else(|_| text.parse().map(Self::Backup))
    }
}

/// Who goes back proves again who he is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Restoring {
    /// Your own.
    pub password: Password,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Backups {
    /// Those in the data directory, the newest first.
    pub backups: Vec<Summary>,
    /// What was there before somebody went back, the newest first.
    pub set_aside: Vec<SetAside>,
    /// A going back that is under way, or came to nothing last.
    pub going_back: Option<GoingBack>,
    /// What was done with backups of late, the newest first.
    pub runs: Vec<BackupRun>,
    /// As of when the newest whole backup is.
    pub last_success: Option<Timestamp>,
    pub last_failure: Option<BackupRun>,
    /// When the next one is made by itself; absent when never.
    pub next_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackupRun {
    pub job_id: Id<Job>,
    /// `backups.create`, `backups.send`, `backups.verify` or `backups.drill`.
    pub job_name: String,
    pub state: JobState,
    pub attempt: u32,
    pub progress: Option<u32>,
    pub progress_note: Option<String>,
    pub error: Option<String>,
    pub created_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}

impl From<JobSummary> for BackupRun {
    fn from(job: JobSummary) -> Self {
        Self {
            job_id: job.id,
            job_name: job.job_name,
            state: job.state,
            attempt: job.attempt,
            progress: job.progress,
            progress_note: job.progress_note,
            error: job.error,
            created_at: job.created_at,
            finished_at: job.finished_at,
        }
    }
}
