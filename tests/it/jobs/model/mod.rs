//! The engine against a book of what must be true, over thousands of random histories: jobs of
//! several tenants, handlers that end in any order or never, hands that meddle, clocks that jump,
//! stops and crashes. After each event the rows must be what the book allows.

mod book;
mod history;
mod instance;
mod op;

use std::thread;
use std::time::Instant;

use history::{FAULTS, Fault, play};
use instance::Instance;
use op::{Act, How, New, Op};

use crate::support::{Verdict, play_all, search, seeds};

/// Histories that each thread plays.
const CASES: u32 = 5_000;

/// The seeds of the threads.
const SEEDS: [u64; 2] = [1, 2];

/// Plays random histories, and says how much happened in them.
fn look(seed: u64, cases: u32, fault: Option<Fault>) -> Verdict<usize> {
    let shrinks = if fault.is_some() { 0 } else { 400 };
    let play = async |instance: &mut Instance, ops: &[Op]| play(instance, ops, fault).await;
    search((seed, cases, shrinks), &op::ops(), Instance::start, play)
}

#[test]
fn no_history_leads_where_the_book_does_not_allow() {
    let begun = Instant::now();
    let searches: Vec<_> =
        seeds(&SEEDS).into_iter().map(|seed| thread::spawn(move || look(seed, CASES, None))).collect();
    let events: usize = searches
        .into_iter()
        .map(|search| search.join().expect("it ends").unwrap_or_else(|why| panic!("{why}")))
        .sum();
    println!("{events} events in {:?}", begun.elapsed());
}

#[test]
fn each_fault_of_an_engine_is_found() {
    for fault in FAULTS {
        let found = look(7, 2_000, Some(fault));
        assert!(found.is_err(), "{fault:?} goes unnoticed");
    }
}

/// Histories that once led astray.
fn known() -> Vec<Vec<Op>> {
    let new = New { lane: 0, class: 2, key: None, delay: 0, attempts: 1, limit: 500, places: 0 };
    let put = |lane| Op::Enqueue(New { lane, ..new.clone() });
    let cancel = Op::ByHand { which: 0, act: Act::Cancel };
    let begun = Op::Settle { places: 1 };
    vec![
        // Cancelled after its claim and before its handler began.
        vec![Op::Enqueue(New { places: 1, ..new.clone() }), cancel.clone(), Op::Settle { places: 4 }],
        // Cancelled after its handler failed and before that was put down.
        vec![
            Op::Enqueue(New { attempts: 3, ..new.clone() }),
            begun.clone(),
            Op::End { which: 0, how: How::Retry },
            cancel.clone(),
            begun.clone(),
        ],
        // Cancelled, and the process dies before the handler is stopped.
        vec![Op::Enqueue(New { attempts: 3, ..new.clone() }), begun.clone(), cancel.clone(), Op::Crash],
        // One queue takes its tenant's last place while another stands in line.
        vec![put(0), put(0), put(1), put(1), Op::Settle { places: 5 }],
        // The line begins with a job that is gone, and with one of a suspended tenant.
        vec![put(0), cancel, put(2), begun.clone()],
        vec![put(0), put(2), Op::Tenant { tenant: 0, is_suspended: true }, begun.clone()],
        // What a suspended tenant has waits over a restart, and its pause holds.
        vec![
            put(0),
            Op::Pause { lane: 0, is_paused: true },
            Op::Tenant { tenant: 0, is_suspended: true },
            Op::Stop,
            Op::Tenant { tenant: 0, is_suspended: false },
            begun.clone(),
            Op::Pause { lane: 0, is_paused: false },
            begun.clone(),
        ],
        // A dead process has the last word about a job that runs again.
        vec![
            Op::Enqueue(New { attempts: 3, ..new }),
            begun.clone(),
            Op::Crash,
            begun,
            Op::Late { how: How::Done },
        ],
    ]
}

#[test]
fn histories_that_once_led_astray_end_well() {
    play_all(&known(), Instance::start, async |instance: &mut Instance, ops: &[Op]| {
        play(instance, ops, None).await
    });
}
