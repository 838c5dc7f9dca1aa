//! The trace of a request: continued when it is named well, and the same wherever it is told.

use serde_json::json;

use crate::support::{Reply, TestApp, expect_shape};

const NAMED: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn told(reply: &Reply) -> String {
    expect_shape(reply);
    reply.json()["meta"]["traceId"].as_str().expect("a trace id").to_owned()
}

fn parts(reply: &Reply) -> Vec<&str> {
    reply.header("traceparent").split('-').collect()
}

#[actix_web::test]
async fn a_trace_is_continued_in_success_and_failure() {
    let app = TestApp::start().await;
    for (path, flags) in [("/healthz", "01"), ("/nowhere", "01"), ("/api/requests", "00"), ("/api", "00")] {
        let parent = format!("00-{NAMED}-00f067aa0ba902b7-{flags}");
        let reply = app.nobody().with_header("traceparent", &parent).get(path).await;
        assert_eq!(told(&reply), NAMED);
        let parts = parts(&reply);
        assert_eq!((parts[0], parts[1], parts[3]), ("00", NAMED, flags), "{path}");
        assert!(parts[2].len() == 16 && parts[2] != "00f067aa0ba902b7", "the span is ours");
    }
}

#[actix_web::test]
async fn a_later_version_of_the_header_is_understood_as_far_as_it_is_known() {
    let app = TestApp::start().await;
    let parent = format!("cc-{NAMED}-00f067aa0ba902b7-01-what-comes-later");
    assert_eq!(told(&app.nobody().with_header("traceparent", &parent).get("/healthz").await), NAMED);
}

#[actix_web::test]
async fn a_malformed_parent_begins_a_new_trace() {
    let app = TestApp::start().await;
    for parent in [
        String::new(),
        "rubbish".into(),
        NAMED.into(),
        format!("00-{NAMED}-00f067aa0ba902b7"),
        format!("00-{NAMED}-00f067aa0ba902b7-01-more"),
        format!("ff-{NAMED}-00f067aa0ba902b7-01"),
        format!("00-{NAMED}-0000000000000000-01"),
        format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
        format!("00-{}-00f067aa0ba902b7-01", NAMED.to_uppercase()),
        format!("00-{NAMED}0-00f067aa0ba902b7-01"),
        format!("00-{NAMED}-00f067aa0ba902b7-0"),
        format!("00-{}ü-00f067aa0ba902b7-01", &NAMED[..30]),
    ] {
        let reply = app.nobody().with_header("traceparent", &parent).get("/healthz").await.expect(200);
        let trace = told(&reply);
        assert_ne!(trace, NAMED, "{parent}");
        assert_ne!(trace, "0".repeat(32), "{parent}");
        assert_eq!(parts(&reply)[1], trace);
    }
}

#[actix_web::test]
async fn each_request_has_a_trace_of_its_own() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let first = told(&acme.post("/api/requests", json!({ "title": "a" })).await);
    let second = told(&acme.post("/api/requests", json!({ "title": "a" })).await);
    assert_ne!(first, second);
}
