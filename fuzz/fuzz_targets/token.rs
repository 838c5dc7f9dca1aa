//! Tokens under libFuzzer, with the judge and the changes of `tests/it/identity/fuzz`.

#![no_main]

#[path = "../../tests/it/identity/fuzz/judge.rs"]
mod judge;
#[path = "../../tests/it/identity/fuzz/mutate.rs"]
mod mutate;
#[path = "../../tests/it/identity/fuzz/recipe.rs"]
mod recipe;
#[path = "../../tests/it/identity/fuzz/words.rs"]
mod words;

use std::sync::OnceLock;
use std::time::Duration;

use fastrand::Rng;
use judge::Judge;
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use recipe::Recipe;

/// Processor time that one verification, and one ask, may take, instrumented as the code is here.
const BUDGET: Duration = Duration::from_millis(100);

fn judge() -> &'static Judge {
    static JUDGE: OnceLock<Judge> = OnceLock::new();
    JUDGE.get_or_init(|| Judge::with_budget(Some(BUDGET)))
}

fuzz_target!(|data: &[u8]| {
    judge().judge(&Recipe::read(data));
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut rng = Rng::with_seed(seed.into());
    if rng.u8(..4) == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    let mut recipe = match rng.u8(..16) {
        0 => mutate::invent(&judge().base, &mut rng),
        _ => Recipe::read(&data[..size]),
    };
    mutate::mutate(&mut recipe, &judge().base, &mut rng);
    let written = recipe.write();
    let length = written.len().min(max_size);
    data[..length].copy_from_slice(&written[..length]);
    length
});
