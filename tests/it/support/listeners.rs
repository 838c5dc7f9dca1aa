//! Handlers of the tests' own, one for each way in which a handler can end.

use std::sync::{Mutex, PoisonError};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use steading::base::Result;
use steading::kernel::events::{Event, EventHandler, Fact, FactKind, Handle, HandlerInfo};
use steading::kernel::jobs::{Ctx, Outcome};

pub static HANDLERS: &[EventHandler] = &[EventHandler::of::<Notes>(), EventHandler::of::<Echo>()];

pub static FACTS: &[FactKind] = &[FactKind::of::<Written>()];

/// A fact with a shape, which nobody but code publishes.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Written {
    pub text: String,
}

impl Fact for Written {
    const TYPE: &'static str = "memo.written";
    const SUMMARY: &'static str = "The server wrote a memo";
}

/// The tenant, the subject and the payload of every event that `test.notes` was given.
static SEEN: Mutex<Vec<(String, String, String)>> = Mutex::new(Vec::new());

/// The payloads that a tenant's handler saw since this was asked, in their order.
pub fn take_seen(tenant: &str) -> Vec<String> {
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    seen.extract_if(.., |(of, _, _)| of == tenant).map(|(_, _, payload)| payload).collect()
}

/// Fails when the payload says so.
struct Notes;

impl Handle for Notes {
    const HANDLER: HandlerInfo = HandlerInfo::new("test.notes", "note.*", "Remembers notes");

    async fn handle(event: Event, ctx: Ctx) -> Result<Outcome> {
        let payload: Value = event.says()?;
        let text = payload["text"].as_str();
        let seen = (
            ctx.who.tenant.slug.to_string(),
            event.subject.clone().unwrap_or_default(),
            text.unwrap_or_default().to_owned(),
        );
        SEEN.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
        match text {
            Some(text) if text.starts_with("bad") => Ok(Outcome::Retry(format!("I do not like “{text}”."))),
            _ => Ok(Outcome::Done),
        }
    }
}

/// Publishes what it listens to.
struct Echo;

impl Handle for Echo {
    const HANDLER: HandlerInfo = HandlerInfo::new("test.echo", "echo.*", "Publishes what it hears");

    async fn handle(_: Event, ctx: Ctx) -> Result<Outcome> {
        let who = ctx.who.clone();
        ctx.write(move |tx| Sound {}.about("a wall").publish(tx, &who).map(drop)).await?;
        Ok(Outcome::Done)
    }
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Sound {}

impl Fact for Sound {
    const TYPE: &'static str = "echo.heard";
    const SUMMARY: &'static str = "A sound came back";
}
