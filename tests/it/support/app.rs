//! One instance, served on a free port of this machine by the same code as `steading serve`.

use std::time::Duration;

use serde_json::json;
use steading::base::config::{self, Config};
use steading::base::data_dir::DataDir;
use steading::base::db::Write;
use steading::base::{Clock, Id, Result, Timestamp};
use steading::http::App;
use steading::kernel::identity::{Claims, NewAccount, Subject, User};
use steading::kernel::tenants::{Tenant, create_tenant};
use steading::server::{self, Running};
use tempfile::TempDir;

use super::caller::Caller;

/// 2026-01-01T00:00:00Z, where every test begins.
const BEGINNING: Timestamp = Timestamp::from_millis(1_767_225_600_000);

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

    async fn start_in(dir: TempDir, clock: Clock, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = config::load(None, []).expect("the defaults load");
        config.server.listen = "127.0.0.1:0".into();
        config.server.workers = 1;
        config.server.data = dir.path().join("data");
        config.database.readers = 1;
        change(&mut config);
        let data = DataDir::prepare(&config.server.data).expect("the data directory");
        let running = server::start(config, data, clock.clone()).await.expect("the instance starts");
        let url = format!("http://{}", running.address);
        Self { app: running.app.clone(), clock, dir, url, running: Some(running) }
    }

    /// Stops the instance and starts it again on the same data.
    pub async fn restart(mut self) -> Self {
        self.running.take().expect("it runs").stop().await.expect("it stops");
        let Self { clock, dir, .. } = self;
        Self::start_in(dir, clock, |_| {}).await
    }

    pub async fn stop(mut self) {
        self.running.take().expect("it runs").stop().await.expect("it stops");
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
        let now = self.clock.now();
        let tenant = self.in_instance(move |tx| create_tenant(tx, &kernel, &body, owner.id, now)).await;
        let caller = self.nobody().with_token(&self.token(&owner, None)).in_tenant(slug);
        (tenant, caller)
    }

    pub async fn account(&self, email: &str, owner: bool) -> User {
        let new: NewAccount =
            serde_json::from_value(json!({ "email": email, "owner": owner })).expect("an account");
        let kernel = self.app.kernel().clone();
        let now = self.clock.now();
        self.in_instance(move |tx| kernel.identity.create_account(tx, &new, now)).await
    }

    /// A token for an account, valid for a day, perhaps for one tenant only.
    pub fn token(&self, account: &User, tenant: Option<Id<Tenant>>) -> String {
        self.mint(Subject::User(account.id), tenant, Duration::from_hours(24))
    }

    pub fn mint(&self, subject: Subject, tenant: Option<Id<Tenant>>, valid: Duration) -> String {
        let realm = self.app.tenants.instance().expect("the reserved tenant").id;
        let expires_at = self.clock.now() + valid;
        let claims = Claims { realm, subject, token: Id::fresh(), tenant, expires_at };
        self.app.identity.mint(claims).expect("a token").token
    }

    async fn in_instance<T: Send + 'static>(
        &self,
        write: impl FnMut(&Write<'_>) -> Result<T> + Send + 'static,
    ) -> T {
        let instance = self.app.tenants.instance().expect("the reserved tenant");
        self.app.db.write(&*instance, write).await.expect("the write succeeds")
    }
}
