//! Configuration: `config.toml` beside the sources is the complete, commented list with defaults.
//! The operator's file overrides it, and `STEADING__SECTION__KEY` in the environment overrides that.

mod export;
mod limits;
mod load;
mod outbound;
mod telemetry;

use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use serde::{Deserialize, Deserializer, de};

use crate::base::db::Synchronous;
use crate::base::network::Network;
use crate::base::{Error, Kind, Result};

pub use export::{Dsn, Endpoint, Header, Hidden};
pub use limits::{Limits, PerSecond};
pub use load::{DEFAULTS, load};
use load::{option, option_names};
pub use outbound::{Destination, Outbound};
pub use telemetry::{Share, Telemetry};

/// Less room than this holds nothing worth looking at.
const SMALLEST_TELEMETRY: u64 = 1024 * 1024;

/// What a mistyped time must not delete.
const SHORTEST_KEPT: Duration = Duration::from_hours(24);

/// A microsecond is the shortest pause that is counted between two requests.
const MOST_A_SECOND: PerSecond = 1_000_000;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub server: Server,
    pub database: Database,
    pub identity: Identity,
    pub audit: Audit,
    pub jobs: Jobs,
    pub events: Events,
    pub backup: Backup,
    pub outbound: Outbound,
    pub telemetry: Telemetry,
    pub limits: Limits,
    pub log: Log,
    /// Every option as it was given, to tell what changed.
    #[serde(skip)]
    options: toml::Table,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    pub listen: String,
    pub public_url: String,
    pub data: PathBuf,
    /// A certificate with its chain and its key, in PEM; empty for none.
    pub tls_cert: PathBuf,
    pub tls_key: PathBuf,
    pub workers: usize,
    pub max_connections: usize,
    /// With 0 a quarter of them.
    pub max_connections_per_address: usize,
    pub max_body: ByteSize,
    /// What bodies under way take of memory at most.
    pub max_bodies: ByteSize,
    pub header_timeout: Span,
    pub body_timeout: Span,
    pub write_timeout: Span,
    pub keep_alive: Span,
    pub grace: Span,
    pub trusted_proxies: Vec<Network>,
    pub forwarded_header: ForwardedHeader,
    pub metrics_open_to: Vec<Network>,
}

/// The header in which a trusted proxy says for whom it asks. One only: what it does not write itself, it hands
/// on from whoever called it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    XForwardedFor,
    Forwarded,
}

impl Server {
    /// Whether people reach this server over https.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://") || (self.public_url.is_empty() && self.speaks_tls())
    }

    /// Whether it speaks TLS itself.
    pub fn speaks_tls(&self) -> bool {
        !self.tls_cert.as_os_str().is_empty()
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    pub synchronous: Synchronous,
    pub readers: usize,
    pub read_limit: Span,
    pub write_limit: Span,
    pub write_queue: usize,
    pub min_free: ByteSize,
    pub checkpoint: Checkpoint,
}

/// Who folds the write-ahead log into the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Checkpoint {
    Own,
    /// A program beside this one that copies the log first.
    Outside,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    pub argon2_memory: ByteSize,
    pub argon2_passes: u32,
    pub hashing_threads: usize,
    pub hashing_queue: usize,
    pub session_lifetime: Span,
    pub keep_sessions: Span,
    pub account_signup: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    pub keep: Span,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jobs {
    pub concurrency: usize,
    pub tenant_concurrency: u32,
    pub keep_done: Span,
    pub keep_dead: Span,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    pub keep: Span,
    pub keep_dead: Span,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backup {
    /// A cron line; empty for never.
    pub schedule: String,
    pub keep_last: usize,
    pub keep_daily: usize,
    pub keep_weekly: usize,
    pub keep_monthly: usize,
    /// How long that is kept which restoring something put aside.
    pub keep_aside: Span,
    /// Where a store is that speaks S3; empty for none.
    pub s3_endpoint: String,
    pub s3_region: String,
    pub s3_bucket: String,
    /// What the names of its objects begin with.
    pub s3_prefix: String,
    pub s3_access_key: String,
    pub s3_secret_key: Secret,
}

/// What must not be shown, not even to who looks for a fault.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    pub fn of(text: &str) -> Self {
        Self(text.into())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub level: String,
    pub format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Pretty,
    Json,
}

