//! The stage: one instance on one thread, with everything that is under way in it. Who plays says which
//! task goes on, when the writer and a reader take their turns, and when the process dies.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use fastrand::Rng;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::book::{Book, Keeps, Moment, promise};
use super::kinds::{Begun, Chore, Listen, take_begun};
use super::promises::work;
use super::rows::{Key, TABLES};
use crate::base::config::{self, Config, Span};
use crate::base::data_dir::DataDir;
use crate::base::db::by_hand::{self, Turn};
use crate::base::db::{Synchronous, Write};
use crate::base::{Clock, Id, Result, Timestamp, seeded};
use crate::kernel::events::{EventHandler, furnish};
use crate::kernel::jobs::{JobKind, Outcome};
use crate::kernel::tenants::{Tenant, create_tenant};
use crate::kernel::{Actor, Chain, Features, Kernel, TraceId, Who};

const BEGINNING: Timestamp = Timestamp::from_millis(1_767_225_600_000);

const TENANTS: usize = 3;

/// Handlers that run at once, and those of one tenant.
const PLACES: usize = 6;
const PLACES_OF_TENANT: u32 = 4;

/// How long what is over is kept.
const KEEP_DONE: Duration = Duration::from_mins(4);
const KEEP_DEAD: Duration = Duration::from_mins(12);

/// Things that happen while a thread is held up, at most.
const STALL: u64 = 3_000;

const HOURS: Duration = Duration::from_hours(9);

/// Lines of the trace that a failure shows.
const TRACE: usize = 60;

/// More turns than any task takes that goes on alone.
const ENOUGH: usize = 100_000;

#[derive(Debug)]
struct Bell(AtomicBool);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What a task is, as far as others ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Turn,
    Handler,
    Claim,
    Act,
}

pub(super) struct Task {
    sort: Sort,
    future: Pin<Box<dyn Future<Output = ()>>>,
    bell: Arc<Bell>,
    began: i64,
    /// Its thread comes to it no earlier.
    stalls_until: u64,
}

/// What the process said to somebody outside.
#[derive(Debug)]
pub(super) enum Heard {
    Acknowledged(Vec<Key>),
    Leased(Vec<Lease>),
    /// What somebody said of an attempt was taken, or not.
    Ended(Key, i64, bool),
    Extended(Key, i64, i64),
    Pruned(u64),
    Probed(usize),
    Enabled(Key),
    Disabled(Key),
    /// The engine made a mistake.
    Mistake(String),
}

/// A job that a worker outside has.
#[derive(Debug, Clone)]
pub(super) struct Lease {
    pub tenant: usize,
    pub job: Key,
    pub lease: i64,
    pub until: i64,
    pub queue: String,
}

/// The process is no more.
#[derive(Debug)]
pub(super) struct Died;

