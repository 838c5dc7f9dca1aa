//! The job that delivers an event to a handler in code or to a webhook. Deliveries to kinds of jobs
//! and to workers outside are jobs of their own kinds.

use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::model::{Delivery, TargetKind};
use super::replay::Replay;
use super::store;
use super::webhook;
use crate::base::{Id, Result};
use crate::kernel::jobs::{Ctx, JobKind, KindInfo, Outcome, Work};

pub(super) const DELIVER: &str = "events.deliver";

/// The kinds of jobs that the bus itself has.
pub(in crate::kernel) static JOBS: &[JobKind] = &[JobKind::of::<Deliver>(), JobKind::of::<Replay>()];

/// How long a delivery waits whose handler this binary does not have: another version may.
const UNKNOWN_HANDLER: Duration = Duration::from_hours(1);

/// Which delivery it is, the job's id says.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Deliver {}

impl Work for Deliver {
    const KIND: KindInfo =
        KindInfo { is_open: false, ..KindInfo::new(DELIVER, "Delivers an event to a handler or a webhook") };

    async fn run(self, ctx: Ctx) -> Result<Outcome> {
        let id: Id<Delivery> = ctx.job.uuid().into();
        let (events, tenant) = (ctx.kernel.events.clone(), ctx.who.tenant.number);
        let found = ctx
            .read(move |tx| {
                let Some(delivery) = store::find_delivery(tx, id)? else { return Ok(None) };
                let event = store::find_event(tx, delivery.event)?;
                let subscription = match events.listening().known(tenant, delivery.subscription) {
                    Some(known) => Some(known),
                    None => store::find_subscription(tx, delivery.subscription)?.map(Arc::new),
                };
                Ok(event.zip(subscription))
            })
            .await?;
        let Some((event, subscription)) = found else {
            return Ok(Outcome::Cancel("Its subscription or its event is gone.".into()));
        };
        if subscription.target == TargetKind::Webhook {
            return webhook::call(&ctx, &event, &subscription).await;
        }
        let Some(handler) = ctx.kernel.events.handler(&subscription.address).copied() else {
            ctx.log(format!(
                "No handler of this version is called {}; the delivery is kept.",
                subscription.address
            ));
            return Ok(Outcome::Snooze(UNKNOWN_HANDLER));
        };
        (handler.handle)(event, ctx).await
    }
}
