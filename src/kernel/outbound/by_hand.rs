//! Calls by hand, for simulations: on a thread that has taken them up, a call reaches nobody. Who plays
//! sees it and gives the answer, when he likes.

use std::cell::RefCell;

use tokio::sync::oneshot;

use super::call::{Answer, Call};
use super::failure::Failure;

/// A call that waits for its answer.
#[derive(Debug)]
pub struct Ringing {
    pub call: Call,
    answer: oneshot::Sender<Result<Answer, Failure>>,
}

impl Ringing {
    /// Who called may be gone by now.
    pub fn answer(self, answer: Result<Answer, Failure>) {
        let _ = self.answer.send(answer);
    }

    /// Whether who called waits no more.
    pub fn is_given_up(&self) -> bool {
        self.answer.is_closed()
    }
}

thread_local! {
    static CALLS: RefCell<Option<Vec<Ringing>>> = const { RefCell::new(None) };
}

pub fn take_up() {
    CALLS.set(Some(Vec::new()));
}

pub fn put_down() {
    CALLS.set(None);
}

/// The calls that were made since this was last asked.
pub fn take_calls() -> Vec<Ringing> {
    CALLS.with_borrow_mut(|calls| calls.as_mut().map(std::mem::take).unwrap_or_default())
}

/// What will be answered, on a thread whose calls are by hand.
pub(super) fn answer_to(call: &Call) -> Option<oneshot::Receiver<Result<Answer, Failure>>> {
    CALLS.with_borrow_mut(|calls| {
        let (answer, answered) = oneshot::channel();
        calls.as_mut()?.push(Ringing { call: call.clone(), answer });
        Some(answered)
    })
}
