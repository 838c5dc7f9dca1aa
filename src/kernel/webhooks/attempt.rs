//! One attempt to tell a hook something.

use std::time::{Duration, Instant};

use super::message::Message;
use super::outcome::Sent;
use super::signing::Signing;
use crate::base::Clock;
use crate::base::db::TenantNo;
use crate::kernel::outbound::{Call, Outbound};

/// How long a hook may take, unless it is said; `outbound.timeout` is a limit to that.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// What is read of an answer: more than is kept, so that a connection can be used again after most.
const LARGEST_ANSWER: usize = 16 * 1024;

/// Whom to tell.
#[derive(Debug, Clone)]
pub struct Hook {
    pub tenant: TenantNo,
    pub url: String,
    pub signing: Signing,
    /// From the call's turn to the end of its answer. Waiting for the turn may take as long again.
    pub timeout: Duration,
}

/// Sends a message once and says what came of it.
pub async fn send(outbound: &Outbound, hook: &Hook, message: &Message<'_>, clock: &Clock) -> Sent {
    let turn = match outbound.take_turn(hook.tenant, hook.timeout).await {
        Ok(turn) => turn,
        Err(failure) => return Sent::unsent(&failure),
    };
    // Signed only now, since receivers refuse what was signed long ago.
    let call = call(hook, message, clock);
    let started = Instant::now();
    match outbound.send_in(turn, &call).await {
        Ok(answer) => Sent::answered(&answer, clock.now()),
        Err(failure) => Sent::failed(&failure, started.elapsed()),
    }
}

fn call(hook: &Hook, message: &Message<'_>, clock: &Clock) -> Call {
    let body = message.body();
    let signed = hook.signing.headers(message.id, clock.now(), &body);
    let traced = message.trace.map(|trace| ("traceparent", trace.parent(fastrand::u64(1..), true)));
    let call = Call {
        limit: Some(LARGEST_ANSWER),
        timeout: Some(hook.timeout),
        is_status_enough: true,
        ..Call::post(&hook.url, body)
    };
    signed
        .into_iter()
        .chain(traced)
        .fold(call, |call, (name, value)| call.with_header(name, &value))
        .with_header("content-type", "application/json")
}
