//! The service desk.

use serde_json::json;

use crate::support::TestApp;

#[actix_web::test]
async fn a_request_is_opened_and_read_back() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let opened =
        acme.post("/api/requests", json!({ "title": "The printer is on fire" })).await.expect(201).data();
    let path = format!("/api/requests/{}", opened["id"].as_str().expect("an id"));
    assert_eq!(acme.get(&path).await.expect(200).data(), opened);
}

#[actix_web::test]
async fn a_foreign_row_is_not_found() {
    let app = TestApp::start().await;
    let ((_, acme), (_, other)) = (app.tenant("acme").await, app.tenant("other").await);
    let opened = acme.post("/api/requests", json!({ "title": "Ours" })).await.expect(201).data();
    let path = format!("/api/requests/{}", opened["id"].as_str().expect("an id"));
    other.get(&path).await.expect(404);
    other.patch(&path, json!({ "title": "Theirs" })).await.expect(404);
    other.delete(&path).await.expect(404);
    assert_eq!(acme.get(&path).await.expect(200).data(), opened);
}
