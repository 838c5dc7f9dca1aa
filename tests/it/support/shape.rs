//! The one shape that every reply of the API has.

use serde_json::Value;
use steading::http::FAILURES;

use super::caller::Reply;

/// Fails unless the reply has the one shape, and its code and status are a pair of the one table.
#[track_caller]
pub fn expect_shape(reply: &Reply) {
    let said = format!("{} {}", reply.status, reply.text);
    assert_eq!(reply.header("content-type"), "application/json", "{said}");
    assert_eq!(reply.header("x-content-type-options"), "nosniff", "{said}");
    let json = reply.json();
    let trace = json["meta"]["traceId"].as_str().expect("a trace id");
    let is_hex = trace.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    assert!(trace.len() == 32 && is_hex, "{said}");
    assert!(reply.header("traceparent").contains(trace), "{said}");
    if reply.status < 400 {
        assert_eq!(keys(&json), ["data", "meta"], "{said}");
        return;
    }
    assert_eq!(keys(&json), ["error", "meta"], "{said}");
    let failure = &json["error"];
    let code = failure["code"].as_str().expect("a code");
    assert!(FAILURES.iter().any(|(_, known, status)| (*known, *status) == (code, reply.status)), "{said}");
    assert!(failure["message"].as_str().is_some_and(|message| message.ends_with('.')), "{said}");
    for detail in failure["details"].as_array().into_iter().flatten() {
        assert_eq!(keys(detail), ["message", "path"], "{said}");
    }
}

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}
