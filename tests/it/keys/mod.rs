//! API keys: made of a part of what somebody may do, and dead with it.

mod every_route;
mod life;
mod rights;

use serde_json::{Value, json};

use crate::support::{Caller, TestApp};

/// Makes a key and gives back what was said of it, and somebody who calls with it.
pub async fn key(app: &TestApp, maker: &Caller, body: Value) -> (Value, Caller) {
    let made = maker.post("/api/keys", body).await.expect(201).data();
    let token = made["token"].as_str().expect("a token");
    let caller = app.nobody().with_token(token);
    (made, caller)
}

/// A key for reading requests.
pub fn reading() -> Value {
    json!({ "name": "reader", "permissions": ["requests:read"] })
}
