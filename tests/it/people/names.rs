//! Names and addresses that deceive the eye.

use serde_json::{Value, json};

use super::support::{PASSWORD, id_of, make_user, start};
use crate::support::Caller;

/// What nobody sees, or what makes one name read as another.
const UNSEEN: &[&str] = &[
    "\u{200b}",
    "A\u{200b}da",
    "\u{202e}adA",
    "A\u{2066}da",
    "Ada\u{200f}",
    "Ada\u{feff}",
    "A\u{2060}da",
    "A\u{ad}da",
    "Ada\u{200d}",
    "\u{3164}",
    "two\nlines",
];

#[actix_web::test]
async fn nothing_is_called_by_what_nobody_sees() {
    let app = start().await;
    let (_, root) = app.instance_owner("root@example.org").await;
    let (_, acme) = app.tenant("acme").await;
    let user = id_of(&make_user(&acme, "eve@acme.example", "user").await);
    let role = json!({ "name": "agent", "permissions": ["requests:read"] });
    acme.post("/api/roles", role).await.expect(201);
    let with = |mut body: Value, field: &str, name: &str| {
        body[field] = json!(name);
        body
    };
    for name in UNSEEN {
        let refused = async |caller: &Caller, path: &str, body: Value, field: &str| {
            let body = with(body, field, name);
            let reply = match caller.get(path).await.status {
                200 if path.matches('/').count() > 2 => caller.patch(path, body).await,
                _ => caller.post(path, body).await,
            };
            assert_eq!(reply.expect(422).paths(), [field], "{path} {name:?}");
        };
        assert_eq!(
            acme.patch("/api/auth/profile", json!({ "name": name })).await.expect(422).paths(),
            ["name"]
        );
        refused(&acme, "/api/users", json!({ "email": "new@acme.example" }), "name").await;
        refused(&acme, &format!("/api/users/{user}"), json!({}), "name").await;
        refused(&acme, "/api/keys", json!({ "permissions": ["requests:read"] }), "name").await;
        refused(&acme, "/api/roles", json!({ "name": "other", "permissions": [] }), "summary").await;
        refused(&acme, "/api/roles/agent", json!({}), "summary").await;
        let schedule = json!({ "cron": "0 3 * * *", "jobName": "system.ping" });
        refused(&acme, "/api/schedules", schedule, "name").await;
        refused(&root, "/api/tenants", json!({ "slug": "new" }), "name").await;
        refused(&root, "/api/tenants/acme", json!({}), "name").await;
        refused(&root, "/api/accounts", json!({ "email": "new@example.org" }), "name").await;
    }
}

#[actix_web::test]
async fn an_address_is_seen_to_the_last_character() {
    let app = start().await;
    let (acme_itself, acme) = app.tenant("acme").await;
    app.run_as_engine(format!(
        "UPDATE tenants SET signup = 'open' WHERE number = {}",
        acme_itself.number.get()
    ))
    .await;
    let app = app.restart().await;
    let acme = acme.at(&app.url);
    let user = id_of(&make_user(&acme, "dev@acme.example", "user").await);
    for hidden in
        ["\u{200b}", "\u{200d}", "\u{200c}", "\u{202e}", "\u{2066}", "\u{feff}", "\u{ad}", "\u{fe0f}"]
    {
        for email in [format!("dev{hidden}@acme.example"), format!("dev@acme{hidden}.example")] {
            let new = json!({ "email": email, "password": PASSWORD });
            assert_eq!(acme.post("/api/users", new.clone()).await.expect(422).paths(), ["email"]);
            let change = json!({ "email": email });
            let changed = acme.patch(&format!("/api/users/{user}"), change).await.expect(422);
            assert_eq!(changed.paths(), ["email"]);
            let nobody = app.nobody().in_tenant("acme");
            assert_eq!(nobody.post("/api/auth/signup", new).await.expect(422).paths(), ["email"]);
        }
    }
    acme.post("/api/users", json!({ "email": "jörg@bücher.example" })).await.expect(201);
}

#[actix_web::test]
async fn people_are_called_as_they_write_themselves() {
    let app = start().await;
    let (_, acme) = app.tenant("acme").await;
    for name in ["", "Zoë O'Hara-García", "می\u{200c}نا", "שרה", "Ada 👩\u{200d}💻", "辻\u{e0100}"]
    {
        let changed = acme.patch("/api/auth/profile", json!({ "name": name })).await.expect(200).data();
        assert_eq!(changed["name"], name);
    }
    // What is long is written as anybody likes.
    let request = json!({ "title": "a\u{200f}b", "description": "one\n\u{202e}two" });
    acme.post("/api/requests", request).await.expect(201);
}
