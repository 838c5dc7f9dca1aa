//! Events: how fast they are published with nobody, one and ten who listen, how soon a handler begins,
//! how fast they are replayed, and how fast the history finds some of many. In an instance of its own,
//! whose handlers do nothing and whose workers work meanwhile.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use serde::Serialize;
use serde_json::json;
use tokio::sync::Notify;

use super::desk::Desk;
use super::report::number;
use super::stats::{Times, Timings, p95_of, times_of};
use crate::base::config::Config;
use crate::base::data_dir::DataDir;
use crate::base::{Clock, Error, Result};
use crate::cli::output::table;
use crate::kernel::events::{
    Event, EventFilter, EventHandler, EventStatus, EventType, Handle, HandlerInfo, NewEvent, begin_replay,
    list_events, publish_all,
};
use crate::kernel::jobs::{Ctx, Outcome};
use crate::kernel::{Features, Who};
use crate::server;

const CALLERS: [usize; 2] = [1, 64];
const LISTENERS: [(usize, &str); 3] = [(0, "bench.nobody"), (1, "bench.one"), (10, "bench.ten")];
const IDLE_EVENTS: usize = 300;
const IN_A_WRITE: usize = 500;

/// Events in the history, for each request that there is elsewhere.
const HISTORY: usize = 20;
const LOOKS: usize = 200;
const A_PAGE: usize = 50;

/// How fast events go.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Events {
    /// Those in which is published.
    pub tenants: usize,
    pub published: Vec<Published>,
    /// From the call that publishes to the beginning of the handler, with idle workers.
    pub begun: Times,
    pub replayed_per_minute: f64,
    pub history_of: usize,
    pub history: Vec<Found>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Published {
    pub listeners: usize,
    pub callers: usize,
    pub per_second: f64,
    #[serde(flatten)]
    pub times: Times,
    pub p95_micros: f64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    pub filter: &'static str,
    #[serde(flatten)]
    pub times: Times,
    pub p95_micros: f64,
}

/// The n-th who listens and does nothing.
struct Listener<const N: usize>;

const NAMES: [&str; 11] = [
    "bench.0", "bench.1", "bench.2", "bench.3", "bench.4", "bench.5", "bench.6", "bench.7", "bench.8",
    "bench.9", "bench.10",
];

impl<const N: usize> Handle for Listener<N> {
    const HANDLER: HandlerInfo =
        HandlerInfo::new(NAMES[N], if N == 0 { "bench.one" } else { "bench.ten" }, "Does nothing");

    async fn handle(_: Event, _: Ctx) -> Result<Outcome> {
        Ok(Outcome::Done)
    }
}

/// Says when it begins.
struct Stamp;

static BEGUN: Mutex<Option<Instant>> = Mutex::new(None);
static BEGAN: Notify = Notify::const_new();

impl Handle for Stamp {
    const HANDLER: HandlerInfo = HandlerInfo::new("bench.stamp", "bench.stamped", "Says when it begins");

    async fn handle(_: Event, _: Ctx) -> Result<Outcome> {
        *BEGUN.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        BEGAN.notify_one();
        Ok(Outcome::Done)
    }
}

fn features() -> Features {
    Features {
        handlers: vec![
            EventHandler::of::<Listener<0>>(),
            EventHandler::of::<Listener<1>>(),
            EventHandler::of::<Listener<2>>(),
            EventHandler::of::<Listener<3>>(),
            EventHandler::of::<Listener<4>>(),
            EventHandler::of::<Listener<5>>(),
            EventHandler::of::<Listener<6>>(),
            EventHandler::of::<Listener<7>>(),
            EventHandler::of::<Listener<8>>(),
            EventHandler::of::<Listener<9>>(),
            EventHandler::of::<Listener<10>>(),
            EventHandler::of::<Stamp>(),
        ],
        ..Features::default()
    }
}

