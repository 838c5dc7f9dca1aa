//! Kinds of jobs: a payload's type, and what is done with it. A feature lists its kinds; the name
//! in a stored job finds its kind again.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::ctx::Ctx;
use super::enqueue::Order;
use crate::base::json::read_value;
use crate::base::{Error, Result, Timestamp};
use crate::kernel::identity::PermissionInfo;

/// What a handler says of its attempt. An `Err` is `Retry` with the error's text.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Done,
    /// Done, with something to show for it.
    DoneWith(Json),
    /// It failed; it is tried again while there are attempts left.
    Retry(String),
    /// It failed, and another try makes sense after this long.
    RetryAfter(String, Duration),
    /// It failed and another try would not help: a dead letter at once.
    Dead(String),
    /// There is nothing to do any more.
    Cancel(String),
    /// Not yet: run it again after this long. That costs no attempt.
    Snooze(Duration),
}

/// How long a failed job waits before its next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backoff {
    /// Doubles from `first` up to `most`, give or take a tenth, so that failed jobs do not come
    /// back all at once.
    Exponential { first: Duration, most: Duration },
    /// Always the same.
    Fixed(Duration),
    /// As Standard Webhooks has it: soon, then for days, each time give or take a tenth.
    Webhooks,
}

/// What Standard Webhooks waits after each failed attempt.
pub const WEBHOOK_WAITS: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
    Duration::from_hours(14),
    Duration::from_hours(20),
    Duration::from_hours(24),
];

impl Backoff {
    pub const DEFAULT: Self =
        Self::Exponential { first: Duration::from_secs(5), most: Duration::from_hours(6) };

    /// As a row keeps it.
    pub(in crate::kernel) fn stored(self) -> String {
        match self {
            Self::Exponential { first, most } => {
                format!("exponential {} {}", first.as_millis(), most.as_millis())
            }
            Self::Fixed(wait) => format!("fixed {}", wait.as_millis()),
            Self::Webhooks => "webhooks".into(),
        }
    }

    /// Nothing for what another version wrote.
    pub(in crate::kernel) fn of(stored: &str) -> Option<Self> {
        let (name, rest) = stored.split_once(' ').unwrap_or((stored, ""));
        let mut waits = rest.split(' ').map(|wait| wait.parse().map(Duration::from_millis));
        let mut wait = || waits.next()?.ok();
        match name {
            "exponential" => Some(Self::Exponential { first: wait()?, most: wait()? }),
            "fixed" => Some(Self::Fixed(wait()?)),
            "webhooks" => Some(Self::Webhooks),
            _ => None,
        }
    }

    /// The wait after so many failed attempts. `chance` lies between 0 and 1.
    pub fn after(self, attempts: u32, chance: f64) -> Duration {
        match self {
            Self::Fixed(wait) => wait,
            Self::Webhooks => {
                let place = (attempts.max(1) as usize - 1).min(WEBHOOK_WAITS.len() - 1);
                WEBHOOK_WAITS[place].mul_f64(0.9 + 0.2 * chance)
            }
            Self::Exponential { first, most } => {
                let doubled = first.saturating_mul(2u32.saturating_pow(attempts.saturating_sub(1)));
                doubled.min(most).mul_f64(0.9 + 0.2 * chance)
            }
        }
    }
}

/// What a kind is called, and what its jobs get when nothing else is said.
#[derive(Debug, Clone, Copy)]
pub struct KindInfo {
    pub name: &'static str,
    pub summary: &'static str,
    pub queue: &'static str,
    pub max_attempts: u32,
    pub backoff: Backoff,
    pub time_limit: Duration,
    /// Whether the API may enqueue it; otherwise only the feature that has it does.
    pub is_open: bool,
    /// Whether only the instance itself has such jobs.
    pub is_of_instance: bool,
    /// What its work needs: whoever makes such a job by hand, or does anything to one, holds this too.
    pub needs: Option<PermissionInfo>,
}

