//! How many may follow what happens at once: each holds a connection and is looked at now and then.

use crate::base::{Error, Result};

/// Those who may follow one sort of thing, in all and in one tenant.
#[derive(Debug, Clone, Copy)]
pub struct Streams {
    pub all: usize,
    pub of_tenant: usize,
}

impl Streams {
    /// One more where so many follow already, unless that is too many.
    pub fn admit(self, all: usize, of_tenant: usize) -> Result<()> {
        let (option, limit) = match (all >= self.all, of_tenant >= self.of_tenant) {
            (true, _) => ("streams", self.all),
            (_, true) => ("streams_per_tenant", self.of_tenant),
            _ => return Ok(()),
        };
        Err(Error::unavailable(format!(
            "{limit} follow already, which is as many as may (limits.{option}); close a page and try again."
        )))
    }
}
