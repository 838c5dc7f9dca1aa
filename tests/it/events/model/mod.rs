//! The bus against a book of what must be true, over thousands of random histories: events of several
//! types, tenants and subjects, handlers that end in any order and any way or never, hands that
//! disable, enable, replay, discard and put back, clocks that move, and crashes. After each step the
//! rows must be what the book allows, and in the end nothing may be left on its way.

mod book;
mod history;
mod instance;
mod op;

use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use book::Sights;
use history::{FAULTS, Fault, play};
use instance::Instance;
use op::Op;

use crate::support::{Verdict, search, seeds};

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
    assert!(seen.iter().all(|times| *times >= 20), "too little happened: {seen:?}");
}

#[test]
fn each_fault_of_a_bus_is_found() {
    for fault in FAULTS {
        assert!(look(7, 400, Some(fault)).is_err(), "{fault:?} goes unnoticed");
    }
}
