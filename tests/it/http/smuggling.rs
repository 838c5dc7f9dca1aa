//! Request smuggling: where one message ends is beyond doubt, or the connection is closed.

use crate::support::{TestApp, Wire};

/// What would be answered with 405 if it were taken for a request of its own.
const HIDDEN: &str = "BREW /healthz HTTP/1.1\r\nhost: x\r\n\r\n";

const BODY: &str = r#"{"title":"smuggled"}"#;

const CHUNKED: &str = "14\r\n{\"title\":\"smuggled\"}\r\n0\r\n\r\n";

/// Headers after which two readers might see two ends of the message, and what follows them.
fn doubtful() -> Vec<(String, &'static str)> {
    let length = BODY.len();
    let te = |value: &str| format!("transfer-encoding:{value}\r\n");
    let with_length = |headers: &str| (format!("{headers}content-length: {length}\r\n"), BODY);
    let mut cases = vec![
        (format!("content-length: {}\r\ntransfer-encoding: chunked\r\n", CHUNKED.len()), CHUNKED),
        ("transfer-encoding: chunked\r\ncontent-length: 4\r\n".into(), CHUNKED),
        (te(" chunked") + &te(" identity"), CHUNKED),
        (te(" identity") + &te(" chunked"), CHUNKED),
        (te(" chunked") + &te(" chunked"), CHUNKED),
        (te(" \u{b}chunked") + "content-length: 4\r\n", CHUNKED),
        (format!("content-length: {length}\r\ncontent-length: {length}\r\n"), BODY),
        (format!("content-length: {length}\r\ncontent-length: 0\r\n"), BODY),
        (format!("x: y\r\n content-length: 3\r\ncontent-length: {length}\r\n"), BODY),
        (format!("x: y\rcontent-length: 3\r\ncontent-length: {length}\r\n"), BODY),
        (format!("x: y\0\r\ncontent-length: {length}\r\n"), BODY),
        with_length("transfer-encoding : chunked\r\n"),
        with_length("content-length : 3\r\n"),
        with_length("transfer-encoding:\r\n chunked\r\n"),
        with_length("connection: upgrade\r\nupgrade: websocket\r\n"),
        with_length("host: y\r\n"),
    ];
    for value in
        ["chunked, chunked", "gzip, chunked", "chunked, identity", "xchunked", "\"chunked\"", "", "identity"]
    {
        cases.push((te(&format!(" {value}")), CHUNKED));
    }
    for value in ["", "+20", "-1", "0x14", "20, 20", "20 0", "2 0", "18446744073709551616", "20.0", "２０"]
    {
        cases.push((format!("content-length: {value}\r\n"), BODY));
    }
    for chunks in [
        "14;a\nb\r\n{\"title\":\"smuggled\"}\r\n0\r\n\r\n",
        "14\n{\"title\":\"smuggled\"}\n0\n\n",
        "1000000000000000014\r\n{\"title\":\"smuggled\"}\r\n0\r\n\r\n",
        "-14\r\n{\"title\":\"smuggled\"}\r\n0\r\n\r\n",
        "0x14\r\n{\"title\":\"smuggled\"}\r\n0\r\n\r\n",
        "14\r\n{\"title\":\"smuggled\"}XX0\r\n\r\n",
        "\r\n{\"title\":\"smuggled\"}\r\n0\r\n\r\n",
    ] {
        cases.push((te(" chunked"), chunks));
    }
    cases
}

#[actix_web::test]
async fn what_has_two_ends_is_refused_and_ends_the_connection() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    for (headers, body) in doubtful() {
        let mut wire = Wire::open(&app).await;
        wire.send(format!(
            "POST /api/requests HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\nx-tenant-id: acme\r\n\
             content-type: application/json\r\n{headers}\r\n{body}{HIDDEN}",
            acme.token()
        ))
        .await;
        wire.finish_sending().await;
        while let Some(reply) = wire.reply().await {
            assert_eq!((reply.status, reply.code().as_str()), (400, "BAD_REQUEST"), "{headers:?} {body:?}");
        }
    }
    assert_eq!(app.count("requests_all"), 0, "nothing was smuggled in");
}

