//! Folding the write-ahead log into the file, without anybody waiting for it.
//!
//! A thread of its own copies what the log has gathered while the writer goes on writing. It never
//! comes to an end that way, as the log grows meanwhile; so the writer itself folds the small rest,
//! between two batches, and begins the log anew. When nobody writes, the log is emptied.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::wal::CheckpointMode;

use crate::base::db::Synchronous;
use crate::base::db::session::{PAGES_BETWEEN_CHECKPOINTS, Session, open_for_writing};
use crate::base::{Error, Result};

/// Pages that the log gathers before the thread folds them: a page that changed often is folded once.
const GATHERED: usize = PAGES_BETWEEN_CHECKPOINTS as usize;

/// A rest that the writer folds itself: a few milliseconds of its time.
const SMALL: usize = GATHERED / 8;

/// With so many pages the writer folds whatever there is, and waits for the thread if it must: 64 MB.
const LARGEST: usize = 4 * GATHERED;

/// With so many pages somebody must have been reading for long, which keeps the log from beginning anew: 256 MB.
const HELD: usize = 16 * GATHERED;

/// After so long without a write the log is emptied. Sooner would wear a card out where now and then
/// something small is written.
pub(super) const IDLE: Duration = Duration::from_mins(1);

/// What is due after a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    Nothing,
    /// The thread folds what there is.
    Pass,
    /// The writer folds what there is.
    Rest,
}

/// When what is due, by the number of pages in the log.
#[derive(Debug)]
struct Plan {
    /// Pages with which a pass is due next.
    next: usize,
    /// Pages with which the writer folds next, however often a pass has ended meanwhile.
    next_rest: usize,
    /// Pages with which somebody is told next that the log is held.
    next_warning: usize,
}

impl Default for Plan {
    fn default() -> Self {
        Self { next: GATHERED, next_rest: LARGEST, next_warning: HELD }
    }
}

impl Plan {
    /// `folded` is how far a pass came that has ended since, and `is_passing` whether one is under way.
    fn due(&mut self, pages: usize, folded: Option<usize>, is_passing: bool) -> Due {
        if pages < GATHERED {
            *self = Self::default();
            return Due::Nothing;
        }
        let rest = folded.map(|folded| pages.saturating_sub(folded));
        if rest.is_some_and(|rest| rest <= SMALL) || pages >= self.next_rest {
            self.next = pages + GATHERED;
            self.next_rest = self.next.max(LARGEST);
            return Due::Rest;
        }
        if is_passing {
            return Due::Nothing;
        }
        if rest.is_some() || pages >= self.next {
            self.next = pages + GATHERED;
            return Due::Pass;
        }
        Due::Nothing
    }

    /// Whether to say that the log is held. Each time it must have doubled.
    fn is_held(&mut self, pages: usize) -> bool {
        let is_held = pages >= self.next_warning;
        if is_held {
            self.next_warning = pages * 2;
        }
        is_held
    }
}

pub(super) struct Folding {
    pages: Arc<AtomicUsize>,
    /// Raised while somebody else folds, or nobody may.
    is_left: Arc<AtomicBool>,
    plan: Plan,
    folder: Option<Folder>,
    has_failed: bool,
}

impl Folding {
    /// `pages` is kept by the writer's connection.
    pub(super) fn start(
        file: &Path,
        synchronous: Synchronous,
        pages: Arc<AtomicUsize>,
        is_left: Arc<AtomicBool>,
    ) -> Result<Self> {
        let folder = Folder::start(open_for_writing(file, synchronous)?)?;
        Ok(Self { pages, is_left, plan: Plan::default(), folder: Some(folder), has_failed: false })
    }

    /// Does what is due after a batch.
    pub(super) fn tend(&mut self, session: &Session) {
        if !self.is_ours() {
            return;
        }
        let pages = self.pages.load(Ordering::Relaxed);
        let Some(folder) = &self.folder else { return };
        match self.plan.due(pages, folder.take_folded(), folder.is_passing()) {
            Due::Nothing => {}
            Due::Pass => folder.ring(),
            Due::Rest => {
                folder.wait();
                self.fold(session, CheckpointMode::PASSIVE);
            }
        }
        if self.plan.is_held(pages) {
            tracing::warn!(
                megabytes = pages * 4 / 1024,
                "the write-ahead log grows, as somebody has been reading for long; end what else has the database open"
            );
        }
    }

    /// Whether there is something in the log to be folded.
    pub(super) fn has_some(&self) -> bool {
        self.is_ours() && self.pages.load(Ordering::Relaxed) > 0
    }

    /// Whether nobody else folds.
    pub(super) fn is_ours(&self) -> bool {
        !self.is_left.load(Ordering::Relaxed)
    }

    /// Empties the log while nobody writes. With a reader in the way it is left for later.
    pub(super) fn empty(&mut self, session: &Session) {
        self.fold(session, CheckpointMode::TRUNCATE);
        // Whatever came of it, it is not tried again before the next write.
        self.pages.store(0, Ordering::Relaxed);
    }

    fn fold(&mut self, session: &Session, mode: CheckpointMode) {
        let done = session.checkpoint(mode);
        match done {
            Err(error) if !self.has_failed => {
                tracing::warn!(%error, "the write-ahead log could not be folded into the database; it will be tried again");
                self.has_failed = true;
            }
            Err(_) => {}
            Ok(()) => self.has_failed = false,
        }
    }

    /// Ends the thread, so that nothing is folded beside whoever comes next.
    pub(super) fn end(&mut self) {
        self.folder = None;
    }
}

