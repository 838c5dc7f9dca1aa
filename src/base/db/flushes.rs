//! How long the disk lately took until a transaction was on it. Noting one costs two atomic steps.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

/// Those that are remembered.
const PLACES: usize = 128;

#[derive(Debug)]
pub(super) struct Flushes {
    micros: [AtomicU32; PLACES],
    noted: AtomicUsize,
}

/// The last flushes, 128 at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlushFigures {
    pub flushes: usize,
    pub median: Duration,
    pub slowest: Duration,
}

impl Default for Flushes {
    fn default() -> Self {
        Self { micros: std::array::from_fn(|_| AtomicU32::new(0)), noted: AtomicUsize::new(0) }
    }
}

impl Flushes {
    /// Only the writer notes.
    pub(super) fn note(&self, took: Duration) {
        let place = self.noted.fetch_add(1, Ordering::Relaxed) % PLACES;
        self.micros[place].store(took.as_micros().try_into().unwrap_or(u32::MAX), Ordering::Relaxed);
    }

    /// Nothing before the first.
    pub(super) fn figures(&self) -> Option<FlushFigures> {
        let flushes = self.noted.load(Ordering::Relaxed).min(PLACES);
        let mut micros: Vec<u32> =
            self.micros.iter().take(flushes).map(|place| place.load(Ordering::Relaxed)).collect();
        micros.sort_unstable();
        let at = |place: usize| micros.get(place).map(|micros| Duration::from_micros((*micros).into()));
        Some(FlushFigures { flushes, median: at(flushes / 2)?, slowest: at(flushes.checked_sub(1)?)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ones_count_and_earlier_ones_are_forgotten() {
        let flushes = Flushes::default();
        assert_eq!(flushes.figures(), None);
        let millis = Duration::from_millis;
        [9, 1, 5].into_iter().for_each(|took| flushes.note(millis(took)));
        let figures = flushes.figures().expect("there are three");
        assert_eq!((figures.flushes, figures.median, figures.slowest), (3, millis(5), millis(9)));
        (0..PLACES).for_each(|_| flushes.note(millis(2)));
        let figures = flushes.figures().expect("there are many");
        assert_eq!((figures.flushes, figures.median, figures.slowest), (PLACES, millis(2), millis(2)));
    }
}
