//! What is struck out of any text, and what stays readable.

use proptest::prelude::*;

use super::*;
use crate::kernel::telemetry::{Level, Moment};

/// What must never be read in what was scrubbed.
const SECRET: &str = "hunter2";

#[test]
fn what_is_named_a_secret_is_removed_in_every_way_of_writing() {
    for text in [
        "password=hunter2",
        "password = hunter2 and more",
        "PASSWORD: hunter2",
        "Passwort: hunter2",
        "db_password=hunter2&user=bob",
        "https://host/?api_key=hunter2&page=2",
        "https://host/?access-token=hunter2",
        "password%3Dhunter2",
        "user%5Bpassword%5D=hunter2",
        "user[password]=hunter2",
        r#"{"password":"hunter2"}"#,
        r#"{"password" : "hunter2", "user": "bob"}"#,
        r#"{"password":"a \"quoted\" hunter2"}"#,
        r#"{"password":"ends with a slash \\","token":"hunter2"}"#,
        r#"{"body":"{\"password\":\"hunter2\"}"}"#,
        r#"{"body":"{\"a\":\"{\\\"clientSecret\\\":\\\"hunter2\\\"}\"}"}"#,
        r#"{"tokens":["a","b [","hunter2"]}"#,
        r#"{"secret":{"deep":{"er":"hunter2"}}}"#,
        r#"{"apiKey":hunter2}"#,
        r#"{'password': 'hunter2'}"#,
        "%7B%22password%22%3A%22hunter2%22%7D",
        r#"Login { user: "bob", password: "hunter2" }"#,
        r#"Login { token: Some("hunter2"), user: 1 }"#,
        r#"Password("hunter2")"#,
        "Secret(correct hunter2)",
        "password: correct horse hunter2",
        "password: correct, horse hunter2\nnext line",
        "password=cor[rect]hunter2",
        r#"password="correct"hunter2"#,
        "password => 'hunter2'",
        "<password>correct hunter2</password>",
        r#"<input name="password" value="hunter2">"#,
        r#"{"name":"password","value":"hunter2"}"#,
        "Content-Disposition: form-data; name=\"password\"\r\n\r\nhunter2 and all\r\n--x",
        "Authorization: Bearer hunter2",
        "authorization: Custom a=b, c=hunter2",
        "Cookie: a=b; session=c; d=hunter2",
        "Set-Cookie: sid=hunter2; Path=/",
        "X-Api-Key: hunter2",
        "bearer hunter2",
        "Bearer%20hunter2",
        "sent 'Bearer hunter2' to it",
        "curl --password hunter2 --verbose",
        "mysql --db-password=hunter2",
        "STEADING__TELEMETRY__SENTRY_DSN=https://hunter2@host/1",
        "Sentry sentry_version=7, sentry_key=hunter2",
        "postgres://bob:hunter2@db.lan/desk",
        "https://hunter2@glitch.example.org/1",
        "redis://:hunter2@db.lan",
    ] {
        let scrubbed = scrub(text);
        assert!(!scrubbed.contains(SECRET), "{text} became {scrubbed}");
        assert!(scrubbed.contains(HIDDEN), "{text} became {scrubbed}");
        assert_eq!(scrub(&scrubbed), scrubbed, "it changes what was scrubbed before");
    }
}

#[test]
fn a_secret_is_known_without_its_name() {
    let biscuit = format!("EoABCj{}", "aB3_xY9-".repeat(30));
    let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----";
    for (text, left) in [
        (format!("the key {biscuit} is refused"), "the key [hidden] is refused"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into(), "[hidden]"),
        ("whsec_".into(), "[hidden]"),
        ("a=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln b".into(), "a=[hidden] b"),
        ("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.".into(), "[hidden]"),
        ("ghp_16C7e42F292c6912E7710c838347Ae178B4a".into(), "[hidden]"),
        ("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".into(), "[hidden]"),
        (format!("{} is it", "0123456789abcdef".repeat(4)), "[hidden] is it"),
        (format!("before {pem} after"), "before [hidden] after"),
        ("-----BEGIN EC PRIVATE KEY-----\\nMC4CAQ".into(), "[hidden]"),
        ("Basic Ym9iOng=".into(), "Basic [hidden]"),
        ("Basic YTpi was sent".into(), "Basic [hidden] was sent"),
    ] {
        assert_eq!(scrub(&text), left);
    }
}

