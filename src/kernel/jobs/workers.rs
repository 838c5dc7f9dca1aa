//! Workers: they run handlers, bound their time, and live on whatever a handler does.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::{Notify, oneshot};

use super::board::{Claimed, Run, RunKey};
use super::ctx::{Ctx, Detail, Logs};
use super::engine::Jobs;
use super::finish::{AttemptInfo, End, Finished};
use super::kind::{Backoff, Outcome};
use super::model::{Envelope, Failure};
use super::told::{follow, told};
use super::workshop::{Hold, Workshop, watched};
use crate::base::Id;
use crate::base::scene::within;
use crate::kernel::telemetry::Trail;
use crate::kernel::{Actor, Chain, Kernel, TraceId, Who};

/// How long a handler may put things away after it was asked to stop.
const CANCEL_GRACE: Duration = Duration::from_secs(5);

/// How long a job waits whose kind this binary does not know: another version may.
const UNKNOWN_KIND: Duration = Duration::from_hours(1);

impl Jobs {
    /// Begins what was claimed, as far as there are places.
    pub(super) fn begin_waiting(&self) {
        let Some(workshop) = self.workshop() else { return };
        let (Some(kernel), Some(handle)) = (workshop.kernel.upgrade(), workshop.handle()) else { return };
        while let Some(claimed) = self.next_waiting() {
            handle.spawn(self.begin(&kernel, claimed));
        }
    }

    /// The next that may begin now.
    pub(super) fn next_waiting(&self) -> Option<Claimed> {
        let mut board = self.board();
        let taken = board.running.len() + board.beginning + board.promised;
        if board.is_stopping || taken >= board.places {
            return None;
        }
        while let Some(next) = board.waiting.pop_front() {
            if self.is_active(next.tenant.number) {
                board.beginning += 1;
                return Some(next);
            }
            // Its tenant was suspended, or is going, while it waited here.
            board.finished.push(next.returned(false));
            self.bell().notify_one();
        }
        None
    }