pub async fn measure(
    config: &Config,
    dir: &Path,
    span: Duration,
    requests: usize,
    tenants: usize,
) -> Result<Events> {
    let mut config = config.clone();
    config.server.data = dir.to_owned();
    config.jobs.tenant_concurrency = 10_000;
    let running = server::start_with(config, DataDir::prepare(dir)?, Clock::System, &features()).await?;
    let desk = Desk::furnish(running.app.kernel(), 0).await?.among(tenants);
    let mut published = Vec::new();
    for (listeners, event_type) in LISTENERS {
        for callers in CALLERS {
            published.push(publish(&desk, (listeners, event_type), callers, span).await?);
            settle(&desk).await;
        }
    }
    let begun = times_of(begin(&desk).await?);
    let replayed_per_minute = replay(&desk, requests).await?;
    let history_of = requests * HISTORY;
    fill(&desk, history_of).await?;
    let history = look(&desk).await?;
    running.stop_now().await;
    Ok(Events { tenants, published, begun, replayed_per_minute, history_of, history })
}

fn event(event_type: &'static str, nth: usize) -> NewEvent {
    NewEvent {
        event_type: EventType::of(event_type),
        subject: Some(format!("subject-{}", nth % 10_000)),
        payload: json!({ "number": nth, "text": "an order was paid" }),
        key: None,
    }
}

/// Somebody in the n-th tenant.
fn who(desk: &Desk, nth: usize) -> Result<Who> {
    let tenant = desk.kernel.tenants.find_by_id(desk.tenants[nth % desk.tenants.len()].id);
    Ok(Who { tenant: tenant.ok_or_else(|| Error::internal("a tenant is gone"))?, ..desk.kernel.operator()? })
}

