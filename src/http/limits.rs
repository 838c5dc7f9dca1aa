//! Limits on the request path: every request is counted for who makes it and for his tenant, or for its address when
//! nobody signed in, and the reply says how much is left.

use std::fmt::Write;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;

use super::address::client_of;
use super::app::App;
use super::names;
use super::route::{Method, Route};
use super::who::Caller;
use crate::base::{Error, Kind, Result};
use crate::kernel::limits::{Asker, Class, Standing, TooMany};

const HELD_BACK: Duration = Duration::from_millis(50);

/// Refusals that are held back at once; who is refused beside them hears of it right away.
pub(super) const MOST_HELD_BACK: usize = 1_000;

/// What who asks may still ask for; empty where nothing is limited.
pub(super) type Standings = [Option<Standing>; 2];

/// Counts a request, unless there were too many. What is left is told in either case.
pub(super) fn admit(
    request: &HttpRequest,
    route: &Route,
    app: &App,
    caller: Option<&Caller>,
    told: &mut Standings,
) -> Result<()> {
    let class = route.class;
    match caller {
        _ if class == Class::Free => Ok(()),
        Some(caller) => {
            told[0] = take(app, Asker::Person(caller.actor), class, told)?;
            told[1] = take(app, Asker::Tenant(caller.tenant.number), class, told)?;
            Ok(())
        }
        None => by_address(request, app, class, told),
    }
}

/// Counts a request of somebody who did not say who he is, or could not prove it. What comes back is why he gets no
/// reply. Only those are counted, so nobody with a good token waits for others behind his address.
pub(super) fn count_stranger(
    request: &HttpRequest,
    app: &App,
    refusal: Error,
    told: &mut Standings,
) -> Error {
    match refusal.kind() {
        Kind::Unauthenticated => by_address(request, app, Class::Read, told).err().unwrap_or(refusal),
        _ => refusal,
    }
}

fn by_address(request: &HttpRequest, app: &App, class: Class, told: &mut Standings) -> Result<()> {
    if let Some(address) = client_of(request, app) {
        told[0] = take(app, Asker::Address(address), class, told)?;
    }
    Ok(())
}

fn take(app: &App, asker: Asker, class: Class, told: &mut Standings) -> Result<Option<Standing>> {
    app.limits.take(asker, class).map_err(|TooMany { standing, error }| {
        *told = [Some(standing), None];
        error
    })
}

/// Who asks too often hears of it a little later, so that asking again at once costs him time and the others none.
pub(super) async fn hold_back(app: &App) {
    if let Ok(_place) = app.held_back().try_acquire() {
        tokio::time::sleep(HELD_BACK).await;
    }
}

/// A tenant was sent something that it may keep. When it stores as much as it may, nothing new is made in it.
pub(super) fn note_sent(app: &App, route: &Route, caller: &mut Caller, bytes: usize) {
    if matches!(route.method, Method::POST | Method::PUT | Method::PATCH) {
        app.limits.note_sent(caller.tenant.number, bytes);
        caller.makes_new = route.method == Method::POST;
    }
}

/// The headers `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers, from its eighth version on).
pub(super) fn headers_of(standings: &Standings) -> Option<[(&'static HeaderName, String); 2]> {
    let (mut policy, mut left) = (String::new(), String::new());
    for Standing { side, rate, level, .. } in standings.iter().flatten() {
        let (name, comma) = (side.as_str(), if policy.is_empty() { "" } else { ", " });
        let window = rate.at_once / u64::from(rate.per_second.max(1));
        // Writing into memory can't fail.
        let _ = write!(policy, "{comma}\"{name}\";q={};w={window}", rate.at_once);
        let _ = write!(left, "{comma}\"{name}\";r={};t={}", level.left, level.full_in.as_secs() + 1);
    }
    (!policy.is_empty()).then_some([(&names::RATE_POLICY, policy), (&names::RATE, left)])
}
