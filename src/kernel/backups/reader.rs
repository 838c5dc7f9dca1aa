//! Reading a backup: every byte of it is looked at, and what is wrong is said with its place.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

use sha2::{Digest, Sha256};
use tar::Header;

use super::archive::{BLOCK, END, MANIFEST, MANIFEST_HASH, header, padding_of};
use super::manifest::{FORMAT, Manifest, PIECE, Part, hash_of, hex};
use crate::base::db::Course;
use crate::base::{Error, Kind, Result, Timestamp};

/// The database, compressed.
pub const DATABASE: &str = "steading.db.zst";

/// The largest manifest that is read: that of a backup of some ten terabytes.
const LARGEST_MANIFEST: u64 = 1 << 30;

/// Parts that a backup has at most.
const MOST_PARTS: usize = 10_000;

/// A backup whose manifest is as it was written.
pub struct Backup {
    file: File,
    pub manifest: Manifest,
    /// Where each part's bytes begin.
    places: Vec<u64>,
    pub bytes: u64,
}

/// A part as its header has it.
struct Entry {
    name: String,
    at: u64,
    bytes: u64,
}

impl Backup {
    /// Opens a backup and reads its manifest; the parts are left for later.
    pub fn open(path: &Path) -> Result<Self> {
        let mut file = File::open(path).map_err(|error| unreadable(path, error))?;
        let bytes = file.metadata().map_err(|error| unreadable(path, error))?.len();
        let entries = entries_of(&mut file, bytes).map_err(|error| unreadable(path, error))?;
        let manifest = manifest_of(&mut file, &entries).map_err(|error| unreadable(path, error))?;
        if manifest.format > FORMAT {
            return Err(damaged(format!(
                "The backup has the form {} and this binary reads up to {FORMAT}; use the newer binary.",
                manifest.format
            )));
        }
        let places = places_of(&manifest, &entries).map_err(|error| unreadable(path, error))?;
        Ok(Self { file, manifest, places, bytes })
    }

    /// The names of the parts but for the database.
    pub fn others(&self) -> impl Iterator<Item = &Part> {
        self.manifest.parts.iter().filter(|part| part.name != DATABASE)
    }

    /// Reads a part, compares every piece with its hash, and hands it on.
    pub(super) fn read_part(&mut self, part: &Part, into: &mut dyn Write) -> Result<()> {
        let mut checked = self.checked(part)?;
        io::copy(&mut checked, into).map(drop).map_err(as_ours)
    }

    /// Reads the database, unpacks it, compares both with their hashes, and hands it on.
    pub fn read_database(&mut self, into: &mut dyn Write, course: &mut Course<'_>) -> Result<()> {
        let part = self.manifest.parts.iter().find(|part| part.name == DATABASE).cloned();
        let part = part.ok_or_else(|| damaged("There is no database in this backup."))?;
        let whole = self.manifest.database.clone();
        let mut decoder = zstd::stream::read::Decoder::new(self.checked(&part)?).map_err(as_ours)?;
        let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 256 * 1024]);
        loop {
            course.must_go_on()?;
            let read = decoder.read(&mut buffer).map_err(as_ours)?;
            if read == 0 {
                break;
            }
            hash.update(&buffer[..read]);
            bytes += read as u64;
            if bytes > whole.bytes {
                return Err(damaged("The database is longer than the manifest says."));
            }
            into.write_all(&buffer[..read]).map_err(as_ours)?;
            (course.tell)(bytes, whole.bytes);
        }
        // What lies behind the last frame is looked at too.
        io::copy(&mut decoder.finish(), &mut io::sink()).map_err(as_ours)?;
        match bytes == whole.bytes && hex(&hash.finalize()) == whole.sha256 {
            true => Ok(()),
            false => Err(damaged("The database is not the one that the manifest tells of.")),
        }
    }

    fn checked(&mut self, part: &Part) -> Result<Checked<'_>> {
        let place = self.manifest.parts.iter().position(|known| known.name == part.name);
        let at = place.and_then(|place| self.places.get(place)).copied();
        let at = at.ok_or_else(|| Error::internal("a part that is not in the backup"))?;
        self.file.seek(SeekFrom::Start(at)).map_err(as_ours)?;
        let (part, left) = (part.clone(), part.whole.bytes);
        Ok(Checked { file: &mut self.file, part, at, left, nth: 0, piece: Vec::new(), taken: 0 })
    }
}

/// The bytes of one part, each piece compared before it is handed on.
struct Checked<'f> {
    file: &'f mut File,
    part: Part,
    /// Where the next piece lies in the file.
    at: u64,
    left: u64,
    nth: usize,
    piece: Vec<u8>,
    taken: usize,
}

impl Checked<'_> {
    fn next_piece(&mut self) -> io::Result<()> {
        let length = self.left.min(PIECE as u64) as usize;
        self.piece.resize(length, 0);
        self.taken = 0;
        self.file.read_exact(&mut self.piece)?;
        if self.part.pieces.get(self.nth) != Some(&hash_of(&self.piece)) {
            let end = self.at + length as u64;
            return Err(wrong(format!(
                "{} is damaged between the bytes {} and {end}",
                self.part.name, self.at
            )));
        }
        self.at += length as u64;
        self.left -= length as u64;
        self.nth += 1;
        Ok(())
    }
}

