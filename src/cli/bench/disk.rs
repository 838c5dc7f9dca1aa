//! The disk: how long it takes until something small is really on it.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use super::stats::{Times, Timings, times_of};
use crate::base::{Error, Result};

/// One page, as the write-ahead log appends them.
const APPENDED: [u8; 4_096] = [0x5a; 4_096];

/// Appends a page and flushes it, again and again.
pub fn measure(dir: &Path, span: Duration) -> Result<Times> {
    let path = dir.join("flushed");
    let mut file = OpenOptions::new().append(true).create_new(true).open(&path).map_err(unwritable)?;
    let mut timings = Timings::until(Instant::now() + span);
    while timings.goes_on() {
        let began = Instant::now();
        file.write_all(&APPENDED).and_then(|()| file.sync_all()).map_err(unwritable)?;
        timings.note(began);
    }
    Ok(times_of(timings.into_taken()))
}

fn unwritable(error: std::io::Error) -> Error {
    Error::unavailable("The disk under the data directory can't be written; see whether it is full.")
        .caused_by(error)
}
