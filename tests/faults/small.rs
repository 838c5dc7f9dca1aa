//! A small board, simulated: one processor, 256 MB of memory, and a card that takes 20 ms for each flush.

use std::fs;
use std::path::PathBuf;
use std::process;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use crate::control::Field;
use crate::load::locked;
use crate::report::{number, write};
use crate::trial::Trial;

const MEMORY: u64 = 256 << 20;
const FLUSH: Duration = Duration::from_millis(20);

/// A group of processes that may have so much memory, where one can be made.
struct Bounds {
    folder: PathBuf,
}

impl Bounds {
    fn new() -> Option<Self> {
        let name = format!("steading-small-{}", process::id());
        [("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")]
            .into_iter()
            .map(|(root, limit)| (PathBuf::from(root).join(&name), limit))
            .find_map(|(folder, limit)| {
                fs::create_dir(&folder).ok()?;
                let bounds = Self { folder };
                fs::write(bounds.folder.join(limit), MEMORY.to_string()).ok()?;
                Some(bounds)
            })
    }
}

impl Drop for Bounds {
    fn drop(&mut self) {
        // Its processes have ended.
        let _ = fs::remove_dir(&self.folder);
    }
}

/// What stands in front of the server's command: it goes into the group, and to the first processor.
fn wrapper(bounds: Option<&Bounds>) -> Vec<String> {
    let group = bounds.map(|bounds| bounds.folder.join("cgroup.procs").display().to_string());
    let script = "[ -z \"$0\" ] || echo $$ > \"$0\"; exec taskset -c 0 \"$@\"";
    ["/bin/sh", "-c", script, &group.unwrap_or_default()].map(str::to_owned).into()
}

#[test]
fn a_small_machine_does_the_mixed_load_and_refuses_nothing() {
    let span = number("STEADING_SMALL_MACHINE_MINUTES").map_or(Duration::from_secs(5), Duration::from_mins);
    let bounds = Bounds::new();
    let dir = TempDir::new().expect("a temporary directory");
    let mut trial = Trial::new(dir.path(), &wrapper(bounds.as_ref()), Duration::from_millis(20));
    trial.place.control.set(Field::FlushMicros, u64::try_from(FLUSH.as_micros()).expect("a moment"));
    trial.go_on_for(span);
    let load = trial.figures.elapsed();
    trial.finish();
    let mut report = trial.figures.json(&locked(&trial.world), 0);
    report["machine"] = json!({
        "processors": 1,
        "memoryMegabytes": bounds.is_some().then_some(MEMORY >> 20),
        "flushMillis": FLUSH.as_millis(),
    });
    report["loadMinutes"] = json!((load.as_secs_f64() / 6.0).round() / 10.0);
    println!("{report:#}");
    write(&report);
    assert_eq!(report["failures"], json!([]));
    assert_eq!((&report["refused"], &report["unanswered"]), (&json!(0), &json!(0)));
}
