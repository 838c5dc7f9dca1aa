//! When a message is tried again, as Standard Webhooks advises.

use std::time::Duration;

/// The waits between attempts: ten attempts in a little more than three days.
pub const RETRIES: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
    Duration::from_hours(14),
    Duration::from_hours(20),
    Duration::from_hours(24),
];

/// The wait after so many failed attempts, give or take a tenth, so that messages do not come back
/// all at once; none when it was the last. `chance` lies between 0 and 1.
pub fn wait_after(attempts: u32, chance: f64) -> Option<Duration> {
    let at = usize::try_from(attempts.checked_sub(1)?).ok()?;
    RETRIES.get(at).map(|wait| wait.mul_f64(0.9 + 0.2 * chance))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_has_its_wait_and_the_tenth_is_the_last() {
        let middle: Vec<u64> = (0..=11).filter_map(|n| wait_after(n, 0.5)).map(|w| w.as_secs()).collect();
        assert_eq!(middle, [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]);
        assert_eq!(wait_after(1, 0.0), Some(Duration::from_millis(4500)));
        assert_eq!(wait_after(1, 1.0), Some(Duration::from_millis(5500)));
        assert_eq!((wait_after(0, 0.5), wait_after(10, 0.5), wait_after(u32::MAX, 0.5)), (None, None, None));
    }
}
