//! What people do in a history: subscribe, publish, enable, replay, put back.

use std::collections::BTreeSet;

use steading::kernel::events::DeliveryState::{Cancelled, Dead, Discarded, Pending, Replayed};
use steading::kernel::events::SubscriptionState::{Deleted, Probing};
use steading::kernel::jobs::JobState;

use super::book::{Book, End};
use super::handler::Subscription;
use super::history::{Fault, History};
use super::op::{Act, How, News, Wish};
use crate::support::{Verdict, breathe, ensure};

/// One of these, chosen by a number of any size.
pub fn nth<'k, K>(which: usize, mut all: impl ExactSizeIterator<Item = &'k K>) -> Option<K>
where
    K: Clone + 'k,
{
    all.nth(which % all.len().max(1)).cloned()
}

impl History<'_> {
    pub(super) async fn subscribe(&mut self, wish: &Wish) -> Verdict {
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

    pub(super) async fn unsubscribe(&mut self, which: usize) -> Verdict {
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
    pub(super) async fn cancelled(&mut self, id: &str, how: How) {
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

    pub(super) async fn publish(&mut self, news: &News) -> Verdict {
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

    pub(super) async fn probe(&mut self) -> Verdict {
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

    pub(super) async fn set_enabled(&mut self, which: usize, is_enabled: bool) -> Verdict {
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

    pub(super) async fn by_hand(&mut self, which: usize, act: Act) -> Verdict {
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

    pub(super) async fn letter(&mut self, which: usize, is_replayed: bool) -> Verdict {
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

    pub(super) async fn replay(&mut self, which: usize, to: Option<usize>) -> Verdict {
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
}
