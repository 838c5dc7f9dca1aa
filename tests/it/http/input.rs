//! What comes in: whatever is wrong is named by its place, and nothing of it is written.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Caller, Reply, TestApp, expect_shape};

const PATH: &str = "/api/requests";

async fn send(caller: &Caller, body: impl Into<reqwest::Body>, content_type: Option<&str>) -> Reply {
    let request = caller.request(Method::POST, PATH).body(body);
    let request =
        content_type.into_iter().fold(request, |request, kind| request.header("content-type", kind));
    let reply = Caller::finish(request).await;
    expect_shape(&reply);
    reply
}

/// Fails when one of the refused requests left something, or the server no longer takes good ones.
async fn nothing_was_written(app: &TestApp, acme: &Caller) {
    assert_eq!(app.count("requests_all"), 0);
    acme.post(PATH, json!({ "title": "Good" })).await.expect(201);
}

#[actix_web::test]
async fn every_wrong_place_is_named() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    for (body, paths) in [
        (json!({}), vec!["title"]),
        (json!({ "title": 1 }), vec!["title"]),
        (json!({ "title": null }), vec!["title"]),
        (json!({ "title": ["a"] }), vec!["title"]),
        (json!({ "title": {} }), vec!["title"]),
        (json!({ "title": "a", "colour": "red" }), vec!["colour"]),
        (json!({ "title": "a", "Title": "b" }), vec!["Title"]),
        (json!({ "title": "a", "due_at": null }), vec!["due_at"]),
        (json!({ "title": "a", "status": "done" }), vec!["status"]),
        (json!({ "title": "a", "id": "x", "tenantId": "y" }), vec!["id", "tenantId"]),
        (json!({ "title": "", "priority": "huge", "dueAt": "soon" }), vec!["dueAt", "priority", "title"]),
        (json!({ "title": "a", "assignee": "me" }), vec!["assignee"]),
        (json!({ "title": "a", "dueAt": 1_767_225_600 }), vec!["dueAt"]),
        (
            json!({ "title": "a", "description": false, "requester": 7, "": 0 }),
            vec!["", "description", "requester"],
        ),
        (json!([]), vec![""]),
        (json!(["a", "", "normal", null, null, null]), vec![""]),
        (json!({ "title": "a", "priority": 7 }), vec!["priority"]),
        (json!("title"), vec![""]),
        (json!(17), vec![""]),
        (json!(null), vec![""]),
        (json!(true), vec![""]),
    ] {
        let reply = acme.post(PATH, body.clone()).await.expect(422);
        expect_shape(&reply);
        let mut named = reply.paths();
        named.sort_unstable();
        assert_eq!(named, paths, "{body}: {}", reply.text);
    }
    nothing_was_written(&app, &acme).await;
}

#[actix_web::test]
async fn a_field_is_given_once() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let reply = send(&acme, r#"{"title": "a", "title": "b"}"#, Some("application/json")).await.expect(422);
    let details = reply.json()["error"]["details"].take();
    assert_eq!(details, json!([{ "path": "title", "message": "is given twice" }]));
    let twice = send(&acme, r#"{"title": "a", "nobody": 1, "nobody": 2}"#, Some("application/json")).await;
    assert_eq!(twice.expect(422).paths(), ["nobody"]);
    nothing_was_written(&app, &acme).await;
}

#[actix_web::test]
async fn what_is_not_json_is_a_bad_request() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(10_000), close.repeat(10_000));
    let bodies: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b" ".to_vec(),
        b"{".to_vec(),
        b"{\"title\": \"a\"".to_vec(),
        b"{\"title\": \"a\"} {}".to_vec(),
        b"{\"title\": \"a\"}]".to_vec(),
        b"{\"title\": \"a\",}".to_vec(),
        b"{'title': 'a'}".to_vec(),
        b"title=a".to_vec(),
        b"\xef\xbb\xbf{\"title\": \"a\"}".to_vec(),
        b"{\"title\": \"\xff\xfe\"}".to_vec(),
        b"{\"title\": \"\xed\xa0\x80\"}".to_vec(),
        br#"{"title": "\ud800"}"#.to_vec(),
        b"{\"title\": \"a\nb\"}".to_vec(),
        b"\0\0\0\0".to_vec(),
        deep("[", "]").into_bytes(),
        deep("{\"title\":", "}").into_bytes(),
        format!("{{\"title\": \"a\", \"extra\": {}}}", deep("[", "]")).into_bytes(),
        b"{\"title\": 1e999999}".to_vec(),
        b"{\"title\": NaN}".to_vec(),
    ];
    for body in bodies {
        let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        let reply = send(&acme, body, Some("application/json")).await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "BAD_REQUEST"), "{shown:?}: {}", reply.text);
    }
    nothing_was_written(&app, &acme).await;
}

