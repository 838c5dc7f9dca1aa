//! What tests stand on: an instance in a temporary directory, with a clock that tests move.

mod app;
mod bare;
mod caller;
mod elsewhere;
mod held;
mod histories;
mod holder;
mod listeners;
mod shape;
mod wire;
mod work;

pub use app::TestApp;
pub use bare::{Bare, breathe, read};
pub use caller::{Caller, Reply};
pub use elsewhere::{Asked, Elsewhere, Said, authority};
pub use held::{Began, Ending, take_begun};
pub use histories::{Verdict, ensure, play_all, search, seeds};
pub use holder::{append, narrow};
pub use listeners::take_seen;
pub use shape::expect_shape;
pub use wire::Wire;
pub use work::{BACKOFF, ran};
