//! The front: every request walks the same steps in the same order, here and nowhere else.
//!
//! trace id → tenant → identity → tenant requirement → identity requirement → permission → rate →
//! body limit → room → input → handler → reply.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt;

use super::address::address_of;
use super::app::App;
use super::bodies::{SMALL, weight};
use super::failure::{self, Stop};
use super::hand::Narrowed;
use super::handler::Call;
use super::identity::Admitted;
use super::reply::{Answer, Body};
use super::room::needs_room;
use super::route::{Access, Found, Method, Route};
use super::tenant::Named;
use super::told::Told;
use super::trace::Trace;
use super::unread::Outbox;
use super::who::Caller;
use super::{assets, body, download, encoding, headers, identity, limits, live, names, origin};
use crate::base::scene::{enter, within};
use crate::base::{Error, Id, Kind, Result, Timestamp};
use crate::kernel::identity::{Claims, Subject};
use crate::kernel::replies::ReplyKey;
use crate::kernel::{Actor, Chain, Who};

/// Who came over https once comes over nothing else; browsers believe it over https alone.
const HTTPS_FOR_A_YEAR: &str = "max-age=31536000";

/// The longest `Idempotency-Key`.
const LONGEST_KEY: usize = 255;

/// Answers one request.
pub async fn answer(request: HttpRequest, payload: Payload, app: App) -> HttpResponse {
    let started = Instant::now();
    let trace = Trace::of(&request);
    let mut told = Told::begin(&request, &app, trace);
    let scene = told.scene();
    let mut seen = Seen::default();
    let walk = walk(&request, payload, &app, trace, &mut seen, &mut told);
    let outcome = within(scene.clone(), walk).await;
    if seen.is_too_fast() {
        limits::hold_back(&app).await;
    }
    let _entered = enter(scene);
    let mut response = match outcome {
        Ok(Outcome::Answer(answer)) => success(&request, answer, trace),
        Ok(Outcome::Ready(response)) => response,
        Err(Stop::Repeat(kept)) => {
            let body = Body::Data { json: kept.body.into(), next_cursor: None };
            let mut response = success(
                &request,
                Answer { status: kept.status, body, headers: Vec::new(), is_patient: false },
                trace,
            );
            insert(response.headers_mut(), "idempotency-replayed", "true".to_owned());
            response
        }
        Err(Stop::Failed(error)) => {
            told.failed(&error);
            failed(&request, &app, &error, trace)
        }
    };
    finish(&mut response, &app, trace, seen.allow.take(), &seen.standings);
    let took = started.elapsed();
    app.traffic().note(seen.route, response.status().as_u16(), took);
    log(&request, &response, trace, &seen, took);
    told.answered(response.status().as_u16(), seen.is_patient);
    response
}

/// What became clear on the way, however the request ended.
#[derive(Default)]
struct Seen {
    /// The methods that the path has, when it was called with another.
    allow: Option<String>,
    route: Option<&'static Route>,
    /// Who called and where, once that was known.
    who: Option<Who>,
    /// Whether it was meant to take its time.
    is_patient: bool,
    /// How much more he may ask for.
    standings: limits::Standings,
}

impl Seen {
    /// Whether he was refused for asking too often.
    fn is_too_fast(&self) -> bool {
        self.standings.iter().flatten().any(|standing| standing.is_refusal)
    }
}

enum Outcome {
    Answer(Answer),
    Ready(HttpResponse),
}

