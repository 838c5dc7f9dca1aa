//! One hostile statement, how it should end, and how it did.

use std::fmt::Write;
use std::time::Duration;

use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode};
use steading::base::Error;
use steading::base::db::session::{Shared, Voice, prepare};

/// How a statement ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Refused before it ran: the authorizer, or the gate before the engine.
    Denied,
    /// Not a statement to the engine: no such table, no such syntax.
    Invalid,
    /// It began and was stopped by a constraint, a limit or the time.
    Fails,
    /// It ran to its end.
    Runs,
}

#[derive(Debug, Clone, Copy)]
pub struct Attack {
    pub sql: &'static str,
    pub ending: Ending,
    /// It would never end by itself, so it gets little time.
    pub is_endless: bool,
}

pub const fn denied(sql: &'static str) -> Attack {
    Attack { sql, ending: Ending::Denied, is_endless: false }
}

pub const fn invalid(sql: &'static str) -> Attack {
    Attack { sql, ending: Ending::Invalid, is_endless: false }
}

pub const fn fails(sql: &'static str) -> Attack {
    Attack { sql, ending: Ending::Fails, is_endless: false }
}

pub const fn runs(sql: &'static str) -> Attack {
    Attack { sql, ending: Ending::Runs, is_endless: false }
}

pub const fn endless(sql: &'static str) -> Attack {
    Attack { sql, ending: Ending::Fails, is_endless: true }
}

/// What the attacker learned: names of columns, every cell, or the engine's own words of failure.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    pub ending: Ending,
    pub transcript: String,
}

/// Rows that are looked at; more could only repeat themselves.
const MOST_ROWS: usize = 500;

const ENOUGH_TIME: Duration = Duration::from_secs(10);
const LITTLE_TIME: Duration = Duration::from_millis(20);

impl Attack {
    /// Runs `sql`, which is this attack with its blanks filled in, as a tenant's handle would.
    pub fn run(&self, conn: &Connection, shared: &Shared, sql: &str, is_gated: bool) -> Outcome {
        shared.speak_as(Voice::Tenant);
        shared.allow(if self.is_endless { LITTLE_TIME } else { ENOUGH_TIME });
        let prepared = match is_gated {
            true => prepare(conn, Voice::Tenant, sql),
            false => conn.prepare_cached(sql).map_err(Error::internal),
        };
        let mut statement = match prepared {
            Ok(statement) => statement,
            Err(error) => return refusal(&error),
        };
        let mut transcript = statement.column_names().collect::<Vec<_>>().join(" ") + "\n";
        let columns = statement.column_count();
        let mut rows = statement.raw_query();
        for _ in 0..MOST_ROWS {
            match rows.next() {
                Ok(Some(row)) => {
                    for column in 0..columns {
                        let cell: Value = row.get(column).expect("any value");
                        let _ = write!(transcript, "{cell:?} ");
                    }
                    transcript.push('\n');
                }
                Ok(None) => return Outcome { ending: Ending::Runs, transcript },
                // How far it came until the time was up says nothing.
                Err(error) if is_interrupt(&error) => {
                    return Outcome { ending: Ending::Fails, transcript: "interrupted".into() };
                }
                Err(error) => {
                    let _ = write!(transcript, "{error}");
                    return Outcome { ending: Ending::Fails, transcript };
                }
            }
        }
        Outcome { ending: Ending::Runs, transcript }
    }
}

fn refusal(error: &Error) -> Outcome {
    let cause = error.cause().expect("a failure of the engine has a cause");
    let transcript = cause.to_string();
    let code = cause.downcast_ref::<rusqlite::Error>().map(rusqlite::Error::sqlite_error_code);
    let ending = match code {
        Some(Some(ErrorCode::AuthorizationForStatementDenied)) | None => Ending::Denied,
        // The one refusal of the authorizer that has no code of its own.
        Some(_) if transcript.starts_with("not authorized to use function") => Ending::Denied,
        Some(_) => Ending::Invalid,
    };
    Outcome { ending, transcript }
}

fn is_interrupt(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted)
}
