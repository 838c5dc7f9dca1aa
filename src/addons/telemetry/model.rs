//! What is asked of telemetry.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::text::Text;
use crate::base::{Error, Result, Timestamp};
use crate::http::{Cursor, Limit};
use crate::kernel::TraceId;
use crate::kernel::telemetry::{ErrorPosition, Level, LineSearch, Moment, TailFilter, TraceSearch, Viewer};

/// The id of a trace: 32 hex digits.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", inline)]
pub struct TraceKey(pub TraceId);

impl FromStr for TraceKey {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_hex = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        match u128::from_str_radix(text, 16) {
            Ok(id) if is_hex => Ok(Self(TraceId(id))),
            _ => Err("a trace id is 32 of 0-9 and a-f"),
        }
    }
}

impl TryFrom<String> for TraceKey {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// One status, `404`, or all of a hundred, `5xx`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", inline)]
pub struct StatusPattern {
    from: u16,
    to: u16,
}

impl TryFrom<String> for StatusPattern {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let hundred = text.strip_suffix("xx").and_then(|digit| digit.parse::<u16>().ok());
        match (hundred, text.parse::<u16>()) {
            (Some(digit @ 1..=5), _) => Ok(Self { from: digit * 100, to: digit * 100 + 99 }),
            (_, Ok(status @ 100..=599)) => Ok(Self { from: status, to: status }),
            _ => Err("write a status such as 404, or 5xx for all from 500 to 599"),
        }
    }
}

/// Milliseconds, as a query has them.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "u32", inline)]
pub struct Millis(u32);

impl TryFrom<String> for Millis {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self).map_err(|_| "must be a whole number of milliseconds")
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TraceQuery {
    /// Only what began with this, such as `/api/requests/{id}` or `GET /api/requests/{id}`, or a kind of job.
    pub route: Option<Text<1, 200>>,
    /// Only what was answered with this status, such as `404`, or `5xx`.
    pub status: Option<StatusPattern>,
    /// Only what took at least so many milliseconds.
    pub slower_than: Option<Millis>,
    /// Only this tenant, by its slug; in the instance.
    pub tenant: Option<Text<1, 63>>,
    /// Only what this one did, such as `user:<id>`.
    pub actor: Option<Text<1, 100>>,
    /// Only from this moment on.
    pub since: Option<Timestamp>,
    /// Only before this moment.
    pub until: Option<Timestamp>,
    #[serde(default)]
    pub limit: Limit,
    pub cursor: Option<Cursor<TracePosition>>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct TracePosition {
    pub at: i64,
    pub number: i64,
}

fn micros(at: Timestamp) -> i64 {
    Moment::from(at).micros()
}

/// A tenant can't ask for another.
fn slug(viewer: Viewer, tenant: Option<Text<1, 63>>) -> Result<Option<String>> {
    match tenant {
        Some(_) if !viewer.sees_all() => {
            Err(Error::invalid("tenant", "is for the instance; a tenant sees its own only"))
        }
        tenant => Ok(tenant.map(Into::into)),
    }
}

impl TraceQuery {
    pub fn search(self, viewer: Viewer) -> Result<TraceSearch> {
        Ok(TraceSearch {
            slug: slug(viewer, self.tenant)?,
            route: self.route.map(Into::into),
            status: self.status.map(|status| (status.from, status.to)),
            slower_than_micros: self.slower_than.map(|Millis(millis)| i64::from(millis) * 1_000),
            actor: self.actor.map(Into::into),
            since_micros: self.since.map(micros),
            until_micros: self.until.map(micros),
            after: self.cursor.map(|Cursor(last)| (last.at, last.number)),
        })
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LogQuery {
    /// At least this level.
    pub level: Option<Level>,
    /// Only lines that contain this, in small or large letters.
    pub text: Option<Text<1, 200>>,
    /// Only lines of this trace.
    pub trace: Option<TraceKey>,
    /// Only this tenant, by its slug; in the instance.
    pub tenant: Option<Text<1, 63>>,
    /// Only from this moment on.
    pub since: Option<Timestamp>,
    /// Only before this moment.
    pub until: Option<Timestamp>,
    #[serde(default)]
    pub limit: Limit,
    pub cursor: Option<Cursor<LogPosition>>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct LogPosition {
    pub id: i64,
}

impl LogQuery {
    pub fn search(self, viewer: Viewer) -> Result<LineSearch> {
        Ok(LineSearch {
            slug: slug(viewer, self.tenant)?,
            trace: self.trace.map(|TraceKey(id)| id),
            level: self.level,
            text: self.text.map(Into::into),
            since_micros: self.since.map(micros),
            until_micros: self.until.map(micros),
            after: self.cursor.map(|Cursor(last)| last.id),
        })
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TailQuery {
    /// At least this level.
    pub level: Option<Level>,
    /// Only lines that contain this, in small or large letters.
    pub text: Option<Text<1, 200>>,
}

impl From<TailQuery> for TailFilter {
    fn from(query: TailQuery) -> Self {
        Self { level: query.level, text: query.text.map(Into::into) }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ErrorQuery {
    /// Only what was seen from this moment on.
    pub since: Option<Timestamp>,
    #[serde(default)]
    pub limit: Limit,
    pub cursor: Option<Cursor<ErrorCursor>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ErrorCursor {
    pub at: i64,
    pub tenant: i64,
    pub fingerprint: String,
}

impl ErrorQuery {
    pub fn since_micros(&self) -> Option<i64> {
        self.since.map(micros)
    }

    pub fn after(self) -> Option<ErrorPosition> {
        self.cursor.map(|Cursor(last)| ErrorPosition {
            at: last.at,
            tenant: last.tenant,
            fingerprint: last.fingerprint,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_one_or_a_hundred() {
        let of = |text: &str| StatusPattern::try_from(text.to_owned());
        assert_eq!(of("404"), Ok(StatusPattern { from: 404, to: 404 }));
        assert_eq!(of("5xx"), Ok(StatusPattern { from: 500, to: 599 }));
        for text in ["", "xx", "6xx", "99", "600", "5x", "ok"] {
            assert!(of(text).is_err(), "{text}");
        }
    }
}
