//! What is published of backups, in the instance.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::db::Write;
use crate::base::{Error, Result, Timestamp};
use crate::kernel::backups::{AsideName, BackupName, Deed, Made, is_told};
use crate::kernel::events::{Fact, FactKind};
use crate::kernel::{Kernel, Who, audit};

pub static EVENTS: &[FactKind] = &[
    FactKind::of::<BackupCreated>(),
    FactKind::of::<BackupFailed>(),
    FactKind::of::<BackupDamaged>(),
    FactKind::of::<BackupRestored>(),
];

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BackupCreated {
    name: BackupName,
    bytes: u64,
    /// Backups that were deleted because no rule keeps them any more.
    deleted: Vec<BackupName>,
}

impl Fact for BackupCreated {
    const TYPE: &'static str = "backup.created";
    const SUMMARY: &'static str = "A backup of the instance was made";
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BackupFailed {
    error: String,
    attempt: u32,
    /// Whether it is tried again by itself.
    is_tried_again: bool,
}

impl Fact for BackupFailed {
    const TYPE: &'static str = "backup.failed";
    const SUMMARY: &'static str = "A backup of the instance could not be made, or not be sent elsewhere";
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BackupDamaged {
    name: BackupName,
    problems: Vec<String>,
}

impl Fact for BackupDamaged {
    const TYPE: &'static str = "backup.damaged";
    const SUMMARY: &'static str = "A backup was looked at or tried out, and is not whole";
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BackupRestored {
    /// The backup, or what was put aside.
    from: String,
    /// As of when it is.
    made_at: Timestamp,
    /// Where that lies which was there before.
    replaced: AsideName,
}

impl Fact for BackupRestored {
    const TYPE: &'static str = "backup.restored";
    const SUMMARY: &'static str = "The instance went back to this data; what came after it was put aside";
}

fn backup_restored(tx: &Write<'_>, who: &Who, deed: &Deed) -> Result<()> {
    let Deed { from, made_at, replaced, .. } = deed.clone();
    BackupRestored { from: from.clone(), made_at, replaced }.about(from).publish(tx, who).map(drop)
}

pub fn backup_created(tx: &Write<'_>, who: &Who, made: &Made) -> Result<()> {
    let Made { backup, deleted } = made;
    let created = BackupCreated { name: backup.name.clone(), bytes: backup.bytes, deleted: deleted.clone() };
    created.about(&backup.name).publish(tx, who).map(drop)
}

pub fn backup_failed(tx: &Write<'_>, who: &Who, error: &Error, attempt: u32, most: u32) -> Result<()> {
    let failed = BackupFailed { error: error.message().to_owned(), attempt, is_tried_again: attempt < most };
    failed.about("backup").publish(tx, who).map(drop)
}

pub fn backup_damaged(tx: &Write<'_>, who: &Who, name: &BackupName, problems: &[String]) -> Result<()> {
    let damaged = BackupDamaged { name: name.clone(), problems: problems.to_vec() };
    damaged.about(name).publish(tx, who).map(drop)
}

/// Tells of data that took the place of other data, at the first start over it: in its audit, as an event and in the log,
/// once, however often a process ends meanwhile. When it can't, that is in the log, and the next start tries again.
pub async fn tell_restored(kernel: &Kernel) {
    if let Err(error) = tell(kernel).await {
        tracing::error!(%error, "that other data was restored is not in the audit yet; the next start tries again");
    }
}

async fn tell(kernel: &Kernel) -> Result<()> {
    let Some(deed) = kernel.untold()? else { return Ok(()) };
    let (by, now, told) = (deed.who(kernel)?, kernel.clock.now(), deed.clone());
    let who = by.clone();
    kernel
        .db
        .write(&who, move |tx| {
            if is_told(tx, &told)? {
                return Ok(());
            }
            audit::record(tx, &by, &told.act()?, now)?;
            backup_restored(tx, &by, &told)
        })
        .await?;
    let Deed { from, made_at, actor, replaced, .. } = &deed;
    tracing::warn!(%from, %made_at, %actor, %replaced, "other data was restored; what was there before is put aside");
    kernel.data.forget_exchanged()
}
