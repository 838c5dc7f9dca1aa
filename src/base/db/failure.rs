//! Turns the engine's errors into ours. Names of base tables and statement text stay in the log.

use rusqlite::ErrorCode;
use rusqlite::ffi;

use crate::base::{Error, Kind};

/// What a failed statement means to the one who asked.
pub(super) fn explain(error: rusqlite::Error) -> Error {
    let Some(code) = extended_code(&error) else { return Error::internal(error) };
    match code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY => Error::conflict(
            "This already exists; choose another name or id, or change the one that is there.",
        )
        .caused_by(error),
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => {
            Error::conflict("Something that this refers to does not exist, or something still refers to it.")
                .caused_by(error)
        }
        _ => match code & 0xff {
            ffi::SQLITE_INTERRUPT => Error::unavailable(
                "This took longer than the time limit of the database; ask for less at once, or try again.",
            ),
            ffi::SQLITE_FULL => {
                Error::unavailable("The disk is full; nothing was written. Free some space and try again.")
                    .caused_by(error)
            }
            ffi::SQLITE_IOERR | ffi::SQLITE_READONLY | ffi::SQLITE_CANTOPEN => Error::unavailable(
                "The data directory can't be written or read; see the server's log for why.",
            )
            .caused_by(error),
            ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED => {
                Error::unavailable("Another program holds the database; stop it and try again.")
                    .caused_by(error)
            }
            ffi::SQLITE_CORRUPT | ffi::SQLITE_NOTADB => Error::new(
                Kind::Unavailable,
                "The database file is damaged; stop the server, run `steading check`, and restore a backup.",
            )
            .caused_by(error),
            ffi::SQLITE_TOOBIG => {
                Error::new(Kind::PayloadTooLarge, "A value is larger than the database accepts.")
            }
            _ => Error::internal(error),
        },
    }
}

/// Whether the storage below failed, so that no other write of the batch could have worked.
pub(super) fn is_storage_fault(error: &Error) -> bool {
    let engine = error.cause().and_then(|cause| cause.downcast_ref::<rusqlite::Error>());
    engine.and_then(rusqlite::Error::sqlite_error_code).is_some_and(|code| {
        matches!(
            code,
            ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::ReadOnly
                | ErrorCode::CannotOpen
                | ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::DatabaseBusy
        )
    })
}

/// Whether the file itself is damaged, which no further try mends.
pub(super) fn is_damage(error: &Error) -> bool {
    let engine = error.cause().and_then(|cause| cause.downcast_ref::<rusqlite::Error>());
    let code = engine.and_then(rusqlite::Error::sqlite_error_code);
    matches!(code, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

fn extended_code(error: &rusqlite::Error) -> Option<i32> {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => Some(failure.extended_code),
        rusqlite::Error::SqlInputError { error, .. } => Some(error.extended_code),
        _ => None,
    }
}
