//! Replay: events delivered again, to those who listen now or to some of them. The new deliveries
//! say which old ones they repeat.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::history::{EventFilter, count_events, list_events};
use super::model::{Delivery, DeliveryState, Event, Subscription};
use super::outcome::Letter;
use super::publish::{Occurrence, deliver};
use super::store::{self, Change};
use crate::base::db::{SystemWrite, Write};
use crate::base::{Error, Id, Result, Timestamp};
use crate::kernel::audit::{self, Act, said_by};
use crate::kernel::jobs::{Behalf, Counts, Ctx, Jobs, KindInfo, NewJob, Outcome, Work};
use crate::kernel::{Actor, Chain, Who};

/// Events that one piece of a replay takes.
const A_PIECE: usize = 200;

/// Events that one replay takes at most.
pub const MOST_REPLAYED: usize = 1_000_000;

/// Delivers an event anew. A dead letter that it repeats is dealt with.
pub(super) fn redeliver(
    tx: &SystemWrite<'_>,
    who: &Who,
    event: &Event,
    subscription: &Subscription,
    old: Option<Delivery>,
    counts: &mut Counts,
    now: Timestamp,
) -> Result<Id<Delivery>> {
    let tenant = who.tenant.number;
    let replay_of = old.as_ref().map(|old| old.id);
    if let Some(old) = old.filter(|old| old.state == DeliveryState::Dead) {
        let way = Letter { tenant, event: event.id, event_type: &event.event_type, subscription };
        way.put(tx, &old, old.clone(), DeliveryState::Replayed, counts, now)?;
    }
    // What it causes is the next of the event's own chain, whoever asks.
    let by = Who { chain: Chain::of(event.chain.as_deref()), ..who.clone() };
    let id = deliver(tx, &by, &Occurrence::of(event, event.payload.get()), subscription, replay_of, counts)?;
    store::add_to_event(tx, tenant, event.id, Change { open: 1, ..Change::default() })?;
    Ok(id)
}

/// The subscriptions of these names or ids, or nothing when none is named.
pub fn find_handlers(tx: &Write<'_>, handlers: Option<&[String]>) -> Result<Option<Vec<Subscription>>> {
    let Some(handlers) = handlers else { return Ok(None) };
    let found = handlers.iter().enumerate().map(|(place, named)| {
        store::find_handler(tx, named)?
            .ok_or_else(|| Error::invalid(format!("handlers[{place}]"), "is no subscription here"))
    });
    found.collect::<Result<Vec<_>>>().map(Some)
}

/// Replays one event, to those who listen to it now or to these; gives back the new deliveries.
pub fn replay_event(
    tx: &Write<'_>,
    who: &Who,
    id: Id<Event>,
    handlers: Option<&[Subscription]>,
    now: Timestamp,
) -> Result<Vec<Id<Delivery>>> {
    let event = store::find_event(tx, id)?.ok_or_else(|| Error::not_found("event"))?;
    let system = tx.system();
    let listening = match handlers {
        Some(_) => Vec::new(),
        None => store::list_listening(&system, who.tenant.number)?,
    };
    let mut counts = Counts::default();
    let to = handlers.unwrap_or(&listening);
    let made = replay_to(&system, who, &event, to, handlers.is_some(), &mut counts, now)?;
    counts.write(&system)?;
    Ok(made)
}

fn replay_to(
    tx: &SystemWrite<'_>,
    who: &Who,
    event: &Event,
    to: &[Subscription],
    is_chosen: bool,
    counts: &mut Counts,
    now: Timestamp,
) -> Result<Vec<Id<Delivery>>> {
    let payload: Json = event.says()?;
    let wanting = to.iter().filter(|one| is_chosen || one.wants(&event.event_type, &payload));
    wanting
        .map(|subscription| {
            let old = store::find_last_delivery(tx, who.tenant.number, event.id, subscription.id)?;
            redeliver(tx, who, event, subscription, old, counts, now)
        })
        .collect()
}

/// A replay of many events that was begun.
pub struct Begun {
    pub job: Id<crate::kernel::jobs::Job>,
    pub events: usize,
}

