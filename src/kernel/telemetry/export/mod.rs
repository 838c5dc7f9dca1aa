//! Telemetry for those who look at it elsewhere: traces and logs to a collector of OpenTelemetry, errors to
//! Sentry or GlitchTip. A receiver that is slow, dead or wrong costs a count; it never holds up anything
//! but its own thread, and what it was to get is forgotten at last.

mod courier;
mod otlp;
mod outbox;
mod sentry;
mod tags;
mod tally;

use std::sync::Arc;
use std::time::Duration;

use crate::base::config::Telemetry;
use crate::base::{Clock, Error, Id, Kind, Result};
use crate::kernel::outbound::Outbound;
use crate::kernel::telemetry::Sink;
use crate::kernel::tenants::Tenant;

pub use outbox::Pace;
pub use tally::{Counts, Tally};

/// What the instance waits at its end for what is under way to a receiver, and for what still waits. Whoever stops a
/// server must not wait for a machine that is gone.
const PATIENCE: Duration = Duration::from_secs(1);

/// What tells this instance from others.
#[derive(Debug, Clone)]
pub struct Source {
    pub service: String,
    pub version: &'static str,
    pub environment: String,
    /// The id of the instance.
    pub instance: String,
}

/// How fast, and how patiently, is sent.
#[derive(Debug, Clone, Copy)]
pub struct Paces {
    pub batches: Pace,
    pub errors: Pace,
    /// How long one call may take.
    pub timeout: Duration,
    /// How long what waits may take to go when the instance stops.
    pub farewell: Duration,
}

impl Default for Paces {
    fn default() -> Self {
        let batches = Pace {
            gather: Duration::from_secs(1),
            enough: 512,
            most: 2_048,
            most_bytes: 2 * 1024 * 1024,
            queue: 16_384,
            queue_bytes: 8 * 1024 * 1024,
            tries: 5,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(60),
        };
        let errors = Pace { gather: Duration::ZERO, enough: 1, most: 1, queue: 256, ..batches };
        Self { batches, errors, timeout: Duration::from_secs(5), farewell: Duration::from_millis(800) }
    }
}

/// The sinks that the configuration asks for, and what each counts.
pub struct Exports {
    pub sinks: Vec<Box<dyn Sink>>,
    pub tallies: Vec<Arc<Tally>>,
}

impl Exports {
    /// Those of the instance with this id.
    pub fn open(
        config: &Telemetry,
        instance: Id<Tenant>,
        outbound: &Outbound,
        clock: &Clock,
    ) -> Result<Self> {
        let source = Source {
            service: config.service_name.to_string(),
            version: env!("CARGO_PKG_VERSION"),
            environment: config.environment.to_string(),
            instance: instance.to_string(),
        };
        Self::at_pace(config, &source, outbound, clock, Paces::default())
    }

    /// The same for any source, at another pace.
    pub fn at_pace(
        config: &Telemetry,
        source: &Source,
        outbound: &Outbound,
        clock: &Clock,
        paces: Paces,
    ) -> Result<Self> {
        let mut exports = Self { sinks: Vec::new(), tallies: Vec::new() };
        if let Some(endpoint) = &config.otlp_endpoint {
            let sink = otlp::Otlp::new(endpoint, &config.otlp_headers, source, outbound, clock, paces)?;
            exports.tallies.extend(sink.tallies());
            exports.sinks.push(Box::new(sink));
        }
        if let Some(dsn) = &config.sentry_dsn {
            let sink = sentry::Sentry::new(dsn, source, outbound, clock, paces)?;
            exports.tallies.push(sink.tally());
            exports.sinks.push(Box::new(sink));
        }
        Ok(exports)
    }
}

/// An option that can't be used, and why.
fn unusable(option: &str, why: impl std::fmt::Display) -> Error {
    Error::new(Kind::ValidationFailed, format!("{option} in the configuration can't be used: {why}"))
}
