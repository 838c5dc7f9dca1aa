//! What must hold after whatever went wrong. Each is one function.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::load::locked;
use crate::receiver::{Call, Receiver};
use crate::server::Place;
use crate::wire::{Address, Connection, Heard, PATIENCE};
use crate::world::{EventFact, JobFact, Repeat, World};

/// Facts that are looked at again, of all those of earlier rounds.
const SAMPLE: usize = 40;

/// Who looks, and what was known before this round.
pub struct Look<'l> {
    pub connection: Connection,
    pub address: &'l Address,
    pub receiver: &'l Receiver,
    pub seed: u64,
}

/// The younger facts and a sample of the others. Ids ascend with time.
fn some<T: Clone>(facts: &BTreeMap<String, T>, young: usize, seed: u64) -> Vec<(String, T)> {
    let old = facts.len().saturating_sub(young);
    let step = (old / SAMPLE).max(1);
    let from = usize::try_from(seed).unwrap_or_default() % step;
    let sample = facts.iter().take(old).skip(from).step_by(step);
    sample.chain(facts.iter().skip(old)).map(|(id, fact)| (id.clone(), fact.clone())).collect()
}

/// When nothing is wrong any more it does its work again, without a restart.
pub fn it_is_ready_again(address: &Address, fault: &str, world: &Mutex<World>) {
    let (mut connection, begun) = (Connection::new(address), Instant::now());
    let mut heard = connection.get("/readyz");
    while !matches!(heard, Heard::Done(..)) && begun.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(50));
        heard = connection.get("/readyz");
    }
    let is_ready = matches!(heard, Heard::Done(..));
    locked(world).check(is_ready, || format!("long after \"{fault}\" it is not ready: {heard:?}"));
}

/// The file is whole, tenants are kept apart, counters fit their rows and the audit is untouched.
pub fn the_file_is_clean(place: &Place, world: &mut World) {
    let output = place.run(&["check"]);
    world.check(output.status.success(), || {
        format!("the check says {}", String::from_utf8_lossy(&output.stdout))
    });
}

/// A backup that is listed is whole, to the byte.
pub fn backups_are_whole(place: &Place, world: &mut World) {
    let listed: Value = serde_json::from_str(&place.said(&["backup", "list", "--json"])).unwrap_or_default();
    for name in listed.as_array().into_iter().flatten().filter_map(|one| one["name"].as_str()) {
        let output = place.run(&["backup", "verify", name]);
        world.check(output.status.success(), || {
            format!("the backup {name} is not whole: {}", String::from_utf8_lossy(&output.stderr))
        });
    }
}

/// What was asked with a key is asked again: what was acknowledged gets the same reply, the rest is done now.
pub fn repeats_are_the_same(look: &mut Look, world: &mut World) {
    for repeat in std::mem::take(&mut world.repeats) {
        match (ask_again(look, &repeat), &repeat.answer) {
            (Heard::Done(answer, is_kept), Some(before)) => {
                let what = || format!("{repeat:?} was answered once more with {answer} (kept: {is_kept})");
                world.check(is_kept && answer == *before, what);
            }
            (Heard::Done(answer, _), None) => world.learn(&repeat, &answer),
            (heard, _) => world.fail(format!("{repeat:?} repeated: {heard:?}")),
        }
    }
}

/// Asked one after the other without a pause, batches come to their limit.
fn ask_again(look: &mut Look, repeat: &Repeat) -> Heard {
    loop {
        let heard = look.connection.ask("POST", repeat.path, Some(&repeat.body), &repeat.key);
        if !matches!(heard, Heard::Refused(429, _)) {
            return heard;
        }
        thread::sleep(Duration::from_millis(500));
    }
}

/// Requests read back as they were acknowledged.
pub fn requests_are_as_acknowledged(look: &mut Look, world: &mut World, young: usize) {
    for (id, expected) in some(&world.requests, young, look.seed) {
        let is = match look.connection.get(&format!("/api/requests/{id}")) {
            Heard::Done(data, _) => data["title"].as_str().map(str::to_owned),
            Heard::Refused(404, _) => None,
            heard => {
                world.fail(format!("request {id}: {heard:?}"));
                continue;
            }
        };
        world.check(expected.contains(&is), || format!("request {id} is {is:?} and not one of {expected:?}"));
        world.requests.insert(id, vec![is]);
    }
}

/// Jobs are there with their payload, and what is over stays as it was.
pub fn jobs_are_there(look: &mut Look, world: &mut World, young: usize) {
    for (id, fact) in some(&world.jobs, young, look.seed) {
        let Heard::Done(job, _) = look.connection.get(&format!("/api/jobs/{id}")) else {
            world.fail(format!("job {id} was acknowledged and is not found"));
            continue;
        };
        world
            .check(job["payload"] == fact.payload, || format!("job {id} has the payload {}", job["payload"]));
        let is_completed = world.completed.contains(&id);
        world.check(!is_completed || job["state"] == "done", || {
            format!("job {id} was completed, and is {}", job["state"])
        });
        let ended = ending_of(&job);
        if let Some(before) = &fact.ended {
            world.check(ended.as_ref() == Some(before), || {
                format!("job {id} was over: {before}, and now is {job}")
            });
        }
        world.jobs.insert(id, JobFact { ended, ..fact });
    }
}

