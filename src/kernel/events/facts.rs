//! What the bus itself publishes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kind::{Fact, FactKind};
use super::model::{Delivery, Event, Subscription};
use crate::base::Id;

pub(in crate::kernel) static FACTS: &[FactKind] =
    &[FactKind::of::<DeliveryDead>(), FactKind::of::<HandlerDisabled>()];

/// One of such an event is told of by no other, so that it ends.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct DeliveryDead {
    pub delivery_id: Id<Delivery>,
    pub event_id: Id<Event>,
    #[serde(rename = "type")]
    pub event_type: String,
    pub handler: String,
    pub error: Option<String>,
    pub attempts: u32,
}

impl Fact for DeliveryDead {
    const TYPE: &'static str = "delivery.dead";
    const SUMMARY: &'static str = "A delivery used up its attempts and is a dead letter";
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct HandlerDisabled {
    pub handler: String,
    pub subscription_id: Id<Subscription>,
    pub reason: String,
    pub error: Option<String>,
    pub failures_in_a_row: i64,
}

impl Fact for HandlerDisabled {
    const TYPE: &'static str = "handler.disabled";
    const SUMMARY: &'static str = "A handler kept failing, or is gone; its deliveries are held";
}
