//! Chance and time out of a seed, for a thread that plays a simulation: its ids, its traces and its
//! jitter are the same each time. Every other thread of the tests has the usual ones.

use std::cell::RefCell;

use uuid::{Builder, Uuid};

use super::{Clock, Timestamp};

struct Seeded {
    clock: Clock,
    /// The time in the last id: ids ascend even when the clock stands.
    last: u64,
    count: u32,
}

thread_local! {
    static SEEDED: RefCell<Option<Seeded>> = const { RefCell::new(None) };
}

/// From now on this thread's chance comes from the seed, and its time from the clock.
pub fn begin(seed: u64, clock: Clock) {
    fastrand::seed(seed);
    SEEDED.set(Some(Seeded { clock, last: 0, count: 0 }));
}

/// The time of the simulation, on a thread that plays one.
pub fn now() -> Option<Timestamp> {
    SEEDED.with_borrow(|seeded| seeded.as_ref().map(|seeded| seeded.clock.now()))
}

/// The next id that a thread of a simulation makes.
pub fn uuid() -> Option<Uuid> {
    SEEDED.with_borrow_mut(|seeded| {
        let seeded = seeded.as_mut()?;
        seeded.last = seeded.last.max(seeded.clock.now().millis().unsigned_abs());
        seeded.count += 1;
        let mut rest = [0; 10];
        rest[3..7].copy_from_slice(&seeded.count.to_be_bytes());
        rest[7..].fill_with(|| fastrand::u8(..));
        Some(Builder::from_unix_timestamp_millis(seeded.last, &rest).into_uuid())
    })
}
