//! What people do by hand to all jobs that a filter finds. What was found is done a little at a time, so that others
//! write meanwhile; or in one write, when its reply is to be kept for a repeat. The audit has one row of it, from
//! the write that begins it.

use std::sync::Arc;

use serde_json::json;

use super::admin::{cancel_job, delete_job, retry_job};
use super::engine::Jobs;
use super::list::list_among;
use super::model::{Job, JobFilter};
use crate::base::db::Write;
use crate::base::{Error, Id, Kind, Result, Timestamp};
use crate::kernel::audit::{self, Act, said_by};
use crate::kernel::{Hand, Kernel, Who};

/// Jobs that one call takes at most, and those that one write does.
pub const MOST_AT_ONCE: usize = 10_000;
const A_PIECE: usize = 100;

/// Jobs that one call takes at most when it does them all in one write.
pub const MOST_IN_ONE_WRITE: usize = 500;

/// Jobs that are looked up at a time, and the rows that are looked at for it.
const A_PAGE: usize = 1_000;
const ROWS_A_PAGE: usize = 10_000;

/// What is done to many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkAct {
    Retry,
    Cancel,
    Delete,
}

/// What was done to many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BulkReport {
    pub matched: usize,
    pub done: usize,
    /// There are more than one call takes.
    pub has_more: bool,
}

/// What a filter found, before anything is done to it.
#[derive(Debug)]
pub struct Many {
    act: BulkAct,
    filter: JobFilter,
    ids: Vec<Id<Job>>,
    has_more: bool,
}

impl Many {
    /// Looks for the jobs that the filter finds, at most so many.
    pub async fn find(
        kernel: &Kernel,
        who: &Who,
        act: BulkAct,
        filter: JobFilter,
        most: usize,
    ) -> Result<Self> {
        let (mut ids, mut rest) = (Vec::new(), filter.clone());
        loop {
            let (asked, limit) = (rest.clone(), A_PAGE.min(most - ids.len()));
            let found = kernel.db.read(who, move |tx| list_among(tx, &asked, ROWS_A_PAGE, limit)).await?;
            ids.extend(found.jobs.iter().map(|job| job.id));
            match found.goes_on_after {
                Some(_) if ids.len() >= most => return Ok(Self { act, filter, ids, has_more: true }),
                Some(last) => rest.before = Some(last),
                None => return Ok(Self { act, filter, ids, has_more: false }),
            }
        }
    }

    /// What there is to do, and nothing done.
    pub fn counted(&self) -> BulkReport {
        BulkReport { matched: self.ids.len(), done: 0, has_more: self.has_more }
    }

    /// Does all of it in this write. Jobs that are in no state for it, and those of kinds that need more than he holds,
    /// are left as they are.
    pub fn act(&self, tx: &Write<'_>, by: &Hand, now: Timestamp) -> Result<BulkReport> {
        self.begin(tx, by, now)?;
        Ok(BulkReport { done: self.act.on_each(tx, by, &self.ids, now)?, ..self.counted() })
    }

    /// Writes down what is about to be done, unless that is nothing.
    fn begin(&self, tx: &Write<'_>, who: &Who, now: Timestamp) -> Result<()> {
        if self.ids.is_empty() {
            return Ok(());
        }
        let act = match self.act {
            BulkAct::Retry => Act::new("jobs.retried", "jobs"),
            BulkAct::Cancel => Act::new("jobs.cancelled", "jobs"),
            BulkAct::Delete => Act::new("jobs.deleted", "jobs"),
        };
        let filter = said_by(&self.filter)?;
        let found = json!({ "filter": filter, "found": self.ids.len(), "hasMore": self.has_more });
        audit::record(tx, who, &act.after(found)?, now)
    }
}

impl Jobs {
    /// Does it to every job that the filter finds, a little at a time.
    pub async fn bulk(
        &self,
        kernel: &Kernel,
        by: &Hand,
        act: BulkAct,
        filter: JobFilter,
    ) -> Result<BulkReport> {
        let many = Arc::new(Many::find(kernel, by, act, filter, MOST_AT_ONCE).await?);
        let mut report = many.counted();
        for start in (0..many.ids.len()).step_by(A_PIECE) {
            let (many, hand, now) = (Arc::clone(&many), by.clone(), self.now());
            let piece = move |tx: &Write<'_>| {
                if start == 0 {
                    many.begin(tx, &hand, now)?;
                }
                let end = many.ids.len().min(start + A_PIECE);
                act.on_each(tx, &hand, &many.ids[start..end], now)
            };
            report.done += kernel.db.write(by, piece).await?;
        }
        Ok(report)
    }
}

impl BulkAct {
    /// Does it to these, and says to how many it could be done.
    fn on_each(self, tx: &Write<'_>, by: &Hand, ids: &[Id<Job>], now: Timestamp) -> Result<usize> {
        ids.iter().try_fold(0, |sum, id| match self.on(tx, by, *id, now) {
            Ok(()) => Ok(sum + 1),
            Err(error) if is_left(&error) => Ok(sum),
            Err(error) => Err(error),
        })
    }

    fn on(self, tx: &Write<'_>, by: &Hand, id: Id<Job>, now: Timestamp) -> Result<()> {
        match self {
            Self::Retry => retry_job(tx, by, id, now).map(drop),
            Self::Cancel => cancel_job(tx, by, id, now).map(drop),
            Self::Delete => delete_job(tx, by, id),
        }
    }
}

/// Whether one job is left as it is while the same is done to others.
fn is_left(error: &Error) -> bool {
    matches!(error.kind(), Kind::Conflict | Kind::NotFound | Kind::Forbidden)
}
