//! One history, played on the instance and in the book at once.

use std::collections::BTreeMap;
use std::time::Duration;

use steading::kernel::events::DeliveryState::Waiting;
use steading::kernel::events::SubscriptionState::{Deleted, Disabled};
use steading::kernel::jobs::{JobState, Outcome, Report};

use super::book::{Book, End};
use super::handler::{Sights, Subscription};
use super::hands::nth;
use super::instance::{Instance, Rows};
use super::op::{How, Nature, Op};
use crate::support::{Began, Ending, Verdict, breathe, ensure, take_begun};

/// What a bus must never do. A search that is told to do it must find that the book forbids it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A delivery ends, and its event still counts it as open.
    ForgetsCounter,
    /// A dead letter is in no group.
    ForgetsLetter,
    /// Attempts of one event count as different ones.
    CountsEachAttempt,
    /// Enabling loses what was held.
    EnableForgetsHeld,
    BeginsHeld,
    /// Who waits for an older one of his subject is let go.
    BreaksLine,
}

pub const FAULTS: [Fault; 6] = [
    Fault::ForgetsCounter,
    Fault::ForgetsLetter,
    Fault::CountsEachAttempt,
    Fault::EnableForgetsHeld,
    Fault::BeginsHeld,
    Fault::BreaksLine,
];

/// Rounds after which the engine must have come to rest.
const ENOUGH: usize = 200;

/// Hours after which every delivery must be over, when handlers succeed.
const LONG_ENOUGH: usize = 200;

pub struct History<'i> {
    pub(super) instance: &'i mut Instance,
    pub(super) book: Book,
    /// The handlers that wait for their end.
    pub(super) live: BTreeMap<String, Began>,
    pub(super) fault: Option<Fault>,
}

/// Plays it to its end, where every delivery must be over, and says what was seen.
pub async fn play(instance: &mut Instance, ops: &[Op], fault: Option<Fault>) -> Verdict<Sights> {
    let mut history = History { instance, book: Book::default(), live: BTreeMap::new(), fault };
    for (number, op) in ops.iter().enumerate() {
        history.apply(op).await.map_err(|why| format!("event {number}, {op:?}: {why}"))?;
    }
    history.finish().await.map_err(|why| format!("in the end: {why}"))?;
    Ok(history.book.sights)
}

fn ending(how: How) -> Ending {
    Ending::Says(match how {
        How::Done => Outcome::Done,
        How::Retry => Outcome::Retry("again".into()),
        How::Dead => Outcome::Dead("hopeless".into()),
        How::Cancel => Outcome::Cancel("needless".into()),
        How::Snooze(seconds) => Outcome::Snooze(Duration::from_secs(seconds)),
    })
}

