//! What is counted in the rows of all tenants, for the figures.

use crate::base::db::{FromRow, Only, Row, SystemRead};
use crate::base::{Result, Timestamp};
use crate::{bind, sql};

/// Jobs of one queue's name, in all tenants, in one state.
pub(super) struct JobCount {
    pub queue: String,
    pub state: String,
    pub jobs: i64,
}

impl FromRow for JobCount {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self { queue: row.take("queue")?, state: row.take("state")?, jobs: row.take("jobs")? })
    }
}

pub(super) struct Named {
    pub name: String,
    pub number: i64,
}

impl FromRow for Named {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self { name: row.take("name")?, number: row.take("number")? })
    }
}

pub(super) fn sum_job_counts(tx: &SystemRead<'_>) -> Result<Vec<JobCount>> {
    tx.all(sql!("sum_job_counts"), bind! {})
}

/// Since when the job waits that was made first of those that are ready.
pub(super) fn find_longest_wait(tx: &SystemRead<'_>) -> Result<Option<Timestamp>> {
    let Only(at) = tx.one(sql!("find_longest_wait"), bind! {})?;
    Ok(at)
}

pub(super) fn count_handlers(tx: &SystemRead<'_>) -> Result<Vec<Named>> {
    tx.all(sql!("count_handlers"), bind! {})
}

pub(super) fn count_letters(tx: &SystemRead<'_>) -> Result<i64> {
    let Only(letters) = tx.one(sql!("count_letters"), bind! {})?;
    Ok(letters)
}