pub(super) struct Stage {
    pub rng: Rng,
    pub clock: Clock,
    kernel: Option<Arc<Kernel>>,
    pub tenants: Vec<Arc<Tenant>>,
    pub book: Rc<RefCell<Book>>,
    tasks: Vec<Task>,
    pub begun: Vec<Begun>,
    pub leases: Vec<Lease>,
    /// Leases that are over, of workers who do not know it.
    pub old: Vec<Lease>,
    pub heard: Rc<RefCell<Vec<Heard>>>,
    config: Config,
    dir: TempDir,
    trace: VecDeque<String>,
    digest: DefaultHasher,
    ticks: u64,
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
        let mut stage = Self {
            rng: Rng::with_seed(seed),
            clock,
            kernel: None,
            tenants: Vec::new(),
            book,
            tasks: Vec::new(),
            begun: Vec::new(),
            leases: Vec::new(),
            old: Vec::new(),
            heard: Rc::default(),
            config,
            dir,
            trace: VecDeque::new(),
            digest: DefaultHasher::new(),
            ticks: 0,
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
                create_tenant(tx, &key, &by, &read(tenant), owner.id, BEGINNING)
            };
            let instance = kernel.tenants.instance().expect("the instance");
            place.replace(Some(kernel.db.write(&*instance, write).await.expect("a tenant")));
        };
        self.alone(make).expect("it lives");
        self.tenants.push(Arc::new(made.take().expect("it was made")));
    }

    pub(super) fn kernel(&self) -> &Arc<Kernel> {
        self.kernel.as_ref().expect("it runs")
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
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

    pub(super) fn spawn(&mut self, sort: Sort, future: impl Future<Output = ()> + 'static) {
        let bell = Arc::new(Bell(AtomicBool::new(true)));
        self.tasks.push(Task { sort, future: Box::pin(future), bell, began: 0, stalls_until: 0 });
    }

    /// What was spawned last waits until it is put back.
    pub(super) fn take_last(&mut self) -> Task {
        self.tasks.pop().expect("something was spawned")
    }

    pub(super) fn put_back(&mut self, task: Task) {
        self.tasks.push(task);
    }

    pub(super) fn count(&self, sort: Sort) -> usize {
        self.tasks.iter().filter(|task| task.sort == sort).count()
    }

    /// Whether one of these could go on.
    pub(super) fn is_woken(&self, sort: Sort) -> bool {
        self.tasks.iter().any(|task| task.sort == sort && task.bell.0.load(Ordering::Relaxed))
    }

    /// One more thing happens.
    pub(super) fn tick(&mut self) {
        self.ticks += 1;
    }

    /// The thread of one of the tasks is held up for a while.
    pub(super) fn stall_one(&mut self) -> bool {
        if self.tasks.is_empty() {
            return false;
        }
        let place = self.rng.usize(..self.tasks.len());
        self.tasks[place].stalls_until = self.ticks + self.rng.u64(50..STALL);
        true
    }

    pub(super) fn stall_last(&mut self) {
        let until = self.ticks + self.rng.u64(50..STALL);
        self.tasks.last_mut().expect("it was spawned just now").stalls_until = until;
    }

    pub(super) fn wake_all(&mut self) {
        self.tasks.iter_mut().for_each(|task| task.stalls_until = 0);
    }

    pub(super) fn is_busy(&self) -> bool {
        !self.tasks.is_empty()
    }

    /// One of those who wait hangs up.
    pub(super) fn hang_up(&mut self, sort: Sort) -> bool {
        let those = self.tasks.iter().enumerate().filter(|(_, task)| task.sort == sort);
        let places: Vec<usize> = those.map(|(place, _)| place).collect();
        let Some(place) = self.rng.choice(places) else { return false };
        drop(self.tasks.remove(place));
        self.book.borrow_mut().excuse_answers_on_their_way();
        true
    }

    fn pass(&self, began: i64) {
        let now = self.now().millis();
        let mut book = self.book.borrow_mut();
        book.moments.push(Moment { now, began });
        by_hand::set_moment(book.present());
    }

    /// A task that can go on does. Whether there was one.
    pub(super) fn poll_one(&mut self) -> bool {
        let woken = |task: &Task| task.stalls_until <= self.ticks && task.bell.0.load(Ordering::Relaxed);
        let places: Vec<usize> =
            self.tasks.iter().enumerate().filter(|(_, task)| woken(task)).map(|(place, _)| place).collect();
        let Some(place) = self.rng.choice(places) else { return false };
        self.poll_at(place);
        true
    }

    /// What was spawned last goes as far as it can, as a call does that comes in.
    pub(super) fn poll_last(&mut self) {
        self.poll_at(self.tasks.len() - 1);
    }

    fn poll_at(&mut self, place: usize) {
        let now = self.now().millis();
        let task = &mut self.tasks[place];
        if task.began == 0 {
            task.began = now;
        }
        let began = task.began;
        self.pass(began);
        let task = &mut self.tasks[place];
        task.bell.0.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(&task.bell));
        if let Poll::Ready(()) = task.future.as_mut().poll(&mut Context::from_waker(&waker)) {
            drop(self.tasks.remove(place));
        }
        self.meet_begun();
    }

    /// The writer takes its turn.
    pub(super) fn write_some(&mut self, most: usize) -> Result<Turn, Died> {
        self.pass(self.now().millis());
        match self.kernel().db.turn_writer(most) {
            Turn::Died => Err(Died),
            turn => Ok(turn),
        }
    }

    pub(super) fn read_one(&mut self) -> bool {
        self.kernel().db.turn_reader().expect("a reader opens")
    }

    /// The next claimed job begins, when it may.
    pub(super) fn begin_one(&mut self) -> bool {
        let kernel = Arc::clone(self.kernel());
        let Some(handler) = kernel.jobs.begin_by_hand(&kernel) else { return false };
        self.spawn(Sort::Handler, handler);
        true
    }

    /// Something goes on to its end, with nothing beside it but what it causes.
    pub(super) fn alone(&mut self, future: impl Future<Output = ()> + 'static) -> Result<(), Died> {
        let others = std::mem::take(&mut self.tasks);
        self.spawn(Sort::Act, future);
        let mut turns = 0;
        while self.is_busy() {
            let goes_on = self.poll_one() || self.read_one() || self.write_some(8)? == Turn::Wrote;
            turns += 1;
            assert!(goes_on && turns < ENOUGH, "it does not come to its end alone");
        }
        self.tasks = others;
        Ok(())
    }

    /// The process begins, on what is in the file.
    fn open(&mut self) -> Result<(), Died> {
        let features = Features {
            jobs: vec![JobKind::of::<Chore>()],
            handlers: vec![EventHandler::of::<Listen>()],
            ..Features::default()
        };
        let data = DataDir::prepare(&self.config.server.data).expect("the data directory");
        let kernel = Kernel::open(self.config.clone(), data, self.clock.clone(), &features);
        let kernel = Arc::new(kernel.expect("the instance opens"));
        self.kernel = Some(Arc::clone(&kernel));
        self.look_at_the_file();
        self.alone(async move { kernel.jobs.recover(&kernel).await.expect("it recovers") })?;
        let mut guard = self.book.borrow_mut();
        let book = &mut *guard;
        promise!(book, work::what_ran_here_runs_no_more(book));
        drop(guard);
        self.kernel().jobs.set_places(PLACES);
        Ok(())
    }

    /// What was committed is in the file, and nothing else.
    fn look_at_the_file(&self) {
        let mut guard = self.book.borrow_mut();
        let book = &mut *guard;
        let file = self.dir.path().join("data/steading.db");
        let mut found = by_hand::rows_of(&file, TABLES).expect("the file is readable");
        let mut rows = |place: usize| std::mem::take(&mut found[place]);
        if book.tenants.len() == 0 {
            return book.tenants.fill(rows(9));
        }
        let differs = book.jobs.compare(rows(0));
        let differs = differs.and_then(|()| book.counts.compare(rows(1)));
        let differs = differs.and_then(|()| book.queues.compare(rows(2)));
        let differs = differs.and_then(|()| book.events.compare(rows(3)));
        let differs = differs.and_then(|()| book.deliveries.compare(rows(4)));
        let differs = differs.and_then(|()| book.subscriptions.compare(rows(5)));
        let differs = differs.and_then(|()| book.groups.compare(rows(6)));
        let differs = differs.and_then(|()| book.schedules.compare(rows(7)));
        let differs = differs.and_then(|()| book.firings.compare(rows(8)));
        if let (None, Err(why)) = (&book.broken, differs) {
            book.broken = Some(format!("what is acknowledged is not lost: {why}"));
        }
    }

    /// The process is gone from one moment to the next, and another begins, which may die as well.
    pub(super) fn crash(&mut self) {
        loop {
            self.note("the process dies");
            self.book.borrow_mut().sights.crashes += 1;
            self.close();
            self.clock.advance(Duration::from_millis(self.rng.u64(1..3_000)));
            // Recovery is not spared.
            by_hand::die_after(self.rng.bool().then(|| self.rng.u64(1..200)));
            if self.open().is_ok() {
                by_hand::die_after(None);
                return;
            }
        }
    }

    /// Everything in memory goes.
    pub(super) fn close(&mut self) {
        self.tasks.clear();
        self.begun.clear();
        drop(take_begun());
        self.heard.borrow_mut().clear();
        let kernel = self.kernel.take().expect("it runs");
        assert_eq!(Arc::strong_count(&kernel), 1, "somebody holds the process that is gone");
        drop(kernel);
        by_hand::die_after(None);
        by_hand::fail_after(None);
        self.book.borrow_mut().die();
    }

    pub(super) fn reopen(&mut self) -> Result<(), Died> {
        self.open()
    }

    /// Handlers that began, and those that are no more.
    fn meet_begun(&mut self) {
        let mut guard = self.book.borrow_mut();
        let book = &mut *guard;
        self.begun.retain(|one| {
            if one.is_gone() {
                book.at_work.remove(&(one.job, one.lease));
            }
            !one.is_gone()
        });
        for mut one in take_begun() {
            let attempt = (one.job, one.lease);
            if let Some(row) = book.jobs.get(&one.job) {
                one.lane = row.lane();
            }
            book.sights.begun += 1;
            promise!(book, work::each_claim_begins_once(book, attempt));
            promise!(book, work::one_at_most_holds_a_job(book, attempt));
            promise!(book, work::who_begins_has_the_lease(book, attempt));
            promise!(book, work::no_more_run_at_once_than_may(book, attempt, &one.lane));
            promise!(book, work::a_subject_begins_in_its_order(book, one.job));
            book.began.insert(attempt);
            if !one.is_gone() {
                book.at_work.insert(attempt, one.lane.clone());
                self.begun.push(one);
            }
        }
    }

    /// One of the handlers that have begun is told that it has ended.
    pub(super) fn end_handler(&mut self, place: usize, order: super::kinds::Order) {
        use super::book::Said;
        use super::kinds::Order;
        let one = self.begun.swap_remove(place);
        let mut book = self.book.borrow_mut();
        let attempt = (one.job, one.lease);
        book.at_work.remove(&attempt);
        if let Order::End(Outcome::Dead(_)) = &order {
            book.said.insert(attempt, Said::Never);
        }
        if let Order::End(Outcome::RetryAfter(_, wait)) = &order {
            book.said.insert(attempt, Said::After(wait.as_millis() as i64));
        }
        drop(book);
        one.tell(order);
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.tasks.clear();
        self.begun.clear();
        drop(take_begun());
        self.kernel = None;
        by_hand::put_down();
    }
}
