//! A request's fields: their bounds, their changes, and what a request is without them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Caller, TestApp};

const PATH: &str = "/api/requests";

fn path_of(request: &Value) -> String {
    format!("{PATH}/{}", request["id"].as_str().expect("an id"))
}

async fn open(acme: &Caller, body: Value) -> Value {
    acme.post(PATH, body).await.expect(201).data()
}

#[actix_web::test]
async fn a_request_is_opened_and_read_back() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let opened = open(&acme, json!({ "title": "The printer is on fire" })).await;
    assert_eq!(acme.get(&path_of(&opened)).await.expect(200).data(), opened);
    let mut rest = opened;
    let fields = rest.as_object_mut().expect("an object");
    assert!(fields.remove("id").is_some() && fields.remove("requester").is_some());
    assert_eq!(
        rest,
        json!({
            "title": "The printer is on fire",
            "description": "",
            "status": "open",
            "priority": "normal",
            "assignee": null,
            "dueAt": null,
            "createdAt": "2026-01-01T00:00:00.000Z",
            "updatedAt": "2026-01-01T00:00:00.000Z",
        })
    );
}

#[actix_web::test]
async fn the_largest_and_smallest_values_are_taken() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    for body in [
        json!({ "title": "ä" }),
        json!({ "title": "ä".repeat(200), "description": "🔥".repeat(20_000) }),
        json!({ "title": " padded ", "description": "two\nlines\tand a tab\r\n" }),
        json!({ "title": "a", "dueAt": "0000-01-01T00:00:00.000Z" }),
        json!({ "title": "a", "priority": "urgent", "dueAt": "1969-07-20T20:17:40.000Z" }),
        json!({ "title": "a", "dueAt": "9999-12-30T22:00:00.000Z" }),
    ] {
        let opened = open(&acme, body.clone()).await;
        for (name, value) in body.as_object().expect("an object") {
            assert_eq!(&opened[name], value);
        }
        assert_eq!(acme.get(&path_of(&opened)).await.expect(200).data(), opened);
    }
}

#[actix_web::test]
async fn a_value_past_its_bound_is_refused_in_a_new_request_and_in_a_change() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let opened = open(&acme, json!({ "title": "a" })).await;
    for (field, value) in [
        ("title", json!("")),
        ("title", json!(" \n\t")),
        ("title", json!("a".repeat(201))),
        ("title", json!("a\u{0}")),
        ("description", json!("a".repeat(20_001))),
        ("priority", json!("Urgent")),
        ("priority", json!(1)),
        ("dueAt", json!("2026-02-30T00:00:00Z")),
        ("dueAt", json!("99999-01-01T00:00:00Z")),
        ("dueAt", json!("9999-12-30T22:00:00.999Z")),
        ("dueAt", json!("-000001-12-31T23:59:59Z")),
        ("dueAt", json!("2026-01-01")),
        ("dueAt", json!("")),
    ] {
        let mut body = json!({ "title": "a" });
        body[field] = value.clone();
        assert_eq!(acme.post(PATH, body).await.expect(422).paths(), [field], "{value}");
        let change = acme.patch(&path_of(&opened), json!({ field: value })).await.expect(422);
        assert_eq!(change.paths(), [field], "{value}");
    }
    assert_eq!(app.count("requests_all"), 1);
    assert_eq!(acme.get(&path_of(&opened)).await.expect(200).data(), opened);
}

#[actix_web::test]
async fn a_time_of_any_zone_is_kept_as_utc() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    for (given, kept) in [
        ("2026-03-01T10:30:00+01:00", "2026-03-01T09:30:00.000Z"),
        ("2026-03-01T09:30:00.123456Z", "2026-03-01T09:30:00.123Z"),
        ("2026-03-01T09:30:00Z", "2026-03-01T09:30:00.000Z"),
    ] {
        assert_eq!(open(&acme, json!({ "title": "a", "dueAt": given })).await["dueAt"], kept);
    }
}

