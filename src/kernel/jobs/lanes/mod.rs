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
mod line;
#[cfg(test)]
mod property;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

pub(super) use lane::{Hold, LaneView, Pick, Rules};
use lane::{Lane, spacing};
use line::Line;

use super::model::QueueName;
use super::waiters::{Asked, Waiters};
use crate::base::db::TenantNo;

pub(super) type LaneKey = (TenantNo, QueueName);

/// Lanes of one tenant with nothing to spare at which a pick looks before it goes on to other tenants.
const MOST_SPARED: u32 = 8;

/// So long it is remembered that a worker asked for the jobs of a lane.
const ASKED: Duration = Duration::from_hours(1);

#[derive(Debug)]
pub(super) struct Lanes {
    lanes: HashMap<LaneKey, Lane>,
    line: Line,
    resting: BTreeSet<(Duration, LaneKey)>,
    present: u64,
    rules_set: u64,
    /// Claims of workers outside, who have no place in the line.
    pub waiters: Waiters,
}

impl Lanes {
    pub(super) fn new(tenant_limit: u32) -> Self {
        Self {
            lanes: HashMap::new(),
            line: Line::new(tenant_limit),
            resting: BTreeSet::new(),
            present: 0,
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
        let mut spared: HashMap<TenantNo, Vec<LaneKey>> = HashMap::new();
        while jobs > 0
            && let Some((_, key)) = self.line.first().cloned()
        {
            let lane = self.lane(&key);
            if is_ahead && lane.nothing_to_spare {
                let old = lane.place.take();
                let of_tenant = spared.entry(key.0).or_default();
                of_tenant.push(key.clone());
                let is_enough = count(of_tenant.len()) >= MOST_SPARED;
                self.line.place(&key, old, None);
                if is_enough {
                    self.line.pass_over(key.0);
                }
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
        for key in spared.into_values().flatten() {
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
        let was_full = self.line.is_full(key.0);
        self.line.end(key.0);
        self.refresh(key);
        if was_full {
            // A place for whichever lane of the tenant workers outside wait for.
            self.waiters.lanes_of(key.0).iter().for_each(|lane| self.refresh(lane));
        }
    }

    /// A job of this lane runs already, such as one that an outside worker holds over a restart.
    pub(super) fn count_running(&mut self, key: &LaneKey) {
        self.lane(key).running += 1;
        self.line.begin(key.0);
        self.refresh(key);
    }

    /// Forgets tenants that are gone, and lanes of which there is nothing to remember.
    pub(super) fn forget_all_but(&mut self, known: &HashSet<TenantNo>, now: Duration) {
        self.lanes.retain(|key, lane| known.contains(&key.0) && !lane.is_forgettable(now));
        self.line.forget_all_but(known);
        self.resting.retain(|(_, key)| known.contains(&key.0));
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
        self.line.running(tenant)
    }

    pub(super) fn tenant_limit(&self) -> u32 {
        self.line.limit()
    }

    /// Why a lane gives no job at the moment.
    pub(super) fn hold(&self, key: &LaneKey) -> Option<Hold> {
        let own = self.lanes.get(key).and_then(Lane::hold);
        let of_tenant = || self.line.is_full(key.0).then_some(Hold::TenantFull);
        own.filter(|hold| *hold != Hold::Rate).or_else(of_tenant).or(own)
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
        self.line.begin(key.0);
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
        let is_full = self.line.is_full(key.0);
        let lane = self.lane(key);
        let may = lane.has_ready && lane.hold().is_none();
        let (is_outside, rung) = (lane.rules.is_outside, lane.rung);
        let place = (may && !is_outside).then_some(lane.tag);
        let old = std::mem::replace(&mut lane.place, place);
        if old != place {
            self.line.place(key, old, place);
        }
        if may && is_outside && !is_full {
            self.waiters.wake(key, rung);
        }
    }
}

fn count(many: usize) -> u32 {
    many.try_into().unwrap_or(u32::MAX)
}
