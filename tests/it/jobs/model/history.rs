//! One history, played on the instance and in the book at once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value as Json;
use steading::kernel::jobs::JobState::{Cancelled, Ready, Running, Scheduled};
use steading::kernel::jobs::{Outcome, QueueChange};

use super::book::{Book, End, Entry, Round, Row, Terms};
use super::instance::Instance;
use super::op::{Act, How, New, Op, TENANTS};
use crate::support::{Began, Ending, Verdict, breathe, ensure};

/// What the engine must never do. A search that is told to do it must find that the book forbids it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Finishing does not look at the lease.
    StaleFinish,
    LosesOrphan,
    CrashIsFree,
    IgnoresPause,
    LeavesPlacesEmpty,
    CountsTwice,
}

pub const FAULTS: [Fault; 6] = [
    Fault::StaleFinish,
    Fault::LosesOrphan,
    Fault::CrashIsFree,
    Fault::IgnoresPause,
    Fault::LeavesPlacesEmpty,
    Fault::CountsTwice,
];

/// Hours after which every job must be over, when handlers succeed.
const LONG_ENOUGH: usize = 40;

struct History<'i> {
    instance: &'i mut Instance,
    book: Book,
    /// Queues with terms of their own.
    made: BTreeSet<usize>,
    /// The handlers that wait for their end.
    live: BTreeMap<String, Began>,
    fault: Option<Fault>,
}

/// Plays it to its end, where every job must be over.
pub async fn play(instance: &mut Instance, ops: &[Op], fault: Option<Fault>) -> Verdict {
    let (book, made, live) = (Book::default(), BTreeSet::new(), BTreeMap::new());
    let mut history = History { instance, book, made, live, fault };
    for (number, op) in ops.iter().enumerate() {
        let said = history.apply(op).await.and_then(|()| history.check_counters());
        said.map_err(|why| format!("event {number}, {op:?}: {why}"))?;
    }
    history.finish().await.map_err(|why| format!("in the end: {why}"))
}

fn ending(how: How) -> Ending {
    Ending::Says(match how {
        How::Fail => return Ending::Fails,
        How::Panic => return Ending::Panics,
        How::Done => Outcome::Done,
        How::Retry => Outcome::Retry("again".into()),
        How::TooLarge => Outcome::DoneWith(Json::from("x".repeat(256 * 1024))),
        How::Dead => Outcome::Dead("hopeless".into()),
        How::Cancel => Outcome::Cancel("needless".into()),
        How::Snooze(seconds) => Outcome::Snooze(Duration::from_secs(seconds)),
    })
}