impl KindInfo {
    /// A kind with the defaults: the queue `default`, 5 attempts, 30 seconds for each.
    pub const fn new(name: &'static str, summary: &'static str) -> Self {
        Self {
            name,
            summary,
            queue: "default",
            max_attempts: 5,
            backoff: Backoff::DEFAULT,
            time_limit: Duration::from_secs(30),
            is_open: true,
            is_of_instance: false,
            needs: None,
        }
    }
}

/// A payload that knows what is to be done with it.
///
/// ```ignore
/// impl Work for Reminder {
///     const KIND: KindInfo = KindInfo::new("requests.reminder", "Reminds of a request that is due");
///
///     async fn run(self, ctx: Ctx) -> Result<Outcome> { … Ok(Outcome::Done) }
/// }
///
/// Reminder { request }.at(due).enqueue(tx, &who)?;
/// ```
pub trait Work: Serialize + DeserializeOwned + JsonSchema + Send + 'static {
    const KIND: KindInfo;

    fn run(self, ctx: Ctx) -> impl Future<Output = Result<Outcome>> + Send;

    /// An order for this job, to run as soon as possible.
    fn order(&self) -> Order<'_, Self> {
        Order::new(self)
    }

    /// An order for this job, to run at that time.
    fn at(&self, moment: Timestamp) -> Order<'_, Self> {
        self.order().at(moment)
    }
}

pub(super) type Attempting = Pin<Box<dyn Future<Output = Result<Outcome>> + Send>>;

/// A kind as the engine sees it, whatever its payload's type is.
#[derive(Clone, Copy)]
pub struct JobKind {
    pub info: KindInfo,
    pub(super) run: fn(Ctx, &str) -> Result<Attempting>,
    pub(super) check: fn(&Json) -> Result<()>,
    /// The payload's JSON schema.
    pub schema: fn() -> Json,
}

impl JobKind {
    pub const fn of<W: Work>() -> Self {
        Self {
            info: W::KIND,
            run: |ctx, payload| {
                let work: W = serde_json::from_str(payload).map_err(unfit)?;
                Ok(Box::pin(work.run(ctx)))
            },
            check: |payload| read_value::<W>("payload", payload).map(drop),
            schema: || schemars::schema_for!(W).to_value(),
        }
    }
}

fn unfit(error: serde_json::Error) -> Error {
    Error::invalid("payload", format!("does not fit this kind any more: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_keeps_it_as_it_is() {
        let all = [Backoff::DEFAULT, Backoff::Fixed(Duration::from_secs(3)), Backoff::Webhooks];
        assert_eq!(all.map(|backoff| Backoff::of(&backoff.stored())), all.map(Some));
        assert_eq!((Backoff::of("fixed"), Backoff::of("other 3")), (None, None));
    }

    #[test]
    fn webhooks_wait_longer_each_time_and_a_day_at_most() {
        let waits: Vec<_> =
            (1..=12).map(|attempts| Backoff::Webhooks.after(attempts, 0.5).as_secs()).collect();
        assert_eq!(&waits[..3], [5, 300, 1_800]);
        assert_eq!(waits[8..], [86_400; 4]);
    }

    #[test]
    fn waits_double_up_to_the_longest_and_differ_by_a_fifth_at_most() {
        let backoff = Backoff::Exponential { first: Duration::from_secs(10), most: Duration::from_secs(60) };
        let middle: Vec<u64> = (1..=5).map(|attempt| backoff.after(attempt, 0.5).as_secs()).collect();
        assert_eq!(middle, [10, 20, 40, 60, 60]);
        assert_eq!(backoff.after(1, 0.0).as_secs(), 9);
        assert_eq!(backoff.after(1, 1.0).as_secs(), 11);
        assert_eq!(backoff.after(u32::MAX, 0.5).as_secs(), 60);
    }
}
