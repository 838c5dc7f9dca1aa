//! The audit: what is written down, who may read it, and that nobody changes it unseen.

mod acts;
mod chain;
mod list;
mod people;
mod pruning;
mod secrets;
mod together;

use serde_json::{Value, json};
use steading::kernel::audit::{Act, record};

use crate::support::{Caller, Reply, TestApp};

const PASSWORD: &str = "quiet harbour 41 lamps";
const NEXT_PASSWORD: &str = "three tall masts in fog";

/// An instance that spends little on passwords.
async fn start() -> TestApp {
    TestApp::start_with(|config| {
        config.identity.argon2_memory = "1 MiB".parse().expect("a size");
        config.identity.argon2_passes = 1;
    })
    .await
}

/// Goes through the first run: an owner of the instance and of the tenant `acme`, signed in.
async fn set_up(app: &TestApp) -> (String, Reply) {
    let code = app.app.make_setup_code(&app.operator()).await.expect("a code");
    let body = json!({
        "code": code, "email": "ada@example.org", "name": "Ada", "password": PASSWORD,
        "tenant": { "slug": "acme", "name": "Acme" },
    });
    (code, app.nobody().post("/api/setup", body).await.expect(201))
}

/// Who signed in with this reply, calling.
fn signed_in(app: &TestApp, reply: &Reply) -> Caller {
    app.nobody().with_token(reply.data()["token"].as_str().expect("a token"))
}

fn user_of(reply: &Reply) -> String {
    format!("user:{}", reply.data()["user"]["id"].as_str().expect("an id"))
}

async fn entries(caller: &Caller, query: &str) -> Vec<Value> {
    let list = caller.get(&format!("/api/audit?limit=200{query}")).await.expect(200).data();
    list.as_array().expect("a list").clone()
}

/// The actions of these entries, the oldest first.
fn actions(entries: &[Value]) -> Vec<&str> {
    entries.iter().rev().map(|entry| entry["action"].as_str().expect("an action")).collect()
}

/// Writes rows about nothing in the tenant's audit.
async fn add_rows(app: &TestApp, tenant: &str, count: usize) {
    let tenant = app.app.tenants.find(tenant).expect("the tenant");
    let who = steading::kernel::Who { tenant, ..app.operator() };
    let (by, now) = (who.clone(), app.clock.now());
    let write = move |tx: &steading::base::db::Write<'_>| {
        (0..count).try_for_each(|nth| record(tx, &by, &Act::new("lamp.lit", format!("lamp:{nth}")), now))
    };
    app.app.db.write(&who, write).await.expect("the rows are written");
}
