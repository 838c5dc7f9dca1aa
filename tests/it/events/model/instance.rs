//! The bus under test: one instance that many histories share, driven through the kernel, and read
//! past it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Row;
use serde_json::{Value as Json, json};
use steading::base::{Error, Id, Kind};
use steading::kernel::events::{
    DeliveryState, NewEvent, NewSubscription, SubscriptionState, create_subscription, delete_subscription,
    disable_subscription, discard_letter, enable_subscription, find_handlers, probe_once, publish_all,
    replay_event, replay_letter,
};
use steading::kernel::jobs::{JobState, cancel_job, delete_job, retry_job, run_job_now};

use super::op::{Act, News, PATTERNS, TENANTS, TYPES, Wish};
use crate::support::{Bare, Began, Ending, breathe, read};

/// Wait before another attempt, in seconds.
const BACKOFF: u32 = 60;

/// Longer than any history, so that no handler times out.
const TIME_LIMIT: u32 = 3_600;

#[derive(Debug, Clone)]
pub struct EventRow {
    pub tenant: usize,
    pub event_type: String,
    pub subject: Option<String>,
    pub payload: Json,
    pub status: String,
    /// Deliveries that are open, failing and dead.
    pub counts: (i64, i64, i64),
}

#[derive(Debug, Clone)]
pub struct DeliveryRow {
    pub tenant: usize,
    pub event: String,
    pub subscription: String,
    pub ordered_by: Option<String>,
    pub state: DeliveryState,
    pub replay_of: Option<String>,
    pub attempts: u32,
    pub fingerprint: Option<String>,
}

#[derive(Debug, Clone)]
pub struct JobRow {
    pub queue: (usize, String),
    pub state: JobState,
    pub attempt: u32,
    pub max_attempts: u32,
    pub lease: i64,
    pub is_cancel_asked: bool,
}

/// How a subscription stands, as its row and the book say it.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    pub state: SubscriptionState,
    pub successes: i64,
    pub failures: i64,
    pub in_a_row: i64,
    /// Different events that failed in a row.
    pub failing: Vec<String>,
    pub probes: u32,
    pub probe_at: Option<i64>,
}

/// Everything that the file says. Ids ascend with age.
#[derive(Debug, Default)]
pub struct Rows {
    pub events: BTreeMap<String, EventRow>,
    pub deliveries: BTreeMap<String, DeliveryRow>,
    pub jobs: BTreeMap<String, JobRow>,
    pub subscriptions: BTreeMap<String, Standing>,
    /// Dead letters by tenant and fingerprint, those groups left out that have none.
    pub letters: BTreeMap<(usize, String), i64>,
    /// Jobs by their queue and state, likewise.
    pub counters: BTreeMap<(usize, String, String), i64>,
}

pub struct Instance {
    pub bare: Bare,
    /// Histories so far: their subscriptions have different names.
    number: usize,
}

impl Instance {
    pub async fn start() -> Self {
        Self { bare: Bare::start(TENANTS, |_| {}).await, number: 0 }
    }

    pub fn now(&self) -> i64 {
        self.bare.clock.now().millis()
    }

