//! What tests stand on: an instance in a temporary directory, with a clock that tests move.

mod app;
mod caller;

pub use app::TestApp;
pub use caller::{Caller, Reply};
