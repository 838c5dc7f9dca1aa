//! The book: what must be true of every event, delivery and handler, kept without the bus's help. It
//! takes from the rows only which jobs the engine chose to run, and in which order new rows came.

use std::collections::{BTreeMap, BTreeSet};

use steading::kernel::events::DeliveryState::{self, Cancelled, Dead, Delivered, Failing, Pending, Waiting};
use steading::kernel::events::SubscriptionState::{Disabled, Probing};
use steading::kernel::jobs::JobState;

use super::counted::{assert_carried, assert_counted, same};
use super::handler::{Sights, Subscription, TOO_MANY};
use super::instance::{DeliveryRow, EventRow, JobRow, Rows};
use super::op::{How, Nature};
use crate::support::{Verdict, ensure};

const DEAD: &str = "delivery.dead";
const DISABLED: &str = "handler.disabled";

#[derive(Debug, Clone)]
pub struct Event {
    pub tenant: usize,
    pub event_type: String,
    pub subject: Option<String>,
    pub nature: Nature,
}

#[derive(Debug, Clone)]
pub struct Delivery {
    pub tenant: usize,
    pub event: String,
    pub subscription: String,
    pub ordered_by: Option<String>,
    pub replay_of: Option<String>,
    pub state: DeliveryState,
    pub attempts: u32,
    /// Somebody put its job back, so it is in no line any more.
    pub is_by_hand: bool,
    pub has_begun: bool,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Said(How),
    Restarted,
}

/// What an attempt says about its handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Success,
    Failure,
    Nothing,
}

