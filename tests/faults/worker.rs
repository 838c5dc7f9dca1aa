//! A worker outside: it takes jobs and says what came of them, and is never given one again that it completed.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use serde_json::json;

use crate::load::{locked, note};
use crate::wire::{Address, Connection, Heard};
use crate::world::{Kind, World};

/// Works until it is over. One that is `diligent` completes everything.
pub fn work(seed: u64, address: &Address, world: &Mutex<World>, is_over: &AtomicBool, is_diligent: bool) {
    let mut random = Rng::with_seed(seed);
    let mut connection = Connection::new(address);
    while !is_over.load(Ordering::Relaxed) {
        let wanted = json!({ "queues": ["outside", "feed"], "limit": 5, "leaseSeconds": 5 });
        let begun = Instant::now();
        let heard = connection.ask("POST", "/api/jobs/claim", Some(&wanted), "");
        drop(note(world, Kind::Claim, begun, &heard));
        let jobs = heard.done().unwrap_or_default();
        let jobs = jobs.as_array().cloned().unwrap_or_default();
        if jobs.is_empty() {
            thread::sleep(Duration::from_millis(200));
        }
        for job in jobs {
            let id = job["id"].as_str().unwrap_or_default().to_owned();
            let is_known = locked(world).completed.contains(&id);
            locked(world).check(!is_known, || format!("job {id} was completed, and is given out again"));
            let choice = if is_diligent { 0 } else { random.u8(0..12) };
            let (word, body) = match choice {
                // It dies with the job in its hands.
                10 => continue,
                11 => ("fail", json!({ "lease": job["lease"], "error": "not today" })),
                _ => ("complete", json!({ "lease": job["lease"], "result": { "by": seed } })),
            };
            let begun = Instant::now();
            let heard = connection.ask("POST", &format!("/api/jobs/{id}/{word}"), Some(&body), "");
            let mut world = note(world, Kind::Complete, begun, &heard);
            if matches!(heard, Heard::Done(..)) && word == "complete" {
                world.completed.insert(id);
            }
        }
    }
}
