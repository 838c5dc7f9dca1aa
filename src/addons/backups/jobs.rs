//! What is done with backups, each as a job of the instance. One at a time: one that comes while another is under way
//! waits for it.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{BackupsWrite, SCHEDULE, events};
use crate::base::{Kind, Result};
use crate::kernel::backups::{BackupName, Errand, Step};
use crate::kernel::identity::Permission;
use crate::kernel::jobs::schedules::BuiltInSchedule;
use crate::kernel::jobs::{Backoff, Ctx, JobKind, KindInfo, Outcome, Work};

pub static JOBS: &[JobKind] = &[
    JobKind::of::<CreateBackup>(),
    JobKind::of::<SendBackup>(),
    JobKind::of::<VerifyBackup>(),
    JobKind::of::<DrillBackup>(),
];

/// The line is the default one; the configuration says which it is.
pub static SCHEDULES: &[BuiltInSchedule] =
    &[BuiltInSchedule { name: SCHEDULE, cron: "30 2 * * *", kind: &CreateBackup::KIND }];

/// How long one waits for another.
const LATER: Duration = Duration::from_secs(5);

const fn kind(name: &'static str, summary: &'static str, max_attempts: u32) -> KindInfo {
    KindInfo {
        queue: "system",
        is_of_instance: true,
        needs: Some(BackupsWrite::INFO),
        time_limit: Duration::from_hours(12),
        max_attempts,
        backoff: Backoff::Fixed(Duration::from_mins(10)),
        ..KindInfo::new(name, summary)
    }
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateBackup {}

impl Work for CreateBackup {
    const KIND: KindInfo =
        kind("backups.create", "Backs the instance up, and deletes backups that are kept no more", 3);

    async fn run(self, ctx: Ctx) -> Result<Outcome> {
        let Some(work) = ctx.kernel.begin_backup()? else { return Ok(Outcome::Snooze(LATER)) };
        let Some(outcome) = see_through(&ctx, work).await? else { return Ok(cancelled()) };
        let (who, attempt, most) = (ctx.who.clone(), ctx.attempt, ctx.max_attempts);
        match outcome {
            Ok(made) => {
                let shown =
                    json!({ "name": made.backup.name, "bytes": made.backup.bytes, "deleted": made.deleted });
                ctx.log(format!("{} has {} bytes", made.backup.name, made.backup.bytes));
                let is_sent = !ctx.kernel.config.backup.s3_endpoint.is_empty();
                ctx.write(move |tx| {
                    if is_sent {
                        let send = SendBackup { name: made.backup.name.clone() };
                        send.order().unique(made.backup.name.to_string()).enqueue(tx, &who)?;
                    }
                    events::backup_created(tx, &who, &made)
                })
                .await?;
                Ok(Outcome::DoneWith(shown))
            }
            Err(error) => {
                let retry = Outcome::Retry(error.to_string());
                ctx.write(move |tx| events::backup_failed(tx, &who, &error, attempt, most)).await?;
                Ok(retry)
            }
        }
    }
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SendBackup {
    pub name: BackupName,
}

impl Work for SendBackup {
    const KIND: KindInfo = KindInfo {
        backoff: Backoff::DEFAULT,
        ..kind("backups.send", "Puts a backup into the store elsewhere", 10)
    };

    async fn run(self, ctx: Ctx) -> Result<Outcome> {
        let sent = tokio::select! {
            () = ctx.cancelled() => return Ok(cancelled()),
            sent = ctx.kernel.send_backup(&self.name) => sent,
        };
        let (who, attempt, most) = (ctx.who.clone(), ctx.attempt, ctx.max_attempts);
        match sent {
            Ok(deleted) => Ok(Outcome::DoneWith(json!({ "name": self.name, "deleted": deleted }))),
            Err(error) if error.kind() == Kind::NotFound => {
                Ok(Outcome::Cancel("it was deleted before it could be sent".into()))
            }
            Err(error) => {
                let retry = Outcome::Retry(error.to_string());
                ctx.write(move |tx| events::backup_failed(tx, &who, &error, attempt, most)).await?;
                Ok(retry)
            }
        }
    }
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyBackup {
    pub name: BackupName,
}

impl Work for VerifyBackup {
    const KIND: KindInfo =
        kind("backups.verify", "Reads every byte of a backup and compares it with its hash", 1);

    async fn run(self, ctx: Ctx) -> Result<Outcome> {
        let Some(work) = ctx.kernel.begin_verifying(&self.name)? else { return Ok(Outcome::Snooze(LATER)) };
        let Some(outcome) = see_through(&ctx, work).await? else { return Ok(cancelled()) };
        let verified = outcome?;
        judge(&ctx, self.name, verified.problems.clone(), json!(verified)).await
    }
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DrillBackup {
    pub name: BackupName,
}

impl Work for DrillBackup {
    const KIND: KindInfo =
        kind("backups.drill", "Restores a backup aside, checks it, opens it and reads it", 1);

    async fn run(self, ctx: Ctx) -> Result<Outcome> {
        let Some(work) = ctx.kernel.begin_drill(&self.name)? else { return Ok(Outcome::Snooze(LATER)) };
        let Some(outcome) = see_through(&ctx, work).await? else { return Ok(cancelled()) };
        match outcome {
            Ok(drilled) => judge(&ctx, self.name, drilled.problems.clone(), json!(drilled)).await,
            Err(error) => judge(&ctx, self.name, vec![error.message().to_owned()], json!({})).await,
        }
    }
}

/// A backup that is not whole is a job that failed: it shows in the runs, and an event tells of it.
async fn judge(
    ctx: &Ctx,
    name: BackupName,
    problems: Vec<String>,
    shown: serde_json::Value,
) -> Result<Outcome> {
    if problems.is_empty() {
        return Ok(Outcome::DoneWith(shown));
    }
    let (who, told) = (ctx.who.clone(), problems.clone());
    ctx.write(move |tx| events::backup_damaged(tx, &who, &name, &told)).await?;
    ctx.show(shown);
    Ok(Outcome::Dead(problems.join(" ")))
}

/// Waits for the end and tells how far it is; nothing when somebody asked that the job be cancelled.
async fn see_through<T>(ctx: &Ctx, mut work: Errand<T>) -> Result<Option<Result<T>>> {
    loop {
        let step = tokio::select! {
            () = ctx.cancelled() => return Ok(None),
            step = work.next() => step,
        };
        match step {
            Step::Progress(percent, note) => ctx.progress(percent, &note).await?,
            Step::End(outcome) => return Ok(Some(outcome)),
        }
    }
}

fn cancelled() -> Outcome {
    Outcome::Cancel("somebody asked for it; nothing was kept".into())
}
