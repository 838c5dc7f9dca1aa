//! Taking a backup apart: into nothing, to verify it, or into a directory.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::archive::sync_folder_of;
use super::errand::{Tell, share};
use super::reader::{Backup, damaged};
use super::workplace::KEYS;
use crate::base::Result;
use crate::base::data_dir::{DataDir, full_or_unusable};
use crate::base::db::Course;

/// What reading every byte of a backup found; all is well when `problems` is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Verified {
    pub bytes: u64,
    pub database_bytes: u64,
    pub problems: Vec<String>,
}

/// Reads all of a backup and compares it with its hashes.
pub fn verify(path: &Path, stop: &AtomicBool, tell: &mut Tell<'_>) -> Result<Verified> {
    let mut backup = match Backup::open(path) {
        Ok(backup) => backup,
        Err(error) => {
            let problems = vec![error.message().to_owned()];
            let bytes = path.metadata().map(|found| found.len()).map_err(|_| error)?;
            return Ok(Verified { bytes, database_bytes: 0, problems });
        }
    };
    let mut problems = Vec::new();
    let others: Vec<_> = backup.others().cloned().collect();
    for part in others {
        problems.extend(backup.read_part(&part, &mut io::sink()).err());
    }
    let mut in_words = |done, all| tell(share(done, all, 0..100), "reads it");
    let course = &mut Course { stop, tell: &mut in_words };
    problems.extend(backup.read_database(&mut io::sink(), course).err());
    course.must_go_on()?;
    let problems = problems.iter().map(|error| error.message().to_owned()).collect();
    Ok(Verified { bytes: backup.bytes, database_bytes: backup.manifest.database.bytes, problems })
}

/// Writes what is in a backup into a new directory, as a data directory has it, and sees it onto the disk. Every
/// byte is compared with its hash on the way.
pub(super) fn unpack(backup: &mut Backup, into: &DataDir, course: &mut Course<'_>) -> Result<()> {
    for folder in [into.path().to_owned(), into.keys()] {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(full_or_unusable)?;
    }
    let others: Vec<_> = backup.others().cloned().collect();
    for part in others {
        let name = part.name.strip_prefix(KEYS).filter(|name| is_plain(name));
        let name = name.ok_or_else(|| {
            damaged(format!(
                "The backup has a part {} that is not known here; use the newer binary.",
                part.name
            ))
        })?;
        let mut file = create(&into.keys().join(name))?;
        backup.read_part(&part, &mut file)?;
        file.sync_all().map_err(full_or_unusable)?;
    }
    let mut file = create(&into.database())?;
    backup.read_database(&mut file, course)?;
    file.sync_all().map_err(full_or_unusable)?;
    sync_folder_of(&into.keys().join("."))?;
    sync_folder_of(&into.database())
}

/// A name that stays in its folder.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0'])
}

pub(super) fn create(path: &Path) -> Result<Flushed> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(path).map_err(full_or_unusable)?;
    Ok(Flushed { file, unflushed: 0 })
}

/// Bytes after which a file is flushed, so that nobody's flush waits behind a heap of it.
const BYTES_A_FLUSH: usize = 4 << 20;

/// A file that is flushed as it grows.
pub(super) struct Flushed {
    file: File,
    unflushed: usize,
}

impl Flushed {
    pub(super) fn sync_all(&self) -> io::Result<()> {
        self.file.sync_all()
    }
}

impl Write for Flushed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.unflushed += written;
        if self.unflushed >= BYTES_A_FLUSH {
            self.unflushed = 0;
            self.file.sync_data()?;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
