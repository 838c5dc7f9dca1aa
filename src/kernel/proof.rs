//! The proof that writing works again: everybody may ask for it, so it is made once in a while and
//! shared by all who ask meanwhile.

use std::time::Duration;

use tokio::sync::Mutex;

use super::{Kernel, tenants};
use crate::base::{Error, Result, Timestamp};

/// How long a proof is good.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// Bytes for which there must be room before writing counts as possible again.
const ROOM: usize = 1024 * 1024;

/// The last proof: when it was made, and why it failed if it did.
#[derive(Default)]
pub(super) struct Proof(Mutex<Option<(Timestamp, Result<(), String>)>>);

impl Proof {
    /// The last proof if it is good, or a new one. Who asks while it is made waits for it.
    async fn at(&self, now: Timestamp, make: impl AsyncFnOnce() -> Result<()>) -> Result<()> {
        let mut last = self.0.lock().await;
        let known = last.take().filter(|(made, _)| (*made..*made + GOOD_FOR).contains(&now));
        let proof = match known {
            Some(known) => known,
            None => (now, make().await.map_err(|error| error.message().to_owned())),
        };
        last.insert(proof).1.clone().map_err(Error::unavailable)
    }
}

impl Kernel {
    /// Writes to the database without changing anything, to see whether it can be written, unless
    /// somebody did a moment ago.
    pub async fn prove_writable(&self) -> Result<()> {
        let now = self.clock.now();
        self.proof.at(now, async || self.write_nothing(now).await).await
    }

    /// A small write fits where the next larger one fails, so there must be room for many, too.
    async fn write_nothing(&self, now: Timestamp) -> Result<()> {
        let data = self.data.clone();
        tokio::task::spawn_blocking(move || data.prove_room(ROOM)).await.map_err(Error::internal)??;
        self.db.system().write(move |tx| tenants::touch_instance(tx, now)).await
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_util::future::join_all;

    use super::*;

    #[tokio::test]
    async fn many_who_ask_share_a_proof_for_a_second() {
        let (proof, made) = (Proof::default(), Cell::new(0));
        let ask = async |millis| {
            let make = async || {
                made.set(made.get() + 1);
                tokio::task::yield_now().await;
                Err(Error::unavailable("The disk is full."))
            };
            let refused = proof.at(Timestamp::from_millis(millis), make).await.expect_err("it is full");
            assert_eq!(refused.message(), "The disk is full.");
            made.get()
        };
        assert_eq!(join_all([5_000, 5_000, 5_999].map(&ask)).await, [1, 1, 1]);
        assert_eq!(ask(6_000).await, 2, "a second later it is made again");
        assert_eq!(ask(1_000).await, 3, "and so when the clock was turned back");
    }
}