#[actix_web::test]
async fn a_nul_in_text_is_refused_and_odd_text_is_kept_as_it_is() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    for title in ["a\u{0}b", "\u{0}", "\u{1b}[31m", "\u{85}"] {
        let reply = acme.post(PATH, json!({ "title": title })).await.expect(422);
        assert_eq!(reply.paths(), ["title"]);
    }
    assert_eq!(app.count("requests_all"), 0);
    for title in
        ["🔥 ÄÖÜ \u{202e}abc", "'; DROP TABLE requests_all; --", "<script>", "%00", "{{7*7}}", "\\u0000"]
    {
        let opened = acme.post(PATH, json!({ "title": title })).await.expect(201).data();
        let path = format!("{PATH}/{}", opened["id"].as_str().expect("an id"));
        assert_eq!(acme.get(&path).await.expect(200).data()["title"], title);
    }
}

#[actix_web::test]
async fn only_json_is_taken() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let body = r#"{"title": "a"}"#;
    for kind in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("application/json5"),
        Some(""),
    ] {
        let reply = send(&acme, body, kind).await.expect(415);
        assert_eq!(reply.code(), "UNSUPPORTED_MEDIA_TYPE");
        assert!(reply.message().contains("application/json"), "{}", reply.text);
    }
    assert_eq!(app.count("requests_all"), 0);
    for kind in
        ["application/json", "Application/JSON", "application/json; charset=utf-8", "application/json;"]
    {
        send(&acme, body, Some(kind)).await.expect(201);
    }
}

#[actix_web::test]
async fn a_query_is_as_strict_as_a_body() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    for (query, path) in [
        ("colour=red", "colour"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("limit=-1", "limit"),
        ("limit=", "limit"),
        ("limit=1e1", "limit"),
        ("limit=99999999999999999999", "limit"),
        ("limit=1&limit=2", "limit"),
        ("limit[]=1", "limit[]"),
        ("status=lost", "status"),
        ("status=", "status"),
        ("status=open%00", "status"),
        ("status=%FF", "status"),
        ("sort=colour", "sort"),
        ("priority=4", "priority"),
        ("assignee=me", "assignee"),
        ("dueBefore=soon", "dueBefore"),
        ("dueBefore=2026-03-01T09:30:00+01:00", "dueBefore"),
        ("%00=1", "\u{0}"),
        ("=1", ""),
    ] {
        let reply = acme.get(&format!("{PATH}?{query}")).await.expect(422);
        expect_shape(&reply);
        assert_eq!(reply.paths(), [path], "{query}: {}", reply.text);
    }
    for query in
        ["", "&", "limit=1", "limit=200", "status=in_progress&sort=due", "dueBefore=2026-03-01T09:30:00Z"]
    {
        acme.get(&format!("{PATH}?{query}")).await.expect(200);
    }
}

#[actix_web::test]
async fn an_odd_path_leads_nowhere() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let opened = acme.post(PATH, json!({ "title": "a" })).await.expect(201).data();
    let id = opened["id"].as_str().expect("an id");
    let encoded: String = id.bytes().map(|byte| format!("%{byte:02x}")).collect();
    for path in [
        "/nowhere".to_owned(),
        "/api/".into(),
        "/api/nowhere".into(),
        "/API/requests".into(),
        "/api//requests".into(),
        format!("{PATH}/"),
        format!("{PATH}/{id}/"),
        format!("{PATH}/{id}%00"),
        format!("{PATH}/%00"),
        format!("{PATH}/{encoded}"),
        format!("{PATH}/{}", id.to_uppercase()),
        format!("{PATH}/{}", id.replace('-', "")),
        format!("{PATH}/{{{id}}}"),
        format!("{PATH}/{id}/comments/x"),
        format!("{PATH}/%F0%9F%94%A5"),
        format!("{PATH}/%zz"),
        format!("{PATH}/{}", "x".repeat(10_000)),
        "/api%2Frequests".into(),
        "/%".into(),
    ] {
        let reply = acme.get(&path).await.expect(404);
        expect_shape(&reply);
    }
    let missing = |value: Value| value["error"]["message"].clone();
    assert_eq!(
        missing(acme.get(&format!("{PATH}/no-id")).await.json()),
        "There is no such thing here: an id is a UUID such as 0198c1de-7f00-7000-8000-000000000000."
    );
    acme.get(&format!("{PATH}/{id}")).await.expect(200);
}
