//! The shim itself: a power cut takes what was not flushed, and nothing else.
//!
//! The one who writes is this very test binary, run again under the shim for a single test.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rusqlite::Connection;
use tempfile::TempDir;

use crate::control::{Control, Field, Manner};

const SYNCHRONOUS: &str = "STEADING_FAULTS_SYNCHRONOUS";
const DATABASE: &str = "STEADING_FAULTS_DATABASE";
const ROWS: i64 = 400;

/// Commits row after row, and says so of each. Without a database to write to it is nobody.
#[test]
fn a_writer() {
    let (Ok(file), Ok(synchronous)) = (env::var(DATABASE), env::var(SYNCHRONOUS)) else { return };
    let conn = Connection::open(file).expect("the file opens");
    conn.pragma_update(None, "journal_mode", "WAL").expect("a log");
    conn.pragma_update(None, "synchronous", synchronous).expect("an option");
    conn.pragma_update(None, "wal_autocheckpoint", "50").expect("an option");
    conn.execute_batch("CREATE TABLE rows (number INTEGER PRIMARY KEY, text TEXT)").expect("a table");
    for number in 1..=ROWS {
        let text = "x".repeat(1 + 31 * usize::try_from(number).expect("small") % 3_000);
        match conn.execute("INSERT INTO rows VALUES (?1, ?2)", (number, text)) {
            Ok(_) => println!("acknowledged {number}"),
            Err(error) => println!("refused {number}: {error}"),
        }
    }
}

struct Desk {
    dir: TempDir,
    data: PathBuf,
    control: Control,
}

impl Desk {
    fn new(seed: u64) -> Self {
        let dir = TempDir::new().expect("a temporary directory");
        let data = dir.path().canonicalize().expect("a path").join("data");
        std::fs::create_dir(&data).expect("a directory");
        let control = Control::new(&dir.path().join("control"));
        control.set(Field::Seed, seed);
        Self { dir, data, control }
    }

    fn database(&self) -> PathBuf {
        self.data.join("rows.db")
    }

    /// The rows that the writer says are committed.
    fn write(&self, synchronous: &str) -> (Vec<i64>, String) {
        let mut command = Command::new(env::current_exe().expect("this binary"));
        command.args(["--exact", "shim::a_writer", "--nocapture"]).current_dir(self.dir.path());
        command.env(DATABASE, self.database()).env(SYNCHRONOUS, synchronous);
        self.control.govern(&mut command, &self.data);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the writer runs");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let (mut rows, mut refused) = (Vec::new(), String::new());
        for line in lines.map_while(Result::ok) {
            // The first stands behind the words of the test runner.
            if let Some((_, number)) = line.split_once("acknowledged ") {
                rows.push(number.parse().expect("a number"));
            } else if let Some((_, why)) = line.split_once("refused ") {
                refused = why.to_owned();
            }
        }
        child.wait().expect("it ends");
        (rows, refused)
    }

    /// The rows that are there when the power is back, in a file that is whole.
    fn found(&self) -> Vec<i64> {
        let _ = std::fs::remove_file(self.data.join("rows.db-shm"));
        rows_of(&self.database())
    }
}

fn rows_of(file: &Path) -> Vec<i64> {
    let conn = Connection::open(file).expect("the file opens");
    let whole: String = conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("an answer");
    assert_eq!(whole, "ok");
    let Ok(mut statement) = conn.prepare("SELECT number FROM rows ORDER BY number") else {
        return Vec::new();
    };
    let rows = statement.query_map([], |row| row.get(0)).expect("rows");
    rows.map(|row| row.expect("a number")).collect()
}

#[test]
fn what_was_flushed_survives_a_power_cut() {
    for seed in 1..=24 {
        let desk = Desk::new(seed);
        desk.control.cut_as(
            [Manner::SomeOfIt, Manner::Nothing, Manner::ABeginning]
                [usize::try_from(seed % 3).expect("small")],
        );
        let field = if seed % 2 == 0 { Field::CutAtWrite } else { Field::CutAtFlush };
        desk.control.set(field, 20 + seed * 13);
        let (acknowledged, _) = desk.write("FULL");
        assert_eq!(desk.control.get(Field::HasCut), 1, "the power was cut with seed {seed}");
        let found = desk.found();
        let lost = acknowledged.iter().filter(|row| !found.contains(row)).count();
        assert_eq!(lost, 0, "seed {seed} lost {lost} of {} rows", acknowledged.len());
    }
}

#[test]
fn what_was_not_flushed_is_lost_in_a_power_cut() {
    let desk = Desk::new(7);
    desk.control.cut_as(Manner::Nothing);
    desk.control.set(Field::CutAtWrite, 300);
    let (acknowledged, _) = desk.write("OFF");
    assert!(acknowledged.len() > 20, "{acknowledged:?}");
    assert_eq!(desk.control.get(Field::HasCut), 1);
    assert_eq!(desk.found(), Vec::<i64>::new(), "not even the file was flushed");
}

#[test]
fn what_was_not_flushed_may_be_torn_in_a_power_cut() {
    let (mut torn, mut damaged) = (0, 0);
    for seed in 1..=12 {
        let desk = Desk::new(seed);
        desk.control.set(Field::CutAtWrite, 300);
        let (acknowledged, _) = desk.write("OFF");
        torn += desk.control.get(Field::Torn);
        let _ = std::fs::remove_file(desk.data.join("rows.db-shm"));
        let found = std::panic::catch_unwind(|| rows_of(&desk.database())).unwrap_or_default();
        damaged += usize::from(found.len() < acknowledged.len());
    }
    assert!(torn > 0 && damaged > 6, "{torn} writes were torn, {damaged} of 12 files lost rows");
}

#[test]
fn nothing_is_lost_without_a_cut() {
    let desk = Desk::new(1);
    let (acknowledged, _) = desk.write("OFF");
    assert_eq!(acknowledged.len() as i64, ROWS);
    assert_eq!(desk.found(), acknowledged);
    assert!(desk.control.get(Field::Writes) > ROWS.cast_unsigned(), "every write goes through the shim");
}

#[test]
fn errors_of_the_disk_are_met() {
    for (field, every, why) in [
        (Field::IsFull, 1, "full"),
        (Field::FailingWrite, 1, "I/O"),
        (Field::FailingFlush, 1, "I/O"),
        (Field::FailingRead, 3, "I/O"),
    ] {
        let desk = Desk::new(1);
        let (before, _) = desk.write("FULL");
        assert_eq!(before.len() as i64, ROWS);
        let conn = Connection::open(desk.database()).expect("the file opens");
        conn.execute_batch("DROP TABLE rows").expect("it begins anew");
        drop(conn);
        desk.control.set(field, every);
        let said = std::panic::catch_unwind(|| desk.write("FULL")).expect("the writer ends by itself");
        assert!(said.0.len() < before.len(), "{field:?} is met");
        assert!(said.1.is_empty() || said.1.contains(why), "{field:?}: {}", said.1);
        assert!(desk.control.get(Field::Failed) > 0);
    }
}
