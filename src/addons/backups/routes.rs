//! The routes over backups.

use serde_json::json;

use super::jobs::{CreateBackup, DrillBackup, SendBackup, VerifyBackup};
use super::model::{BackupJob, BackupRun, Backups, NewBackup};
use super::{BackupsDownload, BackupsRead, BackupsWrite, SCHEDULE};
use crate::base::db::{Read, Write};
use crate::base::{Result, Timestamp};
use crate::http::{Accepted, App, Can, Deleted, Download, Input, Path, Reply, Route, Shown};
use crate::kernel::Who;
use crate::kernel::audit::{self, Act};
use crate::kernel::backups::{self, BackupName, Summary};
use crate::kernel::jobs::{self, JobFilter, JobState, Work, schedules};
use crate::route;

pub static ROUTES: &[Route] = &[
    route!(GET    "/api/backups",                 BackupsRead,     list,     "Backups, and how their making went"),
    route!(POST   "/api/backups",                 BackupsWrite,    create,   "Make a backup"),
    route!(GET    "/api/backups/{name}",          BackupsRead,     show,     "One backup"),
    route!(POST   "/api/backups/{name}/verify",   BackupsWrite,    verify,   "Read every byte of a backup and compare"),
    route!(POST   "/api/backups/{name}/drill",    BackupsWrite,    drill,    "Restore a backup aside, to see that one could"),
    route!(GET    "/api/backups/{name}/download", BackupsDownload, download, "Download a backup; it holds the signing keys"),
    route!(DELETE "/api/backups/{name}",          BackupsWrite,    delete,   "Delete a backup"),
];

/// Runs that are shown.
const RUNS: usize = 20;

async fn list(who: Can<BackupsRead>, app: App) -> Reply<Shown<Backups>> {
    let data = app.data.clone();
    let found = aside(move || backups::list_backups(&data)).await?;
    let (runs, last_failure, next_at) = app.db.read(&who, read_runs).await?;
    let last_success =
        found.iter().filter(|backup| backup.problem.is_none()).find_map(|backup| backup.made_at);
    Ok(Shown(Backups { backups: found, runs, last_success, last_failure, next_at }))
}

type Runs = (Vec<BackupRun>, Option<BackupRun>, Option<Timestamp>);

fn read_runs(tx: &Read<'_>) -> Result<Runs> {
    let list = |kind: &str, state, limit| {
        let filter = JobFilter { kind: Some(kind.into()), state, ..JobFilter::default() };
        jobs::list_jobs(tx, &filter, limit).map(|found| found.jobs)
    };
    let mut runs = Vec::new();
    for kind in [CreateBackup::KIND, SendBackup::KIND, VerifyBackup::KIND, DrillBackup::KIND] {
        runs.extend(list(kind.name, None, RUNS)?);
    }
    runs.sort_unstable_by_key(|run| std::cmp::Reverse(run.id));
    runs.truncate(RUNS);
    let mut failed = Vec::new();
    for kind in [CreateBackup::KIND, SendBackup::KIND] {
        failed.extend(list(kind.name, Some(JobState::Dead), 1)?);
    }
    let failed = failed.into_iter().max_by_key(|run| run.id);
    let schedule = match schedules::find_schedule_named(tx, SCHEDULE)? {
        Some(id) => schedules::find_schedule(tx, id)?,
        None => None,
    };
    let next_at = schedule.and_then(|schedule| schedule.next_at);
    Ok((runs.into_iter().map(BackupRun::from).collect(), failed.map(BackupRun::from), next_at))
}

async fn create(
    who: Can<BackupsWrite>,
    Input(NewBackup {}): Input<NewBackup>,
    app: App,
) -> Reply<Accepted<BackupJob>> {
    ask_for(&who, &app, CreateBackup {}, "backup.asked_for", "backup").await
}

async fn show(_: Can<BackupsRead>, Path(name): Path<BackupName>, app: App) -> Reply<Shown<Summary>> {
    let data = app.data.clone();
    Ok(Shown(aside(move || backups::find_backup(&data, &name)).await?))
}

async fn verify(
    who: Can<BackupsWrite>,
    Path(name): Path<BackupName>,
    app: App,
) -> Reply<Accepted<BackupJob>> {
    backups::must_exist(&app.data, &name)?;
    let subject = format!("backup:{name}");
    ask_for(&who, &app, VerifyBackup { name }, "backup.verification_asked_for", &subject).await
}

async fn drill(who: Can<BackupsWrite>, Path(name): Path<BackupName>, app: App) -> Reply<Accepted<BackupJob>> {
    backups::must_exist(&app.data, &name)?;
    let subject = format!("backup:{name}");
    ask_for(&who, &app, DrillBackup { name }, "backup.drill_asked_for", &subject).await
}

/// Enqueues a job, unless one like it waits or runs. One that waits for another try has it now.
async fn ask_for<P, W: Work>(
    who: &Can<P>,
    app: &App,
    work: W,
    action: &'static str,
    subject: &str,
) -> Reply<Accepted<BackupJob>> {
    let (by, now, subject) = (who.who.clone(), app.clock.now(), subject.to_owned());
    app.write(who, move |tx| {
        let enqueued = work.order().unique(&subject).enqueue(tx, &by)?;
        let job = jobs::find_job(tx, enqueued.job)?;
        if job.is_some_and(|job| job.summary.state == JobState::Scheduled) {
            jobs::run_job_now(tx, &by, enqueued.job, now)?;
        }
        audit::record(tx, &by, &Act::new(action, subject.clone()), now)?;
        Ok(Accepted(BackupJob { job_id: enqueued.job, deduplicated: enqueued.is_duplicate }))
    })
    .await
}

async fn download(who: Can<BackupsDownload>, Path(name): Path<BackupName>, app: App) -> Reply<Download> {
    let path = backups::must_exist(&app.data, &name)?;
    write_down(&who, &app, "backup.downloaded", &name, None).await?;
    Ok(Download::open(&path, name.to_string())?)
}

async fn delete(who: Can<BackupsWrite>, Path(name): Path<BackupName>, app: App) -> Reply<Deleted> {
    let (data, asked) = (app.data.clone(), name.clone());
    let backup = aside(move || backups::find_backup(&data, &asked)).await?;
    write_down(&who, &app, "backup.deleted", &name, Some(backup.bytes)).await?;
    backups::delete_backup(&app.data, &name)?;
    Ok(Deleted::of(name))
}

/// The audit comes first: better a row about what failed than a deed that nobody knows of.
async fn write_down(
    who: &Who,
    app: &App,
    action: &'static str,
    name: &BackupName,
    bytes: Option<u64>,
) -> Result<()> {
    let (by, now, subject) = (who.clone(), app.clock.now(), format!("backup:{name}"));
    let act = Act::new(action, subject);
    let act = match bytes {
        Some(bytes) => act.before(json!({ "bytes": bytes }))?,
        None => act,
    };
    app.db.write(who, move |tx: &Write<'_>| audit::record(tx, &by, &act, now)).await
}

/// Looks at the folder on a thread that serves nobody.
async fn aside<T: Send + 'static>(look: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(look).await.map_err(crate::base::Error::internal)?
}
