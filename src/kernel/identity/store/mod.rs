//! One function for each statement, and no decisions.

mod keys;
mod members;
mod roles;
mod sessions;
mod setup;
mod users;

pub use keys::*;
pub use members::*;
pub use roles::*;
pub use sessions::*;
pub use setup::*;
pub use users::*;
