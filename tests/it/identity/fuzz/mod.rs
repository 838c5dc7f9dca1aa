//! Fuzzing of tokens: blocks that a holder may sign, and bytes that nobody signed.
//!
//! With the tests it runs for a moment; longer and with a budget of processor time when told so:
//! `STEADING_FUZZ_SECONDS=600 cargo test --release --test it identity::fuzz -- --nocapture`. It says its
//! seed, and `STEADING_FUZZ_SEED` repeats a run. `STEADING_FUZZ_KEEP` names a folder for the smallest
//! input of each outcome; those that are kept for good are tried each time. `fuzz/` has the same for
//! libFuzzer, which is led by what the code does.

pub mod judge;
pub mod mutate;
pub mod recipe;
pub mod words;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, fs};

use fastrand::Rng;

use judge::{Judge, Outcome};
use recipe::Recipe;

/// Tries without a time given: a few seconds in a debug build.
const FEW: usize = 1_000;

/// Processor time that one verification, and one ask, may take of a long run. A release build takes
/// less than a hundredth of it for what is honest.
const BUDGET: Duration = Duration::from_millis(20);

/// Recipes that later ones are made from.
const POOL: usize = 2_000;

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok().map(|text| text.parse().expect("a whole number"))
}

#[test]
fn no_token_panics_runs_on_or_allows_more_than_the_one_it_was_made_of() {
    let seconds = number("STEADING_FUZZ_SECONDS");
    let seed = number("STEADING_FUZZ_SEED").unwrap_or_else(|| Rng::new().u64(..));
    let judge = Judge::with_budget(seconds.map(|_| BUDGET));
    let mut run = Run::new(&judge, seed);
    let end = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    while end.map_or(run.tries < FEW, |end| Instant::now() < end) {
        run.step();
    }
    println!("{}", run.report());
    if let Ok(folder) = env::var("STEADING_FUZZ_KEEP") {
        run.keep(Path::new(&folder));
    }
    assert!(run.let_in > run.tries / 20, "too little was let in to mean anything:\n{}", run.report());
    assert!(run.seen.len() > 10, "too few outcomes to mean anything:\n{}", run.report());
}

/// What was found once comes out as it did.
#[test]
fn every_input_that_was_kept_comes_out_as_its_name_says() {
    let judge = Judge::with_budget(None);
    let mut kept = 0;
    for entry in fs::read_dir(corpus()).expect("the corpus") {
        let path = entry.expect("an entry").path();
        let (outcome, _) = judge.judge(&Recipe::read(&fs::read(&path).expect("an input")));
        assert_eq!(slug(&outcome), path.file_stem().expect("a name").to_string_lossy());
        kept += 1;
    }
    assert!(kept > 15, "there are {kept} inputs");
}

/// What became of an input, as the name of its file.
fn slug(outcome: &Outcome) -> String {
    let said = outcome.said.trim_start_matches("This token can't be used: ").to_lowercase();
    let words = said.split(|char: char| !char.is_ascii_alphanumeric());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/fuzz")
}

/// One run: what was tried, and what came of it.
struct Run<'a> {
    judge: &'a Judge,
    seed: u64,
    rng: Rng,
    pool: Vec<Recipe>,
    tries: usize,
    let_in: usize,
    /// How often, and the smallest input.
    seen: BTreeMap<String, (usize, Vec<u8>)>,
    slowest: (Duration, String),
}

impl<'a> Run<'a> {
    fn new(judge: &'a Judge, seed: u64) -> Self {
        let pool = fs::read_dir(corpus()).into_iter().flatten().filter_map(|entry| {
            let bytes = fs::read(entry.ok()?.path()).ok()?;
            Some(Recipe::read(&bytes))
        });
        let mut pool: Vec<Recipe> = pool.collect();
        // The same seed is the same run wherever the files lie.
        pool.sort_by_key(Recipe::write);
        let slowest = (Duration::ZERO, String::new());
        let (rng, seen) = (Rng::with_seed(seed), BTreeMap::new());
        Self { judge, seed, rng, pool, tries: 0, let_in: 0, seen, slowest }
    }

    fn step(&mut self) {
        let rng = &mut self.rng;
        let mut recipe = match self.pool.len() {
            known if known > 0 && rng.u8(..4) > 0 => self.pool[rng.usize(..known)].clone(),
            _ => mutate::invent(&self.judge.base, rng),
        };
        mutate::mutate(&mut recipe, &self.judge.base, rng);
        let written = recipe.write();
        let recipe = Recipe::read(&written);
        let judged = catch_unwind(AssertUnwindSafe(|| self.judge.judge(&recipe)));
        let (outcome, took) = judged.unwrap_or_else(|panic| {
            let hex: String = written.iter().map(|byte| format!("{byte:02x}")).collect();
            eprintln!("found with seed {} after {} tries; the input is {hex}", self.seed, self.tries);
            resume_unwind(panic)
        });
        self.note(outcome, took, recipe, written);
    }

    fn note(&mut self, outcome: Outcome, took: Duration, recipe: Recipe, written: Vec<u8>) {
        self.tries += 1;
        self.let_in += usize::from(outcome.is_let_in);
        if took > self.slowest.0 {
            self.slowest = (took, outcome.said.clone());
        }
        let slug = slug(&outcome);
        let is_new = !self.seen.contains_key(&slug);
        let (count, smallest) = self.seen.entry(slug).or_insert((0, written.clone()));
        *count += 1;
        if written.len() < smallest.len() {
            *smallest = written;
        }
        if is_new || outcome.is_let_in && self.rng.u8(..8) == 0 {
            match self.pool.len() {
                POOL => {
                    let at = self.rng.usize(..POOL);
                    self.pool[at] = recipe;
                }
                _ => self.pool.push(recipe),
            }
        }
    }

    fn report(&self) -> String {
        let (took, said) = &self.slowest;
        let mut lines = vec![format!(
            "seed {}: {} tries, {} let in, {} outcomes; the slowest took {took:?}: {said}",
            self.seed,
            self.tries,
            self.let_in,
            self.seen.len()
        )];
        lines.extend(self.seen.iter().map(|(slug, (count, _))| format!("  {count:>9} {slug}")));
        lines.join("\n")
    }

    fn keep(&self, folder: &Path) {
        fs::create_dir_all(folder).expect("the folder");
        for (slug, (_, input)) in &self.seen {
            fs::write(folder.join(slug), input).expect("the input is written");
        }
    }
}
