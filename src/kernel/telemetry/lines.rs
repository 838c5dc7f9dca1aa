//! Lines of the log on their way here: whoever logs says what happened, and the scene says in the course
//! of what.

use std::fmt::{self, Write};
use std::sync::{PoisonError, RwLock, Weak};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use super::attribute::{Attribute, Attributes};
use super::model::{Level, Line, TenantTag};
use super::sink::is_quiet;
use super::trail::Trail;
use super::{Telemetry, WeakTelemetry};

/// The longest message and the longest value of a field, in characters.
const LONGEST_MESSAGE: usize = 2_000;
const LONGEST_VALUE: usize = 500;

/// What the scene says of a line, whether or not it says so by itself.
pub const OF_THE_SCENE: [&str; 4] = ["trace", "tenant", "actor", "job"];

/// Where lines go that belong to no request and no job: to the instance that this process runs.
static OF_THIS_PROCESS: RwLock<WeakTelemetry> = RwLock::new(Weak::new());

pub(super) fn listen(telemetry: &Telemetry) {
    *OF_THIS_PROCESS.write().unwrap_or_else(PoisonError::into_inner) = telemetry.downgrade();
}

/// Takes what is logged into telemetry.
pub struct Lines;

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if is_quiet() {
            return;
        }
        match Trail::current() {
            Some((trail, span)) => trail.telemetry().log(|| {
                let mut line = line_of(event, trail.telemetry());
                (line.trace, line.span) = (Some(trail.trace()), Some(span));
                line.tenant = trail.tenant().map(|tenant| TenantTag::of(tenant));
                (line.actor, line.job) = (trail.actor(), trail.job());
                line.fields.retain(|(name, _)| !OF_THE_SCENE.contains(name));
                line
            }),
            None => {
                let listening = OF_THIS_PROCESS.read().unwrap_or_else(PoisonError::into_inner).clone();
                if let Some(telemetry) = Telemetry::upgrade(&listening) {
                    telemetry.log(|| line_of(event, &telemetry));
                }
            }
        }
    }
}

fn line_of(event: &Event<'_>, telemetry: &Telemetry) -> Line {
    let mut said = Said::default();
    event.record(&mut said);
    let metadata = event.metadata();
    let level = match *metadata.level() {
        tracing::Level::ERROR => Level::Error,
        tracing::Level::WARN => Level::Warn,
        tracing::Level::INFO => Level::Info,
        tracing::Level::DEBUG => Level::Debug,
        tracing::Level::TRACE => Level::Trace,
    };
    Line {
        at: telemetry.moment(),
        level,
        target: metadata.target(),
        message: said.message,
        trace: None,
        span: None,
        tenant: None,
        actor: None,
        job: None,
        fields: said.fields,
    }
}

/// What an event says of itself.
#[derive(Default)]
struct Said {
    message: String,
    fields: Attributes,
}

impl Said {
    fn add(&mut self, field: &Field, value: Attribute) {
        self.fields.push((field.name(), value));
    }
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.message = value.chars().take(LONGEST_MESSAGE).collect(),
            _ => self.add(field, value.chars().take(LONGEST_VALUE).collect::<String>().into()),
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, Attribute::Int(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, Attribute::Int(i64::try_from(value).unwrap_or(i64::MAX)));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, Attribute::Real(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, Attribute::Flag(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = String::new();
        // Writing into memory can't fail.
        let _ = write!(text, "{value:?}");
        self.record_str(field, &text);
    }
}
