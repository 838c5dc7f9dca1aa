//! One history, played on the instance and in the book at once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use steading::kernel::events::DeliveryState::{Cancelled, Dead, Discarded, Pending, Replayed, Waiting};
use steading::kernel::events::SubscriptionState::{Deleted, Disabled, Probing};
use steading::kernel::jobs::{JobState, Outcome, Report};

use super::book::{Book, End, Sights, Subscription};
use super::instance::{Instance, Rows};
use super::op::{Act, How, Nature, News, Op, Wish};
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

struct History<'i> {
    instance: &'i mut Instance,
    book: Book,
    /// The handlers that wait for their end.
    live: BTreeMap<String, Began>,
    fault: Option<Fault>,
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

/// One of these, chosen by a number of any size.
fn nth<'k, K>(which: usize, mut all: impl ExactSizeIterator<Item = &'k K>) -> Option<K>
where
    K: Clone + 'k,
{
    all.nth(which % all.len().max(1)).cloned()
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
    fn unmoved(&mut self) -> Verdict {
        self.take(&self.instance.rows())
    }

    fn take(&mut self, rows: &Rows) -> Verdict {
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

    async fn end(&mut self, id: &str, how: How) {
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

    async fn subscribe(&mut self, wish: &Wish) -> Verdict {
        let is_same = |one: &Subscription| {
            (one.wish.tenant, one.wish.slot) == (wish.tenant, wish.slot) && !one.is(Deleted)
        };
        let is_taken = self.book.subscriptions.values().any(is_same);
        let made = self.instance.subscribe(wish).await;
        ensure(made.is_none() == is_taken, || format!("made {made:?}"))?;
        if let Some(id) = made {
            self.book.subscriptions.insert(id, Subscription::new(wish));
        }
        self.unmoved()
    }

    fn choose(&self, which: usize) -> Option<String> {
        let all: Vec<_> = self.book.subscriptions.iter().filter(|(_, one)| !one.is(Deleted)).collect();
        nth(which, all.iter().map(|(id, _)| *id))
    }

    async fn unsubscribe(&mut self, which: usize) -> Verdict {
        let Some(id) = self.choose(which) else { return Ok(()) };
        let one = self.book.subscriptions.get_mut(&id).expect("it was seen just now");
        self.instance.unsubscribe(one.wish.tenant, &id).await;
        one.standing.state = Deleted;
        one.standing.probe_at = None;
        let open = |book: &Book| {
            let of = book.deliveries.iter().filter(|(_, one)| one.subscription == id && one.state.is_open());
            of.map(|(id, _)| id.clone()).collect::<Vec<_>>()
        };
        for delivery in open(&self.book) {
            self.cancelled(&delivery, How::Retry).await;
        }
        self.unmoved()
    }

    /// Somebody cancelled a delivery that is not over. When its handler is at it, it ends like this.
    async fn cancelled(&mut self, id: &str, how: How) {
        let is_running = self.book.jobs.get(id).is_some_and(|job| job.state == JobState::Running);
        if !is_running {
            self.book.deliveries.get_mut(id).expect("it is in the book").state = Cancelled;
        } else if self.live.contains_key(id) {
            self.end(id, how).await;
        } else if self.book.ended.iter().all(|(ended, _)| ended != id) {
            // It was claimed, and never begins.
            self.book.ended.push((id.into(), End::Said(How::Retry)));
        }
    }

    async fn publish(&mut self, news: &News) -> Verdict {
        let published = self.instance.publish(news).await;
        breathe().await;
        self.spoil();
        let rows = self.instance.rows();
        for (number, (id, deliveries, is_duplicate)) in published.into_iter().enumerate() {
            let key = news.key.filter(|_| number == 0).map(|key| (news.tenant, key));
            let first = key.and_then(|key| self.book.keys.get(&key));
            ensure(is_duplicate == first.is_some() && first.is_none_or(|first| *first == id), || {
                format!("{id} ({is_duplicate}) for {first:?}")
            })?;
            if is_duplicate {
                self.book.sights.repeated += 1;
                continue;
            }
            let made = self.book.take_event(&rows, &id, news.nature)?;
            ensure(made == deliveries, || format!("{id} says it has {deliveries} deliveries"))?;
            if let Some(key) = key {
                self.book.keys.insert(key, id);
            }
        }
        self.take(&rows)
    }

    async fn probe(&mut self) -> Verdict {
        let (now, mut due) = (self.instance.now(), 0);
        for one in self.book.subscriptions.values_mut() {
            if one.standing.probe_at.is_some_and(|at| at <= now) {
                one.standing.state = Probing;
                one.standing.probe_at = None;
                one.standing.probes += 1;
                due += 1;
            }
        }
        let probed = self.instance.probe().await;
        ensure(probed == due, || format!("{probed} are probed, {due} are due"))?;
        if due > 0 { self.unmoved() } else { Ok(()) }
    }

    async fn set_enabled(&mut self, which: usize, is_enabled: bool) -> Verdict {
        let Some(id) = self.choose(which) else { return Ok(()) };
        if is_enabled && self.fault == Some(Fault::EnableForgetsHeld) {
            self.spoil_held("cancelled");
        }
        let one = self.book.subscriptions.get_mut(&id).expect("it was seen just now");
        self.instance.set_enabled(one.wish.tenant, &id, is_enabled).await;
        match is_enabled {
            true => one.enable(),
            false => one.disable(),
        }
        self.unmoved()
    }

    async fn by_hand(&mut self, which: usize, act: Act) -> Verdict {
        let Some(id) = nth(which, self.book.jobs.keys()) else { return Ok(()) };
        let (state, tenant) = (self.book.jobs[&id].state, self.book.deliveries[&id].tenant);
        let done = self.instance.by_hand(tenant, &id, act).await;
        breathe().await;
        let expected = match act {
            Act::Retry => !matches!(state, JobState::Running | JobState::Ready),
            Act::RunNow => matches!(state, JobState::Scheduled | JobState::Ready),
            Act::Cancel => !state.is_over(),
            Act::Delete => state != JobState::Running,
        };
        ensure(done == expected, || format!("{id}, {state}: allowed {done}"))?;
        let delivery = self.book.deliveries.get_mut(&id).expect("it is in the book");
        match act {
            Act::Retry if done && state.is_over() => {
                self.book.sights.put_back += 1;
                (delivery.state, delivery.is_by_hand) = (Pending, true);
            }
            Act::Cancel if done => {
                let how = if which.is_multiple_of(2) { How::Done } else { How::Retry };
                self.cancelled(&id, how).await;
            }
            Act::Delete if done && !state.is_over() => delivery.state = Cancelled,
            _ => {}
        }
        self.unmoved()
    }

    async fn letter(&mut self, which: usize, is_replayed: bool) -> Verdict {
        let dead: Vec<_> = self.book.deliveries.iter().filter(|(_, one)| one.state == Dead).collect();
        let Some(id) = nth(which, dead.iter().map(|(id, _)| *id)) else { return Ok(()) };
        let letter = self.book.deliveries.get_mut(&id).expect("it was seen just now");
        let is_gone = self.book.subscriptions[&letter.subscription].is(Deleted);
        let done = self.instance.act_on_letter(letter.tenant, &id, is_replayed).await;
        ensure(done != (is_replayed && is_gone), || format!("{letter:?}: allowed {done}"))?;
        if done {
            letter.state = if is_replayed { Replayed } else { Discarded };
        }
        let rows = self.instance.rows();
        if done && is_replayed {
            self.book.sights.replayed += 1;
            let (event, to) = (letter.event.clone(), letter.subscription.clone());
            self.book.take_deliveries(&rows, &event, BTreeSet::from([(to, Some(id))]))?;
        }
        self.take(&rows)
    }

    async fn replay(&mut self, which: usize, to: Option<usize>) -> Verdict {
        let Some(event) = nth(which, self.book.events.keys()) else { return Ok(()) };
        let (tenant, event_type) =
            (self.book.events[&event].tenant, self.book.events[&event].event_type.clone());
        let to = to
            .and_then(|which| self.choose(which))
            .filter(|id| self.book.subscriptions[id].wish.tenant == tenant);
        let wanting = match &to {
            Some(one) => BTreeSet::from([one.clone()]),
            None => self.book.wanting(tenant, &event_type),
        };
        let mut wanted = BTreeSet::new();
        for one in wanting {
            let old = self.book.last_of(&event, &one);
            if let Some(old) = old.as_ref().and_then(|old| self.book.deliveries.get_mut(old))
                && old.state == Dead
            {
                old.state = Replayed;
            }
            wanted.insert((one, old));
        }
        self.instance.replay(tenant, &event, to.as_deref()).await;
        let rows = self.instance.rows();
        self.book.sights.replayed += wanted.len();
        self.book.take_deliveries(&rows, &event, wanted)?;
        self.take(&rows)
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

    fn spoil(&self) {
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
    fn spoil_held(&self, state: &str) {
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
                self.instance.clear();
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
