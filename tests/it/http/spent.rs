//! Tokens that were good once, or are good elsewhere, against every route that needs one.

use std::time::Duration;

use serde_json::json;
use steading::addons::ADDONS;
use steading::base::config::Config;
use steading::http::{Access, Route};
use steading::kernel::identity::{Scope, Subject};

use crate::people::every_route::try_route;
use crate::support::{Caller, TestApp};

const PASSWORD: &str = "a rather long sentence";

fn quick(config: &mut Config) {
    config.identity.argon2_memory = bytesize::ByteSize::kib(64);
    config.identity.argon2_passes = 1;
    config.limits.rates = false;
}

/// Routes that need a token, and where each works.
fn guarded() -> impl Iterator<Item = (&'static Route, Scope)> {
    ADDONS.iter().flat_map(|addon| addon.routes).filter_map(|route| match route.access {
        Access::Required(permission) => Some((route, permission.scope)),
        Access::Public | Access::Optional => None,
    })
}

async fn sign_in(app: &TestApp, tenant: &str, email: &str) -> Caller {
    let login = json!({ "email": email, "password": PASSWORD });
    let began = app.nobody().in_tenant(tenant).post("/api/auth/login", login).await.expect(201).data();
    app.nobody().with_token(began["token"].as_str().expect("a token"))
}

async fn make_user(owner: &Caller, email: &str) -> String {
    let new = json!({ "email": email, "role": "owner", "password": PASSWORD });
    let made = owner.post("/api/users", new).await.expect(201).data();
    made["id"].as_str().expect("an id").to_owned()
}

#[actix_web::test]
async fn no_route_lets_in_a_token_that_is_good_no_more() {
    let app = TestApp::start_with(quick).await;
    let (_, owner) = app.tenant("acme").await;
    let mut spent = Vec::new();

    let left = sign_in_new(&app, &owner, "left@acme.example").await.0;
    left.send(reqwest::Method::POST, "/api/auth/logout", None).await.expect(200);
    spent.push(("a session that ended", left));

    let (disabled, id) = sign_in_new(&app, &owner, "disabled@acme.example").await;
    owner.patch(&format!("/api/users/{id}"), json!({ "state": "disabled" })).await.expect(200);
    spent.push(("a user who is disabled", disabled));

    let (deleted, id) = sign_in_new(&app, &owner, "deleted@acme.example").await;
    owner.delete(&format!("/api/users/{id}")).await.expect(200);
    spent.push(("a user who is deleted", deleted));

    let key = json!({ "name": "robot", "permissions": ["*:*"] });
    let made = owner.post("/api/keys", key).await.expect(201).data();
    owner.delete(&format!("/api/keys/{}", made["id"].as_str().expect("an id"))).await.expect(200);
    spent.push(("a key that is deleted", app.nobody().with_token(made["token"].as_str().expect("a token"))));

    let account = app.account("late@example.org", true).await;
    let expired = app.mint(Subject::User(account.id), None, Duration::from_secs(1));
    app.clock.advance(Duration::from_secs(2));
    spent.push(("a token that expired", app.nobody().with_token(&expired)));

    for (what, caller) in spent {
        let caller = caller.in_tenant("acme");
        for (route, scope) in guarded() {
            // A key has no place outside its tenant, whether it is there or not.
            let is_outside =
                what.contains("key") && matches!(scope, Scope::Instance | Scope::Home | Scope::Person);
            let reply = try_route(&caller, route).await;
            assert_eq!(
                reply.status,
                if is_outside { 403 } else { 401 },
                "{what} on {} {}: {}",
                route.method,
                route.path,
                reply.text
            );
        }
    }
}

async fn sign_in_new(app: &TestApp, owner: &Caller, email: &str) -> (Caller, String) {
    let id = make_user(owner, email).await;
    (sign_in(app, "acme", email).await, id)
}

#[actix_web::test]
async fn the_owner_of_one_tenant_is_nobody_in_another_and_in_the_instance() {
    let app = TestApp::start_with(quick).await;
    let (_, owner) = app.tenant("acme").await;
    app.tenant("globex").await;
    make_user(&owner, "ada@acme.example").await;
    let user = sign_in(&app, "acme", "ada@acme.example").await.in_tenant("globex");
    for (route, scope) in guarded() {
        // Everybody may see who he is and end his own sessions, wherever he says that he is.
        if matches!(scope, Scope::Home | Scope::Person) {
            continue;
        }
        let reply = try_route(&user, route).await;
        assert_eq!(reply.status, 403, "{} {}: {}", route.method, route.path, reply.text);
    }
}

#[actix_web::test]
async fn a_suspended_tenant_is_closed_to_its_owner_on_every_route() {
    let app = TestApp::start_with(quick).await;
    let (_, owner) = app.tenant("acme").await;
    let (_, root) = app.instance_owner("root@example.org").await;
    root.send(reqwest::Method::POST, "/api/tenants/acme/suspend", None).await.expect(200);
    for (route, scope) in guarded() {
        if matches!(scope, Scope::Tenant | Scope::Anywhere | Scope::Here) {
            let reply = try_route(&owner, route).await;
            assert_eq!(reply.status, 403, "{} {}: {}", route.method, route.path, reply.text);
        }
    }
}
