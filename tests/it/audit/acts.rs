//! Each act leaves its row, with who, what, on what, from where, in which trace.

use serde_json::{Value, json};

use super::{NEXT_PASSWORD, PASSWORD, actions, entries, set_up, signed_in, start, user_of};
use crate::support::{Caller, Reply, TestApp};

/// The newest row tells of this act, in the trace of this reply.
#[track_caller]
fn assert_tells(entry: &Value, reply: &Reply, actor: &str, action: &str, subject: &str) {
    assert_eq!(entry["action"], action, "{entry}");
    assert_eq!(entry["actor"], actor, "{entry}");
    assert_eq!(entry["subject"], subject, "{entry}");
    assert_eq!(entry["address"], "127.0.0.1", "{entry}");
    assert_eq!(entry["traceId"], reply.json()["meta"]["traceId"], "{entry}");
}

async fn newest(caller: &Caller) -> Value {
    caller.get("/api/audit?limit=1").await.expect(200).data()[0].take()
}

struct Scene {
    app: TestApp,
    /// The owner of the instance, reading its audit.
    ada: Caller,
    actor: String,
}

async fn scene() -> Scene {
    let app = start().await;
    let (_, reply) = set_up(&app).await;
    let ada = signed_in(&app, &reply).in_tenant("instance");
    Scene { app, ada, actor: user_of(&reply) }
}

#[actix_web::test]
async fn the_first_run_tells_of_the_code_the_owner_the_tenant_and_the_session() {
    let app = start().await;
    let (_, reply) = set_up(&app).await;
    let rows = entries(&signed_in(&app, &reply).in_tenant("instance"), "").await;
    assert_eq!(
        actions(&rows),
        ["setup.code_made", "setup.done", "account.created", "tenant.created", "user.signed_in"]
    );
    assert_eq!(rows[4]["actor"], "system");
    assert_eq!(rows[4]["address"], "");
    for row in &rows[..4] {
        assert_eq!(row["actor"], user_of(&reply));
        assert_eq!(row["traceId"], reply.json()["meta"]["traceId"]);
    }
    assert_tells(&rows[0], &reply, &user_of(&reply), "user.signed_in", &user_of(&reply));
    assert_eq!(rows[1]["after"]["tenant"]["slug"], "acme");
    assert_eq!(rows[2]["after"], json!({ "email": "ada@example.org", "name": "Ada", "owner": true }));
}

#[actix_web::test]
async fn everything_done_to_a_tenant_is_written_down_with_before_and_after() {
    let Scene { app: _app, ada, actor } = scene().await;
    let made = ada.post("/api/tenants", json!({ "slug": "desk", "name": "Desk" })).await.expect(201);
    let subject = format!("tenant:{}", made.data()["id"].as_str().expect("an id"));
    assert_tells(&newest(&ada).await, &made, &actor, "tenant.created", &subject);

    let change = json!({ "name": "Front desk", "hosts": ["desk.example"] });
    let reply = ada.patch("/api/tenants/desk", change).await.expect(200);
    let row = newest(&ada).await;
    assert_tells(&row, &reply, &actor, "tenant.changed", &subject);
    assert_eq!((&row["before"]["name"], &row["after"]["name"]), (&json!("Desk"), &json!("Front desk")));
    assert_eq!((&row["before"]["hosts"], &row["after"]["hosts"]), (&json!([]), &json!(["desk.example"])));

    for (verb, action, before, after) in [
        ("suspend", "tenant.suspended", "active", "suspended"),
        ("resume", "tenant.resumed", "suspended", "active"),
    ] {
        let reply = ada.post(&format!("/api/tenants/desk/{verb}"), json!({})).await.expect(200);
        let row = newest(&ada).await;
        assert_tells(&row, &reply, &actor, action, &subject);
        assert_eq!((&row["before"]["state"], &row["after"]["state"]), (&json!(before), &json!(after)));
    }
}

#[actix_web::test]
async fn a_deleted_tenant_is_written_down_twice_once_when_it_is_gone() {
    let Scene { app, ada, actor } = scene().await;
    let reply = ada.delete("/api/tenants/acme").await.expect(202);
    steading::kernel::tenants::erase_once(app.app.kernel()).await.expect("it erases");
    let rows = entries(&ada, "&action=tenant.*").await;
    assert_eq!(actions(&rows), ["tenant.created", "tenant.deleted", "tenant.erased"]);
    assert_tells(&rows[1], &reply, &actor, "tenant.deleted", rows[0]["subject"].as_str().expect("a subject"));
    assert_eq!((&rows[0]["actor"], &rows[0]["after"]["slug"]), (&json!("system"), &json!("acme")));
}

#[actix_web::test]
async fn accounts_and_signing_keys_are_written_down() {
    let Scene { app: _app, ada, actor } = scene().await;
    let reply = ada.post("/api/accounts", json!({ "email": "bob@example.org" })).await.expect(201);
    let subject = format!("user:{}", reply.data()["id"].as_str().expect("an id"));
    assert_tells(&newest(&ada).await, &reply, &actor, "account.created", &subject);

    let reply = ada.post("/api/signing-keys", json!({})).await.expect(201);
    let row = newest(&ada).await;
    assert_tells(&row, &reply, &actor, "signing_keys.rotated", "signing_key:2");
    assert_eq!((&row["before"], &row["after"]), (&json!({ "signs": 1 }), &json!({ "signs": 2 })));
}

