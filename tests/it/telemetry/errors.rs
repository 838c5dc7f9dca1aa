//! Errors: grouped by what they have in common.

use serde_json::json;

use super::{act, nothing};
use crate::support::TestApp;

#[actix_web::test]
async fn failures_alike_are_one_group_with_a_trace_to_look_at() {
    let app = TestApp::start_with(nothing).await;
    let (_, acme) = app.tenant("acme").await;
    for _ in 0..2 {
        acme.post("/api/jobs/enqueue", act(json!({ "does": "die" }))).await.expect(202);
    }
    acme.post("/api/jobs/enqueue", act(json!({ "does": "fail", "name": "grouped" }))).await.expect(202);
    app.run_jobs().await;
    app.written().await;
    let errors = acme.telemetry("/api/errors").await;
    let of = |title: &str| {
        errors.iter().find(|error| error["title"] == title).unwrap_or_else(|| panic!("{errors:#?}"))
    };
    let dead = of("test.act: hopeless");
    assert_eq!((&dead["count"], &dead["kind"], &dead["tenant"]), (&json!(2), &json!("job"), &json!("acme")));
    assert_eq!(of("test.act: it fails always")["count"], 1);
    let trace = acme.trace(dead["sampleTraceId"].as_str().expect("a trace")).await;
    assert!(trace.to_string().contains("hopeless"), "{trace:#}");
}
