//! A courier carries what waits in one outbox to its receiver. It runs on a sink's thread and holds up nobody
//! else. It tells the log when a receiver begins to refuse and when it takes again, not of each time.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::runtime::{Builder, Runtime};

use super::outbox::{Outbox, Outcome};
use super::tally::Tally;
use crate::base::{Clock, Error, Result, Timestamp};
use crate::kernel::outbound::{Answer, Call, Failure, Receiver};

/// From so many bytes on it is worth it to compress.
const WORTH_PRESSING: usize = 1024;

/// How long is sent before it is looked again at what came.
const LONGEST_RUN: Duration = Duration::from_secs(1);

/// What a receiver is told, and what its answers mean.
pub(super) trait Post: Send {
    fn call(&self, items: Vec<&[u8]>) -> Call;

    fn outcome(&self, answer: &Answer, now: Timestamp) -> Outcome;

    /// For how long the receiver wants nothing at all.
    fn silence(&self, _: &Answer, _: Timestamp) -> Option<Duration> {
        None
    }
}

pub(super) struct Courier<P> {
    pub(super) outbox: Outbox,
    post: P,
    receiver: Receiver,
    clock: Clock,
    /// There until the end.
    runtime: Option<Runtime>,
    tally: Arc<Tally>,
    is_refused: bool,
}

impl<P: Post> Courier<P> {
    pub(super) fn new(
        outbox: Outbox,
        tally: Arc<Tally>,
        post: P,
        receiver: Receiver,
        clock: Clock,
    ) -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(Error::internal)?;
        Ok(Self { outbox, post, receiver, clock, runtime: Some(runtime), tally, is_refused: false })
    }

    pub(super) fn tally(&self) -> Arc<Tally> {
        Arc::clone(&self.tally)
    }

    /// Sends what is due, as long as that is quick: what comes meanwhile must not wait for long.
    pub(super) fn run(&mut self) {
        let begun = Instant::now();
        while begun.elapsed() < LONGEST_RUN {
            match self.outbox.due(Instant::now()) {
                0 => return,
                count => {
                    self.send(count, None);
                }
            }
        }
    }

    /// Sends everything that waits, once, and drops what is left.
    pub(super) fn finish(&mut self, deadline: Instant) {
        loop {
            let (count, left) = (self.outbox.next(), deadline.saturating_duration_since(Instant::now()));
            if count == 0 || left.is_zero() || matches!(self.send(count, Some(left)), Outcome::Later(_)) {
                return self.outbox.give_up(Instant::now());
            }
        }
    }

    fn send(&mut self, count: usize, timeout: Option<Duration>) -> Outcome {
        let call = Call { timeout, ..self.post.call(self.outbox.first(count).collect()) };
        let runtime = self.runtime.as_ref().expect("it is there until the end");
        let answer = runtime.block_on(self.receiver.send(&call));
        let now = self.clock.now();
        let outcome = match &answer {
            Ok(answer) => self.post.outcome(answer, now),
            Err(Failure::BadUrl(_) | Failure::BadHeader(_)) => Outcome::Refused,
            Err(_) => Outcome::Later(None),
        };
        self.outbox.settle(count, outcome, Instant::now());
        if let Some(span) = answer.as_ref().ok().and_then(|answer| self.post.silence(answer, now)) {
            self.outbox.silence(span, Instant::now());
        }
        self.tell(&answer, outcome);
        outcome
    }

    fn tell(&mut self, answer: &Result<Answer, Failure>, outcome: Outcome) {
        let is_refused = !matches!(outcome, Outcome::Taken { .. });
        if is_refused == self.is_refused {
            return;
        }
        self.is_refused = is_refused;
        let Tally { receiver, what, .. } = &*self.tally;
        match answer {
            _ if !is_refused => tracing::info!(receiver, what, "telemetry is taken again"),
            Ok(answer) => {
                tracing::warn!(
                    receiver,
                    what,
                    status = answer.status,
                    "telemetry is not taken; the next is tried"
                );
            }
            Err(failure) => {
                tracing::warn!(receiver, what, %failure, "telemetry can't be sent; it is tried again")
            }
        }
    }
}

impl<P> Drop for Courier<P> {
    /// Whoever drops it must not have to wait for a name that is still being looked up.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A call with this body, compressed when it is worth it.
pub(super) fn post(url: &str, content_type: &str, body: Vec<u8>) -> Call {
    let (body, is_pressed) = match pressed(&body) {
        Some(pressed) => (pressed, true),
        None => (body, false),
    };
    let call = Call::post(url, body).with_header("content-type", content_type);
    if is_pressed { call.with_header("content-encoding", "gzip") } else { call }
}

fn pressed(body: &[u8]) -> Option<Vec<u8>> {
    if body.len() < WORTH_PRESSING {
        return None;
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body).ok()?;
    encoder.finish().ok().filter(|pressed| pressed.len() < body.len())
}
