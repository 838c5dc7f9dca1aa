//! The file of a backup: whatever is done to it is noticed, and it is said where.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use rusqlite::Connection;
use steading::base::db::Db;
use steading::kernel::identity::Tokens;
use tempfile::TempDir;

use super::{BEGINNING, make, names_in, verified, workplace};
use crate::isolation::{add_tenant, settings};

/// A directory with keys and a tenant in it, and a backup of it.
fn backed_up() -> (TempDir, std::path::PathBuf) {
    let dir = TempDir::new().expect("a temporary directory");
    let place = workplace(dir.path());
    let settings = steading::base::db::Settings {
        file: place.data.database(),
        backups: place.data.backups(),
        ..settings(dir.path())
    };
    drop(Db::open(&settings, BEGINNING).expect("a new file"));
    add_tenant(&Connection::open(place.data.database()).expect("the file opens"), 2, "acme");
    Tokens::open(&place.data.keys()).expect("a first key");
    let (_, path) = make(&place).expect("a backup");
    (dir, path)
}

#[test]
fn a_backup_is_whole_for_its_owners_eyes_only_and_leaves_nothing_else() {
    let (dir, path) = backed_up();
    assert_eq!(verified(&path).problems, Vec::<String>::new());
    assert_eq!(path.metadata().expect("it is there").permissions().mode() & 0o777, 0o600);
    assert_eq!(names_in(&workplace(dir.path())), ["steading-2026-01-01T00-00-00-000Z.tar"]);
}

/// The bytes between which a sentence says that damage lies.
fn place_in(sentence: &str) -> (u64, u64) {
    let rest = sentence.split("between the bytes ").nth(1).unwrap_or_else(|| panic!("no place: {sentence}"));
    let numbers: Vec<u64> = rest
        .split(|letter: char| !letter.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .take(2)
        .collect();
    (numbers[0], numbers[1])
}

#[test]
fn a_flipped_byte_anywhere_is_found_and_it_is_said_where() {
    let (_dir, path) = backed_up();
    let bytes = fs::read(&path).expect("the backup");
    let file = OpenOptions::new().write(true).open(&path).expect("the backup");
    let length = bytes.len() as u64;
    // All of the first header and of the end, and places all over the rest.
    let places = (0..512).step_by(3).chain((512..length).step_by(491)).chain(length - 1_030..length);
    let mut tried = 0;
    for at in places {
        file.write_all_at(&[bytes[at as usize] ^ 0x10], at).expect("the damage");
        let problems = verified(&path).problems;
        assert_eq!(problems.len(), 1, "byte {at}: {problems:?}");
        let (from, to) = place_in(&problems[0]);
        assert!((from..to).contains(&at), "byte {at}: {problems:?}");
        assert!(to - from <= 1 << 20, "byte {at}: {problems:?}");
        file.write_all_at(&bytes[at as usize..=at as usize], at).expect("the repair");
        tried += 1;
    }
    assert!(tried > 1_000, "{tried} places");
    assert_eq!(verified(&path).problems, Vec::<String>::new());
}

#[test]
fn a_file_that_was_cut_is_found() {
    let (_dir, path) = backed_up();
    let length = path.metadata().expect("it is there").len();
    let file = OpenOptions::new().write(true).open(&path).expect("the backup");
    for left in [length - 1, length - 512, length - 1_024, length - 3_000, length / 2, 512, 1, 0] {
        file.set_len(left).expect("the cut");
        let problems = verified(&path).problems;
        assert!(problems.len() == 1 && problems[0].contains("missing"), "{left}: {problems:?}");
    }
}

#[test]
fn a_file_that_goes_on_is_found() {
    let (_dir, path) = backed_up();
    let mut bytes = fs::read(&path).expect("the backup");
    bytes.extend([0; 512]);
    fs::write(&path, bytes).expect("a longer one");
    assert_eq!(verified(&path).problems.len(), 1);
}

#[test]
fn another_file_is_no_backup() {
    let dir = TempDir::new().expect("a temporary directory");
    let path = dir.path().join("letter");
    fs::write(&path, "a letter to a friend, ".repeat(500)).expect("a file");
    assert_eq!(verified(&path).problems.len(), 1);
}

/// What every system has is enough to take a backup apart and to look whether it is whole.
#[test]
fn tar_and_sha256sum_read_it() {
    let (_dir, path) = backed_up();
    let out = TempDir::new().expect("a temporary directory");
    run(Command::new("tar").arg("xf").arg(&path), out.path());
    run(Command::new("sha256sum").args(["-c", "manifest.json.sha256"]), out.path());
    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(out.path().join("manifest.json")).expect("it")).expect("JSON");
    assert_eq!((&manifest["format"], &manifest["contents"]["kind"]), (&1.into(), &"instance".into()));
    assert!(out.path().join("keys/1.ed25519").is_file());
}

fn run(command: &mut Command, dir: &Path) {
    let output = command.current_dir(dir).output().expect("it runs");
    assert!(output.status.success(), "{output:?}");
}
