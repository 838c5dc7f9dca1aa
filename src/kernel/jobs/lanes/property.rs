//! Whatever happens to lanes, in whatever order: no limit is exceeded, no place stays empty while
//! somebody may use it, and lanes that always wait are served alike.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::tests::{NOW, lane};
use super::*;

const TENANT_LIMIT: u32 = 3;

#[derive(Debug, Clone)]
enum Op {
    Add {
        lane: usize,
        jobs: u32,
    },
    /// By hand, and nobody tells the lanes.
    Clear {
        lane: usize,
    },
    Pick {
        jobs: u32,
    },
    Pass {
        lane: usize,
    },
    End {
        lane: usize,
    },
    Pause {
        lane: usize,
        is_paused: bool,
    },
    Limit {
        lane: usize,
        concurrency: Option<u32>,
    },
    /// What a patrol does.
    Forget,
}

fn op() -> impl Strategy<Value = Op> {
    let lane = 0..6usize;
    prop_oneof![
        4 => (lane.clone(), 1..4u32).prop_map(|(lane, jobs)| Op::Add { lane, jobs }),
        1 => lane.clone().prop_map(|lane| Op::Clear { lane }),
        4 => (1..6u32).prop_map(|jobs| Op::Pick { jobs }),
        2 => lane.clone().prop_map(|lane| Op::Pass { lane }),
        4 => lane.clone().prop_map(|lane| Op::End { lane }),
        1 => (lane.clone(), any::<bool>()).prop_map(|(lane, is_paused)| Op::Pause { lane, is_paused }),
        1 => (lane, proptest::option::of(1..3u32))
            .prop_map(|(lane, concurrency)| Op::Limit { lane, concurrency }),
        1 => Just(Op::Forget),
    ]
}

#[derive(Debug, Default, Clone)]
struct Truth {
    ready: u32,
    running: u32,
    rules: Rules,
}

/// Lanes, and beside them what is true of them.
struct World {
    lanes: Lanes,
    truth: Vec<Truth>,
}

fn key(index: usize) -> LaneKey {
    lane(index as i64 / 2 + 1, ["a", "b"][index % 2])
}

impl World {
    fn new() -> Self {
        Self { lanes: Lanes::new(TENANT_LIMIT), truth: vec![Truth::default(); 6] }
    }

    fn tenant_runs(&self, index: usize) -> u32 {
        let first = index / 2 * 2;
        self.truth[first].running + self.truth[first + 1].running
    }

    fn has_room(&self, index: usize) -> bool {
        let Truth { running, rules, .. } = &self.truth[index];
        !rules.is_paused
            && rules.concurrency.is_none_or(|most| *running < most)
            && self.tenant_runs(index) < TENANT_LIMIT
    }

    fn begins(&mut self, index: usize) {
        assert!(self.has_room(index), "lane {index} is beyond a limit: {:?}", self.truth);
        self.truth[index].running += 1;
    }

    fn rules(&mut self, index: usize, change: impl FnOnce(&mut Rules)) {
        change(&mut self.truth[index].rules);
        self.lanes.set_rules(&key(index), self.truth[index].rules);
    }

    fn pick(&mut self, mut places: u32) {
        loop {
            let picks = self.lanes.pick(places, false, NOW);
            if picks.is_empty() {
                break;
            }
            for pick in &picks {
                let index = (0..6).find(|index| key(*index) == pick.lane).expect("a known lane");
                let found = pick.jobs.min(self.truth[index].ready);
                (0..found).for_each(|_| self.begins(index));
                self.truth[index].ready -= found;
                self.lanes.picked(pick, found);
                places -= found;
            }
        }
        let idle = (0..6).find(|index| self.truth[*index].ready > 0 && self.has_room(*index));
        assert!(places == 0 || idle.is_none(), "{idle:?} waits beside free places: {:?}", self.truth);
    }

