//! The ground floor: configuration, errors, ids, the clock and the database.
//!
//! Nothing here knows what a tenant may do, and nothing here knows HTTP.

pub mod change;
pub mod clock;
pub mod config;
pub mod crew;
pub mod data_dir;
pub mod db;
pub mod error;
pub mod figures;
pub mod id;
pub mod json;
pub mod memory;
pub mod network;
pub mod number;
pub mod scene;
pub mod secret_file;
#[cfg(test)]
pub mod seeded;
pub mod text;

pub use clock::{Clock, Timestamp};
pub use error::{Error, Kind, Result};
pub use id::Id;
