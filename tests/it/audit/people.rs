//! Roles, members and users: who gave whom what.

use serde_json::json;

use super::{PASSWORD, actions, entries, set_up, signed_in, start, user_of};

#[actix_web::test]
async fn every_change_of_people_and_roles_is_written_down_and_a_refused_one_is_not() {
    let app = start().await;
    let (_, reply) = set_up(&app).await;
    let (ada, actor) = (signed_in(&app, &reply).in_tenant("acme"), user_of(&reply));
    let bob = app.account("bob@example.org", false).await;

    let role = json!({ "name": "agent", "permissions": ["requests:read"] });
    ada.post("/api/roles", role.clone()).await.expect(201);
    ada.post("/api/roles", role).await.expect(409);
    ada.patch("/api/roles/agent", json!({ "permissions": ["requests:*"] })).await.expect(200);
    ada.post("/api/members", json!({ "email": "bob@example.org", "role": "agent" })).await.expect(201);
    let member = format!("/api/members/{}", bob.id);
    ada.patch(&member, json!({ "role": "viewer" })).await.expect(200);
    ada.delete(&member).await.expect(200);
    ada.delete("/api/roles/agent").await.expect(200);
    let new = json!({ "email": "cyd@example.org", "password": PASSWORD });
    let user = ada.post("/api/users", new).await.expect(201).data();
    let path = format!("/api/users/{}", user["id"].as_str().expect("an id"));
    ada.patch(&path, json!({ "name": "Cyd", "password": "another long password" })).await.expect(200);
    ada.delete(&format!("{path}/sessions")).await.expect(200);
    ada.delete(&path).await.expect(200);

    let rows = entries(&ada, "").await;
    assert_eq!(
        actions(&rows),
        [
            "role.created",
            "role.changed",
            "member.added",
            "member.changed",
            "member.removed",
            "role.deleted",
            "user.created",
            "user.changed",
            "sessions.ended",
            "user.deleted"
        ]
    );
    assert!(rows.iter().all(|row| row["actor"] == actor));
    let changed = rows.iter().find(|row| row["action"] == "member.changed").expect("the change");
    assert_eq!((&changed["before"]["role"], &changed["after"]["role"]), (&json!("agent"), &json!("viewer")));
    assert_eq!(changed["subject"], format!("user:{}", bob.id));
    let text = serde_json::to_string(&rows).expect("JSON");
    assert!(!text.contains(PASSWORD) && !text.contains("another long") && !text.contains("argon2"));
}
