//! The log: one line for each thing that happened, to standard error and into telemetry. What belongs to
//! a request or a job says to which.

mod json;

use std::fmt;
use std::io::IsTerminal;

use tracing::field::{Field, Visit};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::{DefaultFields, Writer};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt as lines};

use crate::base::config::{Log, LogFormat};
use crate::base::{Error, Kind, Result};
use crate::kernel::telemetry::{Lines, OF_THE_SCENE, Trail};

/// The library below tells of each of its threads, and of each client that sends no HTTP.
const QUIET: [&str; 2] = ["actix_server=warn", "actix_http=off"];

/// Starts the log of this process. A second call changes nothing.
pub fn start_logging(log: &Log) -> Result<()> {
    let wrong = || {
        Error::new(
            Kind::ValidationFailed,
            format!(
                "log.level is {:?}; write error, warn, info, debug or trace, or a filter such as \
                 \"info,steading::http=debug\".",
                log.level
            ),
        )
    };
    // A filter takes a word that is no level for the name of a module, and is silent about it.
    if !log.level.contains('=') && log.level.parse::<LevelFilter>().is_err() {
        return Err(wrong());
    }
    let mut filter = EnvFilter::try_new(&log.level).map_err(|error| wrong().caused_by(error))?;
    for directive in QUIET {
        filter = filter.add_directive(directive.parse().map_err(Error::internal)?);
    }
    let told = tracing_subscriber::registry().with(filter).with(Lines);
    let written = lines::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    // It fails only when a log was started before.
    let _ = match log.format {
        LogFormat::Pretty => {
            told.with(written.compact().with_target(false).fmt_fields(InItsScene)).try_init()
        }
        LogFormat::Json => told.with(written.event_format(json::OneLine)).try_init(),
    };
    Ok(())
}

/// What goes on while a line is written, as its names and values; nothing outside of requests and jobs.
fn scene() -> Vec<(&'static str, String)> {
    let Some((trail, _)) = Trail::current() else { return Vec::new() };
    let tenant = trail.tenant().map(|tenant| tenant.slug.clone());
    let values = [
        Some(trail.trace().to_string()),
        tenant,
        trail.actor().map(|actor| actor.to_string()),
        trail.job().map(|job| job.to_string()),
    ];
    OF_THE_SCENE.into_iter().zip(values).filter_map(|(name, value)| Some((name, value?))).collect()
}

/// The fields of a line for people, with those of its scene that it does not have by itself.
struct InItsScene;

impl<'w> FormatFields<'w> for InItsScene {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'w>, fields: R) -> fmt::Result {
        let mut own = Names::default();
        fields.record(&mut own);
        DefaultFields::new().format_fields(writer.by_ref(), fields)?;
        for (name, value) in scene().into_iter().filter(|(name, _)| !own.0.contains(name)) {
            write!(writer, " {name}={value}")?;
        }
        Ok(())
    }
}

/// The names of what a line says by itself.
#[derive(Default)]
struct Names(Vec<&'static str>);

impl Visit for Names {
    fn record_debug(&mut self, field: &Field, _: &dyn fmt::Debug) {
        self.0.push(field.name());
    }
}
