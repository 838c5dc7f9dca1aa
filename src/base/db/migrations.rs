//! Migrations: forward only, a copy of the file first, and a newer file is refused.

use std::path::{Path, PathBuf};

use bytesize::ByteSize;
use refinery::Migration;
use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::failure::explain;
use super::schema::must_hold_no_code;
use super::session::prepare_connection;
use crate::base::{Error, Kind, Result, Timestamp};

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// What bringing a file up to date did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upgrade {
    /// The schema's version before; none for a new file.
    pub from: Option<u32>,
    /// The schema's version now.
    pub to: u32,
    /// Where the copy from before lies, when there was something to copy.
    pub copy: Option<PathBuf>,
}

/// The version of the schema that this binary works with.
pub fn newest_version() -> u32 {
    embedded::migrations::runner()
        .get_migrations()
        .iter()
        .map(refinery::Migration::version)
        .max()
        .unwrap_or(0) as u32
}

/// Free space that an upgrade leaves beside the copy: what it writes before it is done.
const LEEWAY: u64 = 16 * 1024 * 1024;

/// Brings the file to this binary's schema.
pub fn migrate(file: &Path, backups: &Path, now: Timestamp) -> Result<Upgrade> {
    let migrations = embedded::migrations::runner().get_migrations().clone();
    migrate_by(&migrations, &free_space_at, file, backups, now)
}

/// An empty database with this binary's schema.
pub(super) fn migrate_in_memory() -> Result<Connection> {
    let mut conn = Connection::open_in_memory().map_err(explain)?;
    embedded::migrations::runner().run(&mut conn).map_err(Error::internal)?;
    Ok(conn)
}

/// The same by these migrations, with what says how much space is free at a place.
fn migrate_by(
    migrations: &[Migration],
    free: &dyn Fn(&Path) -> Result<u64>,
    file: &Path,
    backups: &Path,
    now: Timestamp,
) -> Result<Upgrade> {
    let mut conn = Connection::open(file).map_err(explain)?;
    prepare_connection(&conn).map_err(explain)?;
    // Until it is upgraded the file stays as it is to the byte, its write-ahead log included.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(explain)?;
    let to = migrations.iter().map(|migration| migration.version() as u32).max().unwrap_or(0);
    must_hold_no_code(&conn, file)?;
    let from = version_of(&conn)?;
    if from == Some(to) {
        return Ok(Upgrade { from, to, copy: None });
    }
    if let Some(newer) = from.filter(|version| *version > to) {
        return Err(Error::new(
            Kind::Unavailable,
            format!(
                "The database in {} has schema version {newer}, and this binary knows up to {to}. \
                 Run the newer binary, or restore a backup from before the upgrade.",
                file.display()
            ),
        ));
    }
    let copy = match from {
        Some(version) => {
            let size = size_of(&conn).map_err(explain)?;
            announce(migrations, version, to, size, backups);
            must_fit(size + LEEWAY, backups, free)?;
            Some(copy_first(&conn, backups, version, now)?)
        }
        None => None,
    };
    refinery::Runner::new(migrations).set_grouped(true).run(&mut conn).map_err(|error| {
        Error::new(
            Kind::Internal,
            format!("The database could not be upgraded to schema version {to}; it is as it was before."),
        )
        .caused_by(error)
    })?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false).map_err(explain)?;
    if from.is_some() {
        tracing::info!(schema = to, "the database is upgraded");
    }
    Ok(Upgrade { from, to, copy })
}

/// Says what will be done before it is done.
fn announce(migrations: &[Migration], from: u32, to: u32, size: u64, backups: &Path) {
    let due = migrations.iter().filter(|migration| migration.version() as u32 > from);
    let names: Vec<String> = due.map(|migration| migration.to_string()).collect();
    tracing::info!(
        from, to, migrations = %names.join(", "), size = %shown(size), needed = %shown(size + LEEWAY),
        copies = %backups.display(), "the database is of an older version: it is copied and then upgraded"
    );
}

/// Refuses an upgrade for whose copy there is no space, before anything is touched.
fn must_fit(needed: u64, backups: &Path, free: &dyn Fn(&Path) -> Result<u64>) -> Result<()> {
    std::fs::create_dir_all(backups).map_err(|error| no_copy(backups).caused_by(error))?;
    let free = free(backups)?;
    if free >= needed {
        return Ok(());
    }
    Err(Error::new(
        Kind::Unavailable,
        format!(
            "The upgrade copies the database to {} first and needs {} there; {} are free. Nothing was changed: free \
             some space and start again, or go on with the older binary.",
            backups.display(),
            shown(needed),
            shown(free)
        ),
    ))
}

/// Bytes of the database, what is still in its write-ahead log included.
fn size_of(conn: &Connection) -> rusqlite::Result<u64> {
    let number = |pragma: &str| conn.query_row(pragma, [], |row| row.get::<_, u32>(0));
    Ok(u64::from(number("PRAGMA main.page_count")?) * u64::from(number("PRAGMA main.page_size")?))
}

