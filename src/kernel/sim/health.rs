//! How subscriptions must stand: their state and what failed, kept from the attempts alone.

use std::collections::BTreeMap;

use super::rows::{DeliveryRow, JobRow, Key, SubscriptionRow};
use super::shelf::Shelf;
use super::sights::Sights;
use crate::kernel::events::SubscriptionState::{self, Disabled, Enabled, Probing};
use crate::kernel::jobs::JobState;

/// Different events that must fail in a row before their handler is disabled.
const TOO_MANY: usize = 5;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Standing {
    pub state: SubscriptionState,
    pub successes: i64,
    pub failures: i64,
    pub in_a_row: i64,
    pub failing: Vec<Key>,
}

#[derive(Debug, Default)]
pub(super) struct Health {
    standings: BTreeMap<Key, Standing>,
    log: Vec<(Key, Option<Standing>)>,
    mark: usize,
}

impl Standing {
    pub(super) fn of(row: &SubscriptionRow) -> Self {
        Self {
            state: row.state,
            successes: row.successes,
            failures: row.failures,
            in_a_row: row.in_a_row,
            failing: row.failing.clone(),
        }
    }

    /// Its receiver wants nothing more.
    fn refuse(&mut self) {
        self.failures += 1;
        self.in_a_row += 1;
        self.state = Disabled;
    }

    fn enable(&mut self) {
        self.state = Enabled;
        self.in_a_row = 0;
        self.failing.clear();
    }

    fn succeeded(&mut self, sights: &mut Sights) {
        self.successes += 1;
        self.in_a_row = 0;
        self.failing.clear();
        if self.state == Probing {
            sights.recovered += 1;
            self.enable();
        }
    }

    fn failed(&mut self, event: Key, sights: &mut Sights) {
        self.failures += 1;
        self.in_a_row += 1;
        if !self.failing.contains(&event) && self.failing.len() < TOO_MANY {
            self.failing.push(event);
        }
        match self.state {
            Probing => self.state = Disabled,
            Enabled if self.failing.len() >= TOO_MANY => {
                sights.disabled += 1;
                self.state = Disabled;
            }
            _ => {}
        }
    }
}

impl Health {
    pub(super) fn get(&self, key: Key) -> Option<&Standing> {
        self.standings.get(&key)
    }

    fn change(&mut self, key: Key, change: impl FnOnce(&mut Standing)) {
        let Some(standing) = self.standings.get_mut(&key) else { return };
        self.log.push((key, Some(standing.clone())));
        change(standing);
    }

    /// An attempt of a job was put down, which may be a delivery's.
    pub(super) fn attempt_ended(
        &mut self,
        job: Key,
        before: &JobRow,
        after: &JobRow,
        deliveries: &Shelf<DeliveryRow>,
        sights: &mut Sights,
    ) {
        let Some(delivery) = deliveries.get(&job) else { return };
        let is_given_back = after.attempt < before.attempt;
        match after.failure.as_deref() {
            _ if is_given_back => {}
            None if after.state == JobState::Done => {
                self.change(delivery.subscription, |standing| standing.succeeded(sights));
            }
            // They say nothing against the handler.
            Some("process_restarted" | "cancelled") | None => {}
            Some(_) => {
                let event = delivery.event;
                self.change(delivery.subscription, |standing| standing.failed(event, sights));
            }
        }
    }

    /// Takes over what people did.
    pub(super) fn row_changed(
        &mut self,
        key: Key,
        before: Option<&SubscriptionRow>,
        after: Option<&SubscriptionRow>,
        enabling: &[Key],
    ) {
        let Some(after) = after else {
            let old = self.standings.remove(&key);
            return self.log.push((key, old));
        };
        let Some(before) = before else {
            let old = self.standings.insert(key, Standing::of(after));
            return self.log.push((key, old));
        };
        let is_enabled = enabling.contains(&key)
            && after.state == Enabled
            && after.in_a_row == 0
            && after.failing.is_empty();
        if after.is_gone && !before.is_gone {
            self.change(key, Standing::refuse);
        } else if is_enabled {
            self.change(key, Standing::enable);
        } else if after.state != before.state {
            let state = after.state;
            self.change(key, |standing| standing.state = state);
        }
    }

    pub(super) fn mark(&mut self) {
        self.mark = self.log.len();
    }

    pub(super) fn undo_part(&mut self) {
        self.undo_to(self.mark);
    }

    pub(super) fn undo_all(&mut self) {
        self.undo_to(0);
    }

    fn undo_to(&mut self, mark: usize) {
        while self.log.len() > mark {
            let Some((key, before)) = self.log.pop() else { return };
            match before {
                Some(standing) => drop(self.standings.insert(key, standing)),
                None => drop(self.standings.remove(&key)),
            }
        }
        self.mark = mark;
    }

    pub(super) fn commit(&mut self) {
        self.log.clear();
        self.mark = 0;
    }
}
