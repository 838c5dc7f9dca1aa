//! Where backups are made and restored: a data directory with what is configured for it, and what of it goes into
//! a backup beside the database.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::archive::Room;
use crate::base::config::Config;
use crate::base::data_dir::{DataDir, full_or_unusable};
use crate::base::{Result, Timestamp, secret_file};
use crate::kernel::identity::Tokens;

/// The folder of the signing keys within a backup.
pub(super) const KEYS: &str = "keys/";

/// What a backup is made of, and how it must be made.
#[derive(Clone)]
pub struct Workplace {
    pub data: DataDir,
    pub config: Config,
    pub now: Timestamp,
}

impl Workplace {
    /// The room where something is written.
    pub(super) fn room(&self, folder: &Path) -> Room {
        Room { folder: DataDir::at(folder), keep_free: self.config.database.min_free.as_u64() }
    }
}

/// The public halves of a directory's signing keys.
pub(super) fn public_keys(data: &DataDir) -> Result<Vec<String>> {
    Ok(Tokens::open(&data.keys())?.published_keys().into_iter().map(|key| key.public_key).collect())
}

/// The files of the keys, by the names that they have in a backup.
pub(super) fn keys_of(data: &DataDir) -> Result<Vec<(String, PathBuf)>> {
    let read = || -> io::Result<Vec<(String, PathBuf)>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(data.keys())? {
            let path = entry?.path();
            let is_one = path.is_file() && !secret_file::is_unfinished(&path);
            if let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|_| is_one) {
                found.push((format!("{KEYS}{name}"), path.clone()));
            }
        }
        found.sort_unstable();
        Ok(found)
    };
    read().map_err(full_or_unusable)
}

/// The size of a database with what its log holds, or of any other file.
pub(super) fn size_of(file: &Path) -> Result<u64> {
    let log = file.with_extension("db-wal").metadata().map_or(0, |found| found.len());
    file.metadata().map(|found| found.len() + log).map_err(full_or_unusable)
}
