//! The routes over backups.

use serde_json::json;

use super::jobs::{CreateBackup, DrillBackup, SendBackup, VerifyBackup};
use super::model::{BackupJob, BackupRun, Backups, NewBackup, Place, Restoring};
use super::{BackupsDownload, BackupsRead, BackupsRestore, BackupsWrite, SCHEDULE};
use crate::base::db::{Read, Write};
use crate::base::{Error, Kind, Result, Timestamp};
use crate::http::{Accepted, App, Can, Deleted, Download, Input, Path, Reply, Route, Shown};
use crate::kernel::Who;
use crate::kernel::audit::{self, Act};
use crate::kernel::backups::{self, BackupName, GoingBack, Source, Summary};
use crate::kernel::identity;
use crate::kernel::jobs::{self, JobFilter, JobState, Work, schedules};
use crate::route;

pub static ROUTES: &[Route] = &[
    route!(GET    "/api/backups",                 BackupsRead,     list,     "Backups, and how their making went"),
    route!(POST   "/api/backups",                 BackupsWrite,    create,   "Make a backup"),
    route!(GET    "/api/backups/{name}",          BackupsRead,     show,     "One backup"),
    route!(POST   "/api/backups/{name}/verify",   BackupsWrite,    verify,   "Read every byte of a backup and compare"),
    route!(POST   "/api/backups/{name}/drill",    BackupsWrite,    drill,    "Restore a backup aside, to see that one could"),
    route!(POST   "/api/backups/{name}/restore",  BackupsRestore, restore, "Go back to a backup, or to what an earlier going back put aside", Costly),
    route!(GET    "/api/backups/{name}/download", BackupsDownload, download, "Download a backup; it holds the signing keys"),
    route!(DELETE "/api/backups/{name}",          BackupsWrite,    delete,   "Delete a backup, or what going back put aside"),
];

/// Runs that are shown.
const RUNS: usize = 20;

async fn list(who: Can<BackupsRead>, app: App) -> Reply<Shown<Backups>> {
    let data = app.data.clone();
    let found = off_the_loop(move || backups::list_backups(&data)).await?;
    let data = app.data.clone();
    let set_aside = off_the_loop(move || backups::list_set_aside(&data)).await?;
    let going_back = app.backups.going_back();
    let (runs, last_failure, next_at) = app.db.read(&who, read_runs).await?;
    let last_success =
        found.iter().filter(|backup| backup.problem.is_none()).find_map(|backup| backup.made_at);
    Ok(Shown(Backups { backups: found, set_aside, going_back, runs, last_success, last_failure, next_at }))
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
    Ok(Shown(off_the_loop(move || backups::find_backup(&data, &name)).await?))
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
    let (by, now, subject) = (who.hand(app), app.clock.now(), subject.to_owned());
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
    write_down(&who, &app, "backup.downloaded", &name.to_string(), None).await?;
    Ok(Download::open(&path, name.to_string())?)
}

async fn delete(who: Can<BackupsWrite>, Path(place): Path<Place>, app: App) -> Reply<Deleted> {
    let (data, asked) = (app.data.clone(), place.clone());
    let bytes = off_the_loop(move || match asked {
        Place::Backup(name) => backups::find_backup(&data, &name).map(|backup| backup.bytes),
        Place::Aside(name) => backups::find_set_aside(&data, &name).map(|found| found.bytes),
    });
    write_down(&who, &app, "backup.deleted", &place.to_string(), Some(bytes.await?)).await?;
    let (data, asked) = (app.data.clone(), place.clone());
    let deleted = off_the_loop(move || match asked {
        Place::Backup(name) => backups::delete_backup(&data, &name),
        Place::Aside(name) => backups::delete_set_aside(&data, &name),
    });
    deleted.await?;
    Ok(Deleted::of(place))
}

/// Roles come with the data, so whoever could go back to a time when he was owner would be one: only owners may, and
/// only those who know their password.
async fn restore(
    who: Can<BackupsRestore>,
    Input(asked): Input<Restoring>,
    Path(place): Path<Place>,
    app: App,
) -> Reply<Accepted<GoingBack>> {
    who.must_send_no_key()?;
    let only_owners =
        || Error::new(Kind::Forbidden, "Only an owner of the instance, signed in, can go back to a backup.");
    let user = who.actor.user().ok_or_else(only_owners)?;
    let owners = app.db.read(&who, identity::list_instance_owners).await?;
    if owners.iter().all(|owner| owner.id != user) {
        return Err(only_owners().into());
    }
    app.prove_again(&who, user, asked.password, "password", "backup.restoring_refused").await?;
    let source = match place {
        Place::Backup(name) => Source::Backup(backups::must_exist(&app.data, &name)?),
        Place::Aside(name) => Source::Aside(name),
    };
    Ok(Accepted(app.go_back(&who, source).await?))
}

/// The audit comes first: better a row about what failed than a deed that nobody knows of.
async fn write_down(
    who: &Who,
    app: &App,
    action: &'static str,
    name: &str,
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
async fn off_the_loop<T: Send + 'static>(look: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(look).await.map_err(crate::base::Error::internal)?
}
