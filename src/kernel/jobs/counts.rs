//! How many jobs are in which state: changes gathered within a write and added up once at its end;
//! and which jobs they were, for those who watch.

use super::engine::Jobs;
use super::model::{Job, JobState, QueueName};
use super::recent::Endings;
use super::store;
use super::watch::tell_watchers;
use crate::base::db::{SystemWrite, TenantNo};
use crate::base::{Id, Result};

type Place = (TenantNo, QueueName, JobState);

/// What one write changes.
#[derive(Default)]
pub(in crate::kernel) struct Counts {
    changes: Vec<(Place, i64)>,
    jobs: Vec<(TenantNo, Id<Job>)>,
    ended: Endings,
}

impl Counts {
    pub(super) fn add(&mut self, tenant: TenantNo, queue: &QueueName, state: JobState, change: i64) {
        let is_same = |place: &Place| place.0 == tenant && place.2 == state && place.1 == *queue;
        match self.changes.iter_mut().find(|(place, _)| is_same(place)) {
            Some((_, sum)) => *sum += change,
            None => self.changes.push(((tenant, queue.clone(), state), change)),
        }
    }

    /// A job was made in this state.
    pub(super) fn made(&mut self, tenant: TenantNo, queue: &QueueName, id: Id<Job>, state: JobState) {
        self.add(tenant, queue, state, 1);
        self.jobs.push((tenant, id));
    }

    pub(super) fn moved(
        &mut self,
        tenant: TenantNo,
        queue: &QueueName,
        id: Id<Job>,
        from: JobState,
        to: JobState,
    ) {
        self.add(tenant, queue, from, -1);
        self.add(tenant, queue, to, 1);
        self.ended.note(tenant, queue, to);
        self.jobs.push((tenant, id));
    }

    /// Adds them to the counters, in the transaction of what they count.
    pub(in crate::kernel) fn write(self, tx: &SystemWrite<'_>) -> Result<()> {
        let jobs = tx.attendant::<Jobs>()?;
        for ((tenant, queue, state), change) in self.changes.into_iter().filter(|(_, change)| *change != 0) {
            // Of a tenant that is being erased some counters are gone and some are not, and its jobs must
            // not hold up the round that they share with others.
            if jobs.is_gone(tenant) {
                continue;
            }
            if !store::add_to_count(tx, tenant, &queue, state, change)? && change > 0 {
                store::insert_count(tx, tenant, &queue, state, change)?;
            }
        }
        if !self.ended.is_empty() {
            let (jobs, ended) = (jobs.clone(), self.ended);
            tx.after_commit(move || jobs.remember(ended));
        }
        tell_watchers(tx, self.jobs)
    }
}