    fn all<T>(&self, select: &str, row: impl Fn(&Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
        let mut select = self.bare.file.prepare_cached(select).expect("the rows can be read");
        let rows = select.query_map([], |found| row(found)).expect("the rows are read");
        rows.map(|row| row.expect("a row")).collect()
    }

    pub fn rows(&self) -> Rows {
        let of = |row: &Row<'_>| Ok::<_, rusqlite::Error>(self.bare.tenant_of(row.get(0)?));
        let events = self.all(
            "SELECT tenant_id, id, type, subject, payload, status, open, failing, dead
             FROM events_all WHERE tenant_id > 1",
            |row| {
                let payload: String = row.get(4)?;
                let event = EventRow {
                    tenant: of(row)?,
                    event_type: row.get(2)?,
                    subject: row.get(3)?,
                    payload: serde_json::from_str(&payload).expect("JSON"),
                    status: row.get(5)?,
                    counts: (row.get(6)?, row.get(7)?, row.get(8)?),
                };
                Ok((row.get(1)?, event))
            },
        );
        let deliveries = self.all(
            "SELECT tenant_id, id, event_id, subscription_id, ordered_by, state, replay_of, attempts, fingerprint
             FROM deliveries_all",
            |row| {
                let delivery = DeliveryRow {
                    tenant: of(row)?,
                    event: row.get(2)?,
                    subscription: row.get(3)?,
                    ordered_by: row.get(4)?,
                    state: row.get::<_, String>(5)?.parse().expect("a state"),
                    replay_of: row.get(6)?,
                    attempts: row.get(7)?,
                    fingerprint: row.get(8)?,
                };
                Ok((row.get(1)?, delivery))
            },
        );
        let jobs = self.all(
            "SELECT tenant_id, id, queue, state, attempt, max_attempts, lease, cancel_asked_at IS NOT NULL
             FROM jobs_all",
            |row| {
                let job = JobRow {
                    queue: (of(row)?, row.get(2)?),
                    state: row.get::<_, String>(3)?.parse().expect("a state"),
                    attempt: row.get(4)?,
                    max_attempts: row.get(5)?,
                    lease: row.get(6)?,
                    is_cancel_asked: row.get(7)?,
                };
                Ok((row.get(1)?, job))
            },
        );
        let subscriptions = self.all(
            "SELECT id, state, successes, failures, in_a_row, failing, probes, probe_at FROM subscriptions_all",
            |row| {
                let (state, failing): (String, String) = (row.get(1)?, row.get(5)?);
                let standing = Standing {
                    state: state.parse().expect("a state"),
                    successes: row.get(2)?,
                    failures: row.get(3)?,
                    in_a_row: row.get(4)?,
                    failing: serde_json::from_str(&failing).expect("a list"),
                    probes: row.get(6)?,
                    probe_at: row.get(7)?,
                };
                Ok((row.get(0)?, standing))
            },
        );
        let letters = self.all(
            "SELECT tenant_id, fingerprint, letters FROM dead_letter_groups_all WHERE letters <> 0",
            |row| Ok(((of(row)?, row.get(1)?), row.get(2)?)),
        );
        let counters = self
            .all("SELECT tenant_id, queue, state, jobs FROM job_counts_all WHERE jobs <> 0", |row| {
                Ok(((of(row)?, row.get(1)?, row.get(2)?), row.get(3)?))
            });
        Rows {
            events: events.into_iter().collect(),
            deliveries: deliveries.into_iter().collect(),
            jobs: jobs.into_iter().collect(),
            subscriptions: subscriptions.into_iter().collect(),
            letters: letters.into_iter().collect(),
            counters: counters.into_iter().collect(),
        }
    }

    /// The id, unless the name is taken.
    pub async fn subscribe(&self, wish: &Wish) -> Option<String> {
        let new: NewSubscription = read(json!({
            "name": format!("h{}-{}", self.number, wish.slot),
            "pattern": PATTERNS[wish.pattern],
            "target": { "job": "test.held" },
            "maxAttempts": wish.attempts,
            "backoff": { "kind": "fixed", "seconds": BACKOFF },
            "timeoutSeconds": TIME_LIMIT,
            "ordered": wish.is_ordered,
            "recovery": if wish.probes { "probe" } else { "manual" },
        }));
        let (kernel, now) = (Arc::clone(&self.bare.kernel), self.bare.clock.now());
        let made = self.bare.write(wish.tenant, move |tx, who| {
            create_subscription(tx, &kernel, who, &new, now).map(|made| made.subscription.id.to_string())
        });
        allowed(made.await)
    }

    pub async fn unsubscribe(&self, tenant: usize, id: &str) {
        let (id, now) = (parse(id), self.bare.clock.now());
        let deleted = self.bare.write(tenant, move |tx, who| delete_subscription(tx, who, id, now));
        deleted.await.expect("it is deleted");
        breathe().await;
    }

    pub async fn set_enabled(&self, tenant: usize, id: &str, is_enabled: bool) {
        let (id, now) = (parse(id), self.bare.clock.now());
        let set = self.bare.write(tenant, move |tx, who| match is_enabled {
            true => enable_subscription(tx, who, id, now).map(drop),
            false => disable_subscription(tx, who, id, now).map(drop),
        });
        set.await.expect("it is set");
    }

    /// For each event its id, its deliveries and whether it was there already.
    pub async fn publish(&self, news: &News) -> Vec<(String, usize, bool)> {
        let of = |number: usize| NewEvent {
            event_type: TYPES[news.event_type].parse().expect("a type"),
            subject: news.subject.map(|subject| format!("subject{subject}")),
            payload: json!({ "number": number }),
            // The others of these have none.
            key: news.key.filter(|_| number == 0).map(|key| format!("key{key}")),
        };
        let all: Vec<NewEvent> = (0..news.times).map(of).collect();
        self.bare.kernel.jobs.set_places(news.places);
        let published = self.bare.write(news.tenant, move |tx, who| publish_all(tx, who, &all)).await;
        self.bare.kernel.jobs.set_places(0);
        let told = published.expect("they are published").into_iter();
        told.map(|one| (one.event.to_string(), one.deliveries, one.is_duplicate)).collect()
    }

    /// Whether it was allowed.
    pub async fn by_hand(&self, tenant: usize, id: &str, act: Act) -> bool {
        let (id, now) = (parse(id), self.bare.clock.now());
        let done = self.bare.write(tenant, move |tx, who| match act {
            Act::Retry => retry_job(tx, who, id, now).map(drop),
            Act::RunNow => run_job_now(tx, who, id, now).map(drop),
            Act::Cancel => cancel_job(tx, who, id, now).map(drop),
            Act::Delete => delete_job(tx, who, id),
        });
        allowed(done.await).is_some()
    }

    /// Whether it was allowed.
    pub async fn act_on_letter(&self, tenant: usize, id: &str, is_replayed: bool) -> bool {
        let (id, now) = (parse(id), self.bare.clock.now());
        let done = self.bare.write(tenant, move |tx, who| match is_replayed {
            true => replay_letter(tx, who, id, now).map(drop),
            false => discard_letter(tx, who, id, now),
        });
        allowed(done.await).is_some()
    }

    pub async fn replay(&self, tenant: usize, id: &str, to: Option<&str>) {
        let (id, now, to) = (parse(id), self.bare.clock.now(), to.map(|one| vec![one.to_owned()]));
        let done = self.bare.write(tenant, move |tx, who| {
            let handlers = find_handlers(tx, to.as_deref())?;
            replay_event(tx, who, id, handlers.as_deref(), now)
        });
        done.await.expect("it is replayed");
    }

    pub async fn probe(&self) -> usize {
        probe_once(&self.bare.kernel).await.expect("it looks")
    }

    /// Dies in the middle of its work, and starts again.
    pub async fn crash(&mut self, handlers: Vec<Began>) {
        // The next process begins later.
        self.bare.clock.advance(Duration::from_millis(1));
        let (old, _) = self.bare.reopen().await;
        old.db.close();
        // Nobody hears them any more.
        for handler in handlers {
            handler.end(Ending::Fails);
        }
        breathe().await;
    }

    /// An empty file for the next history, and a kernel that knows nothing of the last one.
    pub async fn clear(&mut self) {
        self.number += 1;
        let clear = "BEGIN IMMEDIATE; DELETE FROM job_attempts_all; DELETE FROM jobs_all;
                     DELETE FROM job_counts_all; DELETE FROM job_queues_all; DELETE FROM dead_letter_groups_all;
                     DELETE FROM deliveries_all; DELETE FROM events_all; DELETE FROM subscriptions_all; COMMIT";
        self.bare.file.execute_batch(clear).expect("the rows are deleted");
        let (old, _) = self.bare.reopen().await;
        old.db.close();
    }

    /// Past the bus.
    pub fn force(&self, statement: &str) {
        self.bare.file.execute_batch(statement).expect("it is spoilt");
    }
}

fn parse<T>(id: &str) -> Id<T> {
    id.parse().expect("an id")
}

fn allowed<T>(done: Result<T, Error>) -> Option<T> {
    match done {
        Ok(done) => Some(done),
        Err(error) if error.kind() == Kind::Conflict => None,
        Err(error) => panic!("{error}"),
    }
}
