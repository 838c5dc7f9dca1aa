//! Telemetry: what was done, by whom, for how long and what came of it, tied by one trace id from a
//! request to the last call that it caused.

mod model;
mod sink;

pub use model::{Attribute, Attributes, Ending, Level, Line, Moment, Span, SpanId, SpanKind, TenantTag};
pub use sink::{Attached, Batch, Sink};
