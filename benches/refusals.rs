//! What it costs to refuse a token: processor time for each of the vectors that are refused, two
//! hundred times over. `cargo bench --bench refusals`

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use serde_json::Value;
use steading::base::Timestamp;
use steading::kernel::identity::Tokens;
use tempfile::TempDir;

const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

const TIMES: u32 = 200;

fn main() {
    let vectors: Value =
        serde_json::from_str(include_str!("../tests/vectors/tokens/vectors.json")).expect("JSON");
    let keys = TempDir::new().expect("a temporary directory");
    let private = vectors["rootKey"]["private"].as_str().expect("a key");
    std::fs::write(keys.path().join("1.ed25519"), private).expect("the key is written");
    let tokens = Tokens::open(keys.path()).expect("the key is read");
    let refused = vectors["refused"].as_array().expect("a list").iter();
    let mut costs: Vec<(Duration, &str, &str)> = refused
        .map(|vector| {
            let word = |name: &str| vector[name].as_str().expect("a word");
            (cost(&tokens, word("token")), word("name"), word("by"))
        })
        .collect();
    costs.sort_unstable_by(|left, right| right.cmp(left));
    for (cost, name, by) in &costs {
        println!("{:>8.1} µs  {name}, by {by}", cost.as_secs_f64() * 1e6);
    }
}

/// Processor time of this thread for one refusal.
fn cost(tokens: &Tokens, token: &str) -> Duration {
    let clock = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).expect("below a second"))
    };
    let began = clock();
    for _ in 0..TIMES {
        assert!(tokens.verify(token, NOW).is_err(), "it is refused");
    }
    (clock() - began) / TIMES
}
