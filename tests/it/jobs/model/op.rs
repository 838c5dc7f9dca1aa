//! What may happen to a queue, and in which proportion it does.

use std::ops::Range;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

pub const TENANTS: usize = 3;

/// Each tenant has two queues.
pub const LANES: usize = 2 * TENANTS;

#[derive(Debug, Clone)]
pub enum Op {
    Enqueue(New),
    /// One round of the workers.
    Step {
        places: usize,
    },
    /// Rounds until there is nothing to do.
    Settle {
        places: usize,
    },
    /// One of the running handlers ends.
    End {
        which: usize,
        how: How,
    },
    /// The handlers that a crash left behind end, and say so.
    Late {
        how: How,
    },
    Clock {
        seconds: i64,
    },
    ByHand {
        which: usize,
        act: Act,
    },
    Pause {
        lane: usize,
        is_paused: bool,
    },
    Limit {
        lane: usize,
        most: Option<u32>,
    },
    Defaults {
        lane: usize,
    },
    Tenant {
        tenant: usize,
        is_suspended: bool,
    },
    Stop,
    Crash,
}

#[derive(Debug, Clone)]
pub struct New {
    pub lane: usize,
    pub class: usize,
    pub key: Option<u8>,
    pub delay: u64,
    pub attempts: u32,
    pub limit: u64,
    /// Places that are free for jobs which are written already claimed.
    pub places: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    Done,
    Retry,
    Fail,
    Panic,
    TooLarge,
    Dead,
    Cancel,
    Snooze(u64),
}

#[derive(Debug, Clone, Copy)]
pub enum Act {
    Retry,
    RunNow,
    Cancel,
    Delete,
    Hurry(usize),
    Postpone(u64),
}

const ANY: Range<usize> = 0..64;

fn new() -> impl Strategy<Value = New> {
    let lane = prop_oneof![3 => 0..2usize, 2 => 0..LANES];
    let delay = prop_oneof![6 => Just(0u64), 1 => Just(10), 1 => Just(100)];
    let limit = prop_oneof![Just(20u64), Just(500)];
    let places = prop_oneof![2 => Just(0usize), 1 => 1..5usize];
    (lane, 0..4usize, option::weighted(0.3, 0..2u8), delay, 1..4u32, limit, places).prop_map(
        |(lane, class, key, delay, attempts, limit, places)| New {
            lane,
            class,
            key,
            delay,
            attempts,
            limit,
            places,
        },
    )
}

fn how() -> impl Strategy<Value = How> {
    prop_oneof![
        4 => Just(How::Done),
        2 => Just(How::Retry),
        1 => Just(How::Fail),
        1 => Just(How::Panic),
        1 => Just(How::TooLarge),
        1 => Just(How::Dead),
        1 => Just(How::Cancel),
        2 => prop_oneof![Just(0u64), Just(30)].prop_map(How::Snooze),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        2 => Just(Act::Retry),
        1 => Just(Act::RunNow),
        4 => Just(Act::Cancel),
        1 => Just(Act::Delete),
        1 => (0..4usize).prop_map(Act::Hurry),
        1 => prop_oneof![Just(0u64), Just(50)].prop_map(Act::Postpone),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let lane = 0..LANES;
    prop_oneof![
        24 => new().prop_map(Op::Enqueue),
        8 => (1..5usize).prop_map(|places| Op::Step { places }),
        20 => (1..6usize).prop_map(|places| Op::Settle { places }),
        24 => (ANY, how()).prop_map(|(which, how)| Op::End { which, how }),
        3 => how().prop_map(|how| Op::Late { how }),
        6 => prop_oneof![4 => 1..130i64, 1 => -100..0i64].prop_map(|seconds| Op::Clock { seconds }),
        10 => (ANY, act()).prop_map(|(which, act)| Op::ByHand { which, act }),
        2 => (lane.clone(), any::<bool>()).prop_map(|(lane, is_paused)| Op::Pause { lane, is_paused }),
        3 => (lane.clone(), option::of(1..3u32)).prop_map(|(lane, most)| Op::Limit { lane, most }),
        1 => lane.prop_map(|lane| Op::Defaults { lane }),
        2 => (0..TENANTS, any::<bool>()).prop_map(|(tenant, is_suspended)| Op::Tenant { tenant, is_suspended }),
        // These take the longest by far, and the histories are many.
        1 => prop_oneof![1 => Just(Op::Stop), 2 => Just(Op::Crash)],
    ]
}

pub fn ops() -> impl Strategy<Value = Vec<Op>> {
    vec(op(), 1..24)
}
