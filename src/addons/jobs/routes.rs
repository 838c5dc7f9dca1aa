//! The routes over jobs.

use futures_util::stream;
use serde_json::json;

use super::model::{
    Bulk, BulkDone, ChangeJob, Enqueue, EnqueueBatch, EnqueuedJob, JobPosition, JobQuery, KindShown, Stats,
    StreamQuery, WholeJob,
};
use super::{JobsRead, JobsWrite};
use crate::base::{Error, Id};
use crate::http::{Accepted, App, Can, Deleted, Event, Input, Live, Page, Path, Query, Reply, Route, Shown};
use crate::kernel::jobs::{
    self, BulkAct, Depth, Fed, Feed, Job, JobSummary, MOST_AT_ONCE, MOST_IN_ONE_WRITE, Many, Named, Why,
};
use crate::kernel::timeline::{self, Timeline};
use crate::route;

pub static ROUTES: &[Route] = &[
    route!(POST   "/api/jobs/enqueue",       JobsWrite, enqueue,       "Enqueue a job"),
    route!(POST   "/api/jobs/enqueue/batch", JobsWrite, enqueue_batch, "Enqueue up to 1,000 jobs, all or none", Bulk),
    route!(GET    "/api/jobs",               JobsRead,  list,          "List jobs, the newest first"),
    route!(GET    "/api/jobs/stats",         JobsRead,  stats,         "How many jobs are in which state"),
    route!(GET    "/api/jobs/queues",        JobsRead,  queues,        "What each queue holds, and since when its oldest job waits"),
    route!(GET    "/api/jobs/stream",        JobsRead,  watch,         "Watch counts and jobs as they change", Bulk),
    route!(GET    "/api/jobs/{id}",          JobsRead,  show,          "One job with its attempts"),
    route!(GET    "/api/jobs/{id}/why",      JobsRead,  why,           "Why a job does not run"),
    route!(GET    "/api/jobs/{id}/timeline", JobsRead,  show_timeline, "What caused a job, and what it caused"),
    route!(PATCH  "/api/jobs/{id}",          JobsWrite, change,        "Change a job that waits"),
    route!(DELETE "/api/jobs/{id}",          JobsWrite, delete,        "Delete a job that does not run"),
    route!(POST   "/api/jobs/{id}/retry",    JobsWrite, retry,         "Let a job run again"),
    route!(POST   "/api/jobs/{id}/run-now",  JobsWrite, run_now,       "Run a scheduled job now"),
    route!(POST   "/api/jobs/{id}/cancel",   JobsWrite, cancel,        "Cancel a job"),
    route!(POST   "/api/jobs/retry",         JobsWrite, retry_many,    "Let all jobs run again that a filter finds", Bulk),
    route!(POST   "/api/jobs/cancel",        JobsWrite, cancel_many,   "Cancel all jobs that a filter finds", Bulk),
    route!(POST   "/api/jobs/delete",        JobsWrite, delete_many,   "Delete all jobs that a filter finds", Bulk),
    route!(GET    "/api/job-kinds",          JobsRead,  kinds,         "The kinds of jobs and what their payloads look like"),
];

async fn enqueue(who: Can<JobsWrite>, Input(new): Input<Enqueue>, app: App) -> Reply<Accepted<EnqueuedJob>> {
    let named = [new.named(app.clock.now())?];
    let by = who.hand(&app);
    app.write(&who, move |tx| {
        let enqueued = jobs::enqueue_named(tx, &by, &named)?;
        Ok(Accepted(EnqueuedJob::of(named[0].kind.clone(), enqueued[0])))
    })
    .await
}

async fn enqueue_batch(
    who: Can<JobsWrite>,
    Input(batch): Input<EnqueueBatch>,
    app: App,
) -> Reply<Accepted<Vec<EnqueuedJob>>> {
    let now = app.clock.now();
    let named: Vec<Named> = batch.jobs.into_iter().map(|new| new.named(now)).collect::<Result<_, _>>()?;
    let by = who.hand(&app);
    app.write(&who, move |tx| {
        let enqueued = jobs::enqueue_named(tx, &by, &named)?;
        let shown = named.iter().zip(enqueued).map(|(job, one)| EnqueuedJob::of(job.kind.clone(), one));
        Ok(Accepted(shown.collect()))
    })
    .await
}

async fn list(who: Can<JobsRead>, Query(query): Query<JobQuery>, app: App) -> Reply<Page<JobSummary>> {
    let (limit, filter) = (query.limit, query.filter());
    let found = app.db.read(&who, move |tx| jobs::list_jobs(tx, &filter, limit.get())).await?;
    Ok(Page::until(found.jobs, found.goes_on_after.map(|id| JobPosition { id }))?)
}

async fn stats(who: Can<JobsRead>, app: App) -> Reply<Shown<Stats>> {
    let counts = app.db.read(&who, |tx| jobs::count_jobs(tx, None)).await?;
    Ok(Shown(Stats::of(counts)))
}

async fn queues(who: Can<JobsRead>, app: App) -> Reply<Shown<Vec<Depth>>> {
    Ok(Shown(app.db.read(&who, jobs::list_depths).await?))
}

