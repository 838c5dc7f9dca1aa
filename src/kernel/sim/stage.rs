//! The stage: one instance on one thread, with everything that is under way in it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::actors::mood;
use super::book::{Book, Keeps, Moment};
use super::kinds::{Begun, take_begun};
use super::mood::Mood;
use super::rows::{Key, TABLES};
use super::tasks::Task;
use crate::base::config::{self, Config, Span};
use crate::base::db::{Synchronous, Write, by_hand};
use crate::base::{Clock, Id, Timestamp, seeded};
use crate::kernel::events::furnish;
use crate::kernel::identity::User;
use crate::kernel::outbound::{self, by_hand::Ringing};
use crate::kernel::tenants::{NewTenant, Tenant, create_tenant};
use crate::kernel::{Actor, Chain, Kernel, TraceId, Who};

const BEGINNING: Timestamp = Timestamp::from_millis(1_767_225_600_000);

const TENANTS: usize = 3;

/// Handlers that run at once, and those of one tenant.
pub(super) const PLACES: usize = 6;
const PLACES_OF_TENANT: u32 = 4;

/// How long what is over is kept.
const KEEP_DONE: Duration = Duration::from_mins(4);
const KEEP_DEAD: Duration = Duration::from_mins(12);

const HOURS: Duration = Duration::from_hours(9);

/// Lines of the trace that a failure shows.
const TRACE: usize = 60;

/// What the process said to somebody outside.
#[derive(Debug)]
pub(super) enum Heard {
    Acknowledged(Vec<Key>),
    Leased(Vec<Lease>),
    /// What somebody said of an attempt was taken, or not.
    Ended(Key, i64, bool),
    Extended(Key, i64, Beat),
    Pruned(u64),
    Probed(usize),
    Enabled(Key),
    Disabled(Key),
    /// A tenant is suspended, or at work again.
    Moved,
    Deleted,
    Erased(u64),
    /// A tenant was made in the place of one that is gone.
    Made(usize, Tenant),
    /// The engine made a mistake.
    Mistake(String),
}

/// A job that a worker outside has.
#[derive(Debug, Clone)]
pub(super) struct Lease {
    pub tenant: usize,
    /// The tenant's own, as another may come in its place.
    pub number: i64,
    pub job: Key,
    pub lease: i64,
    /// As the row has it, and by the time that passes.
    pub until: i64,
    pub deadline: i64,
    pub queue: String,
    /// Its worker waits for the answer to a sign of life.
    pub is_beating: bool,
}

/// A sign of life of a worker outside.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beat {
    /// When he gave it, by the time that passes.
    pub at: i64,
    /// Whether he said for how long.
    pub has_said: bool,
    /// Until when his lease is now, and how long that was from then; if he was heard.
    pub until: Option<(i64, i64)>,
}

/// A call of a webhook that waits for its answer.
#[derive(Debug)]
pub(super) struct OpenCall {
    pub job: Key,
    pub lease: i64,
    pub ringing: Ringing,
}

/// The process is no more.
#[derive(Debug)]
pub(super) struct Died;

pub(super) struct Stage {
    pub rng: Rng,
    pub(super) mood: Mood,
    pub clock: Clock,
    pub(super) kernel: Option<Arc<Kernel>>,
    pub tenants: Vec<Arc<Tenant>>,
    /// Tenants that were made so far, those that are gone included.
    pub(super) made: usize,
    pub(super) owners: Vec<Id<User>>,
    pub book: Rc<RefCell<Book>>,
    pub(super) tasks: Vec<Task>,
    pub begun: Vec<Begun>,
    pub calls: Vec<OpenCall>,
    pub leases: Vec<Lease>,
    /// Leases that are over, of workers who do not know it.
    pub old: Vec<Lease>,
    pub heard: Rc<RefCell<Vec<Heard>>>,
    pub(super) config: Config,
    pub(super) dir: TempDir,
    pub(super) trace: VecDeque<String>,
    pub(super) digest: DefaultHasher,
    pub(super) ticks: u64,
    /// The latest time that the clock has shown when it was set.
    pub latest: i64,
    /// Everybody winds up, and means it.
    pub is_ending: bool,
}

/// What is written as JSON for a type that is read from it.
pub(super) fn read<T: DeserializeOwned>(value: Json) -> T {
    serde_json::from_value(value).expect("it has the shape")
}