/// Begins a replay of every event that the filter finds now, as a job.
pub fn begin_replay(
    tx: &Write<'_>,
    who: &Who,
    filter: &EventFilter,
    handlers: Option<&[Subscription]>,
    now: Timestamp,
) -> Result<Begun> {
    let (system, tenant) = (tx.system(), who.tenant.number);
    let asked = said_by(filter)?;
    // What is published from now on, by the replay itself too, is not part of it.
    let filter =
        EventFilter { until: Some(filter.until.map_or(now, |until| until.min(now))), ..filter.clone() };
    let events = count_events(tx, &filter, MOST_REPLAYED + 1)?;
    if events > MOST_REPLAYED {
        return Err(Error::conflict("More than a million events are meant; choose a shorter time."));
    }
    let id = Id::<Replay>::fresh();
    let ids = handlers.map(|all| json!(all.iter().map(|one| one.id).collect::<Vec<_>>()).to_string());
    let filter = serde_json::to_string(&filter).map_err(Error::internal)?;
    store::insert_replay(&system, tenant, id, &filter, ids.as_deref(), events, now)?;
    let (mut counts, behalf) = (Counts::default(), Behalf::from(who));
    let payload = json!({ "replayId": id }).to_string();
    let job = tx.attendant::<Jobs>()?.make(
        &system,
        &behalf,
        (Replay::KIND.name, &payload),
        &NewJob::default(),
        &mut counts,
    )?;
    counts.write(&system)?;
    let names: Option<Vec<&str>> = handlers.map(|all| all.iter().map(|one| one.name.as_str()).collect());
    let begun = json!({ "filter": asked, "handlers": names, "events": events, "job": job.job });
    audit::record(tx, who, &Act::new("events.replayed", "events").after(begun)?, now)?;
    Ok(Begun { job: job.job, events })
}

/// Replays many events, a piece at a time.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Replay {
    replay_id: Id<Replay>,
}

impl Work for Replay {
    const KIND: KindInfo = KindInfo {
        is_open: false,
        time_limit: std::time::Duration::from_hours(6),
        ..KindInfo::new("events.replay", "Replays the events that a filter finds")
    };

    async fn run(self, ctx: Ctx) -> Result<Outcome> {
        let id = self.replay_id;
        loop {
            let (who, now) = (ctx.who.clone(), ctx.now());
            let Some(state) = ctx.write(move |tx| do_piece(tx, &who, id, now)).await? else {
                return Ok(Outcome::Cancel("The replay is gone.".into()));
            };
            if state.is_over {
                return Ok(Outcome::DoneWith(
                    json!({ "events": state.done, "deliveries": state.deliveries }),
                ));
            }
            let percent = state.done * 100 / state.total.max(1);
            let note = format!("{} of {} events", state.done, state.total);
            ctx.progress(u32::try_from(percent.min(100)).unwrap_or(100), &note).await?;
        }
    }
}

struct Progress {
    total: i64,
    done: i64,
    deliveries: i64,
    is_over: bool,
}

/// One piece, and how far that is, in one transaction: a crash repeats nothing.
fn do_piece(tx: &Write<'_>, who: &Who, id: Id<Replay>, now: Timestamp) -> Result<Option<Progress>> {
    let (system, tenant) = (tx.system(), who.tenant.number);
    let Some(replay) = store::read_replay(&system, tenant, id)? else { return Ok(None) };
    let over = |done, deliveries| Progress { total: replay.total, done, deliveries, is_over: true };
    if replay.ended_at.is_some() {
        return Ok(Some(over(replay.done, replay.deliveries)));
    }
    let filter: EventFilter = serde_json::from_str(&replay.filter).map_err(Error::internal)?;
    let chosen: Option<Vec<Id<Subscription>>> =
        replay.handlers.map(|ids| serde_json::from_str(&ids)).transpose().map_err(Error::internal)?;
    let to: Vec<Subscription> = store::list_listening(&system, tenant)?
        .into_iter()
        .filter(|one| chosen.as_ref().is_none_or(|ids| ids.contains(&one.id)))
        .collect();
    let page = list_events(tx, &filter, replay.goes_on_before, A_PIECE)?;
    // Within a piece the oldest first, so that a subject's come in their order where they can.
    let (mut counts, mut made) = (Counts::default(), 0);
    let by = Who { actor: Actor::System, ..who.clone() };
    for event in page.events.iter().rev() {
        made += replay_to(&system, &by, event, &to, chosen.is_some(), &mut counts, now)?.len();
    }
    counts.write(&system)?;
    let (done, deliveries) = (page.events.len() as i64, made as i64);
    let is_over = page.goes_on_before.is_none();
    store::advance_replay(
        &system,
        tenant,
        id,
        (done, deliveries),
        page.goes_on_before,
        is_over.then_some(now),
    )?;
    let (done, deliveries) = (replay.done + done, replay.deliveries + deliveries);
    Ok(Some(Progress { total: replay.total, done, deliveries, is_over }))
}