async fn walk(
    request: &HttpRequest,
    payload: Payload,
    app: &App,
    trace: Trace,
    seen: &mut Seen,
    told: &mut Told,
) -> Result<Outcome, Stop> {
    headers::must_be_plain(request.headers())?;
    let method = Method::of(request.method().as_str());
    let (route, params) = match app.table().find(method, request.path()) {
        Found::Route(route, params) => {
            (route, params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
        }
        Found::OtherMethods(methods) => {
            let message = format!("{} is not possible here; {methods} is.", request.method());
            seen.allow = Some(methods);
            return Err(Error::new(Kind::MethodNotAllowed, message).into());
        }
        Found::Nothing => {
            return match assets::find(request) {
                Some(asset) => {
                    told.is_asset();
                    Ok(Outcome::Ready(asset))
                }
                None => Err(Error::new(
                    Kind::NotFound,
                    "There is nothing under this path; see /api/openapi.json.",
                )
                .into()),
            };
        }
    };
    told.is_of(route);
    seen.route = Some(route);
    origin::must_not_be_lured(request, app)?;
    let now = app.clock.now();
    let met = caller(request, route, app, trace, now).await;
    let standings = &mut seen.standings;
    let mut caller = met.map_err(|refusal| limits::count_stranger(request, app, refusal, standings))?;
    seen.who = caller.as_ref().map(|caller| caller.who.clone());
    if let Some(who) = &seen.who {
        told.is_by(who);
    }
    limits::admit(request, route, app, caller.as_ref(), &mut seen.standings)?;
    let config = &app.config.server;
    // Held until the end: a handler keeps what it was sent.
    let mut place = caller.as_ref().map(|caller| app.bodies().place(caller));
    let body = if route.method.has_body() {
        let largest = usize::try_from(config.max_body.as_u64()).unwrap_or(usize::MAX);
        let largest = if place.is_some() { largest } else { largest.min(SMALL) };
        let body = body::read(request, payload, largest, config.body_timeout.into(), place.as_mut()).await?;
        if let Some(place) = &mut place {
            place.grow_to(weight(&body))?;
        }
        body
    } else {
        actix_web::web::Bytes::new()
    };
    // After the body: a connection on which some is left unread can't be used again.
    if needs_room(route) {
        app.room.must_have()?;
    }
    if let Some(caller) = &mut caller {
        caller.reply_key = reply_key(request, route, app, &caller.who, &body)?;
        limits::note_sent(app, route, caller, body.len());
    }
    let call =
        Call { app: app.clone(), route, request: request.clone(), trace: trace.id, caller, params, body };
    let running = AssertUnwindSafe((route.run)(call)).catch_unwind();
    let answered = running.await.unwrap_or_else(|_| Err(Error::internal("a handler panicked").into()));
    let answer = answered?;
    seen.is_patient = answer.is_patient;
    match answer.body {
        Body::Live(events) => Ok(Outcome::Ready(live::respond(request, route, app, trace, events))),
        Body::File(file) => Ok(Outcome::Ready(download::respond(request, file))),
        Body::Data { .. } | Body::Raw { .. } => {
            // What was done is told, whatever room there is.
            if route.method == Method::GET {
                Outbox::must_have_room(request, answer.body.length())?;
            }
            Ok(Outcome::Answer(answer))
        }
    }
}

/// Tenant, identity, the requirements of both, and permission.
pub(super) async fn caller(
    request: &HttpRequest,
    route: &Route,
    app: &App,
    trace: Trace,
    now: Timestamp,
) -> Result<Option<Caller>> {
    let (token, admitted) = match route.access {
        Access::Public => return Ok(None),
        Access::Optional => {
            let named = Named::by(request, app);
            let found = identity::token_of(request, &named, app, trace.id, now).await?;
            let Some(token) = found else { return Ok(None) };
            let admitted = identity::introduce(&token, app)?;
            (token, admitted)
        }
        Access::Required(permission) => {
            let named = Named::by(request, app);
            let token = identity::token_of(request, &named, app, trace.id, now).await?;
            let Some(token) = token else {
                return identity::without_token(request, permission, app, trace.id).map(Some);
            };
            let admitted = identity::admit(&token, named, permission, route, request.path(), app, now)?;
            (token, admitted)
        }
    };
    let Admitted { tenant, actor, allowed, is_limited } = admitted;
    if let Actor::Key(id) = actor {
        app.identity.note_key(&tenant, id, &address_of(request, app), now);
    }
    let who = Who {
        tenant,
        actor,
        trace: trace.id,
        address: address_of(request, app),
        request: Id::fresh(),
        chain: Chain::default(),
    };
    let narrowed = Narrowed::of(&token, route, request.path(), now);
    let Claims { token, realm, subject, tenant: only_in, .. } = token.claims;
    let person = match subject {
        Subject::User(id) => Some(id),
        Subject::Operator => None,
    };
    Ok(Some(Caller {
        who,
        token,
        realm,
        only_in,
        person,
        allowed,
        narrowed,
        is_limited,
        reply_key: None,
        makes_new: false,
    }))
}

/// Under which key a repeat of this request is known, when it asks for that.
fn reply_key(
    request: &HttpRequest,
    route: &Route,
    app: &App,
    who: &Who,
    body: &[u8],
) -> Result<Option<ReplyKey>> {
    if route.method != Method::POST {
        return Ok(None);
    }
    let Some(header) = request.headers().get(&names::IDEMPOTENCY_KEY) else { return Ok(None) };
    let key = header
        .to_str()
        .ok()
        .filter(|key| (1..=LONGEST_KEY).contains(&key.len()) && key.is_ascii())
        .ok_or_else(|| {
            Error::new(
                Kind::BadRequest,
                "Write an Idempotency-Key of 1 to 255 plain characters, such as a UUID.",
            )
        })?;
    let fingerprint =
        app.fingerprints.of(&[route.method.as_str().as_bytes(), request.path().as_bytes(), body])?;
    Ok(Some(ReplyKey { actor: who.actor.to_string(), key: key.to_owned(), fingerprint }))
}

fn success(request: &HttpRequest, answer: Answer, trace: Trace) -> HttpResponse {
    let headers = answer.headers;
    let (content_type, body) = match answer.body {
        Body::Raw { content_type, text } => (content_type, text.into_bytes()),
        Body::Data { json, next_cursor } => ("application/json", enveloped(&json, next_cursor, trace)),
        Body::Live(_) | Body::File(_) => unreachable!("a reply that goes on was made ready before"),
    };
    let (body, coding) = encoding::encode(request, body);
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = HttpResponse::build(status).content_type(content_type).body(body);
    response.headers_mut().insert(header::VARY, names::ACCEPT_ENCODING.clone());
    if let Some(coding) = coding {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    for (name, value) in headers {
        insert(response.headers_mut(), name, value);
    }
    response
}

pub(super) fn enveloped(json: &str, next_cursor: Option<Option<String>>, trace: Trace) -> Vec<u8> {
    use std::io::Write;
    let mut body = Vec::with_capacity(json.len() + 128);
    // Writing into memory can't fail.
    let _ = match next_cursor {
        None => write!(body, r#"{{"data":{json},"meta":{{"traceId":"{}"}}}}"#, trace.id),
        Some(None) => {
            write!(body, r#"{{"data":{json},"meta":{{"traceId":"{}","nextCursor":null}}}}"#, trace.id)
        }
        Some(Some(next)) => {
            write!(body, r#"{{"data":{json},"meta":{{"traceId":"{}","nextCursor":"{next}"}}}}"#, trace.id)
        }
    };
    body
}

fn failed(request: &HttpRequest, app: &App, error: &Error, trace: Trace) -> HttpResponse {
    let (_, status) = failure::code_and_status(error.kind());
    // That the disk is nearly full, or memory, was said once; a line for each request would fill it up.
    let is_told = error.kind() == Kind::Unavailable && (app.room.was_short() || app.unread().was_short());
    if status >= 500 && !is_told {
        tracing::error!(trace = %trace.id, method = %request.method(), path = request.path(), %error, "a request failed");
    }
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response =
        HttpResponse::build(status).content_type("application/json").body(failure::body_of(error, trace.id));
    if let Some(wait) = error.retry_after() {
        insert(response.headers_mut(), "retry-after", wait.as_secs().max(1).to_string());
    }
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// What every reply carries.
pub(super) fn finish(
    response: &mut HttpResponse,
    app: &App,
    trace: Trace,
    allow: Option<String>,
    standings: &limits::Standings,
) {
    let headers = response.headers_mut();
    set(headers, &names::TRACEPARENT, trace.header());
    if app.config.server.is_https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HTTPS_FOR_A_YEAR));
    }
    headers::protect(headers);
    if let Some(methods) = allow {
        set(headers, &header::ALLOW, methods);
    }
    for (name, value) in limits::headers_of(standings).into_iter().flatten() {
        set(headers, name, value);
    }
}

fn insert(headers: &mut HeaderMap, name: &'static str, value: String) {
    set(headers, &HeaderName::from_static(name), value);
}

fn set(headers: &mut HeaderMap, name: &HeaderName, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name.clone(), value);
    }
}

fn log(request: &HttpRequest, response: &HttpResponse, trace: Trace, seen: &Seen, took: Duration) {
    let (tenant, actor) = match &seen.who {
        Some(who) => (Some(who.tenant.slug.as_str()), Some(tracing::field::display(who.actor))),
        None => (None, None),
    };
    if took.as_secs() >= 1 && !seen.is_patient {
        tracing::warn!(
            trace = %trace.id, tenant, actor, method = %request.method(), path = request.path(),
            status = response.status().as_u16(), ms = took.as_millis(), "a slow request"
        );
    } else {
        tracing::debug!(
            trace = %trace.id, tenant, actor, method = %request.method(), path = request.path(),
            status = response.status().as_u16(), us = took.as_micros(), "a request"
        );
    }
}
