//! The targets of `tests/it/fuzz` under libFuzzer, with their seeds and words.

#[allow(dead_code)]
#[path = "../../tests/it/fuzz/mutate.rs"]
mod mutate;
#[path = "../../tests/it/fuzz/targets/mod.rs"]
mod targets;

use fastrand::Rng;
use targets::Target;

#[doc(hidden)]
pub use libfuzzer_sys;

/// A whole fuzz target, by its name.
#[macro_export]
macro_rules! target {
    ($name:literal) => {
        $crate::libfuzzer_sys::fuzz_target!(|data: &[u8]| { $crate::judge($name, data) });
        $crate::libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
            $crate::mutate($name, data, size, most, seed)
        });
    };
}

fn target(name: &str) -> &'static Target {
    targets::all().find(|target| target.name == name).expect("each target is named as its file")
}

/// Whether it was let in says nothing here: kept is what goes a new way.
pub fn judge(name: &str, data: &[u8]) {
    (target(name).judge)(data);
}

/// One in four is libFuzzer's own change, the others know what the words of the target mean.
pub fn mutate(name: &str, data: &mut [u8], size: usize, most: usize, seed: u32) -> usize {
    let (target, mut rng) = (target(name), Rng::with_seed(seed.into()));
    if rng.u8(..4) == 0 && size > 0 {
        return libfuzzer_sys::fuzzer_mutate(data, size, most);
    }
    let seeds: Vec<Vec<u8>> = target.seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect();
    let mut input = match rng.u8(..64) == 0 || size == 0 {
        true => seeds[rng.usize(..seeds.len())].clone(),
        false => data[..size].to_vec(),
    };
    mutate::mutate(&mut input, &seeds, target.words, &mut rng);
    input.truncate(most);
    data[..input.len()].copy_from_slice(&input);
    input.len()
}
