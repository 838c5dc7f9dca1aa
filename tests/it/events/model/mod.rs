//! The bus against a book of what must be true, over thousands of random histories: events of several
//! types, tenants and subjects, handlers that end in any order and any way or never, hands that
//! disable, enable, replay, discard and put back, clocks that move, and crashes. After each step the
//! rows must be what the book allows, and in the end nothing may be left on its way.

mod book;
mod counted;
mod handler;
mod hands;
mod history;
mod instance;
mod op;

use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use handler::Sights;
use history::{FAULTS, Fault, play};
use instance::Instance;
use op::{Nature, News, Op, Wish};

use crate::support::{Verdict, play_all, search, seeds};

/// Histories that each thread plays.
const CASES: u32 = 1_000;

/// The seeds of the threads.
const SEEDS: [u64; 2] = [1, 2];

/// Plays random histories, and says how much happened and what was seen.
fn look(seed: u64, cases: u32, fault: Option<Fault>) -> Verdict<(usize, Vec<Sights>)> {
    let sights = Mutex::new(Vec::new());
    let play = async |instance: &mut Instance, ops: &[Op]| {
        let seen = play(instance, ops, fault).await?;
        sights.lock().expect("nobody panics with it").push(seen);
        Ok(())
    };
    let shrinks = if fault.is_some() { 0 } else { 300 };
    let happened = search((seed, cases, shrinks), &op::ops(), Instance::start, play)?;
    Ok((happened, sights.into_inner().expect("nobody panics with it")))
}

#[test]
fn no_history_of_events_leads_where_the_book_does_not_allow() {
    let begun = Instant::now();
    let searches: Vec<_> =
        seeds(&SEEDS).into_iter().map(|seed| thread::spawn(move || look(seed, CASES, None))).collect();
    let (mut happened, mut seen) = (0, [0; 10]);
    for search in searches {
        let (steps, sights) = search.join().expect("it ends").unwrap_or_else(|why| panic!("{why}"));
        happened += steps;
        for sight in sights {
            seen.iter_mut().zip(sight.all()).for_each(|(sum, times)| *sum += times);
        }
    }
    println!("{happened} steps in {:?}, in which {seen:?}", begun.elapsed());
    let enough = CASES as usize / 100;
    assert!(seen.iter().all(|times| *times >= enough), "too little happened: {seen:?}");
}

#[test]
fn each_fault_of_a_bus_is_found() {
    for fault in FAULTS {
        assert!(look(7, 400, Some(fault)).is_err(), "{fault:?} goes unnoticed");
    }
}

/// Histories that once led astray.
fn known() -> Vec<Vec<Op>> {
    let wish = Wish { tenant: 0, slot: 0, pattern: 0, is_ordered: false, attempts: 1, probes: false };
    let all = Wish { pattern: 3, ..wish.clone() };
    let publish = |nature, times, places| {
        Op::Publish(News { tenant: 0, event_type: 0, subject: None, key: None, nature, times, places })
    };
    let subscribe = || Op::Subscribe(wish.clone());
    vec![
        // Its own dead letter reaches a handler in the write that disables it.
        vec![Op::Subscribe(all), publish(Nature::Bad, 5, 0), Op::Run { places: 1 }],
        // More is picked while what ends disables it.
        vec![
            subscribe(),
            publish(Nature::Bad, 8, 0),
            Op::Settle { places: 5 },
            Op::Run { places: 5 },
            Op::Enable { which: 0 },
        ],
        // A letter outlives its subscription.
        vec![
            subscribe(),
            publish(Nature::Hopeless, 1, 0),
            Op::Run { places: 1 },
            Op::Unsubscribe { which: 0 },
            Op::Letter { which: 0, is_replayed: false },
        ],
        // The last of a deleted subscription ends when another of its name is disabled.
        vec![
            subscribe(),
            Op::Disable { which: 0 },
            publish(Nature::Good, 1, 0),
            Op::Enable { which: 0 },
            publish(Nature::Good, 1, 0),
            Op::Step { places: 1 },
            Op::Unsubscribe { which: 0 },
            subscribe(),
            Op::Disable { which: 0 },
            Op::Settle { places: 3 },
            publish(Nature::Good, 2, 0),
            Op::Settle { places: 3 },
        ],
    ]
}

#[test]
fn histories_of_events_that_once_led_astray_end_well() {
    play_all(&known(), Instance::start, async |instance: &mut Instance, ops: &[Op]| {
        play(instance, ops, None).await.map(drop)
    });
}