impl Config {
    /// The names of the options that are otherwise in another configuration.
    pub fn options_changed_in(&self, other: &Self) -> Vec<String> {
        let (here, there) = (option_names(&self.options), &other.options);
        here.filter(|name| option(&self.options, name) != option(there, name)).collect()
    }

    /// Counts these options as taken over from another configuration.
    pub fn take_options(&mut self, other: &Self, names: &[String]) {
        for name in names {
            let parts = name.split_once('.').zip(option(&other.options, name));
            let Some(((section, key), value)) = parts else { continue };
            if let Some(toml::Value::Table(options)) = self.options.get_mut(section) {
                options.insert(key.to_owned(), value.clone());
            }
        }
    }

    /// Refuses numbers with which nothing could be served, or nothing be proved.
    fn check(&self) -> Result<()> {
        let (server, database) = (&self.server, &self.database);
        for (option, value, allowed) in [
            ("server.workers", server.workers, 0..=256),
            ("server.max_connections", server.max_connections, 1..=1_000_000),
            ("server.max_connections_per_address", server.max_connections_per_address, 0..=1_000_000),
            ("jobs.concurrency", self.jobs.concurrency, 0..=10_000),
            ("jobs.tenant_concurrency", self.jobs.tenant_concurrency as usize, 1..=10_000),
            ("database.readers", database.readers, 1..=256),
            ("database.write_queue", database.write_queue, 1..=1_000_000),
            ("outbound.max_calls", self.outbound.max_calls, 1..=10_000),
            ("outbound.max_calls_per_tenant", self.outbound.max_calls_per_tenant, 0..=10_000),
        ] {
            if !allowed.contains(&value) {
                let message = format!(
                    "{option} is {value}; it must lie between {} and {}.",
                    allowed.start(),
                    allowed.end()
                );
                return Err(Error::new(Kind::ValidationFailed, message));
            }
        }
        if self.telemetry.max_size.as_u64() < SMALLEST_TELEMETRY {
            return Err(Error::new(Kind::ValidationFailed, "telemetry.max_size must be 1 MiB or more."));
        }
        for (option, rate) in self.limits.rates() {
            if rate > MOST_A_SECOND {
                let message = format!("{option} is {rate}; it must lie between 0 and {MOST_A_SECOND}.");
                return Err(Error::new(Kind::ValidationFailed, message));
            }
        }
        if !(Duration::from_secs(1)..=Duration::from_hours(1)).contains(&self.limits.burst.0) {
            return Err(Error::new(Kind::ValidationFailed, "limits.burst must lie between 1s and 1h."));
        }
        if self.audit.keep.0 < SHORTEST_KEPT {
            return Err(Error::new(Kind::ValidationFailed, "audit.keep must be one day, 1d, or more."));
        }
        if self.backup.keep_aside.0 < SHORTEST_KEPT {
            let message = "backup.keep_aside must be one day, 1d, or more.";
            return Err(Error::new(Kind::ValidationFailed, message));
        }
        Ok(())
    }
}

/// A length of time as people write it: `500ms`, `30s`, `2h`, `30d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span(Duration);

impl Span {
    pub const fn of(duration: Duration) -> Self {
        Self(duration)
    }
}

impl From<Span> for Duration {
    fn from(span: Span) -> Self {
        span.0
    }
}

impl std::str::FromStr for Span {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let duration = |text: &str| {
            let span: jiff::Span = text.parse().ok()?;
            let exact = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).ok()?;
            Duration::try_from(exact).ok()
        };
        duration(text).map(Self).ok_or("write a length of time, such as 500ms, 30s, 5m, 2h or 30d")
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