impl History<'_> {
    async fn apply(&mut self, op: &Op) -> Verdict {
        match *op {
            Op::Enqueue(ref new) => self.enqueue(new).await,
            Op::Step { places } => self.work(places, false).await,
            Op::Settle { places } => self.work(places, true).await,
            Op::End { which, how } => self.end(which, how).await,
            Op::Late { how } => self.late(how).await,
            Op::Clock { seconds } => {
                let span = Duration::from_secs(seconds.unsigned_abs());
                match seconds < 0 {
                    true => self.instance.bare.clock.turn_back(span),
                    false => self.instance.bare.clock.advance(span),
                }
                Ok(())
            }
            Op::ByHand { which, act } => self.by_hand(which, act).await,
            Op::Pause { lane, is_paused } => {
                self.made.insert(lane);
                self.book.terms[lane].is_paused = is_paused;
                let change = QueueChange { paused: Some(is_paused), ..QueueChange::default() };
                self.instance.change_queue(lane, change).await;
                self.unmoved()
            }
            Op::Limit { lane, most } => {
                self.made.insert(lane);
                self.book.terms[lane].most = most;
                let change = QueueChange { concurrency: Some(most), ..QueueChange::default() };
                self.instance.change_queue(lane, change).await;
                self.unmoved()
            }
            Op::Defaults { lane } => {
                self.made.remove(&lane);
                self.book.terms[lane] = Terms::default();
                self.instance.delete_queue(lane).await;
                self.unmoved()
            }
            Op::Tenant { tenant, is_suspended } => {
                self.book.suspended[tenant] = is_suspended;
                self.instance.set_suspended(tenant, is_suspended).await;
                self.unmoved()
            }
            Op::Stop => {
                self.book.end_running(End::Returned, true);
                self.live.clear();
                self.instance.stop().await;
                self.reopened()
            }
            Op::Crash => {
                self.book.end_running(End::Restarted, false);
                let handlers = std::mem::take(&mut self.live).into_values().collect();
                let orphans = self.book.ids(|entry| entry.row.state == Running);
                self.instance.crash(handlers).await;
                self.meddle(&orphans);
                self.reopened()
            }
        }
    }

    fn unmoved(&self) -> Verdict {
        self.book.assert_same(&self.instance.rows())
    }

    fn reopened(&mut self) -> Verdict {
        let round = Round { now: self.instance.now(), may_claim: false, is_settled: true };
        self.book.take_round(&self.instance.rows(), round)
    }

    async fn enqueue(&mut self, new: &New) -> Verdict {
        let lane = new.lane;
        // Nobody acts in a tenant that is suspended.
        if self.book.suspended[lane / 2] {
            return Ok(());
        }
        let key = new.key.map(|key| format!("key{key}"));
        let known = key.as_ref().and_then(|key| self.book.find_unique(lane, key)).cloned();
        let busy = self.book.count(|entry| entry.row.state == Running && entry.end.is_none());
        let waits = self.book.count(|entry| entry.row.lane == lane && entry.row.state == Ready);
        let may_begin = new.delay == 0 && busy < new.places && waits == 0 && self.book.has_room(lane);
        let (id, is_duplicate) = self.instance.enqueue(new).await;
        ensure(is_duplicate == known.is_some() && known.as_ref().is_none_or(|known| *known == id), || {
            format!("{id} ({is_duplicate}) for the key of {known:?}")
        })?;
        let rows = self.instance.rows();
        if !is_duplicate {
            let found = rows.get(&id).ok_or_else(|| format!("{id} is lost at once"))?.state;
            let state = if new.delay > 0 { Scheduled } else { Ready };
            let begins = found == Running;
            ensure(found == state || begins && may_begin, || format!("{id} is {found}"))?;
            let row = Row {
                lane,
                state: found,
                class: new.class,
                run_at: self.instance.now() + new.delay as i64 * 1000,
                attempt: u32::from(begins),
                max_attempts: new.attempts,
                lease: i64::from(begins),
                key,
                is_cancel_asked: false,
            };
            let limit = new.limit as i64 * 1000;
            self.book
                .jobs
                .insert(id, Entry { row, limit, deadline: None, end: None, may_be_back: false, attempts: 0 });
            if self.fault == Some(Fault::CountsTwice) {
                let twice = "UPDATE job_counts_all SET jobs = jobs + 1 WHERE jobs > 0";
                self.instance.bare.file.execute_batch(twice).expect("it is counted");
            }
        }
        self.book.assert_same(&rows)
    }

    async fn work(&mut self, places: usize, is_settled: bool) -> Verdict {
        let now = self.instance.now();
        for late in self.book.give_up_late(now) {
            self.live.remove(&late);
        }
        let began = match is_settled {
            _ if self.fault == Some(Fault::LeavesPlacesEmpty) => Vec::new(),
            true => self.instance.settle(places).await,
            false => self.instance.step(places).await.1,
        };
        if self.fault == Some(Fault::IgnoresPause) {
            let paused =
                |entry: &Entry| entry.row.state == Ready && self.book.terms[entry.row.lane].is_paused;
            for id in self.book.ids(paused) {
                self.instance.force(&id, "running");
                let claim = "UPDATE jobs_all SET attempt = attempt + 1, lease = lease + 1 WHERE id = ?1";
                self.instance.bare.file.execute(claim, [id]).expect("it is claimed");
            }
        }
        self.book.take_round(&self.instance.rows(), Round { now, may_claim: true, is_settled })?;
        let any_began = !began.is_empty();
        for handler in began {
            let id = handler.job.to_string();
            self.book.began(&id, handler.attempt, now)?;
            self.live.insert(id, handler);
        }
        let at_work = self.book.count(|entry| entry.deadline.is_some() && entry.end.is_none());
        ensure(!any_began || at_work <= places, || format!("{at_work} handlers in {places} places"))?;
        if is_settled { self.book.assert_busy(places, now) } else { Ok(()) }
    }

    async fn end(&mut self, which: usize, how: How) -> Verdict {
        let Some(id) = self.live.keys().nth(which % self.live.len().max(1)).cloned() else { return Ok(()) };
        let handler = self.live.remove(&id).expect("it was seen just now");
        handler.end(ending(how));
        breathe().await;
        self.book.jobs.get_mut(&id).expect("it is in the book").end = Some(End::Said(how));
        self.unmoved()
    }

    async fn late(&mut self, how: How) -> Verdict {
        let late: Vec<String> = self
            .instance
            .leftovers
            .iter()
            .flat_map(|left| &left.handlers)
            .map(|handler| handler.job.to_string())
            .collect();
        self.instance.let_leftovers_speak(|| ending(how)).await;
        if self.fault == Some(Fault::StaleFinish) {
            for id in late
                .iter()
                .filter(|id| self.book.jobs.get(*id).is_some_and(|entry| entry.row.state == Running))
            {
                self.instance.force(id, "done");
            }
        }
        self.unmoved()
    }

    async fn by_hand(&mut self, which: usize, act: Act) -> Verdict {
        let Some(id) = self.book.jobs.keys().nth(which % self.book.jobs.len().max(1)).cloned() else {
            return Ok(());
        };
        let now = self.instance.now();
        let mut row = self.book.jobs[&id].row.clone();
        let state = row.state;
        let is_taken = state.is_over()
            && row.key.as_ref().is_some_and(|key| self.book.find_unique(row.lane, key).is_some());
        let waits = matches!(state, Scheduled | Ready);
        let expected = match act {
            Act::Retry => !matches!(state, Running | Ready) && !is_taken,
            Act::Delete => state != Running,
            Act::Cancel => !state.is_over(),
            Act::RunNow | Act::Hurry(_) | Act::Postpone(_) => waits,
        };
        let done = self.instance.by_hand(&id, row.lane, act).await;
        ensure(done == expected, || format!("{id}, {state}: allowed {done}"))?;
        if done {
            match act {
                Act::Retry => {
                    (row.state, row.run_at) = (Ready, now);
                    row.max_attempts = row.max_attempts.max(row.attempt + 1);
                }
                Act::RunNow if state == Scheduled => (row.state, row.run_at) = (Ready, now),
                Act::RunNow => {}
                Act::Cancel if waits => row.state = Cancelled,
                Act::Cancel => row.is_cancel_asked = true,
                Act::Hurry(class) => row.class = class,
                Act::Postpone(seconds) => row.run_at = now + seconds as i64 * 1000,
                Act::Delete => {}
            }
            if matches!(act, Act::Hurry(_) | Act::Postpone(_)) {
                row.state = if row.run_at <= now { Ready } else { Scheduled };
            }
            match act {
                Act::Delete => drop(self.book.jobs.remove(&id)),
                _ => self.book.jobs.get_mut(&id).expect("it is in the book").row = row,
            }
            if matches!(act, Act::Cancel) && state == Running {
                self.book.ask_to_cancel(&id, now);
            }
        }
        self.unmoved()
    }

    fn meddle(&self, orphans: &[String]) {
        for id in orphans {
            let spoil = match self.fault {
                Some(Fault::LosesOrphan) => {
                    "DELETE FROM job_attempts_all WHERE job_id = ?1; DELETE FROM jobs_all WHERE id = ?1"
                }
                Some(Fault::CrashIsFree) => "UPDATE jobs_all SET attempt = attempt - 1 WHERE id = ?1",
                _ => return,
            };
            for statement in spoil.split("; ") {
                self.instance.bare.file.execute(statement, [id]).expect("it is spoilt");
            }
        }
    }

    /// The counters say what counting would.
    fn check_counters(&self) -> Verdict {
        let mut counted = BTreeMap::new();
        for entry in self.book.jobs.values() {
            *counted.entry((entry.row.lane, entry.row.state.to_string())).or_insert(0) += 1;
        }
        let counters = self.instance.counters();
        ensure(counters == counted, || format!("counters say {counters:?}, there are {counted:?}"))
    }

    /// Nothing holds anybody up any more and every handler succeeds: in the end nothing is left.
    async fn finish(&mut self) -> Verdict {
        self.late(How::Done).await?;
        for tenant in 0..TENANTS {
            if self.book.suspended[tenant] {
                self.apply(&Op::Tenant { tenant, is_suspended: false }).await?;
            }
        }
        for lane in self.made.clone() {
            self.apply(&Op::Defaults { lane }).await?;
        }
        for _ in 0..LONG_ENOUGH {
            self.work(4, true).await?;
            while !self.live.is_empty() {
                self.end(0, How::Done).await?;
            }
            if self.book.jobs.values().all(|entry| entry.row.state.is_over()) {
                break;
            }
            self.instance.bare.clock.advance(Duration::from_hours(1));
        }
        self.check_counters()?;
        for (id, entry) in &self.book.jobs {
            ensure(entry.row.state.is_over(), || format!("{id} does not come to an end: {entry:?}"))?;
            let told = self.instance.attempts_of(id);
            ensure(told == entry.attempts, || format!("{told} attempts are told of: {entry:?}"))?;
        }
        self.instance.clear();
        Ok(())
    }
}