impl Read for Checked<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.piece.len() {
            if self.left == 0 {
                return Ok(0);
            }
            self.next_piece()?;
        }
        let read = into.len().min(self.piece.len() - self.taken);
        into[..read].copy_from_slice(&self.piece[self.taken..self.taken + read]);
        self.taken += read;
        Ok(read)
    }
}

/// Every part that the file has, by the headers.
fn entries_of(file: &mut File, bytes: u64) -> io::Result<Vec<Entry>> {
    let (mut entries, mut at) = (Vec::new(), 0);
    let mut made_at = None;
    loop {
        if at + END > bytes {
            return Err(wrong(format!("it ends at byte {bytes}, in the middle: a part of it is missing")));
        }
        let mut block = [0; BLOCK as usize];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut block)?;
        if block.iter().all(|byte| *byte == 0) {
            return match at + END == bytes && is_zero(file, at, END)? {
                true => Ok(entries),
                false => {
                    Err(wrong(format!("it is damaged between the bytes {at} and {bytes}, where it ends")))
                }
            };
        }
        let entry = entry_of(&block, at, &mut made_at)
            .ok_or_else(|| wrong(format!("it is damaged between the bytes {at} and {}", at + BLOCK)))?;
        at = entry.at.saturating_add(entry.bytes).saturating_add(padding_of(entry.bytes));
        if at > bytes || entries.len() >= MOST_PARTS {
            return Err(wrong(format!(
                "it ends at byte {bytes}, within {}: a part of it is missing",
                entry.name
            )));
        }
        if !is_zero(file, entry.at + entry.bytes, padding_of(entry.bytes))? {
            let end = entry.at + entry.bytes;
            return Err(wrong(format!("it is damaged between the bytes {end} and {at}")));
        }
        entries.push(entry);
    }
}

/// What a header says, when every byte of it is as it was written. All have the same time.
fn entry_of(block: &[u8; BLOCK as usize], at: u64, made_at: &mut Option<u64>) -> Option<Entry> {
    let found = Header::from_byte_slice(block);
    let name = found.path().ok()?.to_str()?.to_owned();
    let (bytes, time) = (found.entry_size().ok()?, found.mtime().ok()?);
    let time = *made_at.get_or_insert(time);
    let moment = Timestamp::from_millis(i64::try_from(time).ok()?.checked_mul(1_000)?);
    let expected = header(&name, bytes, moment).ok()?;
    (expected.as_bytes() == block).then_some(Entry { name, at: at + BLOCK, bytes })
}

fn is_zero(file: &mut File, at: u64, bytes: u64) -> io::Result<bool> {
    let mut found = vec![0; bytes as usize];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut found)?;
    Ok(found.iter().all(|byte| *byte == 0))
}

fn manifest_of(file: &mut File, entries: &[Entry]) -> io::Result<Manifest> {
    let mut bytes_of = |entry: &Entry| {
        let mut bytes = vec![0; entry.bytes.min(LARGEST_MANIFEST) as usize];
        file.seek(SeekFrom::Start(entry.at))?;
        file.read_exact(&mut bytes).map(|()| bytes)
    };
    let [.., manifest, hash] = entries else { return Err(wrong("it is no backup of this program")) };
    if (manifest.name.as_str(), hash.name.as_str()) != (MANIFEST, MANIFEST_HASH) {
        return Err(wrong("it is no backup of this program"));
    }
    let (text, line) = (bytes_of(manifest)?, bytes_of(hash)?);
    if line != format!("{}  {MANIFEST}\n", hash_of(&text)).as_bytes() {
        let end = hash.at + hash.bytes;
        return Err(wrong(format!("its manifest is damaged, between the bytes {} and {end}", manifest.at)));
    }
    serde_json::from_slice(&text).map_err(|error| wrong(format!("its manifest can't be read: {error}")))
}

/// Where the parts lie, when they are those of the manifest.
fn places_of(manifest: &Manifest, entries: &[Entry]) -> io::Result<Vec<u64>> {
    let parts = &entries[..entries.len() - 2];
    let are_same = parts.len() == manifest.parts.len()
        && parts.iter().zip(&manifest.parts).all(|(entry, part)| {
            entry.name == part.name
                && entry.bytes == part.whole.bytes
                && part.pieces.len() as u64 == part.whole.bytes.div_ceil(PIECE as u64)
        });
    match are_same {
        true => Ok(parts.iter().map(|entry| entry.at).collect()),
        false => Err(wrong("its parts are not those that the manifest tells of")),
    }
}

fn wrong(why: impl Into<String>) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, why.into())
}

pub(super) fn damaged(message: impl Into<String>) -> Error {
    Error::new(Kind::Unavailable, message.into())
}

fn unreadable(path: &Path, error: io::Error) -> Error {
    match error.kind() {
        ErrorKind::InvalidData => damaged(format!("The backup {} is not whole: {error}.", path.display())),
        ErrorKind::NotFound => Error::new(Kind::NotFound, format!("There is no backup {}.", path.display())),
        _ => damaged(format!("The backup {} can't be read: {error}.", path.display())).caused_by(error),
    }
}

fn as_ours(error: io::Error) -> Error {
    match error.kind() {
        ErrorKind::InvalidData => damaged(format!("The backup is not whole: {error}.")),
        ErrorKind::UnexpectedEof | ErrorKind::Other => {
            damaged(format!("The backup can't be unpacked: {error}."))
        }
        _ => crate::base::data_dir::full_or_unusable(error),
    }
}
