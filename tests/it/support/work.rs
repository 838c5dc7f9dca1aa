//! Kinds of jobs that do what a test wants to see survived.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use steading::base::Result;
use steading::kernel::jobs::{Backoff, Ctx, JobKind, KindInfo, Outcome, Work};

use super::held::Held;

pub static KINDS: &[JobKind] = &[JobKind::of::<Act>(), JobKind::of::<Held>()];

/// The wait before each further attempt of the tests' jobs.
pub const BACKOFF: Duration = Duration::from_secs(60);

/// How often the handler of a job began, by what the test calls it.
static RAN: LazyLock<Mutex<HashMap<String, u32>>> = LazyLock::new(Mutex::default);

pub fn ran(name: &str) -> u32 {
    RAN.lock().expect("no test panics with it").get(name).copied().unwrap_or_default()
}

/// A job that does one thing.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "does")]
pub enum Act {
    Succeed { name: String },
    Fail { name: String },
    FailUntil { name: String, attempt: u32 },
    Die,
    Cancel,
    Snooze { seconds: u64 },
    Panic,
    Hang { name: String },
    Spawn { children: u32 },
    Descend { depth: u32 },
    Report { percent: u32 },
    Wait { seconds: u64 },
    Block,
    Boast { bytes: usize },
    Chat { lines: u32 },
    Abort,
}

impl Work for Act {
    const KIND: KindInfo = KindInfo {
        max_attempts: 3,
        backoff: Backoff::Fixed(BACKOFF),
        ..KindInfo::new("test.act", "Does what a test wants")
    };

    async fn run(self, ctx: Ctx) -> Result<Outcome> {
        let began =
            |name: &str| *RAN.lock().expect("no test panics with it").entry(name.into()).or_default() += 1;
        Ok(match self {
            Self::Succeed { name } => {
                began(&name);
                Outcome::Done
            }
            Self::Fail { name } => {
                began(&name);
                ctx.log("about to fail");
                Outcome::Retry("it fails always".into())
            }
            Self::FailUntil { name, attempt } => {
                began(&name);
                match ctx.attempt < attempt {
                    true => Outcome::Retry("not yet".into()),
                    false => Outcome::Done,
                }
            }
            Self::Die => Outcome::Dead("hopeless".into()),
            Self::Cancel => Outcome::Cancel("nothing to do".into()),
            Self::Snooze { seconds } => Outcome::Snooze(Duration::from_secs(seconds)),
            Self::Panic => panic!("a handler that panics"),
            Self::Hang { name } => {
                began(&name);
                std::future::pending().await
            }
            Self::Spawn { children } => {
                let who = ctx.who.clone();
                ctx.write(move |tx| {
                    for child in 0..children {
                        Self::Succeed { name: format!("child {child}") }.order().enqueue(tx, &who)?;
                    }
                    Ok(())
                })
                .await?;
                Outcome::Done
            }
            Self::Wait { seconds } => {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                Outcome::Done
            }
            // It never lets go of its thread.
            Self::Block => loop {
                std::thread::sleep(Duration::from_secs(3600));
            },
            Self::Boast { bytes } => Outcome::DoneWith("x".repeat(bytes).into()),
            Self::Chat { lines } => {
                (0..lines).for_each(|line| ctx.log(format!("{line} {}", "blah ".repeat(1_000))));
                Outcome::Done
            }
            Self::Abort => std::process::abort(),
            Self::Descend { depth: 0 } => Outcome::Done,
            Self::Descend { depth } => {
                let who = ctx.who.clone();
                let next = move |tx: &steading::base::db::Write<'_>| {
                    Self::Descend { depth: depth - 1 }.order().enqueue(tx, &who).map(drop)
                };
                ctx.write(next).await?;
                Outcome::Done
            }
            Self::Report { percent } => {
                ctx.progress(percent, "on its way").await?;
                Outcome::Retry("only to report".into())
            }
        })
    }
}
