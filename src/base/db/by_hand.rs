//! A store by hand, for simulations: on a thread that has taken one up, a store that is opened has no
//! threads. Who plays says when the writer and the readers take their turns, sees what each statement
//! changes, and has the process die between any two.

use std::cell::RefCell;
use std::path::Path;

use rusqlite::hooks::Action;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension};

use super::failure::explain;
use super::{Db, TenantNo};
use crate::base::{Error, Result};

/// A table whose rows are looked at.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    pub name: &'static str,
    /// What to select, with commas between.
    pub columns: &'static str,
}

/// What stands in a column of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Nothing,
    Int(i64),
    Text(String),
}

/// Rows with their numbers; nothing for one that is no more.
pub type Touched = Vec<(&'static str, i64, Option<Vec<Cell>>)>;

/// What who plays sees of the writer.
#[derive(Debug)]
pub enum Seen {
    /// A write began its part of the transaction: whose it is, and at which moment it was asked for.
    Piece(Option<TenantNo>, u64),
    /// A statement changed these rows.
    Changed(&'static str, Touched),
    /// The write is done, or undone.
    Done,
    Undone,
    Committed,
    /// The transaction is gone with all writes in it.
    Lost,
}

/// What came of a turn of the writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    Nothing,
    Wrote,
    Died,
}

struct Hand {
    tables: &'static [Table],
    tell: Box<dyn FnMut(Seen)>,
    touched: Vec<(&'static str, i64)>,
    boundaries: u64,
    dies_at: Option<u64>,
    fails_at: Option<u64>,
    fails_to_commit: bool,
    moment: u64,
}

thread_local! {
    static HAND: RefCell<Option<Hand>> = const { RefCell::new(None) };
}

fn with_hand<T>(act: impl FnOnce(&mut Hand) -> T) -> Option<T> {
    HAND.with_borrow_mut(|hand| hand.as_mut().map(act))
}

/// What this thread opens from now on is by hand.
pub fn take_up(tables: &'static [Table], tell: impl FnMut(Seen) + 'static) {
    let tell = Box::new(tell);
    HAND.set(Some(Hand {
        tables,
        tell,
        touched: Vec::new(),
        boundaries: 0,
        dies_at: None,
        fails_at: None,
        fails_to_commit: false,
        moment: 0,
    }));
}

pub fn put_down() {
    HAND.set(None);
}

pub fn is_on() -> bool {
    HAND.with_borrow(Option::is_some)
}

/// Boundaries between statements so far.
pub fn boundaries() -> u64 {
    with_hand(|hand| hand.boundaries).unwrap_or_default()
}

/// The process dies at the boundary after so many; or lives on.
pub fn die_after(more: Option<u64>) {
    with_hand(|hand| hand.dies_at = more.map(|more| hand.boundaries + more));
}

/// The disk is full at the boundary after so many, and has room again at the next; or it lasts.
pub fn fail_after(more: Option<u64>) {
    with_hand(|hand| {
        hand.fails_at = more.map(|more| hand.boundaries + more);
        hand.fails_to_commit &= more.is_some();
    });
}

/// The disk is full when the next transaction is to be committed.
pub fn fail_to_commit() {
    with_hand(|hand| hand.fails_to_commit = true);
}

/// Writes that are asked for from now on are of this moment.
pub fn set_moment(moment: u64) {
    with_hand(|hand| hand.moment = moment);
}

pub(super) fn moment() -> u64 {
    with_hand(|hand| hand.moment).unwrap_or_default()
}

/// A place where a process may die. Whether it is dead.
pub(super) fn dies_here() -> bool {
    let dies = with_hand(|hand| {
        hand.boundaries += 1;
        hand.dies_at.is_some_and(|at| at <= hand.boundaries)
    });
    dies.unwrap_or_default()
}

/// A place before a statement. A dead process gets no further, and a disk may fail.
pub(super) fn boundary() -> Result<()> {
    boundary_before("a statement")
}

pub(super) fn boundary_before(text: &str) -> Result<()> {
    if dies_here() {
        return Err(Error::internal("the process has died"));
    }
    let fails = with_hand(|hand| {
        let boundary = hand.boundaries;
        // To give up what was written takes no room.
        let fails_here = text != "ROLLBACK" && hand.fails_at.take_if(|at| *at <= boundary).is_some();
        fails_here || text == "COMMIT" && std::mem::take(&mut hand.fails_to_commit)
    });
    match fails {
        Some(true) => {
            let full = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL);
            Err(explain(rusqlite::Error::SqliteFailure(full, None)))
        }
        _ => Ok(()),
    }
}

/// Notes which rows the writer's connection touches.
pub(super) fn watch(conn: &mut Connection) -> rusqlite::Result<()> {
    let Some(tables) = with_hand(|hand| hand.tables) else { return Ok(()) };
    conn.update_hook(Some(move |_: Action, _: &str, table: &str, row: i64| {
        let Some(known) = tables.iter().find(|known| known.name == table) else { return };
        with_hand(|hand| hand.touched.push((known.name, row)));
    }))
}

/// Tells of the rows that a statement touched.
pub(super) fn look(conn: &Connection, statement: &'static str) -> Result<()> {
    let Some((mut touched, tables)) = with_hand(|hand| (std::mem::take(&mut hand.touched), hand.tables))
    else {
        return Ok(());
    };
    if touched.is_empty() {
        return Ok(());
    }
    touched.sort_unstable();
    touched.dedup();
    let mut rows = Vec::with_capacity(touched.len());
    for (name, row) in touched {
        let table = tables.iter().find(|table| table.name == name).expect("it was found before");
        rows.push((name, row, find_row(conn, table, row).map_err(explain)?));
    }
    with_hand(|hand| (hand.tell)(Seen::Changed(statement, rows)));
    Ok(())
}

fn find_row(conn: &Connection, table: &Table, row: i64) -> rusqlite::Result<Option<Vec<Cell>>> {
    let text = format!("/* store */ SELECT {} FROM {} WHERE rowid = ?1", table.columns, table.name);
    conn.prepare_cached(&text)?.query_row([row], |row| cells(row, 0)).optional()
}

fn cells(row: &rusqlite::Row<'_>, from: usize) -> rusqlite::Result<Vec<Cell>> {
    let count = row.as_ref().column_count();
    let cell = |place| {
        Ok(match row.get_ref(place)? {
            ValueRef::Integer(number) => Cell::Int(number),
            ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
            ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => Cell::Nothing,
        })
    };
    (from..count).map(cell).collect()
}

pub(super) fn begin_piece(tenant: Option<TenantNo>, moment: u64) {
    with_hand(|hand| (hand.tell)(Seen::Piece(tenant, moment)));
}

/// The writer's transaction went on.
pub(super) fn controlled(text: &'static str) {
    let seen = match text {
        "RELEASE piece" => Seen::Done,
        "ROLLBACK TO piece" => Seen::Undone,
        "COMMIT" => Seen::Committed,
        "ROLLBACK" => Seen::Lost,
        _ => return,
    };
    with_hand(|hand| {
        hand.touched.clear();
        (hand.tell)(seen);
    });
}

/// Rows with their numbers.
pub type Rows = Vec<(i64, Vec<Cell>)>;

/// All rows of these tables, read past the store.
pub fn rows_of(file: &Path, tables: &[Table]) -> Result<Vec<Rows>> {
    let conn = Connection::open(file).map_err(explain)?;
    tables.iter().map(|table| rows_in(&conn, table)).collect()
}

fn rows_in(conn: &Connection, table: &Table) -> Result<Rows> {
    let text = format!("SELECT rowid, {} FROM {} ORDER BY rowid", table.columns, table.name);
    let mut select = conn.prepare(&text).map_err(explain)?;
    let rows = select.query_map([], |row| Ok((row.get(0)?, cells(row, 1)?))).map_err(explain)?;
    rows.collect::<rusqlite::Result<_>>().map_err(explain)
}

impl Db {
    /// The writer takes its turn, with a batch of at most so many pieces.
    pub fn turn_writer(&self, most: usize) -> Turn {
        self.writer.turn(most, &self.health)
    }

    /// A reader takes its turn. Whether there was something to read.
    pub fn turn_reader(&self) -> Result<bool> {
        self.readers.turn()
    }
}
