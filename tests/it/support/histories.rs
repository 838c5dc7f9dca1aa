//! The search for a history that leads where it must not: random ones, each played on an instance
//! that many share, and the shortest that goes wrong is told with the seed that found it.

use std::cell::RefCell;
use std::env;
use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use tokio::runtime::{Builder, Runtime};

/// Names the seed of a search that is to be made again.
const SEED: &str = "STEADING_HISTORY_SEED";

pub type Verdict<T = ()> = Result<T, String>;

pub fn ensure(holds: bool, complaint: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(complaint()) }
}

/// The seed that somebody asks for, or these.
pub fn seeds(usual: &[u64]) -> Vec<u64> {
    match env::var(SEED) {
        Ok(seed) => vec![seed.parse().expect("a whole number")],
        Err(_) => usual.to_vec(),
    }
}

/// Plays random histories, and says how much happened in them, or what the shortest is that is not
/// allowed.
pub fn search<I, O: Clone + Debug>(
    (seed, cases, shrinks): (u64, u32, u32),
    ops: &impl Strategy<Value = Vec<O>>,
    start: impl AsyncFn() -> I,
    play: impl AsyncFn(&mut I, &[O]) -> Verdict,
) -> Verdict<usize> {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let instance = RefCell::new(None);
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed.to_le_bytes().repeat(4));
    let config = Config { cases, failure_persistence: None, max_shrink_iters: shrinks, ..Config::default() };
    let happened = AtomicUsize::new(0);
    let found = TestRunner::new_with_rng(config, rng).run(ops, |ops| {
        happened.fetch_add(ops.len(), Ordering::Relaxed);
        play_on(&runtime, &instance, &ops, &start, &play).map_err(TestCaseError::fail)
    });
    match found {
        Ok(()) => Ok(happened.into_inner()),
        Err(TestError::Fail(why, ops)) => Err(format!("{SEED}={seed}: {why}\n{ops:#?}")),
        Err(error) => Err(format!("{SEED}={seed}: {error}")),
    }
}

/// Plays these histories.
pub fn play_all<I, O: Debug>(
    histories: &[Vec<O>],
    start: impl AsyncFn() -> I,
    play: impl AsyncFn(&mut I, &[O]) -> Verdict,
) {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let instance = RefCell::new(None);
    for ops in histories {
        play_on(&runtime, &instance, ops, &start, &play).unwrap_or_else(|why| panic!("{why}\n{ops:#?}"));
    }
}

/// Plays one on the shared instance. After a bad end the next one gets a fresh instance.
fn play_on<I, O>(
    runtime: &Runtime,
    shared: &RefCell<Option<I>>,
    ops: &[O],
    start: &impl AsyncFn() -> I,
    play: &impl AsyncFn(&mut I, &[O]) -> Verdict,
) -> Verdict {
    let kept = shared.take();
    let (instance, verdict) = runtime.block_on(async {
        let mut instance = match kept {
            Some(instance) => instance,
            None => start().await,
        };
        let verdict = play(&mut instance, ops).await;
        (instance, verdict)
    });
    if verdict.is_ok() {
        shared.replace(Some(instance));
    }
    verdict
}
