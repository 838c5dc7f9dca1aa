//! What is done to all dead letters that a filter finds: a little at a time, so that others write meanwhile; or in
//! one write, when its reply is to be kept for a repeat.

use schemars::JsonSchema;
use serde::Serialize;

use super::dead_letters::{LetterFilter, discard_letter, replay_letter};
use super::model::Delivery;
use super::store;
use crate::base::db::Write;
use crate::base::{Id, Kind, Result, Timestamp};
use crate::kernel::{Kernel, Who};

/// Letters that one call takes at most, and those that one write does.
pub const MOST_LETTERS: usize = 10_000;
const A_PIECE: usize = 100;

/// Letters that one call takes at most when it does them all in one write.
pub const MOST_LETTERS_IN_ONE_WRITE: usize = 500;

/// What is done to dead letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LetterAct {
    Replay,
    Discard,
}

/// What was done to many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LettersDone {
    /// Dead letters that the filter found, 10,000 at most; 500 with an `Idempotency-Key`.
    pub matched: usize,
    pub done: usize,
    /// There are more than one call takes.
    pub has_more: bool,
}

/// What a filter found, before anything is done to it, in the order in which they were to arrive.
#[derive(Debug)]
pub struct ManyLetters {
    act: LetterAct,
    ids: Vec<Id<Delivery>>,
    has_more: bool,
}

impl ManyLetters {
    /// Looks for the dead letters that the filter finds, the newest, at most so many.
    pub async fn find(
        kernel: &Kernel,
        who: &Who,
        act: LetterAct,
        filter: LetterFilter,
        most: usize,
    ) -> Result<Self> {
        let found = kernel.db.read(who, move |tx| store::list_letters(tx, &filter, None, most + 1)).await?;
        let has_more = found.len() > most;
        let ids = found.iter().take(most).rev().map(|letter| letter.id).collect();
        Ok(Self { act, ids, has_more })
    }

    /// What there is to do, and nothing done.
    pub fn counted(&self) -> LettersDone {
        LettersDone { matched: self.ids.len(), done: 0, has_more: self.has_more }
    }

    /// Does all of it in this write. What is no dead letter any more is left as it is.
    pub fn act(&self, tx: &Write<'_>, who: &Who, now: Timestamp) -> Result<LettersDone> {
        Ok(LettersDone { done: self.act.on_each(tx, who, &self.ids, now)?, ..self.counted() })
    }
}

/// Does it to every dead letter that the filter finds, a little at a time.
pub async fn act_on_letters(
    kernel: &Kernel,
    who: &Who,
    act: LetterAct,
    filter: LetterFilter,
) -> Result<LettersDone> {
    let many = ManyLetters::find(kernel, who, act, filter, MOST_LETTERS).await?;
    let mut report = many.counted();
    let now = kernel.clock.now();
    for piece in many.ids.chunks(A_PIECE) {
        let (ids, by) = (piece.to_vec(), who.clone());
        report.done += kernel.db.write(who, move |tx| act.on_each(tx, &by, &ids, now)).await?;
    }
    Ok(report)
}

impl LetterAct {
    /// Does it to these, and says to how many it could be done.
    fn on_each(self, tx: &Write<'_>, who: &Who, ids: &[Id<Delivery>], now: Timestamp) -> Result<usize> {
        ids.iter().try_fold(0, |sum, id| match self.on(tx, who, *id, now) {
            Ok(()) => Ok(sum + 1),
            Err(error) if matches!(error.kind(), Kind::Conflict | Kind::NotFound) => Ok(sum),
            Err(error) => Err(error),
        })
    }

    fn on(self, tx: &Write<'_>, who: &Who, id: Id<Delivery>, now: Timestamp) -> Result<()> {
        match self {
            Self::Replay => replay_letter(tx, who, id, now).map(drop),
            Self::Discard => discard_letter(tx, who, id, now),
        }
    }
}
