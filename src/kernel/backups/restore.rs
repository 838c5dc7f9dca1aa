//! Restoring: an instance's directory from a backup, or from data that was put aside. What is there is put aside and
//! kept.
//!
//! All is written beside what is there first, compared, checked and brought to this binary's schema. Only then is it
//! exchanged, in steps of which none is left half done (`base/data_dir/exchange.rs`). The command line does all of it on
//! a directory that nobody serves; a server prepares while it serves (`going_back.rs`).

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};

use super::archive::sync_folder_of;
use super::errand::{Tell, share};
use super::folder::FRESH;
use super::manifest::{Contents, Manifest};
use super::reader::Backup;
use super::set_aside::{AsideName, SetAside, find_set_aside, folder_of, free_name};
use super::unpack::{create, unpack};
use super::workplace::{Workplace, keys_of};
use crate::base::data_dir::{DataDir, Exchange, full_or_unusable};
use crate::base::db::{Course, check_file, copy_file, migrate, newest_version};
use crate::base::{Error, Result, Timestamp};
use crate::kernel::identity::Tokens;

/// Where it comes from.
#[derive(Debug, Clone)]
pub enum Source {
    /// The file of a backup.
    Backup(PathBuf),
    /// What an earlier restoring put aside. It is used up by it.
    Aside(AsideName),
}

/// Who goes back to what: what the audit of the restored data says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deed {
    pub actor: String,
    pub address: String,
    pub trace_id: String,
    /// When.
    pub at: Timestamp,
    /// The file or folder that it was restored from.
    pub from: String,
    /// As of when the data is that came.
    pub made_at: Timestamp,
    /// Under which name that was put aside which was there.
    pub replaced: AsideName,
}

/// What restoring did.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Restored {
    pub made_at: Timestamp,
    pub schema_version: u32,
    pub database_bytes: u64,
    /// Where that lies which was there before.
    pub replaced: Option<PathBuf>,
}

/// What there is to restore, as far as can be said at once.
#[derive(Debug, Clone)]
pub struct Restorable {
    pub made_at: Timestamp,
    pub schema_version: u32,
    pub database_bytes: u64,
}

impl Source {
    /// How it is called.
    pub fn name(&self) -> String {
        match self {
            Self::Backup(path) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            Self::Aside(name) => name.to_string(),
        }
    }
}

impl Workplace {
    /// Looks at what can be seen at once: whether it could be restored by this binary and on this disk.
    pub fn must_be_restorable(&self, source: &Source) -> Result<Restorable> {
        let found = match source {
            Source::Backup(path) => {
                let manifest = Backup::open(path)?.manifest;
                must_be_whole(&manifest)?;
                must_be_known("The backup", manifest.schema_version, &manifest.version)?;
                let Manifest { made_at, schema_version, database, .. } = manifest;
                Restorable { made_at, schema_version, database_bytes: database.bytes }
            }
            Source::Aside(name) => {
                let SetAside { at, schema_version, bytes, .. } = find_set_aside(&self.data, name)?;
                let Some(schema_version) = schema_version else {
                    return Err(Error::conflict(format!("What lies in {name} can't be read as a database.")));
                };
                must_be_known("What was put aside", schema_version, "that wrote it")?;
                Restorable { made_at: at, schema_version, database_bytes: bytes }
            }
        };
        self.room(self.data.path()).must_hold(found.database_bytes)?;
        Ok(found)
    }

    /// Writes what is to come beside what is there, and sees that it could be served. Nothing is touched by that.
    pub(super) fn prepare(
        &self,
        source: &Source,
        stop: &AtomicBool,
        tell: &mut Tell<'_>,
    ) -> Result<Restorable> {
        let found = self.must_be_restorable(source)?;
        let fresh = DataDir::at(&self.data.path().join(FRESH));
        clear(fresh.path())?;
        let outcome = self.write_and_check(source, &fresh, stop, tell);
        if outcome.is_err() {
            // The failure is what counts.
            let _ = clear(fresh.path());
        }
        outcome.map(|()| found)
    }

