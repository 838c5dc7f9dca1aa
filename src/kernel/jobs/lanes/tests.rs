//! Which lane comes next, and what holds one.

use super::*;

pub(super) const NOW: Duration = Duration::from_secs(1_000);

pub(super) fn lane(tenant: i64, queue: &str) -> LaneKey {
    (tenant_no(tenant), queue.parse().expect("a name"))
}

fn tenant_no(number: i64) -> TenantNo {
    use crate::base::db::{Column, Stored};
    TenantNo::read(Stored::Int(number)).expect("a number")
}

/// The tenants in the order of their turns, when every pick finds a job and ends at once.
fn turns(lanes: &mut Lanes, count: usize) -> Vec<i64> {
    let mut order = Vec::new();
    for _ in 0..count {
        for pick in lanes.pick(1, false, NOW) {
            order.push(pick.lane.0.get());
            lanes.end(&pick.lane);
        }
    }
    order
}

#[test]
fn lanes_that_wait_take_turns() {
    let mut lanes = Lanes::new(100);
    for tenant in 1..=3 {
        lanes.ring(&lane(tenant, "a"));
    }
    assert_eq!(turns(&mut lanes, 6), [1, 2, 3, 1, 2, 3]);
}

#[test]
fn a_newcomer_is_next_in_the_round_however_long_another_has_been_served() {
    let mut lanes = Lanes::new(100);
    lanes.ring(&lane(1, "a"));
    assert_eq!(turns(&mut lanes, 1_000).len(), 1_000);
    lanes.ring(&lane(2, "a"));
    let order = turns(&mut lanes, 4);
    assert!(order[..2].contains(&2), "{order:?}");
    assert_eq!(order.iter().filter(|tenant| **tenant == 2).count(), 2);
}

#[test]
fn a_lane_that_turns_out_empty_leaves_unless_news_came_meanwhile() {
    let mut lanes = Lanes::new(100);
    let a = lane(1, "a");
    lanes.ring(&a);
    let pick = lanes.pick(2, false, NOW).remove(0);
    assert_eq!(pick.jobs, 2);
    lanes.ring(&a);
    lanes.picked(&pick, 1);
    assert!(lanes.has_any(), "the news is newer than the pick");
    let pick = lanes.pick(1, false, NOW).remove(0);
    lanes.picked(&pick, 0);
    assert!(!lanes.has_any());
}

#[test]
fn a_limit_holds_a_lane_until_one_ends() {
    let mut lanes = Lanes::new(100);
    let a = lane(1, "a");
    lanes.set_rules(&a, Rules { concurrency: Some(2), ..Rules::default() });
    lanes.ring(&a);
    assert_eq!(lanes.pick(5, false, NOW)[0].jobs, 2);
    assert_eq!(lanes.hold(&a), Some(Hold::Full));
    lanes.end(&a);
    assert_eq!(lanes.pick(5, false, NOW)[0].jobs, 1);
}

#[test]
fn a_tenant_at_its_limit_holds_all_its_lanes_and_no_other() {
    let mut lanes = Lanes::new(2);
    for key in [lane(1, "a"), lane(1, "b"), lane(2, "a")] {
        lanes.ring(&key);
    }
    let jobs: u32 = lanes.pick(9, false, NOW).iter().map(|pick| pick.jobs).sum();
    assert_eq!(jobs, 4);
    lanes.end(&lane(1, "a"));
    assert_eq!(lanes.pick(9, false, NOW).len(), 1, "either lane of the first tenant may go on");
}

#[test]
fn a_rate_spaces_the_beginnings() {
    let mut lanes = Lanes::new(100);
    let a = lane(1, "a");
    lanes.set_rules(&a, Rules { rate: Some(60), ..Rules::default() });
    lanes.ring(&a);
    assert_eq!(lanes.pick(5, false, NOW)[0].jobs, 1);
    assert_eq!(lanes.pick(5, false, NOW), []);
    assert_eq!(lanes.next_rested(), Some(NOW + Duration::from_secs(1)));
    assert_eq!(lanes.pick(5, false, NOW + Duration::from_secs(1))[0].jobs, 1);
}

#[test]
fn no_minute_sees_one_more_than_the_rate() {
    for rate in [1, 7, 13, 60, 999, 70_000, u32::MAX] {
        assert!(spacing(rate) * rate >= Duration::from_mins(1), "{rate}");
    }
}

#[test]
fn a_paused_lane_gives_nothing_until_it_goes_on() {
    let mut lanes = Lanes::new(100);
    let a = lane(1, "a");
    lanes.ring(&a);
    lanes.set_rules(&a, Rules { is_paused: true, ..Rules::default() });
    assert_eq!(lanes.pick(1, false, NOW), []);
    lanes.set_rules(&a, Rules::default());
    assert_eq!(lanes.pick(1, false, NOW).len(), 1);
}

#[test]
fn jobs_are_taken_ahead_only_where_some_have_attempts_to_spare() {
    let mut lanes = Lanes::new(100);
    let a = lane(1, "a");
    lanes.ring(&a);
    let ahead = lanes.pick(3, true, NOW).remove(0);
    lanes.picked(&ahead, 0);
    assert_eq!(lanes.pick(3, true, NOW), []);
    assert_eq!(lanes.pick(3, false, NOW).len(), 1, "they still run when a worker is free");
}

