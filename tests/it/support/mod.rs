//! What tests stand on: an instance in a temporary directory, with a clock that tests move.

mod app;
mod caller;
mod elsewhere;
mod holder;
mod shape;
mod wire;
mod work;

pub use app::TestApp;
pub use caller::{Caller, Reply};
pub use elsewhere::{Elsewhere, Said, authority};
pub use holder::{append, narrow};
pub use shape::expect_shape;
pub use wire::Wire;
pub use work::ran;
