//! The one request path: who, what, reply. It knows how a request travels, and no business rules.
//!
//! `front` walks every request through the same steps in the same order; `route` is the data that
//! it walks by; `handler`, `who`, `input` and `reply` are what a handler's signature is made of.

mod address;
mod app;
pub mod assets;
mod bodies;
mod body;
mod cursor;
mod door;
mod download;
mod encoding;
mod failure;
mod front;
mod hand;
mod handler;
mod headers;
mod heads;
mod identity;
mod input;
mod limits;
mod live;
mod names;
mod openapi;
mod origin;
mod reply;
mod room;
mod route;
mod tenant;
mod told;
mod trace;
mod traffic;
#[doc(hidden)]
pub mod tried;
mod unread;
mod who;

pub use app::App;
pub use cursor::{Cursor, Limit};
pub use door::Door;
pub use download::Download;
pub use failure::{FAILURES, Stop, failure_text};
pub use handler::{Call, FromCall, Handler, Pending, describe, invoke};
pub use heads::{Ended, Gathered, Heads, Turn};
pub use input::{Input, Path, Query};
pub use live::{Event, LastEvent, Live};
pub use openapi::{Operation, document};
pub use reply::{
    Accepted, Answer, Awaited, Cookie, Created, Deleted, IntoReply, Page, Raw, Reply, Shown, Text, WithCookie,
};
pub use room::GOES_ON;
pub use route::{Access, Method, Route, Table};
pub use tenant::{Named, Realm};
pub use unread::{CutOff, Outbox, Unread};
pub use who::{Caller, Can, From, Maybe};
