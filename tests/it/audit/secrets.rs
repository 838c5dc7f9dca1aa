//! No secret is in the audit, and none that only its holder may know anywhere in the file.

use rusqlite::Connection;
use rusqlite::types::Value as Cell;
use serde_json::json;

use super::{NEXT_PASSWORD, PASSWORD, set_up, signed_in, start};
use crate::support::Reply;

const WRONG_PASSWORD: &str = "a password that was mistyped";

fn token_of(reply: &Reply) -> String {
    reply.data()["token"].as_str().expect("a token").to_owned()
}

#[actix_web::test]
async fn no_password_token_or_code_is_in_any_row() {
    let app = start().await;
    let (code, reply) = set_up(&app).await;
    let mut secrets = vec![code, token_of(&reply)];
    let ada = signed_in(&app, &reply);
    ada.patch("/api/tenants/acme", json!({ "signup": "open" })).await.expect(200);
    let new = json!({ "email": "eve@example.org", "password": PASSWORD });
    let eve = app.nobody().in_tenant("acme").post("/api/auth/signup", new).await.expect(201);
    secrets.push(token_of(&eve));
    let wrong = json!({ "email": "ada@example.org", "password": WRONG_PASSWORD });
    app.nobody().post("/api/auth/login", wrong).await.expect(401);
    let change = json!({ "oldPassword": PASSWORD, "newPassword": NEXT_PASSWORD });
    ada.post("/api/auth/password", change.clone()).await.expect(200);
    ada.post("/api/auth/password", change).await.expect(422);
    let login = json!({ "email": "ada@example.org", "password": NEXT_PASSWORD });
    secrets.push(token_of(&app.nobody().post("/api/auth/login", login).await.expect(201)));
    ada.post("/api/signing-keys", json!({})).await.expect(201);
    ada.delete("/api/auth/sessions").await.expect(200);
    secrets.extend([PASSWORD, NEXT_PASSWORD, WRONG_PASSWORD].map(str::to_owned));

    let dir = app.stop().await;
    let file = Connection::open(dir.path().join("data/steading.db")).expect("the file opens");
    let keys = std::fs::read_dir(dir.path().join("data/keys")).expect("the keys");
    secrets.extend(keys.map(|key| {
        let text = std::fs::read_to_string(key.expect("a key").path()).expect("its text");
        text.trim().to_owned()
    }));
    assert_eq!(secrets.len(), 10);
    let mut rows = 0;
    for table in tables(&file) {
        for cell in cells(&file, &table) {
            rows += usize::from(table == "audit_all");
            for secret in &secrets {
                assert!(!cell.contains(secret.as_str()), "{table} holds {secret}: {cell}");
            }
            assert!(table == "users_all" || !cell.contains("$argon2"), "{table} holds a hash: {cell}");
        }
    }
    assert!(rows > 100, "only {rows} cells of the audit were looked at");
}

fn tables(file: &Connection) -> Vec<String> {
    file.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
        .expect("the tables")
}

fn cells(file: &Connection, table: &str) -> Vec<String> {
    let mut statement = file.prepare(&format!("SELECT * FROM \"{table}\"")).expect("a table");
    let columns = statement.column_count();
    let mut rows = statement.raw_query();
    let mut cells = Vec::new();
    while let Some(row) = rows.next().expect("a row") {
        cells.extend((0..columns).map(|column| match row.get::<_, Cell>(column).expect("any value") {
            Cell::Text(text) => text,
            Cell::Blob(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            other => format!("{other:?}"),
        }));
    }
    cells
}
