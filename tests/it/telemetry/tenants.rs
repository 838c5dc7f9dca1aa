//! Tenants kept apart: what is told of one is not shown to another, whatever he names.

use serde_json::json;

use super::{PARENT, TRACE, act, everything, listen, names};
use crate::support::TestApp;

#[actix_web::test]
async fn who_names_anothers_trace_sees_his_own_part_of_it() {
    listen();
    let app = TestApp::start_with(everything).await;
    let ((_, acme), (_, umbra)) = (app.tenant("acme").await, app.tenant("umbra").await);
    for caller in [&acme, &umbra] {
        let asking = caller.clone().with_header("traceparent", PARENT);
        asking.post("/api/jobs/enqueue", act(json!({ "does": "fail", "name": "apart" }))).await.expect(202);
    }
    app.run_jobs().await;
    app.written().await;
    for (caller, slug) in [(&acme, "acme"), (&umbra, "umbra")] {
        let trace = caller.trace(TRACE).await;
        let spans = trace["spans"].as_array().expect("spans");
        assert!(spans.len() >= 3 && spans.iter().all(|span| span["tenant"] == slug), "{trace:#}");
        assert_eq!(trace["logs"].as_array().expect("lines").len(), 1, "{trace:#}");
        for list in ["/api/traces", "/api/logs", "/api/errors"] {
            let listed = caller.telemetry(list).await;
            assert!(!listed.is_empty() && listed.iter().all(|one| one["tenant"] == slug), "{listed:?}");
        }
    }
    let (_, owner) = app.instance_owner("ada@example.org").await;
    let instance = owner.in_tenant("instance");
    let whole = instance.trace(TRACE).await;
    let of = |slug: &str| {
        whole["spans"].as_array().expect("spans").iter().filter(|span| span["tenant"] == slug).count()
    };
    assert!(of("acme") >= 3 && of("acme") == of("umbra"), "the instance sees both: {whole:#}");
    assert_eq!(instance.telemetry("/api/traces?tenant=umbra&status=202").await.len(), 1);
}

#[actix_web::test]
async fn a_tenant_is_not_shown_anothers_trace_and_may_not_ask_for_it() {
    let app = TestApp::start_with(everything).await;
    let ((_, acme), (_, umbra)) = (app.tenant("acme").await, app.tenant("umbra").await);
    acme.clone().with_header("traceparent", PARENT).get("/api/requests").await.expect(200);
    app.written().await;
    acme.trace(TRACE).await;
    umbra.get(&format!("/api/traces/{TRACE}")).await.expect(404);
    let refused = umbra.get("/api/traces?tenant=acme").await.expect(422);
    assert_eq!(refused.paths(), ["tenant"]);
    let (_, owner) = app.instance_owner("ada@example.org").await;
    let shown = owner.in_tenant("instance").telemetry("/api/traces?tenant=acme").await;
    assert_eq!(names(&shown), ["GET /api/requests"]);
}

#[actix_web::test]
async fn a_tenant_takes_its_telemetry_with_it() {
    listen();
    let app = TestApp::start_with(everything).await;
    let ((_, going), (_, staying)) = (app.tenant("going").await, app.tenant("staying").await);
    let new = act(json!({ "does": "fail", "name": "erased" }));
    staying.post("/api/jobs/enqueue", new.clone()).await.expect(202);
    let made = going.post("/api/jobs/enqueue", new).await.expect(202).data();
    let job = made["jobId"].as_str().expect("an id").to_owned();
    app.run_jobs().await;
    app.written().await;
    let in_file = || {
        let file = std::fs::read(app.dir.path().join("data/telemetry.db")).expect("the file");
        let log = std::fs::read(app.dir.path().join("data/telemetry.db-wal")).unwrap_or_default();
        [file, log].iter().any(|bytes| bytes.windows(job.len()).any(|part| part == job.as_bytes()))
    };
    assert!(in_file());
    let (_, owner) = app.instance_owner("ada@example.org").await;
    owner.delete("/api/tenants/going").await.expect(202);
    steading::kernel::tenants::erase_once(app.app.kernel()).await.expect("it is erased");
    let instance = owner.in_tenant("instance");
    for list in ["/api/traces", "/api/logs", "/api/errors"] {
        let of = |slug: &str| {
            let query = format!("{list}?limit=200");
            let (instance, slug) = (instance.clone(), slug.to_owned());
            async move { instance.telemetry(&query).await.iter().filter(|one| one["tenant"] == slug).count() }
        };
        assert_eq!(of("going").await, 0, "{list}");
        assert!(of("staying").await > 0, "{list}");
    }
    assert!(!in_file(), "it is gone from the file too");
}
