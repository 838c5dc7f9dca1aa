//! The whole table of moves from status to status.

use serde_json::{Value, json};

use crate::support::{Caller, TestApp};

/// From each status: the way there from `open`, and the moves that are possible from it.
const TABLE: &[(&str, &[&str], &[&str])] = &[
    ("open", &[], &["in_progress", "approved", "rejected", "cancelled"]),
    ("in_progress", &["in_progress"], &["open", "approved", "rejected", "done", "cancelled"]),
    ("approved", &["approved"], &["in_progress", "done", "cancelled"]),
    ("rejected", &["rejected"], &["open"]),
    ("done", &["in_progress", "done"], &[]),
    ("cancelled", &["cancelled"], &[]),
];

async fn open_and_move(acme: &Caller, way: &[&str]) -> String {
    let opened = acme.post("/api/requests", json!({ "title": "a" })).await.expect(201).data();
    let path = format!("/api/requests/{}", opened["id"].as_str().expect("an id"));
    for status in way {
        acme.post(&format!("{path}/transition"), json!({ "to": status })).await.expect(200);
    }
    path
}

#[actix_web::test]
async fn a_request_moves_along_the_table_and_nowhere_else() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    for (from, way, moves) in TABLE {
        for (to, _, _) in TABLE {
            let path = open_and_move(&acme, way).await;
            let reply = acme.post(&format!("{path}/transition"), json!({ "to": to })).await;
            let now = acme.get(&path).await.expect(200).data()["status"].take();
            if moves.contains(to) {
                assert_eq!((reply.expect(200).data()["status"].take(), now), (json!(to), json!(to)));
                continue;
            }
            let said = reply.expect(409).message();
            assert_eq!(now, json!(from));
            match moves {
                [] => assert!(said.ends_with("it stays as it is."), "{said}"),
                moves => assert!(said.ends_with(&format!("it can move to {}.", moves.join(", "))), "{said}"),
            }
        }
    }
}

#[actix_web::test]
async fn a_comment_comes_with_a_move_or_not_at_all() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let path = open_and_move(&acme, &[]).await;
    let (moves, comments) = (format!("{path}/transition"), format!("{path}/comments"));
    acme.post(&moves, json!({ "to": "done", "comment": "too early" })).await.expect(409);
    acme.post(&moves, json!({ "to": "approved", "comment": "" })).await.expect(422);
    assert_eq!(acme.get(&comments).await.expect(200).data(), json!([]));
    acme.post(&moves, json!({ "to": "approved", "comment": "looks good" })).await.expect(200);
    acme.post(&moves, json!({ "to": "done", "comment": null })).await.expect(200);
    let written = acme.get(&comments).await.expect(200).data();
    let bodies: Vec<&Value> =
        written.as_array().expect("a list").iter().map(|comment| &comment["body"]).collect();
    assert_eq!(bodies, [&json!("looks good")]);
}

#[actix_web::test]
async fn a_status_that_is_none_is_refused() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let path = format!("{}/transition", open_and_move(&acme, &[]).await);
    for body in
        [json!({}), json!({ "to": "Done" }), json!({ "to": null }), json!({ "to": 1 }), json!({ "to": "" })]
    {
        assert_eq!(acme.post(&path, body).await.expect(422).paths(), ["to"]);
    }
}