async fn watch(who: Can<JobsRead>, Query(query): Query<StreamQuery>, app: App) -> Reply<Live> {
    let feed = Feed::begin(app.kernel(), &who.who, query.filter())?;
    Ok(Live::of(stream::unfold(feed, |mut feed| async move {
        let event = match feed.next().await {
            Fed::Counts(counts) => Event::of("counts", &Stats::of(counts)),
            Fed::Job(job) => Event::of("job", &job),
            Fed::Lagged => Event::of("lagged", &json!({})),
        };
        Some((event.ok()?, feed))
    })))
}

async fn show(who: Can<JobsRead>, Path(id): Path<Id<Job>>, app: App) -> Reply<Shown<WholeJob>> {
    let found = app
        .db
        .read(&who, move |tx| {
            let job = jobs::find_job(tx, id)?.ok_or_else(|| Error::not_found("job"))?;
            Ok(WholeJob::of(job, jobs::list_attempts(tx, id)?))
        })
        .await?;
    Ok(Shown(found))
}

async fn why(who: Can<JobsRead>, Path(id): Path<Id<Job>>, app: App) -> Reply<Shown<Why>> {
    let (jobs, by) = (app.jobs.clone(), who.hand(&app));
    Ok(Shown(app.db.read(&who, move |tx| jobs::why(tx, &by, &jobs, id)).await?))
}

async fn show_timeline(who: Can<JobsRead>, Path(id): Path<Id<Job>>, app: App) -> Reply<Shown<Timeline>> {
    Ok(Shown(app.db.read(&who, move |tx| timeline::of_job(tx, id)).await?))
}

async fn change(
    who: Can<JobsWrite>,
    Path(id): Path<Id<Job>>,
    Input(change): Input<ChangeJob>,
    app: App,
) -> Reply<Shown<Job>> {
    let (now, by, change) = (app.clock.now(), who.hand(&app), change.into());
    app.write(&who, move |tx| jobs::change_job(tx, &by, id, &change, now).map(Shown)).await
}

async fn delete(who: Can<JobsWrite>, Path(id): Path<Id<Job>>, app: App) -> Reply<Deleted> {
    let by = who.hand(&app);
    app.write(&who, move |tx| jobs::delete_job(tx, &by, id).map(|()| Deleted::of(id))).await
}

async fn retry(who: Can<JobsWrite>, Path(id): Path<Id<Job>>, app: App) -> Reply<Shown<Job>> {
    let (now, by) = (app.clock.now(), who.hand(&app));
    app.write(&who, move |tx| jobs::retry_job(tx, &by, id, now).map(Shown)).await
}

async fn run_now(who: Can<JobsWrite>, Path(id): Path<Id<Job>>, app: App) -> Reply<Shown<Job>> {
    let (now, by) = (app.clock.now(), who.hand(&app));
    app.write(&who, move |tx| jobs::run_job_now(tx, &by, id, now).map(Shown)).await
}

async fn cancel(who: Can<JobsWrite>, Path(id): Path<Id<Job>>, app: App) -> Reply<Shown<Job>> {
    let (now, by) = (app.clock.now(), who.hand(&app));
    app.write(&who, move |tx| jobs::cancel_job(tx, &by, id, now).map(Shown)).await
}

async fn retry_many(who: Can<JobsWrite>, Input(bulk): Input<Bulk>, app: App) -> Reply<Shown<BulkDone>> {
    to_many(&who, BulkAct::Retry, bulk, &app).await
}

async fn cancel_many(who: Can<JobsWrite>, Input(bulk): Input<Bulk>, app: App) -> Reply<Shown<BulkDone>> {
    to_many(&who, BulkAct::Cancel, bulk, &app).await
}

async fn delete_many(who: Can<JobsWrite>, Input(bulk): Input<Bulk>, app: App) -> Reply<Shown<BulkDone>> {
    to_many(&who, BulkAct::Delete, bulk, &app).await
}

/// With a key all of it is one write, which keeps the reply: nobody dies between the deed and its report.
async fn to_many(who: &Can<JobsWrite>, act: BulkAct, bulk: Bulk, app: &App) -> Reply<Shown<BulkDone>> {
    let is_dry = bulk.dry_run;
    let filter = bulk.job_filter()?;
    let by = who.hand(app);
    if !is_dry && !who.sends_key() {
        return Ok(Shown(app.jobs.bulk(app.kernel(), &by, act, filter).await?.into()));
    }
    let most = if is_dry { MOST_AT_ONCE } else { MOST_IN_ONE_WRITE };
    let many = Many::find(app.kernel(), &by, act, filter, most).await?;
    if is_dry {
        return Ok(Shown(many.counted().into()));
    }
    let now = app.clock.now();
    app.write(who, move |tx| Ok(Shown(many.act(tx, &by, now)?.into()))).await
}

async fn kinds(who: Can<JobsRead>, app: App) -> Reply<Shown<Vec<KindShown>>> {
    Ok(Shown(app.jobs.kinds_in(who.tenant.number).map(KindShown::from).collect()))
}
