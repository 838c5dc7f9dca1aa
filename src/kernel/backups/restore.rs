//! Restoring: an instance's directory from a backup. No server may hold it, and what is there is put aside and kept.
//!
//! All is unpacked, compared and checked first, beside what is there. Then the directory is marked as unfinished, what
//! is there moves aside, and the new moves in. A crash in between leaves the mark, and a directory with the mark is
//! not served, since a server would take what is missing for new.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use serde::Serialize;

use super::archive::sync_folder_of;
use super::make::{Tell, Workplace, share};
use super::manifest::{Contents, Manifest};
use super::reader::Backup;
use super::unpack::unpack;
use crate::base::data_dir::{DataDir, full_or_unusable};
use crate::base::db::{Course, check_file, newest_version};
use crate::base::{Error, Result};

/// What restoring did.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Restored {
    pub made_at: crate::base::Timestamp,
    pub schema_version: u32,
    pub database_bytes: u64,
    /// Where that lies which was there before.
    pub replaced: Option<PathBuf>,
}

impl Workplace {
    /// Restores the directory from a backup. Over what is there it goes only when forced.
    pub fn restore(
        &self,
        path: &Path,
        is_forced: bool,
        stop: &AtomicBool,
        tell: &mut Tell<'_>,
    ) -> Result<Restored> {
        let data = &self.data;
        let _lock = data.lock_to_restore()?;
        if data.database().exists() && !is_forced {
            return Err(Error::conflict(format!(
                "There is a database in {} already; say --force to put it aside and restore over it.",
                data.path().display()
            )));
        }
        let mut backup = Backup::open(path)?;
        must_fit(&backup.manifest)?;
        self.room(data.path()).must_hold(backup.manifest.database.bytes)?;
        let fresh = DataDir::at(&data.path().join(".restoring"));
        clear(fresh.path())?;
        let mut in_words = |done, all| tell(share(done, all, 0..80), "unpacks it");
        unpack(&mut backup, &fresh, &mut Course { stop, tell: &mut in_words })?;
        tell(80, "checks it");
        let problems = check_file(&fresh.database())?.problems;
        if !problems.is_empty() {
            clear(fresh.path())?;
            return Err(Error::conflict(format!(
                "The backup is as it was written, but what is in it is not whole, so nothing was restored: {}",
                problems.join(" ")
            )));
        }
        let replaced = self.exchange(&fresh)?;
        let Manifest { made_at, schema_version, database, .. } = backup.manifest;
        Ok(Restored { made_at, schema_version, database_bytes: database.bytes, replaced })
    }

    /// Moves what is there aside, and the new in.
    fn exchange(&self, fresh: &DataDir) -> Result<Option<PathBuf>> {
        let data = &self.data;
        let mark = data.mark_unfinished()?;
        let name = format!("replaced-{}", self.now.to_string().replace([':', '.'], "-"));
        let aside = data.path().join(name);
        let mut has_moved = false;
        for name in ["steading.db", "steading.db-wal", "steading.db-shm", "keys"] {
            let from = data.path().join(name);
            // A folder without anything in it is nothing to keep.
            if from.exists() && fs::remove_dir(&from).is_err() {
                fs::create_dir_all(&aside).map_err(full_or_unusable)?;
                fs::rename(&from, aside.join(name)).map_err(full_or_unusable)?;
                has_moved = true;
            }
        }
        fs::rename(fresh.keys(), data.keys()).map_err(full_or_unusable)?;
        fs::rename(fresh.database(), data.database()).map_err(full_or_unusable)?;
        sync_folder_of(&data.database())?;
        clear(fresh.path())?;
        fs::remove_file(&mark).map_err(full_or_unusable)?;
        sync_folder_of(&mark)?;
        Ok(has_moved.then_some(aside))
    }
}

fn must_fit(manifest: &Manifest) -> Result<()> {
    if let Contents::Tenant { slug, .. } = &manifest.contents {
        return Err(Error::conflict(format!(
            "This file holds the tenant {slug} alone; bring it into an instance with `steading backup restore-tenant`."
        )));
    }
    let (theirs, ours) = (manifest.schema_version, newest_version());
    if theirs > ours {
        return Err(Error::conflict(format!(
            "The backup has schema version {theirs} and this binary knows up to {ours}; use version {} of the \
             binary or a newer one.",
            manifest.version
        )));
    }
    Ok(())
}

fn clear(folder: &Path) -> Result<()> {
    match folder.exists() {
        true => fs::remove_dir_all(folder).map_err(full_or_unusable),
        false => Ok(()),
    }
}