/// What the bus must tell of by an event of its own: what happened, and to which.
type News = (&'static str, String);

#[derive(Debug, Default)]
pub struct Book {
    pub subscriptions: BTreeMap<String, Subscription>,
    pub events: BTreeMap<String, Event>,
    pub deliveries: BTreeMap<String, Delivery>,
    /// Events by tenant and key.
    pub keys: BTreeMap<(usize, u8), String>,
    /// Attempts that ended and are not put down yet.
    pub ended: Vec<(String, End)>,
    /// As they were last seen.
    pub jobs: BTreeMap<String, JobRow>,
    pub sights: Sights,
}

impl Delivery {
    /// Of the deliveries of an ordered subscription about one subject.
    fn line(&self) -> Option<(&str, &str)> {
        self.ordered_by.as_deref().map(|subject| (&*self.subscription, subject))
    }
}

impl Book {
    pub fn wanting(&self, tenant: usize, event_type: &str) -> BTreeSet<String> {
        let wanting = self.subscriptions.iter().filter(|(_, one)| one.wants(tenant, event_type));
        wanting.map(|(id, _)| id.clone()).collect()
    }

    /// The last delivery of an event to a subscription.
    pub fn last_of(&self, event: &str, subscription: &str) -> Option<String> {
        let of = |one: &Delivery| one.event == event && one.subscription == subscription;
        self.deliveries.iter().rev().find(|(_, one)| of(one)).map(|(id, _)| id.clone())
    }

    /// Puts down what ended, and gives back what the bus must tell of.
    pub fn put_down(&mut self, rows: &Rows, now: i64) -> Verdict<Vec<News>> {
        let mut news = Vec::new();
        for (id, end) in std::mem::take(&mut self.ended) {
            let job = self.jobs.get(&id).ok_or_else(|| format!("{id} ended and has no job"))?;
            let is_same = |row: &&JobRow| row.state == JobState::Running && row.lease == job.lease;
            if rows.jobs.get(&id).filter(is_same).is_some() {
                self.ended.push((id, end));
                continue;
            }
            let delivery = self.deliveries.get_mut(&id).ok_or_else(|| format!("{id} is unknown"))?;
            let is_last = job.attempt >= job.max_attempts;
            let (state, word) = match end {
                End::Said(How::Done) => (Delivered, Word::Success),
                End::Said(How::Dead) => (Dead, Word::Failure),
                End::Said(How::Cancel) => (Cancelled, Word::Nothing),
                _ if job.is_cancel_asked => (Cancelled, Word::Nothing),
                End::Said(How::Snooze(_)) => (delivery.state, Word::Nothing),
                End::Said(How::Retry) => (if is_last { Dead } else { Failing }, Word::Failure),
                End::Restarted => (if is_last { Dead } else { Failing }, Word::Nothing),
            };
            let is_given_back = matches!(end, End::Said(How::Snooze(_))) && state.is_open();
            delivery.attempts += u32::from(!is_given_back);
            delivery.state = state;
            let event = &self.events[&delivery.event];
            if state == Dead {
                self.sights.dead += 1;
                if event.event_type != DEAD {
                    news.push((DEAD, id.clone()));
                }
            }
            let subscription = self.subscriptions.get_mut(&delivery.subscription).expect("it is in the book");
            match word {
                Word::Success => subscription.succeeded(&mut self.sights),
                Word::Failure if subscription.failed(&delivery.event, now, &mut self.sights) => {
                    news.push((DISABLED, delivery.subscription.clone()));
                }
                Word::Failure | Word::Nothing => {}
            }
        }
        Ok(news)
    }

    /// New events are those that the bus had to tell of, and they go to whoever listens.
    pub fn take_told(&mut self, rows: &Rows, mut news: Vec<News>) -> Verdict {
        for (id, row) in &rows.events {
            if self.events.contains_key(id) {
                continue;
            }
            let about = match &*row.event_type {
                DEAD => row.payload["deliveryId"].as_str(),
                _ => row.payload["subscriptionId"].as_str(),
            };
            let expected = |(what, whom): &News| *what == row.event_type && Some(&**whom) == about;
            let place = news.iter().position(expected);
            news.remove(place.ok_or_else(|| format!("nobody published {id}: {row:?}"))?);
            self.take_event(rows, id, Nature::Good)?;
        }
        ensure(news.is_empty(), || format!("the bus does not tell of {news:?}"))
    }

    /// An event that was published, and its first deliveries; gives back how many they are.
    pub fn take_event(&mut self, rows: &Rows, id: &str, nature: Nature) -> Verdict<usize> {
        let row = rows.events.get(id).ok_or_else(|| format!("the event {id} is lost at once"))?;
        let EventRow { tenant, event_type, subject, .. } = row.clone();
        let wanting = self.wanting(tenant, &event_type);
        self.events.insert(id.into(), Event { tenant, event_type, subject, nature });
        let wanted = wanting.iter().map(|one| (one.clone(), None)).collect();
        self.take_deliveries(rows, id, wanted)?;
        Ok(wanting.len())
    }

    /// An event has these new deliveries: to whom, and which they repeat.
    pub fn take_deliveries(
        &mut self,
        rows: &Rows,
        event: &str,
        wanted: BTreeSet<(String, Option<String>)>,
    ) -> Verdict {
        let is_new = |id: &String, row: &DeliveryRow| row.event == event && !self.deliveries.contains_key(id);
        let new: Vec<(&String, &DeliveryRow)> =
            rows.deliveries.iter().filter(|(id, row)| is_new(id, row)).collect();
        let found: BTreeSet<_> =
            new.iter().map(|(_, row)| (row.subscription.clone(), row.replay_of.clone())).collect();
        same(&found, &wanted, || format!("new deliveries of {event}"))?;
        same(&new.len(), &wanted.len(), || format!("the number of new deliveries of {event}"))?;
        for (id, row) in new {
            ensure(row.attempts == 0 && matches!(row.state, Waiting | Pending), || {
                format!("{id} is new: {row:?}")
            })?;
            let subject = &self.events[event].subject;
            let is_ordered = self.subscriptions[&row.subscription].wish.is_ordered;
            let expected = subject.clone().filter(|_| is_ordered);
            same(&row.ordered_by, &expected, || format!("what {id} is ordered by"))?;
            self.sights.waited += usize::from(row.state == Waiting);
            let delivery = Delivery {
                tenant: row.tenant,
                event: event.into(),
                subscription: row.subscription.clone(),
                ordered_by: row.ordered_by.clone(),
                replay_of: row.replay_of.clone(),
                state: row.state,
                attempts: 0,
                is_by_hand: false,
                has_begun: false,
            };
            self.deliveries.insert(id.clone(), delivery);
        }
        Ok(())
    }

    /// A handler began.
    pub fn began(&mut self, id: &str, live: &BTreeSet<String>) -> Verdict {
        ensure(!live.contains(id), || format!("{id} began twice"))?;
        let delivery = self.deliveries.get(id).ok_or_else(|| format!("{id} began and is unknown"))?;
        ensure(matches!(delivery.state, Pending | Failing), || format!("{id} began: {delivery:?}"))?;
        if let (Some(line), false) = (delivery.line(), delivery.is_by_hand) {
            let of_line = || self.deliveries.iter().filter(|(_, one)| one.line() == Some(line));
            let beside = of_line().find(|(other, one)| live.contains(*other) && !one.is_by_hand);
            ensure(beside.is_none(), || format!("{id} began beside {beside:?}"))?;
            let overtaken = of_line().find(|(other, one)| {
                one.has_begun && !one.is_by_hand && !delivery.has_begun && other.as_str() > id
            });
            ensure(overtaken.is_none(), || format!("{id} began after {overtaken:?}"))?;
        }
        self.deliveries.get_mut(id).expect("it was seen just now").has_begun = true;
        Ok(())
    }

    /// Nothing that is held was claimed, but one at a time of a handler that is probed.
    pub fn assert_held(&mut self, rows: &Rows) -> Verdict {
        for (id, subscription) in &self.subscriptions {
            let jobs = || {
                let of = |job: &str| self.deliveries.get(job).is_some_and(|one| one.subscription == *id);
                rows.jobs.iter().filter(move |(job, _)| of(job))
            };
            let is_claimed =
                |job: &String, row: &JobRow| self.jobs.get(job).map_or(0, |old| old.lease) < row.lease;
            let claimed = || jobs().find(|(job, row)| is_claimed(job, row));
            match subscription.standing.state {
                Disabled => {
                    ensure(claimed().is_none(), || {
                        format!("{:?} of {id} is held and was claimed", claimed())
                    })?;
                    self.sights.held += jobs().filter(|(_, row)| row.state == JobState::Ready).count();
                }
                Probing if claimed().is_some() => {
                    let running = jobs().filter(|(_, row)| row.state == JobState::Running).count();
                    ensure(running == 1, || format!("{running} run of {id}, which is probed"))?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The rows are what the book says.
    pub fn assert_same(&mut self, rows: &Rows) -> Verdict {
        for (id, subscription) in &self.subscriptions {
            let mut expected = subscription.standing.clone();
            expected.failing.truncate(TOO_MANY);
            let found = rows.subscriptions.get(id).ok_or_else(|| format!("{id} is lost"))?;
            same(found, &expected, || format!("the subscription {id}"))?;
        }
        same(&rows.events.len(), &self.events.len(), || "events".into())?;
        same(&rows.deliveries.len(), &self.deliveries.len(), || "deliveries".into())?;
        for (id, delivery) in &mut self.deliveries {
            let row = rows.deliveries.get(id).ok_or_else(|| format!("{id} is lost: {delivery:?}"))?;
            if (delivery.state, row.state) == (Waiting, Pending) {
                delivery.state = Pending;
            }
            let said = (row.state, row.attempts, &row.event, &row.replay_of);
            let expected = (delivery.state, delivery.attempts, &delivery.event, &delivery.replay_of);
            same(&said, &expected, || format!("the delivery {id}"))?;
            assert_carried(id, row.state, rows.jobs.get(id))?;
        }
        self.assert_lines()?;
        assert_counted(rows)?;
        self.jobs = rows.jobs.clone();
        Ok(())
    }

    /// Of each line the oldest does not wait, and no other is on its way unless somebody put it back.
    fn assert_lines(&self) -> Verdict {
        let mut lines: BTreeMap<_, Vec<(&String, &Delivery)>> = BTreeMap::new();
        for (id, delivery) in self.deliveries.iter().filter(|(_, one)| one.state.is_open()) {
            if let Some(line) = delivery.line() {
                lines.entry(line).or_default().push((id, delivery));
            }
        }
        for line in lines.into_values() {
            ensure(line[0].1.state != Waiting, || format!("{:?} waits for nothing", line[0]))?;
            let begun = line.iter().filter(|(_, one)| one.state != Waiting && !one.is_by_hand);
            ensure(begun.count() <= 1, || format!("several of a line are on their way: {line:?}"))?;
        }
        Ok(())
    }
}
