//! The database: its schema, its write-ahead log, the quick parts of `check`, and when it was last backed up.

use std::fs;
use std::time::{Duration, SystemTime};

use bytesize::ByteSize;

use super::{Finding, Patient};
use crate::base::db::{glance_at, newest_version};

const ABOUT: &str = "database";

/// A write-ahead log of this size is not being folded into the file.
const LARGE_LOG: u64 = 256 * 1024 * 1024;

/// How old the last backup may be.
const OLD_BACKUP: Duration = Duration::from_hours(48);

pub(super) fn look(patient: &Patient) -> Vec<Finding> {
    let file = patient.data.database();
    let Ok(metadata) = fs::metadata(&file) else {
        return vec![Finding::fine(ABOUT, "There is none yet; `steading serve` makes it.")];
    };
    let mut findings = Vec::new();
    match glance_at(&file) {
        Ok(glance) => {
            findings.extend(schema(glance.schema_version));
            let advice = "Stop the server, run `steading check`, and restore a backup.";
            findings
                .extend(glance.problems.into_iter().map(|problem| Finding::wrong(ABOUT, problem, advice)));
        }
        Err(error) => findings.push(Finding::wrong(
            ABOUT,
            error.to_string(),
            "Run this as the server's user; when it says so then too, run `steading check`.",
        )),
    }
    if findings.is_empty() {
        let says = format!(
            "{} with schema {}, which is this binary's; its tenants are kept apart.",
            ByteSize::b(metadata.len()).display().iec(),
            newest_version()
        );
        findings.push(Finding::fine(ABOUT, says));
    }
    findings.extend(log(patient));
    findings.push(backup(patient));
    findings
}

fn schema(version: Option<u32>) -> Option<Finding> {
    let newest = newest_version();
    match version {
        Some(version) if version == newest => None,
        Some(older) if older < newest => Some(Finding::risky(
            ABOUT,
            format!(
                "It is of an older version, schema {older}; the next start upgrades it to {newest}, after a copy."
            ),
            "Nothing to do but to have space for the copy; until then the older binary runs with it.",
        )),
        Some(newer) => Some(Finding::wrong(
            ABOUT,
            format!("It has schema {newer}, and this binary knows up to {newest}."),
            "Run the newer binary, or restore a backup from before the upgrade.",
        )),
        None => Some(Finding::wrong(
            ABOUT,
            "It has no schema of this program.",
            "Name the right directory with --data, or start `steading serve` once.",
        )),
    }
}

fn log(patient: &Patient) -> Option<Finding> {
    let file = patient.data.path().join("steading.db-wal");
    let size = fs::metadata(file).map_or(0, |log| log.len());
    (size > LARGE_LOG).then(|| {
        Finding::risky(
            ABOUT,
            format!(
                "Its write-ahead log has {}: somebody has been reading for long.",
                ByteSize::b(size).display().iec()
            ),
            "See which program has the file open besides the server (lsof steading.db), and end it.",
        )
    })
}

/// When the newest file in `backups` was written that no upgrade left there.
fn backup(patient: &Patient) -> Finding {
    const ABOUT: &str = "backup";
    let entries = fs::read_dir(patient.data.backups()).into_iter().flatten().flatten();
    let made = entries.filter(|entry| !entry.file_name().to_string_lossy().starts_with("before-upgrade-"));
    let newest = made.filter_map(|entry| entry.metadata().ok()?.modified().ok()).max();
    let Some(newest) = newest else {
        return Finding::risky(
            ABOUT,
            format!("There is none in {}.", patient.data.backups().display()),
            "Make one, and keep it on another machine; when yours go elsewhere at once, all is well.",
        );
    };
    let age = SystemTime::now().duration_since(newest).unwrap_or_default();
    let says = format!("The last one in {} is {} old.", patient.data.backups().display(), shown(age));
    if age > OLD_BACKUP {
        Finding::risky(ABOUT, says, "See why none was made since, and make one.")
    } else {
        Finding::fine(ABOUT, says)
    }
}

fn shown(age: Duration) -> String {
    match age.as_secs() / 3_600 {
        0 => "less than an hour".into(),
        1 => "an hour".into(),
        hours @ 2..=47 => format!("{hours} hours"),
        hours => format!("{} days", hours / 24),
    }
}
