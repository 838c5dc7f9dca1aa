//! The routes that workers outside use.

use super::JobsWork;
use super::model::{Beat, ClaimJobs, Complete, Fail};
use crate::base::{Id, Kind};
use crate::http::{App, Awaited, Can, Input, Path, Reply, Route, Shown, Stop};
use crate::kernel::jobs::{self, EndedJob, Extended, Heartbeat, Job, LeasedJob, Said};
use crate::route;

pub static ROUTES: &[Route] = &[
    route!(POST "/api/jobs/claim",          JobsWork, claim,     "Take jobs, or wait for some"),
    route!(POST "/api/jobs/{id}/heartbeat", JobsWork, heartbeat, "Keep a job for longer, and say how far it is"),
    route!(POST "/api/jobs/{id}/complete",  JobsWork, complete,  "End a job as done"),
    route!(POST "/api/jobs/{id}/fail",      JobsWork, fail,      "End an attempt as failed"),
];

/// Jobs that were given out are not given out again, with a key or without.
async fn claim(
    who: Can<JobsWork>,
    Input(claim): Input<ClaimJobs>,
    app: App,
) -> Reply<Awaited<Vec<LeasedJob>>> {
    who.must_send_no_key()?;
    let wanted = claim.wanted()?;
    tokio::select! {
        jobs = app.jobs.claim(app.kernel(), &who.who, &wanted) => Ok(Awaited(jobs?)),
        () = app.closing() => Ok(Awaited(Vec::new())),
    }
}

async fn heartbeat(
    who: Can<JobsWork>,
    Path(id): Path<Id<Job>>,
    Input(beat): Input<Beat>,
    app: App,
) -> Reply<Shown<Extended>> {
    let (now, by, beat) = (app.clock.now(), who.who.clone(), Heartbeat::from(beat));
    let written = app.write(&who, move |tx| jobs::heartbeat(tx, &by, id, &beat, now).map(Shown)).await;
    count_stale(&app, written)
}

async fn complete(
    who: Can<JobsWork>,
    Path(id): Path<Id<Job>>,
    Input(done): Input<Complete>,
    app: App,
) -> Reply<Shown<EndedJob>> {
    end(&who, id, done.lease, Said::Done(done.result), done.logs, &app).await
}

async fn fail(
    who: Can<JobsWork>,
    Path(id): Path<Id<Job>>,
    Input(failed): Input<Fail>,
    app: App,
) -> Reply<Shown<EndedJob>> {
    let said = failed.said()?;
    end(&who, id, failed.lease, said, failed.logs, &app).await
}

async fn end(
    who: &Can<JobsWork>,
    id: Id<Job>,
    lease: i64,
    said: Said,
    logs: Vec<String>,
    app: &App,
) -> Reply<Shown<EndedJob>> {
    let (now, by) = (app.clock.now(), who.who.clone());
    let written =
        app.write(who, move |tx| jobs::end_attempt(tx, &by, id, lease, &said, &logs, now).map(Shown)).await;
    count_stale(app, written)
}

/// A conflict here is always a lease that is over.
fn count_stale<T>(app: &App, written: Reply<T>) -> Reply<T> {
    if let Err(Stop::Failed(error)) = &written
        && error.kind() == Kind::Conflict
    {
        app.jobs.count_stale();
    }
    written
}
