//! Making a backup: the database as it is at one moment is copied beside the others, then packed together with the
//! signing keys. The copy is as large as the database and is gone afterwards.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::archive::{Archive, Partial, folder_of};
use super::errand::{Tell, share};
use super::folder::{BackupName, Summary, clear_unfinished, unfinished};
use super::keep::delete_old;
use super::manifest::{Contents, FORMAT, Manifest, Origin, Part, Whole, hex};
use super::reader::DATABASE;
use super::set_aside::delete_old_set_aside;
use super::workplace::{Workplace, keys_of, public_keys, size_of};
use crate::base::db::{Copied, Course};
use crate::base::{Error, Result};

/// How hard the compression tries: about what a disk takes, on one processor.
const EFFORT: i32 = 3;

/// A backup that was made, and those that no rule keeps since.
#[derive(Debug, Clone)]
pub struct Made {
    pub backup: Summary,
    pub deleted: Vec<BackupName>,
}

impl Workplace {
    /// Makes a backup of the instance. `copy` writes the database to a new file.
    pub fn make_backup(
        &self,
        copy: impl FnOnce(&Path, &mut Course<'_>) -> Result<Copied>,
        stop: &std::sync::atomic::AtomicBool,
        tell: &mut Tell<'_>,
    ) -> Result<Made> {
        let name = BackupName::of(self.now);
        clear_unfinished(&self.data)?;
        let size = size_of(&self.data.database())?;
        // The copy, and what it is packed to, which is never more than half as large again.
        self.room(self.data.path()).must_hold(size + size / 2)?;
        let copied = Partial::at(unfinished(&self.data, &format!("{name}.db")));
        let mut in_words = |done: u64, all: u64| tell(share(done, all, 0..40), "copies the database");
        let found = copy(copied.path(), &mut Course { stop, tell: &mut in_words })?;
        let packed = Partial::at(unfinished(&self.data, &name.to_string()));
        let mut in_words = |done: u64, all: u64| tell(share(done, all, 40..100), "packs it");
        let course = &mut Course { stop, tell: &mut in_words };
        let manifest = self.pack(packed.path(), copied.path(), &found, Contents::Instance, course)?;
        drop(copied);
        let bytes = size_of(packed.path())?;
        packed.rename(&self.data.backups().join(name.to_string()))?;
        let backup = Summary::of(name, bytes, &manifest);
        delete_old_set_aside(&self.data, &self.config, self.now)?;
        Ok(Made { backup, deleted: delete_old(&self.data, &self.config.backup)? })
    }

    /// Packs a database that nobody changes; of an instance, with its keys.
    pub(super) fn pack(
        &self,
        target: &Path,
        database: &Path,
        copied: &Copied,
        contents: Contents,
        course: &mut Course<'_>,
    ) -> Result<Manifest> {
        let mut archive = Archive::create(target, self.now, self.room(folder_of(target)))?;
        let mut whole = None;
        archive.add(DATABASE, |sink| {
            whole = Some(compress(database, copied.bytes, sink, course)?);
            Ok(())
        })?;
        if contents == Contents::Instance {
            for (name, path) in keys_of(&self.data)? {
                archive.add(&name, |sink| io::copy(&mut File::open(&path)?, sink).map(drop))?;
            }
        }
        let database = whole.ok_or_else(|| Error::internal("nothing was packed"))?;
        let origin = Origin {
            public_url: self.config.server.public_url.clone(),
            public_keys: public_keys(&self.data)?,
        };
        archive.finish(|parts: Vec<Part>| Manifest {
            format: FORMAT,
            contents,
            made_at: self.now,
            version: env!("CARGO_PKG_VERSION").into(),
            schema_version: copied.schema_version,
            instance: origin,
            database,
            parts,
        })
    }
}

fn compress(database: &Path, bytes: u64, sink: &mut dyn Write, course: &mut Course<'_>) -> io::Result<Whole> {
    let mut file = File::open(database)?;
    let mut packer = zstd::stream::write::Encoder::new(sink, EFFORT)?;
    let (mut hash, mut done, mut buffer) = (Sha256::new(), 0, vec![0; 256 * 1024]);
    loop {
        course.must_go_on().map_err(io::Error::other)?;
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        packer.write_all(&buffer[..read])?;
        done += read as u64;
        (course.tell)(done, bytes);
    }
    packer.finish()?;
    Ok(Whole { bytes: done, sha256: hex(&hash.finalize()) })
}
