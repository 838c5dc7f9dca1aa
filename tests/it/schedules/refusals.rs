//! What is no schedule, and whose it is not.

use serde_json::{Value, json};

use super::schedule;
use crate::support::TestApp;

#[actix_web::test]
async fn what_is_wrong_with_a_schedule_is_named_by_its_path() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let daily = |more: Value| schedule("@daily", more);
    for (body, path) in [
        (schedule("0 0 30 2 *", json!({})), "cron"),
        (schedule("* * * * * *", json!({})), "cron"),
        // The night on which clocks skip that hour.
        (schedule("* 2 * 3 SUNL", json!({ "timezone": "Europe/Berlin" })), "cron"),
        (schedule("often", json!({})), "cron"),
        (schedule("", json!({})), "cron"),
        (daily(json!({ "timezone": "Mars/Olympus" })), "timezone"),
        (daily(json!({ "timezone": "" })), "timezone"),
        (daily(json!({ "jobName": "unheard.of" })), "jobName"),
        (daily(json!({ "payload": { "does": "nothing known" } })), "payload.does"),
        (daily(json!({ "payload": { "does": "succeed" } })), "payload.name"),
        (daily(json!({ "payload": { "does": "succeed", "name": "x".repeat(300_000) } })), "payload"),
        (daily(json!({ "catchUp": { "all": 0 } })), "catchUp.all"),
        (daily(json!({ "catchUp": { "all": 101 } })), "catchUp.all"),
        (daily(json!({ "catchUp": "twice" })), "catchUp"),
        (daily(json!({ "overlap": "queue" })), "overlap"),
        (daily(json!({ "queue": "No Queue" })), "queue"),
        (daily(json!({ "priority": "huge" })), "priority"),
        (daily(json!({ "name": "" })), "name"),
    ] {
        let text = body.to_string();
        let paths = acme.post("/api/schedules", body).await.expect(422).paths();
        assert_eq!(paths, [path], "{}", &text[..text.len().min(300)]);
    }
    assert_eq!(app.count("schedules_all"), 0);
    let preview = acme.post("/api/schedules/preview", json!({ "cron": "x", "timezone": "y" })).await;
    assert_eq!(preview.expect(422).paths(), ["cron", "timezone"]);
    let skipped = json!({ "cron": "* 2 * 3 SUNL", "timezone": "Europe/Berlin" });
    assert_eq!(acme.post("/api/schedules/preview", skipped).await.expect(422).paths(), ["cron"]);
}

#[actix_web::test]
async fn a_change_must_be_as_good_as_a_new_schedule() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let path = acme.schedule("@daily", json!({})).await;
    acme.schedule("@daily", json!({ "name": "other" })).await;
    for (change, wrong) in [
        (json!({ "cron": "0 0 31 2 *" }), "cron"),
        (json!({ "timezone": "Moon/Base" }), "timezone"),
        (json!({ "jobName": "unheard.of" }), "jobName"),
        (json!({ "payload": null }), "payload"),
        // The payload that it has does not fit.
        (json!({ "jobName": "system.ping" }), "payload.does"),
    ] {
        let paths = acme.patch(&path, change.clone()).await.expect(422).paths();
        assert_eq!(paths[0], wrong, "{change}");
    }
    acme.patch(&path, json!({ "name": "other" })).await.expect(409);
    acme.patch(&path, json!({ "name": "nightly" })).await.expect(200);
    acme.post("/api/schedules", schedule("@daily", json!({}))).await.expect(409);
}

#[actix_web::test]
async fn a_foreign_schedule_is_not_found() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let (_, other) = app.tenant("other").await;
    let path = acme.schedule("@daily", json!({})).await;
    other.get(&path).await.expect(404);
    other.patch(&path, json!({ "state": "paused" })).await.expect(404);
    other.delete(&path).await.expect(404);
    other.post(&format!("{path}/run-now"), json!({})).await.expect(404);
    assert_eq!(other.get("/api/schedules").await.expect(200).data(), json!([]));
    // The same name is free in another tenant.
    other.schedule("@daily", json!({})).await;
    assert_eq!(acme.shown(&path).await["state"], json!("enabled"));
}

#[actix_web::test]
async fn a_tenant_has_so_many_schedules_and_no_more() {
    let app = TestApp::start().await;
    let (tenant, acme) = app.tenant("acme").await;
    app.run_as_engine(format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 499)
         INSERT INTO schedules_all (tenant_id, id, name, cron, timezone, kind, payload, class, catch_up, overlap,
                                    state, is_built_in, missed, made_by, created_at, updated_at)
         SELECT {}, 'id' || i, 'name' || i, '@daily', 'UTC', 'test.act', '{{}}', 2, 'once', 'allow',
                'paused', 0, 0, 'system', 0, 0 FROM n",
        tenant.number.get()
    ))
    .await;
    acme.schedule("@daily", json!({})).await;
    acme.post("/api/schedules", schedule("@daily", json!({ "name": "one more" }))).await.expect(409);
}
