//! Jobs: durable work. A job is a row, written in the transaction of the change that caused it, and
//! it ends done, dead or cancelled, whatever crashes in between.
//!
//! A claim is a short write; the handler runs outside any transaction; what came of it and the next
//! claim are one write again (`round`). Which tenant's job comes next is decided in memory
//! (`lanes`), from hints that are set after the commits they tell of; the rows alone say what there
//! is to do, and a hint that was missed is found again by the patrol. At-least-once: a handler may
//! run again after a crash.

mod admin;
mod board;
mod bulk;
#[cfg(test)]
mod by_hand;
mod claim;
mod counts;
mod ctx;
mod depths;
mod engine;
mod enqueue;
mod feed;
mod finish;
mod kind;
mod lanes;
mod leases;
mod list;
mod loads;
mod model;
mod outside;
mod patrol;
mod prune;
mod queues;
mod recent;
mod recover;
mod round;
pub mod schedules;
mod store;
mod told;
mod waiters;
mod watch;
mod watchdog;
mod why;
mod workers;
mod workshop;

use crate::permission;

pub use admin::{JobChange, cancel_job, cancel_unique, change_job, delete_job, retry_job, run_job_now};
pub use bulk::{BulkAct, BulkReport, MOST_AT_ONCE, MOST_IN_ONE_WRITE, Many};
pub use claim::{LeasedJob, Wanted};
pub(in crate::kernel) use counts::Counts;
pub use ctx::Ctx;
pub use depths::{Depth, list_depths};
pub use engine::{Jobs, Running};
pub(in crate::kernel) use enqueue::Behalf;
pub use enqueue::{Enqueued, Named, NewJob, Order, enqueue_named};
pub use feed::{Fed, Feed};
pub(in crate::kernel) use finish::Moved;
pub use kind::{Backoff, JobKind, KindInfo, Outcome, WEBHOOK_WAITS, Work};
pub use list::{Found, list_jobs};
pub use loads::{Load, Loads, Others, QueueLoad, TenantLoad, read_loads};
pub use model::{
    Attempt, Envelope, Failure, Job, JobFilter, JobState, JobSummary, LogLine, Priority, QueueName, Tag,
};
pub use outside::{EndedJob, Extended, Figures, Heartbeat, Said, end_attempt, heartbeat};
pub use prune::prune_once;
pub(in crate::kernel) use queues::{LANE_PREFIX, drop_lane, set_lane};
pub use queues::{NewQueue, Queue, QueueChange, change_queue, delete_queue, put_queue};
pub use round::Report;
pub use store::{CountRow, count_jobs, find_job, list_attempts, list_children, list_queues};
pub use watchdog::watch_once;
pub use why::{Reason, Why, why};

// Schedules and subscriptions make jobs too, and ask for it.
permission!(JobsWrite, Anywhere, "jobs:write", "Enqueue, change, retry, cancel and delete jobs");
