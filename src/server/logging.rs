//! The log: one line for each thing that happened, to standard error and into telemetry. What belongs to
//! a request or a job says to which.

mod json;

use std::fmt;
use std::io::IsTerminal;
use std::sync::OnceLock;

use tracing::Subscriber;
use tracing::field::{Field, Visit};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::{DefaultFields, Writer};
use tracing_subscriber::fmt::{FormatFields, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt as lines, reload};

use crate::base::config::{Log, LogFormat};
use crate::base::text::{is_unseen, visible};
use crate::base::{Error, Kind, Result};
use crate::kernel::telemetry::{Lines, OF_THE_SCENE, Trail};

/// The library below tells of each of its threads, and of each client that sends no HTTP.
const QUIET: [&str; 2] = ["actix_server=warn", "actix_http=off"];

/// How the filter of this process's log is changed, once there is a log.
static FILTER: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();

/// Starts the log of this process. A second call changes nothing.
pub fn start_logging(log: &Log) -> Result<()> {
    let (filter, handle) = reload::Layer::new(filter_of(log)?);
    let written = written(log.format, std::io::stderr, std::io::stderr().is_terminal());
    // It fails only when a log was started before.
    if tracing_subscriber::registry().with(filter).with(Lines).with(written).try_init().is_ok() {
        let _ = FILTER.set(handle);
    }
    Ok(())
}

/// What makes the log follow another filter; an error when that is none.
pub(super) fn prepare_filter(log: &Log) -> Result<Box<dyn FnOnce()>> {
    let filter = filter_of(log)?;
    Ok(Box::new(move || {
        if let Some(handle) = FILTER.get() {
            // It fails when the log is gone, and then nobody reads it.
            let _ = handle.reload(filter);
        }
    }))
}

/// Fails when the log could not be started so.
pub fn check_log(log: &Log) -> Result<()> {
    filter_of(log).map(drop)
}

fn filter_of(log: &Log) -> Result<EnvFilter> {
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
    Ok(filter)
}

/// Lines as they are written.
fn written<S, W>(format: LogFormat, writer: W, is_coloured: bool) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let layer = lines::layer().with_writer(writer).with_ansi(is_coloured);
    match format {
        LogFormat::Pretty => layer.compact().with_target(false).fmt_fields(InItsScene).boxed(),
        LogFormat::Json => layer.event_format(json::OneLine).boxed(),
    }
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
        DefaultFields::new().format_fields(Writer::new(&mut OneLine(writer.by_ref())), fields)?;
        for (name, value) in scene().into_iter().filter(|(name, _)| !own.0.contains(name)) {
            write!(writer, " {name}={value}")?;
        }
        Ok(())
    }
}

/// Text in which strangers may have a say stays within its line.
struct OneLine<'w>(Writer<'w>);

impl fmt::Write for OneLine<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if !text.chars().any(is_unseen) {
            return self.0.write_str(text);
        }
        text.chars().flat_map(visible).try_for_each(|character| self.0.write_char(character))
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

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use tracing::subscriber::with_default;

    use super::*;
    use crate::base::scene::enter;
    use crate::base::{Clock, Timestamp, config};
    use crate::kernel::telemetry::{Opening, SpanId, SpanKind, Telemetry};
    use crate::kernel::{Actor, TraceId};

    /// What was written.
    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("nobody panics with it").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Paper {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().expect("nobody panics with it").clone()).expect("text")
        }
    }

    /// What these write outside of everything, and then in the course of a job.
    fn lines_of(format: LogFormat, log: impl Fn()) -> [String; 2] {
        let dir = tempfile::TempDir::new().expect("a temporary directory");
        let config = config::load(None, []).expect("the defaults").telemetry;
        let clock = Clock::standing_at(Timestamp::from_millis(0));
        let file = dir.path().join("telemetry.db");
        let telemetry = Telemetry::open(&config, file, clock, Arc::default(), Vec::new()).expect("it opens");
        let opening = Opening {
            trace: TraceId(0xabc),
            span: SpanId::fresh(),
            parent: None,
            kind: SpanKind::Job,
            job: Some("0198c1de-7f00-7000-8000-000000000000".parse().expect("an id")),
            is_worth_keeping: true,
        };
        let trail = telemetry.begin(opening).expect("it is on");
        [None, Some(trail.scene())].map(|scene| {
            let paper = Paper::default();
            let (own, _entered) = (paper.clone(), enter(scene));
            let subscriber = tracing_subscriber::registry().with(written(format, move || own.clone(), false));
            with_default(subscriber, &log);
            paper.text()
        })
    }

    const TRACE: &str = "00000000000000000000000000000abc";

    #[test]
    fn a_line_for_people_says_to_what_it_belongs() {
        let [outside, inside] = lines_of(LogFormat::Pretty, || tracing::info!(count = 3, "it happened"));
        assert!(outside.ends_with("INFO it happened count=3\n"), "{outside}");
        let job = "0198c1de-7f00-7000-8000-000000000000";
        assert!(inside.ends_with(&format!("INFO it happened count=3 trace={TRACE} job={job}\n")), "{inside}");
    }

    #[test]
    fn what_a_stranger_says_begins_no_line_and_turns_none() {
        let forged = "Water\n2026-01-01T00:00:00Z  INFO a sign-in failed address=198.51.100.7\u{202e}";
        for [written, _] in [
            lines_of(LogFormat::Pretty, || tracing::info!("{forged}")),
            lines_of(LogFormat::Pretty, || tracing::info!(title = forged, shown = %forged, "a request")),
            lines_of(LogFormat::Json, || tracing::info!(title = forged, "{forged}")),
        ] {
            assert_eq!(
                (written.lines().count(), written.contains('\u{202e}')),
                (1, written.starts_with('{')),
                "{written}"
            );
        }
    }

    #[test]
    fn a_line_for_programs_is_an_object_that_says_the_same() {
        let log = || tracing::warn!(actor = %Actor::System, a = 1.5, b = true, "it \"happened\"");
        let read = |line: String| serde_json::from_str::<serde_json::Value>(&line).expect("JSON");
        let [outside, inside] = lines_of(LogFormat::Json, log).map(read);
        let fields = |line: &serde_json::Value| line["fields"].as_object().expect("fields").clone();
        assert_eq!((&outside["level"], &outside["target"]), (&"WARN".into(), &module_path!().into()));
        assert_eq!(fields(&outside)["message"], "it \"happened\"");
        assert_eq!((&fields(&outside)["a"], &fields(&outside)["b"]), (&1.5.into(), &true.into()));
        assert!(!fields(&outside).contains_key("trace"));
        assert_eq!((&fields(&inside)["trace"], &fields(&inside)["actor"]), (&TRACE.into(), &"system".into()));
    }
}