#[test]
fn who_comes_one_job_at_a_time_does_not_overtake_those_who_wait() {
    let mut lanes = Lanes::new(100);
    lanes.ring(&lane(1, "a"));
    let passed: Vec<bool> = (0..5).map(|_| lanes.pass(&lane(2, "a"), NOW)).collect();
    assert_eq!(passed, [true, false, false, false, false]);
    assert_eq!(turns(&mut lanes, 1), [1]);
    assert!(lanes.pass(&lane(2, "a"), NOW));
}

#[test]
fn a_worker_outside_gets_jobs_of_the_lanes_that_he_asks_within_their_limits() {
    let mut lanes = Lanes::new(100);
    let (a, b, c) = (lane(1, "a"), lane(1, "b"), lane(1, "c"));
    let rules = Rules { is_outside: true, concurrency: Some(2), ..Rules::default() };
    for key in [&a, &b, &c] {
        lanes.set_rules(key, rules);
        lanes.ring(key);
    }
    assert_eq!(lanes.pick(9, false, NOW), [], "the server's own workers get none of them");
    let asked = [(a.clone(), 0), (b.clone(), 0)];
    let picks = lanes.pick_outside(&asked, 3, true, NOW);
    let taken: Vec<_> = picks.iter().map(|pick| (pick.lane.clone(), pick.jobs)).collect();
    assert_eq!(taken, [(a.clone(), 2), (b.clone(), 1)], "they take turns");
    lanes.picked(&picks[0], 1);
    assert_eq!(lanes.pick_outside(&asked, 9, true, NOW).len(), 1, "the first has no more");
    assert_eq!(lanes.hold(&b), Some(Hold::Full));
}

#[test]
fn what_one_kind_does_not_find_another_still_may() {
    let mut lanes = Lanes::new(100);
    let a = lane(1, "a");
    lanes.set_rules(&a, Rules { is_outside: true, ..Rules::default() });
    lanes.ring(&a);
    let pick = lanes.pick_outside(&[(a.clone(), 0)], 1, false, NOW).remove(0);
    let seen = pick.rung;
    lanes.picked(&pick, 0);
    assert_eq!(lanes.pick_outside(&[(a.clone(), seen)], 1, false, NOW), [], "it has looked already");
    assert_eq!(lanes.pick_outside(&[(a.clone(), 0)], 1, true, NOW).len(), 1);
    lanes.ring(&a);
    assert_eq!(lanes.pick_outside(&[(a, seen)], 1, false, NOW).len(), 1, "that is news");
}

#[test]
fn who_finds_nobody_waiting_passes_at_once_and_counts() {
    let mut lanes = Lanes::new(1);
    let a = lane(1, "a");
    assert!(lanes.pass(&a, NOW));
    assert!(!lanes.pass(&a, NOW), "the tenant is at its limit");
    lanes.end(&a);
    lanes.ring(&a);
    assert!(!lanes.pass(&a, NOW), "somebody waits");
}

#[test]
fn a_tenant_with_very_many_lanes_stands_in_the_line_once() {
    let mut lanes = Lanes::new(2);
    for nth in 0..1_000 {
        lanes.ring(&lane(1, &format!("q{nth}")));
    }
    lanes.ring(&lane(2, "a"));
    assert_eq!(lanes.line.front(), 2);
    let order = turns(&mut lanes, 1_001);
    assert_eq!(order.iter().filter(|tenant| **tenant == 1).count(), 1_000, "each lane has its turn");
    // At its limit it stands there no more, and comes back with the next of its lanes when a job ends.
    let picks: Vec<LaneKey> = lanes.pick(3, false, NOW).into_iter().map(|pick| pick.lane).collect();
    assert_eq!((picks.len(), lanes.line.front()), (3, 1));
    let own = picks.iter().find(|(tenant, _)| tenant.get() == 1).expect("a lane of the first");
    lanes.end(own);
    assert_eq!(lanes.line.front(), 2);
}

#[test]
fn many_lanes_with_nothing_to_spare_hide_no_other_tenant() {
    let mut lanes = Lanes::new(100);
    let keys: Vec<LaneKey> = (0..50).map(|nth| lane(1, &format!("q{nth:02}"))).collect();
    for key in &keys {
        lanes.ring(key);
        let pick = Pick { lane: key.clone(), jobs: 1, is_ahead: true, is_whole: true, rung: 1 };
        lanes.count_running(key);
        lanes.picked(&pick, 0);
    }
    lanes.ring(&lane(2, "a"));
    let ahead = lanes.pick(3, true, NOW);
    assert_eq!(ahead.iter().map(|pick| pick.lane.0.get()).collect::<Vec<_>>(), [2]);
    assert_eq!(lanes.pick(200, false, NOW).iter().filter(|pick| pick.lane.0.get() == 1).count(), 50);
}

#[test]
fn a_lane_of_which_there_is_nothing_to_remember_is_forgotten() {
    let mut lanes = Lanes::new(100);
    let (a, b) = (lane(1, "a"), lane(1, "b"));
    lanes.set_rules(&b, Rules { concurrency: Some(2), ..Rules::default() });
    lanes.ring(&a);
    let pick = lanes.pick(1, false, NOW).remove(0);
    let known = HashSet::from([a.0]);
    lanes.forget_all_but(&known, NOW);
    assert!(lanes.lanes.contains_key(&a), "a job of it runs");
    lanes.picked(&pick, 0);
    lanes.forget_all_but(&known, NOW);
    assert!(!lanes.lanes.contains_key(&a) && lanes.lanes.contains_key(&b));
}
