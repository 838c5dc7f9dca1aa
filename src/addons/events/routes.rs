//! The routes over events.

use std::collections::BTreeSet;

use futures_util::stream;

use super::model::{
    EventPosition, EventQuery, FollowQuery, MetricsQuery, Publish, PublishBatch, PublishedEvent, ReplayBegun,
    ReplayMany, ReplayOne, Replayed, ShownType, WholeEvent,
};
use super::{EventsRead, EventsReplay, EventsWrite};
use crate::base::{Error, Id};
use crate::http::{
    Accepted, App, Can, Event as Told, Input, LastEvent, Live, Page, Path, Query, Reply, Route, Shown,
};
use crate::kernel::events::{self, Event, EventFeed, Metric, NewEvent};
use crate::kernel::timeline::{self, Timeline};
use crate::route;

pub static ROUTES: &[Route] = &[
    route!(POST "/api/events",             EventsWrite,  publish,       "Publish an event"),
    route!(POST "/api/events/batch",       EventsWrite,  publish_batch, "Publish up to 1,000 events, all or none", Bulk),
    route!(GET  "/api/events",             EventsRead,   list,          "List events, the newest first"),
    route!(GET  "/api/events/stream",      EventsRead,   follow,        "Follow events as they are published", Bulk),
    route!(GET  "/api/events/metrics",     EventsRead,   metrics,       "Rates, failures and times by type and handler"),
    route!(POST "/api/events/replay",      EventsReplay, replay_many,   "Deliver all events again that a filter finds", Bulk),
    route!(GET  "/api/events/{id}",        EventsRead,   show,          "One event with its deliveries"),
    route!(POST "/api/events/{id}/replay", EventsReplay, replay,        "Deliver an event again"),
    route!(GET  "/api/events/{id}/timeline", EventsRead, show_timeline, "What caused an event, and what it caused"),
    route!(GET  "/api/event-types",        EventsRead,   types,         "The types of events and what their payloads look like"),
];

/// Types in the history that the catalogue shows.
const MOST_TYPES: usize = 500;

async fn publish(
    who: Can<EventsWrite>,
    Input(new): Input<Publish>,
    app: App,
) -> Reply<Accepted<PublishedEvent>> {
    let (new, by) = (NewEvent::from(new), who.who.clone());
    app.write(&who, move |tx| {
        let published = events::publish_all(tx, &by, std::slice::from_ref(&new))?;
        Ok(Accepted(PublishedEvent::of(new.event_type.clone(), published[0])))
    })
    .await
}

async fn publish_batch(
    who: Can<EventsWrite>,
    Input(batch): Input<PublishBatch>,
    app: App,
) -> Reply<Accepted<Vec<PublishedEvent>>> {
    let all: Vec<NewEvent> = batch.events.into_iter().map(NewEvent::from).collect();
    let by = who.who.clone();
    app.write(&who, move |tx| {
        let published = events::publish_all(tx, &by, &all)?;
        let shown = all.iter().zip(published);
        Ok(Accepted(shown.map(|(new, one)| PublishedEvent::of(new.event_type.clone(), one)).collect()))
    })
    .await
}

async fn list(who: Can<EventsRead>, Query(query): Query<EventQuery>, app: App) -> Reply<Page<Event>> {
    let (filter, limit) = (query.filter(), query.limit.get());
    let before = query.cursor.map(|cursor| cursor.0.id);
    let found = app.db.read(&who, move |tx| events::list_events(tx, &filter, before, limit)).await?;
    Ok(Page::until(found.events, found.goes_on_before.map(|id| EventPosition { id }))?)
}

async fn follow(
    who: Can<EventsRead>,
    Query(query): Query<FollowQuery>,
    LastEvent(last): LastEvent,
    app: App,
) -> Reply<Live> {
    let last = last
        .map(|id| id.parse().map_err(|message: &str| Error::invalid("Last-Event-ID", message)))
        .transpose()?;
    let feed = EventFeed::begin(app.kernel(), &who.who, query.pattern, last.or(query.after))?;
    Ok(Live::of(stream::unfold(feed, |mut feed| async move {
        let event = feed.next().await;
        Some((Told::of("event", &event).ok()?.with_id(event.id), feed))
    })))
}

async fn metrics(
    who: Can<EventsRead>,
    Query(query): Query<MetricsQuery>,
    app: App,
) -> Reply<Shown<Vec<Metric>>> {
    let (since, until) = query.span(app.clock.now())?;
    Ok(Shown(events::read_metrics(app.kernel(), &who.who, since, until).await?))
}

async fn show(who: Can<EventsRead>, Path(id): Path<Id<Event>>, app: App) -> Reply<Shown<WholeEvent>> {
    let found = app
        .db
        .read(&who, move |tx| {
            let event = events::find_event(tx, id)?.ok_or_else(|| Error::not_found("event"))?;
            WholeEvent::of(tx, event)
        })
        .await?;
    Ok(Shown(found))
}

async fn show_timeline(who: Can<EventsRead>, Path(id): Path<Id<Event>>, app: App) -> Reply<Shown<Timeline>> {
    Ok(Shown(app.db.read(&who, move |tx| timeline::of_event(tx, id)).await?))
}

async fn replay(
    who: Can<EventsReplay>,
    Path(id): Path<Id<Event>>,
    Input(how): Input<ReplayOne>,
    app: App,
) -> Reply<Accepted<Replayed>> {
    let (now, by) = (app.clock.now(), who.who.clone());
    app.write(&who, move |tx| {
        let handlers = events::find_handlers(tx, how.handlers.as_deref())?;
        let delivery_ids = events::replay_event(tx, &by, id, handlers.as_deref(), now)?;
        Ok(Accepted(Replayed { event_id: id, delivery_ids }))
    })
    .await
}

async fn replay_many(
    who: Can<EventsReplay>,
    Input(how): Input<ReplayMany>,
    app: App,
) -> Reply<Accepted<ReplayBegun>> {
    let (now, by, filter) = (app.clock.now(), who.who.clone(), how.filter()?);
    if how.dry_run {
        let count =
            app.db.read(&who, move |tx| events::count_events(tx, &filter, events::MOST_REPLAYED)).await?;
        return Ok(Accepted(ReplayBegun { events: count, job_id: None }));
    }
    app.write(&who, move |tx| {
        let handlers = events::find_handlers(tx, how.handlers.as_deref())?;
        let begun = events::begin_replay(tx, &by, &filter, handlers.as_deref(), now)?;
        Ok(Accepted(ReplayBegun { events: begun.events, job_id: Some(begun.job) }))
    })
    .await
}

async fn types(who: Can<EventsRead>, app: App) -> Reply<Shown<Vec<ShownType>>> {
    let seen: BTreeSet<String> =
        app.db.read(&who, |tx| events::list_types(tx, "", "~", MOST_TYPES)).await?.into_iter().collect();
    let mut types: Vec<ShownType> = app
        .events
        .facts()
        .map(|fact| ShownType {
            event_type: fact.name.into(),
            declared: true,
            summary: Some(fact.summary.into()),
            schema: Some((fact.schema)()),
            seen: seen.contains(fact.name),
        })
        .collect();
    let undeclared = seen.into_iter().filter(|name| app.events.facts().all(|fact| fact.name != name));
    types.extend(undeclared.map(|event_type| ShownType {
        event_type,
        declared: false,
        summary: None,
        schema: None,
        seen: true,
    }));
    types.sort_by(|a, b| a.event_type.cmp(&b.event_type));
    Ok(Shown(types))
}
