//! Too little room on the disk: what would add waits, everything else goes on, and it recovers by itself.

use serde_json::json;
use steading::addons::ADDONS;
use steading::http::GOES_ON;
use steading::kernel::{audit, events, identity, jobs, replies, tenants};

use crate::support::{TestApp, expect_shape};

/// More than any disk has.
const ALL: u64 = u64::MAX;

#[actix_web::test]
async fn what_would_add_is_refused_and_says_how_much_is_free_and_what_to_do() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let made = acme.post("/api/requests", json!({ "title": "Before" })).await.expect(201).data();
    app.app.room.keep_free(ALL);
    let refused = acme.post("/api/requests", json!({ "title": "Too much" })).await.expect(503);
    expect_shape(&refused);
    for part in ["free on the disk of the data directory", "less than the", "Free some space"] {
        assert!(refused.message().contains(part), "{}", refused.text);
    }
    assert_eq!(refused.header("retry-after"), "1");
    let place = app.dir.path().to_str().expect("a path");
    assert!(!refused.text.contains(place), "{}", refused.text);
    let path = format!("/api/requests/{}", made["id"].as_str().expect("an id"));
    acme.patch(&path, json!({ "title": "Longer" })).await.expect(503);
    let probe = app.nobody().get("/readyz").await.expect(503);
    assert_eq!(probe.paths(), ["disk"], "{}", probe.text);

    app.app.room.keep_free(0);
    acme.post("/api/requests", json!({ "title": "There is room" })).await.expect(201);
    app.nobody().get("/readyz").await.expect(200);
}

#[actix_web::test]
async fn reading_and_deleting_go_on() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let made = acme.post("/api/requests", json!({ "title": "Old" })).await.expect(201).data();
    let path = format!("/api/requests/{}", made["id"].as_str().expect("an id"));
    app.app.room.keep_free(ALL);
    acme.get(&path).await.expect(200);
    acme.get("/api/requests").await.expect(200);
    acme.delete(&path).await.expect(200);
    assert_eq!(app.count("requests_all"), 0);
}

#[actix_web::test]
async fn what_frees_space_goes_on() {
    let app = TestApp::start().await;
    let (tenant, acme) = app.tenant("acme").await;
    for _ in 0..3 {
        acme.post("/api/requests", json!({ "title": "Old" })).await.expect(201);
    }
    let (_, owner) = app.instance_owner("owner@example.com").await;
    app.app.room.keep_free(ALL);
    let kernel = app.app.kernel();
    jobs::prune_once(kernel).await.expect("jobs are deleted");
    events::prune_once(kernel).await.expect("events are deleted");
    audit::prune_once(kernel).await.expect("the audit is shortened");
    replies::prune_once(kernel).await.expect("replies are deleted");
    identity::prune_keys(kernel).await.expect("keys are deleted");
    identity::prune_sessions(kernel).await.expect("sessions are deleted");
    owner.delete(&format!("/api/tenants/{}", tenant.id)).await.expect(202);
    tenants::erase_once(kernel).await.expect("the tenant is erased");
    assert_eq!(app.count("requests_all"), 0);
}

#[actix_web::test]
async fn jobs_that_wait_run_on() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    acme.enqueue(json!({ "does": "succeed", "name": "begun" })).await;
    app.app.room.keep_free(ALL);
    app.run_jobs().await;
    assert_eq!(acme.states().await, "done 1");
    acme.post("/api/jobs/enqueue", json!({ "jobName": "system.ping", "payload": { "message": "more" } }))
        .await
        .expect(503);
}

#[test]
fn whatever_goes_on_is_a_route() {
    for path in GOES_ON {
        let is_route = ADDONS.iter().flat_map(|addon| addon.routes).any(|route| route.path == *path);
        assert!(is_route, "{path} is gone");
    }
}