    /// Puts a job among the running ones; what it gives back runs its handler.
    pub(super) fn begin(
        &self,
        kernel: &Arc<Kernel>,
        claimed: Claimed,
    ) -> impl Future<Output = ()> + Send + 'static {
        let now = self.now();
        let Claimed { tenant, row, .. } = claimed;
        // Asked anew, as a job may have been made for workers outside, who take any kind.
        let kind = self.kind_in(tenant.number, &row.kind).copied();
        let trail = follow(&kernel.telemetry, &tenant, &row);
        let scene = trail.as_ref().map(Trail::scene);
        let of_kind = kind.as_ref().map(|kind| kind.info.backoff);
        let attempt = AttemptInfo {
            tenant: tenant.number,
            job: row.id,
            queue: row.queue,
            lease: row.lease,
            attempt: row.attempt,
            max_attempts: row.max_attempts,
            backoff: row.backoff.as_deref().and_then(Backoff::of).or(of_kind).unwrap_or(Backoff::DEFAULT),
            started_at: now,
            cause: row.cause.clone(),
        };
        let (stop, stopped) = oneshot::channel();
        let (cancel, logs, detail) = (Arc::new(Notify::new()), Logs::default(), Detail::default());
        let hold = Hold::on(self.workshop().and_then(Workshop::held).unwrap_or_default());
        let key = (tenant.number, row.id);
        let run = Run {
            lease: row.lease,
            deadline: self.passed() + row.time_limit,
            time_limit: row.time_limit,
            ends_as: Failure::TimedOut,
            attempt,
            stop: Some(stop),
            cancel: Arc::clone(&cancel),
            hold: hold.clone(),
            logs: logs.clone(),
            detail: detail.clone(),
            trail: trail.map(|trail| (trail, row.kind.clone())),
        };
        let mut board = self.board();
        board.beginning -= 1;
        board.running.insert(key, run);
        drop(board);
        let who = Who {
            tenant,
            actor: Actor::Job(row.id),
            trace: TraceId::of(&row.trace_id),
            address: String::new(),
            request: row.request_id.parse().unwrap_or_else(|_| Id::fresh()),
            chain: Chain::of(row.chain.as_deref()),
        };
        let envelope = Envelope {
            actor_id: row.actor,
            trace_id: row.trace_id,
            request_id: row.request_id,
            cause: row.cause,
        };
        let ctx = Ctx {
            kernel: Arc::clone(kernel),
            who,
            job: row.id,
            attempt: row.attempt,
            max_attempts: row.max_attempts,
            envelope,
            lease: row.lease,
            logs,
            detail,
            cancel,
        };
        let (jobs, lease, payload, name) = (self.clone(), row.lease, row.payload, row.kind);
        async move {
            let handler = async move {
                match kind {
                    Some(kind) => (kind.run)(ctx, &payload)?.await,
                    None => {
                        ctx.log(format!("No handler of this version knows {name}; it is kept."));
                        Ok(Outcome::Snooze(UNKNOWN_KIND))
                    }
                }
            };
            let end = tokio::select! {
                biased;
                // First, as one that was given up before it came to a thread must not begin after all: its
                // job may be somebody else's already.
                _ = stopped => End::Returned,
                ended = watched(within(scene, AssertUnwindSafe(handler).catch_unwind()), hold) => match ended {
                    Ok(Ok(outcome)) => End::Said(outcome),
                    Ok(Err(error)) => End::Failed(Failure::HandlerError, error.to_string()),
                    Err(panic) => End::Failed(Failure::HandlerError, format!("It panicked: {}", message_of(&*panic))),
                },
            };
            jobs.ended(key, lease, end);
        }
    }

    /// A handler has ended. When it was given up before, that was already said.
    fn ended(&self, key: RunKey, lease: i64, end: End) {
        let mut board = self.board();
        match board.running.remove(&key) {
            Some(run) if run.lease == lease => {
                board.pace += 1;
                board.finished.push(finished(run, end));
            }
            Some(newer) => drop(board.running.insert(key, newer)),
            None => {}
        }
        drop(board);
        self.begin_waiting();
        self.bell().notify_one();
    }

    /// Gives up handlers whose time is over. One that waits somewhere is stopped there; one that
    /// blocks its thread is left behind.
    pub(super) fn give_up_late(&self) {
        let now = self.passed();
        let mut board = self.board();
        let late: Vec<RunKey> =
            board.running.iter().filter(|(_, run)| run.deadline <= now).map(|(key, _)| *key).collect();
        for key in &late {
            let Some(mut run) = board.running.remove(key) else { continue };
            let error = match run.ends_as {
                Failure::Cancelled => "It was cancelled while it ran.".to_owned(),
                _ => format!("It ran for longer than its time limit of {} s.", run.time_limit.as_secs_f64()),
            };
            Self::stop_run(&mut run);
            // One that no thread has come to yet did not use its time.
            let end = match run.hold.has_begun() {
                false if run.ends_as != Failure::Cancelled => End::Returned,
                _ => End::Failed(run.ends_as, error),
            };
            board.finished.push(finished(run, end));
        }
        drop(board);
        if late.is_empty() {
            return;
        }
        self.bell().notify_one();
        self.begin_waiting();
    }

    /// Takes new threads when handlers hold all of these. What waited beside them goes back without
    /// losing an attempt; who holds a thread may do so until its time is over.
    pub(super) fn free_threads(&self) {
        let Some(workshop) = self.workshop() else { return };
        match workshop.replace_when_held() {
            Ok(false) => return,
            Ok(true) => {
                tracing::warn!("handlers that do not let go hold every job thread; there are new ones now");
            }
            Err(error) => {
                tracing::error!(%error, "there are no new threads for jobs");
                return;
            }
        }
        self.return_where(|run| !run.hold.is_held());
        self.bell().notify_one();
    }

    fn stop_run(run: &mut Run) {
        // Its handler may have ended in this very moment.
        let _ = run.stop.take().map(|stop| stop.send(()));
    }

    /// Asks a running handler to stop; a little later it is made to.
    pub(super) fn cancel_running(&self, key: RunKey) {
        let now = self.passed();
        let mut board = self.board();
        let waits = |claimed: &Claimed| (claimed.tenant.number, claimed.row.id) == key;
        if let Some(run) = board.running.get_mut(&key) {
            run.cancel.notify_one();
            run.ends_as = Failure::Cancelled;
            run.deadline = run.deadline.min(now + CANCEL_GRACE);
        } else if let Some(place) = board.waiting.iter().position(waits) {
            let returned = board.waiting.remove(place).map(|claimed| claimed.returned(true));
            board.finished.extend(returned);
        } else {
            board.cancelled_early.insert(key);
        }
        drop(board);
        self.bell().notify_one();
    }

    /// Nothing more begins; what was claimed and has not begun goes back.
    pub(super) fn begin_stopping(&self) {
        let mut board = self.board();
        board.is_stopping = true;
        while let Some(claimed) = board.waiting.pop_front() {
            board.finished.push(claimed.returned(false));
        }
    }

    /// Stops every handler; its job goes back without losing an attempt.
    pub(super) fn return_running(&self) {
        self.return_where(|_| true);
    }

    fn return_where(&self, goes_back: impl Fn(&Run) -> bool) {
        let mut board = self.board();
        let returned: Vec<Run> =
            board.running.extract_if(.., |_, run| goes_back(run)).map(|(_, run)| run).collect();
        for mut run in returned {
            Self::stop_run(&mut run);
            board.finished.push(finished(run, End::Returned));
        }
    }
}

impl Claimed {
    /// It goes back without having begun.
    pub(super) fn returned(self, is_cancelled: bool) -> Finished {
        let Self { tenant, row, claimed_at } = self;
        let attempt = AttemptInfo {
            tenant: tenant.number,
            job: row.id,
            queue: row.queue,
            lease: row.lease,
            attempt: row.attempt,
            max_attempts: row.max_attempts,
            backoff: Backoff::DEFAULT,
            started_at: claimed_at,
            cause: row.cause,
        };
        Finished { attempt, end: End::Returned, logs: Vec::new(), detail: None, is_cancelled, chance: 0.0 }
    }
}

fn finished(run: Run, end: End) -> Finished {
    if let Some((trail, kind)) = run.trail {
        told(&trail, kind, &run.attempt, &end);
    }
    Finished {
        attempt: run.attempt,
        end,
        logs: run.logs.take(),
        detail: run.detail.take(),
        is_cancelled: run.ends_as == Failure::Cancelled,
        chance: fastrand::f64(),
    }
}

fn message_of(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