async fn publish(
    desk: &Desk,
    (listeners, event_type): (usize, &'static str),
    callers: usize,
    span: Duration,
) -> Result<Published> {
    let end = Instant::now() + span;
    let calls = (0..callers).map(|nth| async move {
        let who = who(desk, nth)?;
        let mut timings = Timings::until(end);
        while timings.goes_on() {
            let (began, by, new) = (Instant::now(), who.clone(), [event(event_type, nth)]);
            desk.kernel.db.write(&who, move |tx| publish_all(tx, &by, &new).map(drop)).await?;
            timings.note(began);
        }
        Ok::<_, Error>(timings.into_taken())
    });
    let taken = try_join_all(calls).await?.concat();
    let per_second = taken.len() as f64 / span.as_secs_f64();
    Ok(Published { listeners, callers, per_second, p95_micros: p95_of(&taken), times: times_of(taken) })
}

/// Returns when every delivery is over.
async fn settle(desk: &Desk) {
    while !desk.kernel.jobs.is_idle() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn begin(desk: &Desk) -> Result<Vec<Duration>> {
    let who = who(desk, 0)?;
    let mut taken = Vec::with_capacity(IDLE_EVENTS);
    for nth in 0..IDLE_EVENTS {
        let (asked, by, new) = (Instant::now(), who.clone(), [event("bench.stamped", nth)]);
        desk.kernel.db.write(&who, move |tx| publish_all(tx, &by, &new).map(drop)).await?;
        BEGAN.notified().await;
        let begun = BEGUN.lock().unwrap_or_else(PoisonError::into_inner).take();
        taken.extend(begun.map(|begun| begun - asked));
        settle(desk).await;
    }
    Ok(taken)
}

/// Publishes many of these to the first tenant, many in a write.
async fn publish_many(desk: &Desk, count: usize, of: impl Fn(usize) -> NewEvent) -> Result<()> {
    let who = who(desk, 0)?;
    for begin in (0..count).step_by(IN_A_WRITE) {
        let new: Vec<NewEvent> = (begin..count.min(begin + IN_A_WRITE)).map(&of).collect();
        let by = who.clone();
        desk.kernel.db.write(&who, move |tx| publish_all(tx, &by, &new).map(drop)).await?;
    }
    Ok(())
}

/// Deliveries that a replay makes and that arrive, in a minute.
async fn replay(desk: &Desk, events: usize) -> Result<f64> {
    publish_many(desk, events, |nth| event("bench.one", nth)).await?;
    settle(desk).await;
    let who = who(desk, 0)?;
    let (by, now, began) = (who.clone(), desk.kernel.clock.now(), Instant::now());
    let filter = EventFilter {
        pattern: Some("bench.one".parse().map_err(Error::internal)?),
        ..EventFilter::default()
    };
    let begun = desk.kernel.db.write(&who, move |tx| begin_replay(tx, &by, &filter, None, now)).await?;
    settle(desk).await;
    Ok(begun.events as f64 / began.elapsed().as_secs_f64() * 60.0)
}

const FILLED: [&str; 4] = ["order.paid", "order.sent", "invoice.made", "note.taken"];

/// A history with some types and subjects, and some that fail.
async fn fill(desk: &Desk, events: usize) -> Result<()> {
    publish_many(desk, events, |nth| event(FILLED[nth % FILLED.len()], nth)).await
}

async fn look(desk: &Desk) -> Result<Vec<Found>> {
    let pattern = |text: &str| text.parse().map(Some).map_err(Error::internal);
    let (now, all) = (desk.kernel.clock.now(), EventFilter::default());
    let filters = [
        ("the newest", all.clone()),
        ("one type", EventFilter { pattern: pattern("order.paid")?, ..all.clone() }),
        ("types under a prefix", EventFilter { pattern: pattern("order.*")?, ..all.clone() }),
        ("one subject", EventFilter { subject: Some("subject-77".into()), ..all.clone() }),
        (
            "a subject and a type",
            EventFilter {
                subject: Some("subject-77".into()),
                pattern: pattern("order.sent")?,
                ..all.clone()
            },
        ),
        ("failing", EventFilter { status: Some(EventStatus::Failing), ..all.clone() }),
        (
            "dead, of one type",
            EventFilter { status: Some(EventStatus::Dead), pattern: pattern("order.paid")?, ..all.clone() },
        ),
        ("delivered", EventFilter { status: Some(EventStatus::Delivered), ..all.clone() }),
        ("a span of time", EventFilter { until: Some(now - Duration::from_secs(5)), ..all.clone() }),
        ("a type that is none", EventFilter { pattern: pattern("no.such")?, ..all }),
    ];
    let who = who(desk, 0)?;
    let mut found = Vec::new();
    for (name, filter) in filters {
        let mut taken = Vec::with_capacity(LOOKS);
        for _ in 0..LOOKS {
            let (began, filter) = (Instant::now(), filter.clone());
            desk.kernel.db.read(&who, move |tx| list_events(tx, &filter, None, A_PAGE).map(drop)).await?;
            taken.push(began.elapsed());
        }
        found.push(Found { filter: name, p95_micros: p95_of(&taken), times: times_of(taken) });
    }
    Ok(found)
}

/// The figures as tables.
pub fn words(events: &Events) -> String {
    let published: Vec<_> = events
        .published
        .iter()
        .map(|cell| {
            vec![
                format!("{:>9}", cell.listeners),
                format!("{:>7}", cell.callers),
                format!("{:>11.0}", cell.per_second),
                number(cell.times.p50_micros),
                number(cell.p95_micros),
                number(cell.times.p99_micros),
            ]
        })
        .collect();
    let found: Vec<_> = events
        .history
        .iter()
        .map(|cell| {
            vec![
                format!("{:<22}", cell.filter),
                number(cell.times.p50_micros),
                number(cell.p95_micros),
                number(cell.times.p99_micros),
            ]
        })
        .collect();
    [
        format!("Published in {} tenants, delivered meanwhile", events.tenants),
        table(&["listeners", "callers", "published/s", "     p50", "     p95", "     p99"], &published),
        format!(
            "From publishing to the handler's beginning, idle: p50 {:.0}, p99 {:.0}. Replayed: {:.0} deliveries a minute.",
            events.begun.p50_micros, events.begun.p99_micros, events.replayed_per_minute
        ),
        format!("A page of 50 out of {} events\n\n{}", events.history_of, {
            table(&["filter                ", "     p50", "     p95", "     p99"], &found)
        }),
    ]
    .join("\n\n")
}
