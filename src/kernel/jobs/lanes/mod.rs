//! Which job comes next, when many tenants wait: start-time fair queueing over lanes.
//!
//! A lane is one tenant's part of one queue. Each pick moves its lane's tag on by one, and the
//! lane with the lowest tag comes next, so lanes that always wait take turns. A lane that had
//! nothing to do begins at the present, not in the past: it can't save up turns, and it waits for
//! one round of the others at most, however long their queues are. A lane that is paused, at its
//! limit or ahead of its rate leaves the line; nothing has to be moved in the file for that.
//!
//! All of this is in memory and may be wrong about whether a lane has jobs: who picks learns it
//! from the rows and says so. A moment here is `Clock::passed`, so that a clock which is set does not stop a
//! lane for its rate.

mod lane;
#[cfg(test)]
mod property;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

pub(super) use lane::{Hold, LaneView, Pick, Rules};
use lane::{Lane, spacing};

use super::model::QueueName;
use super::waiters::{Asked, Waiters};
use crate::base::db::TenantNo;

pub(super) type LaneKey = (TenantNo, QueueName);

#[derive(Debug)]
pub(super) struct Lanes {
    lanes: HashMap<LaneKey, Lane>,
    /// The queues of which each tenant has a lane: a limit of the tenant holds all of them.
    queues: HashMap<TenantNo, Vec<QueueName>>,
    line: BTreeSet<(u64, LaneKey)>,
    resting: BTreeSet<(Duration, LaneKey)>,
    running: HashMap<TenantNo, u32>,
    present: u64,
    tenant_limit: u32,
    rules_set: u64,
    /// Claims of workers outside, who have no place in the line.
    pub waiters: Waiters,
}

impl Lanes {
    pub(super) fn new(tenant_limit: u32) -> Self {
        Self {
            lanes: HashMap::new(),
            queues: HashMap::new(),
            line: BTreeSet::new(),
            resting: BTreeSet::new(),
            running: HashMap::new(),
            present: 0,
            tenant_limit,
            rules_set: 0,
            waiters: Waiters::default(),
        }
    }

    /// There is something to do in this lane.
    pub(super) fn ring(&mut self, key: &LaneKey) {
        let present = self.present;
        let lane = self.lane(key);
        lane.rung += 1;
        lane.nothing_to_spare = false;
        if !lane.has_ready {
            lane.has_ready = true;
            lane.tag = lane.tag.max(present);
        }
        self.refresh(key);
    }

    /// How often rules were set, to tell whether what was read of them is still so.
    pub(super) fn rules_set(&self) -> u64 {
        self.rules_set
    }

    pub(super) fn set_rules(&mut self, key: &LaneKey, rules: Rules) {
        self.rules_set += 1;
        let lane = self.lane(key);
        lane.rules = rules;
        if let Some(until) = lane.rests_until.take() {
            self.resting.remove(&(until, key.clone()));
        }
        self.refresh(key);
    }

    pub(super) fn rules(&self, key: &LaneKey) -> Rules {
        self.lanes.get(key).map_or_else(Rules::default, |lane| lane.rules)
    }

    /// Picks up to `jobs`, in the order in which they are due.
    pub(super) fn pick(&mut self, mut jobs: u32, is_ahead: bool, now: Duration) -> Vec<Pick> {
        self.wake_rested(now);
        let mut picks: Vec<Pick> = Vec::new();
        let mut spared = Vec::new();
        while jobs > 0
            && let Some((_, key)) = self.line.pop_first()
        {
            let is_held = self.hold(&key).is_some();
            let lane = self.lane(&key);
            lane.place = None;
            // Another lane took its tenant's last place; this one comes back when a job ends.
            if is_held {
                continue;
            }
            if is_ahead && lane.nothing_to_spare {
                spared.push(key);
                continue;
            }
            let (tag, rung) = (lane.tag, lane.rung);
            self.present = self.present.max(tag);
            self.begin(&key, now);
            match picks.iter_mut().find(|pick| pick.lane == key) {
                Some(pick) => pick.jobs += 1,
                None => picks.push(Pick { lane: key.clone(), jobs: 1, is_ahead, is_whole: true, rung }),
            }
            self.refresh(&key);
            jobs -= 1;
        }
        for key in spared {
            self.refresh(&key);
        }
        picks
    }

