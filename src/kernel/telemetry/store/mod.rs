//! The statements about telemetry.db: no decisions.

mod reads;
mod writes;

pub(super) use reads::{
    ErrorRow, LineRow, SpanRow, TraceRow, list_errors, list_lines, list_parts, list_recent, list_spans,
    list_traces,
};
pub use reads::{LineSearch, TraceSearch};
pub(super) use writes::{
    ErrorEntry, add_error, add_to_trace, delete_errors_before, delete_errors_of, delete_lines_before,
    delete_lines_of, delete_spans_before, delete_spans_of, delete_traces_before, delete_traces_of,
    find_trace, insert_line, insert_span, insert_trace, last_line, oldest, set_root,
};

use crate::kernel::TraceId;

/// A trace's id as it is stored.
pub(super) fn bytes_of(trace: TraceId) -> [u8; 16] {
    trace.0.to_be_bytes()
}
