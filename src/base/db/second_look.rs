//! A second look at a file of which a damaged page was read. To the engine a disk that fails to read
//! for a moment looks the same as a page that is damaged for good; only looking again tells.

use std::path::{Path, PathBuf};
use std::sync::Weak;
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::health::Health;

const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// Looks through the whole file, as often as it takes to be able to, and says so when it is whole.
pub(super) fn take(file: PathBuf, health: Weak<Health>) {
    let look = move || {
        let mut wait = FIRST_WAIT;
        loop {
            thread::sleep(wait);
            let Some(health) = health.upgrade() else { return };
            match is_whole(&file) {
                Ok(true) => return health.is_whole_after_all(),
                Ok(false) => return,
                Err(_) => wait = (wait * 2).min(LONGEST_WAIT),
            }
        }
    };
    if let Err(error) = thread::Builder::new().name("second look".into()).spawn(look) {
        tracing::warn!(%error, "no thread could be had to look at the database file again");
    }
}

fn is_whole(file: &Path) -> rusqlite::Result<bool> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(file, flags)?;
    conn.busy_timeout(FIRST_WAIT)?;
    let said: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    Ok(said == "ok")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt;

    use super::*;

    #[test]
    fn a_spoilt_page_is_seen_and_a_whole_file_is_whole() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("it.db");
        let conn = Connection::open(&file).expect("it opens");
        conn.execute_batch(
            "CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT);
             WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 2000)
             INSERT INTO t SELECT n, printf('%050d', n) FROM n;",
        )
        .expect("it is filled");
        drop(conn);
        assert_eq!(is_whole(&file), Ok(true));
        let raw = std::fs::OpenOptions::new().write(true).open(&file).expect("it opens");
        raw.write_all_at(&[0xff; 4_096], 4_096 * 5).expect("it is spoilt");
        assert_ne!(is_whole(&file), Ok(true));
    }
}
