//! The writer and the readers below everything: what each caller hears, and what is on disk.

mod after_commit;
mod batch;
mod limits;
mod log;
mod random;
mod reads;
mod stage;
