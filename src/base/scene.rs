//! The scene: in the course of what a thread works at this moment. It goes along to the threads that
//! do a part of it, and is asked for by whoever tells of it: a line of the log, a write, a call.
//!
//! What a scene is about is not known here. It must never decide what is done, only what is told.

use std::any::Any;
use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::Error;

/// Somebody who is told what was done in his course.
pub trait Witness: Any + Send + Sync {
    /// A write has ended, which had this id in the scene that the writer worked in.
    fn wrote(&self, scene: &Scene, id: u64, wrote: Wrote<'_>);
}

/// A write that has ended, on disk or not.
#[derive(Debug, Clone, Copy)]
pub struct Wrote<'w> {
    pub asked_at: Instant,
    /// Until the writer came to it.
    pub waited: Duration,
    /// Its own part of the transaction.
    pub ran: Duration,
    /// From its own part to the end of the commit, the parts of others after it included.
    pub committed: Duration,
    pub error: Option<&'w Error>,
}

/// A witness, and which part of what he tells of is at work.
#[derive(Clone)]
pub struct Scene {
    witness: Arc<dyn Witness>,
    part: u64,
}

impl Scene {
    pub fn new(witness: Arc<dyn Witness>, part: u64) -> Self {
        Self { witness, part }
    }

    pub fn part(&self) -> u64 {
        self.part
    }

    /// The same course, in another part of it.
    pub fn in_part(&self, part: u64) -> Self {
        Self { witness: Arc::clone(&self.witness), part }
    }

    pub fn witness(&self) -> &dyn Witness {
        &*self.witness
    }

    /// The witness, when it is one of this type.
    pub fn witness_as<W: Witness>(&self) -> Option<Arc<W>> {
        let any: Arc<dyn Any + Send + Sync> = self.witness.clone();
        any.downcast().ok()
    }
}

thread_local! {
    static CURRENT: RefCell<Option<Scene>> = const { RefCell::new(None) };
}

/// The scene in which this thread works, if there is one.
pub fn current() -> Option<Scene> {
    CURRENT.with_borrow(Option::clone)
}

/// Asks the scene in which this thread works, if there is one, without holding on to it.
pub fn with_current<T>(ask: impl FnOnce(&Scene) -> T) -> Option<T> {
    CURRENT.with_borrow(|scene| scene.as_ref().map(ask))
}

/// This thread works in a scene until the guard falls.
#[must_use]
pub fn enter(scene: Option<Scene>) -> Entered {
    Entered(CURRENT.replace(scene))
}

/// What was before comes back when it falls.
pub struct Entered(Option<Scene>);

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.0.take());
    }
}

/// Runs a future in a scene, on whatever threads it runs.
pub async fn within<F: Future>(scene: Option<Scene>, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|context| {
        let _entered = enter(scene.clone());
        future.as_mut().poll(context)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nobody;

    impl Witness for Nobody {
        fn wrote(&self, _: &Scene, _: u64, _: Wrote<'_>) {}
    }

    fn scene(part: u64) -> Option<Scene> {
        Some(Scene::new(Arc::new(Nobody), part))
    }

    fn part() -> Option<u64> {
        with_current(Scene::part)
    }

    #[tokio::test]
    async fn futures_that_take_turns_stay_in_their_scenes() {
        let stays_in = |own: u64| async move {
            for _ in 0..3 {
                assert_eq!(part(), Some(own));
                tokio::task::yield_now().await;
            }
        };
        tokio::join!(within(scene(1), stays_in(1)), within(scene(2), stays_in(2)));
        assert_eq!(part(), None);
    }

    #[test]
    fn what_was_before_comes_back_even_after_a_panic() {
        let _outer = enter(scene(1));
        let panicked = std::panic::catch_unwind(|| {
            let _inner = enter(scene(2));
            panic!("as it happens");
        });
        assert!(panicked.is_err());
        assert_eq!(part(), Some(1));
    }

    #[test]
    fn a_witness_is_found_by_his_type() {
        assert!(scene(1).expect("a scene").witness_as::<Nobody>().is_some());
    }
}
