//! Archives that somebody forged, with hashes that fit: a part never lands outside of the folder that is for it.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};
use steading::base::db::{Db, Settings};
use steading::kernel::backups::{Backup, Source};
use steading::kernel::identity::Tokens;
use tar::{Archive, EntryType, Header};
use tempfile::TempDir;

use super::{BEGINNING, GOES_ON, make, silent, workplace};
use crate::isolation::settings;

const KEY: &str = "keys/1.ed25519";

/// The parts of a whole backup, with their names.
fn parts() -> Vec<(String, Vec<u8>)> {
    let dir = TempDir::new().expect("a temporary directory");
    let place = workplace(dir.path());
    let (file, backups) = (place.data.database(), place.data.backups());
    drop(Db::open(&Settings { file, backups, ..settings(dir.path()) }, BEGINNING).expect("a new file"));
    Tokens::open(&place.data.keys()).expect("a first key");
    let (_, path) = make(&place).expect("a backup");
    let mut archive = Archive::new(fs::File::open(path).expect("the backup"));
    let read = |entry: std::io::Result<tar::Entry<'_, fs::File>>| {
        let mut entry = entry.expect("an entry");
        let name = entry.path().expect("a name").to_str().expect("a plain name").to_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("its bytes");
        (name, bytes)
    };
    archive.entries().expect("the entries").map(read).collect()
}

/// The header of a part as the server writes it, but for a name that no library would write.
fn header(name: &str, bytes: u64, kind: EntryType) -> Header {
    let mut header = Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_size(bytes);
    header.set_mode(0o600);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(BEGINNING.seconds().unsigned_abs());
    header.set_entry_type(kind);
    if kind == EntryType::Symlink {
        header.set_link_name_literal("/etc/passwd").expect("a target");
    }
    header.set_cksum();
    header
}

/// The same backup with the key under another name, and a manifest that says so.
fn forged(parts: &[(String, Vec<u8>)], evil: &str, kind: EntryType, into: &Path) -> PathBuf {
    let mut file = Vec::new();
    let mut manifest_hash = String::new();
    for (name, bytes) in parts {
        let (mut name, mut bytes, mut kind_of) = (name.as_str(), bytes.clone(), EntryType::Regular);
        match name {
            KEY => (name, kind_of) = (evil, kind),
            "manifest.json" => {
                let mut manifest: Value = serde_json::from_slice(&bytes).expect("the manifest");
                for part in manifest["parts"].as_array_mut().expect("its parts") {
                    if part["name"] == KEY {
                        part["name"] = evil.into();
                    }
                }
                bytes = serde_json::to_vec_pretty(&manifest).expect("JSON");
                manifest_hash = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            }
            "manifest.json.sha256" => bytes = format!("{manifest_hash}  manifest.json\n").into_bytes(),
            _ => {}
        }
        file.extend_from_slice(header(name, bytes.len() as u64, kind_of).as_bytes());
        file.extend_from_slice(&bytes);
        file.resize(file.len().next_multiple_of(512), 0);
    }
    file.resize(file.len() + 1_024, 0);
    let path = into.join("forged.tar");
    fs::write(&path, file).expect("the archive");
    path
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    names
}

#[test]
fn a_forged_archive_writes_nothing_outside_of_its_folder() {
    let parts = parts();
    let target = TempDir::new().expect("a temporary directory");
    let absolute = target.path().join("evil").to_str().expect("a plain path").to_owned();
    for (evil, kind) in [
        ("keys/../../evil", EntryType::Regular),
        ("keys/..", EntryType::Regular),
        ("keys/.", EntryType::Regular),
        ("keys/", EntryType::Regular),
        ("keys/a/evil", EntryType::Regular),
        ("keys/..\\evil", EntryType::Regular),
        ("../evil", EntryType::Regular),
        ("/evil", EntryType::Regular),
        (absolute.as_str(), EntryType::Regular),
        ("evil", EntryType::Regular),
        ("steading.db", EntryType::Regular),
        (KEY, EntryType::Symlink),
        (KEY, EntryType::Link),
        (KEY, EntryType::Directory),
    ] {
        let dir = TempDir::new().expect("a temporary directory");
        let place = workplace(&dir.path().join("deep"));
        let path = forged(&parts, evil, kind, dir.path());
        let restored = place.restore(&Source::Backup(path), false, &GOES_ON, &mut silent());
        assert!(restored.is_err(), "{evil} as {kind:?} is taken");
        assert_eq!(names_in(dir.path()), ["deep", "forged.tar"], "{evil}");
        assert_eq!(names_in(&dir.path().join("deep")), ["data"], "{evil}");
        assert!(!place.data.database().exists() && !place.data.path().join("evil").exists(), "{evil}");
    }
    assert!(names_in(target.path()).is_empty());

    // What is forged in nothing is taken, so that the forging is right.
    let dir = TempDir::new().expect("a temporary directory");
    let place = workplace(&dir.path().join("deep"));
    let path = forged(&parts, KEY, EntryType::Regular, dir.path());
    place.restore(&Source::Backup(path), false, &GOES_ON, &mut silent()).expect("it is whole");
}

#[test]
fn a_part_that_claims_to_be_longer_than_can_be_counted_is_a_part_that_is_missing() {
    let dir = TempDir::new().expect("a temporary directory");
    let path = dir.path().join("long.tar");
    for bytes in [u64::MAX, u64::MAX - 511, u64::MAX - 1_024, u64::MAX / 2, 1_025] {
        let mut file = header("a", bytes, EntryType::Regular).as_bytes().to_vec();
        file.resize(file.len() + 1_024, 0);
        fs::write(&path, file).expect("the archive");
        let refusal = Backup::open(&path).err().expect("it is not whole");
        assert!(refusal.message().contains("within a: a part of it is missing"), "{bytes}: {refusal:?}");
    }
}
