//! What every writing route does with an `Idempotency-Key`: it keeps its reply for a repeat, it refuses the key, or it is one
//! of the few that docs/api.md names because they take no notice.
//!
//! A key that was used for another request is refused wherever it is looked at before anything is done. So each route is
//! sent such a key, and none of them has to be able to do its work here.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use steading::addons::ADDONS;
use steading::base::Id;
use steading::http::{Access, Route, document};
use steading::kernel::identity::{Scope, User};

use super::schema::smallest;
use crate::support::{Caller, Reply, TestApp};

const BACKUP: &str = "steading-2026-01-01T00-00-00-000Z.tar";

/// Routes that take no notice of a key, and why they may.
const HEEDLESS: &[(&str, &str)] = &[
    ("/api/setup", "nobody is signed in, whose key it could be"),
    ("/api/auth/signup", "nobody is signed in, whose key it could be"),
    ("/api/auth/login", "nobody is signed in, whose key it could be"),
    ("/api/auth/logout", "the session is over, so a repeat is refused"),
    ("/api/auth/password", "the old password is wrong by then, so a repeat is refused"),
    ("/api/schedules/preview", "it changes nothing"),
];

/// Routes that refuse a key.
const REFUSING: &[&str] = &[
    "/api/backups/{name}/restore",
    "/api/jobs/claim",
    "/api/keys",
    "/api/setup-codes",
    "/api/signing-keys",
    "/api/subscriptions/{id}/rotate-secret",
    "/api/subscriptions/{id}/test",
];

struct Stage {
    app: TestApp,
    document: Value,
    owner: User,
    root: User,
}

#[actix_web::test]
async fn every_post_keeps_its_reply_or_refuses_the_key_or_is_a_named_exception() {
    let stage = Stage::start().await;
    let (mut seen, mut wrong) = (BTreeSet::new(), Vec::new());
    for route in routes("POST") {
        let reply = stage.call_with_a_used_key(route).await;
        let is_of_the_key = reply.message().contains("Idempotency-Key");
        let told = (reply.status, is_of_the_key);
        let is_named = |(path, _): &(&str, &str)| *path == route.path;
        let expected = if HEEDLESS.iter().any(is_named) {
            !is_of_the_key
        } else if REFUSING.contains(&route.path) {
            told == (400, true)
        } else {
            told == (409, true)
        };
        if !expected {
            wrong.push(format!("POST {} took the key as {told:?}: {}", route.path, reply.text));
        }
        seen.insert(route.path);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let named = HEEDLESS.iter().map(|(path, _)| path).chain(REFUSING);
    let gone: Vec<_> = named.filter(|path| !seen.contains(**path)).collect();
    assert!(gone.is_empty(), "these are no routes: {gone:?}");
}

#[actix_web::test]
async fn no_other_method_looks_at_a_key() {
    let stage = Stage::start().await;
    for method in ["PUT", "PATCH", "DELETE"] {
        for route in routes(method) {
            let reply = stage.call_with_a_used_key(route).await;
            assert!(!reply.message().contains("Idempotency-Key"), "{method} {}: {}", route.path, reply.text);
        }
    }
}

#[test]
fn the_exceptions_are_the_documented_ones() {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/api.md")).expect("a document");
    let section = text.split("## Repeating safely").nth(1).and_then(|rest| rest.split("\n## ").next());
    let named: BTreeSet<&str> = section
        .expect("the section")
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.starts_with("/api/"))
        .collect();
    // A subscription keeps its reply, unless it is a webhook's.
    let known =
        HEEDLESS.iter().map(|(path, _)| *path).chain(REFUSING.iter().copied()).chain(["/api/subscriptions"]);
    assert_eq!(named, known.collect());
}

#[actix_web::test]
async fn a_subscription_is_made_once_and_a_webhooks_secret_is_kept_for_no_repeat() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let keyed = acme.clone().with_header("idempotency-key", "once");
    let new = json!({ "name": "bills", "pattern": "order.*", "target": { "job": "test.act" } });
    let first = keyed.post("/api/subscriptions", new.clone()).await.expect(201);
    let again = keyed.post("/api/subscriptions", new).await.expect(201);
    assert_eq!((again.header("idempotency-replayed"), again.data()), ("true", first.data()));

    let hook =
        json!({ "name": "hook", "pattern": "order.*", "target": { "webhook": "https://hooks.example/a" } });
    let refused = keyed.post("/api/subscriptions", hook).await.expect(400);
    assert!(refused.message().contains("Idempotency-Key"), "{}", refused.text);
}

