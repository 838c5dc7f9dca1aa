//! What telemetry is made of: spans, which are things done with a beginning and a length, and lines
//! of the log. None of them holds a token, a secret, a password or a payload.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::attribute::Attributes;
use crate::base::db::{Column, Stored, TenantNo, Value};
use crate::base::{Id, Timestamp};
use crate::kernel::events::Event;
use crate::kernel::jobs::Job;
use crate::kernel::tenants::Tenant;
use crate::kernel::{Actor, TraceId};
use crate::text_column;

/// A span's id within its trace: 16 hex digits, never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SpanId(NonZeroU64);

impl SpanId {
    pub fn fresh() -> Self {
        Self::from_bits(fastrand::u64(1..))
    }

    /// The span of something that has an id: the same in every process.
    pub fn of(id: Uuid) -> Self {
        Self::from_bits(id.as_u64_pair().1)
    }

    pub fn from_bits(bits: u64) -> Self {
        Self(NonZeroU64::new(bits).unwrap_or(NonZeroU64::MIN))
    }

    pub fn bits(self) -> u64 {
        self.0.get()
    }
}

impl Column for SpanId {
    fn read(value: Stored<'_>) -> Option<Self> {
        i64::read(value).map(|bits| Self::from_bits(bits.cast_unsigned()))
    }
}

impl From<SpanId> for Value<'_> {
    fn from(id: SpanId) -> Self {
        Self::Int(id.bits().cast_signed())
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A moment in microseconds since 1970-01-01 UTC: much of what a span is happens within one of the
/// milliseconds that the rest of the product counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(i64);

impl Moment {
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// By the system's clock.
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(0) + since
    }

    pub const fn micros(self) -> i64 {
        self.0
    }

    pub const fn timestamp(self) -> Timestamp {
        Timestamp::from_millis(self.0.div_euclid(1_000))
    }
}

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        Self(at.millis().saturating_mul(1_000))
    }
}

impl std::ops::Add<Duration> for Moment {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
    }
}

/// What a span is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpanKind {
    /// A request that this server answered; its name is a method and a route.
    Request,
    /// A write: waiting for the writer, its part of the transaction, the commit.
    Write,
    /// An event that was published; its name is the event's type.
    Event,
    /// An event on its way to one subscription; its name is the subscription's.
    Delivery,
    /// One attempt of a job; its name is the job's kind.
    Job,
    /// A call to others; its name is a host.
    Call,
}

impl SpanKind {
    pub const ALL: [Self; 6] =
        [Self::Request, Self::Write, Self::Event, Self::Delivery, Self::Job, Self::Call];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Write => "write",
            Self::Event => "event",
            Self::Delivery => "delivery",
            Self::Job => "job",
            Self::Call => "call",
        }
    }
}

impl FromStr for SpanKind {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or(())
    }
}

text_column!(SpanKind);

/// How something ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    Ok,
    /// Why, as a sentence.
    Failed(String),
}

impl Ending {
    pub fn error(&self) -> Option<&str> {
        match self {
            Self::Ok => None,
            Self::Failed(why) => Some(why),
        }
    }

    pub fn is_failed(&self) -> bool {
        matches!(self, Self::Failed(_))
    }
}

/// The tenant in which something was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantTag {
    pub number: TenantNo,
    pub slug: Arc<str>,
}

impl TenantTag {
    pub fn of(tenant: &Tenant) -> Self {
        Self { number: tenant.number, slug: tenant.slug.as_str().into() }
    }
}

/// Something that was done.
#[derive(Debug, Clone)]
pub struct Span {
    pub trace: TraceId,
    pub id: SpanId,
    /// What it is a part of; the caller's span for a request that came with `traceparent`.
    pub parent: Option<SpanId>,
    pub kind: SpanKind,
    pub name: Cow<'static, str>,
    pub started: Moment,
    pub took: Duration,
    pub ending: Ending,
    /// The HTTP status that was answered, by us or by whom we called.
    pub status: Option<u16>,
    pub tenant: Option<TenantTag>,
    pub actor: Option<Actor>,
    pub job: Option<Id<Job>>,
    pub event: Option<Id<Event>>,
    pub attributes: Attributes,
}

/// How much a line of the log matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "LogLevel")]
pub enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

impl Level {
    pub const ALL: [Self; 5] = [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    /// As it is stored: the place among the levels.
    pub(super) fn of(place: i64) -> Self {
        usize::try_from(place).ok().and_then(|place| Self::ALL.get(place).copied()).unwrap_or(Self::Error)
    }
}

impl FromStr for Level {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|level| level.as_str() == word).ok_or(())
    }
}

/// A line of the log, with what was going on when it was written.
#[derive(Debug, Clone)]
pub struct Line {
    pub at: Moment,
    pub level: Level,
    /// The module that wrote it.
    pub target: &'static str,
    pub message: String,
    pub trace: Option<TraceId>,
    pub span: Option<SpanId>,
    pub tenant: Option<TenantTag>,
    pub actor: Option<Actor>,
    pub job: Option<Id<Job>>,
    pub fields: Attributes,
}
