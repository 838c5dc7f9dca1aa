//! Spans and lines as OTLP has them, with the attributes' names of the semantic conventions where there are
//! any. Every text that came from outside is scrubbed here.

use std::borrow::Cow;

use prost::Message;

use super::proto::{self, AnyValue, KeyValue, Record, Status, Value, kind};
use crate::kernel::telemetry::export::tags::{Tags, clean};
use crate::kernel::telemetry::scrub::{HIDDEN, names_a_secret};
use crate::kernel::telemetry::{Attribute, Ending, Level, Line, Moment, Span, SpanKind};

/// The flag of W3C traces for one that is kept, as all are that come here.
const SAMPLED: u32 = 1;

pub(super) fn span(span: &Span) -> Vec<u8> {
    let name = clean(&span.name);
    let status = match &span.ending {
        Ending::Failed(_) if is_the_callers_fault(span) => None,
        Ending::Failed(why) => Some(Status { message: clean(why), code: proto::FAILED }),
        Ending::Ok => None,
    };
    let encoded = proto::Span {
        trace_id: span.trace.0.to_be_bytes().into(),
        span_id: span.id.bits().to_be_bytes().into(),
        parent_span_id: span.parent.map_or_else(Vec::new, |parent| parent.bits().to_be_bytes().into()),
        kind: match span.kind {
            SpanKind::Request => kind::SERVER,
            SpanKind::Write | SpanKind::Delivery => kind::INTERNAL,
            SpanKind::Event => kind::PRODUCER,
            SpanKind::Job => kind::CONSUMER,
            SpanKind::Call => kind::CLIENT,
        },
        start_time_unix_nano: nanos(span.started),
        end_time_unix_nano: nanos(span.started + span.took),
        attributes: attributes_of(span, &name),
        name,
        status,
        flags: SAMPLED,
    };
    encoded.encode_to_vec()
}

/// A request that was refused rightly is no failure of who answered it.
fn is_the_callers_fault(span: &Span) -> bool {
    span.kind == SpanKind::Request && span.status.is_some_and(|status| status < 500)
}

fn attributes_of(span: &Span, name: &str) -> Vec<KeyValue> {
    let mut attributes = vec![text("steading.kind", span.kind.as_str())];
    attributes.extend(Tags::of_span(span).each().map(|(name, value)| text(name, &value)));
    if let Some(status) = span.status {
        attributes.push(number("http.response.status_code", status.into()));
    }
    match span.kind {
        // Its name is a method and a route.
        SpanKind::Request => match name.split_once(' ') {
            Some((method, route)) => {
                attributes.push(text("http.request.method", method));
                attributes.push(text("http.route", route));
            }
            None => attributes.push(text("http.request.method", name)),
        },
        SpanKind::Call => attributes.push(text("server.address", name)),
        SpanKind::Write => attributes.push(text("db.system.name", "sqlite")),
        SpanKind::Event | SpanKind::Delivery | SpanKind::Job => {
            attributes.push(text("messaging.system", "steading"));
            attributes.push(text("messaging.destination.name", name));
        }
    }
    if span.ending.is_failed() && !is_the_callers_fault(span) {
        let kind = span.status.map_or_else(|| "_OTHER".to_owned(), |status| status.to_string());
        attributes.push(text("error.type", &kind));
    }
    push_own(&mut attributes, &span.attributes);
    attributes
}

pub(super) fn line(line: &Line, observed: Moment) -> Vec<u8> {
    let mut attributes = vec![text("code.namespace", line.target)];
    attributes.extend(Tags::of_line(line).each().map(|(name, value)| text(name, &value)));
    push_own(&mut attributes, &line.fields);
    let encoded = Record {
        time_unix_nano: nanos(line.at),
        observed_time_unix_nano: nanos(observed),
        severity_number: severity(line.level),
        severity_text: line.level.as_str().to_uppercase(),
        body: Some(any(Value::Text(clean(&line.message)))),
        attributes,
        flags: line.trace.map_or(0, |_| SAMPLED),
        trace_id: line.trace.map_or_else(Vec::new, |trace| trace.0.to_be_bytes().into()),
        // A span without a trace is none.
        span_id: line.trace.and(line.span).map_or_else(Vec::new, |span| span.bits().to_be_bytes().into()),
    };
    encoded.encode_to_vec()
}

/// Each range of severities begins with the usual one.
fn severity(level: Level) -> i32 {
    match level {
        Level::Trace => 1,
        Level::Debug => 5,
        Level::Info => 9,
        Level::Warn => 13,
        Level::Error => 17,
    }
}

/// Adds what a span or a line has of its own, unless that name is taken: names must not come twice.
fn push_own(attributes: &mut Vec<KeyValue>, own: &[(&'static str, Attribute)]) {
    for (name, value) in own {
        let key = conventional(name);
        if attributes.iter().any(|known| known.key == key) {
            continue;
        }
        let value = match value {
            _ if names_a_secret(name) => Value::Text(HIDDEN.into()),
            Attribute::Text(text) => Value::Text(clean(text)),
            Attribute::Int(number) => Value::Int(*number),
            Attribute::Real(number) => Value::Real(*number),
            Attribute::Flag(truth) => Value::Flag(*truth),
        };
        attributes.push(KeyValue { key: key.into_owned(), value: Some(any(value)) });
    }
}

/// What the semantic conventions call it; what they have no name for gets one of ours.
fn conventional(name: &'static str) -> Cow<'static, str> {
    match name {
        "method" => "http.request.method".into(),
        "route" => "http.route".into(),
        "path" => "url.path".into(),
        "status" => "http.response.status_code".into(),
        "host" => "server.address".into(),
        "port" => "server.port".into(),
        "address" => "client.address".into(),
        "error" => "exception.message".into(),
        _ if name.contains('.') => name.into(),
        _ => format!("steading.{name}").into(),
    }
}

pub(super) fn text(key: &str, value: &str) -> KeyValue {
    KeyValue { key: key.into(), value: Some(any(Value::Text(value.into()))) }
}

fn number(key: &str, value: i64) -> KeyValue {
    KeyValue { key: key.into(), value: Some(any(Value::Int(value))) }
}

fn any(value: Value) -> AnyValue {
    AnyValue { value: Some(value) }
}

/// What lies before 1970 is told as that moment.
fn nanos(moment: Moment) -> u64 {
    u64::try_from(moment.micros()).unwrap_or(0).saturating_mul(1_000)
}
