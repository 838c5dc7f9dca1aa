//! Schedules: cron lines that enqueue jobs.
//!
//! A firing is one row whose key is the schedule and the time for which it is, written in the
//! transaction of its job and of the schedule's next time. So a crash loses none and a clock that
//! goes back doubles none. Whose next time is when is kept in memory (`Board::schedules`); the rows
//! alone say what is due.

mod admin;
mod cron;
mod firing;
mod model;
mod store;

pub use admin::{
    BuiltInSchedule, change_schedule, create_schedule, delete_schedule, keep_built_in, keep_in_instance,
    run_schedule_now,
};
pub use cron::{Cron, Zone};
pub(super) use firing::fire_due;
pub use model::{
    CatchUp, Firing, FiringResult, NewSchedule, Overlap, Schedule, ScheduleChange, ScheduleState,
};
pub(super) use store::next_firing;
pub use store::{find_schedule, find_schedule_named, list_firings, list_schedules};
