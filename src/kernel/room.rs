//! Room on the disk. What `database.min_free` keeps free is for going on: for ending what was begun, for
//! deleting, for signing in to see to it. Who would add something waits until there is space again.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytesize::ByteSize;
use schemars::JsonSchema;
use serde::Serialize;

use crate::base::data_dir::DataDir;
use crate::base::{Error, Result};

/// How long a measurement is good: asking the system costs about as much as a small read.
const GOOD_FOR: Duration = Duration::from_millis(250);

/// Below so many times what is to be kept free it is time to see to it.
const SCARCE_BELOW: u64 = 4;

/// Whether there is enough of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Enough,
    /// It goes on, and somebody should see to it.
    Scarce,
    /// Something is refused, or soon fails, for want of it.
    Short,
}

impl Standing {
    /// Whether so many bytes are enough where so many are to be kept free.
    pub fn of_disk(free: u64, least: u64) -> Self {
        match free {
            _ if free < least => Self::Short,
            _ if free < least.saturating_mul(SCARCE_BELOW) => Self::Scarce,
            _ => Self::Enough,
        }
    }
}

pub struct Room {
    data: DataDir,
    least: AtomicU64,
    measured: Mutex<Option<(Instant, u64)>>,
    was_short: AtomicBool,
}

impl Room {
    pub(super) fn in_directory(data: DataDir, least: u64) -> Self {
        let measured = Mutex::default();
        Self { data, least: AtomicU64::new(least), measured, was_short: AtomicBool::new(false) }
    }

    /// Keeps so many bytes free from now on.
    pub fn keep_free(&self, bytes: u64) {
        self.least.store(bytes, Ordering::Relaxed);
    }

    /// How many bytes are to be kept free.
    pub fn least(&self) -> u64 {
        self.least.load(Ordering::Relaxed)
    }

    /// What is the matter with the disk, if something is.
    pub fn shortage(&self) -> Option<String> {
        let least = self.least();
        let shortage = match self.free() {
            Ok(free) if Standing::of_disk(free, least) == Standing::Short => Some(format!(
                "{} are free on the disk of the data directory, less than the {} to keep free",
                shown(free),
                shown(least)
            )),
            Ok(_) => None,
            Err(why) => Some(why),
        };
        self.tell(shortage.as_deref());
        shortage
    }

    /// Whether there was too little room when somebody last looked, which is in the log.
    pub fn was_short(&self) -> bool {
        self.was_short.load(Ordering::Relaxed)
    }

    /// Refuses who would add something while there is too little room.
    pub fn must_have(&self) -> Result<()> {
        match self.shortage() {
            None => Ok(()),
            Some(shortage) => Err(Error::unavailable(format!(
                "Nothing can be added: {shortage}. Free some space there, and it goes on by itself; \
                 deleting and reading work meanwhile."
            ))),
        }
    }

    fn free(&self) -> Result<u64, String> {
        let mut measured = self.measured.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, free)) = measured.filter(|(at, _)| at.elapsed() < GOOD_FOR) {
            return Ok(free);
        }
        let free = self.data.free_space().map_err(|error| error.message().to_owned())?;
        *measured = Some((Instant::now(), free));
        Ok(free)
    }

    /// Says once when it begins and when it is over.
    fn tell(&self, shortage: Option<&str>) {
        let was_short = self.was_short.swap(shortage.is_some(), Ordering::Relaxed);
        match shortage {
            Some(shortage) if !was_short => tracing::error!(
                directory = %self.data.path().display(),
                "{shortage}; what would add something is refused until there is space"
            ),
            None if was_short => {
                tracing::info!("there is space on the disk again; nothing is refused for want of it");
            }
            _ => {}
        }
    }
}

pub(super) fn shown(bytes: u64) -> String {
    ByteSize::b(bytes).display().iec().to_string()
}
