//! A kind of job whose handlers wait for the test to say how they end, in whatever order it likes.

use std::collections::HashMap;
use std::panic::resume_unwind;
use std::sync::{Arc, LazyLock, Mutex};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use steading::base::{Error, Id, Result};
use steading::kernel::Kernel;
use steading::kernel::jobs::{Backoff, Ctx, Job, KindInfo, Outcome, Work};
use tokio::sync::oneshot::{self, Sender};

use super::work::BACKOFF;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Held {}

/// How a held handler ends.
#[derive(Debug)]
pub enum Ending {
    Says(Outcome),
    Fails,
    Panics,
}

/// A handler that began and waits.
pub struct Began {
    pub job: Id<Job>,
    pub attempt: u32,
    end: Sender<Ending>,
}

impl Began {
    /// Lets it end like this, if it is still there.
    pub fn end(self, ending: Ending) {
        // It may have been given up.
        let _ = self.end.send(ending);
    }
}

/// Those that began, by the instance for which they work.
static BEGAN: LazyLock<Mutex<HashMap<usize, Vec<Began>>>> = LazyLock::new(Mutex::default);

fn address(kernel: &Arc<Kernel>) -> usize {
    Arc::as_ptr(kernel).addr()
}

/// The handlers of this instance that began since it was last asked.
pub fn take_begun(kernel: &Arc<Kernel>) -> Vec<Began> {
    BEGAN.lock().expect("no test panics with it").remove(&address(kernel)).unwrap_or_default()
}

impl Work for Held {
    const KIND: KindInfo = KindInfo {
        backoff: Backoff::Fixed(BACKOFF),
        ..KindInfo::new("test.held", "Ends when a test wants and as it wants")
    };

    async fn run(self, ctx: Ctx) -> Result<Outcome> {
        let (end, ended) = oneshot::channel();
        let began = Began { job: ctx.job, attempt: ctx.attempt, end };
        let kernel = address(&ctx.kernel);
        BEGAN.lock().expect("no test panics with it").entry(kernel).or_default().push(began);
        match ended.await {
            Ok(Ending::Says(outcome)) => Ok(outcome),
            Ok(Ending::Fails) => Err(Error::conflict("it fails")),
            Ok(Ending::Panics) => resume_unwind(Box::new("it panics without a word in the log")),
            // The test has forgotten it.
            Err(_) => std::future::pending().await,
        }
    }
}
