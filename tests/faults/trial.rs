//! One instance that lives through rounds of load and faults, and is looked at after each.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::checks::{self, Look};
use crate::control::Field;
use crate::faults::{Scene, go_wrong};
use crate::load::{Caller, PASSWORD, locked};
use crate::plan::{Ending, Receivers, Round};
use crate::receiver::Receiver;
use crate::report::Figures;
use crate::server::{Place, Server};
use crate::settle;
use crate::wire::{Address, Connection, Heard, PATIENCE};
use crate::worker;
use crate::world::World;

const CALLERS: u64 = 4;

/// Facts of this round, about, that are all looked at after it.
const YOUNG: usize = 600;

pub struct Trial {
    pub place: Place,
    pub receiver: Receiver,
    pub world: Mutex<World>,
    pub figures: Figures,
    token: String,
    operator: String,
    server: Option<Server>,
    /// How long a caller rests between operations.
    pub pause: Duration,
    rounds: u64,
}

impl Trial {
    /// A new instance in this directory, with a tenant and those who listen.
    pub fn new(root: &Path, wrapper: &[String], pause: Duration) -> Self {
        let receiver = Receiver::start();
        let place = Place::new(root, &receiver, wrapper);
        place.said(&["account", "create", "--email", "ada@acme.example", "--owner"]);
        place.said(&["tenant", "create", "acme"]);
        let words = ["token", "create", "--account", "ada@acme.example", "--expires", "365d"];
        let operator = place.said(&words);
        let token = place.said(&[&words[..], &["--tenant", "acme"]].concat());
        let mut trial = Self {
            place,
            receiver,
            world: Mutex::default(),
            figures: Figures::default(),
            token,
            operator,
            server: None,
            pause,
            rounds: 0,
        };
        trial.serve();
        trial.furnish();
        trial
    }

    pub fn address(&self) -> Address {
        Address { at: self.server().address.clone(), token: self.token.clone() }
    }

    pub fn server(&self) -> &Server {
        self.server.as_ref().expect("it serves")
    }

    fn furnish(&self) {
        let mut connection = Connection::new(&self.address());
        let mut make = |path: &str, body: Value| match connection.ask("POST", path, Some(&body), "") {
            Heard::Done(..) => {}
            heard => panic!("{path} {body}: {heard:?}"),
        };
        make("/api/queues", json!({ "name": "outside", "outside": true }));
        make("/api/queues", json!({ "name": "feed", "outside": true }));
        let bob = json!({ "email": "bob@acme.example", "password": PASSWORD });
        make("/api/users", bob);
        let url = |path: &str| json!({ "webhook": format!("http://{}/{path}", self.receiver.address) });
        for (name, pattern, target, ordered) in [
            ("hook", "load.*", url("hook"), false),
            ("flaky", "load.a", url("flaky"), false),
            ("ordered", "load.c", url("ordered"), true),
            ("ping", "load.*", json!({ "job": "system.ping" }), false),
            ("feed", "load.b", json!({ "queue": "feed" }), false),
        ] {
            let mut body = json!({ "name": name, "pattern": pattern, "target": target, "ordered": ordered,
                "maxAttempts": 20, "backoff": { "kind": "fixed", "seconds": 1 } });
            // What goes to a queue has a lease instead, and is enabled by hand.
            if name != "feed" {
                body["timeoutSeconds"] = json!(20);
                body["recovery"] = json!("probe");
            }
            make("/api/subscriptions", body);
        }
    }

    /// Serves again, and says how long that took.
    fn serve(&mut self) -> Duration {
        let begun = Instant::now();
        self.server = self.place.start();
        assert!(self.server.is_some(), "the server does not start: {}", self.place.log());
        begun.elapsed()
    }

    /// The load, what goes wrong meanwhile, the end of the process and what is left of it.
    pub fn go_through(&mut self, round: &Round, longest: Duration) {
        self.rounds += 1;
        println!("round {}: {round:?}", self.rounds);
        self.place.control.set(Field::Seed, round.seed);
        self.load_and_end(round, longest);
        self.recover(round);
        self.look(round.seed);
        self.figures.rounds += 1;
        let server = self.server.as_ref().expect("it serves");
        self.figures.note_memory(server, &self.place);
    }

    fn load_and_end(&mut self, round: &Round, longest: Duration) {
        let mut server = self.server.take().expect("it serves");
        let address = Address { at: server.address.clone(), token: self.token.clone() };
        let (place, receiver, operator) = (&self.place, &self.receiver, &self.operator);
        let (figures, world) = (&mut self.figures, &self.world);
        let load = Load { address: &address, world: &self.world, pause: self.pause, seed: round.seed };
        load.during(&format!("{:x}-{}", round.seed, self.rounds), || {
            thread::sleep(longest.mul_f64(0.3));
            for (fault, span) in &round.faults {
                go_wrong(*fault, *span, &Scene { place, server: &server, receiver, operator });
                figures.count(fault.name());
                checks::it_is_ready_again(&address, fault.name(), world);
            }
            thread::sleep(longest.mul_f64(0.1));
            figures.count(end(round.ending, place, &mut server).name());
        });
    }

