//! What came of it, in figures.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::control::{Control, Field};
use crate::page;
use crate::server::{Place, Server};
use crate::world::World;

#[derive(Debug)]
pub struct Figures {
    begun: Instant,
    pub rounds: u64,
    faults: BTreeMap<&'static str, u64>,
    /// Of power cuts: writes that were undone, done again after all and torn, and names that were lost.
    cut: [u64; 4],
    recoveries: Vec<Duration>,
    /// Minutes, megabytes of memory and megabytes of the database.
    memory: Vec<(f64, f64, f64)>,
    most_memory: u64,
}

impl Default for Figures {
    fn default() -> Self {
        Self {
            begun: Instant::now(),
            rounds: 0,
            faults: BTreeMap::new(),
            cut: [0; 4],
            recoveries: Vec::new(),
            memory: Vec::new(),
            most_memory: 0,
        }
    }
}

impl Figures {
    pub fn count(&mut self, fault: &'static str) {
        *self.faults.entry(fault).or_default() += 1;
    }

    pub fn recovered(&mut self, took: Duration) {
        self.recoveries.push(took);
    }

    /// Takes in what the shim did to the disk.
    pub fn note_cut(&mut self, control: &Control) {
        let fields = [Field::Undone, Field::DoneAgain, Field::Torn, Field::NamesLost];
        for (sum, field) in self.cut.iter_mut().zip(fields) {
            *sum += control.get(field);
            control.set(field, 0);
        }
    }

    pub fn note_memory(&mut self, server: &Server, place: &Place) {
        let (now, most) = server.memory();
        let file = fs::metadata(place.database()).map_or(0, |is| is.len());
        let minutes = self.begun.elapsed().as_secs_f64() / 60.0;
        self.memory.push((tenth(minutes), tenth(now as f64 / 1024.0), tenth(file as f64 / 1_048_576.0)));
        self.most_memory = self.most_memory.max(most);
    }

    pub fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    pub fn json(&self, world: &World, seed: u64) -> Value {
        let mut recoveries = self.recoveries.clone();
        recoveries.sort_unstable();
        let millis = |span: Option<&Duration>| span.map_or(0, Duration::as_millis);
        let kinds = world.counts.iter().map(|(kind, count)| {
            let mut times = world.times.get(kind).cloned().unwrap_or_default();
            times.sort_unstable();
            let at = |share: f64| {
                let at = (times.len() as f64 * share) as usize;
                times.get(at.min(times.len().saturating_sub(1))).map_or(0.0, |micros| f64::from(*micros) / 1000.0)
            };
            let row = json!({ "acknowledged": count, "p50": tenth(at(0.5)), "p95": tenth(at(0.95)), "p99": tenth(at(0.99)) });
            (kind.name(), row)
        });
        json!({
            "seed": format!("{seed:#x}"),
            "minutes": tenth(self.elapsed().as_secs_f64() / 60.0),
            "build": Place::build(),
            "rounds": self.rounds,
            "faults": self.faults,
            "powerCuts": { "undone": self.cut[0], "doneAgain": self.cut[1], "torn": self.cut[2], "namesLost": self.cut[3] },
            "operations": kinds.collect::<BTreeMap<_, _>>(),
            "refused": world.refused,
            "unanswered": world.unanswered,
            "checks": world.checks,
            "failures": world.failures,
            "recoveryMillis": { "median": millis(recoveries.get(recoveries.len() / 2)), "slowest": millis(recoveries.last()) },
            "mostMemoryMegabytes": tenth(self.most_memory as f64 / 1024.0),
            "memory": self.memory,
        })
    }
}

/// A number from the environment.
pub fn number(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    let number = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    Some(number.unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

/// Writes the report where it is asked for, and beside it the same for people.
pub fn write(report: &Value) {
    if let Some(path) = env::var_os("STEADING_FAULTS_REPORT").map(PathBuf::from) {
        fs::write(&path, format!("{report:#}\n")).expect("the report is written");
        fs::write(path.with_extension("md"), page::of(report)).expect("the page is written");
    }
}

fn tenth(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}
