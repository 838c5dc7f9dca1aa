//! What a running server takes over from a changed configuration, all of it or nothing.
//!
//! To make another part reloadable, add a line to `PARTS`: the options, and a function that looks
//! whether it could take them over and gives back how. Nothing may fail after that.

use super::Running;
use super::logging;
use super::tls::Pair;
use crate::base::config::Config;
use crate::base::{Error, Kind, Result};

/// Takes a part over. It can't fail.
type Take = Box<dyn FnOnce()>;

struct Part {
    /// Their names; one that ends in a dot is a whole section.
    options: &'static [&'static str],
    prepare: fn(&Running, &Config) -> Result<Take>,
}

static PARTS: &[Part] = &[
    Part { options: &["log.level"], prepare: |_, config| logging::prepare_filter(&config.log) },
    Part { options: &["server.tls_cert", "server.tls_key"], prepare: take_certificates },
    Part { options: &["database.min_free"], prepare: take_room },
    Part {
        options: &["limits.", "server.trusted_proxies", "server.forwarded_header", "server.metrics_open_to"],
        prepare: take_limits,
    },
];

fn take_certificates(running: &Running, config: &Config) -> Result<Take> {
    match (&running.certificates, Pair::read(&config.server)?) {
        (Some(certificates), Some(pair)) => {
            let certificates = certificates.clone();
            Ok(Box::new(move || certificates.show(pair)))
        }
        (None, None) => Ok(Box::new(|| {})),
        (Some(_), None) | (None, Some(_)) => Err(Error::new(
            Kind::ValidationFailed,
            "Whether it speaks TLS can't change while it runs; restart the server for that.",
        )),
    }
}

fn take_room(running: &Running, config: &Config) -> Result<Take> {
    let (app, least) = (running.app.clone(), config.database.min_free.as_u64());
    Ok(Box::new(move || app.room.keep_free(least)))
}

fn take_limits(running: &Running, config: &Config) -> Result<Take> {
    let (app, config) = (running.app.clone(), config.clone());
    Ok(Box::new(move || app.reload(&config)))
}

impl Part {
    fn has(&self, option: &str) -> bool {
        self.options.iter().any(|own| option == *own || (own.ends_with('.') && option.starts_with(own)))
    }
}

/// What a reload did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reloaded {
    /// Options that changed and hold from now on.
    pub taken: Vec<String>,
    /// Options that changed and hold from the next start on.
    pub waiting: Vec<String>,
}

impl Running {
    /// Takes over what can change while it runs. When anything is wrong, nothing changes.
    pub fn reload(&mut self, config: &Config) -> Result<Reloaded> {
        let takes: Vec<Take> =
            PARTS.iter().map(|part| (part.prepare)(self, config)).collect::<Result<_>>()?;
        let changed = self.config.options_changed_in(config);
        takes.into_iter().for_each(|take| take());
        let can_change = |option: &String| PARTS.iter().any(|part| part.has(option));
        let (taken, waiting): (Vec<String>, Vec<String>) = changed.into_iter().partition(can_change);
        // What waits is compared with what runs, so that each reload names it again.
        self.config.take_options(config, &taken);
        Ok(Reloaded { taken, waiting })
    }
}
