//! Cron lines: when one fires next and when it fired last, in a time zone, over changes of its
//! clocks.
//!
//! Fields are read on the clock on the wall, so two days of the year need a rule, the one of Vixie
//! cron. A line that names its hours and minutes fires once for each time that it names: when the
//! clock skips it, at the end of the skip; when the clock shows it twice, the first time. A line
//! with a `*` in either, or that names every hour, follows real time: what is skipped does not
//! happen, what comes twice happens twice.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use croner::parser::{CronParser, Seconds, Year};
use jiff::SignedDuration;
use jiff::civil::{DateTime, date};
use jiff::tz::{AmbiguousOffset, TimeZone};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::base::{Error, Timestamp};

/// The longest line in bytes.
const LONGEST_LINE: usize = 200;

/// A clock that was turned back shows times again for at most this long.
const LONGEST_FOLD: Duration = Duration::from_hours(3);

/// Changes of the clock over which a line is looked for: more than 28 years have of them, after which
/// every weekday had every date.
const MOST_CHANGES: usize = 200;

/// The search gives up at the year 5000, and until then every weekday has every date once more.
const LAST_YEARS: DateTime = date(4960, 1, 1).at(0, 0, 0, 0);

const A_SECOND: SignedDuration = SignedDuration::from_secs(1);

/// A cron line of five fields that fires some day.
#[derive(Debug, Clone, PartialEq)]
pub struct Cron {
    line: String,
    pattern: croner::Cron,
    /// Whether it names its hours and minutes.
    is_fixed: bool,
}

impl FromStr for Cron {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let line = text.trim();
        if line.len() > LONGEST_LINE {
            return Err(format!("must have at most {LONGEST_LINE} bytes"));
        }
        if line.split_whitespace().count() > 5 {
            return Err(
                "must have five fields, from minute to weekday; it fires once a minute at most".into()
            );
        }
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Optional).build();
        let pattern = parser.parse(line).map_err(|error| {
            format!("is no cron line such as 30 2 * * 1-5 or @daily: {}", plain(&error.to_string()))
        })?;
        pattern
            .find_next_occurrence(&LAST_YEARS, true)
            .map_err(|_| "never fires: there is no such day".to_owned())?;
        let is_fixed = names_its_times(&pattern);
        Ok(Self { line: line.into(), pattern, is_fixed })
    }
}

fn plain(error: &str) -> &str {
    error.rsplit_once(": ").map_or(error, |(_, last)| last).trim_end_matches('.')
}

fn names_its_times(pattern: &croner::Cron) -> bool {
    let is_every_hour = (0..24).all(|hour| pattern.pattern.hour_match(hour).unwrap_or(false));
    !is_every_hour && !pattern.as_str().split_whitespace().take(2).any(|field| field.contains('*'))
}

/// The second that a moment lies in: lines know no smaller ones.
fn whole_second(moment: Timestamp) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_second(moment.seconds()).ok()
}

impl Cron {
    /// The first time after this moment; none when clocks of the zone skip each that there is.
    pub fn next_after(&self, zone: &Zone, after: Timestamp) -> Option<Timestamp> {
        let mut moment = whole_second(after)?;
        let mut shown = zone.0.to_datetime(moment);
        if self.is_fixed {
            loop {
                shown = self.next_shown(shown, false)?;
                let at = zone.first_moment(shown)?;
                if at > after {
                    return Some(at);
                }
            }
        }
        // From one change of the clock to the next, what it shows and real time go together.
        let mut is_change = false;
        for _ in 0..MOST_CHANGES {
            let next = zone.0.to_offset(moment).to_timestamp(self.next_shown(shown, is_change)?).ok()?;
            let change = zone.0.following(moment).next().map(|change| change.timestamp());
            match change {
                Some(change) if next >= change => moment = change,
                _ => return Some(Timestamp::from_millis(next.as_millisecond())),
            }
            (shown, is_change) = (zone.0.to_datetime(moment), true);
        }
        None
    }

    /// The same for a line that must have one.
    pub fn must_fire(&self, zone: &Zone, after: Timestamp) -> Result<Timestamp, Error> {
        let next = self.next_after(zone, after);
        next.ok_or_else(|| Error::invalid("cron", format!("never fires: clocks of {zone} always skip it")))
    }

    /// The last time up to this moment, the moment itself included.
    pub fn last_until(&self, zone: &Zone, until: Timestamp) -> Option<Timestamp> {
        let mut moment = whole_second(until)?;
        if self.is_fixed {
            let mut shown = self.last_shown(zone.latest_shown(moment)?, true)?;
            while zone.first_moment(shown)? > until {
                shown = self.last_shown(shown, false)?;
            }
            return zone.first_moment(shown);
        }
        for _ in 0..MOST_CHANGES {
            let shown = self.last_shown(zone.0.to_datetime(moment), true)?;
            let last = zone.0.to_offset(moment).to_timestamp(shown).ok()?;
            let change = zone.0.preceding(moment + A_SECOND).next().map(|change| change.timestamp());
            match change {
                Some(change) if last < change => moment = change - A_SECOND,
                _ => return Some(Timestamp::from_millis(last.as_millisecond())),
            }
        }
        None
    }

    fn next_shown(&self, shown: DateTime, or_this: bool) -> Option<DateTime> {
        self.pattern.find_next_occurrence(&shown, or_this).ok()
    }

    fn last_shown(&self, shown: DateTime, or_this: bool) -> Option<DateTime> {
        self.pattern.find_previous_occurrence(&shown, or_this).ok()
    }

    /// The next so many times after this moment.
    pub fn next_runs(&self, zone: &Zone, after: Timestamp, most: usize) -> Vec<Timestamp> {
        let first = self.next_after(zone, after);
        std::iter::successors(first, |last| self.next_after(zone, *last)).take(most).collect()
    }

    /// What it says, in English.
    pub fn description(&self) -> String {
        self.pattern.describe()
    }
}

/// A time zone of the IANA database, which is part of the binary.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone(TimeZone);

impl Zone {
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// When a clock of the zone first shows this; when it never does, the moment in which it skips it.
    fn first_moment(&self, shown: DateTime) -> Option<Timestamp> {
        let ambiguous = self.0.to_ambiguous_timestamp(shown);
        let is_skipped = matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. });
        let mut moment = ambiguous.earlier().ok()?;
        if is_skipped {
            moment = self.0.following(moment).next()?.timestamp();
        }
        Some(Timestamp::from_millis(moment.as_millisecond()))
    }

    /// The latest that a clock of the zone has shown lately: after it was turned back, more than now.
    fn latest_shown(&self, moment: jiff::Timestamp) -> Option<DateTime> {
        let before = moment.checked_sub(LONGEST_FOLD).ok()?;
        let offset = self.0.to_offset(moment).max(self.0.to_offset(before));
        Some(offset.to_datetime(moment))
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl FromStr for Zone {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let zone = TimeZone::get(name).ok().filter(|zone| !zone.is_unknown() && zone.iana_name().is_some());
        zone.map(Self).ok_or_else(|| "is no time zone such as UTC, Europe/Berlin or America/New_York".into())
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Both are text outside.
macro_rules! as_text {
    ($name:ident, $example:literal) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "examples": [$example] })
            }
        }
    };
}

as_text!(Cron, "30 2 * * 1-5");
as_text!(Zone, "Europe/Berlin");

#[cfg(test)]
mod tests;
