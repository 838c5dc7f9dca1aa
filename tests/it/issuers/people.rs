//! The users who come with tokens: who they are, and who they never become.

use std::time::Duration;

use serde_json::{Value, json};

use super::support::{ROUTE, Scene, expect_reason};

const DAY: Duration = Duration::from_hours(24);

#[actix_web::test]
async fn a_verified_and_free_address_becomes_the_users_own() {
    let scene = Scene::start().await;
    for (number, (email, verified, taken)) in [
        (json!("ada@example.org"), json!(true), true),
        (json!("Bob@Example.org"), json!(true), true),
        (json!("unverified@example.org"), json!(false), false),
        (json!("word@example.org"), json!("true"), false),
        (json!("unsaid@example.org"), Value::Null, false),
        (json!("no address"), json!(true), false),
        (json!(7), json!(true), false),
        (Value::Null, json!(true), false),
    ]
    .into_iter()
    .enumerate()
    {
        let person =
            scene.person(&format!("{number}"), json!({ "email": email, "email_verified": verified }));
        person.get(ROUTE).await.expect(200);
        let user = scene.users().await.pop().expect("the newest");
        let nobodys = format!("{}@users.invalid", user["id"].as_str().expect("an id"));
        assert_eq!(user["email"], if taken { email } else { json!(nobodys) });
    }
}

#[actix_web::test]
async fn nobody_takes_over_a_user_by_his_address() {
    let scene = Scene::start().await;
    let local = json!({ "email": "ada@example.org", "role": "owner", "password": "a rather long sentence" });
    let local = scene.owner.post("/api/users", local).await.expect(201).data();
    for email in ["ada@example.org", "ADA@example.ORG"] {
        let claims = json!({ "email": email, "email_verified": true });
        let thief = scene.person(email, claims);
        thief.get(ROUTE).await.expect(200);
        thief.get("/api/users").await.expect(403);
    }
    let users = scene.users().await;
    assert_eq!(users.len(), 3);
    assert_eq!(users[0], local);
    assert!(users[1..].iter().all(|user| user["role"] == "user" && user["email"] != "ada@example.org"));
    let login = json!({ "email": "ada@example.org", "password": "a rather long sentence" });
    scene.app.nobody().in_tenant("acme").post("/api/auth/login", login).await.expect(201);
}

#[actix_web::test]
async fn an_account_is_not_taken_over_either() {
    let scene = Scene::start().await;
    let account = scene.app.account("root@example.org", true).await;
    let claims = json!({ "email": "root@example.org", "email_verified": true });
    let thief = scene.person(&account.id.to_string(), claims);
    thief.get(ROUTE).await.expect(200);
    assert_ne!(scene.user().await["id"], json!(account.id));
    for tenant in ["instance", "acme"] {
        let thief = thief.clone().in_tenant(tenant);
        assert!(matches!(thief.get("/api/tenants").await.status, 401 | 403));
        assert!(matches!(thief.get("/api/accounts").await.status, 401 | 403));
    }
}

#[actix_web::test]
async fn a_name_is_taken_anew_once_a_day() {
    let mut scene = Scene::start().await;
    for (name, kept) in [("Ada", "Ada"), ("Ada L.", "Ada")] {
        scene.person("ada", json!({ "name": name })).get(ROUTE).await.expect(200);
        assert_eq!(scene.user().await["name"], kept);
    }
    scene.later(DAY).await;
    scene.person("ada", json!({})).get(ROUTE).await.expect(200);
    assert_eq!(scene.user().await["name"], "Ada");
    scene.person("ada", json!({ "name": "Ada L." })).get(ROUTE).await.expect(200);
    assert_eq!(scene.user().await["name"], "Ada L.");
    let rows = scene.owner.get("/api/audit?action=user.changed").await.expect(200).data();
    assert_eq!(rows.as_array().map(Vec::len), Some(1));
    assert_eq!(rows[0]["after"], json!({ "name": "Ada L.", "role": "user", "issuer": scene.issuer() }));
}

#[actix_web::test]
async fn names_are_cut_and_cleaned() {
    let scene = Scene::start().await;
    for (number, (claims, name)) in [
        (json!({ "name": "é".repeat(300) }), "é".repeat(100)),
        (json!({ "name": " Ada\u{0}\u{7}\n" }), "Ada".into()),
        (json!({ "name": "\u{202e}A\u{200b}da\u{200d}" }), "Ada".into()),
        (json!({ "preferred_username": "ada" }), "ada".into()),
        (json!({ "name": 5 }), String::new()),
        (json!({}), String::new()),
    ]
    .into_iter()
    .enumerate()
    {
        scene.person(&format!("{number}"), claims).get(ROUTE).await.expect(200);
        assert_eq!(scene.users().await.pop().expect("the newest")["name"], name);
    }
}

#[actix_web::test]
async fn a_disabled_user_is_out_on_the_next_request_and_in_on_the_one_after() {
    let scene = Scene::start().await;
    let ada = scene.person("ada", json!({}));
    ada.get(ROUTE).await.expect(200);
    let path = format!("/api/users/{}", scene.user().await["id"].as_str().expect("an id"));
    scene.owner.patch(&path, json!({ "state": "disabled" })).await.expect(200);
    expect_reason(ada.get(ROUTE).await, 401, "disabled");
    expect_reason(scene.person("ada", json!({ "jti": "another" })).get(ROUTE).await, 401, "disabled");
    scene.owner.patch(&path, json!({ "state": "active" })).await.expect(200);
    ada.get(ROUTE).await.expect(200);
}

#[actix_web::test]
async fn a_deleted_user_comes_back_as_somebody_new() {
    let scene = Scene::start().await;
    let ada = scene.person("ada", json!({ "email": "ada@example.org", "email_verified": true }));
    ada.get(ROUTE).await.expect(200);
    let first = scene.user().await;
    let path = format!("/api/users/{}", first["id"].as_str().expect("an id"));
    scene.owner.delete(&path).await.expect(200);
    assert_eq!(scene.app.count("outside_users_all"), 0);
    ada.get(ROUTE).await.expect(200);
    let second = scene.user().await;
    assert_ne!(first["id"], second["id"]);
    assert_eq!(second["email"], "ada@example.org");
}

#[actix_web::test]
async fn a_user_from_outside_has_no_password_to_guess_or_change() {
    let scene = Scene::start().await;
    let ada = scene.person("ada", json!({ "email": "ada@example.org", "email_verified": true }));
    let change = json!({ "oldPassword": "", "newPassword": "a rather long sentence" });
    assert!(ada.post("/api/auth/password", change).await.status >= 400);
    let login = json!({ "email": "ada@example.org", "password": "a rather long sentence" });
    scene.app.nobody().in_tenant("acme").post("/api/auth/login", login).await.expect(401);
}
