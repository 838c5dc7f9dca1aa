//! The engine against a book of what must be true, over thousands of random histories: jobs of
//! several tenants, handlers that end in any order or never, hands that meddle, clocks that jump,
//! stops and crashes. After each event the rows must be what the book allows.

mod book;
mod history;
mod instance;
mod op;

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use tokio::runtime::{Builder, Runtime};

use history::{FAULTS, Fault, play};
use instance::Instance;
use op::{Act, How, New, Op};

/// Histories that one run plays, shared among threads.
const CASES: u32 = 10_000;
const THREADS: u32 = 2;

/// Plays random histories, and says which is the shortest that the book does not allow.
fn search(seed: u8, cases: u32, fault: Option<Fault>) -> Result<usize, String> {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let instance = RefCell::new(None);
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: if fault.is_some() { 0 } else { 400 },
        ..Config::default()
    };
    let events = AtomicUsize::new(0);
    let found = TestRunner::new_with_rng(config, rng).run(&op::ops(), |ops| {
        events.fetch_add(ops.len(), Ordering::Relaxed);
        play_on(&runtime, &instance, &ops, fault).map_err(TestCaseError::fail)
    });
    match found {
        Ok(()) => Ok(events.into_inner()),
        Err(TestError::Fail(why, ops)) => Err(format!("seed {seed}: {why}\n{ops:#?}")),
        Err(error) => Err(format!("seed {seed}: {error}")),
    }
}

/// Plays one on the shared instance. After a bad end the next one gets a fresh instance.
fn play_on(
    runtime: &Runtime,
    shared: &RefCell<Option<Instance>>,
    ops: &[Op],
    fault: Option<Fault>,
) -> Result<(), String> {
    let kept = shared.take();
    let (instance, verdict) = runtime.block_on(async {
        let mut instance = match kept {
            Some(instance) => instance,
            None => Instance::start().await,
        };
        let verdict = play(&mut instance, ops, fault).await;
        if verdict.is_err() {
            instance.kernel.db.close();
        }
        (instance, verdict)
    });
    if verdict.is_ok() {
        shared.replace(Some(instance));
    }
    verdict
}

#[test]
fn no_history_leads_where_the_book_does_not_allow() {
    let begun = Instant::now();
    let searches: Vec<_> = (0..THREADS)
        .map(|number| thread::spawn(move || search(number as u8 + 1, CASES / THREADS, None)))
        .collect();
    let events: usize = searches
        .into_iter()
        .map(|search| search.join().expect("it ends").unwrap_or_else(|why| panic!("{why}")))
        .sum();
    println!("{CASES} histories of {events} events in {:?}", begun.elapsed());
}

#[test]
fn each_fault_of_an_engine_is_found() {
    for fault in FAULTS {
        let found = search(7, 2_000, Some(fault));
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
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let instance = RefCell::new(None);
    for ops in known() {
        play_on(&runtime, &instance, &ops, None).unwrap_or_else(|why| panic!("{why}\n{ops:#?}"));
    }
}
