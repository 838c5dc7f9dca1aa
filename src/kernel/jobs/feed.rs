//! A feed: what somebody who watches a tenant's jobs is shown, one thing at a time and no faster
//! than he takes it. Changes that come close together are one: what counts is how a job is now.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::model::{Job, JobFilter, JobSummary};
use super::store::{self, CountRow};
use super::watch::{Heard, Watcher};
use crate::base::{Id, Result};
use crate::kernel::{Kernel, Who};

/// The time between two counts, and between two looks at jobs, where few watch.
const COUNTS_EVERY: Duration = Duration::from_secs(1);
const JOBS_EVERY: Duration = Duration::from_millis(200);

/// So many who watch a tenant wait twice as long, and so on: together they never look much more often.
const FEW: u32 = 20;

/// Jobs that one look shows; when more have changed, the list is to be read anew.
const MOST_AT_ONCE: usize = 200;

/// What is shown.
#[derive(Debug)]
pub enum Fed {
    /// How many jobs are in which state, after some have changed.
    Counts(Vec<CountRow>),
    /// A job that has changed, as it is now.
    Job(Box<JobSummary>),
    /// Too much has changed to show each: read the list anew.
    Lagged,
}

pub struct Feed {
    kernel: Arc<Kernel>,
    who: Who,
    filter: JobFilter,
    watcher: Watcher,
    changed: HashSet<Id<Job>>,
    has_missed: bool,
    ready: VecDeque<Fed>,
    /// When the counts are told next, if they are to be.
    counts_at: Option<Instant>,
    counted_at: Instant,
    shown_at: Option<Instant>,
}

impl Feed {
    /// Begins with the counts. Of the filter, what a job is and has counts, not where a list ends.
    pub fn begin(kernel: &Arc<Kernel>, who: &Who, filter: JobFilter) -> Result<Self> {
        let watcher = kernel.jobs.watch(who.tenant.number, kernel.limits.streams())?;
        let now = Instant::now();
        Ok(Self {
            kernel: Arc::clone(kernel),
            who: who.clone(),
            filter,
            watcher,
            changed: HashSet::new(),
            has_missed: false,
            ready: VecDeque::new(),
            counts_at: Some(now),
            counted_at: now,
            shown_at: None,
        })
    }

    /// What is shown next, when there is something.
    pub async fn next(&mut self) -> Fed {
        loop {
            if let Some(fed) = self.ready.pop_front() {
                return fed;
            }
            if std::mem::take(&mut self.has_missed) {
                return Fed::Lagged;
            }
            let now = Instant::now();
            let pause = JOBS_EVERY * self.patience();
            let jobs_at = (!self.changed.is_empty()).then(|| self.shown_at.map_or(now, |at| at + pause));
            tokio::select! {
                biased;
                () = at(self.counts_at) => {
                    if let Some(counts) = self.count().await {
                        return Fed::Counts(counts);
                    }
                }
                () = at(jobs_at) => self.look().await,
                heard = self.watcher.next() => self.hear(heard),
            }
        }
    }

    /// How many times as long this one waits because of the others.
    fn patience(&self) -> u32 {
        1 + self.watcher.company() / FEW
    }

    fn hear(&mut self, heard: Heard) {
        let next = self.counted_at + COUNTS_EVERY * self.patience();
        self.counts_at.get_or_insert(next);
        let mut heard = Some(heard);
        while let Some(one) = heard {
            match one {
                Heard::Changed(jobs) => self.changed.extend(jobs.iter().copied()),
                Heard::Missed => self.has_missed = true,
            }
            if self.has_missed || self.changed.len() > MOST_AT_ONCE {
                self.has_missed = true;
                self.changed.clear();
            }
            heard = self.watcher.more();
        }
    }

    async fn count(&mut self) -> Option<Vec<CountRow>> {
        (self.counts_at, self.counted_at) = (None, Instant::now());
        match self.kernel.db.read(&self.who, |tx| store::count_jobs(tx, None)).await {
            Ok(counts) => Some(counts),
            // The server is busy; a little later will do.
            Err(_) => {
                self.counts_at = Some(self.counted_at + COUNTS_EVERY);
                None
            }
        }
    }

    async fn look(&mut self) {
        self.shown_at = Some(Instant::now());
        let mut jobs: Vec<_> = self.changed.drain().collect();
        jobs.sort_unstable();
        let filter = self.filter.clone();
        let found = self.kernel.db.read(&self.who, move |tx| {
            let find = |id| store::find_watched_job(tx, id, &filter).transpose();
            jobs.into_iter().filter_map(find).collect::<Result<Vec<_>>>()
        });
        match found.await {
            Ok(found) => self.ready.extend(found.into_iter().map(|job| Fed::Job(Box::new(job)))),
            Err(_) => self.has_missed = true,
        }
    }
}

async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
