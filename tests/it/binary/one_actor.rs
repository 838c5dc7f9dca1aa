//! One actor everywhere: the row, the log and the audit name whom the token speaks for.

use serde_json::{Value, json};

use super::home::Home;
use crate::support::{Caller, Reply};

const PASSWORD: &str = "quiet harbour 41 lamps";

fn trace_of(reply: &Reply) -> Value {
    reply.json()["meta"]["traceId"].take()
}

/// The lines of the log that belong to this trace, their fields alone.
fn lines_of(log: &str, trace: &Value) -> Vec<Value> {
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"));
    lines.map(|mut line| line["fields"].take()).filter(|fields| fields["trace"] == *trace).collect()
}

#[actix_web::test]
async fn the_row_the_log_and_the_audit_name_the_subject_of_the_token() {
    let home = Home::new();
    let owner = home.furnish();
    let root = home.run(&["token", "create", "--account", "ada@acme.example"]).expect(0).out;
    let options = [
        ("STEADING__LOG__LEVEL", "debug"),
        ("STEADING__LOG__FORMAT", "json"),
        ("STEADING__IDENTITY__ARGON2_MEMORY", "1 MiB"),
        ("STEADING__IDENTITY__ARGON2_PASSES", "1"),
    ];
    let server = home.serve_with(&options);
    let root = Caller::new(&server.url).with_token(root.trim());
    root.patch("/api/tenants/acme", json!({ "signup": "open" })).await.expect(200);

    let eve = Caller::new(&server.url).in_tenant("acme");
    let person = json!({ "email": "eve@example.org", "password": PASSWORD });
    eve.post("/api/auth/signup", person.clone()).await.expect(201);
    let login = eve.post("/api/auth/login", person).await.expect(201);
    let eve = eve.with_token(login.data()["token"].as_str().expect("a token"));
    let opened = eve.post("/api/requests", json!({ "title": "A lamp is out" })).await.expect(201);

    let subject = login.data()["user"]["id"].take();
    let actor = json!(format!("user:{}", subject.as_str().expect("an id")));
    assert_eq!(opened.data()["requester"], subject, "the row");

    let acme = Caller::new(&server.url).with_token(&owner).in_tenant("acme");
    let audit = acme.get("/api/audit?action=user.signed_in&limit=1").await.expect(200).data();
    assert_eq!(audit[0]["actor"], actor, "the audit");
    assert_eq!(audit[0]["traceId"], trace_of(&login));

    assert!(server.stop().success());
    let log = std::fs::read_to_string(home.path().join("server.log")).expect("the log");
    let began = lines_of(&log, &trace_of(&login));
    let is_sign_in = |line: &&Value| line["message"] == "signed in";
    let sign_in = began.iter().find(is_sign_in).unwrap_or_else(|| panic!("no sign-in: {began:?}"));
    assert_eq!((&sign_in["actor"], &sign_in["tenant"]), (&actor, &json!("acme")));
    let lines = lines_of(&log, &trace_of(&opened));
    let is_request = |line: &&Value| line["message"] == "a request";
    let request = lines.iter().find(is_request).unwrap_or_else(|| panic!("no request: {lines:?}"));
    assert_eq!((&request["actor"], &request["tenant"]), (&actor, &json!("acme")), "the log");
    assert!(!log.contains(PASSWORD) && !log.contains(eve.token()), "the log tells a secret");
}
