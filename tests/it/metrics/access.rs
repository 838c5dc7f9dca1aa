//! Who may read the figures.

use serde_json::json;
use steading::base::config::Config;

use super::{Figures, reader};
use crate::support::TestApp;

fn open_to_this_machine(config: &mut Config) {
    config.server.metrics_open_to = vec!["127.0.0.1".parse().expect("an address")];
}

#[actix_web::test]
async fn they_are_closed_to_everybody_who_may_not_read_them() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    app.nobody().get("/metrics").await.expect(401);
    acme.get("/metrics").await.expect(403);
    let reply = reader(&app).await.get("/metrics").await.expect(200);
    assert_eq!(reply.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
}

#[actix_web::test]
async fn a_key_for_nothing_else_reads_them() {
    let app = TestApp::start().await;
    let root = reader(&app).await;
    let key = json!({ "name": "prometheus", "permissions": ["metrics:read"] });
    let made = root.clone().in_tenant("instance").post("/api/keys", key).await.expect(201).data();
    let key = app.nobody().with_token(made["token"].as_str().expect("a token"));
    Figures::read(&key).await.of("steading_tenants");
    key.get("/api/tenants").await.expect(403);
}

#[actix_web::test]
async fn those_near_read_them_without_a_token_and_nothing_else() {
    let app = TestApp::start_with(open_to_this_machine).await;
    Figures::read(&app.nobody()).await.of("steading_tenants");
    app.nobody().get("/api/tenants").await.expect(401);
    app.nobody().with_token("rubbish").get("/metrics").await.expect(401);
}

#[actix_web::test]
async fn whom_a_proxy_hands_on_is_not_near() {
    let app = TestApp::start_with(open_to_this_machine).await;
    for (name, value) in
        [("x-forwarded-for", "127.0.0.1"), ("forwarded", "for=127.0.0.1"), ("via", "1.1 proxy")]
    {
        app.nobody().with_header(name, value).get("/metrics").await.expect(401);
    }
}
