//! Fuzzing of everything that we read ourselves: each parser as a function of bytes, and the server as a whole.
//!
//! With the tests each is tried for half a second at most. `STEADING_FUZZ_SECONDS=600 cargo test --release --test it
//! fuzz:: -- --nocapture` takes longer; `STEADING_FUZZ_SEED` repeats a run. What once did harm is kept in
//! `tests/vectors/inputs/<target>` and tried first. Tokens have a fuzzer of their own, in `identity::fuzz`.
//! `fuzz/` has the same targets for libFuzzer.

mod mutate;
mod targets;
mod wire;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::time::{Duration, Instant};
use std::{env, fs};

use fastrand::Rng;

use mutate::mutate;
use targets::Target;

/// Tries of each target when no time is given, and the time in which there may be fewer.
const FEW: usize = 4_000;
const MOMENT: Duration = Duration::from_millis(500);

/// Inputs that later ones are made from.
const POOL: usize = 400;

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok().map(|text| text.parse().expect("a whole number"))
}

/// How long each of so many targets is tried, when a time is given.
fn share_of(targets: usize) -> Option<Duration> {
    number("STEADING_FUZZ_SECONDS").map(|seconds| Duration::from_secs(seconds) / targets as u32)
}

fn seed() -> u64 {
    number("STEADING_FUZZ_SEED").unwrap_or_else(|| Rng::new().u64(..))
}

#[test]
fn no_parser_panics_and_what_it_reads_it_writes_and_reads_again() {
    let seed = seed();
    for target in targets::all() {
        let read = run(target, seed);
        assert!(read > 0, "{} let nothing in, so nothing was tried", target.name);
    }
}

#[test]
fn every_target_has_one_for_libfuzzer() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let read = |path: &str| fs::read_to_string(folder.join(path)).unwrap_or_default();
    let manifest = read("Cargo.toml");
    for Target { name, .. } in targets::all() {
        let path = format!("fuzz_targets/{name}.rs");
        assert!(
            read(&path).contains(&format!("steading_fuzz::target!(\"{name}\");")),
            "{path} is that of {name}"
        );
        assert!(
            manifest.contains(&format!("name = \"{name}\"\npath = \"{path}\"\n")),
            "{name} in Cargo.toml"
        );
    }
}

/// Tries one target, and says how many inputs it let in.
fn run(target: &Target, seed: u64) -> usize {
    let mut rng = Rng::with_seed(seed);
    let mut pool: Vec<Vec<u8>> = target.seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect();
    pool.extend(kept(target.name));
    let mut let_in = pool.iter().filter(|input| judge(target, input, seed)).count();
    let share = share_of(targets::all().count());
    let (most, share) = share.map_or((FEW, MOMENT), |share| (usize::MAX, share));
    let (begin, mut tries) = (Instant::now(), 0);
    while tries < most && begin.elapsed() < share {
        let mut input = pool[rng.usize(..pool.len())].clone();
        mutate(&mut input, &pool, target.words, &mut rng);
        tries += 1;
        if !judge(target, &input, seed) {
            continue;
        }
        let_in += 1;
        match pool.len() {
            POOL => {
                let at = rng.usize(target.seeds.len()..POOL);
                pool[at] = input;
            }
            _ => pool.push(input),
        }
    }
    println!("{}: {tries} tries, {let_in} let in", target.name);
    let_in
}

fn judge(target: &Target, input: &[u8], seed: u64) -> bool {
    let judged = catch_unwind(AssertUnwindSafe(|| (target.judge)(input)));
    judged.unwrap_or_else(|panic| {
        eprintln!("{} with seed {seed}; the input is {:?}", target.name, String::from_utf8_lossy(input));
        resume_unwind(panic)
    })
}

fn kept(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/inputs").join(target);
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries.map(|entry| fs::read(entry.expect("an entry").path()).expect("an input")).collect()
}
