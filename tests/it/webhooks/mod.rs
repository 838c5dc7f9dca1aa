//! Webhooks: what is sent, what official libraries think of it, and what receivers can do to us.

mod addresses;
mod answers;
mod hostile;
mod official;
mod requests;

use std::time::Duration;

use serde_json::value::RawValue;
use steading::base::db::TenantNo;
use steading::base::{Clock, Timestamp};
use steading::kernel::TraceId;
use steading::kernel::outbound::Outbound;
use steading::kernel::webhooks::{Hook, Message, Secret, Sent, Signing, TIMEOUT, send};
use uuid::Uuid;

use crate::outbound::outbound;
use crate::support::{Elsewhere, Said};

/// 14 November 2023, 22:13:20 UTC, a Tuesday.
const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

const SHORT: Duration = Duration::from_millis(100);

fn hook(url: impl Into<String>) -> Hook {
    let signing = Signing::with(Secret::fresh().expect("a secret"));
    Hook { tenant: TenantNo::INSTANCE, url: url.into(), signing, timeout: TIMEOUT }
}

fn message() -> Message<'static> {
    let data: &RawValue = serde_json::from_str(r#"{"total": 10.50, "for":"Zoë"}"#).expect("JSON");
    Message {
        id: Uuid::from_u128(1),
        event: Uuid::from_u128(2),
        kind: "order.paid",
        timestamp: Timestamp::from_millis(1_600_000_000_000),
        subject: Some("orders/7"),
        data,
        trace: Some(TraceId(0xabc)),
    }
}

/// Sends a message with the clock standing.
async fn tell(outbound: &Outbound, hook: &Hook) -> Sent {
    send(outbound, hook, &message(), &Clock::standing_at(NOW)).await
}

/// What comes of a message to who answers like this.
async fn tell_who_says(said: Said, timeout: Duration) -> Sent {
    let server = Elsewhere::http().await;
    server.says("/hook", said);
    let hook = Hook { timeout, ..hook(server.url("/hook")) };
    tell(&outbound(&[&server.destination()]), &hook).await
}

/// The sentence about what went wrong.
fn error_of(sent: &Sent) -> &str {
    sent.error.as_deref().unwrap_or_else(|| panic!("nothing went wrong: {sent:?}"))
}
