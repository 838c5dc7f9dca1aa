//! The routes over schedules.

use super::model::{FiredNow, Preview, SchedulePosition, ScheduleQuery, ShownSchedule, Trial};
use super::{SchedulesRead, SchedulesWrite};
use crate::base::{Error, Id};
use crate::http::{Accepted, App, Can, Created, Deleted, Input, Page, Path, Query, Reply, Route, Shown};
use crate::kernel::jobs::schedules::{self, NewSchedule, Schedule, ScheduleChange};
use crate::route;

pub static ROUTES: &[Route] = &[
    route!(GET    "/api/schedules",              SchedulesRead,  list,    "List schedules by name"),
    route!(POST   "/api/schedules",              SchedulesWrite, create,  "Make a schedule"),
    route!(POST   "/api/schedules/preview",      SchedulesRead,  preview, "When a cron line would fire"),
    route!(GET    "/api/schedules/{id}",         SchedulesRead,  show,    "One schedule with its last firings"),
    route!(PATCH  "/api/schedules/{id}",         SchedulesWrite, change,  "Change, pause or resume a schedule"),
    route!(DELETE "/api/schedules/{id}",         SchedulesWrite, delete,  "Delete a schedule"),
    route!(POST   "/api/schedules/{id}/run-now", SchedulesWrite, run_now, "Make a schedule's job now"),
];

async fn list(
    who: Can<SchedulesRead>,
    Query(query): Query<ScheduleQuery>,
    app: App,
) -> Reply<Page<ShownSchedule>> {
    let (limit, now) = (query.limit, app.clock.now());
    let after = query.cursor.map(|cursor| cursor.0.name);
    let found = app
        .db
        .read(&who, move |tx| {
            let found = schedules::list_schedules(tx, after.as_deref(), limit.and_one())?;
            found.into_iter().map(|schedule| ShownSchedule::of(tx, schedule, now)).collect()
        })
        .await?;
    let place = |last: &ShownSchedule| SchedulePosition { name: last.schedule.name.clone() };
    Ok(Page::of(found, limit.get(), place)?)
}

async fn create(
    who: Can<SchedulesWrite>,
    Input(new): Input<NewSchedule>,
    app: App,
) -> Reply<Created<ShownSchedule>> {
    let (now, by) = (app.clock.now(), who.hand(&app));
    app.write(&who, move |tx| {
        let schedule = schedules::create_schedule(tx, &by, &new, now)?;
        Ok(Created(ShownSchedule::of(tx, schedule, now)?))
    })
    .await
}

async fn preview(_: Can<SchedulesRead>, Input(trial): Input<Trial>, app: App) -> Reply<Shown<Preview>> {
    Ok(Shown(Preview::of(trial, app.clock.now())?))
}

async fn show(
    who: Can<SchedulesRead>,
    Path(id): Path<Id<Schedule>>,
    app: App,
) -> Reply<Shown<ShownSchedule>> {
    let now = app.clock.now();
    let found = app
        .db
        .read(&who, move |tx| {
            let schedule = schedules::find_schedule(tx, id)?.ok_or_else(|| Error::not_found("schedule"))?;
            ShownSchedule::of(tx, schedule, now)
        })
        .await?;
    Ok(Shown(found))
}

async fn change(
    who: Can<SchedulesWrite>,
    Path(id): Path<Id<Schedule>>,
    Input(change): Input<ScheduleChange>,
    app: App,
) -> Reply<Shown<ShownSchedule>> {
    let (now, by) = (app.clock.now(), who.hand(&app));
    app.write(&who, move |tx| {
        let schedule = schedules::change_schedule(tx, &by, id, &change, now)?;
        Ok(Shown(ShownSchedule::of(tx, schedule, now)?))
    })
    .await
}

async fn delete(who: Can<SchedulesWrite>, Path(id): Path<Id<Schedule>>, app: App) -> Reply<Deleted> {
    let (now, by) = (app.clock.now(), who.hand(&app));
    app.write(&who, move |tx| schedules::delete_schedule(tx, &by, id, now).map(|()| Deleted::of(id))).await
}

async fn run_now(
    who: Can<SchedulesWrite>,
    Path(id): Path<Id<Schedule>>,
    app: App,
) -> Reply<Accepted<FiredNow>> {
    let (now, by) = (app.clock.now(), who.hand(&app));
    app.write(&who, move |tx| {
        let job_id = schedules::run_schedule_now(tx, &by, id, now)?;
        Ok(Accepted(FiredNow { schedule_id: id, job_id }))
    })
    .await
}
