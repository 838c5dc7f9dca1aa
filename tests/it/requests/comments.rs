//! Comments on a request, oldest first.

use serde_json::{Value, json};

use crate::support::{Caller, TestApp};

async fn open(acme: &Caller) -> String {
    let opened = acme.post("/api/requests", json!({ "title": "a" })).await.expect(201).data();
    format!("/api/requests/{}/comments", opened["id"].as_str().expect("an id"))
}

#[actix_web::test]
async fn a_comment_says_who_wrote_it() {
    let app = TestApp::start().await;
    let (acme_itself, acme) = app.tenant("acme").await;
    let ada = app.account("ada@example.org", false).await;
    app.join(&acme_itself, &ada).await;
    let path = open(&acme).await;
    let caller = app.nobody().with_token(&app.token(&ada, None)).in_tenant("acme");
    let written = caller.post(&path, json!({ "body": "Here" })).await.expect(201).data();
    assert_eq!(written["author"], format!("user:{}", ada.id));
    assert!(path.contains(written["requestId"].as_str().expect("an id")));
    assert_eq!(acme.get(&path).await.expect(200).data(), json!([written]));
}

#[actix_web::test]
async fn a_comment_has_its_bounds() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let path = open(&acme).await;
    for body in
        [json!({}), json!({ "body": "" }), json!({ "body": " " }), json!({ "body": "a".repeat(10_001) })]
    {
        assert_eq!(acme.post(&path, body).await.expect(422).paths(), ["body"]);
    }
    acme.post(&path, json!({ "body": "a", "author": "user:x" })).await.expect(422);
    assert_eq!(app.count("request_comments_all"), 0);
    acme.post(&path, json!({ "body": "ä".repeat(10_000) })).await.expect(201);
}

#[actix_web::test]
async fn pages_give_each_comment_once_and_in_order() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let (path, other) = (open(&acme).await, open(&acme).await);
    for index in 0..11 {
        acme.post(&path, json!({ "body": format!("{index}") })).await.expect(201);
        acme.post(&other, json!({ "body": "elsewhere" })).await.expect(201);
    }
    let (mut bodies, mut next) = (Vec::new(), String::new());
    loop {
        let page = acme.get(&format!("{path}?limit=3{next}")).await.expect(200);
        let rows = page.data();
        let rows = rows.as_array().expect("a list");
        assert!(rows.len() <= 3);
        bodies.extend(rows.iter().map(|row: &Value| row["body"].as_str().expect("text").to_owned()));
        assert!(bodies.len() <= 11, "the pages come to an end");
        let Some(cursor) = page.next_cursor() else { break };
        next = format!("&cursor={cursor}");
    }
    assert_eq!(bodies, (0..11).map(|index| index.to_string()).collect::<Vec<_>>());
}
