//! The data directory: what lies where, and the lock that keeps a second process out.

mod exchange;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::{Error, Kind, Result};
pub use exchange::{ABOUT, Exchange};

/// How large a file system is, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// What this process may still take.
    pub free: u64,
    pub total: u64,
}

/// A data directory that exists.
#[derive(Debug, Clone)]
pub struct DataDir(PathBuf);

impl DataDir {
    /// Makes the directory and its folders where they are missing, for their owner's eyes only.
    pub fn prepare(path: &Path) -> Result<Self> {
        let data = Self(path.to_owned());
        for folder in [path.to_owned(), data.keys(), data.backups()] {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(|error| {
                Error::unavailable(format!(
                    "The data directory {} can't be made; choose another with --data.",
                    folder.display()
                ))
                .caused_by(error)
            })?;
        }
        Ok(data)
    }

    /// A directory that may or may not exist, to look who holds it.
    pub fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// A directory that `init` or `serve` has made before.
    pub fn existing(path: &Path) -> Result<Self> {
        let data = Self(path.to_owned());
        // In the middle of an exchange there may be none for a moment; whoever takes the directory finishes it.
        if data.database().is_file() || data.plan().exists() {
            return Ok(data);
        }
        Err(Error::new(
            Kind::NotFound,
            format!(
                "There is no database in {}; start `steading serve` there first, or name the right \
                     directory with --data.",
                path.display()
            ),
        ))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn database(&self) -> PathBuf {
        self.0.join("steading.db")
    }

    /// Recent traces and lines of the log, which may be lost.
    pub fn telemetry(&self) -> PathBuf {
        self.0.join("telemetry.db")
    }

    pub fn keys(&self) -> PathBuf {
        self.0.join("keys")
    }

    pub fn backups(&self) -> PathBuf {
        self.0.join("backups")
    }

    /// Bytes that are free where the directory lies.
    pub fn free_space(&self) -> Result<u64> {
        self.space().map(|space| space.free)
    }

    /// The file system that the directory lies in.
    pub fn space(&self) -> Result<Space> {
        let stat = rustix::fs::statvfs(&self.0).map_err(|error| unusable(error.into()))?;
        let bytes = |blocks: u64| blocks.saturating_mul(stat.f_frsize);
        Ok(Space { free: bytes(stat.f_bavail), total: bytes(stat.f_blocks) })
    }

    /// Writes so many bytes into the directory and takes them away again.
    pub fn prove_room(&self, bytes: usize) -> Result<()> {
        let written = tempfile::tempfile_in(&self.0).and_then(|mut file| {
            file.write_all(&vec![0; bytes])?;
            file.sync_data()
        });
        written.map_err(full_or_unusable)
    }

    /// Takes the directory for this process alone.
    pub fn lock(&self) -> Result<Lock> {
        let lock = self.lock_to_restore()?;
        match self.unfinished().exists() {
            true => Err(Error::conflict(format!(
                "Restoring {} was interrupted, so a part of it may be missing; run `steading backup restore` \
                 again with --force.",
                self.path().display()
            ))),
            false => Ok(lock),
        }
    }

    /// What an older version left in a directory while it restored it, and what is gone when that came to its end.
    fn unfinished(&self) -> PathBuf {
        self.0.join("restore.unfinished")
    }

    /// Takes the directory for this process alone, to put other data into it. An exchange that was cut off is finished.
    pub fn lock_to_restore(&self) -> Result<Lock> {
        let lock = self.lock_as_it_is()?;
        self.finish_exchange(&lock, &mut |_| Ok(()))?;
        Ok(lock)
    }

    /// Takes the directory for this process alone, whatever state it is in.
    fn lock_as_it_is(&self) -> Result<Lock> {
        let path = self.0.join("steading.lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| self.not_writable(error))?;
        match take(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(self.held_by(read_holder(&mut file))),
            Err(TryLockError::Error(error)) => return Err(self.not_writable(error)),
        }
        let mut lock = Lock { file };
        lock.write(&Holder { pid: std::process::id(), address: None })
            .map_err(|error| self.not_writable(error))?;
        Ok(lock)
    }

    /// Who holds the directory now, if somebody does.
    pub fn holder(&self) -> Option<Holder> {
        let mut file = OpenOptions::new().read(true).write(true).open(self.0.join("steading.lock")).ok()?;
        match file.try_lock() {
            Ok(()) => None,
            Err(_) => read_holder(&mut file),
        }
    }

    fn not_writable(&self, error: std::io::Error) -> Error {
        Error::unavailable(format!(
            "The data directory {} can't be written; check who owns it and that the disk is not read-only.",
            self.0.display()
        ))
        .caused_by(error)
    }

    fn held_by(&self, holder: Option<Holder>) -> Error {
        let who = holder.map_or("Another process".to_owned(), |holder| match &holder.address {
            Some(address) => format!("Process {}, which serves {address},", holder.pid),
            None => format!("Process {}", holder.pid),
        });
        Error::new(
            Kind::InUse,
            format!(
                "{who} is using {}; stop it first, or use another directory with --data.",
                self.0.display()
            ),
        )
    }
}

/// Why something could not be written.
pub fn full_or_unusable(error: std::io::Error) -> Error {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            Error::unavailable("The disk is full; free some space.").caused_by(error)
        }
        _ => unusable(error),
    }
}

/// What everybody may hear who asks a server whether it is ready: not where its data lies.
fn unusable(error: std::io::Error) -> Error {
    Error::unavailable("The data directory can't be written or read; see the server's log for why.")
        .caused_by(error)
}

/// Who holds a data directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    pub pid: u32,
    /// Where it can be reached, once it serves.
    pub address: Option<String>,
}

/// The lock on a data directory. The operating system lets go of it when the process ends.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Tells others where this process can be reached.
    pub fn serving_at(&mut self, address: &str) -> Result<()> {
        self.write(&Holder { pid: std::process::id(), address: Some(address.into()) })
            .map_err(Error::internal)
    }

    fn write(&mut self, holder: &Holder) -> std::io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        serde_json::to_writer(&self.file, holder)?;
        self.file.flush()
    }
}

/// Takes the lock. A command that only looks who holds it has it for a moment, so a second look is due.
fn take(file: &File) -> Result<(), TryLockError> {
    for _ in 0..10 {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(20)),
            outcome => return outcome,
        }
    }
    file.try_lock()
}

fn read_holder(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}
