//! What may happen to a bus, and in which proportion it does.

use std::ops::Range;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

pub const TENANTS: usize = 2;

/// Names that a tenant's subscriptions may have.
pub const SLOTS: usize = 4;

pub const TYPES: [&str; 3] = ["order.paid", "order.sent", "note.taken"];
pub const PATTERNS: [&str; 5] = ["order.*", "order.paid", "note.taken", "*", "delivery.dead"];

#[derive(Debug, Clone)]
pub enum Op {
    Subscribe(Wish),
    Unsubscribe {
        which: usize,
    },
    Publish(News),
    /// One round of the workers.
    Step {
        places: usize,
    },
    /// Rounds until nothing more begins.
    Settle {
        places: usize,
    },
    /// One of the running handlers ends.
    End {
        which: usize,
        how: How,
    },
    /// Rounds in which every handler ends as its event has it, until there is nothing to do.
    Run {
        places: usize,
    },
    Clock {
        seconds: u64,
    },
    /// Handlers that rest are looked at.
    Probe,
    Enable {
        which: usize,
    },
    Disable {
        which: usize,
    },
    ByHand {
        which: usize,
        act: Act,
    },
    Letter {
        which: usize,
        is_replayed: bool,
    },
    /// An event goes out again, to those who listen now or to one of all.
    Replay {
        which: usize,
        to: Option<usize>,
    },
    Crash,
}

#[derive(Debug, Clone)]
pub struct Wish {
    pub tenant: usize,
    pub slot: usize,
    pub pattern: usize,
    pub is_ordered: bool,
    pub attempts: u32,
    pub probes: bool,
}

/// Some events alike.
#[derive(Debug, Clone)]
pub struct News {
    pub tenant: usize,
    pub event_type: usize,
    pub subject: Option<usize>,
    pub key: Option<u8>,
    pub nature: Nature,
    pub times: usize,
    /// Places that are free for jobs which are written already claimed.
    pub places: usize,
}

/// What handlers do with an event, unless they are told otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    Good,
    Bad,
    BadUntil(u32),
    Hopeless,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    Done,
    Retry,
    Dead,
    Cancel,
    Snooze(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Retry,
    RunNow,
    Cancel,
    Delete,
}

impl Nature {
    pub fn end(self, attempt: u32) -> How {
        match self {
            Self::Good => How::Done,
            Self::BadUntil(until) if attempt >= until => How::Done,
            Self::Bad | Self::BadUntil(_) => How::Retry,
            Self::Hopeless => How::Dead,
        }
    }
}

const ANY: Range<usize> = 0..64;

fn wish() -> impl Strategy<Value = Wish> {
    let pattern = prop_oneof![3 => Just(0usize), 4 => 0..PATTERNS.len()];
    let attempts = prop_oneof![2 => Just(1u32), 3 => 1..5u32];
    (0..TENANTS, 0..SLOTS, pattern, any::<bool>(), attempts, any::<bool>()).prop_map(
        |(tenant, slot, pattern, is_ordered, attempts, probes)| Wish {
            tenant,
            slot,
            pattern,
            is_ordered,
            attempts,
            probes,
        },
    )
}

fn news() -> impl Strategy<Value = News> {
    let tenant = prop_oneof![6 => Just(0usize), 1 => Just(1)];
    let event_type = prop_oneof![2 => Just(0usize), 1 => Just(1), 1 => Just(2)];
    let nature = prop_oneof![
        3 => Just(Nature::Good),
        3 => Just(Nature::Bad),
        1 => (2..4u32).prop_map(Nature::BadUntil),
        1 => Just(Nature::Hopeless),
    ];
    let places = prop_oneof![2 => Just(0usize), 1 => 1..4usize];
    let subject = option::weighted(0.7, 0..2usize);
    (tenant, event_type, subject, option::weighted(0.3, 0..2u8), nature, 1..5usize, places).prop_map(
        |(tenant, event_type, subject, key, nature, times, places)| News {
            tenant,
            event_type,
            subject,
            key,
            nature,
            times,
            places,
        },
    )
}

fn how() -> impl Strategy<Value = How> {
    prop_oneof![
        4 => Just(How::Done),
        4 => Just(How::Retry),
        1 => Just(How::Dead),
        1 => Just(How::Cancel),
        1 => prop_oneof![Just(0u64), Just(30)].prop_map(How::Snooze),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![4 => Just(Act::Retry), 1 => Just(Act::RunNow), 3 => Just(Act::Cancel), 2 => Just(Act::Delete)]
}

fn op() -> impl Strategy<Value = Op> {
    let places = 1..6usize;
    prop_oneof![
        6 => wish().prop_map(Op::Subscribe),
        2 => ANY.prop_map(|which| Op::Unsubscribe { which }),
        24 => news().prop_map(Op::Publish),
        6 => places.clone().prop_map(|places| Op::Step { places }),
        8 => places.clone().prop_map(|places| Op::Settle { places }),
        14 => (ANY, how()).prop_map(|(which, how)| Op::End { which, how }),
        18 => places.prop_map(|places| Op::Run { places }),
        12 => prop_oneof![Just(1u64), Just(30), Just(70), Just(150)].prop_map(|seconds| Op::Clock { seconds }),
        6 => Just(Op::Probe),
        4 => ANY.prop_map(|which| Op::Enable { which }),
        4 => ANY.prop_map(|which| Op::Disable { which }),
        8 => (ANY, act()).prop_map(|(which, act)| Op::ByHand { which, act }),
        6 => (ANY, any::<bool>()).prop_map(|(which, is_replayed)| Op::Letter { which, is_replayed }),
        5 => (ANY, option::of(ANY)).prop_map(|(which, to)| Op::Replay { which, to }),
        // It takes the longest by far, and the histories are many.
        2 => Just(Op::Crash),
    ]
}

/// A handler fails so often that it is disabled, and is tried again, which chance alone seldom brings about.
fn trouble() -> impl Strategy<Value = Vec<Op>> {
    let bad =
        News { tenant: 0, event_type: 0, subject: None, key: None, nature: Nature::Bad, times: 6, places: 0 };
    let run = || (1..6usize).prop_map(|places| Op::Run { places });
    (wish(), run(), run()).prop_map(move |(wish, first, second)| {
        let wish = Wish { tenant: 0, pattern: 0, probes: true, ..wish };
        let publish = || Op::Publish(bad.clone());
        vec![Op::Subscribe(wish), publish(), publish(), first, Op::Clock { seconds: 70 }, Op::Probe, second]
    })
}

/// Somebody listens from the beginning, most of the time.
pub fn ops() -> impl Strategy<Value = Vec<Op>> {
    let some = prop_oneof![60 => op().prop_map(|op| vec![op]), 1 => trouble()];
    (vec(wish(), 1..4), vec(some, 1..18)).prop_map(|(wishes, ops)| {
        let listens = wishes.into_iter().map(|wish| Op::Subscribe(Wish { tenant: 0, ..wish }));
        listens.chain(ops.into_iter().flatten()).collect()
    })
}
