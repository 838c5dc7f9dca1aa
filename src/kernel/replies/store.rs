//! The statements about kept replies.

use super::{KeptReply, ReplyKey};
use crate::base::db::{Only, Read, Write};
use crate::base::{Result, Timestamp};
use crate::{bind, sql};

pub fn find_reply(tx: &Read<'_>, key: &ReplyKey, since: Timestamp) -> Result<Option<KeptReply>> {
    tx.maybe(sql!("find_reply"), bind! { actor: &key.actor, key: &key.key, since: since })
}

pub fn insert_reply(tx: &Write<'_>, key: &ReplyKey, status: u16, body: &str, now: Timestamp) -> Result<()> {
    tx.run(
        sql!("insert_reply"),
        bind! {
            actor: &key.actor,
            key: &key.key,
            fingerprint: &key.fingerprint,
            status: u32::from(status),
            body: body,
            now: now,
        },
    )
}

pub fn delete_reply(tx: &Write<'_>, key: &ReplyKey) -> Result<()> {
    tx.run(sql!("delete_reply"), bind! { actor: &key.actor, key: &key.key })
}

pub fn delete_replies_before(tx: &Write<'_>, before: Timestamp, limit: u32) -> Result<u64> {
    let rows: Vec<Only<i64>> =
        tx.all(sql!("delete_replies_before"), bind! { before: before, limit: limit })?;
    Ok(rows.len() as u64)
}
