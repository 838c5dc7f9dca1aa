//! Time: integer milliseconds UTC inside, RFC 3339 outside, and a clock that tests can move.

use std::borrow::Cow;
use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// What RFC 3339 can write: the years 0 to 9999, and of the last day what the library below knows.
const WRITABLE: std::ops::RangeInclusive<i64> = -62_167_219_200_000..=253_402_207_200_000;

/// A moment: milliseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, as tokens count.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(millis_of(span)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(millis_of(span)))
    }
}

fn millis_of(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(moment) => write!(f, "{moment:.3}"),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

impl FromStr for Timestamp {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<jiff::Timestamp>()
            .map(|moment| Self(moment.as_millisecond()))
            .ok()
            .filter(|moment| WRITABLE.contains(&moment.0))
            .ok_or("write a time as RFC 3339 in UTC, such as 2026-03-01T09:30:00.000Z")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

/// Where the time comes from: the system, or a test's hand.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    #[default]
    System,
    Moved(Arc<Hand>),
}

/// What a standing clock shows.
#[derive(Debug)]
pub struct Hand {
    millis: AtomicI64,
    /// By how much it was set: no time passed by that.
    set_by: AtomicI64,
}

impl Clock {
    /// A clock that stands still until it is moved.
    pub fn standing_at(moment: Timestamp) -> Self {
        Self::Moved(Arc::new(Hand { millis: AtomicI64::new(moment.millis()), set_by: AtomicI64::new(0) }))
    }

    pub fn now(&self) -> Timestamp {
        #[cfg(test)]
        if matches!(self, Self::System)
            && let Some(now) = super::seeded::now()
        {
            return now;
        }
        match self {
            Self::System => Timestamp(jiff::Timestamp::now().as_millisecond()),
            Self::Moved(hand) => Timestamp(hand.millis.load(Ordering::Relaxed)),
        }
    }

    /// The time that has passed since some moment, for limits: setting the system's clock, as a small
    /// board does after each start, does not change it.
    pub fn passed(&self) -> Duration {
        static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);
        match self {
            Self::System => BEGINNING.elapsed(),
            Self::Moved(hand) => {
                let set_by = hand.set_by.load(Ordering::Relaxed);
                Duration::from_millis((hand.millis.load(Ordering::Relaxed) - set_by).unsigned_abs())
            }
        }
    }

    /// Whether it only moves by hand.
    pub fn is_moved(&self) -> bool {
        matches!(self, Self::Moved(_))
    }

    /// Moves a standing clock; the system's clock is nobody's to move.
    pub fn advance(&self, span: Duration) {
        if let Self::Moved(hand) = self {
            hand.millis.fetch_add(millis_of(span), Ordering::Relaxed);
        }
    }

    /// Sets a standing clock ahead, or back, and no time passes by it.
    pub fn set_by(&self, millis: i64) {
        if let Self::Moved(hand) = self {
            hand.set_by.fetch_add(millis, Ordering::Relaxed);
            hand.millis.fetch_add(millis, Ordering::Relaxed);
        }
    }

    /// Turns a standing clock back, as a bad battery or a careless hand does.
    pub fn turn_back(&self, span: Duration) {
        if let Self::Moved(hand) = self {
            hand.millis.fetch_sub(millis_of(span), Ordering::Relaxed);
        }
    }
}
