//! The simulation of the engine: jobs, schedules and deliveries of a few tenants on one thread, under a
//! clock that the play moves, with everything that happens drawn from a seed.
//!
//! It is the engine itself that plays, on a real file in memory: its own functions, its own statements,
//! its own tasks. What a scheduler of threads would decide the play decides: which task goes on, when the
//! writer takes a batch and how large, when a reader reads (`stage`). Between any two statements the
//! process may die: what it had not committed and all that it had in memory is gone, and another begins
//! on the same file. Who acts is in `actors`; the `book` sees each row that a statement changes and asks
//! the promises whether that may be. Nobody of these asks the engine what it thinks.

mod actors;
mod astray;
mod beginnings;
mod book;
mod health;
mod kinds;
mod lull;
mod mood;
mod play;
mod process;
mod promises;
mod rows;
mod shelf;
mod sights;
mod stage;
mod tasks;

use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use play::{Played, play};
use sights::Sights;

/// For how many seconds new seeds are played.
const SECONDS: &str = "STEADING_SIM_SECONDS";

/// The first of these. The same without it, so that a build fails for what was changed in it.
const FIRST: &str = "STEADING_SIM_FIRST";
const SINCE: u64 = 2_077_800_000;

/// Plays one seed, once.
const SEED: &str = "STEADING_SIM_SEED";

/// Steps of one play before it comes to its end.
const STEPS: &str = "STEADING_SIM_STEPS";

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|text| text.parse().expect("a whole number"))
}

fn steps() -> u64 {
    number(STEPS).unwrap_or(30_000)
}

/// What is told of a play in which a promise was broken.
fn told(seed: u64, step: u64, why: &str, trace: &str) -> String {
    format!(
        "a promise is broken in the play {seed}, at step {step}.\n{why}\n\nWhat happened before:\n{trace}\n\n\
         Again: {SEED}={seed} {STEPS}={} make sim",
        steps()
    )
}

/// Plays every second seed from this one on until the time is over, or another has found something.
fn play_some(first: u64, stride: u64, until: Instant, over: &AtomicBool) -> Result<(u64, Sights), String> {
    let (mut sum, mut plays) = (Sights::default(), 0);
    for seed in (first..).step_by(stride as usize) {
        let Played { sights, broken, .. } = play(seed, steps());
        if let Some((step, why, trace)) = broken {
            over.store(true, Ordering::Relaxed);
            return Err(told(seed, step, &why, &trace));
        }
        sum += sights;
        plays += 1;
        let is_over = Instant::now() >= until || over.load(Ordering::Relaxed);
        if is_over || number(SEED).is_some() {
            break;
        }
    }
    Ok((plays, sum))
}

#[test]
fn the_engine_keeps_its_promises_whatever_happens() {
    let began = Instant::now();
    let until = began + Duration::from_secs(number(SECONDS).unwrap_or(5));
    let threads = if number(SEED).is_some() { 1 } else { 2 };
    let first = number(SEED).or_else(|| number(FIRST)).unwrap_or(SINCE);
    let over = Arc::new(AtomicBool::new(false));
    let begin = |thread| {
        let over = Arc::clone(&over);
        thread::spawn(move || play_some(first + thread, threads, until, &over))
    };
    let playing: Vec<_> = (0..threads).map(begin).collect();
    let (mut plays, mut sights) = (0, Sights::default());
    for some in playing {
        let (played, seen) = some.join().expect("it ends").unwrap_or_else(|why| panic!("{why}"));
        plays += played;
        sights += seen;
    }
    let a_minute = sights.steps() as f64 / began.elapsed().as_secs_f64() * 60.0;
    println!("{plays} plays from seed {first}, {} steps, {a_minute:.0} a minute: {sights}", sights.steps());
    let unseen: Vec<_> = sights.all().into_iter().filter(|(_, times)| *times == 0).collect();
    assert!(unseen.is_empty() || plays < 40, "some things never happened: {unseen:?}");
}

#[test]
fn a_seed_plays_the_same_history() {
    let [one, again, other] = [7, 7, 8].map(|seed| play(seed, 4_000));
    assert_eq!((one.digest, one.sights), (again.digest, again.sights));
    assert_ne!(one.digest, other.digest);
}
