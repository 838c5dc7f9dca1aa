//! One instance, served on a free port of this machine by the same code as `steading serve`.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use serde_json::json;
use steading::addons;
use steading::base::config::{self, Config};
use steading::base::data_dir::DataDir;
use steading::base::db::{Sql, Write};
use steading::base::{Clock, Id, Result, Timestamp};
use steading::http::{App, Route, Table};
use steading::kernel::Who;
use steading::kernel::identity::{Claims, NewAccount, Subject, User};
use steading::kernel::jobs::Report;
use steading::kernel::tenants::{Tenant, create_tenant};
use steading::kernel::upkeep::Bells;
use steading::server::{self, Running};
use tempfile::TempDir;

use super::caller::Caller;

/// 2026-01-01T00:00:00Z, where every test begins.
const BEGINNING: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// Jobs that run at once when tests step the workers.
const PLACES: usize = 8;

/// Jobs that run at once when the workers do.
const LIVE_PLACES: usize = 16;

pub struct TestApp {
    pub app: App,
    pub clock: Clock,
    pub dir: TempDir,
    pub url: String,
    running: Option<Running>,
}

impl TestApp {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Starts with a changed configuration.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let dir = TempDir::new().expect("a temporary directory");
        Self::start_in(dir, Clock::standing_at(BEGINNING), change).await
    }

    /// Starts with workers of its own, by the system's clock.
    pub async fn start_live(change: impl FnOnce(&mut Config)) -> Self {
        let dir = TempDir::new().expect("a temporary directory");
        Self::start_live_in(dir, change).await
    }

    pub async fn start_live_in(dir: TempDir, change: impl FnOnce(&mut Config)) -> Self {
        let live = |config: &mut Config| {
            config.jobs.concurrency = LIVE_PLACES;
            change(config);
        };
        Self::start_in(dir, Clock::System, live).await
    }

    /// Serves the data in this directory with workers at work, until the process ends.
    pub async fn serve_live_in(dir: &Path) -> Running {
        serve_in(dir, Clock::System, |config| config.jobs.concurrency = LIVE_PLACES).await
    }

    async fn start_in(dir: TempDir, clock: Clock, change: impl FnOnce(&mut Config)) -> Self {
        let running = serve_in(dir.path(), clock.clone(), change).await;
        let url = format!("http://{}", running.address);
        Self { app: running.app.clone(), clock, dir, url, running: Some(running) }
    }

    /// Stops the instance and starts it again on the same data.
    pub async fn restart(mut self) -> Self {
        self.running.take().expect("it runs").stop().await.expect("it stops");
        let Self { clock, dir, .. } = self;
        Self::start_in(dir, clock, |_| {}).await
    }

    /// Serves these routes in the place of the features'.
    pub fn serve_routes(&self, routes: Vec<&'static Route>) {
        let table = Table::new(routes, Vec::new()).expect("the paths are different");
        let app = App::new(self.app.kernel().clone(), table, Bells::hang());
        self.running.as_ref().expect("it runs").door().open(app);
    }

    /// Waits until data is prepared that somebody goes back to, and exchanges it.
    pub async fn exchange(&mut self) {
        self.exchange_after(|_| {}).await;
    }

    /// The same after something was done to what is prepared.
    pub async fn exchange_after(&mut self, act: impl FnOnce(&Path)) {
        let running = self.running.as_mut().expect("it runs");
        let ready = running.ready().await;
        act(&self.dir.path().join("data").join(&ready.exchange.comes_from));
        running.exchange(ready).await.expect("the data is exchanged");
        self.app = running.app.clone();
    }

    /// Runs every job that is due, and what it causes, until there is nothing to do now.
    pub async fn run_jobs(&self) -> Report {
        let kernel = self.app.kernel();
        kernel.jobs.run_until_idle(kernel, PLACES).await.expect("the rounds are written")
    }

    /// Begins what is due and does not wait for it.
    pub async fn begin_jobs(&self) {
        let kernel = self.app.kernel();
        kernel.jobs.step(kernel, PLACES).await.expect("the round is written");
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }

    /// Stops the instance and hands over its directory.
    pub async fn stop(mut self) -> TempDir {
        self.running.take().expect("it runs").stop().await.expect("it stops");
        self.dir
    }

    /// A caller without a token.
    pub fn nobody(&self) -> Caller {
        Caller::new(&self.url)
    }

    /// A new account that owns the instance.
    pub async fn instance_owner(&self, email: &str) -> (User, Caller) {
        let account = self.account(email, true).await;
        let caller = self.nobody().with_token(&self.token(&account, None));
        (account, caller)
    }

    /// A new tenant with an owner of its own, and that owner calling within it.
    pub async fn tenant(&self, slug: &str) -> (Tenant, Caller) {
        let owner = self.account(&format!("owner@{slug}.example"), false).await;
        let body = serde_json::from_value(json!({ "slug": slug, "name": slug })).expect("a tenant");
        let kernel = self.app.kernel().clone();
        let (now, by) = (self.clock.now(), self.operator());
        let tenant = self.in_instance(move |tx| create_tenant(tx, &kernel, &by, &body, owner.id, now)).await;
        let caller = self.nobody().with_token(&self.token(&owner, None)).in_tenant(slug);
        (tenant, caller)
    }

    pub async fn account(&self, email: &str, owner: bool) -> User {
        let new: NewAccount =
            serde_json::from_value(json!({ "email": email, "owner": owner })).expect("an account");
        let kernel = self.app.kernel().clone();
        let (now, by) = (self.clock.now(), self.operator());
        self.in_instance(move |tx| kernel.identity.create_account(tx, &by, &new, now)).await
    }

    /// The operator, in a trace of his own.
    pub fn operator(&self) -> Who {
        self.app.operator().expect("the reserved tenant")
    }

    /// The owner of a tenant with a fresh token, for when the clock has outlived the first.
    pub async fn later(&self, email: &str, tenant: &str) -> Caller {
        let key = email.to_owned();
        let owner = self
            .in_instance(move |tx| {
                let email = key.parse().expect("an address");
                Ok(steading::kernel::identity::find_user_by_email(tx, &email)?.expect("the account"))
            })
            .await;
        self.nobody().with_token(&self.token(&owner, None)).in_tenant(tenant)
    }

    /// A token for an account, valid for a day, perhaps for one tenant only.
    pub fn token(&self, account: &User, tenant: Option<Id<Tenant>>) -> String {
        self.mint(Subject::User(account.id), tenant, Duration::from_hours(24))
    }

    pub fn mint(&self, subject: Subject, tenant: Option<Id<Tenant>>, valid: Duration) -> String {
        let realm = self.app.tenants.instance().expect("the reserved tenant").id;
        let expires_at = self.clock.now() + valid;
        let claims = Claims { realm, subject, token: Id::fresh(), tenant, is_key: false, expires_at };
        self.app.identity.mint(claims).expect("a token").token
    }

    /// How many rows a table of the file has, whoever's they are.
    pub fn count(&self, table: &str) -> i64 {
        self.ask(&format!("SELECT count(*) FROM {table}"))
    }

    /// The one number that a statement answers, read past the server.
    pub fn ask(&self, statement: &str) -> i64 {
        let file = self.file();
        file.query_row(statement, [], |row| row.get(0)).expect("the statement answers a number")
    }

    /// The file, opened past the server for reading.
    pub fn file(&self) -> Connection {
        let path = self.dir.path().join("data/steading.db");
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the file opens")
    }

    /// The tables whose rows belong to tenants.
    pub fn tenant_tables(&self) -> Vec<String> {
        let file = self.file();
        let mut names = file
            .prepare(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB '*_all' ORDER BY name",
            )
            .expect("the schema is readable");
        let rows = names.query_map([], |row| row.get(0)).expect("the schema answers");
        rows.map(|name| name.expect("a name")).collect()
    }

    /// Makes an account an owner of a tenant.
    pub async fn join(&self, tenant: &Tenant, account: &User) {
        self.run_as_engine(format!(
            "INSERT INTO members_all (tenant_id, account_id, role, created_at) VALUES ({}, '{}', 'owner', 0)",
            tenant.number.get(),
            account.id
        ))
        .await;
    }

    /// Runs a statement as the engine runs its own, for what no route does yet; everybody's rights
    /// are looked up anew after it, as after every change of them.
    pub async fn run_as_engine(&self, statement: String) {
        let text: &'static str = Box::leak(format!("/* system */ {statement}").into_boxed_str());
        let sql: &'static Sql = Box::leak(Box::new(Sql::new("test", text, text)));
        let kernel = self.app.kernel().clone();
        self.in_instance(move |tx| {
            tx.system().run(sql, &[])?;
            kernel.identity.forget_standings(tx);
            Ok(())
        })
        .await;
    }

    async fn in_instance<T: Send + 'static>(
        &self,
        write: impl FnMut(&Write<'_>) -> Result<T> + Send + 'static,
    ) -> T {
        let instance = self.app.tenants.instance().expect("the reserved tenant");
        self.app.db.write(&*instance, write).await.expect("the write succeeds")
    }
}

async fn serve_in(dir: &Path, clock: Clock, change: impl FnOnce(&mut Config)) -> Running {
    let mut config = config::load(None, []).expect("the defaults load");
    config.server.listen = "127.0.0.1:0".into();
    config.server.workers = 1;
    config.server.data = dir.join("data");
    config.database.readers = 1;
    // Tests step the workers.
    config.jobs.concurrency = 0;
    // Everybody signs in from one address here, while the clock stands.
    config.limits.address_costly = 100_000;
    change(&mut config);
    let data = DataDir::prepare(&config.server.data).expect("the data directory");
    let mut features = addons::features();
    features.jobs.extend(super::work::KINDS);
    features.facts.extend(super::listeners::FACTS);
    features.handlers.extend(super::listeners::HANDLERS);
    server::start_with(config, data, clock, &features).await.expect("the instance starts")
}
