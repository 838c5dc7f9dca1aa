//! What the server itself publishes.

use std::time::Duration;

use serde_json::json;

use crate::people::support::make_user;
use crate::support::{Caller, TestApp};

async fn published(caller: &Caller) -> Vec<String> {
    let listed = caller.get("/api/events?limit=100").await.expect(200).data();
    let all = listed.as_array().expect("a list").iter().rev();
    all.map(|event| event["type"].as_str().expect("a type").to_owned()).collect()
}

#[actix_web::test]
async fn a_request_tells_of_every_step() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let made = acme.post("/api/requests", json!({ "title": "A" })).await.expect(201).data();
    let path = format!("/api/requests/{}", made["id"].as_str().expect("an id"));
    acme.patch(&path, json!({ "title": "B" })).await.expect(200);
    acme.post(&format!("{path}/comments"), json!({ "body": "hm" })).await.expect(201);
    let mv = json!({ "to": "in_progress", "comment": "on it" });
    acme.post(&format!("{path}/transition"), mv).await.expect(200);
    acme.delete(&path).await.expect(200);
    assert_eq!(
        published(&acme).await,
        [
            "request.created",
            "request.updated",
            "request.commented",
            "request.commented",
            "request.transitioned",
            "request.deleted"
        ]
    );
    let moved = acme.get("/api/events?type=request.transitioned").await.expect(200).data();
    assert_eq!((&moved[0]["payload"]["from"], &moved[0]["subject"]), (&json!("open"), &made["id"]));
}

#[actix_web::test]
async fn what_fails_is_told_to_nobody() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let made = acme.post("/api/requests", json!({ "title": "A" })).await.expect(201).data();
    let path = format!("/api/requests/{}/transition", made["id"].as_str().expect("an id"));
    acme.post(&path, json!({ "to": "done" })).await.expect(409);
    assert_eq!(published(&acme).await, ["request.created"]);
}

#[actix_web::test]
async fn people_who_come_and_go_are_told_of() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let user = json!({ "email": "ada@example.com", "name": "Ada", "password": "a long enough secret 7" });
    let made = acme.post("/api/users", user).await.expect(201).data();
    let sign_in = json!({ "email": "ada@example.com", "password": "a long enough secret 7" });
    app.nobody().in_tenant("acme").post("/api/auth/login", sign_in).await.expect(201);
    let guest = app.account("guest@example.com", false).await;
    acme.post("/api/members", json!({ "accountId": guest.id, "role": "viewer" })).await.expect(201);
    let member = format!("/api/members/{}", guest.id);
    acme.patch(&member, json!({ "role": "developer" })).await.expect(200);
    acme.delete(&member).await.expect(200);
    acme.delete(&format!("/api/users/{}", made["id"].as_str().expect("an id"))).await.expect(200);
    assert_eq!(
        published(&acme).await,
        [
            "user.created",
            "user.signed_in",
            "member.added",
            "member.changed",
            "member.removed",
            "user.deleted"
        ]
    );
    let created = acme.get("/api/events?type=user.created").await.expect(200).data();
    assert_eq!(created[0]["payload"], json!({ "userId": made["id"] }));
    for told in ["secret", "ada@example.com", "Ada"] {
        assert!(!created.to_string().contains(told), "who may not see people sees {told}");
    }
}

#[actix_web::test]
async fn old_events_are_deleted_and_what_is_on_its_way_stays() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("prune").await;
    acme.note("a").await;
    app.run_jobs().await;
    let path = acme.subscription_path("test.notes").await;
    acme.post(&format!("{path}/disable"), json!({})).await.expect(200);
    let held = acme.note("held").await;
    app.clock.advance(Duration::from_hours(24 * 31));
    assert_eq!(
        steading::kernel::events::prune_once(app.app.kernel()).await.expect("it looks"),
        2,
        "the owner's account, and a note"
    );
    let acme = app.later("owner@prune.example", "prune").await;
    assert_eq!(acme.status_of(&held).await, "pending");
}

#[actix_web::test]
async fn nobody_publishes_what_the_server_says_of_itself() {
    let app = TestApp::start().await;
    let (_, owner) = app.tenant("acme").await;
    let forged = json!({ "type": "member.added", "payload": { "accountId": "0198c1de-0000-7000-8000-000000000000", "role": "owner" } });
    let refused = owner.post("/api/events", forged.clone()).await.expect(422);
    assert_eq!(refused.paths(), ["type"]);
    assert!(refused.text.contains("which the server alone publishes"), "{}", refused.text);
    let both = json!({ "events": [{ "type": "order.paid" }, forged] });
    let refused = owner.post("/api/events/batch", both).await.expect(422);
    assert_eq!(refused.paths(), ["events[1].type"]);
    assert_eq!(owner.get("/api/events?type=order.*").await.expect(200).data(), json!([]));
    let types = owner.get("/api/event-types").await.expect(200).data();
    for one in types.as_array().expect("a list").iter().filter(|one| one["declared"] == json!(true)) {
        owner.post("/api/events", json!({ "type": one["type"] })).await.expect(422);
    }
}

#[actix_web::test]
async fn no_job_for_workers_outside_is_passed_off_as_the_servers_word() {
    let app = TestApp::start().await;
    let (_, owner) = app.tenant("acme").await;
    let told = json!({ "name": "crm", "pattern": "user.*", "target": { "queue": "crm" } });
    owner.post("/api/subscriptions", told).await.expect(201);
    let mut forged = json!({ "jobName": "user.created", "queue": "crm" });
    assert_eq!(owner.post("/api/jobs/enqueue", forged.clone()).await.expect(422).paths(), ["jobName"]);
    forged["name"] = json!("nightly");
    forged["cron"] = json!("@daily");
    assert_eq!(owner.post("/api/schedules", forged).await.expect(422).paths(), ["jobName"]);
    make_user(&owner, "ada@acme.example", "user").await;
    let job = owner.get("/api/jobs?jobName=user.created").await.expect(200).data()[0].clone();
    let path = format!("/api/jobs/{}", job["id"].as_str().expect("an id"));
    owner.patch(&path, json!({ "payload": { "data": {} } })).await.expect(409);
    owner.patch(&path, json!({ "priority": "high" })).await.expect(200);
}

#[actix_web::test]
async fn a_letter_of_the_servers_own_is_replayed_and_not_corrected() {
    let app = TestApp::start().await;
    let (_, owner) = app.tenant("acme").await;
    let told = json!({ "name": "greet", "pattern": "user.created", "target": { "job": "system.ping" }, "maxAttempts": 1 });
    owner.post("/api/subscriptions", told).await.expect(201);
    make_user(&owner, "ada@acme.example", "user").await;
    app.run_jobs().await;
    let letter = owner.get("/api/dead-letters").await.expect(200).data()[0].clone();
    let path = format!("/api/dead-letters/{}", letter["id"].as_str().expect("a letter"));
    let refused = owner.post(&format!("{path}/correct"), json!({ "payload": {} })).await.expect(409);
    assert!(refused.message().contains("The server alone"), "{}", refused.text);
    owner.post(&format!("{path}/replay"), json!({})).await.expect(202);
}
