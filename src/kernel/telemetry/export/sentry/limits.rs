//! How much may be told: the receiver may ask for silence, and what happens again and again is told a few
//! times only.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::base::Timestamp;
use crate::kernel::outbound::Answer;

/// How long nothing is told after a 429 that does not say how long.
const USUAL: Duration = Duration::from_secs(60);

const LONGEST: Duration = Duration::from_hours(24);

/// How often the same error is told in one window.
const TIMES: u32 = 10;
const WINDOW: Duration = Duration::from_secs(60);

/// Different errors that are counted in one window; all further ones are told.
const MOST: usize = 1_000;

/// How long the receiver wants no errors. The header of its own says it more exactly than the status does.
pub(super) fn silence(answer: &Answer, now: Timestamp) -> Option<Duration> {
    match answer.header("x-sentry-rate-limits") {
        Some(limits) => limits.split(',').filter_map(limit_on_errors).max(),
        None if answer.status == 429 => Some(answer.retry_after(now).unwrap_or(USUAL)),
        None => None,
    }
}

/// `60:error;default:organization:quota`, of which everything after the kinds may be missing; without a
/// kind it holds for all.
fn limit_on_errors(limit: &str) -> Option<Duration> {
    let mut parts = limit.split(':').map(str::trim);
    let seconds: f64 = parts.next()?.parse().ok().filter(|seconds: &f64| *seconds > 0.0)?;
    let kinds = parts.next().unwrap_or("");
    let is_ours = kinds.is_empty() || kinds.split(';').any(|kind| matches!(kind.trim(), "error" | "all"));
    is_ours.then(|| Duration::from_secs_f64(seconds.min(LONGEST.as_secs_f64())))
}

/// What was told in this window, by its fingerprint.
#[derive(Default)]
pub(super) struct Repeats {
    since: Option<Instant>,
    told: HashMap<String, u32>,
}

impl Repeats {
    pub(super) fn may_tell(&mut self, fingerprint: String, now: Instant) -> bool {
        if self.since.is_none_or(|since| now.duration_since(since) >= WINDOW) {
            self.since = Some(now);
            self.told.clear();
        }
        if self.told.len() >= MOST && !self.told.contains_key(&fingerprint) {
            return true;
        }
        let times = self.told.entry(fingerprint).or_insert(0);
        *times += 1;
        *times <= TIMES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_holds_for_errors_when_it_names_them_or_nothing() {
        let seconds = |limit| limit_on_errors(limit).map(|span| span.as_secs());
        assert_eq!(seconds("60:error;security:organization:quota"), Some(60));
        assert_eq!(seconds("60::organization"), Some(60));
        assert_eq!(seconds("60"), Some(60));
        assert_eq!(seconds(" 2.5 : default;error :key"), Some(2));
        assert_eq!(seconds("60:transaction;attachment:key"), None);
        assert_eq!(seconds("99999999999:error:key"), Some(86_400));
        for limit in ["", "x:error:key", "-1:error:key", "0:error:key", "NaN:error:key"] {
            assert_eq!(seconds(limit), None, "{limit}");
        }
    }

    #[test]
    fn the_same_error_is_told_a_few_times_in_a_while_and_another_still_is() {
        let (mut repeats, now) = (Repeats::default(), Instant::now());
        let mut told = |name: &str, at| repeats.may_tell(name.into(), at);
        let all = (0..TIMES + 5).filter(|_| told("a", now)).count();
        assert_eq!(all, TIMES as usize);
        assert!(told("b", now));
        assert!(told("a", now + WINDOW));
    }
}
