//! A store of its own for each test, and writes that truly share a transaction.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use futures_util::future::join_all;
use steading::base::db::{Db, Only, Read, Settings, Sql, Synchronous, TenantNo, Write};
use steading::base::{Result, Timestamp};
use steading::bind;
use tempfile::TempDir;
use tokio::sync::oneshot;

pub const HERE: TenantNo = TenantNo::INSTANCE;

macro_rules! statement {
    ($name:ident, $text:expr) => {
        pub static $name: Sql = Sql::new(stringify!($name), $text, concat!("/* system */\n", $text));
    };
}

statement!(
    INSERT,
    "INSERT INTO requests (id, title, description, status, priority, requester, created_at, updated_at)
     VALUES (:id, 'a row', '', :status, 1, 'somebody', 0, 0)"
);
statement!(
    INSERT_OR_ROLLBACK,
    "INSERT OR ROLLBACK INTO requests
        (id, title, description, status, priority, requester, created_at, updated_at)
     VALUES (:id, 'a row', '', 'open', 1, 'somebody', 0, 0)"
);
statement!(
    INSERT_FOR_EVER,
    "INSERT INTO requests (id, title, description, status, priority, requester, created_at, updated_at)
     WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number)
     SELECT 'endless ' || n, 'a row', '', 'open', 1, 'somebody', 0, 0 FROM number"
);
statement!(
    COUNT_FOR_EVER,
    "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number)
     SELECT max(n) AS value FROM number"
);
statement!(COUNT, "SELECT count(*) AS value FROM requests");
statement!(IDS, "SELECT id AS value FROM requests");

pub type Pending<'d> = Pin<Box<dyn Future<Output = Result<()>> + 'd>>;

pub struct Stage {
    pub db: Arc<Db>,
    settings: Settings,
    _dir: TempDir,
}

impl Stage {
    pub fn open() -> Self {
        Self::open_with(|_| {})
    }

    pub fn open_with(change: impl FnOnce(&mut Settings)) -> Self {
        let dir = TempDir::new().expect("a temporary directory");
        let mut settings = Settings {
            file: dir.path().join("steading.db"),
            backups: dir.path().join("backups"),
            synchronous: Synchronous::Full,
            readers: 1,
            read_limit: Duration::from_secs(30),
            write_limit: Duration::from_secs(30),
            write_queue: 4096,
        };
        change(&mut settings);
        Self { db: Arc::new(open(&settings)), settings, _dir: dir }
    }

    pub fn file(&self) -> PathBuf {
        self.settings.file.clone()
    }

    /// Closes the store and opens the file anew, as after a restart.
    pub fn reopen(&mut self) {
        self.db.close();
        self.db = Arc::new(open(&self.settings));
    }

    pub fn write(&self, write: impl FnMut(&Write<'_>) -> Result<()> + Send + 'static) -> Pending<'_> {
        Box::pin(self.db.write(&HERE, write))
    }

    pub fn insert(&self, id: impl Into<String>) -> Pending<'_> {
        let id = id.into();
        self.write(move |tx| insert(tx, &id))
    }

    /// Every row's id, as a reader sees them now.
    pub fn ids(&self) -> BTreeSet<String> {
        let ids = self.db.read_here(&HERE, |tx| tx.all::<Only<String>>(&IDS, bind! {}));
        ids.expect("the rows are read").into_iter().map(|Only(id)| id).collect()
    }

    /// Runs these writes in one transaction: they queue, in this order, behind one that waits for
    /// them to be there.
    pub async fn together(&self, writes: Vec<Pending<'_>>) -> Vec<Result<()>> {
        let count = writes.len();
        let gate = Gate::close(&self.db).await;
        let all_wait = async {
            while self.db.writer_figures().waiting < count {
                tokio::task::yield_now().await;
            }
            gate.open();
        };
        let (outcomes, ()) = tokio::join!(join_all(writes), all_wait);
        assert_eq!(self.db.writer_figures().last_batch, count, "they shared one transaction");
        outcomes
    }
}

fn open(settings: &Settings) -> Db {
    Db::open(settings, Timestamp::from_millis(0)).expect("the store opens")
}

/// A write that holds the writer until the gate opens.
pub struct Gate {
    opening: mpsc::Sender<()>,
}

impl Gate {
    pub async fn close(db: &Arc<Db>) -> Self {
        let (opening, opened) = mpsc::channel();
        let (closing, closed) = oneshot::channel();
        let (db, mut closing) = (Arc::clone(db), Some(closing));
        tokio::task::spawn_local(async move {
            db.write(&HERE, move |_| {
                closing.take().map(|closing| closing.send(()));
                // The gate opens when its holder goes away, too.
                let _ = opened.recv();
                Ok(())
            })
            .await
        });
        closed.await.expect("the writer runs the write");
        Self { opening }
    }

    pub fn open(self) {
        self.opening.send(()).expect("the write waits");
    }
}

pub fn insert(tx: &Write<'_>, id: &str) -> Result<()> {
    tx.run(&INSERT, bind! { id: id, status: "open" })
}

pub fn insert_or_rollback(tx: &Write<'_>, id: &str) -> Result<()> {
    tx.run(&INSERT_OR_ROLLBACK, bind! { id: id })
}

pub fn count(tx: &Read<'_>) -> Result<i64> {
    let Only(count) = tx.one(&COUNT, bind! {})?;
    Ok(count)
}
