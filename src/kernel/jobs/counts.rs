//! How many jobs are in which state: changes gathered within a write and added up once at its end.

use super::model::{JobState, QueueName};
use super::store;
use crate::base::Result;
use crate::base::db::{SystemWrite, TenantNo};

type Place = (TenantNo, QueueName, JobState);

/// What one write changes.
#[derive(Default)]
pub(super) struct Counts(Vec<(Place, i64)>);

impl Counts {
    pub(super) fn add(&mut self, tenant: TenantNo, queue: &QueueName, state: JobState, change: i64) {
        let is_same = |place: &Place| place.0 == tenant && place.2 == state && place.1 == *queue;
        match self.0.iter_mut().find(|(place, _)| is_same(place)) {
            Some((_, sum)) => *sum += change,
            None => self.0.push(((tenant, queue.clone(), state), change)),
        }
    }

    pub(super) fn moved(&mut self, tenant: TenantNo, queue: &QueueName, from: JobState, to: JobState) {
        self.add(tenant, queue, from, -1);
        self.add(tenant, queue, to, 1);
    }

    /// Adds them to the counters, in the transaction of what they count.
    pub(super) fn write(self, tx: &SystemWrite<'_>) -> Result<()> {
        for ((tenant, queue, state), change) in self.0.into_iter().filter(|(_, change)| *change != 0) {
            // Only of a tenant that is being erased is there nothing to take from, and its jobs must
            // not hold up the round that they share with others.
            if !store::add_to_count(tx, tenant, &queue, state, change)? && change > 0 {
                store::insert_count(tx, tenant, &queue, state, change)?;
            }
        }
        Ok(())
    }
}
