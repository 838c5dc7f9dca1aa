//! Tokens as this instance makes them, and their end.

use std::time::Duration;

use steading::base::Id;
use steading::kernel::identity::Subject;

use crate::support::{TestApp, expect_shape};

#[actix_web::test]
async fn a_token_ends_when_its_time_is_over() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    acme.get("/api/requests").await.expect(200);
    app.clock.advance(Duration::from_hours(24) - Duration::from_millis(1));
    acme.get("/api/requests").await.expect(200);
    app.clock.advance(Duration::from_millis(1));
    let reply = acme.get("/api/requests").await.expect(401);
    expect_shape(&reply);
    assert_eq!(reply.message(), "This token can't be used: it has expired; make a new one.");
}

#[actix_web::test]
async fn a_token_outlives_a_restart() {
    let app = TestApp::start().await;
    let (account, _) = app.instance_owner("root@example.org").await;
    let token = app.token(&account, None);
    let app = app.restart().await;
    app.nobody().with_token(&token).get("/api/tenants").await.expect(200);
}

#[actix_web::test]
async fn an_account_that_does_not_exist_is_nobody() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    let token = app.mint(Subject::User(Id::fresh()), None, Duration::from_hours(1));
    let reply = app.nobody().with_token(&token).in_tenant("acme").get("/api/requests").await.expect(401);
    assert!(reply.message().contains("does not exist any more or is disabled"), "{}", reply.text);
}

#[actix_web::test]
async fn a_disabled_account_is_nobody_at_once_and_again_somebody_when_enabled() {
    let app = TestApp::start().await;
    let (account, root) = app.instance_owner("root@example.org").await;
    root.get("/api/tenants").await.expect(200);
    for (state, status) in [("disabled", 401), ("active", 200)] {
        app.run_as_engine(format!("UPDATE users_all SET state = '{state}' WHERE id = '{}'", account.id))
            .await;
        root.get("/api/tenants").await.expect(status);
        root.get("/api").await.expect(status);
    }
}

#[actix_web::test]
async fn the_operator_runs_the_instance_and_has_no_place_in_a_tenant() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    let token = app.mint(Subject::Operator, None, Duration::from_hours(1));
    let operator = app.nobody().with_token(&token);
    operator.get("/api/tenants").await.expect(200);
    assert_eq!(operator.get("/api").await.expect(200).data()["actor"], "system");
    operator.in_tenant("acme").get("/api/requests").await.expect(403);
}

#[actix_web::test]
async fn whoever_says_who_he_is_must_be_it_even_where_nobody_need_be() {
    let app = TestApp::start().await;
    let (account, root) = app.instance_owner("root@example.org").await;
    assert!(app.nobody().get("/api").await.expect(200).data()["actor"].is_null());
    assert_eq!(root.get("/api").await.expect(200).data()["actor"], format!("user:{}", account.id));
    app.nobody().with_token("rubbish").get("/api").await.expect(401);
}

#[actix_web::test]
async fn a_header_that_is_no_bearer_token_is_refused_in_words() {
    let app = TestApp::start().await;
    let (account, _) = app.instance_owner("root@example.org").await;
    let token = app.token(&account, None);
    let with = |value: &str| app.nobody().with_header("authorization", value);
    for value in [&token, "Basic cm9vdDpyb290", "Bearer", "", "Token x"] {
        let reply = with(value).get("/api/tenants").await.expect(401);
        expect_shape(&reply);
        assert!(reply.message().contains("Authorization: Bearer <token>"), "{}", reply.text);
    }
    with("Bearer ").get("/api/tenants").await.expect(401);
    with(&format!("bearer   {token} ")).get("/api/tenants").await.expect(200);
}
