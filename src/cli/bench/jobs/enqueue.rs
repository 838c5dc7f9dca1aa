//! How fast jobs are enqueued: by code in this process, and over HTTP.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use serde_json::json;
use tokio::task::spawn_blocking;

use super::kinds::Nothing;
use super::{Enqueued, who};
use crate::base::{Error, Id, Result};
use crate::cli::bench::desk::Desk;
use crate::cli::bench::http::request;
use crate::cli::bench::load;
use crate::cli::bench::stats::{Timings, rate_of};
use crate::kernel::jobs::Work;
use crate::kernel::{TraceId, Who};

/// Each in a write of his own.
pub async fn in_process(desk: &Desk, callers: usize, span: Duration) -> Result<Enqueued> {
    let end = Instant::now() + span;
    let calls = (0..callers).map(|nth| async move {
        let who = who(desk, nth)?;
        let mut timings = Timings::until(end);
        while timings.goes_on() {
            let began = Instant::now();
            let by = Who { trace: TraceId::fresh(), request: Id::fresh(), ..who.clone() };
            desk.kernel
                .db
                .write(&who, move |tx| Nothing { number: nth }.order().enqueue(tx, &by).map(drop))
                .await?;
            timings.note(began);
        }
        Ok::<_, Error>(timings.into_taken())
    });
    let rate = rate_of(try_join_all(calls).await?.concat(), span);
    Ok(Enqueued { callers, rate, errors: 0 })
}

/// Each on a connection of his own.
pub async fn over_http(desk: &Desk, at: SocketAddr, callers: usize, span: Duration) -> Result<Enqueued> {
    let (token, body) = (desk.token()?, json!({ "jobName": "bench.nothing", "payload": { "number": 1 } }));
    let (line, body) = ("POST /api/jobs/enqueue", body.to_string());
    let requests: Vec<_> =
        desk.tenants.iter().map(|tenant| request(&token, line, &tenant.slug, &body)).collect();
    let sending = spawn_blocking(move || load::send(at, &requests, 202, callers, span));
    let sent = sending.await.map_err(Error::internal)??;
    Ok(Enqueued { callers, rate: rate_of(sent.taken, span), errors: sent.errors })
}
