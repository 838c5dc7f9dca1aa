//! Deliveries by signed HTTP: what `kernel/webhooks` sends, and what its answer means for the delivery
//! and its subscription.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::model::{Event, Subscription, TargetKind};
use super::standing;
use super::store;
use super::subscriptions::Target;
use crate::base::db::{Read, Write};
use crate::base::{Error, Id, Result, Timestamp};
use crate::kernel::audit::{self, Act};
use crate::kernel::jobs::{Ctx, Outcome};
use crate::kernel::webhooks::{self, Hook, Message, Secret, Sent, Signing, Verdict};
use crate::kernel::{Kernel, Who};

/// How long the secret before a rotation signs beside the new one.
const OVERLAP: Duration = Duration::from_hours(24);

/// How long a delivery waits for which this server had no call left.
const NO_TURN: Duration = Duration::from_secs(5);

/// The target as it will be called, when it may be.
pub async fn check_target(kernel: &Kernel, who: &Who, target: Option<&Target>) -> Result<()> {
    let Some(Target::Webhook(url)) = target else { return Ok(()) };
    let checked = webhooks::check_url(&kernel.outbound, who.tenant.number, url).await;
    checked.map(drop).map_err(|error| match error.details() {
        [] => error,
        details => Error::invalid("target.webhook", details[0].message.clone()),
    })
}

pub(super) fn fresh_secret() -> Result<String> {
    Ok(Secret::fresh()?.reveal().to_string())
}

/// Tells the webhook once.
pub(super) async fn call(ctx: &Ctx, event: &Event, subscription: &Subscription) -> Result<Outcome> {
    let id = subscription.id;
    let signing = ctx.read(move |tx| signing_of(tx, id)).await?;
    let sent = send(&ctx.kernel, &ctx.who, subscription, signing, event, ctx.job.uuid()).await?;
    ctx.show(json!(ShownSent::of(&sent)));
    let error = sent.error.unwrap_or_default();
    Ok(match sent.verdict {
        Verdict::Delivered => Outcome::Done,
        Verdict::Failed | Verdict::Later(None) => Outcome::Retry(error),
        Verdict::Later(Some(wait)) => Outcome::RetryAfter(error, wait),
        Verdict::Unsent => Outcome::Snooze(NO_TURN),
        Verdict::Gone => {
            let (event, now) = (event.id, ctx.now());
            let tenant = ctx.who.tenant.number;
            ctx.write(move |tx| standing::gone(&tx.system(), tenant, id, event, &error, now)).await?;
            // It waits with the others that are held.
            Outcome::Snooze(Duration::ZERO)
        }
    })
}

async fn send(
    kernel: &Kernel,
    who: &Who,
    subscription: &Subscription,
    signing: Signing,
    event: &Event,
    id: uuid::Uuid,
) -> Result<Sent> {
    let message = Message {
        id,
        event: event.id.uuid(),
        kind: &event.event_type,
        timestamp: event.created_at,
        subject: event.subject.as_deref(),
        data: &event.payload,
        trace: Some(who.trace),
    };
    let hook = Hook {
        tenant: who.tenant.number,
        url: subscription.address.clone(),
        signing,
        timeout: subscription.time_limit,
    };
    Ok(webhooks::send(&kernel.outbound, &hook, &message, &kernel.clock).await)
}

fn signing_of(tx: &Read<'_>, id: Id<Subscription>) -> Result<Signing> {
    let read = |text: &str| text.parse::<Secret>().map_err(Error::internal);
    let secrets =
        store::find_secrets(tx, id)?.ok_or_else(|| Error::internal("a webhook without a secret"))?;
    let previous = secrets.previous.as_deref().map(read).transpose()?;
    Ok(Signing { current: read(&secrets.secret)?, previous: previous.zip(secrets.previous_until) })
}

/// The answer to one call, as people see it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShownSent {
    pub delivered: bool,
    /// Null when nobody answered.
    pub status: Option<u16>,
    /// The beginning of the answer.
    pub excerpt: String,
    pub cut: bool,
    pub millis: f64,
    /// What happened and what to do.
    pub error: Option<String>,
}

impl ShownSent {
    fn of(sent: &Sent) -> Self {
        Self {
            delivered: sent.verdict == Verdict::Delivered,
            status: sent.status,
            excerpt: sent.excerpt.clone(),
            cut: sent.is_cut,
            millis: (sent.elapsed.as_secs_f64() * 1e4).round() / 10.0,
            error: sent.error.clone(),
        }
    }
}

/// Calls a webhook with an event that is none, to see what it answers. Nothing is counted.
pub async fn test_webhook(kernel: &Kernel, who: &Who, id: Id<Subscription>) -> Result<ShownSent> {
    let (subscription, signing) =
        kernel.db.read(who, move |tx| Ok((find_webhook(tx, id)?, signing_of(tx, id)?))).await?;
    let event = Event::test(kernel.clock.now(), who);
    let sent = send(kernel, who, &subscription, signing, &event, event.id.uuid()).await?;
    Ok(ShownSent::of(&sent))
}

fn find_webhook(tx: &Read<'_>, id: Id<Subscription>) -> Result<Subscription> {
    let found = store::find_subscription(tx, id)?.ok_or_else(|| Error::not_found("subscription"))?;
    match found.target {
        TargetKind::Webhook => Ok(found),
        _ => {
            Err(Error::conflict("Only a webhook is called and signed; this subscription has another target."))
        }
    }
}

/// A new secret, and until when the one before signs too.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rotated {
    pub secret: String,
    pub previous_until: Timestamp,
}

/// Signs with a new secret from now on, and for a day with the one before as well.
pub fn rotate_webhook_secret(
    tx: &Write<'_>,
    who: &Who,
    id: Id<Subscription>,
    now: Timestamp,
) -> Result<Rotated> {
    find_webhook(tx, id)?;
    let rotated = Rotated { secret: fresh_secret()?, previous_until: now + OVERLAP };
    store::rotate_secret(&tx.system(), who.tenant.number, id, &rotated.secret, rotated.previous_until)?;
    let act = Act::new("subscription.secret_rotated", format!("subscription:{id}"));
    audit::record(tx, who, &act, now)?;
    Ok(rotated)
}