    fn write_and_check(
        &self,
        source: &Source,
        fresh: &DataDir,
        stop: &AtomicBool,
        tell: &mut Tell<'_>,
    ) -> Result<()> {
        let mut in_words = |done, all| tell(share(done, all, 0..70), "unpacks it");
        let course = &mut Course { stop, tell: &mut in_words };
        match source {
            Source::Backup(path) => unpack(&mut Backup::open(path)?, fresh, course)?,
            Source::Aside(name) => copy(&folder_of(&self.data, name), fresh, course)?,
        }
        tell(70, "checks it");
        must_be_sound(&fresh.database())?;
        if migrate(&fresh.database(), &fresh.backups(), self.now)?.copy.is_some() {
            tell(90, "checks it after its upgrade");
            must_be_sound(&fresh.database())?;
        }
        Tokens::open(&fresh.keys())?;
        let file = File::open(fresh.database()).and_then(|file| file.sync_all());
        file.map_err(full_or_unusable)?;
        sync_folder_of(&fresh.database())?;
        tell(99, "takes its place");
        Ok(())
    }

    /// What is to be exchanged once that is prepared.
    pub(super) fn exchange(&self, source: &Source, deed: &Deed) -> Result<Exchange> {
        let is_used_up = match source {
            Source::Backup(_) => None,
            Source::Aside(name) => Some(name.to_string()),
        };
        let note = serde_json::to_value(deed).map_err(Error::internal)?;
        Ok(Exchange::new(FRESH, &deed.replaced.to_string(), is_used_up, note))
    }

    /// A name under which that can be put aside which is there.
    pub(super) fn free_name(&self) -> AsideName {
        free_name(&self.data, self.now)
    }

    /// Restores a directory that nobody serves, for whoever has it at the command line. Over what is there it goes only when forced.
    pub fn restore(
        &self,
        source: &Source,
        is_forced: bool,
        stop: &AtomicBool,
        tell: &mut Tell<'_>,
    ) -> Result<Restored> {
        let data = &self.data;
        let lock = data.lock_to_restore()?;
        if data.database().exists() && !is_forced {
            return Err(Error::conflict(format!(
                "There is a database in {} already; say --force to put it aside and restore over it.",
                data.path().display()
            )));
        }
        let Restorable { made_at, schema_version, database_bytes } = self.prepare(source, stop, tell)?;
        let deed = Deed::of_operator(source, made_at, self.now, self.free_name());
        let replaced = data.exchange(&lock, &self.exchange(source, &deed)?)?;
        Ok(Restored { made_at, schema_version, database_bytes, replaced })
    }
}

/// Copies data that nobody uses, as a data directory has it.
fn copy(from: &Path, into: &DataDir, course: &mut Course<'_>) -> Result<()> {
    let from = DataDir::at(from);
    let into = DataDir::prepare(into.path())?;
    for (name, path) in keys_of(&from)? {
        let mut file = create(&into.path().join(name))?;
        let copied = File::open(path).and_then(|mut key| io::copy(&mut key, &mut file));
        copied.and_then(|_| file.sync_all()).map_err(full_or_unusable)?;
    }
    copy_file(&from.database(), &into.database(), course)?;
    sync_folder_of(&into.keys().join("."))?;
    sync_folder_of(&into.database())
}

fn must_be_sound(database: &Path) -> Result<()> {
    let problems = check_file(database)?.problems;
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Error::conflict(format!(
            "It is as it was written, but what is in it is not whole, so nothing was restored: {}",
            problems.join(" ")
        ))),
    }
}

fn must_be_whole(manifest: &Manifest) -> Result<()> {
    match &manifest.contents {
        Contents::Instance => Ok(()),
        Contents::Tenant { slug, .. } => Err(Error::conflict(format!(
            "This file holds the tenant {slug} alone; bring it into an instance with `steading backup restore-tenant`."
        ))),
    }
}

fn must_be_known(what: &str, theirs: u32, version: &str) -> Result<()> {
    let ours = newest_version();
    match theirs > ours {
        true => Err(Error::conflict(format!(
            "{what} has schema version {theirs} and this binary knows up to {ours}; use version {version} of the \
             binary or a newer one."
        ))),
        false => Ok(()),
    }
}

fn clear(folder: &Path) -> Result<()> {
    match folder.exists() {
        true => fs::remove_dir_all(folder).map_err(full_or_unusable),
        false => Ok(()),
    }
}