impl Stage {
    async fn start() -> Self {
        let app = TestApp::start().await;
        app.tenant("acme").await;
        let root = app.account("root@example.org", true).await;
        let (tenant, _) = app.tenant("home").await;
        let owner = app.account("ada@example.org", false).await;
        app.join(&tenant, &owner).await;
        let backups = app.app.data.backups();
        fs::create_dir_all(&backups).expect("a folder");
        fs::write(backups.join(BACKUP), "").expect("a file");
        let all: Vec<_> = ADDONS.iter().flat_map(|addon| addon.routes).collect();
        let stage = Self { document: document(&all), app, owner, root };
        stage.caller(Some(Scope::Tenant)).post("/api/requests", json!({ "title": "a" })).await.expect(201);
        let new = json!({ "email": "bob@example.org" });
        stage.caller(Some(Scope::Instance)).post("/api/accounts", new).await.expect(201);
        stage
    }

    /// Who may call such a route, with a token of his own and always the same key.
    fn caller(&self, scope: Option<Scope>) -> Caller {
        let nobody = self.app.nobody().with_header("idempotency-key", "once");
        match scope {
            None => nobody.in_tenant("home"),
            Some(Scope::Instance | Scope::Home) => nobody.with_token(&self.app.token(&self.root, None)),
            Some(_) => nobody.with_token(&self.app.token(&self.owner, None)).in_tenant("home"),
        }
    }

    async fn call_with_a_used_key(&self, route: &Route) -> Reply {
        let scope = match route.access {
            Access::Required(permission) => Some(permission.scope),
            Access::Public | Access::Optional => None,
        };
        let method = route.method.as_str().parse().expect("a method");
        self.caller(scope).send(method, &path_of(route), self.body_of(route)).await
    }

    /// What the route lets in as far as its write.
    fn body_of(&self, route: &Route) -> Option<String> {
        let method = route.method.as_str().to_lowercase();
        let schema = self.document["paths"][route.path][method]["requestBody"]
            .pointer("/content/application~1json/schema")?;
        let mut body = smallest(&self.document, schema);
        // What no schema tells.
        let (field, value) = match route.path {
            "/api/jobs/retry" | "/api/jobs/cancel" | "/api/jobs/delete" => {
                ("filter", json!({ "state": "dead" }))
            }
            "/api/dead-letters/replay" | "/api/dead-letters/discard" => {
                ("filter", json!({ "fingerprint": "none" }))
            }
            "/api/events/replay" => ("filter", json!({ "type": "order.*" })),
            "/api/events" => ("type", json!("order.paid")),
            "/api/events/batch" => ("events", json!([{ "type": "order.paid", "payload": {} }])),
            "/api/jobs/enqueue/batch" => ("jobs", json!([{ "jobName": "system.ping" }])),
            "/api/schedules" => ("cron", json!("@daily")),
            "/api/subscriptions" => ("pattern", json!("order.*")),
            "/api/keys" | "/api/roles" => ("permissions", json!(["requests:read"])),
            "/api/issuers" => ("issuer", json!("https://login.example.org")),
            _ => return Some(body.to_string()),
        };
        body[field] = value;
        if route.path == "/api/issuers" {
            body["audience"] = json!(["desk"]);
        }
        Some(body.to_string())
    }
}

/// Those that end the caller's own tokens come last.
fn routes(method: &str) -> Vec<&'static Route> {
    let all = ADDONS.iter().flat_map(|addon| addon.routes);
    let mut found: Vec<_> = all.filter(|route| route.method.as_str() == method).collect();
    found.sort_by_key(|route| route.path.starts_with("/api/auth/"));
    found
}

fn path_of(route: &Route) -> String {
    let fresh = Id::<Stage>::fresh().to_string();
    let parts = route.path.split('/').map(|part| match part {
        "{name}" if route.path.starts_with("/api/backups") => BACKUP,
        "{id}" if route.path.starts_with("/api/tenants") => "acme",
        part if part.starts_with('{') => &fresh,
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}
