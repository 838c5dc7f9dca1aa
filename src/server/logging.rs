//! The log: one line for each thing that happened, to standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::base::config::{Log, LogFormat};
use crate::base::{Error, Kind, Result};

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
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // It fails only when a log was started before.
    let _ = match log.format {
        LogFormat::Pretty => builder.compact().with_target(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    Ok(())
}