    /// Picks up to `jobs` for a worker outside, from the lanes that he asks, which take turns.
    pub(super) fn pick_outside(
        &mut self,
        asked: &[Asked],
        mut jobs: u32,
        is_whole: bool,
        now: Duration,
    ) -> Vec<Pick> {
        self.wake_rested(now);
        for (key, _) in asked {
            self.lane(key).asked_at = Some(now);
        }
        let mut picks: Vec<Pick> = Vec::new();
        while jobs > 0
            && let Some(key) = self.next_outside(asked)
        {
            let rung = self.lane(&key).rung;
            self.begin(&key, now);
            match picks.iter_mut().find(|pick| pick.lane == key) {
                Some(pick) => pick.jobs += 1,
                None => picks.push(Pick { lane: key, jobs: 1, is_ahead: false, is_whole, rung }),
            }
            jobs -= 1;
        }
        picks
    }

    fn next_outside(&self, asked: &[Asked]) -> Option<LaneKey> {
        let gives = |(key, seen): &&Asked| {
            let lane = self.lanes.get(key);
            lane.is_some_and(|lane| lane.has_ready && lane.rules.is_outside && lane.rung > *seen)
                && self.hold(key).is_none()
        };
        let next = asked.iter().filter(gives).min_by_key(|(key, _)| self.lanes[key].tag);
        next.map(|(key, _)| key.clone())
    }

    /// Leaves it to another to ask the lanes that a waiter was woken for.
    pub(super) fn pass_on(&mut self, asked: &[Asked]) {
        asked.iter().for_each(|(key, _)| self.refresh(key));
    }

    /// Takes one place in a lane for a job that begins without waiting in line, when nothing else
    /// waits there, nothing keeps it, and it is its turn.
    pub(super) fn pass(&mut self, key: &LaneKey, now: Duration) -> bool {
        let waits = self.lanes.get(key).is_some_and(|lane| lane.has_ready || lane.rules.is_outside);
        if waits || self.hold(key).is_some() {
            return false;
        }
        let present = self.present;
        let lane = self.lane(key);
        lane.tag = lane.tag.max(present);
        let tag = lane.tag;
        if self.line.first().is_some_and(|(first, _)| *first < tag) {
            return false;
        }
        self.begin(key, now);
        self.refresh(key);
        true
    }

    /// What came of a pick: how many jobs it found.
    pub(super) fn picked(&mut self, pick: &Pick, found: u32) {
        let missing = pick.jobs.saturating_sub(found);
        if missing == 0 {
            // There may be more for the next who waits.
            return self.refresh(&pick.lane);
        }
        let lane = self.lane(&pick.lane);
        if lane.rung == pick.rung {
            match pick.is_ahead {
                true => lane.nothing_to_spare = true,
                false => lane.has_ready &= !pick.is_whole,
            }
        }
        for _ in 0..missing {
            self.end(&pick.lane);
        }
    }

    /// A job of this lane runs no more.
    pub(super) fn end(&mut self, key: &LaneKey) {
        let lane = self.lane(key);
        lane.running = lane.running.saturating_sub(1);
        let limit = self.tenant_limit;
        let running = self.running.entry(key.0).or_default();
        let was_full = *running >= limit;
        *running = running.saturating_sub(1);
        if *running == 0 {
            self.running.remove(&key.0);
        }
        match was_full {
            false => self.refresh(key),
            true => {
                let of_tenant = self.queues.get(&key.0).cloned().unwrap_or_default();
                of_tenant.into_iter().for_each(|queue| self.refresh(&(key.0, queue)));
            }
        }
    }

