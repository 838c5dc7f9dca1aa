//! After a while without faults all work has come to an end. The clock is moved on, so nobody waits for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection as Database;

use crate::faults::reader;
use crate::server::Place;
use crate::wire::{Address, Connection};
use crate::world::World;

/// How long everything has, in real time: on a busy machine two backups, one after the other, take minutes.
const LONGEST: Duration = Duration::from_secs(900);

/// What the clock is moved on by, each time.
const STEP: Duration = Duration::from_mins(3);

const OPEN_JOBS: &str = "SELECT id || ' ' || kind || ' ' || queue || ' ' || state FROM jobs_all
    WHERE state <> 'done' AND state <> 'dead' AND state <> 'cancelled'";
const OPEN_DELIVERIES: &str = "SELECT id || ' ' || state FROM deliveries_all
    WHERE state = 'waiting' OR state = 'pending' OR state = 'failing'";

fn texts(conn: &Database, sql: &str) -> Vec<String> {
    let mut statement = conn.prepare(sql).expect("a statement");
    let rows = statement.query_map([], |row| row.get(0)).expect("rows");
    rows.map(|row| row.expect("a text")).collect()
}

fn pairs(conn: &Database, sql: &str) -> Vec<(String, String)> {
    let mut statement = conn.prepare(sql).expect("a statement");
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
    rows.map(|row| row.expect("two texts")).collect()
}

/// Waits until no work is left; what is left when the time is up is answered.
pub fn wait(place: &mut Place) -> Vec<String> {
    let conn = reader(place);
    let begun = Instant::now();
    loop {
        let left = [texts(&conn, OPEN_JOBS), texts(&conn, OPEN_DELIVERIES)].concat();
        if left.is_empty() || begun.elapsed() > LONGEST {
            return left;
        }
        thread::sleep(Duration::from_millis(250));
        place.wait_on_the_clock(STEP);
    }
}

/// Enables by hand who was disabled, as waiting for probes would take minutes.
pub fn keep_enabling(address: &Address, is_over: &AtomicBool) {
    let mut connection = Connection::new(address);
    while !is_over.load(Ordering::Relaxed) {
        let listed = connection.get("/api/subscriptions").done().unwrap_or_default();
        let disabled = listed.as_array().into_iter().flatten().filter(|one| one["state"] != "enabled");
        for id in disabled.filter_map(|one| one["id"].as_str()) {
            connection.ask("POST", &format!("/api/subscriptions/{id}/enable"), None, "");
        }
        thread::sleep(Duration::from_millis(200));
    }
}

/// Every acknowledged job and delivery has come to an end.
pub fn everything_has_ended(place: &Place, world: &mut World) {
    let conn = reader(place);
    let states: BTreeMap<_, _> = pairs(&conn, "SELECT id, state FROM jobs_all").into_iter().collect();
    for id in world.jobs.keys().cloned().collect::<Vec<_>>() {
        let state = states.get(&id).map(String::as_str);
        let is_over = matches!(state, Some("done" | "dead" | "cancelled"));
        world.check(is_over, || format!("job {id} was acknowledged and is {state:?} in the end"));
    }
    for id in world.completed.clone() {
        let state = states.get(&id).map(String::as_str);
        world.check(state == Some("done"), || format!("job {id} was completed and is {state:?} in the end"));
    }
    let counted = "SELECT event_id, CAST(count(*) AS TEXT) FROM deliveries_all GROUP BY event_id";
    let counted: BTreeMap<_, _> = pairs(&conn, counted).into_iter().collect();
    for (id, fact) in world.events.clone() {
        let count = counted.get(&id).map_or("0", String::as_str);
        world.check(count == fact.deliveries.to_string(), || {
            format!("event {id} was acknowledged with {} deliveries and has {count}", fact.deliveries)
        });
    }
}

/// Of the ordered subscription: events with their deliveries.
pub fn ordered_deliveries(place: &Place) -> Vec<(String, String)> {
    let sql = "SELECT d.event_id, d.id FROM deliveries_all d
        JOIN subscriptions_all s ON s.tenant_id = d.tenant_id AND s.id = d.subscription_id
        WHERE s.name = 'ordered'";
    pairs(&reader(place), sql)
}

/// What was asked for more than once was done once: each of these texts belongs to one operation.
pub fn nothing_is_there_twice(place: &Place, world: &mut World) {
    let conn = reader(place);
    for sql in [
        "SELECT title FROM requests_all GROUP BY tenant_id, title HAVING count(*) > 1",
        "SELECT payload FROM events_all WHERE type LIKE 'load.%' GROUP BY tenant_id, payload HAVING count(*) > 1",
        "SELECT payload FROM jobs_all WHERE cause IS NULL AND queue = 'outside'
            GROUP BY tenant_id, payload HAVING count(*) > 1",
    ] {
        let twice = texts(&conn, sql);
        world.check(twice.is_empty(), || format!("these are there twice: {twice:?}"));
    }
    let ids: BTreeSet<_> = texts(&conn, "SELECT id FROM requests_all").into_iter().collect();
    let kept = world.requests.iter().filter(|(_, values)| !values.contains(&None));
    let lost: Vec<_> = kept.map(|(id, _)| id.clone()).filter(|id| !ids.contains(id)).collect();
    world.check(lost.is_empty(), || format!("these requests were acknowledged and are lost: {lost:?}"));
}
