//! The engine under test: one instance that many cases share, driven through the kernel, and read
//! past it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::params;
use serde_json::json;
use steading::base::db::Write;
use steading::base::{Id, Kind};
use steading::kernel::jobs::{
    JobChange, Named, NewJob, NewQueue, Priority, QueueChange, QueueName, Report, cancel_job, change_job,
    change_queue, delete_job, delete_queue, enqueue_named, put_queue, retry_job, run_job_now,
};
use steading::kernel::tenants::{TenantState, set_tenant_state};
use steading::kernel::{Hand, Kernel};

use super::book::{Row, Rows, TENANT_LIMIT};
use super::op::{Act, New, TENANTS};
use crate::support::{Bare, Began, Ending, breathe};

/// Rounds after which the engine must have come to rest.
const ENOUGH: usize = 200;

/// A dead process: its handlers live on, and may speak.
pub struct Leftover {
    kernel: Arc<Kernel>,
    pub handlers: Vec<Began>,
}

pub struct Instance {
    pub bare: Bare,
    pub leftovers: Vec<Leftover>,
}

fn queue(lane: usize) -> QueueName {
    QueueName::of(["a", "b"][lane % 2])
}

fn priority(class: usize) -> Priority {
    [Priority::Urgent, Priority::High, Priority::Normal, Priority::Low][class]
}

impl Instance {
    pub async fn start() -> Self {
        let bare = Bare::start(TENANTS, |config| config.jobs.tenant_concurrency = TENANT_LIMIT as u32).await;
        Self { bare, leftovers: Vec::new() }
    }

    pub fn now(&self) -> i64 {
        self.bare.clock.now().millis()
    }

    /// What every job's row says.
    pub fn rows(&self) -> Rows {
        let mut select = self
            .bare
            .file
            .prepare_cached(
                "SELECT id, tenant_id, queue, state, class, run_at, attempt, max_attempts, lease, unique_key,
                        cancel_asked_at IS NOT NULL
                 FROM jobs_all",
            )
            .expect("the rows can be read");
        let rows = select.query_map([], |row| {
            let tenant = self.bare.tenant_of(row.get(1)?);
            let (queue, state): (String, String) = (row.get(2)?, row.get(3)?);
            Ok((
                row.get(0)?,
                Row {
                    lane: tenant * 2 + usize::from(queue == "b"),
                    state: state.parse().expect("a state"),
                    class: row.get::<_, u8>(4)?.into(),
                    run_at: row.get(5)?,
                    attempt: row.get(6)?,
                    max_attempts: row.get(7)?,
                    lease: row.get(8)?,
                    key: row.get(9)?,
                    is_cancel_asked: row.get(10)?,
                },
            ))
        });
        rows.expect("the rows are read").map(|row| row.expect("a row")).collect()
    }

    /// What the counters say, those at zero left out: by queue and state.
    pub fn counters(&self) -> BTreeMap<(usize, String), i64> {
        let mut select = self
            .bare
            .file
            .prepare_cached("SELECT tenant_id, queue, state, jobs FROM job_counts_all WHERE jobs <> 0")
            .expect("the counters can be read");
        let rows = select.query_map([], |row| {
            let queue: String = row.get(1)?;
            let lane = self.bare.tenant_of(row.get(0)?) * 2 + usize::from(queue == "b");
            Ok(((lane, row.get(2)?), row.get(3)?))
        });
        rows.expect("the counters are read").map(|row| row.expect("a row")).collect()
    }

    pub fn attempts_of(&self, id: &str) -> i64 {
        let count = "SELECT count(*) FROM job_attempts_all WHERE job_id = ?1";
        let mut select = self.bare.file.prepare_cached(count).expect("the attempts can be read");
        select.query_row([id], |row| row.get(0)).expect("the attempts are counted")
    }

    /// The id, and whether the job was there already.
    pub async fn enqueue(&self, new: &New) -> (String, bool) {
        let named = Named {
            kind: "test.held".into(),
            payload: json!({}),
            job: NewJob {
                backoff: None,
                id: None,
                is_held: false,
                queue: Some(queue(new.lane)),
                priority: priority(new.class),
                run_at: (new.delay > 0).then(|| self.bare.clock.now() + Duration::from_secs(new.delay)),
                max_attempts: Some(new.attempts),
                time_limit: Some(Duration::from_secs(new.limit)),
                unique_key: new.key.map(|key| format!("key{key}")),
                tags: Vec::new(),
            },
        };
        self.bare.kernel.jobs.set_places(new.places);
        let write = move |tx: &Write<'_>, who: &Hand| enqueue_named(tx, who, std::slice::from_ref(&named));
        let enqueued = self.bare.write(new.lane / 2, write).await.expect("it is enqueued");
        self.bare.kernel.jobs.set_places(0);
        (enqueued[0].job.to_string(), enqueued[0].is_duplicate)
    }

