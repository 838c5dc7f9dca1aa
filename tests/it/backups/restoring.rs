//! Restoring: aside as a drill, and for good.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use steading::base::db::{Db, Settings, newest_version};
use steading::base::{Kind, Result};
use steading::kernel::backups::{Restored, Source, Workplace, list_set_aside};
use steading::kernel::identity::Tokens;
use tempfile::TempDir;

use super::{BEGINNING, GOES_ON, make, silent, workplace};
use crate::isolation::{add_tenant, settings};

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// A version that was the newest once.
const OLDER: u32 = 10;

/// A directory with one tenant, and a backup of it.
fn backed_up() -> (TempDir, Workplace, PathBuf) {
    let dir = TempDir::new().expect("a temporary directory");
    let place = workplace(dir.path());
    let (file, backups) = (place.data.database(), place.data.backups());
    drop(Db::open(&Settings { file, backups, ..settings(dir.path()) }, BEGINNING).expect("a new file"));
    Tokens::open(&place.data.keys()).expect("a first key");
    add_tenant(&database(&place), 2, "acme");
    // The seed's ids are marks, which only a server would mind.
    database(&place)
        .execute_batch(
            "UPDATE tenants SET id = '0198c1de-7f00-7000-8000-000000000002' WHERE number = 2;
             UPDATE sessions_all SET id = '0198c1de-7f00-7000-8000-000000000003' WHERE id = 'same'",
        )
        .expect("real ids");
    let (_, path) = make(&place).expect("a backup");
    (dir, place, path)
}

fn database(place: &Workplace) -> Connection {
    Connection::open(place.data.database()).expect("the file opens")
}

fn slugs(place: &Workplace) -> Vec<String> {
    database(place)
        .prepare("SELECT slug FROM tenants ORDER BY number")
        .and_then(|mut slugs| slugs.query_map([], |row| row.get(0))?.collect())
        .expect("the slugs")
}

fn restore(place: &Workplace, path: &Path, is_forced: bool) -> Result<Restored> {
    place.restore(&Source::Backup(path.to_owned()), is_forced, &GOES_ON, &mut silent())
}

#[test]
fn what_was_there_is_put_aside_and_kept() {
    let (_dir, place, path) = backed_up();
    add_tenant(&database(&place), 3, "later");
    let keys = place.data.keys();
    fs::copy(keys.join("1.ed25519"), keys.join("2.ed25519")).expect("a later key");
    let refused = restore(&place, &path, false).expect_err("there is a database");
    assert_eq!(refused.kind(), Kind::Conflict);
    assert_eq!(slugs(&place), ["instance", "acme", "later"]);

    let restored = restore(&place, &path, true).expect("it is restored");
    assert_eq!(slugs(&place), ["instance", "acme"]);
    assert!(!place.data.keys().join("2.ed25519").exists());
    let aside = restored.replaced.expect("what was there");
    let listed = list_set_aside(&place.data).expect("the list");
    assert_eq!(aside, place.data.path().join(listed[0].name.to_string()));
    let old = Connection::open(aside.join("steading.db")).expect("it opens");
    let later: i64 = old
        .query_row("SELECT count(*) FROM tenants WHERE slug = 'later'", [], |row| row.get(0))
        .expect("a count");
    assert_eq!(later, 1);
    assert!(aside.join("keys/2.ed25519").exists());
    place.data.lock().expect("it can be served");

    let undo = Source::Aside(listed[0].name.clone());
    place.restore(&undo, true, &GOES_ON, &mut silent()).expect("it is undone");
    assert_eq!(slugs(&place), ["instance", "acme", "later"]);
    assert!(place.data.keys().join("2.ed25519").exists());
    assert!(!aside.exists(), "it is used up");
    assert_eq!(list_set_aside(&place.data).expect("the list").len(), 1);
}

#[test]
fn into_an_empty_directory_it_goes_without_force() {
    let (_dir, _, path) = backed_up();
    let empty = TempDir::new().expect("a temporary directory");
    let place = workplace(empty.path());
    let restored = restore(&place, &path, false).expect("it is restored");
    assert_eq!((restored.replaced, slugs(&place)), (None, vec!["instance".into(), "acme".into()]));
}

#[test]
fn a_directory_that_somebody_holds_is_left_alone() {
    let (_dir, place, path) = backed_up();
    let _lock = place.data.lock().expect("a server holds it");
    let refused = restore(&place, &path, true).expect_err("it is held");
    assert!(refused.message().contains("is using"), "{refused}");
}

#[test]
fn a_damaged_backup_changes_nothing() {
    let (_dir, place, path) = backed_up();
    let mut bytes = fs::read(&path).expect("the backup");
    bytes[2_000] ^= 1;
    fs::write(&path, bytes).expect("the damage");
    add_tenant(&database(&place), 3, "later");
    let refused = restore(&place, &path, true).expect_err("it is damaged");
    assert!(refused.message().contains("between the bytes"), "{refused}");
    assert_eq!(slugs(&place), ["instance", "acme", "later"]);
    place.data.lock().expect("it can be served");
}

#[test]
fn a_directory_whose_restoring_an_older_version_was_interrupted_in_is_not_served_until_it_is_done_again() {
    let (_dir, place, path) = backed_up();
    fs::remove_file(place.data.database()).expect("it had come so far");
    fs::write(place.data.path().join("restore.unfinished"), "").expect("the mark");
    let refused = place.data.lock().expect_err("a part may be missing");
    assert!(refused.message().contains("backup restore"), "{refused}");
    restore(&place, &path, false).expect("it is restored");
    place.data.lock().expect("it can be served");
    assert_eq!(slugs(&place), ["instance", "acme"]);
}

#[test]
fn a_drill_finds_that_it_can_be_restored_and_leaves_nothing() {
    let (_dir, place, path) = backed_up();
    let drilled = place.drill(&path, &GOES_ON, &mut silent()).expect("it is tried");
    assert_eq!((drilled.problems, drilled.tenants), (Vec::<String>::new(), 1));
    assert_eq!(super::names_in(&place).len(), 1);
}

#[test]
fn a_drill_brings_an_older_backup_up_to_date() {
    let dir = TempDir::new().expect("a temporary directory");
    let place = workplace(dir.path());
    let older = refinery::Target::Version(OLDER.cast_signed());
    embedded::migrations::runner().set_target(older).run(&mut database(&place)).expect("an older file");
    let (made, path) = make(&place).expect("a backup");
    assert_eq!(made.backup.schema_version, Some(OLDER));
    let drilled = place.drill(&path, &GOES_ON, &mut silent()).expect("it is tried");
    assert_eq!((drilled.schema_version, drilled.upgraded_to), (OLDER, newest_version()));
    assert_eq!(drilled.problems, Vec::<String>::new());
}

#[test]
fn a_drill_finds_what_the_hashes_do_not_tell() {
    let (_dir, place, _) = backed_up();
    database(&place)
        .execute("UPDATE audit_all SET actor = 'somebody else' WHERE tenant_id = 2 AND number = 1", [])
        .expect("the audit is tampered with");
    let later = Workplace { now: BEGINNING + std::time::Duration::from_secs(1), ..place.clone() };
    let (_, path) = make(&later).expect("a backup");
    assert_eq!(super::verified(&path).problems, Vec::<String>::new(), "it is as it was");
    let drilled = place.drill(&path, &GOES_ON, &mut silent()).expect("it is tried");
    assert!(drilled.problems[0].contains("tampered"), "{:?}", drilled.problems);
}
