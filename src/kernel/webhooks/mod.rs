//! Webhooks: telling others by a signed POST what happened, as Standard Webhooks has it.
//!
//! One attempt is made here and its outcome told: what is sent, how it is signed, what an answer means
//! and how long to wait for the next attempt. Which hooks there are, what they are told and when is
//! not known here. A secret never reaches a log, an error or an answer.

mod attempt;
mod excerpt;
mod message;
mod outcome;
mod secret;
mod signing;

pub use attempt::{Hook, TIMEOUT, send};
pub(super) use excerpt::excerpt;
pub use message::Message;
pub use outcome::{Sent, Verdict};
pub use secret::Secret;
pub use signing::Signing;

use crate::base::db::TenantNo;
use crate::base::{Error, Result};
use crate::kernel::outbound::{Failure, Outbound};

/// The URL of a hook to be, as it will be called, unless it is none or leads where calls may not go.
pub async fn check_url(outbound: &Outbound, tenant: TenantNo, url: &str) -> Result<String> {
    outbound.check(tenant, url).await.map_err(|failure| match failure {
        Failure::BadUrl(_) | Failure::Refused { .. } => Error::invalid("url", failure.to_string()),
        other => other.into(),
    })
}
