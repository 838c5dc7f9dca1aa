//! The short form, and the long one that goes on until its time is up.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use fastrand::Rng;
use serde_json::Value;
use tempfile::TempDir;

use crate::load::locked;
use crate::plan::Round;
use crate::report::{number, write};
use crate::trial::Trial;

const SEED: u64 = 0x57EA_D146;

/// Rounds until the time is up; all of it once when there is none.
fn rounds(seed: u64, longest: Duration) -> Box<dyn Iterator<Item = Round>> {
    let mut random = Rng::with_seed(seed);
    let first = Round::of_every_kind(seed, longest).into_iter();
    match number("STEADING_SOAK_MINUTES") {
        Some(_) => {
            Box::new(first.chain(std::iter::repeat_with(move || Round::drawn(random.u64(..), longest))))
        }
        None => Box::new(first),
    }
}

#[test]
fn nothing_acknowledged_is_lost_whatever_fails() {
    let seed = number("STEADING_FAULTS_SEED").unwrap_or(SEED);
    let minutes = number("STEADING_SOAK_MINUTES");
    let longest = Duration::from_millis(if minutes.is_some() { 5_000 } else { 2_000 });
    let pause = Duration::from_millis(number("STEADING_FAULTS_PAUSE").unwrap_or(40));
    let dir = TempDir::new().expect("a temporary directory").keep();
    let mut trial = Trial::new(&dir, &[], pause);
    let went = catch_unwind(AssertUnwindSafe(|| {
        for (at, round) in rounds(seed, longest).enumerate() {
            if minutes.is_some_and(|minutes| trial.figures.elapsed().as_secs() >= minutes * 60) {
                break;
            }
            trial.go_through(&round, longest);
            if at % 8 == 7 {
                trial.settle();
                report_of(&trial, seed);
            }
            if !locked(&trial.world).failures.is_empty() && minutes.is_none() {
                break;
            }
        }
        trial.finish();
    }));
    let report = report_of(&trial, seed);
    println!("{report:#}");
    let failures = &report["failures"];
    let is_well = went.is_ok() && failures.as_array().is_some_and(Vec::is_empty);
    if is_well {
        fs::remove_dir_all(&dir).expect("it is cleared away");
    }
    let minutes = minutes.map(|minutes| format!("STEADING_SOAK_MINUTES={minutes} ")).unwrap_or_default();
    assert!(
        is_well,
        "seed {seed:#x}: {failures:#}\nThe data is in {}. Again with:\n\
         {minutes}STEADING_FAULTS_SEED={seed:#x} cargo test --test faults nothing_acknowledged_is_lost -- --nocapture",
        dir.display()
    );
}

/// The figures so far, which are also written down.
fn report_of(trial: &Trial, seed: u64) -> Value {
    let report = trial.figures.json(&locked(&trial.world), seed);
    write(&report);
    report
}
