//! The one request path.

mod assets;
mod browser;
mod crowds;
mod encoding;
mod guessing;
mod idempotency;
mod input;
mod limits;
mod paging;
mod panics;
mod readiness;
mod repeats;
mod room;
mod routes;
mod schema;
mod smuggling;
mod spent;
mod trace;
mod unread;
mod wire;
