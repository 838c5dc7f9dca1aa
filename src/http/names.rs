//! Names and values of headers that are the same for every request. Looked up or set by a text, a name that HTTP itself
//! does not have is made anew each time.

use actix_web::http::header::{HeaderName, HeaderValue};

pub(super) static IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// What who only looks says of a read, such as the dashboard of those by which a page keeps itself new.
pub(super) static LOOKING: HeaderName = HeaderName::from_static("x-looking");
pub(super) static TENANT: HeaderName = HeaderName::from_static("x-tenant-id");
pub(super) static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
pub(super) static RATE_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
pub(super) static RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
pub(super) static OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
pub(super) static RATE: HeaderName = HeaderName::from_static("ratelimit");

pub(super) static ACCEPT_ENCODING: HeaderValue = HeaderValue::from_static("accept-encoding");