    /// The load and nothing else, for so long, and then a look at what came of it.
    pub fn go_on_for(&mut self, span: Duration) {
        let address = self.address();
        let server = self.server.as_ref().expect("it serves");
        let (place, figures) = (&self.place, &mut self.figures);
        let load = Load { address: &address, world: &self.world, pause: self.pause, seed: 0 };
        load.during("steady", || {
            let begun = Instant::now();
            while begun.elapsed() < span {
                thread::sleep((span / 40).min(Duration::from_secs(10)));
                figures.note_memory(server, place);
            }
        });
        {
            let repeats = &mut locked(&self.world).repeats;
            let early = repeats.len().saturating_sub(YOUNG);
            repeats.drain(..early);
        }
        self.look(0);
    }

    fn recover(&mut self, round: &Round) {
        self.come_back();
        if let Some((writes, manner)) = round.cut_at_start {
            self.place.control.cut_as(manner);
            self.place.control.set(Field::CutAtWrite, writes);
            if let Some(mut server) = self.place.start() {
                // It began with fewer writes than that.
                server.kill();
            } else {
                self.figures.count("power cut at the start");
            }
            self.come_back();
        }
        if round.is_checked_first {
            let world = &mut locked(&self.world);
            checks::the_file_is_clean(&self.place, world);
            checks::backups_are_whole(&self.place, world);
        }
        let took = self.serve();
        self.figures.recovered(took);
    }

    /// The machine is well again.
    fn come_back(&mut self) {
        self.figures.note_cut(&self.place.control);
        self.place.lose_memory();
        self.place.control.heal();
        self.place.set_clock_right();
    }

    /// Everything of this round, and some of what was before.
    fn look(&self, seed: u64) {
        let address = self.address();
        let connection = Connection::new(&address);
        let mut look = Look { connection, address: &address, receiver: &self.receiver, seed };
        let world = &mut locked(&self.world);
        checks::repeats_are_the_same(&mut look, world);
        checks::requests_are_as_acknowledged(&mut look, world, YOUNG);
        checks::jobs_are_there(&mut look, world, YOUNG);
        checks::events_are_there(&mut look, world, YOUNG);
        checks::sessions_are_as_acknowledged(&mut look, world);
        checks::schedules_are_there(&mut look, world, YOUNG);
        checks::deleted_schedules_stay_away(&mut look, world);
    }

    /// Lets everything come to its end, and looks at all of it.
    pub fn settle(&mut self) {
        self.receiver.be(Receivers::Well);
        let (address, is_over) = (self.address(), AtomicBool::new(false));
        thread::scope(|scope| {
            let (world, ends) = (&self.world, &is_over);
            let address = &address;
            scope.spawn(move || worker::work(1, address, world, ends, true));
            scope.spawn(move || settle::keep_enabling(address, ends));
            let begun = Instant::now();
            let left = settle::wait(&mut self.place);
            is_over.store(true, Ordering::Relaxed);
            let mut world = locked(&self.world);
            world.check(left.is_empty(), || {
                format!("after {:?} these have not come to an end: {left:?}", begun.elapsed())
            });
        });
        let world = &mut locked(&self.world);
        settle::everything_has_ended(&self.place, world);
        let ordered = settle::ordered_deliveries(&self.place);
        checks::subjects_are_in_order(&self.receiver.calls(), &ordered, world);
    }

    /// The last look: the process is stopped, and the file is checked.
    pub fn finish(&mut self) {
        self.settle();
        let mut server = self.server.take().expect("it serves");
        end(Ending::Stopped, &self.place, &mut server);
        let world = &mut locked(&self.world);
        checks::the_file_is_clean(&self.place, world);
        checks::backups_are_whole(&self.place, world);
        settle::nothing_is_there_twice(&self.place, world);
    }
}

/// Who works at the same time.
struct Load<'l> {
    address: &'l Address,
    world: &'l Mutex<World>,
    pause: Duration,
    seed: u64,
}

impl Load<'_> {
    /// All work while something is done.
    fn during(&self, name: &str, act: impl FnOnce()) {
        let Self { address, world, pause, seed } = *self;
        let is_over = &AtomicBool::new(false);
        thread::scope(|scope| {
            for number in 0..CALLERS {
                let (name, seed) = (format!("{name}-{number}"), seed ^ (number << 56));
                scope.spawn(move || Caller::new(name, seed, address, world).work(is_over, pause));
            }
            scope.spawn(move || worker::work(seed, address, world, is_over, false));
            act();
            is_over.store(true, Ordering::Relaxed);
        });
    }
}

/// Ends the process, and says how it ended in fact.
fn end(ending: Ending, place: &Place, server: &mut Server) -> Ending {
    match ending {
        Ending::Killed => server.kill(),
        Ending::Stopped => {
            server.signal(rustix::process::Signal::TERM);
            assert!(server.ends_within(PATIENCE), "the server does not stop: {}", place.log());
        }
        Ending::CutAtWrite(count, manner) | Ending::CutAtFlush(count, manner) => {
            let field = match ending {
                Ending::CutAtWrite(..) => Field::CutAtWrite,
                _ => Field::CutAtFlush,
            };
            place.control.cut_as(manner);
            place.control.set(field, count);
            if !server.ends_within(Duration::from_secs(10)) {
                server.kill();
                return Ending::Killed;
            }
        }
    }
    ending
}