fn free_space_at(place: &Path) -> Result<u64> {
    let stat = rustix::fs::statvfs(place).map_err(|error| Error::internal(std::io::Error::from(error)))?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

fn shown(bytes: u64) -> String {
    ByteSize::b(bytes).display().iec().to_string()
}

/// The schema's version of a file that nobody needs to serve.
pub fn schema_version(file: &Path) -> Result<Option<u32>> {
    version_of(&super::session::open_for_reading(file)?)
}

/// The schema's version, or none in a file that has no schema yet.
pub(super) fn version_of(conn: &Connection) -> Result<Option<u32>> {
    let has_history: bool = conn
        .query_row(
            "SELECT count(*) > 0 FROM main.sqlite_schema WHERE name = 'refinery_schema_history'",
            [],
            |row| row.get(0),
        )
        .map_err(explain)?;
    if !has_history {
        return Ok(None);
    }
    conn.query_row("SELECT max(version) FROM refinery_schema_history", [], |row| row.get(0)).map_err(explain)
}

fn copy_first(conn: &Connection, backups: &Path, version: u32, now: Timestamp) -> Result<PathBuf> {
    let copy = backups.join(format!("before-upgrade-from-{version}-at-{}.db", now.millis()));
    conn.backup("main", &copy, None::<fn(rusqlite::backup::Progress)>).map_err(|error| {
        // Half a copy is worse than none.
        let _ = std::fs::remove_file(&copy);
        no_copy(&copy).caused_by(error)
    })?;
    Ok(copy)
}

fn no_copy(place: &Path) -> Error {
    Error::new(
        Kind::Unavailable,
        format!(
            "The copy before the upgrade could not be written to {}; nothing was changed.",
            place.display()
        ),
    )
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

    /// A directory with a file of the newest schema, closed.
    fn place() -> (TempDir, PathBuf, PathBuf) {
        let dir = TempDir::new().expect("a temporary directory");
        let (file, backups) = (dir.path().join("steading.db"), dir.path().join("backups"));
        migrate(&file, &backups, NOW).expect("a new file");
        let conn = Connection::open(&file).expect("it opens");
        conn.pragma_update(None, "journal_mode", "WAL").expect("as the writer has it");
        conn.execute("UPDATE tenants SET name = 'of old'", []).expect("a row");
        drop(conn);
        (dir, file, backups)
    }

    /// The migrations of this binary and one more.
    fn and_one_more(sql: &str) -> Vec<Migration> {
        let mut migrations = embedded::migrations::runner().get_migrations().clone();
        migrations.push(Migration::unapplied("V9999__later_things", sql).expect("a migration"));
        migrations
    }

    fn plenty(_: &Path) -> Result<u64> {
        Ok(u64::MAX)
    }

    #[test]
    fn a_migration_that_fails_leaves_the_file_as_it_was_to_the_byte() {
        let (_dir, file, backups) = place();
        let before = fs::read(&file).expect("the file");
        let bad = "CREATE TABLE more (a TEXT) STRICT; UPDATE tenants SET name = 'of now'; INSERT INTO nowhere VALUES (1)";
        let refused = migrate_by(&and_one_more(bad), &plenty, &file, &backups, NOW).expect_err("it fails");
        assert!(refused.message().contains("is as it was before"), "{refused}");
        assert!(fs::read(&file).expect("the file") == before, "the file was changed");
        let upgrade = migrate(&file, &backups, NOW).expect("the older binary goes on with it");
        assert_eq!((upgrade.from, upgrade.copy), (Some(newest_version()), None));
    }

    #[test]
    fn a_migration_that_fails_leaves_what_a_crash_left_in_the_log_too() {
        let (_dir, file, backups) = place();
        let conn = Connection::open(&file).expect("it opens");
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).expect("an option");
        conn.execute("UPDATE tenants SET name = 'in the log'", []).expect("a row");
        drop(conn);
        let (log, before) = (file.with_file_name("steading.db-wal"), fs::read(&file).expect("the file"));
        assert!(fs::metadata(&log).is_ok_and(|log| log.len() > 0), "the row is in the log alone");
        let bad = and_one_more("INSERT INTO nowhere VALUES (1)");
        migrate_by(&bad, &plenty, &file, &backups, NOW).expect_err("it fails");
        assert!(fs::read(&file).expect("the file") == before, "the file was changed");
        let conn = Connection::open(&file).expect("it opens");
        let name: String = conn.query_row("SELECT name FROM tenants", [], |row| row.get(0)).expect("a row");
        assert_eq!(name, "in the log");
    }

    #[test]
    fn an_upgrade_without_space_for_its_copy_touches_nothing() {
        let (_dir, file, backups) = place();
        let before = fs::read(&file).expect("the file");
        let little = |_: &Path| Ok(1024 * 1024);
        let more = and_one_more("CREATE TABLE more (a TEXT) STRICT");
        let refused = migrate_by(&more, &little, &file, &backups, NOW).expect_err("there is no space");
        for part in ["1.0 MiB are free", "Nothing was changed", "backups"] {
            assert!(refused.message().contains(part), "{refused} does not say {part}");
        }
        assert!(fs::read(&file).expect("the file") == before, "the file was changed");
        assert_eq!(fs::read_dir(&backups).expect("the folder").count(), 0);
        let upgrade = migrate_by(&more, &plenty, &file, &backups, NOW).expect("there is space");
        assert_eq!((upgrade.from, upgrade.to), (Some(newest_version()), 9999));
    }
}
