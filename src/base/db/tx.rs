//! What a store function is given: a tenant's read or write, or the kernel's.
//!
//! The type says whose code runs. `Read` and `Write` speak for one tenant and see its rows alone;
//! `SystemRead` and `SystemWrite` speak for the kernel and see all. A `Write` is a `Read` too.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::ops::Deref;

use super::session::{Session, Voice};
use super::sql::Sql;
use super::value::{Fitting, FromRow, Param};
use crate::base::{Error, Result};

/// Whose code runs: a tenant's.
pub struct OfTenant;
/// Whose code runs: the kernel's.
pub struct OfSystem;

/// Ties a handle's type to the voice in which its statements are prepared.
pub trait Scope {
    const VOICE: Voice;
}

impl Scope for OfTenant {
    const VOICE: Voice = Voice::Tenant;
}

impl Scope for OfSystem {
    const VOICE: Voice = Voice::System;
}

pub type Read<'s> = Reading<'s, OfTenant>;
pub type Write<'s> = Writing<'s, OfTenant>;
pub type SystemRead<'s> = Reading<'s, OfSystem>;
pub type SystemWrite<'s> = Writing<'s, OfSystem>;

/// Something to do once the transaction is on disk, such as waking a worker.
pub type AfterCommit = Box<dyn FnOnce() + Send>;

pub struct Reading<'s, S: Scope> {
    session: &'s Session,
    scope: PhantomData<S>,
}

impl<'s, S: Scope> Reading<'s, S> {
    pub(super) fn new(session: &'s Session) -> Self {
        Self { session, scope: PhantomData }
    }

    /// The first row of the answer, if there is one.
    pub fn maybe<T: FromRow>(&self, sql: &Sql, params: &[Param<'_>]) -> Result<Option<T>> {
        let mut found = None;
        self.session.query(S::VOICE, sql, params, |row| {
            found = Some(T::from_row(row)?);
            Ok(false)
        })?;
        Ok(found)
    }

    /// The first row of an answer that always has one, such as a count.
    pub fn one<T: FromRow>(&self, sql: &Sql, params: &[Param<'_>]) -> Result<T> {
        self.maybe(sql, params)?.ok_or_else(|| Error::internal(format!("{} answered no row", sql.name)))
    }

    /// Every row of the answer. The statement has a LIMIT or a small table under it.
    pub fn all<T: FromRow>(&self, sql: &Sql, params: &[Param<'_>]) -> Result<Vec<T>> {
        self.session.all(S::VOICE, sql, params)
    }

    /// The first rows of the answer, of so many bytes together, where a row may be large.
    pub fn fitting<T: FromRow>(&self, sql: &Sql, params: &[Param<'_>], room: usize) -> Result<Fitting<T>> {
        self.session.fitting(S::VOICE, sql, params, room)
    }
}

/// A part of a transaction. What it does is undone when its closure fails, and nobody is told that
/// it succeeded before it is on disk.
pub struct Writing<'s, S: Scope> {
    reading: Reading<'s, S>,
    after: &'s RefCell<Vec<AfterCommit>>,
}

impl<'s, S: Scope> Deref for Writing<'s, S> {
    type Target = Reading<'s, S>;

    fn deref(&self) -> &Self::Target {
        &self.reading
    }
}

impl<'s, S: Scope> Writing<'s, S> {
    pub(super) fn new(session: &'s Session, after: &'s RefCell<Vec<AfterCommit>>) -> Self {
        Self { reading: Reading::new(session), after }
    }

    /// Runs a statement whose answer does not matter. To learn what a tenant's statement changed,
    /// give it RETURNING and ask with `maybe` or `all`: through a view the engine counts nothing.
    pub fn run(&self, sql: &Sql, params: &[Param<'_>]) -> Result<()> {
        self.reading.session.query(S::VOICE, sql, params, |_| Ok(true))
    }

    /// Whom the kernel left with the store, to be told what this write causes.
    pub fn attendant<A: 'static>(&self) -> Result<&'s A> {
        let found = self.reading.session.attendant();
        found.ok_or_else(|| Error::internal("nobody attends the store's writes"))
    }

    /// Does something once this write is on disk, before its caller is answered. It must be quick
    /// and must not fail: waking a poller, refreshing what memory holds.
    pub fn after_commit(&self, act: impl FnOnce() + Send + 'static) {
        self.after.borrow_mut().push(Box::new(act));
    }
}

impl<'s> Writing<'s, OfTenant> {
    /// The kernel's view of the same transaction, for what a tenant's write causes in the engine.
    /// Only `kernel` may call it.
    pub fn system(&self) -> SystemWrite<'s> {
        Writing::new(self.reading.session, self.after)
    }
}

impl Reading<'_, OfSystem> {
    pub(super) fn session(&self) -> &Session {
        self.session
    }
}

impl Writing<'_, OfSystem> {
    /// Runs a statement and counts the rows that it changed.
    pub fn count(&self, sql: &Sql, params: &[Param<'_>]) -> Result<u64> {
        self.run(sql, params)?;
        Ok(self.reading.session.changes())
    }
}
