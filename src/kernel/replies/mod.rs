//! Replies kept for requests that carried an `Idempotency-Key`. The reply is written in the same
//! transaction as what the request did, so a repeat finds both or neither, even after a crash.

mod fingerprint;
mod store;

use std::time::Duration;

use crate::base::db::{FromRow, Row, Write};
use crate::base::{Error, Kind, Result, Timestamp};
use crate::kernel::Kernel;

pub use fingerprint::Fingerprints;

/// How long a repeat is answered as the first was.
pub const KEPT_FOR: Duration = Duration::from_hours(24);

/// Rows that one piece of pruning deletes.
const ROWS_A_PIECE: u32 = 500;

/// What makes a request the repeat of another.
#[derive(Debug, Clone)]
pub struct ReplyKey {
    pub actor: String,
    pub key: String,
    /// Of method, path and body: a key belongs to one request.
    pub fingerprint: String,
}

/// A reply as it was first given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptReply {
    pub status: u16,
    /// The JSON under `data`.
    pub body: String,
    fingerprint: String,
}

impl FromRow for KeptReply {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            status: row.take("status")?,
            body: row.take("body")?,
            fingerprint: row.take("fingerprint")?,
        })
    }
}

/// The reply to the first request with this key, if there was one in the last day.
pub fn find_reply(tx: &Write<'_>, key: &ReplyKey, now: Timestamp) -> Result<Option<KeptReply>> {
    let Some(kept) = store::find_reply(tx, key, now - KEPT_FOR)? else { return Ok(None) };
    if kept.fingerprint != key.fingerprint {
        return Err(Error::new(
            Kind::Conflict,
            "This Idempotency-Key was used for another request; send a new key with a new request.",
        ));
    }
    Ok(Some(kept))
}

/// Keeps the reply that the current transaction leads to.
pub fn keep_reply(tx: &Write<'_>, key: &ReplyKey, status: u16, body: &str, now: Timestamp) -> Result<()> {
    store::delete_reply(tx, key)?;
    store::insert_reply(tx, key, status, body, now)
}

/// Deletes the replies that are older than a day, and says how many.
pub async fn prune_once(kernel: &Kernel) -> Result<u64> {
    let before = kernel.clock.now() - KEPT_FOR;
    let mut pruned = 0;
    for tenant in kernel.tenants.all() {
        loop {
            let rows = kernel
                .db
                .write(&*tenant, move |tx| store::delete_replies_before(tx, before, ROWS_A_PIECE))
                .await?;
            pruned += rows;
            if rows < u64::from(ROWS_A_PIECE) {
                break;
            }
        }
    }
    Ok(pruned)
}
