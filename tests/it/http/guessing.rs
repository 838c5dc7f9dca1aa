//! Guessing: what a wrong answer tells of who there is.

use serde_json::json;

use crate::support::TestApp;

const PASSWORD: &str = "a rather long sentence";

#[actix_web::test]
async fn a_sign_in_costs_the_same_hash_whether_there_is_such_a_user_or_not() {
    let app = TestApp::start_with(|config| {
        config.identity.argon2_memory = bytesize::ByteSize::kib(64);
        config.identity.argon2_passes = 1;
    })
    .await;
    let (_, owner) = app.tenant("acme").await;
    for (name, state) in [("ada", "active"), ("gone", "disabled")] {
        let email = format!("{name}@acme.example");
        let new = json!({ "email": email, "role": "user", "password": PASSWORD });
        let made = owner.post("/api/users", new).await.expect(201).data();
        let path = format!("/api/users/{}", made["id"].as_str().expect("an id"));
        owner.patch(&path, json!({ "state": state })).await.expect(200);
    }
    let nobody = app.nobody().in_tenant("acme");
    let mut said = Vec::new();
    // The owner is an account, and has no password at all.
    for name in ["ada", "gone", "nobody", "owner"] {
        let hashed = app.app.identity.hashed_passwords();
        let rows = app.count("audit_all");
        let login = json!({ "email": format!("{name}@acme.example"), "password": "another long sentence" });
        let reply = nobody.post("/api/auth/login", login).await.expect(401);
        assert_eq!(app.app.identity.hashed_passwords() - hashed, 1, "{name}");
        assert_eq!(app.count("audit_all") - rows, 1, "{name}");
        said.push((reply.code(), reply.message()));
    }
    said.dedup();
    assert_eq!(said.len(), 1, "{said:?}");
}
