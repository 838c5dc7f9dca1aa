//! A kernel without a server, for tests that play thousands of histories on one instance and look
//! at its rows past it.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use steading::base::config::{self, Config};
use steading::base::data_dir::DataDir;
use steading::base::db::{Synchronous, Write};
use steading::base::{Clock, Id, Result, Timestamp};
use steading::kernel::jobs::Report;
use steading::kernel::tenants::{Tenant, create_tenant};
use steading::kernel::{Actor, Chain, Features, Hand, Kernel, TraceId, Who};
use tempfile::TempDir;

use super::held::{Began, take_begun};
use super::work::KINDS;

const BEGINNING: Timestamp = Timestamp::from_millis(1_767_225_600_000);

pub struct Bare {
    pub kernel: Arc<Kernel>,
    pub clock: Clock,
    pub tenants: Vec<Arc<Tenant>>,
    /// Past the kernel.
    pub file: Connection,
    config: Config,
    _dir: TempDir,
}

/// Lets everything that can go on in memory go on.
pub async fn breathe() {
    for _ in 0..4 {
        tokio::task::yield_now().await;
    }
}

/// What is written as JSON for a type that is read from it.
pub fn read<T: DeserializeOwned>(value: Json) -> T {
    serde_json::from_value(value).expect("it has the shape")
}

impl Bare {
    pub async fn start(tenants: usize, change: impl FnOnce(&mut Config)) -> Self {
        // In memory, when the machine has such a place: nothing here is about the disk.
        let dir = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).expect("a temporary directory");
        let mut config = config::load(None, []).expect("the defaults load");
        config.server.data = dir.path().join("data");
        config.database.readers = 1;
        config.database.synchronous = Synchronous::Normal;
        config.jobs.concurrency = 0;
        change(&mut config);
        let clock = Clock::standing_at(BEGINNING);
        let kernel = open(&config, &clock).await;
        let mut made = Vec::new();
        for number in 0..tenants {
            made.push(Arc::new(create(&kernel, number).await));
        }
        let file = Connection::open(config.server.data.join("steading.db")).expect("the file opens");
        file.busy_timeout(Duration::from_secs(30)).expect("an option");
        Self { kernel, clock, tenants: made, file, config, _dir: dir }
    }

    pub fn who(&self, tenant: usize) -> Who {
        Who {
            tenant: Arc::clone(&self.tenants[tenant]),
            actor: Actor::System,
            trace: TraceId::fresh(),
            address: String::new(),
            request: Id::fresh(),
            chain: Chain::default(),
        }
    }

    pub fn tenant_of(&self, number: i64) -> usize {
        self.tenants.iter().position(|tenant| tenant.number.get() == number).expect("a known tenant")
    }

    pub fn write<T: Send + 'static>(
        &self,
        tenant: usize,
        write: impl Fn(&Write<'_>, &Hand) -> Result<T> + Send + 'static,
    ) -> impl Future<Output = Result<T>> {
        let (who, kernel) = (self.who(tenant), Arc::clone(&self.kernel));
        async move {
            let by = Hand::of_server(who.clone());
            kernel.db.write(&who, move |tx| write(tx, &by)).await
        }
    }

    /// One round of the workers, and what it began.
    pub async fn step(&self, places: usize) -> (Report, Vec<Began>) {
        let (report, _) = self.kernel.jobs.step(&self.kernel, places).await.expect("the round is written");
        breathe().await;
        (report, take_begun(&self.kernel))
    }

    /// Starts another kernel on the same file, as the next process does, and gives back the old one.
    pub async fn reopen(&mut self) -> (Arc<Kernel>, Clock) {
        let clock = Clock::standing_at(self.clock.now());
        let kernel = open(&self.config, &clock).await;
        (std::mem::replace(&mut self.kernel, kernel), std::mem::replace(&mut self.clock, clock))
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        self.kernel.db.close();
    }
}

async fn create(kernel: &Arc<Kernel>, number: usize) -> Tenant {
    let (by, key) = (kernel.operator().expect("the operator"), Arc::clone(kernel));
    let made = move |tx: &Write<'_>| {
        let owner = json!({ "email": format!("owner{number}@model.example") });
        let owner = key.identity.create_account(tx, &by, &read(owner), BEGINNING)?;
        let tenant = json!({ "slug": format!("tenant{number}"), "name": "A tenant" });
        create_tenant(tx, &key, &by, &read(tenant), owner.id, BEGINNING)
    };
    let instance = kernel.tenants.instance().expect("the instance");
    kernel.db.write(&*instance, made).await.expect("a tenant")
}

async fn open(config: &Config, clock: &Clock) -> Arc<Kernel> {
    let data = DataDir::prepare(&config.server.data).expect("the data directory");
    let features = Features { jobs: KINDS.to_vec(), ..Features::default() };
    let kernel = Kernel::open(config.clone(), data, clock.clone(), &features).expect("the instance opens");
    kernel.jobs.recover(&kernel).await.expect("it recovers");
    Arc::new(kernel)
}
