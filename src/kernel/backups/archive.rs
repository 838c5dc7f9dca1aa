//! Writing a backup: a tar file, so that anybody can take it apart with what every system has.
//!
//! The parts come first, then `manifest.json`, then its hash in the form that `sha256sum -c` reads. It is written
//! under another name, flushed as it grows so that no flush of the database waits behind it, and gets its own
//! name when all of it is on the disk.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use tar::{EntryType, Header};

use super::manifest::{Manifest, Meter, Part, hash_of};
use crate::base::data_dir::{DataDir, full_or_unusable};
use crate::base::{Error, Result, Timestamp};

pub const MANIFEST: &str = "manifest.json";
pub const MANIFEST_HASH: &str = "manifest.json.sha256";

/// What tar counts in.
pub(super) const BLOCK: u64 = 512;

/// What tar ends with.
pub(super) const END: u64 = 2 * BLOCK;

/// Bytes after which the file is flushed, and it is looked whether there is still room.
const BYTES_A_FLUSH: usize = 4 << 20;

/// What is written stays below this name until it is whole, and is thrown away otherwise.
pub(super) struct Partial {
    path: PathBuf,
    is_done: bool,
}

impl Partial {
    pub(super) fn at(path: PathBuf) -> Self {
        Self { path, is_done: false }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it its own name, for good.
    pub(super) fn rename(mut self, to: &Path) -> Result<()> {
        fs::rename(&self.path, to).map_err(full_or_unusable)?;
        self.is_done = true;
        sync_folder_of(to)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.is_done {
            // It may never have come to be.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The folder in which a file lies.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes it last that a name was given or taken in the folder of this path.
pub(super) fn sync_folder_of(path: &Path) -> Result<()> {
    File::open(folder_of(path)).and_then(|folder| folder.sync_all()).map_err(full_or_unusable)
}

/// A backup that is being written.
pub(super) struct Archive {
    file: File,
    made_at: Timestamp,
    parts: Vec<Part>,
    room: Room,
}

/// How much must stay free, and where.
#[derive(Clone)]
pub(super) struct Room {
    pub folder: DataDir,
    pub keep_free: u64,
}

impl Room {
    /// Fails when so many bytes more would leave too little.
    pub(super) fn must_hold(&self, bytes: u64) -> Result<()> {
        let free = self.folder.free_space()?;
        let needed = bytes.saturating_add(self.keep_free);
        match free < needed {
            true => Err(Error::unavailable(format!(
                "There is too little room on the disk: {} MB are free and {} MB are needed, with the {} MB that \
                 database.min_free keeps free. Free some space, or keep fewer backups.",
                free >> 20,
                needed.div_ceil(1 << 20),
                self.keep_free >> 20
            ))),
            false => Ok(()),
        }
    }
}

impl Archive {
    pub(super) fn create(path: &Path, made_at: Timestamp, room: Room) -> Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(full_or_unusable)?;
        Ok(Self { file, made_at, parts: Vec::new(), room })
    }

    /// Adds a part of which it is known only afterwards how long it is.
    pub(super) fn add(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<()> {
        let part = self.write_part(name, write).map_err(full_or_unusable)?;
        self.parts.push(part);
        Ok(())
    }

    fn write_part(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<Part> {
        let at = self.file.stream_position()?;
        self.file.write_all(&[0; BLOCK as usize])?;
        let mut sink = Sink { file: &mut self.file, room: &self.room, meter: Meter::default(), unflushed: 0 };
        write(&mut sink)?;
        let part = sink.meter.into_part(name);
        let padding = padding_of(part.whole.bytes) as usize;
        self.file.write_all(&[0; BLOCK as usize][..padding])?;
        let end = self.file.stream_position()?;
        self.file.seek(SeekFrom::Start(at))?;
        self.file.write_all(header(name, part.whole.bytes, self.made_at)?.as_bytes())?;
        self.file.seek(SeekFrom::Start(end))?;
        Ok(part)
    }

    /// Adds the manifest and the end, and sees all of it onto the disk.
    pub(super) fn finish(mut self, describe: impl FnOnce(Vec<Part>) -> Manifest) -> Result<Manifest> {
        let manifest = describe(std::mem::take(&mut self.parts));
        let text = serde_json::to_vec_pretty(&manifest).map_err(Error::internal)?;
        let line = format!("{}  {MANIFEST}\n", hash_of(&text));
        self.add(MANIFEST, |sink| sink.write_all(&text))?;
        self.add(MANIFEST_HASH, |sink| sink.write_all(line.as_bytes()))?;
        let mut seal = || {
            self.file.write_all(&[0; END as usize])?;
            self.file.sync_all()
        };
        seal().map_err(full_or_unusable)?;
        Ok(manifest)
    }
}

/// Takes the bytes of a part.
struct Sink<'a> {
    file: &'a mut File,
    room: &'a Room,
    meter: Meter,
    unflushed: usize,
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_all(bytes)?;
        self.meter.pass(bytes);
        self.unflushed += bytes.len();
        if self.unflushed >= BYTES_A_FLUSH {
            self.unflushed = 0;
            self.file.sync_data()?;
            // Those who are served come before the backup of them.
            self.room.must_hold(0).map_err(|error| io::Error::new(ErrorKind::StorageFull, error))?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(super) fn padding_of(bytes: u64) -> u64 {
    // Never past the end of what can be counted: a header may say that a part is that long.
    (BLOCK - bytes % BLOCK) % BLOCK
}

/// The header of a part. It follows from its name, its length and the time, so that a reader knows every byte
/// of it.
pub(super) fn header(name: &str, bytes: u64, made_at: Timestamp) -> io::Result<Header> {
    let mut header = Header::new_gnu();
    header.set_path(name)?;
    header.set_size(bytes);
    header.set_mode(0o600);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(made_at.seconds().max(0).unsigned_abs());
    header.set_entry_type(EntryType::Regular);
    header.set_cksum();
    Ok(header)
}
