//! What is published of backups, in the instance.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::db::Write;
use crate::base::{Error, Result};
use crate::kernel::Who;
use crate::kernel::backups::{BackupName, Made};
use crate::kernel::events::{Fact, FactKind};

pub static EVENTS: &[FactKind] =
    &[FactKind::of::<BackupCreated>(), FactKind::of::<BackupFailed>(), FactKind::of::<BackupDamaged>()];

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
