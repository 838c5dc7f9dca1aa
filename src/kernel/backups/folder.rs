//! The folder of backups: which there are, what they are called, and what was left behind half done.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::archive::sync_folder_of;
use super::manifest::{Contents, Manifest};
use super::reader::Backup;
use crate::base::data_dir::{DataDir, full_or_unusable};
use crate::base::{Error, Kind, Result, Timestamp};

const BEGINNING: &str = "steading-";
const ENDING: &str = ".tar";

/// What begins like this is not whole yet, or never was.
const UNFINISHED: &str = ".unfinished-";

/// Directories in which something is tried out begin like this.
pub(super) const SCRATCH: &str = ".scratch-";

/// Where that is made ready which comes.
pub(super) const FRESH: &str = ".restoring";

/// What is being deleted begins like this.
pub(super) const GOING: &str = ".deleting-";

/// The name of a backup: `steading-2026-03-01T02-30-00-000Z.tar`. It can't lead out of the folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", inline)]
pub struct BackupName(String);

impl BackupName {
    pub(super) fn of(made_at: Timestamp) -> Self {
        Self(format!("{BEGINNING}{}{ENDING}", made_at.to_string().replace([':', '.'], "-")))
    }
}

impl BackupName {
    /// The time that it is called by.
    pub(super) fn made_at(&self) -> Option<Timestamp> {
        let text = self.0.strip_prefix(BEGINNING)?.strip_suffix(ENDING)?;
        let (day, time) = text.split_once('T')?;
        let [hour, minute, second, millis] = time.split('-').collect::<Vec<_>>()[..] else { return None };
        format!("{day}T{hour}:{minute}:{second}.{millis}").parse().ok()
    }
}

impl FromStr for BackupName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let middle = text.strip_prefix(BEGINNING).and_then(|rest| rest.strip_suffix(ENDING));
        let is_name = |middle: &str| {
            (1..=60).contains(&middle.len())
                && middle.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        match middle {
            Some(middle) if is_name(middle) => Ok(Self(text.into())),
            _ => Err("a backup is called like steading-2026-03-01T02-30-00-000Z.tar"),
        }
    }
}

impl TryFrom<String> for BackupName {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<BackupName> for String {
    fn from(name: BackupName) -> Self {
        name.0
    }
}

impl fmt::Display for BackupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A backup in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Backup")]
pub struct Summary {
    pub name: BackupName,
    /// The size of the file.
    pub bytes: u64,
    /// What the manifest says; absent when it can't be read.
    pub made_at: Option<Timestamp>,
    pub version: Option<String>,
    pub schema_version: Option<u32>,
    /// The size of the database in it.
    pub database_bytes: Option<u64>,
    pub contents: Option<Contents>,
    /// What is wrong with it, as far as its manifest shows; `verify` looks at every byte.
    pub problem: Option<String>,
}

impl Summary {
    pub(super) fn of(name: BackupName, bytes: u64, manifest: &Manifest) -> Self {
        Self {
            name,
            bytes,
            made_at: Some(manifest.made_at),
            version: Some(manifest.version.clone()),
            schema_version: Some(manifest.schema_version),
            database_bytes: Some(manifest.database.bytes),
            contents: Some(manifest.contents.clone()),
            problem: None,
        }
    }

    fn read(folder: &Path, name: BackupName) -> Self {
        let path = folder.join(&name.0);
        match Backup::open(&path) {
            Ok(backup) => Self::of(name, backup.bytes, &backup.manifest),
            Err(error) => Self {
                name,
                bytes: path.metadata().map_or(0, |found| found.len()),
                made_at: None,
                version: None,
                schema_version: None,
                database_bytes: None,
                contents: None,
                problem: Some(error.message().to_owned()),
            },
        }
    }
}

/// Every backup of the directory, the newest first.
pub fn list_backups(data: &DataDir) -> Result<Vec<Summary>> {
    let folder = data.backups();
    let mut found: Vec<Summary> = names_in(&folder)?
        .iter()
        .filter_map(|name| name.parse().ok())
        .map(|name| Summary::read(&folder, name))
        .collect();
    found.sort_unstable_by(|one, other| (other.made_at, &other.name).cmp(&(one.made_at, &one.name)));
    Ok(found)
}

pub fn find_backup(data: &DataDir, name: &BackupName) -> Result<Summary> {
    must_exist(data, name)?;
    Ok(Summary::read(&data.backups(), name.clone()))
}

pub fn delete_backup(data: &DataDir, name: &BackupName) -> Result<()> {
    let path = must_exist(data, name)?;
    fs::remove_file(&path).map_err(full_or_unusable)?;
    sync_folder_of(&path)
}

/// The path of a backup that is there.
pub fn must_exist(data: &DataDir, name: &BackupName) -> Result<PathBuf> {
    let path = data.backups().join(&name.0);
    match path.is_file() {
        true => Ok(path),
        false => Err(Error::new(Kind::NotFound, format!("There is no backup {name}."))),
    }
}

/// A path in the folder for what is not whole yet.
pub(super) fn unfinished(data: &DataDir, name: &str) -> PathBuf {
    data.backups().join(format!("{UNFINISHED}{name}"))
}

/// Throws away backups that were left half done. None may be under way.
pub(super) fn clear_unfinished(data: &DataDir) -> Result<()> {
    clear(&data.backups(), UNFINISHED)
}

/// Throws away everything that an earlier process left half done.
pub fn clear_leftovers(data: &DataDir) -> Result<()> {
    clear(&data.backups(), UNFINISHED)?;
    clear(&data.backups(), SCRATCH)?;
    clear(data.path(), GOING)?;
    clear(data.path(), FRESH)
}

fn clear(folder: &Path, beginning: &str) -> Result<()> {
    for name in names_in(folder)?.into_iter().filter(|name| name.starts_with(beginning)) {
        let path = folder.join(name);
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.map_err(full_or_unusable)?;
    }
    Ok(())
}

pub(super) fn names_in(folder: &Path) -> Result<Vec<String>> {
    let read = || fs::read_dir(folder)?.collect::<std::io::Result<Vec<_>>>();
    let entries = match read() {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(full_or_unusable(error)),
    };
    Ok(entries.into_iter().filter_map(|entry| entry.file_name().into_string().ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_time_and_leads_nowhere_else() {
        let name = BackupName::of(Timestamp::from_millis(1_767_225_600_007));
        assert_eq!(name.to_string(), "steading-2026-01-01T00-00-00-007Z.tar");
        assert_eq!(name.made_at(), Some(Timestamp::from_millis(1_767_225_600_007)));
        assert_eq!(name.to_string().parse(), Ok(name));
        for text in
            ["", "steading-.tar", "steading-../x.tar", "steading-a/b.tar", "x.tar", ".unfinished-a.tar"]
        {
            assert!(text.parse::<BackupName>().is_err(), "{text}");
        }
    }
}