#[actix_web::test]
async fn a_change_touches_what_it_names_and_null_clears() {
    let app = TestApp::start().await;
    let (acme_itself, acme) = app.tenant("acme").await;
    let account = app.account("ada@example.org", false).await;
    app.join(&acme_itself, &account).await;
    let opened = open(
        &acme,
        json!({ "title": "a", "description": "b", "assignee": account.id, "dueAt": "2026-03-01T09:30:00.000Z" }),
    )
    .await;
    let path = path_of(&opened);
    app.clock.advance(Duration::from_secs(1));
    let mut expected = opened;
    expected["updatedAt"] = json!("2026-01-01T00:00:01.000Z");
    for (change, field, value) in [
        (json!({}), "title", json!("a")),
        (json!({ "title": "c" }), "title", json!("c")),
        (json!({ "description": "" }), "description", json!("")),
        (json!({ "priority": "low" }), "priority", json!("low")),
        (json!({ "assignee": null }), "assignee", Value::Null),
        (json!({ "dueAt": null }), "dueAt", Value::Null),
        (json!({ "dueAt": null }), "dueAt", Value::Null),
        (json!({ "assignee": account.id }), "assignee", json!(account.id)),
    ] {
        expected[field] = value;
        assert_eq!(acme.patch(&path, change).await.expect(200).data(), expected);
    }
    for change in
        [json!({ "status": "done" }), json!({ "requester": account.id }), json!({ "createdAt": null })]
    {
        acme.patch(&path, change).await.expect(422);
    }
    assert_eq!(acme.get(&path).await.expect(200).data(), expected);
}

#[actix_web::test]
async fn a_deleted_request_is_gone_with_its_comments() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let (gone, kept) =
        (open(&acme, json!({ "title": "a" })).await, open(&acme, json!({ "title": "b" })).await);
    for request in [&gone, &kept] {
        for body in ["one", "two"] {
            acme.post(&format!("{}/comments", path_of(request)), json!({ "body": body })).await.expect(201);
        }
    }
    let reply = acme.delete(&path_of(&gone)).await.expect(200).data();
    assert_eq!(reply, json!({ "id": gone["id"], "deleted": true }));
    acme.get(&path_of(&gone)).await.expect(404);
    acme.get(&format!("{}/comments", path_of(&gone))).await.expect(404);
    acme.delete(&path_of(&gone)).await.expect(404);
    acme.patch(&path_of(&gone), json!({ "title": "c" })).await.expect(404);
    assert_eq!((app.count("requests_all"), app.count("request_comments_all")), (1, 2));
}

#[actix_web::test]
async fn a_foreign_row_is_not_found() {
    let app = TestApp::start().await;
    let ((_, acme), (_, other)) = (app.tenant("acme").await, app.tenant("other").await);
    let opened = open(&acme, json!({ "title": "Ours" })).await;
    let path = path_of(&opened);
    other.get(&path).await.expect(404);
    other.patch(&path, json!({ "title": "Theirs" })).await.expect(404);
    other.delete(&path).await.expect(404);
    assert_eq!(acme.get(&path).await.expect(200).data(), opened);
}

#[actix_web::test]
async fn a_clock_that_jumps_back_an_hour_stops_nothing() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let before = open(&acme, json!({ "title": "before" })).await;
    app.clock.turn_back(Duration::from_hours(1));
    let after = open(&acme, json!({ "title": "after" })).await;
    assert_eq!(after["createdAt"], "2025-12-31T23:00:00.000Z");
    let changed = acme.patch(&path_of(&before), json!({ "title": "changed" })).await.expect(200).data();
    assert_eq!(changed["createdAt"], before["createdAt"]);
    acme.post(&format!("{}/transition", path_of(&before)), json!({ "to": "done" })).await.expect(409);
    let list = acme.get(&format!("{PATH}?sort=oldest")).await.expect(200).data();
    assert_eq!((&list[0]["title"], &list[1]["title"]), (&json!("changed"), &json!("after")));
}
