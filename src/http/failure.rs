//! Failures: one table of codes and statuses, one shape for every one of them.

use serde::Serialize;

use crate::base::error::Detail;
use crate::base::{Error, Kind};
use crate::kernel::TraceId;
use crate::kernel::replies::KeptReply;

/// Every way in which a request can fail.
pub const FAILURES: &[(Kind, &str, u16)] = &[
    (Kind::BadRequest, "BAD_REQUEST", 400),
    (Kind::Unauthenticated, "UNAUTHENTICATED", 401),
    (Kind::Forbidden, "FORBIDDEN", 403),
    (Kind::NotFound, "NOT_FOUND", 404),
    (Kind::MethodNotAllowed, "METHOD_NOT_ALLOWED", 405),
    (Kind::Conflict, "CONFLICT", 409),
    (Kind::PayloadTooLarge, "PAYLOAD_TOO_LARGE", 413),
    (Kind::UnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", 415),
    (Kind::ValidationFailed, "VALIDATION_FAILED", 422),
    (Kind::RateLimited, "RATE_LIMITED", 429),
    (Kind::Internal, "INTERNAL_ERROR", 500),
    (Kind::Unavailable, "UNAVAILABLE", 503),
    (Kind::StorageFull, "STORAGE_FULL", 507),
];

pub(super) fn code_and_status(kind: Kind) -> (&'static str, u16) {
    FAILURES
        .iter()
        .find(|(known, _, _)| *known == kind)
        .map_or(("INTERNAL_ERROR", 500), |(_, code, status)| (code, *status))
}

/// Why a handler did not come to its own reply.
#[derive(Debug)]
pub enum Stop {
    Failed(Error),
    /// The request is a repeat; this is the first one's reply.
    Repeat(KeptReply),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure<'a> {
    error: Explanation<'a>,
    meta: Meta,
}

#[derive(Serialize)]
struct Explanation<'a> {
    code: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "<[Detail]>::is_empty")]
    details: &'a [Detail],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    trace_id: String,
}

/// The body of a failed request.
pub(super) fn body_of(error: &Error, trace: TraceId) -> String {
    let (code, _) = code_and_status(error.kind());
    let failure = Failure {
        error: Explanation { code, message: error.message(), details: error.details() },
        meta: Meta { trace_id: trace.to_string() },
    };
    serde_json::to_string(&failure).unwrap_or_default()
}

/// The body for what can't even be read as a request.
pub fn failure_text(message: &'static str) -> String {
    body_of(&Error::new(Kind::BadRequest, message), TraceId::fresh())
}
