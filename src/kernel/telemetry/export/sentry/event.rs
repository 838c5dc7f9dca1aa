//! An incident, and the event that Sentry and GlitchTip are told of it.

use std::borrow::Cow;

use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use crate::base::db::TenantNo;
use crate::kernel::events::fingerprint;
use crate::kernel::telemetry::export::Source;
use crate::kernel::telemetry::export::tags::{Tags, clean};
use crate::kernel::telemetry::scrub::{HIDDEN, names_a_secret};
use crate::kernel::telemetry::{Attribute, Level, Line, Moment, Span, SpanId, SpanKind};

/// What somebody should look at.
pub(super) struct Incident<'i> {
    at: Moment,
    /// A route, a job's kind or a module.
    place: &'i str,
    kind: &'static str,
    error: Cow<'i, str>,
    span: Option<SpanId>,
    parent: Option<SpanId>,
    status: Option<u16>,
    tags: Tags<'i>,
    more: &'i [(&'static str, Attribute)],
}

impl<'i> Incident<'i> {
    /// A request that failed here, for what cause when that is known, or an attempt after which there is no
    /// other.
    pub(super) fn of_span(span: &'i Span, cause: Option<String>) -> Option<Self> {
        let told = span.ending.error()?;
        let error = cause.map_or(told.into(), Cow::Owned);
        let is_incident = match span.kind {
            // 503 is said on purpose, and passes.
            SpanKind::Request => span.status.is_some_and(|status| status >= 500 && status != 503),
            SpanKind::Job => is_last(span, told),
            SpanKind::Write | SpanKind::Event | SpanKind::Delivery | SpanKind::Call => false,
        };
        is_incident.then(|| Self {
            at: span.started + span.took,
            place: &span.name,
            kind: span.kind.as_str(),
            error,
            span: Some(span.id),
            parent: span.parent,
            status: span.status,
            tags: Tags::of_span(span),
            more: &span.attributes,
        })
    }

    pub(super) fn of_line(line: &'i Line) -> Option<Self> {
        (line.level == Level::Error).then(|| Self {
            at: line.at,
            place: line.target,
            kind: "log",
            error: line.message.as_str().into(),
            span: line.span,
            parent: None,
            status: None,
            tags: Tags::of_line(line),
            more: &line.fields,
        })
    }

    pub(super) fn tenant(&self) -> Option<TenantNo> {
        self.tags.tenant.map(|tenant| tenant.number)
    }

    /// What makes two incidents the same: the place, and the error without what differs from time to time.
    pub(super) fn fingerprint(&self) -> String {
        fingerprint(self.place, &self.error)
    }

    /// The event in its envelope, as it is sent.
    pub(super) fn envelope(&self, source: &Source) -> Vec<u8> {
        let id = Uuid::new_v4().simple().to_string();
        let event = self.event(&id, source).to_string();
        let header = json!({ "event_id": id, "sdk": sdk() });
        let item = json!({ "type": "event", "content_type": "application/json", "length": event.len() });
        format!("{header}\n{item}\n{event}\n").into_bytes()
    }

    fn event(&self, id: &str, source: &Source) -> Json {
        let mut tags: Map<String, Json> =
            self.tags.each().map(|(name, value)| (name.into(), clean(&value).into())).collect();
        tags.insert("steading.kind".into(), self.kind.into());
        if let Some(trace) = self.tags.trace {
            tags.insert("steading.trace".into(), trace.to_string().into());
        }
        if let Some(status) = self.status {
            tags.insert("http.status_code".into(), status.to_string().into());
        }
        let (place, error) = (clean(self.place), clean(&self.error));
        let mut event = json!({
            "event_id": id,
            "timestamp": self.at.micros() as f64 / 1e6,
            "platform": "other",
            "level": "error",
            "logger": format!("steading.{}", self.kind),
            "transaction": place,
            "server_name": source.instance,
            "release": format!("{}@{}", source.service, source.version),
            "environment": source.environment,
            "tags": tags,
            "extra": self.extra(),
            "fingerprint": [self.kind, self.fingerprint()],
            "sdk": sdk(),
        });
        if let Some(actor) = self.tags.actor {
            event["user"] = json!({ "id": actor.to_string() });
        }
        if let Some(trace) = self.trace_context() {
            event["contexts"] = json!({ "trace": trace });
        }
        match self.kind {
            "log" => event["logentry"] = json!({ "formatted": error }),
            _ => {
                let mechanism = json!({ "type": "generic", "handled": true });
                let exception = json!({ "type": place, "value": error, "mechanism": mechanism });
                event["exception"] = json!({ "values": [exception] });
            }
        }
        event
    }

    /// A context without a span is none.
    fn trace_context(&self) -> Option<Json> {
        let (trace, span) = (self.tags.trace?, self.span?);
        let mut context = json!({
            "trace_id": trace.to_string(),
            "span_id": span.to_string(),
            "op": self.operation(),
            "status": "internal_error",
        });
        if let Some(parent) = self.parent {
            context["parent_span_id"] = parent.to_string().into();
        }
        Some(context)
    }

    fn operation(&self) -> &'static str {
        match self.kind {
            "request" => "http.server",
            "job" => "queue.process",
            _ => "log",
        }
    }

    fn extra(&self) -> Map<String, Json> {
        let value = |name: &str, value: &Attribute| match value {
            _ if names_a_secret(name) => HIDDEN.into(),
            Attribute::Text(text) => clean(text).into(),
            Attribute::Int(number) => (*number).into(),
            Attribute::Real(number) => (*number).into(),
            Attribute::Flag(truth) => (*truth).into(),
        };
        self.more.iter().map(|(name, own)| ((*name).to_owned(), value(name, own))).collect()
    }
}

/// Whether a job has no attempt after this one, or something is wrong that no further attempt will mend.
fn is_last(span: &Span, error: &str) -> bool {
    let is_last = |(name, value): &(&str, Attribute)| *name == "isLast" && *value == Attribute::Flag(true);
    span.attributes.iter().any(is_last) || error.starts_with("It panicked: ")
}

fn sdk() -> Json {
    json!({ "name": "steading", "version": env!("CARGO_PKG_VERSION") })
}
