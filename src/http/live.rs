//! Live replies: events that are sent as they happen (`text/event-stream`), for as long as the
//! client stays, its token holds and the server runs.
//!
//! The events are asked for one at a time and only as fast as the client takes them, so a slow one
//! costs no memory here; whoever makes the events must not gather them either.

use std::pin::Pin;
use std::time::Duration;

use actix_web::http::Method;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream::{self, Stream, StreamExt};
use serde::Serialize;
use serde_json::json;
use tokio::time::{Instant, Interval};

use super::app::App;
use super::front::caller;
use super::handler::{Call, FromCall};
use super::openapi::Operation;
use super::reply::{Answer, Body, IntoReply};
use super::route::Route;
use super::trace::Trace;
use super::traffic::Streaming;
use crate::base::{Error, Kind, Result};

/// How long a client hears nothing before it is shown that the server is there.
const QUIET: Duration = Duration::from_secs(15);

/// How often it is looked whether the client may still listen.
const CHECK: Duration = Duration::from_secs(2);

/// Something that happened.
#[derive(Debug, Clone)]
pub struct Event {
    name: &'static str,
    id: Option<String>,
    json: String,
}

impl Event {
    pub fn of(name: &'static str, data: &impl Serialize) -> Result<Self> {
        Ok(Self { name, id: None, json: serde_json::to_string(data).map_err(Error::internal)? })
    }

    /// The same with the id that a client sends when it connects again.
    pub fn with_id(self, id: impl ToString) -> Self {
        Self { id: Some(id.to_string()), ..self }
    }

    /// The last one says why there are no more.
    fn end(reason: &str) -> Self {
        Self { name: "end", id: None, json: json!({ "reason": reason }).to_string() }
    }

    // JSON has no line breaks outside its strings, and escapes those within.
    fn bytes(&self) -> Bytes {
        let id = self.id.as_ref().map(|id| format!("id: {id}\n")).unwrap_or_default();
        format!("{id}event: {}\ndata: {}\n\n", self.name, self.json).into()
    }
}

/// The last event that a client got before its connection broke, as browsers say it.
pub struct LastEvent(pub Option<String>);

impl FromCall for LastEvent {
    fn from_call(call: &mut Call) -> Result<Self> {
        let header = call.request.headers().get("last-event-id");
        Ok(Self(header.and_then(|id| id.to_str().ok()).filter(|id| !id.is_empty()).map(str::to_owned)))
    }

    fn describe(operation: &mut Operation) {
        operation.takes_header("Last-Event-ID", "The id of the last event that came, to go on after it");
    }
}

pub(super) type Events = Pin<Box<dyn Stream<Item = Event>>>;

/// A reply that goes on.
pub struct Live(Events);

impl Live {
    pub fn of(events: impl Stream<Item = Event> + 'static) -> Self {
        Self(Box::pin(events))
    }
}

impl IntoReply for Live {
    fn data(&self) -> Result<String> {
        Err(Error::internal("a reply that goes on can't be kept for a repeat"))
    }

    fn answer(self) -> Result<Answer> {
        Ok(Answer { status: 200, body: Body::Live(self.0), headers: Vec::new(), is_patient: false })
    }

    fn describe(operation: &mut Operation) {
        operation.replies_with_events();
    }
}

/// The reply on the wire.
pub(super) fn respond(
    request: &HttpRequest,
    route: &'static Route,
    app: &App,
    trace: Trace,
    events: Events,
) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.content_type("text/event-stream").insert_header(("x-accel-buffering", "no"));
    if request.method() == Method::HEAD {
        return response.finish();
    }
    let ending = app.clone();
    let state = Going {
        events,
        request: request.clone(),
        route,
        app: app.clone(),
        trace,
        closing: Box::pin(async move { ending.closing().await }),
        check: tokio::time::interval(CHECK),
        quiet_until: Instant::now() + QUIET,
        is_over: false,
        _streaming: Streaming::begin(app),
    };
    response.streaming(stream::unfold(state, |mut going| async move {
        let bytes = going.next().await?;
        going.quiet_until = Instant::now() + QUIET;
        Some((Ok::<_, std::convert::Infallible>(bytes), going))
    }))
}

struct Going {
    events: Events,
    request: HttpRequest,
    route: &'static Route,
    app: App,
    trace: Trace,
    closing: Pin<Box<dyn Future<Output = ()>>>,
    check: Interval,
    quiet_until: Instant,
    is_over: bool,
    _streaming: Streaming,
}

impl Going {
    async fn next(&mut self) -> Option<Bytes> {
        if self.is_over {
            return None;
        }
        loop {
            tokio::select! {
                biased;
                () = &mut self.closing => return self.end("the server stops"),
                _ = self.check.tick() => {
                    if let Some(reason) = self.refusal().await {
                        return self.end(&reason);
                    }
                }
                event = self.events.next() => return event.map(|event| event.bytes()),
                () = tokio::time::sleep_until(self.quiet_until) => return Some(Bytes::from_static(b": \n\n")),
            }
        }
    }

    /// Why the request could no longer be made, if so.
    async fn refusal(&self) -> Option<String> {
        let now = self.app.clock.now();
        let error = caller(&self.request, self.route, &self.app, self.trace, now).await.err()?;
        matches!(error.kind(), Kind::Unauthenticated | Kind::Forbidden).then(|| error.message().to_owned())
    }

    fn end(&mut self, reason: &str) -> Option<Bytes> {
        self.is_over = true;
        Some(Event::end(reason).bytes())
    }
}
