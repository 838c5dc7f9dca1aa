//! The kinds of jobs that are measured.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::base::Result;
use crate::kernel::Features;
use crate::kernel::jobs::{Ctx, JobKind, KindInfo, Outcome, Work};

pub fn features() -> Features {
    let jobs = vec![JobKind::of::<Nothing>(), JobKind::of::<Stamp>(), JobKind::of::<Busy>()];
    Features { jobs, ..Features::default() }
}

/// A job that does nothing.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Nothing {
    pub number: usize,
}

impl Work for Nothing {
    const KIND: KindInfo = KindInfo::new("bench.nothing", "Does nothing");

    async fn run(self, _: Ctx) -> Result<Outcome> {
        Ok(Outcome::Done)
    }
}

/// A job that says when it begins.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Stamp {}

static BEGUN: Mutex<Option<Instant>> = Mutex::new(None);
static BEGAN: Notify = Notify::const_new();

impl Stamp {
    /// Waits for the handler of the one that was enqueued, and says when it began.
    pub async fn begun() -> Option<Instant> {
        BEGAN.notified().await;
        last_begun().take()
    }
}

fn last_begun() -> MutexGuard<'static, Option<Instant>> {
    BEGUN.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Work for Stamp {
    const KIND: KindInfo = KindInfo::new("bench.stamp", "Says when it begins");

    async fn run(self, _: Ctx) -> Result<Outcome> {
        *last_begun() = Some(Instant::now());
        BEGAN.notify_one();
        Ok(Outcome::Done)
    }
}

/// A job that takes as long as a short query to somewhere else.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Busy {}

pub const BUSY_FOR: Duration = Duration::from_millis(5);

/// How many of them have begun.
pub static BUSY: AtomicUsize = AtomicUsize::new(0);

impl Work for Busy {
    const KIND: KindInfo = KindInfo::new("bench.busy", "Waits for a moment");

    async fn run(self, _: Ctx) -> Result<Outcome> {
        BUSY.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(BUSY_FOR).await;
        Ok(Outcome::Done)
    }
}
