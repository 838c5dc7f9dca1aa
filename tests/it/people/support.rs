//! What these tests share: people who sign in, with the role that they were given.

use serde_json::{Value, json};
use steading::base::config::Config;

use crate::support::{Caller, TestApp};

pub const PASSWORD: &str = "a rather long sentence";

/// An instance whose passwords are cheap to hash.
pub async fn start() -> TestApp {
    TestApp::start_with(cheap).await
}

fn cheap(config: &mut Config) {
    config.identity.argon2_memory = bytesize::ByteSize::kib(64);
    config.identity.argon2_passes = 1;
}

pub fn id_of(made: &Value) -> String {
    made["id"].as_str().or_else(|| made["accountId"].as_str()).expect("an id").to_owned()
}

/// Makes a user of a tenant and returns it.
pub async fn make_user(by: &Caller, email: &str, role: &str) -> Value {
    let body = json!({ "email": email, "role": role, "password": PASSWORD });
    by.post("/api/users", body).await.expect(201).data()
}

/// Makes a role of the tenant.
pub async fn make_role(by: &Caller, name: &str, permissions: &[&str]) {
    by.post("/api/roles", json!({ "name": name, "permissions": permissions })).await.expect(201);
}

/// Signs a user in to a tenant.
pub async fn sign_in(app: &TestApp, tenant: &str, email: &str) -> Caller {
    let body = json!({ "email": email, "password": PASSWORD });
    let began = app.nobody().in_tenant(tenant).post("/api/auth/login", body).await.expect(201).data();
    app.nobody().with_token(began["token"].as_str().expect("a token")).in_tenant(tenant)
}

/// A user of the tenant `acme` with this role, signed in.
pub async fn user_with(app: &TestApp, by: &Caller, role: &str) -> (String, Caller) {
    let email = format!("{role}@acme.example");
    let user = make_user(by, &email, role).await;
    (id_of(&user), sign_in(app, "acme", &email).await)
}

/// A new account as a member of the caller's tenant, and that account calling there.
pub async fn member_with(app: &TestApp, by: &Caller, tenant: &str, role: &str) -> (String, Caller) {
    let account = app.account(&format!("{role}-{tenant}@example.org"), false).await;
    let body = json!({ "accountId": account.id, "role": role });
    by.post("/api/members", body).await.expect(201);
    (account.id.to_string(), app.nobody().with_token(&app.token(&account, None)).in_tenant(tenant))
}
