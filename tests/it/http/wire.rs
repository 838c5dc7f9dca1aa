//! The protocol below: one connection and what travels on it.

use crate::support::{TestApp, Wire};

#[actix_web::test]
async fn pipelined_requests_are_answered_in_order() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let token = acme.token();
    let mut wire = Wire::open(&app).await;
    let mut sent = String::new();
    for index in 0..40 {
        let body = format!("{{\"title\": \"number {index}\"}}");
        sent += &format!(
            "POST /api/requests HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nx-tenant-id: acme\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}\
             GET /nowhere/{index} HTTP/1.1\r\nhost: x\r\n\r\n",
            body.len()
        );
    }
    wire.send(sent).await;
    for index in 0..40 {
        let reply = wire.reply().await.expect("an answer");
        assert_eq!(reply.status, 201);
        assert!(String::from_utf8_lossy(&reply.body).contains(&format!("\"number {index}\"")));
        assert_eq!(wire.reply().await.expect("an answer").status, 404);
    }
    assert_eq!(app.count("requests_all"), 40);
}

#[actix_web::test]
async fn head_is_get_without_the_body() {
    let app = TestApp::start().await;
    for path in ["/healthz", "/api/openapi.json", "/", "/nowhere", "/api/requests"] {
        let mut wire = Wire::open(&app).await;
        wire.send(format!("HEAD {path} HTTP/1.1\r\nhost: x\r\n\r\nGET {path} HTTP/1.1\r\nhost: x\r\n\r\n"))
            .await;
        let (head, get) =
            (wire.reply_to_head().await.expect("an answer"), wire.reply().await.expect("an answer"));
        assert_eq!(head.status, get.status, "{path}");
        for name in ["content-length", "content-type", "etag", "cache-control"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
        assert!(!get.body.is_empty());
    }
}

#[actix_web::test]
async fn what_is_not_http_is_refused_and_harms_nobody() {
    let app = TestApp::start().await;
    for text in [
        "GET /healthz\0 HTTP/1.1\r\nhost: x\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nhost: x\r\nx-\0: y\r\n\r\n",
        "GET /healthz HTTP/9.9\r\nhost: x\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n",
        "POST /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        "POST /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        "POST /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /healthz HTTP/1.1\r\nhost: x\r\ntransfer-encoding: rubbish\r\n\r\n",
        "\r\n\r\n\r\n\r\nrubbish\r\n\r\n",
    ] {
        let mut wire = Wire::open(&app).await;
        wire.send(text).await;
        wire.finish_sending().await;
        if let Some(reply) = wire.reply().await {
            assert!((400..500).contains(&reply.status), "{text:?}: {}", reply.status);
        }
    }
    app.nobody().get("/healthz").await.expect(200);
}

#[actix_web::test]
async fn a_client_that_waits_for_leave_to_send_its_body_gets_it() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let (token, mut wire) = (acme.token(), Wire::open(&app).await);
    wire.send(format!(
        "POST /api/requests HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nx-tenant-id: acme\r\n\
         content-type: application/json\r\nexpect: 100-continue\r\ncontent-length: 14\r\n\r\n"
    ))
    .await;
    assert_eq!(wire.reply().await.expect("leave to send").status, 100);
    wire.send("{\"title\": \"a\"}").await;
    assert_eq!(wire.reply().await.expect("an answer").status, 201);
}

#[actix_web::test]
async fn a_body_that_nobody_read_is_never_taken_for_the_next_request() {
    let app = TestApp::start().await;
    let inner = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
    for (path, status) in [("/api/requests", 401), ("/nowhere", 404), ("/healthz", 405)] {
        let mut wire = Wire::open(&app).await;
        wire.send(format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{inner}",
            inner.len()
        ))
        .await;
        wire.send("GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n").await;
        assert_eq!(wire.reply().await.expect("an answer").status, status);
        // It may close after a body that it did not want.
        if let Some(next) = wire.reply().await {
            assert_eq!(next.status, 404, "{path}");
        }
    }
}