#[actix_web::test]
async fn what_somebody_does_with_his_own_account_is_written_down() {
    let Scene { app, ada, actor } = scene().await;
    let reply = ada.patch("/api/auth/profile", json!({ "name": "Ada L." })).await.expect(200);
    let row = newest(&ada).await;
    assert_tells(&row, &reply, &actor, "profile.changed", &actor);
    assert_eq!((&row["before"], &row["after"]), (&json!({ "name": "Ada" }), &json!({ "name": "Ada L." })));

    let login = json!({ "email": "ada@example.org", "password": PASSWORD });
    let other = app.nobody().post("/api/auth/login", login).await.expect(201);
    let other = signed_in(&app, &other).in_tenant("instance");
    let change = json!({ "oldPassword": PASSWORD, "newPassword": NEXT_PASSWORD });
    let reply = ada.post("/api/auth/password", change).await.expect(200);
    let row = newest(&ada).await;
    assert_tells(&row, &reply, &actor, "password.changed", &actor);
    assert_eq!(row["after"], json!({ "endedSessions": 1, "deletedKeys": 0 }));
    other.get("/api/audit").await.expect(401);

    let login = json!({ "email": "ada@example.org", "password": NEXT_PASSWORD });
    let reply = app.nobody().post("/api/auth/login", login.clone()).await.expect(201);
    let row = newest(&ada).await;
    assert_tells(&row, &reply, &actor, "user.signed_in", &actor);
    let session = format!("session:{}", row["after"]["session"].as_str().expect("its id"));
    let reply = signed_in(&app, &reply).post("/api/auth/logout", json!({})).await.expect(200);
    assert_tells(&newest(&ada).await, &reply, &actor, "session.ended", &session);

    let reply = ada.delete("/api/auth/sessions").await.expect(200);
    let again = app.nobody().post("/api/auth/login", login).await.expect(201);
    let rows = entries(&signed_in(&app, &again).in_tenant("instance"), "&action=session.*").await;
    assert_tells(&rows[0], &reply, &actor, "session.ended", &actor);
    assert_eq!(rows[0]["after"], json!({ "endedSessions": 1 }));
}

#[actix_web::test]
async fn users_of_a_tenant_are_written_down_there_and_nowhere_else() {
    let Scene { app, ada, .. } = scene().await;
    ada.patch("/api/tenants/acme", json!({ "signup": "open" })).await.expect(200);
    let before = entries(&ada, "").await.len();
    let new = json!({ "email": "eve@example.org", "password": PASSWORD });
    let reply = app.nobody().in_tenant("acme").post("/api/auth/signup", new).await.expect(201);
    let rows = entries(&ada.clone().in_tenant("acme"), "").await;
    assert_eq!(actions(&rows), ["user.signed_up", "user.signed_in"]);
    let eve = user_of(&reply);
    assert_tells(&rows[1], &reply, &eve, "user.signed_up", &eve);
    assert_tells(&rows[0], &reply, &eve, "user.signed_in", &eve);
    assert_eq!(entries(&ada, "").await.len(), before);
}

#[actix_web::test]
async fn a_failed_sign_in_is_written_down_whether_the_address_is_known_or_not() {
    let Scene { app, ada, actor } = scene().await;
    for (email, subject) in
        [("ada@example.org", actor.as_str()), ("Mallory@example.org", "email:mallory@example.org")]
    {
        let login = json!({ "email": email, "password": "a wrong password" });
        let reply = app.nobody().post("/api/auth/login", login).await.expect(401);
        let row = newest(&ada).await;
        assert_tells(&row, &reply, "anonymous", "user.sign_in_failed", subject);
        assert_eq!(row["after"], json!({ "reason": "wrong" }));
    }
}

#[actix_web::test]
async fn attempts_that_are_refused_unseen_fill_no_audit() {
    let Scene { app, ada, .. } = scene().await;
    let login = json!({ "email": "mallory@example.org", "password": "a wrong password" });
    let mut tried = 0;
    while app.nobody().post("/api/auth/login", login.clone()).await.status == 401 {
        tried += 1;
        assert!(tried < 100, "nothing limits the attempts");
    }
    for _ in 0..10 {
        app.nobody().post("/api/auth/login", login.clone()).await.expect(429);
    }
    assert_eq!(entries(&ada, "&action=user.sign_in_failed").await.len(), tried);
}

#[actix_web::test]
async fn a_taken_session_is_no_way_to_guess_the_password() {
    let Scene { app: _app, ada, actor } = scene().await;
    let guess = json!({ "oldPassword": "a wrong password", "newPassword": NEXT_PASSWORD });
    let reply = ada.post("/api/auth/password", guess.clone()).await.expect(422);
    assert_tells(&newest(&ada).await, &reply, &actor, "password.change_failed", &actor);
    let mut tried = 1;
    while ada.post("/api/auth/password", guess.clone()).await.status == 422 {
        tried += 1;
        assert!(tried < 100, "nothing limits the attempts");
    }
    let right = json!({ "oldPassword": PASSWORD, "newPassword": NEXT_PASSWORD });
    ada.post("/api/auth/password", right).await.expect(429);
    assert_eq!(entries(&ada, "&action=password.*").await.len(), tried);
}