impl Stage {
    /// A new instance with a few tenants. `clock` is the seed's.
    pub(super) fn set(seed: u64) -> Self {
        // In memory, when the machine has such a place: nothing here is about the disk.
        let dir = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).expect("a temporary directory");
        let mut config = config::load(None, []).expect("the defaults load");
        config.server.data = dir.path().join("data");
        config.database.readers = 1;
        config.database.synchronous = Synchronous::Normal;
        config.telemetry.enabled = false;
        // However long the machine takes, the history stays the same.
        (config.database.read_limit, config.database.write_limit) = (Span::of(HOURS), Span::of(HOURS));
        config.jobs.concurrency = PLACES;
        config.jobs.tenant_concurrency = PLACES_OF_TENANT;
        (config.jobs.keep_done, config.jobs.keep_dead) = (Span::of(KEEP_DONE), Span::of(KEEP_DEAD));
        (config.events.keep, config.events.keep_dead) = (Span::of(KEEP_DONE), Span::of(KEEP_DEAD));
        let clock = Clock::standing_at(BEGINNING);
        seeded::begin(seed, clock.clone());
        let book = Rc::new(RefCell::new(Book {
            moments: vec![Moment::default()],
            keeps: Keeps { done: KEEP_DONE.as_millis() as i64, dead: KEEP_DEAD.as_millis() as i64 },
            tenant_limit: PLACES_OF_TENANT as usize,
            ..Book::default()
        }));
        let told = Rc::clone(&book);
        by_hand::take_up(TABLES, move |seen| told.borrow_mut().see(seen));
        outbound::by_hand::take_up();
        let mut rng = Rng::with_seed(seed);
        let mut stage = Self {
            mood: mood(&mut rng),
            rng,
            clock,
            kernel: None,
            tenants: Vec::new(),
            made: 0,
            owners: Vec::new(),
            book,
            tasks: Vec::new(),
            begun: Vec::new(),
            calls: Vec::new(),
            leases: Vec::new(),
            old: Vec::new(),
            heard: Rc::default(),
            config,
            dir,
            trace: VecDeque::new(),
            digest: DefaultHasher::new(),
            ticks: 0,
            latest: 0,
            is_ending: false,
        };
        stage.open().expect("nothing kills it yet");
        for number in 0..TENANTS {
            stage.make_tenant(number);
        }
        let kernel = Arc::clone(stage.kernel());
        stage
            .alone(async move { furnish(&kernel).await.expect("handlers get their subscriptions") })
            .expect("it lives");
        stage
    }

    fn make_tenant(&mut self, number: usize) {
        let (kernel, made) = (Arc::clone(self.kernel()), Rc::new(RefCell::new(None)));
        let (by, place) = (kernel.operator().expect("the operator"), Rc::clone(&made));
        let make = async move {
            let key = Arc::clone(&kernel);
            let write = move |tx: &Write<'_>| {
                let owner = json!({ "email": format!("owner{number}@sim.example") });
                let owner = key.identity.create_account(tx, &by, &read(owner), BEGINNING)?;
                let tenant = json!({ "slug": format!("tenant{number}"), "name": "A tenant" });
                Ok((create_tenant(tx, &key, &by, &read(tenant), owner.id, BEGINNING)?, owner.id))
            };
            let instance = kernel.tenants.instance().expect("the instance");
            place.replace(Some(kernel.db.write(&*instance, write).await.expect("a tenant")));
        };
        self.alone(make).expect("it lives");
        let (tenant, owner) = made.take().expect("it was made");
        self.tenants.push(Arc::new(tenant));
        self.owners.push(owner);
        self.made += 1;
    }

    /// What it takes to make a tenant in the place of one that is gone.
    pub(super) fn next_tenant(&mut self, place: usize) -> (NewTenant, Id<User>) {
        self.made += 1;
        let new = json!({ "slug": format!("tenant{}", self.made), "name": "A later tenant" });
        (read(new), self.owners[place])
    }

    /// A tenant is there in the place of one that is gone, with all who worked for that.
    pub(super) fn replace_tenant(&mut self, place: usize, tenant: Tenant) {
        let old = std::mem::replace(&mut self.tenants[place], Arc::new(tenant)).number.get();
        self.leases.retain(|lease| lease.tenant != place);
        self.old.retain(|lease| lease.tenant != place);
        self.book.borrow_mut().at_work.retain(|_, lane| lane.0 != old);
    }

    pub(super) fn kernel(&self) -> &Arc<Kernel> {
        self.kernel.as_ref().expect("it runs")
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The time that has passed, however the clock was set.
    pub(super) fn passed(&self) -> i64 {
        self.clock.passed().as_millis() as i64
    }

    pub(super) fn who(&self, tenant: usize) -> Who {
        Who {
            tenant: Arc::clone(&self.tenants[tenant]),
            actor: Actor::System,
            trace: TraceId::fresh(),
            address: String::new(),
            request: Id::fresh(),
            chain: Chain::default(),
        }
    }

    /// A line for who reads how it came to a failure; and a part of what tells one history from another.
    pub(super) fn note(&mut self, what: &str) {
        what.hash(&mut self.digest);
        let steps = self.steps();
        let line = format!("{steps:>8} {} {what}", self.now());
        if self.trace.len() == TRACE {
            self.trace.pop_front();
        }
        self.trace.push_back(line);
    }

    pub(super) fn steps(&self) -> u64 {
        self.book.borrow().sights.acts + by_hand::boundaries()
    }

    pub(super) fn trace(&self) -> String {
        self.trace.iter().cloned().collect::<Vec<_>>().join("\n")
    }

    /// What all histories with the same seed have in common.
    pub(super) fn digest(&self) -> u64 {
        let mut digest = self.digest.clone();
        let book = self.book.borrow();
        format!("{:?}{:?}", book.jobs.iter().collect::<Vec<_>>(), book.deliveries.iter().collect::<Vec<_>>())
            .hash(&mut digest);
        digest.finish()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.tasks.clear();
        self.begun.clear();
        drop(take_begun());
        self.calls.clear();
        self.kernel = None;
        by_hand::put_down();
        outbound::by_hand::put_down();
    }
}