/// The thread.
struct Folder {
    bell: Option<SyncSender<()>>,
    shared: Arc<Passing>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Passing {
    state: Mutex<Pass>,
    has_ended: Condvar,
}

#[derive(Default)]
struct Pass {
    is_under_way: bool,
    /// Pages that the last one folded, until that was looked at.
    folded: Option<usize>,
}

impl Passing {
    fn state(&self) -> MutexGuard<'_, Pass> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Folder {
    fn start(conn: Connection) -> Result<Self> {
        let (bell, rings) = sync_channel(1);
        let shared = Arc::new(Passing::default());
        let passing = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("folder".into())
            .spawn(move || keep_folding(&conn, &rings, &passing))
            .map_err(Error::internal)?;
        Ok(Self { bell: Some(bell), shared, thread: Some(thread) })
    }

    fn is_passing(&self) -> bool {
        self.shared.state().is_under_way
    }

    fn take_folded(&self) -> Option<usize> {
        self.shared.state().folded.take()
    }

    fn ring(&self) {
        let mut state = self.shared.state();
        // One that was not taken up yet will do.
        state.is_under_way |= self.bell.as_ref().is_some_and(|bell| bell.try_send(()).is_ok());
    }

    /// Returns when no pass is under way.
    fn wait(&self) {
        let is_under_way = |pass: &mut Pass| pass.is_under_way;
        drop(self.shared.has_ended.wait_while(self.shared.state(), is_under_way));
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        self.bell = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn keep_folding(conn: &Connection, rings: &Receiver<()>, passing: &Passing) {
    while rings.recv().is_ok() {
        let done = conn.wal_checkpoint_v2(None::<&str>, CheckpointMode::PASSIVE);
        let folded = done.map(|(_, folded)| usize::try_from(folded).unwrap_or(0));
        // The writer will meet the same, and says so.
        let folded = folded.inspect_err(|error| tracing::debug!(%error, "a pass over the log failed"));
        *passing.state() = Pass { is_under_way: false, folded: folded.ok() };
        passing.has_ended.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Timestamp;
    use crate::base::db::Attendant;
    use crate::base::db::migrations::migrate;
    use crate::base::db::session::Voice;

    #[test]
    fn the_thread_folds_the_bulk_and_the_writer_the_rest() {
        let mut plan = Plan::default();
        assert_eq!(plan.due(GATHERED - 1, None, false), Due::Nothing);
        assert_eq!(plan.due(GATHERED, None, false), Due::Pass);
        assert_eq!(plan.due(GATHERED + 900, None, true), Due::Nothing);
        // 1,400 pages came while the thread folded 4,000: one more pass, then the writer.
        assert_eq!(plan.due(GATHERED + 1_400, Some(GATHERED), false), Due::Pass);
        assert_eq!(plan.due(GATHERED + 1_800, Some(GATHERED + 1_400), false), Due::Rest);
        // The log begins anew.
        assert_eq!(plan.due(3, None, false), Due::Nothing);
        assert_eq!(plan.due(GATHERED, None, false), Due::Pass);
    }

    #[test]
    fn a_log_that_outgrows_the_thread_is_folded_by_the_writer() {
        let mut plan = Plan::default();
        assert_eq!(plan.due(GATHERED, None, false), Due::Pass);
        assert_eq!(plan.due(LARGEST, None, false), Due::Rest);
        assert_eq!(
            plan.due(LARGEST + 1, None, false),
            Due::Nothing,
            "not again at once, as a reader may hold it"
        );
        assert_eq!(plan.due(LARGEST + GATHERED, None, false), Due::Rest);
    }

    #[test]
    fn a_thread_that_never_catches_up_does_not_put_the_writer_off() {
        let mut plan = Plan::default();
        let mut dues = Vec::new();
        for pages in (GATHERED..=LARGEST + GATHERED).step_by(1_000) {
            dues.push(plan.due(pages, Some(pages - 1_000), false));
        }
        assert!(dues.contains(&Due::Rest), "{dues:?}");
    }

    #[test]
    fn an_idle_log_is_emptied_unless_somebody_reads() {
        let dir = tempfile::TempDir::new().expect("a temporary directory");
        let file = dir.path().join("steading.db");
        migrate(&file, &dir.path().join("backups"), Timestamp::from_millis(0)).expect("a new file");
        let pages = Arc::new(AtomicUsize::new(0));
        let of_writer = Arc::clone(&pages);
        let session = Session::for_writing(&file, Synchronous::Normal, Attendant::default(), of_writer);
        let session = session.expect("the writer's connection");
        let mut folding =
            Folding::start(&file, Synchronous::Normal, pages, Arc::default()).expect("a thread");
        let write = || {
            session.shared().speak_as(Voice::Store);
            session.raw().execute("UPDATE tenants SET name = name || '.'", []).expect("it is written");
        };
        let log = || std::fs::metadata(dir.path().join("steading.db-wal")).expect("the log").len();

        write();
        assert!(folding.has_some() && log() > 0);
        folding.empty(&session);
        assert!(!folding.has_some() && log() == 0);

        let reader = Connection::open(&file).expect("it opens");
        reader.execute_batch("BEGIN; SELECT count(*) FROM tenants").expect("it reads");
        write();
        folding.empty(&session);
        assert!(log() > 0, "the reader does not see what is in it yet");
        reader.execute_batch("COMMIT").expect("it ends");
        write();
        folding.empty(&session);
        assert_eq!(log(), 0);
    }

    #[test]
    fn a_log_that_is_held_is_told_of_each_time_it_doubles() {
        let mut plan = Plan::default();
        let told: Vec<usize> = (0..40).map(|n| n * GATHERED).filter(|pages| plan.is_held(*pages)).collect();
        assert_eq!(told, [HELD, 2 * HELD]);
    }
}
