//! Traces: a request continues the caller's, as W3C trace context has it, or begins one.

use actix_web::HttpRequest;

use super::names;
use crate::kernel::TraceId;
use crate::kernel::telemetry::SpanId;

#[derive(Debug, Clone, Copy)]
pub(super) struct Trace {
    pub id: TraceId,
    /// The request's own span.
    pub span: SpanId,
    /// The span of the caller's of which the request is a part.
    pub parent: Option<SpanId>,
    sampled: bool,
}

impl Trace {
    /// The trace that the request names in `traceparent`, or a new one.
    pub fn of(request: &HttpRequest) -> Self {
        let named = request.headers().get(&names::TRACEPARENT).and_then(|value| parse(value.to_str().ok()?));
        let (id, parent, sampled) = match named {
            Some(Named { id, parent, sampled }) => (id, Some(parent), sampled),
            None => (TraceId::fresh(), None, true),
        };
        Self { id, span: SpanId::fresh(), parent, sampled }
    }

    /// The `traceparent` of the reply.
    pub fn header(self) -> String {
        self.id.parent(self.span.bits(), self.sampled)
    }
}

/// What a caller says of itself.
#[derive(Debug)]
pub(super) struct Named {
    pub id: TraceId,
    pub parent: SpanId,
    sampled: bool,
}

pub(super) fn parse(text: &str) -> Option<Named> {
    let mut parts = text.split('-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let well_formed = is_hex(version, 2)
        && version != "ff"
        && (version != "00" || parts.next().is_none())
        && is_hex(trace, 32)
        && is_hex(parent, 16)
        && is_hex(flags, 2);
    if !well_formed {
        return None;
    }
    let parent = u64::from_str_radix(parent, 16).ok().filter(|parent| *parent != 0)?;
    let id = u128::from_str_radix(trace, 16).ok().filter(|id| *id != 0)?;
    let flags = u8::from_str_radix(flags, 16).ok()?;
    Some(Named { id: TraceId(id), parent: SpanId::from_bits(parent), sampled: flags & 1 == 1 })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_well_formed_parent_is_continued() {
        let named =
            parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").expect("it is well formed");
        assert_eq!(named.id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(named.parent.to_string(), "00f067aa0ba902b7");
        assert!(named.sampled);
    }

    #[test]
    fn anything_else_begins_a_new_trace() {
        for text in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
