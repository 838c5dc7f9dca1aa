//! What is kept of what was done, how much of it, and who else is told.

use std::str::FromStr;

use bytesize::ByteSize;
use serde::{Deserialize, Deserializer, de};

use super::Span;
use super::export::{Dsn, Endpoint, Header, unless_empty};
use crate::base::text::Text;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Telemetry {
    /// Whether recent traces and lines are kept in the data directory.
    pub enabled: bool,
    pub max_size: ByteSize,
    pub keep: Span,
    pub sample: Share,
    /// Traces of each second that are kept whatever the share is.
    pub always: u32,
    pub slow: Span,
    pub slow_job: Span,
    pub service_name: Text<1, 100>,
    pub environment: Text<1, 64>,
    #[serde(deserialize_with = "unless_empty")]
    pub otlp_endpoint: Option<Endpoint>,
    pub otlp_headers: Vec<Header>,
    #[serde(deserialize_with = "unless_empty")]
    pub sentry_dsn: Option<Dsn>,
}

/// A part of a whole, as people write it: `5%`, `0.1%`, `100%`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share(f64);

impl Share {
    /// Of one.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl FromStr for Share {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let percent = text.strip_suffix('%').and_then(|number| number.trim_end().parse::<f64>().ok());
        let share = percent.filter(|percent| (0.0..=100.0).contains(percent));
        share.map(|percent| Self(percent / 100.0)).ok_or("write a share from 0% to 100%, such as 5% or 0.1%")
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Share;

    #[test]
    fn a_share_is_a_percentage() {
        assert_eq!("5%".parse(), Ok(Share(0.05)));
        assert_eq!("100 %".parse(), Ok(Share(1.0)));
        for text in ["", "%", "5", "-1%", "101%", "NaN%", "a%"] {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
    }
}