#[actix_web::test]
async fn an_older_version_knows_no_chunks() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    for headers in ["transfer-encoding: chunked\r\n", "transfer-encoding: chunked\r\ncontent-length: 20\r\n"]
    {
        let mut wire = Wire::open(&app).await;
        wire.send(format!(
            "POST /api/requests HTTP/1.0\r\nhost: x\r\nauthorization: Bearer {}\r\nx-tenant-id: acme\r\n\
             connection: keep-alive\r\ncontent-type: application/json\r\n{headers}\r\n{CHUNKED}{HIDDEN}",
            acme.token()
        ))
        .await;
        assert_eq!(wire.reply().await.expect("an answer").status, 400);
        assert!(wire.reply().await.is_none(), "it is closed");
    }
    assert_eq!(app.count("requests_all"), 0);
}

#[actix_web::test]
async fn what_has_one_end_is_read_up_to_it_and_no_further() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    for (headers, body) in [
        ("content-length: 20\r\n", BODY),
        ("content-length: 020 \r\n", BODY),
        ("transfer-encoding:\tCHUNKED \r\n", CHUNKED),
        ("transfer-encoding: chunked\r\n", "14;a=b\r\n{\"title\":\"smuggled\"}\r\n0\r\n\r\n"),
        (
            "transfer-encoding: chunked\r\n",
            "a\r\n{\"title\":\"\r\na\r\nsmuggled\"}\r\n0\r\nx-tenant-id: other\r\n\r\n",
        ),
        ("connection: upgrade, http2-settings\r\nupgrade: h2c\r\ncontent-length: 20\r\n", BODY),
        ("expect: rubbish\r\ncontent-length: 20\r\n", BODY),
    ] {
        let mut wire = Wire::open(&app).await;
        wire.send(format!(
            "POST /api/requests HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\nx-tenant-id: acme\r\n\
             content-type: application/json\r\n{headers}\r\n{body}{HIDDEN}",
            acme.token()
        ))
        .await;
        assert_eq!(wire.reply().await.expect("an answer").status, 201, "{headers:?} {body:?}");
        assert_eq!(wire.reply().await.expect("the next request is one").status, 405, "{headers:?} {body:?}");
    }
}

#[actix_web::test]
async fn a_target_in_another_form_names_no_other_server() {
    let app = TestApp::start().await;
    for (line, status) in [
        ("GET http://evil.example/healthz HTTP/1.1\r\nhost: x", 200),
        ("GET http://evil.example/api/requests HTTP/1.1\r\nhost: x", 401),
        ("CONNECT evil.example:443 HTTP/1.1\r\nhost: x", 404),
        ("CONNECT /healthz HTTP/1.1\r\nhost: x", 405),
        ("OPTIONS * HTTP/1.1\r\nhost: x", 404),
        ("PRI * HTTP/2.0", 400),
        ("GET /healthz HTTP/1.1", 400),
        ("GET /healthz HTTP/1.1\r\nhost: x\r\nhost: y", 400),
        ("GET /healthz HTTP/1.2\r\nhost: x", 400),
        ("GET /healthz", 400),
        ("GET  /healthz HTTP/1.1\r\nhost: x", 400),
    ] {
        let mut wire = Wire::open(&app).await;
        wire.send(format!("{line}\r\n\r\n")).await;
        assert_eq!(wire.reply().await.expect("an answer").status, status, "{line}");
    }
}

#[actix_web::test]
async fn what_says_who_asks_is_sent_once() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    app.tenant("other").await;
    let twice = [
        ("authorization", format!("Bearer {}", acme.token())),
        ("x-tenant-id", "other".into()),
        ("idempotency-key", "other".into()),
        ("content-type", "text/plain".into()),
        ("origin", "http://evil.example".into()),
    ];
    for (name, value) in twice {
        let caller = acme.clone().with_header("idempotency-key", "one").with_header("origin", "http://x");
        let reply = caller.with_header("content-type", "application/json").with_header(name, &value);
        let reply = reply.get("/api/requests").await.expect(400);
        assert!(reply.message().contains(&format!("{name} is there twice")), "{}", reply.text);
    }
}

#[actix_web::test]
async fn a_packed_body_is_refused_before_it_is_unpacked() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let body = r#"{"title": "plain"}"#.to_owned();
    for coding in ["gzip", "deflate", "br", "zstd", "x-gzip", "identity, gzip", "GZIP", ""] {
        let caller = acme.clone().with_header("content-encoding", coding);
        let reply = caller.send(reqwest::Method::POST, "/api/requests", Some(body.clone())).await.expect(415);
        assert!(reply.message().contains("Content-Encoding"), "{}", reply.text);
    }
    let caller = acme.with_header("content-encoding", "identity");
    caller.send(reqwest::Method::POST, "/api/requests", Some(body)).await.expect(201);
}
