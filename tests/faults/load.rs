//! The mixed load: callers who do one thing after the other, as their seeds say, and write down what is acknowledged.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use serde_json::{Value, json};

use crate::wire::{Address, Connection, Heard};
use crate::world::{Kind, Repeat, SessionFact, World};

pub const PASSWORD: &str = "a long enough password";

const MANY_SCHEDULES: usize = 100;

pub struct Caller<'w> {
    name: String,
    random: Rng,
    connection: Connection,
    address: Address,
    world: &'w Mutex<World>,
    /// Requests that nobody else changes.
    own: Vec<String>,
    number: u64,
}

pub fn locked(world: &Mutex<World>) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'w> Caller<'w> {
    pub fn new(name: String, seed: u64, address: &Address, world: &'w Mutex<World>) -> Self {
        let connection = Connection::new(address);
        let random = Rng::with_seed(seed);
        Self { name, random, connection, address: address.clone(), world, own: Vec::new(), number: 0 }
    }

    /// Goes on until it is over, with a pause after each operation.
    pub fn work(&mut self, is_over: &AtomicBool, pause: Duration) {
        while !is_over.load(Ordering::Relaxed) {
            self.act();
            thread::sleep(pause.mul_f64(0.5 + self.random.f64()));
        }
    }

    fn act(&mut self) {
        match self.random.u8(0..100) {
            0..20 => self.post(Kind::Open),
            20..32 => self.change(),
            32..34 => self.delete(),
            34..52 => self.read(),
            52..66 => self.post(Kind::Job),
            66..68 => self.post(Kind::JobBatch),
            68..75 => self.post(Kind::OutsideJob),
            75..92 => self.post(Kind::Event),
            92..94 => self.post(Kind::EventBatch),
            94 => self.schedule(),
            95 => self.sign_in(),
            96 => self.sign_out(),
            _ => self.read(),
        }
    }

    fn label(&mut self) -> String {
        self.number += 1;
        format!("{} {}", self.name, self.number)
    }

    /// Something long or short.
    fn words(&mut self) -> String {
        let length = if self.random.u8(0..10) == 0 { 4_000 } else { 200 };
        "steady ".repeat(self.random.usize(0..length) / 7)
    }

    fn body(&mut self, kind: Kind) -> (&'static str, Value) {
        let label = self.label();
        match kind {
            Kind::Open => ("/api/requests", json!({ "title": label, "description": self.words() })),
            Kind::JobBatch => {
                let jobs: Vec<_> = (0..10).map(|_| self.job()).collect();
                ("/api/jobs/enqueue/batch", json!({ "jobs": jobs }))
            }
            Kind::OutsideJob => {
                let job = json!({ "jobName": "outside.work", "queue": "outside", "payload": { "label": label },
                    "maxAttempts": 50 });
                ("/api/jobs/enqueue", job)
            }
            Kind::Event => ("/api/events", self.event()),
            Kind::EventBatch => {
                let events: Vec<_> = (0..10).map(|_| self.event()).collect();
                ("/api/events/batch", json!({ "events": events }))
            }
            Kind::Schedule => {
                let schedule = json!({ "name": label, "cron": format!("{} * * * *", self.random.u8(0..60)),
                    "jobName": "system.ping", "payload": { "message": label } });
                ("/api/schedules", schedule)
            }
            _ => ("/api/jobs/enqueue", self.job()),
        }
    }

    fn job(&mut self) -> Value {
        let label = self.label();
        let delay = if self.random.u8(0..4) == 0 { self.random.u32(1..1_500) } else { 0 };
        json!({ "jobName": "system.ping", "payload": { "message": label }, "maxAttempts": 50,
            "delaySeconds": delay })
    }

    fn event(&mut self) -> Value {
        let event_type = ["load.a", "load.b", "load.c"][self.random.usize(0..3)];
        let (subject, label) = (format!("{} {}", self.name, self.random.u8(0..2)), self.label());
        json!({ "type": event_type, "subject": subject, "payload": { "message": label } })
    }

    /// Makes something, under a key with which it can be asked for again.
    fn post(&mut self, kind: Kind) {
        let (path, body) = self.body(kind);
        let key = format!("key {} {}", self.name, self.number);
        let mut repeat = Repeat { kind, path, body, key, answer: None };
        let begun = Instant::now();
        let heard = self.connection.ask("POST", path, Some(&repeat.body), &repeat.key);
        let mut world = self.note(kind, begun, &heard);
        if let Heard::Done(answer, _) = heard {
            world.learn(&repeat, &answer);
            if kind == Kind::Open {
                self.own.extend(answer["id"].as_str().map(str::to_owned));
            }
            if kind == Kind::Event && repeat.body["type"] == "load.c" {
                let subject = repeat.body["subject"].as_str().unwrap_or_default().to_owned();
                let id = answer["eventId"].as_str().unwrap_or_default().to_owned();
                world.subjects.entry(subject).or_default().push(id);
            }
            repeat.answer = Some(answer);
        }
        world.repeats.push(repeat);
    }

    fn pick(&mut self) -> Option<String> {
        let at = self.random.usize(0..self.own.len().max(1));
        self.own.get(at).cloned()
    }

    /// Takes a request out of one's own when nobody knows how it is any more.
    fn leave(&mut self, id: &str) {
        self.own.retain(|own| own != id);
    }

    fn change(&mut self) {
        let Some(id) = self.pick() else { return };
        let title = self.label();
        let body = json!({ "title": title });
        let begun = Instant::now();
        let heard = self.connection.ask("PATCH", &format!("/api/requests/{id}"), Some(&body), "");
        let is_done = matches!(heard, Heard::Done(..));
        let mut world = self.note(Kind::Change, begun, &heard);
        let values = world.requests.entry(id.clone()).or_default();
        if is_done {
            values.clear();
        }
        values.push(Some(title));
        drop(world);
        if !is_done {
            self.leave(&id);
        }
    }

    fn delete(&mut self) {
        let Some(id) = self.pick() else { return };
        let begun = Instant::now();
        let heard = self.connection.ask("DELETE", &format!("/api/requests/{id}"), None, "");
        let is_done = matches!(heard, Heard::Done(..));
        let mut world = self.note(Kind::Delete, begun, &heard);
        let values = world.requests.entry(id.clone()).or_default();
        if is_done {
            values.clear();
        }
        values.push(None);
        drop(world);
        self.leave(&id);
    }

    /// A keyed read shows what was acknowledged last.
    fn read(&mut self) {
        let Some(id) = self.pick() else { return };
        let begun = Instant::now();
        let heard = self.connection.get(&format!("/api/requests/{id}"));
        let mut world = self.note(Kind::Read, begun, &heard);
        if let Heard::Done(data, _) = heard {
            let expected = world.requests.get(&id).cloned().unwrap_or_default();
            let title = data["title"].as_str().map(str::to_owned);
            world.check(expected.contains(&title), || format!("{id} is {title:?} and not {expected:?}"));
        }
    }

    /// Makes a schedule, or deletes one when there are many: a tenant has 500 at most.
    fn schedule(&mut self) {
        let one = {
            let mut world = locked(self.world);
            match world.schedules.len() {
                ..MANY_SCHEDULES => None,
                many => world.schedules.keys().nth(self.random.usize(0..many)).cloned(),
            }
            .inspect(|id| drop(world.schedules.remove(id)))
        };
        let Some(id) = one else { return self.post(Kind::Schedule) };
        let begun = Instant::now();
        let heard = self.connection.ask("DELETE", &format!("/api/schedules/{id}"), None, "");
        let mut world = self.note(Kind::Unschedule, begun, &heard);
        if matches!(heard, Heard::Done(..)) {
            world.unscheduled.insert(id);
        }
    }

    fn sign_in(&mut self) {
        let body = json!({ "email": "bob@acme.example", "password": PASSWORD });
        let begun = Instant::now();
        let heard = Connection::of(&self.address, "").ask("POST", "/api/auth/login", Some(&body), "");
        let mut world = self.note(Kind::SignIn, begun, &heard);
        if let Some(token) = heard.done().and_then(|data| Some(data["token"].as_str()?.to_owned())) {
            world.sessions.push(SessionFact { token, works: Some(true) });
        }
    }

    /// Ends one of the sessions that work.
    fn sign_out(&mut self) {
        let token = {
            let mut world = locked(self.world);
            let working = world.sessions.iter_mut().rev().filter(|session| session.works == Some(true));
            // Of the younger ones, so that some stay.
            let Some(session) = working.take(3).last() else { return };
            session.works = None;
            session.token.clone()
        };
        let begun = Instant::now();
        let heard = Connection::of(&self.address, &token).ask("POST", "/api/auth/logout", None, "");
        let mut world = self.note(Kind::SignOut, begun, &heard);
        if matches!(heard, Heard::Done(..))
            && let Some(session) = world.sessions.iter_mut().find(|session| session.token == token)
        {
            session.works = Some(false);
        }
    }

    fn note(&self, kind: Kind, begun: Instant, heard: &Heard) -> MutexGuard<'w, World> {
        note(self.world, kind, begun, heard)
    }
}

/// Counts what was heard. What a valid operation must never hear is a failure.
pub fn note<'w>(world: &'w Mutex<World>, kind: Kind, begun: Instant, heard: &Heard) -> MutexGuard<'w, World> {
    let micros = u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX);
    let mut world = locked(world);
    match heard {
        Heard::Done(..) => {
            *world.counts.entry(kind).or_default() += 1;
            world.times.entry(kind).or_default().push(micros);
        }
        Heard::Refused(503, _) => world.refused += 1,
        // A lease may have run out meanwhile.
        Heard::Refused(409, _) if kind == Kind::Complete => world.refused += 1,
        Heard::Refused(status, why) => {
            world.refused += 1;
            let what = format!("to {} the answer was {status}: {why}", kind.name());
            world.fail(what);
        }
        Heard::Nothing => world.unanswered += 1,
    }
    world
}
