//! Which backups are kept: some of the newest, and the newest of some days, weeks and months.

use super::folder::{BackupName, delete_backup, list_backups};
use crate::base::config::Backup as Rules;
use crate::base::data_dir::DataDir;
use crate::base::{Result, Timestamp};

/// Deletes those that no rule keeps, and says which. What can't be read is left for somebody to look at.
pub(super) fn delete_old(data: &DataDir, rules: &Rules) -> Result<Vec<BackupName>> {
    let known: Vec<(Timestamp, BackupName)> =
        list_backups(data)?.into_iter().filter_map(|backup| Some((backup.made_at?, backup.name))).collect();
    let times: Vec<Timestamp> = known.iter().map(|(made_at, _)| *made_at).collect();
    let mut deleted = Vec::new();
    for ((_, name), is_kept) in known.into_iter().zip(kept(&times, rules)) {
        if !is_kept {
            delete_backup(data, &name)?;
            deleted.push(name);
        }
    }
    Ok(deleted)
}

/// Which day, week or month a time lies in.
type SpanOf = fn(Timestamp) -> i64;

/// Those of these, the newest first, that no rule keeps.
pub(super) fn old_among(names: Vec<BackupName>, rules: &Rules) -> Vec<BackupName> {
    let known: Vec<(Timestamp, BackupName)> =
        names.into_iter().filter_map(|name| Some((name.made_at()?, name))).collect();
    let times: Vec<Timestamp> = known.iter().map(|(made_at, _)| *made_at).collect();
    let is_kept = kept(&times, rules);
    known.into_iter().zip(is_kept).filter(|(_, is_kept)| !is_kept).map(|((_, name), _)| name).collect()
}

/// Whether each of these times is kept, the newest first. The newest always is.
fn kept(times: &[Timestamp], rules: &Rules) -> Vec<bool> {
    let mut is_kept: Vec<bool> = (0..times.len()).map(|nth| nth < rules.keep_last.max(1)).collect();
    let spans: [(usize, SpanOf); 3] =
        [(rules.keep_daily, day), (rules.keep_weekly, week), (rules.keep_monthly, month)];
    for (most, span_of) in spans {
        let (mut last, mut found) = (None, 0);
        for (nth, time) in times.iter().enumerate() {
            let span = span_of(*time);
            if last == Some(span) {
                continue;
            }
            last = Some(span);
            found += 1;
            is_kept[nth] |= found <= most;
        }
    }
    is_kept
}

/// Days since 1970, in UTC.
fn day(time: Timestamp) -> i64 {
    time.seconds().div_euclid(86_400)
}

/// Weeks, which begin on Mondays; 1970 began on a Thursday.
fn week(time: Timestamp) -> i64 {
    (day(time) + 3).div_euclid(7)
}

fn month(time: Timestamp) -> i64 {
    let date = jiff::Timestamp::from_millisecond(time.millis()).unwrap_or_default();
    let date = date.to_zoned(jiff::tz::TimeZone::UTC).date();
    i64::from(date.year()) * 12 + i64::from(date.month())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(last: usize, daily: usize, weekly: usize, monthly: usize) -> Rules {
        Rules {
            keep_last: last,
            keep_daily: daily,
            keep_weekly: weekly,
            keep_monthly: monthly,
            ..Rules::default()
        }
    }

    fn kept_of(times: &[&str], rules: &Rules) -> Vec<String> {
        let parsed: Vec<Timestamp> = times.iter().map(|time| time.parse().expect("a time")).collect();
        let is_kept = kept(&parsed, rules);
        times.iter().zip(is_kept).filter(|(_, kept)| *kept).map(|(time, _)| (*time).to_owned()).collect()
    }

    const TIMES: [&str; 8] = [
        "2026-03-02T12:00:00Z", // a Monday
        "2026-03-02T02:00:00Z",
        "2026-03-01T02:00:00Z", // a Sunday
        "2026-02-28T02:00:00Z",
        "2026-02-20T02:00:00Z",
        "2026-01-31T02:00:00Z",
        "2025-12-31T02:00:00Z",
        "2025-11-30T02:00:00Z",
    ];

    #[test]
    fn the_newest_is_kept_whatever_the_rules_are() {
        assert_eq!(kept_of(&TIMES, &rules(0, 0, 0, 0)), TIMES[..1]);
        assert_eq!(kept_of(&TIMES, &rules(2, 0, 0, 0)), TIMES[..2]);
        assert_eq!(kept_of(&[], &rules(2, 3, 4, 5)), Vec::<String>::new());
    }

    #[test]
    fn of_each_span_the_newest_is_kept() {
        assert_eq!(kept_of(&TIMES, &rules(0, 3, 0, 0)), [TIMES[0], TIMES[2], TIMES[3]]);
        assert_eq!(kept_of(&TIMES, &rules(0, 0, 3, 0)), [TIMES[0], TIMES[2], TIMES[4]]);
        assert_eq!(kept_of(&TIMES, &rules(0, 0, 0, 4)), [TIMES[0], TIMES[3], TIMES[5], TIMES[6]]);
    }

    #[test]
    fn one_backup_may_be_kept_for_several_reasons() {
        let kept = kept_of(&TIMES, &rules(1, 2, 2, 2));
        assert_eq!(kept, [TIMES[0], TIMES[2], TIMES[3]]);
    }
}
