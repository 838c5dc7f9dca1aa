//! The process that plays: how it begins on what is in the file, and how it ends.

use std::sync::Arc;
use std::time::Duration;

use super::book::promise;
use super::kinds::{Chore, Listen, take_begun};
use super::promises::work;
use super::rows::TABLES;
use super::stage::{Died, PLACES, Stage};
use crate::base::data_dir::DataDir;
use crate::base::db::by_hand;
use crate::kernel::events::EventHandler;
use crate::kernel::jobs::JobKind;
use crate::kernel::outbound;
use crate::kernel::{Features, Kernel};

impl Stage {
    /// The process begins, on what is in the file.
    pub(super) fn open(&mut self) -> Result<(), Died> {
        let features = Features {
            jobs: vec![JobKind::of::<Chore>()],
            handlers: vec![EventHandler::of::<Listen>()],
            ..Features::default()
        };
        let data = DataDir::prepare(&self.config.server.data).expect("the data directory");
        let kernel = Kernel::open(self.config.clone(), data, self.clock.clone(), &features);
        let kernel = Arc::new(kernel.expect("the instance opens"));
        // Another process goes by what the rows say of its leases.
        let (now, passed) = (self.now().millis(), self.passed());
        for lease in &mut self.leases {
            lease.deadline = lease.deadline.min(passed + (lease.until - now).max(0));
            lease.is_beating = false;
        }
        self.kernel = Some(Arc::clone(&kernel));
        self.look_at_the_file();
        self.alone(async move { kernel.jobs.recover(&kernel).await.expect("it recovers") })?;
        let mut guard = self.book.borrow_mut();
        let book = &mut *guard;
        promise!(book, work::what_ran_here_runs_no_more(book));
        drop(guard);
        self.kernel().jobs.set_places(PLACES);
        Ok(())
    }

    /// What was committed is in the file, and nothing else.
    pub(super) fn look_at_the_file(&self) {
        let mut guard = self.book.borrow_mut();
        let book = &mut *guard;
        let file = self.dir.path().join("data/steading.db");
        let mut found = by_hand::rows_of(&file, TABLES).expect("the file is readable");
        let mut rows = |place: usize| std::mem::take(&mut found[place]);
        if book.tenants.len() == 0 {
            return book.tenants.fill(rows(9));
        }
        let differs = book.jobs.compare(rows(0));
        let differs = differs.and_then(|()| book.counts.compare(rows(1)));
        let differs = differs.and_then(|()| book.queues.compare(rows(2)));
        let differs = differs.and_then(|()| book.events.compare(rows(3)));
        let differs = differs.and_then(|()| book.deliveries.compare(rows(4)));
        let differs = differs.and_then(|()| book.subscriptions.compare(rows(5)));
        let differs = differs.and_then(|()| book.groups.compare(rows(6)));
        let differs = differs.and_then(|()| book.schedules.compare(rows(7)));
        let differs = differs.and_then(|()| book.firings.compare(rows(8)));
        if let (None, Err(why)) = (&book.broken, differs) {
            book.broken = Some(format!("what is acknowledged is not lost: {why}"));
        }
    }

    /// The process is gone from one moment to the next, and another begins, which may die as well.
    pub(super) fn crash(&mut self) {
        loop {
            self.note("the process dies");
            self.book.borrow_mut().sights.crashes += 1;
            self.close();
            self.clock.advance(Duration::from_millis(self.rng.u64(1..3_000)));
            // Recovery is not spared.
            by_hand::die_after(self.rng.bool().then(|| self.rng.u64(1..200)));
            if self.open().is_ok() {
                by_hand::die_after(None);
                return;
            }
        }
    }

    /// Everything in memory goes.
    pub(super) fn close(&mut self) {
        self.tasks.clear();
        self.begun.clear();
        drop(take_begun());
        self.calls.clear();
        drop(outbound::by_hand::take_calls());
        self.heard.borrow_mut().clear();
        let kernel = self.kernel.take().expect("it runs");
        assert_eq!(Arc::strong_count(&kernel), 1, "somebody holds the process that is gone");
        drop(kernel);
        by_hand::die_after(None);
        by_hand::fail_after(None);
        self.book.borrow_mut().die();
    }

    pub(super) fn reopen(&mut self) -> Result<(), Died> {
        self.open()
    }
}