#[test]
fn a_mail_address_is_removed_however_it_is_written() {
    for text in [
        "bob@example.org",
        "from <bob+tag@mail.example.org>, to nobody",
        "mailto:bob@example.org?subject=x",
        "email=bob%40example.org&x=1",
        "bob%2540example.org",
        "bob@localhost",
        "bob@[10.0.0.1]",
        "\"bob smith\"@example.org",
        "o'bob@example.org",
        "bob@exämple.org",
        "jörg.bob@example.org",
        r"bob\u0040example.org",
        "bob&#64;example.org",
        "/api/people/bob@example.org/roles",
        r#"{"email":"bob@example.org"}"#,
    ] {
        let scrubbed = scrub(text);
        assert!(!scrubbed.contains("bob") && !scrubbed.contains("smith"), "{text} became {scrubbed}");
    }
}

#[test]
fn what_is_no_secret_stays_as_it_is() {
    for text in [
        "GET /api/requests/0199d8a1-0f5e-7c3e-9a54-3f0f7d1f2a11 answered 500 in 12 ms",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "the job requests.expire failed: The database is full; free some space.",
        "src/kernel/jobs/finish.rs:120:9",
        "a basic understanding of digest authentication",
        "2026-01-01T00:00:00.000Z, 10.0.0.1:7070, [::1]:7070, 19 MiB",
        "https://example.org/path?page=2#part",
        "The token is over; sign in again.",
        "Nobody accepts connections at 127.0.0.1:8080; check that it runs.",
        "src/kernel/telemetry/a_rather_long_name_of_a_module_in_lower_case",
        "3 @ 4",
        "",
    ] {
        assert_eq!(scrub(text), text);
    }
}

#[test]
fn a_name_says_whether_its_value_is_secret() {
    for name in
        ["password", "clientSecret", "x-api-key", "Authorization", "set-cookie", "access_token", "sentry_dsn"]
    {
        assert!(names_a_secret(name), "{name}");
    }
    for name in ["status", "steading.tenant", "path", "key", "kind"] {
        assert!(!names_a_secret(name), "{name}");
    }
}

#[test]
fn a_text_that_is_made_to_take_long_does_not() {
    for part in [
        "\\",
        "password=",
        "(",
        "\"",
        "a@",
        "--token ",
        "eyJaaaaa.",
        "-----BEGIN ",
        "basic ",
        "token:[",
        "%40",
        "://",
    ] {
        scrub(&part.repeat(LONGEST / part.len()));
        scrub(&format!("token:({}", part.repeat((LONGEST - 10) / part.len())));
    }
}

#[test]
fn a_line_is_scrubbed_with_its_fields() {
    let mut line = Line {
        at: Moment::from_micros(0),
        level: Level::Info,
        target: "test",
        message: "signed in as ada@example.org".into(),
        trace: None,
        span: None,
        tenant: None,
        actor: None,
        job: None,
        fields: vec![
            ("error", Attribute::Text("no user ada@example.org".into())),
            ("token", Attribute::Int(17)),
            ("ms", Attribute::Int(3)),
        ],
    };
    scrub_line(&mut line);
    assert_eq!(line.message, "signed in as [hidden]");
    let fields: Vec<String> = line.fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(fields, ["error=no user [hidden]", "token=[hidden]", "ms=3"]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn what_is_around_a_secret_does_not_let_it_out(
        before in "\\PC{0,40}", name in "password|token|clientSecret|api_key", sign in "=|: |\":\"|\\\\\":\\\\\"",
        after in "[ \n]\\PC{0,40}",
    ) {
        let scrubbed = scrub(&format!("{before}{name}{sign}hunter2{after}")).into_owned();
        prop_assert!(!scrubbed.contains(SECRET), "{}", scrubbed);
    }

    #[test]
    fn any_text_is_taken(text in "[\\PC\\n\"'\\\\=:(]{0,200}", name in "password|token|cookie") {
        scrub(&format!("{text}{name}{text}"));
    }
}