    /// A job of this lane runs already, such as one that an outside worker holds over a restart.
    pub(super) fn count_running(&mut self, key: &LaneKey) {
        self.lane(key).running += 1;
        *self.running.entry(key.0).or_default() += 1;
        self.refresh(key);
    }

    /// Forgets tenants that are gone.
    pub(super) fn forget_all_but(&mut self, known: &HashSet<TenantNo>) {
        self.lanes.retain(|key, _| known.contains(&key.0));
        self.queues.retain(|tenant, _| known.contains(tenant));
        self.line.retain(|(_, key)| known.contains(&key.0));
        self.resting.retain(|(_, key)| known.contains(&key.0));
        self.running.retain(|tenant, _| known.contains(tenant));
        self.waiters.forget_all_but(known);
    }

    pub(super) fn view(&self, key: &LaneKey) -> LaneView {
        self.lanes.get(key).map_or_else(LaneView::default, |lane| LaneView {
            rules: lane.rules,
            running: lane.running,
            rests_until: lane.rests_until,
            asked_at: lane.asked_at,
        })
    }

    pub(super) fn tenant_running(&self, tenant: TenantNo) -> u32 {
        self.running.get(&tenant).copied().unwrap_or_default()
    }

    pub(super) fn tenant_limit(&self) -> u32 {
        self.tenant_limit
    }

    pub(super) fn hold(&self, key: &LaneKey) -> Option<Hold> {
        let lane = self.lanes.get(key);
        let (rules, running) = lane.map_or((Rules::default(), 0), |lane| (lane.rules, lane.running));
        if rules.is_paused {
            return Some(Hold::Paused);
        }
        if rules.concurrency.is_some_and(|most| running >= most) {
            return Some(Hold::Full);
        }
        if self.running.get(&key.0).is_some_and(|running| *running >= self.tenant_limit) {
            return Some(Hold::TenantFull);
        }
        lane.and_then(|lane| lane.rests_until).map(|_| Hold::Rate)
    }

    /// When the next lane has rested long enough for its rate.
    pub(super) fn next_rested(&self) -> Option<Duration> {
        self.resting.first().map(|(until, _)| *until)
    }

    /// Whether some lane may give a job now.
    pub(super) fn has_any(&self) -> bool {
        !self.line.is_empty()
    }

    fn lane(&mut self, key: &LaneKey) -> &mut Lane {
        if !self.lanes.contains_key(key) {
            self.lanes.insert(key.clone(), Lane::default());
            self.queues.entry(key.0).or_default().push(key.1.clone());
        }
        self.lanes.get_mut(key).expect("it was inserted just now")
    }

    fn begin(&mut self, key: &LaneKey, now: Duration) {
        let lane = self.lane(key);
        lane.tag += 1;
        lane.running += 1;
        if let Some(rate) = lane.rules.rate {
            let until = now + spacing(rate);
            lane.rests_until = Some(until);
            self.resting.insert((until, key.clone()));
        }
        *self.running.entry(key.0).or_default() += 1;
    }

    pub(super) fn wake_rested(&mut self, now: Duration) {
        while let Some((until, _)) = self.resting.first()
            && *until <= now
        {
            let (_, key) = self.resting.pop_first().expect("it was seen just now");
            self.lane(&key).rests_until = None;
            self.refresh(&key);
        }
    }

    /// Puts a lane in its place in the line, or takes it out. One that workers outside serve wakes
    /// one of them instead.
    fn refresh(&mut self, key: &LaneKey) {
        let may = self.hold(key).is_none();
        let lane = self.lane(key);
        if lane.rules.is_outside && may && lane.has_ready {
            let rung = lane.rung;
            self.waiters.wake(key, rung);
        }
        let lane = self.lane(key);
        let place = (may && lane.has_ready && !lane.rules.is_outside).then_some(lane.tag);
        if place == lane.place {
            return;
        }
        let old = std::mem::replace(&mut lane.place, place);
        if let Some(tag) = old {
            self.line.remove(&(tag, key.clone()));
        }
        if let Some(tag) = place {
            self.line.insert((tag, key.clone()));
        }
    }
}
