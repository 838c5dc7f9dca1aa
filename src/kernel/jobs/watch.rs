//! Watching jobs: which of a tenant's jobs have changed, told after the commit that changed them to
//! those who listen. A listener that falls behind is told so; nothing is kept for it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::broadcast::{self, Receiver, Sender};

use super::engine::Jobs;
use super::model::Job;
use crate::base::db::{SystemWrite, TenantNo};
use crate::base::{Id, Result};
use crate::kernel::limits::Streams;

/// Commits that one who listens may be behind.
const BACKLOG: usize = 64;

type Changed = std::sync::Arc<[Id<Job>]>;

#[derive(Default)]
pub(super) struct Watch(Mutex<HashMap<TenantNo, Sender<Changed>>>);

impl Watch {
    fn channels(&self) -> MutexGuard<'_, HashMap<TenantNo, Sender<Changed>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, changed: &[(TenantNo, Id<Job>)]) {
        let channels = self.channels();
        for (tenant, sender) in channels.iter() {
            let of_tenant: Changed =
                changed.iter().filter(|(of, _)| of == tenant).map(|(_, job)| *job).collect();
            if !of_tenant.is_empty() {
                // The last listener may have gone in this moment.
                let _ = sender.send(of_tenant);
            }
        }
    }
}

/// Tells those who listen, once it is on disk, that these jobs have changed.
pub(super) fn tell_watchers(tx: &SystemWrite<'_>, changed: Vec<(TenantNo, Id<Job>)>) -> Result<()> {
    if !changed.is_empty() {
        let jobs = tx.attendant::<Jobs>()?.clone();
        tx.after_commit(move || jobs.watch_list().tell(&changed));
    }
    Ok(())
}

/// Somebody who listens to a tenant's jobs.
pub(super) struct Watcher {
    jobs: Jobs,
    tenant: TenantNo,
    receiver: Receiver<Changed>,
}

/// What a watcher hears.
#[derive(Debug)]
pub(super) enum Heard {
    Changed(Changed),
    /// It was too slow and missed some.
    Missed,
}

impl Jobs {
    /// Listens to the jobs of a tenant.
    pub(super) fn watch(&self, tenant: TenantNo, streams: Streams) -> Result<Watcher> {
        let mut channels = self.watch_list().channels();
        let all: usize = channels.values().map(Sender::receiver_count).sum();
        let of_tenant = channels.get(&tenant).map_or(0, Sender::receiver_count);
        streams.admit(all, of_tenant)?;
        let sender = channels.entry(tenant).or_insert_with(|| broadcast::channel(BACKLOG).0);
        Ok(Watcher { jobs: self.clone(), tenant, receiver: sender.subscribe() })
    }

    /// Those who listen now.
    pub fn watchers(&self) -> usize {
        self.watch_list().channels().values().map(Sender::receiver_count).sum()
    }
}

impl Watcher {
    /// What changes next.
    pub(super) async fn next(&mut self) -> Heard {
        match self.receiver.recv().await {
            Ok(changed) => Heard::Changed(changed),
            Err(RecvError::Lagged(_)) => Heard::Missed,
            // The sender is there while this is.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }

    /// How many listen to this tenant, this one among them.
    pub(super) fn company(&self) -> u32 {
        let channels = self.jobs.watch_list().channels();
        channels.get(&self.tenant).map_or(1, |sender| sender.receiver_count().max(1) as u32)
    }

    /// What has changed already.
    pub(super) fn more(&mut self) -> Option<Heard> {
        match self.receiver.try_recv() {
            Ok(changed) => Some(Heard::Changed(changed)),
            Err(TryRecvError::Lagged(_)) => Some(Heard::Missed),
            Err(TryRecvError::Empty | TryRecvError::Closed) => None,
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let mut channels = self.jobs.watch_list().channels();
        // This one still counts.
        if channels.get(&self.tenant).is_some_and(|sender| sender.receiver_count() <= 1) {
            channels.remove(&self.tenant);
        }
    }
}
