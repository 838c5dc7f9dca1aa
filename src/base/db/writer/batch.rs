//! A batch: many pieces of work, one transaction.
//!
//! A piece that fails is rolled back to its savepoint and costs the others nothing. Some failures
//! (a time limit inside a write, OR ROLLBACK) throw the whole transaction away, past the savepoints;
//! then the batch runs again without the piece that did it. A fault of the disk below fails all.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use super::work::{Work, message_of};
use crate::base::db::failure::is_storage_fault;
use crate::base::db::health::Health;
use crate::base::db::session::Session;
use crate::base::db::tx::AfterCommit;
use crate::base::{Error, Result};

#[derive(Default)]
pub(super) struct Batch {
    pieces: Vec<Piece>,
}

struct Piece {
    work: Box<dyn Work>,
    outcome: Result<()>,
    /// It threw a transaction away and does not run again.
    is_out: bool,
    after: RefCell<Vec<AfterCommit>>,
}

/// How one run through the batch ended.
enum Run {
    Whole,
    /// The transaction is gone; the piece that did it is out.
    Lost,
    /// The disk below failed: why.
    Fault(Error),
}

impl Batch {
    pub(super) fn push(&mut self, work: Box<dyn Work>) {
        self.pieces.push(Piece { work, outcome: Ok(()), is_out: false, after: RefCell::default() });
    }

    pub(super) fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Writes the batch. Gives back the fault when the storage failed. Nobody is answered yet.
    pub(super) fn commit(&mut self, session: &Session, health: &Health) -> Option<Error> {
        let changes = session.total_changes();
        let fault = loop {
            match self.run(session, health) {
                Ok(Run::Whole) => {
                    let began = Instant::now();
                    let committed = session.control("COMMIT");
                    // What changes nothing is not flushed.
                    if committed.is_ok() && session.total_changes() != changes {
                        health.flushes.note(began.elapsed());
                    }
                    break committed.err();
                }
                Ok(Run::Lost) => {}
                Ok(Run::Fault(error)) | Err(error) => break Some(error),
            }
        };
        if fault.is_some() && !session.is_autocommit() {
            let _ = session.control("ROLLBACK");
        }
        fault
    }

    /// Answers everybody.
    pub(super) fn answer(self, fault: Option<&Error>) {
        match fault {
            None => self.acknowledge(),
            Some(error) => self.refuse(error),
        }
    }

    fn run(&mut self, session: &Session, health: &Health) -> Result<Run> {
        // The disk may have kept the last batch from being given up.
        if !session.is_autocommit() {
            session.control("ROLLBACK")?;
        }
        session.control("BEGIN IMMEDIATE")?;
        for piece in self.pieces.iter_mut().filter(|piece| !piece.is_out) {
            piece.after.borrow_mut().clear();
            session.control("SAVEPOINT piece")?;
            piece.outcome = piece.work.attempt(session, &piece.after);
            if let Err(error) = &piece.outcome
                && is_storage_fault(error)
            {
                health.watch(error);
                return Ok(Run::Fault(copy(error)));
            }
            if session.is_autocommit() {
                piece.is_out = true;
                if piece.outcome.is_ok() {
                    piece.outcome = Err(Error::internal("a write ended the transaction it was part of"));
                }
                return Ok(Run::Lost);
            }
            if piece.outcome.is_err() {
                session.control("ROLLBACK TO piece")?;
            }
            session.control("RELEASE piece")?;
        }
        Ok(Run::Whole)
    }

    /// It is on disk: first what follows from it, then the answers.
    fn acknowledge(self) {
        for piece in self.pieces {
            if piece.outcome.is_ok() {
                piece.after.into_inner().into_iter().for_each(follow);
            }
            piece.work.answer(piece.outcome);
        }
    }

    /// Nothing of it is on disk: everybody who did not fail by himself hears why.
    fn refuse(self, fault: &Error) {
        for piece in self.pieces {
            let outcome = if piece.is_out { piece.outcome } else { Err(copy(fault)) };
            piece.work.answer(outcome);
        }
    }
}

/// Does what follows from a write. A panic there must not take the writer with it.
fn follow(act: AfterCommit) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(act)) {
        tracing::error!(panic = message_of(&*panic), "what follows from a write panicked; the write stands");
    }
}

/// The same failure for one more caller. The cause stays with the first, as text.
fn copy(error: &Error) -> Error {
    let copied = match error.retry_after() {
        Some(_) => Error::unavailable(error.message().to_owned()),
        None => Error::new(error.kind(), error.message().to_owned()),
    };
    match error.cause() {
        Some(cause) => copied.caused_by(cause.to_string()),
        None => copied,
    }
}