/// How a job ended, if it has.
fn ending_of(job: &Value) -> Option<Value> {
    let is_over = ["done", "dead", "cancelled"].iter().any(|state| job["state"] == *state);
    is_over.then(|| Value::Array(["state", "attempt", "finishedAt"].map(|name| job[name].clone()).into()))
}

/// Events are there, each with a delivery for all who listened; what is delivered was received, and is not sent again.
pub fn events_are_there(look: &mut Look, world: &mut World, young: usize) {
    for (id, fact) in some(&world.events, young, look.seed) {
        let Heard::Done(event, _) = look.connection.get(&format!("/api/events/{id}")) else {
            world.fail(format!("event {id} was acknowledged and is not found"));
            continue;
        };
        let EventFact { event_type, payload, deliveries: expected } = fact;
        let deliveries = event["deliveries"].as_array().cloned().unwrap_or_default();
        let is_same = event["type"] == event_type && event["payload"] == payload;
        world.check(is_same && deliveries.len() as u64 == expected, || {
            format!(
                "event {id} should be {event_type} with {payload} and {expected} deliveries, and is {event}"
            )
        });
        for delivery in deliveries {
            delivery_is_right(look, world, &delivery);
        }
    }
}

fn delivery_is_right(look: &Look, world: &mut World, delivery: &Value) {
    let id = delivery["id"].as_str().unwrap_or_default();
    let is_webhook = ["hook", "flaky", "ordered"].iter().any(|name| delivery["handler"] == *name);
    let was_delivered = world.delivered.contains_key(id);
    let is_delivered = delivery["state"] == "delivered";
    world.check(is_delivered || !was_delivered, || format!("{id} was delivered, and now is {delivery}"));
    if !is_webhook || !is_delivered {
        return;
    }
    // Looked up now, as whatever led to the delivery was received before that was read.
    let call = look.receiver.call(id);
    let is_answered = call.as_ref().is_some_and(|call| call.first_answered.is_some());
    world.check(is_answered, || format!("{delivery} is said to be delivered, and nobody got it"));
    let times = call.map_or(0, |call| call.times);
    let before = *world.delivered.entry(id.to_owned()).or_insert(times);
    world.check(times == before, || format!("{id} was delivered, and was sent again: {before}, now {times}"));
}

/// Sessions that were acknowledged work, and those that were ended do not.
pub fn sessions_are_as_acknowledged(look: &mut Look, world: &mut World) {
    let from = world.sessions.len().saturating_sub(SAMPLE);
    for at in from..world.sessions.len() {
        let session = world.sessions[at].clone();
        let works = match Connection::of(look.address, &session.token).get("/api/auth/session") {
            Heard::Done(..) => true,
            Heard::Refused(401, _) => false,
            heard => {
                world.fail(format!("a session was answered {heard:?}"));
                continue;
            }
        };
        let expected = session.works;
        world.check(expected.is_none_or(|expected| expected == works), || {
            format!("a session works: {works}, and should: {expected:?}")
        });
        world.sessions[at].works = Some(works);
    }
}

/// Schedules are there, and fired once at most for each time.
pub fn schedules_are_there(look: &mut Look, world: &mut World, young: usize) {
    for (id, name) in some(&world.schedules, young, look.seed) {
        let Heard::Done(schedule, _) = look.connection.get(&format!("/api/schedules/{id}")) else {
            world.fail(format!("schedule {id} was acknowledged and is not found"));
            continue;
        };
        world.check(schedule["name"] == name, || format!("schedule {id} is {schedule}"));
        let firings = schedule["firings"].as_array().cloned().unwrap_or_default();
        let mut jobs: Vec<_> = firings.iter().filter_map(|firing| firing["jobId"].as_str()).collect();
        jobs.sort_unstable();
        let count = jobs.len();
        jobs.dedup();
        world.check(jobs.len() == count, || format!("schedule {id} has fired twice for one job: {schedule}"));
    }
}

/// A schedule that was deleted does not come back.
pub fn deleted_schedules_stay_away(look: &mut Look, world: &mut World) {
    for id in std::mem::take(&mut world.unscheduled) {
        let heard = look.connection.get(&format!("/api/schedules/{id}"));
        world.check(matches!(heard, Heard::Refused(404, _)), || {
            format!("the deletion of schedule {id} was acknowledged, and it is {heard:?}")
        });
    }
}

/// Of one subject, nothing was received before what was published earlier.
pub fn subjects_are_in_order(
    calls: &BTreeMap<String, Call>,
    ordered: &[(String, String)],
    world: &mut World,
) {
    let by_event: BTreeMap<_, _> = ordered.iter().map(|(event, delivery)| (event, delivery)).collect();
    for (subject, events) in std::mem::take(&mut world.subjects) {
        let calls = events.iter().filter_map(|event| calls.get(*by_event.get(event)?));
        let answered: Vec<_> = calls.filter_map(|call| call.first_answered).collect();
        world.check(answered.is_sorted(), || format!("{subject} was received in the order {answered:?}"));
    }
}
