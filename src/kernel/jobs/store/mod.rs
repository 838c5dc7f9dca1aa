//! The statements about jobs, one function for each and no decisions. Tenants' code reads its jobs;
//! everything is written by the engine.

mod attempts;
mod entries;
mod leases;
mod lists;
mod loads;
mod moves;
mod queues;
mod waiting;

pub(super) use attempts::*;
pub(super) use entries::*;
pub(super) use leases::*;
pub use lists::{CountRow, count_jobs, find_job, list_attempts, list_children};
pub(super) use lists::{Walk, end_of_tagged_walk, end_of_walk, list_jobs, list_tagged_jobs};
pub(super) use lists::{count_ahead, find_oldest_ready, find_watched_job};
pub(super) use loads::*;
pub(super) use moves::*;
pub use queues::list_queues;
pub(super) use queues::{delete_queue, find_queue, insert_queue, read_queues_of, update_queue};
pub(super) use waiting::*;