    /// Whether it was allowed.
    pub async fn by_hand(&self, id: &str, lane: usize, act: Act) -> bool {
        let (id, now): (Id<_>, _) = (id.parse().expect("an id"), self.bare.clock.now());
        let write = move |tx: &Write<'_>, who: &Hand| match act {
            Act::Retry => retry_job(tx, who, id, now).map(drop),
            Act::RunNow => run_job_now(tx, who, id, now).map(drop),
            Act::Cancel => cancel_job(tx, who, id, now).map(drop),
            Act::Delete => delete_job(tx, who, id),
            Act::Hurry(class) => {
                let change = JobChange { priority: Some(priority(class)), ..JobChange::default() };
                change_job(tx, who, id, &change, now).map(drop)
            }
            Act::Postpone(seconds) => {
                let run_at = Some(now + Duration::from_secs(seconds));
                change_job(tx, who, id, &JobChange { run_at, ..JobChange::default() }, now).map(drop)
            }
        };
        match self.bare.write(lane / 2, write).await {
            Ok(()) => true,
            Err(error) if error.kind() == Kind::Conflict => false,
            Err(error) => panic!("{act:?}: {error}"),
        }
    }

    pub async fn change_queue(&self, lane: usize, change: QueueChange) {
        let now = self.bare.clock.now();
        let write = move |tx: &Write<'_>, who: &Hand| match change_queue(tx, who, &queue(lane), &change, now)
        {
            Err(error) if error.kind() == Kind::NotFound => {
                let new = NewQueue {
                    name: queue(lane),
                    outside: false,
                    concurrency: change.concurrency,
                    rate_per_minute: None,
                    paused: change.paused.unwrap_or(false),
                };
                put_queue(tx, who, &new, now).map(drop)
            }
            changed => changed.map(drop),
        };
        self.bare.write(lane / 2, write).await.expect("the queue is changed");
    }

    pub async fn delete_queue(&self, lane: usize) {
        let now = self.bare.clock.now();
        let deleted =
            self.bare.write(lane / 2, move |tx, who| delete_queue(tx, who, &queue(lane), now)).await;
        if let Err(error) = deleted {
            assert_eq!(error.kind(), Kind::NotFound, "{error}");
        }
    }

    pub async fn set_suspended(&self, tenant: usize, is_suspended: bool) {
        let (kernel, id, now) =
            (Arc::clone(&self.bare.kernel), self.bare.tenants[tenant].id, self.bare.clock.now());
        let state = if is_suspended { TenantState::Suspended } else { TenantState::Active };
        let by = kernel.operator().expect("the operator");
        let write = move |tx: &Write<'_>| set_tenant_state(tx, &kernel, &by, id, state, now);
        let instance = self.bare.kernel.tenants.instance().expect("the instance");
        self.bare.kernel.db.write(&*instance, write).await.expect("the tenant is changed");
    }

    /// One round, and what it began.
    pub async fn step(&self, places: usize) -> (Report, Vec<Began>) {
        self.bare.step(places).await
    }

    /// Rounds until there is nothing to do.
    pub async fn settle(&self, places: usize) -> Vec<Began> {
        let mut all = Vec::new();
        for _ in 0..ENOUGH {
            let (report, began) = self.step(places).await;
            if report == Report::default() && began.is_empty() {
                return all;
            }
            all.extend(began);
        }
        panic!("the engine does not come to rest");
    }

    /// Stops as a server does, with no time for handlers, and starts again.
    pub async fn stop(&mut self) {
        self.bare.kernel.jobs.stop(&self.bare.kernel, Duration::ZERO).await;
        breathe().await;
        self.bare.kernel.db.close();
        self.bare.reopen().await;
    }

    /// Dies in the middle of its work, and starts again.
    pub async fn crash(&mut self, handlers: Vec<Began>) {
        let (kernel, clock) = self.bare.reopen().await;
        // What is left of the dead finds nothing due any more.
        clock.turn_back(Duration::from_hours(24 * 365));
        self.leftovers.push(Leftover { kernel, handlers });
    }

    /// The dead come back: whatever they still have to say, they write it down.
    pub async fn let_leftovers_speak(&mut self, ending: impl Fn() -> Ending) {
        for left in self.leftovers.drain(..) {
            for handler in left.handlers {
                handler.end(ending());
            }
            breathe().await;
            left.kernel.jobs.stop(&left.kernel, Duration::ZERO).await;
            breathe().await;
            left.kernel.db.close();
        }
    }

    /// An empty file for the next case.
    pub fn clear(&self) {
        let clear = "BEGIN IMMEDIATE; DELETE FROM job_attempts_all; DELETE FROM jobs_all;
                     DELETE FROM job_counts_all; COMMIT";
        self.bare.file.execute_batch(clear).expect("the rows are deleted");
    }

    /// Moves a row and its counters past the engine.
    pub fn force(&self, id: &str, state: &str) {
        let place = "SELECT tenant_id, queue, state FROM jobs_all WHERE id = ?1";
        let (tenant, queue, old): (i64, String, String) = self
            .bare
            .file
            .query_row(place, [id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .expect("the job is there");
        self.bare
            .file
            .execute("UPDATE jobs_all SET state = ?2 WHERE id = ?1", params![id, state])
            .expect("it moves");
        for (state, change) in [(old.as_str(), -1), (state, 1)] {
            let add = "INSERT INTO job_counts_all VALUES (?1, ?2, ?3, ?4)
                       ON CONFLICT DO UPDATE SET jobs = jobs + ?4";
            self.bare.file.execute(add, params![tenant, queue, state, change.max(0)]).expect("it is counted");
            if change < 0 {
                let take = "UPDATE job_counts_all SET jobs = jobs - 1
                            WHERE tenant_id = ?1 AND queue = ?2 AND state = ?3";
                self.bare.file.execute(take, params![tenant, queue, state]).expect("it is counted");
            }
        }
    }
}
