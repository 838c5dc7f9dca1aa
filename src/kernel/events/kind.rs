//! What code publishes and who in code listens: facts, and handlers. A feature lists both; the same
//! lists make the catalogue and the subscriptions of every tenant.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::model::Event;
use super::publish::Publication;
use crate::base::Result;
use crate::kernel::jobs::{Backoff, Ctx, Outcome};

/// A payload whose type says what happened.
///
/// ```ignore
/// impl Fact for RequestCreated {
///     const TYPE: &str = "request.created";
///     const SUMMARY: &str = "A request was opened";
/// }
///
/// RequestCreated { … }.about(request.id).publish(tx, &who)?;
/// ```
pub trait Fact: Serialize + DeserializeOwned + JsonSchema + Send + 'static {
    const TYPE: &'static str;
    const SUMMARY: &'static str;

    /// A publication of it about something.
    fn about(&self, subject: impl ToString) -> Publication<'_, Self> {
        Publication::about(self, subject.to_string())
    }
}

/// A type of event that a feature declares.
#[derive(Clone, Copy)]
pub struct FactKind {
    pub name: &'static str,
    pub summary: &'static str,
    /// The payload's JSON schema.
    pub schema: fn() -> Json,
}

impl FactKind {
    pub const fn of<F: Fact>() -> Self {
        Self { name: F::TYPE, summary: F::SUMMARY, schema: || schemars::schema_for!(F).to_value() }
    }
}

/// What a handler in code is called, and what it listens to.
#[derive(Debug, Clone, Copy)]
pub struct HandlerInfo {
    pub name: &'static str,
    pub summary: &'static str,
    /// A type, everything under a prefix as `request.*`, or `*`.
    pub pattern: &'static str,
    pub max_attempts: u32,
    pub backoff: Backoff,
    pub time_limit: Duration,
    pub is_ordered: bool,
}

impl HandlerInfo {
    /// A handler with the defaults: three more attempts after 2, 4 and 8 minutes, 30 seconds each.
    pub const fn new(name: &'static str, pattern: &'static str, summary: &'static str) -> Self {
        Self {
            name,
            summary,
            pattern,
            max_attempts: DEFAULT_ATTEMPTS,
            backoff: DEFAULT_BACKOFF,
            time_limit: Duration::from_secs(30),
            is_ordered: false,
        }
    }
}

/// Attempts of a delivery in all, when nothing else is said; of one by webhook.
pub(super) const DEFAULT_ATTEMPTS: u32 = 4;
pub(super) const WEBHOOK_ATTEMPTS: u32 = 10;

/// 2, 4, 8 … minutes.
pub(super) const DEFAULT_BACKOFF: Backoff =
    Backoff::Exponential { first: Duration::from_mins(2), most: Duration::from_hours(24) };

/// A handler in code.
pub trait Handle: Send + 'static {
    const HANDLER: HandlerInfo;

    fn handle(event: Event, ctx: Ctx) -> impl Future<Output = Result<Outcome>> + Send;
}

pub(super) type Handling = Pin<Box<dyn Future<Output = Result<Outcome>> + Send>>;

/// A handler as the bus sees it.
#[derive(Clone, Copy)]
pub struct EventHandler {
    pub info: HandlerInfo,
    pub(super) handle: fn(Event, Ctx) -> Handling,
}

impl EventHandler {
    pub const fn of<H: Handle>() -> Self {
        Self { info: H::HANDLER, handle: |event, ctx| Box::pin(H::handle(event, ctx)) }
    }
}
