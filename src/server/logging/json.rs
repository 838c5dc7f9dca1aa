//! A line for programs: one JSON object, `{"timestamp", "level", "fields": {"message", …}, "target"}`.

use std::fmt;

use serde_json::{Value as Json, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::scene;

pub(super) struct OneLine;

impl<S, N> FormatEvent<S, N> for OneLine
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    N: for<'w> FormatFields<'w> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        for (name, value) in scene() {
            if fields.0.iter().all(|(own, _)| *own != name) {
                fields.0.push((name, value.into()));
            }
        }
        let mut at = String::new();
        SystemTime.format_time(&mut Writer::new(&mut at))?;
        let metadata = event.metadata();
        write!(writer, r#"{{"timestamp":{},"level":"{}","fields":{{"#, json!(at), metadata.level())?;
        for (place, (name, value)) in fields.0.iter().enumerate() {
            let comma = if place > 0 { "," } else { "" };
            write!(writer, "{comma}{}:{value}", json!(name))?;
        }
        writeln!(writer, r#"}},"target":{}}}"#, json!(metadata.target()))
    }
}

/// What a line says by itself, in its order.
#[derive(Default)]
struct Fields(Vec<(&'static str, Json)>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name(), value.into()));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.push((field.name(), value.into()));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.push((field.name(), value.into()));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.push((field.name(), json!(value)));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.push((field.name(), value.into()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push((field.name(), format!("{value:?}").into()));
    }
}