    fn apply(&mut self, op: &Op) {
        match *op {
            Op::Add { lane, jobs } => {
                self.truth[lane].ready += jobs;
                self.lanes.ring(&key(lane));
            }
            Op::Clear { lane } => self.truth[lane].ready = 0,
            Op::Pick { jobs } => self.pick(jobs),
            Op::Pass { lane } => {
                if self.lanes.pass(&key(lane), NOW) {
                    self.begins(lane);
                    assert_eq!(self.truth[lane].ready, 0, "it overtook its own lane");
                }
            }
            Op::End { lane } => {
                if self.truth[lane].running > 0 {
                    self.truth[lane].running -= 1;
                    self.lanes.end(&key(lane));
                }
            }
            Op::Pause { lane, is_paused } => self.rules(lane, |rules| rules.is_paused = is_paused),
            Op::Limit { lane, concurrency } => self.rules(lane, |rules| rules.concurrency = concurrency),
            Op::Forget => self.lanes.forget_all_but(&(0..6).map(|lane| key(lane).0).collect(), NOW),
        }
    }
}

/// How often each lane that waits was served, and how often each of two had been when they met.
#[derive(Default)]
struct Served {
    times: BTreeMap<i64, i64>,
    met: BTreeMap<(i64, i64), i64>,
}

impl Served {
    fn join(&mut self, tenant: i64) -> bool {
        if self.times.contains_key(&tenant) {
            return false;
        }
        for (other, times) in &self.times {
            self.met.insert((tenant, *other), -times);
        }
        self.times.insert(tenant, 0);
        true
    }

    fn leave(&mut self, tenant: i64) -> bool {
        self.met.retain(|(one, other), _| *one != tenant && *other != tenant);
        self.times.remove(&tenant).is_some()
    }

    fn count(&mut self, tenant: i64, times: u32) {
        *self.times.get_mut(&tenant).expect("it waits") += i64::from(times);
    }

    /// No two that wait together differ by more than one turn on either side of the moment they met.
    fn assert_alike(&self) {
        for ((one, other), at_meeting) in &self.met {
            let ahead = self.times[one] - self.times[other] - at_meeting;
            assert!(ahead.abs() <= 2, "{one} is {ahead} turns ahead of {other}: {:?}", self.times);
        }
    }
}

#[derive(Debug, Clone)]
enum Turn {
    Join(i64),
    Leave(i64),
    Pick(u32),
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        1 => (1..6i64).prop_map(Turn::Join),
        1 => (1..6i64).prop_map(Turn::Leave),
        4 => (1..9u32).prop_map(Turn::Pick),
    ]
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) }
}

proptest! {
    #![proptest_config(cases(10_000))]

    #[test]
    fn no_limit_is_exceeded_and_no_place_stays_empty(ops in vec(op(), 1..30)) {
        let mut world = World::new();
        ops.iter().for_each(|op| world.apply(op));
    }
}

proptest! {
    #![proptest_config(cases(10_000))]

    #[test]
    fn who_always_waits_is_served_like_the_others_and_a_newcomer_within_one_round(
        turns in vec(turn(), 1..30),
    ) {
        let mut lanes = Lanes::new(u32::MAX);
        let mut served = Served::default();
        for turn in turns {
            match turn {
                Turn::Join(tenant) => {
                    if served.join(tenant) {
                        lanes.ring(&lane(tenant, "a"));
                    }
                }
                Turn::Leave(tenant) => {
                    served.leave(tenant);
                }
                Turn::Pick(jobs) => {
                    for pick in lanes.pick(jobs, false, NOW) {
                        let tenant = pick.lane.0.get();
                        // One that left is found out by its next pick.
                        match served.times.contains_key(&tenant) {
                            true => {
                                served.count(tenant, pick.jobs);
                                (0..pick.jobs).for_each(|_| lanes.end(&pick.lane));
                            }
                            false => lanes.picked(&pick, 0),
                        }
                    }
                    served.assert_alike();
                }
            }
        }
    }
}
