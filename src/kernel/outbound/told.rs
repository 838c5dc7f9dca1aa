//! What telemetry is told of a call: whom it went to and what came of it, never what was said. A URL's
//! path often holds a secret, so of it the host alone is told.

use std::sync::Arc;
use std::time::Instant;

use url::Url;

use super::call::{Answer, Call};
use super::failure::Failure;
use crate::kernel::telemetry::{Ending, Span, SpanId, SpanKind, Trail, short};

/// A call that is under way in the course of something.
pub(super) struct Told {
    trail: Arc<Trail>,
    parent: SpanId,
    id: SpanId,
    began: Instant,
}

impl Told {
    pub(super) fn begin() -> Option<Self> {
        let (trail, parent) = Trail::current()?;
        Some(Self { trail, parent, id: SpanId::fresh(), began: Instant::now() })
    }

    pub(super) fn traceparent(&self) -> String {
        self.trail.trace().parent(self.id.bits(), self.trail.is_chosen())
    }

    pub(super) fn end(self, call: &Call, answered: &Result<Answer, Failure>) {
        let Self { trail, parent, id, began } = self;
        trail.add(|| {
            let url = Url::parse(&call.url).ok();
            let host = url.as_ref().and_then(Url::host_str).unwrap_or("nobody").to_owned();
            let (status, ending) = match answered {
                Ok(answer) if answer.status >= 400 => {
                    (Some(answer.status), Ending::Failed(format!("It answered {}.", answer.status)))
                }
                Ok(answer) => (Some(answer.status), Ending::Ok),
                Err(failure) => (None, Ending::Failed(short(&failure.to_string()))),
            };
            let port = url.as_ref().and_then(Url::port_or_known_default).unwrap_or_default();
            Span {
                started: trail.moment_of(began),
                took: began.elapsed(),
                ending,
                status,
                attributes: vec![
                    ("method", call.method.to_string().into()),
                    ("port", u32::from(port).into()),
                ],
                ..trail.blank(id, parent, SpanKind::Call, host.into())
            }
        });
    }
}