impl History<'_> {
    async fn apply(&mut self, op: &Op) -> Verdict {
        match *op {
            Op::Subscribe(ref wish) => self.subscribe(wish).await,
            Op::Unsubscribe { which } => self.unsubscribe(which).await,
            Op::Publish(ref news) => self.publish(news).await,
            Op::Step { places } => self.round(places).await.map(drop),
            Op::Settle { places } => self.settle(places).await,
            Op::End { which, how } => {
                if let Some(id) = nth(which, self.live.keys()) {
                    self.end(&id, how).await;
                }
                Ok(())
            }
            Op::Run { places } => self.run(places, Nature::end).await,
            Op::Clock { seconds } => {
                self.instance.bare.clock.advance(Duration::from_secs(seconds));
                Ok(())
            }
            Op::Probe => self.probe().await,
            Op::Enable { which } => self.set_enabled(which, true).await,
            Op::Disable { which } => self.set_enabled(which, false).await,
            Op::ByHand { which, act } => self.by_hand(which, act).await,
            Op::Letter { which, is_replayed } => self.letter(which, is_replayed).await,
            Op::Replay { which, to } => self.replay(which, to).await,
            Op::Crash => self.crash().await,
        }
    }

    /// Nothing happened but what the book knows of.
    pub(super) fn unmoved(&mut self) -> Verdict {
        self.take(&self.instance.rows())
    }

    pub(super) fn take(&mut self, rows: &Rows) -> Verdict {
        self.book.assert_held(rows)?;
        self.book.assert_same(rows)?;
        self.take_begun()
    }

    fn take_begun(&mut self) -> Verdict {
        for handler in take_begun(&self.instance.bare.kernel) {
            let id = handler.job.to_string();
            self.book.began(&id, &self.live.keys().cloned().collect())?;
            self.live.insert(id, handler);
        }
        Ok(())
    }

    pub(super) async fn end(&mut self, id: &str, how: How) {
        let handler = self.live.remove(id).expect("it was seen just now");
        handler.end(ending(how));
        breathe().await;
        self.book.ended.push((id.into(), End::Said(how)));
    }

    /// One round of the workers, and what came of it.
    async fn round(&mut self, places: usize) -> Verdict<Report> {
        if self.fault == Some(Fault::BeginsHeld) {
            self.spoil_held("running");
        }
        let now = self.instance.now();
        let (report, _) = self
            .instance
            .bare
            .kernel
            .jobs
            .step(&self.instance.bare.kernel, places)
            .await
            .expect("it is written");
        breathe().await;
        if report == Report::default() && self.book.ended.is_empty() {
            self.take_begun()?;
            return Ok(report);
        }
        self.spoil();
        let rows = self.instance.rows();
        self.book.assert_held(&rows)?;
        let news = self.book.put_down(&rows, now)?;
        self.book.take_told(&rows, news)?;
        self.take(&rows)?;
        Ok(report)
    }

    async fn settle(&mut self, places: usize) -> Verdict {
        for _ in 0..ENOUGH {
            if self.round(places).await? == Report::default() {
                return self.all_put_down();
            }
        }
        Err("the engine does not come to rest".into())
    }

    async fn run(&mut self, places: usize, how: impl Fn(Nature, u32) -> How) -> Verdict {
        for _ in 0..ENOUGH {
            let report = self.round(places).await?;
            if report == Report::default() && self.live.is_empty() {
                return self.all_put_down();
            }
            for id in self.live.keys().cloned().collect::<Vec<_>>() {
                let nature = self.book.events[&self.book.deliveries[&id].event].nature;
                let how = how(nature, self.live[&id].attempt);
                self.end(&id, how).await;
            }
        }
        Err("the engine does not come to rest".into())
    }

    fn all_put_down(&self) -> Verdict {
        ensure(self.book.ended.is_empty(), || format!("nobody puts down {:?}", self.book.ended))
    }

    async fn crash(&mut self) -> Verdict {
        let running = self.book.jobs.iter().filter(|(_, job)| job.state == JobState::Running);
        self.book.ended = running.map(|(id, _)| (id.clone(), End::Restarted)).collect();
        self.book.sights.crashed += self.book.ended.len();
        let handlers = std::mem::take(&mut self.live).into_values().collect();
        self.instance.crash(handlers).await;
        let rows = self.instance.rows();
        let news = self.book.put_down(&rows, self.instance.now())?;
        self.book.take_told(&rows, news)?;
        self.take(&rows)
    }

    pub(super) fn spoil(&self) {
        let statement = match self.fault {
            Some(Fault::ForgetsCounter) => "UPDATE events_all SET open = open + 1 WHERE status = 'delivered'",
            Some(Fault::ForgetsLetter) => {
                "UPDATE dead_letter_groups_all SET letters = letters - 1 WHERE letters > 0"
            }
            Some(Fault::CountsEachAttempt) => {
                "UPDATE subscriptions_all SET failing = json_insert(failing, '$[#]', json_extract(failing, '$[0]'))
                 WHERE in_a_row > json_array_length(failing)"
            }
            Some(Fault::BreaksLine) => "UPDATE deliveries_all SET state = 'pending' WHERE state = 'waiting'",
            _ => return,
        };
        self.instance.force(statement);
    }

    /// Does this to the jobs that are held.
    pub(super) fn spoil_held(&self, state: &str) {
        for (id, delivery) in &self.book.deliveries {
            let is_held = self.book.subscriptions[&delivery.subscription].is(Disabled)
                && self.book.jobs.get(id).is_some_and(|job| job.state == JobState::Ready);
            if is_held {
                self.instance.force(&format!(
                    "UPDATE jobs_all SET state = '{state}', lease = lease + 1 WHERE id = '{id}'"
                ));
            }
        }
    }

    /// Everybody succeeds, and what is held is let go: in the end nothing is left on its way.
    async fn finish(&mut self) -> Verdict {
        for id in self.live.keys().cloned().collect::<Vec<_>>() {
            self.end(&id, How::Done).await;
        }
        for hour in 0..LONG_ENOUGH {
            self.run(4, |_, _| How::Done).await?;
            let is_over = |book: &Book| book.deliveries.values().all(|one| !one.state.is_open());
            if is_over(&self.book) {
                self.instance.clear().await;
                return Ok(());
            }
            self.instance.bare.clock.advance(Duration::from_hours(1));
            if self.book.subscriptions.values().any(|one| one.standing.probe_at.is_some()) {
                self.probe().await?;
            }
            let needs_hand = |one: &Subscription| one.is(Disabled) && one.standing.probe_at.is_none();
            let all: Vec<_> = self
                .book
                .subscriptions
                .iter()
                .filter(|(_, one)| !one.is(Deleted))
                .map(|(_, one)| needs_hand(one))
                .collect();
            for (which, _) in all.iter().enumerate().filter(|(_, needs)| **needs && hour == 0) {
                self.set_enabled(which, true).await?;
            }
        }
        let left: Vec<_> = self.book.deliveries.iter().filter(|(_, one)| one.state.is_open()).collect();
        let waits = left.iter().filter(|(_, one)| one.state == Waiting).count();
        Err(format!("{} do not come to an end, of which {waits} wait: {left:#?}", left.len()))
    }
}
