//! Cursors: they mean something to the list that gave them, and to no other.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::{TestApp, expect_shape};

fn encoded(position: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(position.to_string())
}

#[actix_web::test]
async fn a_cursor_that_no_list_gave_is_refused() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let id = "0198c1de-7f00-7000-8000-000000000000";
    for cursor in [
        String::new(),
        "x".into(),
        "%00".into(),
        "AAAA".into(),
        "===".into(),
        encoded(&json!({})),
        encoded(&json!([])),
        encoded(&json!({ "slug": "acme" })),
        encoded(&json!({ "sort": "colour", "key": 1, "then": null, "id": id })),
        encoded(&json!({ "sort": "newest", "key": "1", "then": null, "id": id })),
        encoded(&json!({ "sort": "newest", "key": 1e30, "then": null, "id": id })),
        encoded(&json!({ "sort": "newest", "key": 1, "then": null, "id": "'; --" })),
        format!("{}=", encoded(&json!({ "sort": "newest", "key": 1, "then": null, "id": id }))),
        "A".repeat(7_000),
    ] {
        let reply = acme.get(&format!("/api/requests?cursor={cursor}")).await.expect(422);
        expect_shape(&reply);
        assert_eq!(reply.paths(), ["cursor"], "{cursor}");
    }
}

#[actix_web::test]
async fn a_cursor_belongs_to_its_sort_and_its_list() {
    let app = TestApp::start().await;
    let (_, root) = app.instance_owner("root@example.org").await;
    let (_, acme) = app.tenant("acme").await;
    app.tenant("beta").await;
    for title in ["a", "b"] {
        acme.post("/api/requests", json!({ "title": title })).await.expect(201);
    }
    let newest = acme.get("/api/requests?limit=1").await.expect(200).next_cursor().expect("a second page");
    let tenants = root.get("/api/tenants?limit=1").await.expect(200).next_cursor().expect("a second page");
    for sort in ["oldest", "due", "priority"] {
        let reply = acme.get(&format!("/api/requests?sort={sort}&cursor={newest}")).await.expect(422);
        assert_eq!(reply.paths(), ["cursor"]);
    }
    acme.get(&format!("/api/requests?cursor={tenants}")).await.expect(422);
    root.get(&format!("/api/tenants?cursor={newest}")).await.expect(422);
    root.get(&format!("/api/accounts?cursor={tenants}")).await.expect(422);
    acme.get(&format!("/api/requests?cursor={newest}")).await.expect(200);
}

#[actix_web::test]
async fn a_cursor_of_another_tenant_shows_nothing_of_it() {
    let app = TestApp::start().await;
    let ((_, acme), (_, other)) = (app.tenant("acme").await, app.tenant("other").await);
    for caller in [&acme, &other] {
        for title in ["a", "b", "c"] {
            caller.post("/api/requests", json!({ "title": title })).await.expect(201);
        }
    }
    let theirs = acme.get("/api/requests?limit=1").await.next_cursor().expect("a second page");
    let page = other.get(&format!("/api/requests?cursor={theirs}")).await.expect(200).data();
    let own = other.get("/api/requests").await.expect(200).data();
    let own: Vec<&Value> = own.as_array().expect("a list").iter().map(|row| &row["id"]).collect();
    for row in page.as_array().expect("a list") {
        assert!(own.contains(&&row["id"]));
    }
}

#[actix_web::test]
async fn the_end_of_a_list_is_said() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let empty = acme.get("/api/requests").await.expect(200);
    assert_eq!((empty.data(), empty.json()["meta"].get("nextCursor")), (json!([]), Some(&Value::Null)));
    for title in ["a", "b"] {
        acme.post("/api/requests", json!({ "title": title })).await.expect(201);
    }
    assert!(acme.get("/api/requests?limit=2").await.next_cursor().is_none(), "two fit on the page");
    let first = acme.get("/api/requests?limit=1").await;
    let next = first.next_cursor().expect("a second page");
    let last = acme.get(&format!("/api/requests?limit=1&cursor={next}")).await.expect(200);
    assert!(last.next_cursor().is_none());
}
