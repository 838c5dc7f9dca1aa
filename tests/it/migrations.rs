//! Bringing a file to this binary's schema: the same from every version, never without a copy, and
//! never backwards.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use rusqlite::Connection;
use steading::base::db::{Db, Settings, Synchronous, Upgrade, newest_version};
use steading::base::{Kind, Result, Timestamp};
use tempfile::TempDir;

mod embedded {
    refinery::embed_migrations!("migrations");
}

const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// A directory for one file and its copies.
struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { dir: TempDir::new().expect("a temporary directory") }
    }

    /// A place with a file as an older binary left it.
    fn at_version(version: u32) -> Self {
        let place = Self::new();
        place.migrate_to(version);
        place
    }

    fn migrate_to(&self, version: u32) {
        let target = refinery::Target::Version(version.cast_signed());
        embedded::migrations::runner().set_target(target).run(&mut self.raw()).expect("it migrates");
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("steading.db")
    }

    fn raw(&self) -> Connection {
        Connection::open(self.file()).expect("the file opens")
    }

    fn open(&self) -> Result<Db> {
        let settings = Settings {
            file: self.file(),
            backups: self.dir.path().join("backups"),
            synchronous: Synchronous::Normal,
            readers: 1,
            read_limit: Duration::from_secs(10),
            write_limit: Duration::from_secs(10),
            write_queue: 1,
        };
        Db::open(&settings, NOW)
    }

    fn upgrade(&self) -> Upgrade {
        self.open().expect("the store opens").upgrade().clone()
    }
}

fn schema(conn: &Connection) -> Vec<String> {
    conn.prepare("SELECT type || ' ' || name || ' ' || tbl_name || ' ' || ifnull(sql, '') FROM sqlite_schema ORDER BY 1")
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
        .expect("the schema can be read")
}

fn version(conn: &Connection) -> u32 {
    conn.query_row("SELECT max(version) FROM refinery_schema_history", [], |row| row.get(0))
        .expect("a version")
}

#[test]
fn a_new_file_and_one_upgraded_step_by_step_are_alike() {
    let (fresh, upgraded) = (Place::new(), Place::new());
    fresh.upgrade();
    for version in 1..=newest_version() {
        upgraded.migrate_to(version);
    }
    assert_eq!(schema(&fresh.raw()), schema(&upgraded.raw()));
}

#[test]
fn a_file_of_any_version_becomes_like_a_new_one() {
    let fresh = Place::new();
    fresh.upgrade();
    for version in 1..newest_version() {
        let old = Place::at_version(version);
        old.upgrade();
        assert_eq!(schema(&fresh.raw()), schema(&old.raw()), "from version {version}");
    }
}

#[test]
fn a_new_file_needs_no_copy() {
    let place = Place::new();
    assert_eq!(place.upgrade(), Upgrade { from: None, to: newest_version(), copy: None });
}

#[test]
fn a_file_of_this_version_is_left_alone() {
    let place = Place::new();
    place.upgrade();
    let version = newest_version();
    assert_eq!(place.upgrade(), Upgrade { from: Some(version), to: version, copy: None });
}

#[test]
fn an_upgrade_copies_the_file_first() {
    let before = newest_version() - 1;
    let place = Place::at_version(before);
    place.raw().execute("UPDATE tenants SET name = 'of old'", []).expect("a row");
    let upgrade = place.upgrade();
    assert_eq!((upgrade.from, upgrade.to), (Some(before), newest_version()));
    let copy = Connection::open(upgrade.copy.expect("a copy")).expect("the copy opens");
    assert_eq!(version(&copy), before);
    assert_eq!(schema(&copy), schema(&Place::at_version(before).raw()));
    let name: String = copy.query_row("SELECT name FROM tenants", [], |row| row.get(0)).expect("a row");
    assert_eq!(name, "of old");
}

#[test]
fn an_upgrade_that_can_not_copy_changes_nothing() {
    let before = newest_version() - 1;
    let place = Place::at_version(before);
    fs::write(place.dir.path().join("backups"), "a file where the folder belongs").expect("a file");
    assert!(place.open().is_err(), "there is no copy");
    assert_eq!(version(&place.raw()), before);
}

#[test]
fn an_upgrade_that_fails_half_way_changes_nothing() {
    let place = Place::at_version(2);
    place.raw().execute_batch("CREATE TABLE requests_all (in_the TEXT)").expect("what is in the way");
    let before = schema(&place.raw());
    let refused = place.open().err().expect("the table is in the way");
    assert!(refused.message().contains("is as it was before"), "{}", refused.message());
    assert_eq!(schema(&place.raw()), before);
    assert_eq!(version(&place.raw()), 2);
}

#[test]
fn a_newer_file_is_refused_and_not_touched() {
    let place = Place::new();
    place.upgrade();
    let newer = "INSERT INTO refinery_schema_history SELECT 9999, 'later', applied_on, checksum
                 FROM refinery_schema_history LIMIT 1";
    place.raw().execute(newer, []).expect("a later version");
    place.raw().pragma_update(None, "journal_mode", "DELETE").expect("another journal");
    let before = fs::read(place.file()).expect("the file");
    let refused = place.open().err().expect("a newer file");
    assert_eq!(refused.kind(), Kind::Unavailable);
    for part in ["9999", &newest_version().to_string(), "newer binary", "restore a backup"] {
        assert!(refused.message().contains(part), "{:?} does not say {part}", refused.message());
    }
    assert!(fs::read(place.file()).expect("the file") == before, "the file was changed");
    assert!(!place.dir.path().join("backups").exists(), "a copy of what was not upgraded");
}

#[test]
fn migrations_are_numbered_without_a_gap_and_say_what_they_are_for() {
    let mut names: Vec<String> = fs::read_dir("migrations")
        .expect("the migrations")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    names.sort();
    assert_eq!(names.len(), newest_version() as usize);
    for (number, name) in (1..).zip(&names) {
        let rest = name.strip_prefix(&format!("V{number:04}__")).and_then(|rest| rest.strip_suffix(".sql"));
        let is_named = rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(is_of_a_name));
        assert!(is_named, "{name} should be V{number:04}__area_object.sql");
        let text = fs::read_to_string(format!("migrations/{name}")).expect("a migration");
        assert!(text.starts_with("-- "), "{name} does not begin with what it is for");
    }
}

fn is_of_a_name(letter: char) -> bool {
    letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_'
}
