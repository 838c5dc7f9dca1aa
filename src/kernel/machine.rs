//! The machine: what is left of its disk and memory, how large the files are, how fast the disk is. It is measured when
//! somebody asks, beside those who serve.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use tokio::task::spawn_blocking;

use super::room::shown;
use super::{Kernel, Standing};
use crate::base::data_dir::DataDir;
use crate::base::db::engine_version;
use crate::base::memory::{self, Memory};
use crate::base::{Clock, Error, Result, Timestamp};

/// Memory is scarce when less than one part in so many can be had.
const SCARCE_PART: u64 = 10;

/// Files in the folder of backups that are weighed at most.
const MOST_BACKUPS: usize = 10_000;

/// How the machine fares that the instance runs on.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Machine {
    pub version: &'static str,
    /// The version of the database engine.
    pub sqlite: &'static str,
    /// Since when this process runs, by the system's clock.
    pub up_since: Timestamp,
    pub measured_at: Timestamp,
    pub disk: DiskRoom,
    /// Null where the system does not tell.
    pub memory: Option<MemoryRoom>,
    pub files: Files,
    /// How long the last flushes took; null before the first, and where `database.synchronous` leaves them to the system.
    pub flushes: Option<FlushTimes>,
}

/// The file system that holds the data directory.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DiskRoom {
    pub free_bytes: u64,
    pub total_bytes: u64,
    /// What `database.min_free` keeps free: below it nothing is added.
    pub kept_free_bytes: u64,
    pub standing: Standing,
    /// What is the matter, if something is.
    pub problem: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemoryRoom {
    /// What this process holds.
    pub held_bytes: u64,
    /// What can still be had.
    pub available_bytes: u64,
    /// What there is in all: of the machine, or of the group of processes when that may have less.
    pub total_bytes: u64,
    /// Whether it is such a group, a container or a unit, that has no more.
    pub is_of_group: bool,
    pub standing: Standing,
    pub problem: Option<String>,
}

/// What lies in the data directory, in bytes.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Files {
    pub database_bytes: u64,
    /// The database's write-ahead log.
    pub wal_bytes: u64,
    /// The traces, with their log.
    pub telemetry_bytes: u64,
    /// The backups of this machine.
    pub backups_bytes: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FlushTimes {
    /// How many of the last flushes these are, 128 at most.
    pub flushes: usize,
    pub median_ms: f64,
    pub slowest_ms: f64,
}

/// Measures it.
pub async fn measure(kernel: &Arc<Kernel>) -> Result<Machine> {
    let kernel = Arc::clone(kernel);
    spawn_blocking(move || measure_now(&kernel)).await.map_err(Error::internal)?
}

fn measure_now(kernel: &Kernel) -> Result<Machine> {
    Ok(Machine {
        version: env!("CARGO_PKG_VERSION"),
        sqlite: engine_version(),
        up_since: kernel.began,
        measured_at: Clock::System.now(),
        disk: disk(kernel)?,
        memory: memory::memory().zip(memory::resident()).map(|(of, held)| MemoryRoom::of(of, held)),
        files: Files::in_directory(&kernel.data),
        flushes: kernel.db.flush_figures().map(|figures| FlushTimes {
            flushes: figures.flushes,
            median_ms: figures.median.as_secs_f64() * 1e3,
            slowest_ms: figures.slowest.as_secs_f64() * 1e3,
        }),
    })
}

fn disk(kernel: &Kernel) -> Result<DiskRoom> {
    let (space, least) = (kernel.data.space()?, kernel.room.least());
    let standing = Standing::of_disk(space.free, least);
    let problem = match standing {
        Standing::Enough => None,
        Standing::Scarce => Some(format!(
            "{} are free on the disk of the data directory; below {} nothing more is added",
            shown(space.free),
            shown(least)
        )),
        // What readiness says, and who is refused.
        Standing::Short => kernel.room.shortage(),
    };
    let (free_bytes, total_bytes) = (space.free, space.total);
    Ok(DiskRoom { free_bytes, total_bytes, kept_free_bytes: least, standing, problem })
}

impl MemoryRoom {
    fn of(Memory { total, available, is_of_group }: Memory, held: u64) -> Self {
        let is_scarce = available < total / SCARCE_PART;
        let problem = is_scarce.then(|| {
            let whose = if is_of_group { "this container or unit" } else { "this machine" };
            format!(
                "{} of memory are left in {whose}, and this process holds {}; where there is none, what holds most is killed",
                shown(available),
                shown(held)
            )
        });
        Self {
            held_bytes: held,
            available_bytes: available,
            total_bytes: total,
            is_of_group,
            standing: if is_scarce { Standing::Scarce } else { Standing::Enough },
            problem,
        }
    }
}

impl Files {
    fn in_directory(data: &DataDir) -> Self {
        let size = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
        let with = |path: &Path, ending: &str| {
            let mut path = path.to_owned().into_os_string();
            path.push(ending);
            size(Path::new(&path))
        };
        let (database, telemetry) = (data.database(), data.telemetry());
        let backups = fs::read_dir(data.backups()).into_iter().flatten().take(MOST_BACKUPS);
        let backups = backups.filter_map(|entry| entry.ok()?.metadata().ok());
        Self {
            database_bytes: size(&database),
            wal_bytes: with(&database, "-wal"),
            telemetry_bytes: size(&telemetry) + with(&telemetry, "-wal"),
            backups_bytes: backups.filter(fs::Metadata::is_file).map(|file| file.len()).sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_memory_is_told_of_in_words() {
        let of = |available| Memory { total: 1_000, available, is_of_group: true };
        let plenty = MemoryRoom::of(of(100), 300);
        assert_eq!((plenty.standing, plenty.problem), (Standing::Enough, None));
        let little = MemoryRoom::of(of(99), 300);
        assert_eq!(little.standing, Standing::Scarce);
        let problem = little.problem.expect("words");
        assert!(problem.starts_with("99 B of memory are left in this container or unit"), "{problem}");
    }

    #[test]
    fn a_disk_is_scarce_before_it_is_short() {
        let kinds = [399, 400, 99, 100].map(|free| Standing::of_disk(free, 100));
        assert_eq!(kinds, [Standing::Scarce, Standing::Enough, Standing::Short, Standing::Scarce]);
        assert_eq!(Standing::of_disk(0, 0), Standing::Enough, "who keeps nothing free is refused nothing");
    }
}
