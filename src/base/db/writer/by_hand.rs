//! A writer without a thread: who holds it says when it takes the next batch, and how many pieces are
//! in it.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Line, Writer, gather};
use crate::base::db::Settings;
use crate::base::db::by_hand::{Turn, dies_here};
use crate::base::db::health::Health;
use crate::base::db::session::Session;

impl Writer {
    pub(super) fn by_hand(settings: &Settings, session: Session) -> Self {
        Self {
            line: Arc::new(Line::new(settings.write_queue, settings.write_queue)),
            leaves_log: Arc::new(AtomicBool::new(true)),
            thread: Mutex::new(None),
            hand: Some(Mutex::new(session)),
        }
    }

    /// Writes the next batch of at most so many pieces. A process that dies meanwhile answers nobody.
    pub(in crate::base::db) fn turn(&self, most: usize, health: &Health) -> Turn {
        let Some(hand) = &self.hand else { return Turn::Nothing };
        let session = hand.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(first) = self.line.try_pop() else { return Turn::Nothing };
        let mut batch = gather(first, &self.line, most);
        health.taken(batch.len());
        let fault = batch.commit(&session, health);
        // It may die between the commit and the first word about it.
        if dies_here() {
            return Turn::Died;
        }
        batch.answer(fault.as_ref());
        Turn::Wrote
    }
}
