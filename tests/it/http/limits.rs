//! Too large, too many, too slow: a clear answer, and the server goes on.

use reqwest::Method;
use serde_json::json;
use steading::base::config::Span;

use crate::support::{Caller, TestApp, Wire, expect_shape};

const PATH: &str = "/api/requests";

fn span(text: &str) -> Span {
    text.parse().expect("a length of time")
}

async fn lives(app: &TestApp, acme: &Caller) {
    let before = app.count("requests_all");
    assert_eq!(before, 0, "nothing was written");
    acme.post(PATH, json!({ "title": "Good" })).await.expect(201);
}

#[actix_web::test]
async fn a_large_body_is_refused_however_it_is_sent() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let body = format!("{{\"title\": \"{}\"}}", "x".repeat(10 << 20));
    let reply = acme.send(Method::POST, PATH, Some(body)).await.expect(413);
    expect_shape(&reply);
    assert!(reply.message().contains("1048576 bytes"), "{}", reply.text);

    let mut wire = Wire::open(&app).await;
    wire.send(format!(
        "POST /api/requests HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\nx-tenant-id: acme\r\n\
         content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
        acme.token()
    ))
    .await;
    for _ in 0..17 {
        wire.send(format!("10000\r\n{}\r\n", "x".repeat(0x10000))).await;
    }
    let reply = wire.reply().await.expect("an answer before the end");
    assert_eq!((reply.status, reply.code().as_str()), (413, "PAYLOAD_TOO_LARGE"));
    lives(&app, &acme).await;
}

#[actix_web::test]
async fn the_largest_body_is_taken_and_one_byte_more_is_not() {
    let app = TestApp::start_with(|config| config.server.max_body = "1 KiB".parse().expect("a size")).await;
    let (_, acme) = app.tenant("acme").await;
    let of = |size: usize| {
        let bare = r#"{"title":"a","description":""}"#;
        bare.replace("\"\"}", &format!("\"{}\"}}", "x".repeat(size - bare.len())))
    };
    acme.send(Method::POST, PATH, Some(of(1_025))).await.expect(413);
    assert_eq!(app.count("requests_all"), 0);
    acme.send(Method::POST, PATH, Some(of(1_024))).await.expect(201);
}

#[actix_web::test]
async fn a_large_body_without_a_token_is_not_read_at_all() {
    let app = TestApp::start().await;
    let mut wire = Wire::open(&app).await;
    wire.send("POST /api/requests HTTP/1.1\r\nhost: x\r\ncontent-length: 10000000\r\n\r\n").await;
    assert_eq!(wire.reply().await.expect("an answer before the body").status, 401);
}

#[actix_web::test]
async fn large_headers_are_refused_in_the_shape_and_huge_ones_at_all() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let long = |size: usize| acme.clone().with_header("x-long", &"x".repeat(size));
    for (size, status) in [(15_000, 200), (17_000, 400)] {
        expect_shape(&long(size).get(PATH).await.expect(status));
    }
    // It never becomes a request.
    assert_eq!(long(100_000).get(PATH).await.expect(400).code(), "BAD_REQUEST");
    let many = |count: usize| (0..count).map(|index| format!("x-{index}: y\r\n")).collect::<String>();
    for headers in [
        format!("x-long: {}\r\n", "x".repeat(200_000)),
        format!("x-long: {}\r\n", "x".repeat(2_000_000)),
        many(1_000),
        many(20_000),
    ] {
        let mut wire = Wire::open(&app).await;
        wire.send("GET /healthz HTTP/1.1\r\nhost: x\r\n").await;
        wire.send(&headers).await;
        wire.send("\r\n").await;
        if let Some(reply) = wire.reply().await {
            assert!(matches!(reply.status, 400 | 431), "{}", reply.status);
        }
    }
    lives(&app, &acme).await;
}

#[actix_web::test]
async fn a_body_that_never_comes_to_its_end_is_given_up() {
    let app = TestApp::start_with(|config| config.server.body_timeout = span("50ms")).await;
    let (_, acme) = app.tenant("acme").await;
    let (token, mut wire) = (acme.token(), Wire::open(&app).await);
    wire.send(format!(
        "POST /api/requests HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nx-tenant-id: acme\r\n\
         content-type: application/json\r\ncontent-length: 100\r\n\r\n{{\"title\":"
    ))
    .await;
    let reply = wire.reply().await.expect("an answer");
    assert_eq!((reply.status, reply.code().as_str()), (400, "BAD_REQUEST"));
    assert!(String::from_utf8_lossy(&reply.body).contains("too slowly"));
    lives(&app, &acme).await;
}

#[actix_web::test]
async fn headers_that_never_come_to_their_end_are_given_up() {
    let app = TestApp::start_with(|config| config.server.header_timeout = span("1s")).await;
    let (_, acme) = app.tenant("acme").await;
    let mut wire = Wire::open(&app).await;
    wire.send("GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ").await;
    let reply = wire.reply().await.expect("an answer");
    assert_eq!((reply.status, reply.code().as_str()), (400, "BAD_REQUEST"));
    assert!(String::from_utf8_lossy(&reply.body).contains("too slowly"));
    lives(&app, &acme).await;
}

#[actix_web::test]
async fn a_body_that_breaks_off_writes_nothing() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let token = acme.token();
    for body in [
        "content-length: 100\r\n\r\n{\"title\": \"a\"}",
        "transfer-encoding: chunked\r\n\r\ne\r\n{\"title\": \"a\"}\r\n",
    ] {
        let mut wire = Wire::open(&app).await;
        wire.send(format!(
            "POST /api/requests HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nx-tenant-id: acme\r\n\
             content-type: application/json\r\n{body}"
        ))
        .await;
        wire.close().await;
    }
    lives(&app, &acme).await;
}

#[actix_web::test]
async fn many_large_bodies_at_once_have_a_bound_and_small_ones_still_pass() {
    let app = TestApp::start_with(|config| config.server.max_bodies = "1 MiB".parse().expect("a size")).await;
    let (_, acme) = app.tenant("acme").await;
    let head = format!(
        "POST /api/requests HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\nx-tenant-id: acme\r\n\
         content-type: application/json\r\ncontent-length: 1000000\r\n\r\n",
        acme.token()
    );
    let mut slow = Wire::open(&app).await;
    slow.send(format!("{head}{}", " ".repeat(900_000))).await;
    let is_nothing_held = async || {
        let text = app.app.figures().await.expect("the figures").into_text();
        text.contains("\nsteading_http_body_bytes 0\n")
    };
    while is_nothing_held().await {}
    let large = format!("{{\"title\": \"Large\"}}{}", " ".repeat(900_000));
    let refused = acme.send(Method::POST, PATH, Some(large.clone())).await.expect(503);
    expect_shape(&refused);
    assert_eq!(refused.header("retry-after"), "1");
    acme.post(PATH, json!({ "title": "Small" })).await.expect(201);
    slow.close().await;
    while !is_nothing_held().await {}
    acme.send(Method::POST, PATH, Some(large)).await.expect(201);
}

#[actix_web::test]
async fn a_body_of_very_many_objects_is_refused_before_it_is_taken_apart() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let event = |objects: usize| {
        let payload = vec![r#"{"":0}"#; objects].join(",");
        Some(format!(r#"{{"type": "order.paid", "payload": [{payload}]}}"#))
    };
    acme.send(Method::POST, "/api/events", event(10_000)).await.expect(202);
    let refused = acme.send(Method::POST, "/api/events", event(100_000)).await.expect(413);
    expect_shape(&refused);
    assert!(refused.message().contains("objects"), "{}", refused.text);
}

#[actix_web::test]
async fn who_is_not_signed_in_sends_small_bodies_only() {
    let app = TestApp::start().await;
    let of = |size: usize| format!("{{\"email\": \"a@b.c\", \"password\": \"x\"}}{}", " ".repeat(size - 35));
    let send = |size: usize| {
        let body = Some(of(size));
        let nobody = app.nobody();
        async move { nobody.send(Method::POST, "/api/auth/login", body).await }
    };
    send(16 * 1024).await.expect(401);
    let refused = send(16 * 1024 + 1).await.expect(413);
    assert!(refused.message().contains("16384 bytes"), "{}", refused.text);
}

#[actix_web::test]
async fn the_next_headers_on_a_connection_have_a_time_and_a_size_as_the_first_have() {
    let app = TestApp::start_with(|config| {
        (config.server.header_timeout, config.server.keep_alive) = (span("1s"), span("1h"));
    })
    .await;
    let (_, acme) = app.tenant("acme").await;
    for (rest, why) in [(10, "too slowly"), (40_000, "larger")] {
        for before in 0..2 {
            let mut wire = Wire::open(&app).await;
            for _ in 0..before {
                wire.send("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
                assert_eq!(wire.reply().await.expect("an answer").status, 200);
            }
            wire.send(format!("GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: {}", "x".repeat(rest))).await;
            let reply = wire.reply().await.expect("an answer");
            assert_eq!((reply.status, reply.code().as_str()), (400, "BAD_REQUEST"));
            let said = String::from_utf8_lossy(&reply.body).into_owned();
            assert!(said.contains(why), "{before} before, {rest} bytes: {said}");
            assert!(wire.reply().await.is_none(), "it is closed");
        }
    }
    lives(&app, &acme).await;
}

#[actix_web::test]
async fn a_head_that_began_behind_another_request_is_given_up_too() {
    let app = TestApp::start_with(|config| {
        (config.server.header_timeout, config.server.keep_alive) = (span("1s"), span("1s"));
    })
    .await;
    let mut wire = Wire::open(&app).await;
    wire.send("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\nGET /healthz HTTP/1.1\r\n").await;
    assert_eq!(wire.reply().await.expect("an answer").status, 200);
    wire.send("x: ").await;
    let end = wire.reply().await;
    assert!(end.is_none_or(|end| end.status == 400), "it is closed");
}

#[actix_web::test]
async fn an_answer_that_takes_longer_than_a_head_may_is_not_cut_off() {
    let app = TestApp::start_with(|config| {
        (config.server.header_timeout, config.server.keep_alive) = (span("1s"), span("1s"));
    })
    .await;
    let (_, acme) = app.tenant("acme").await;
    let (token, mut stream, mut slow) = (acme.token(), Wire::open(&app).await, Wire::open(&app).await);
    stream
        .send(format!(
            "GET /api/jobs/stream HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nx-tenant-id: acme\r\n\r\nGET /"
        ))
        .await;
    assert_eq!(stream.reply().await.expect("it begins").status, 200);
    for _ in 0..3 {
        slow.send("GET /healthz HTTP/1.1\r\n").await;
        assert_eq!(slow.reply().await.expect("it is too slow").status, 400);
        slow = Wire::open(&app).await;
    }
    acme.post("/api/jobs/enqueue", json!({ "jobName": "system.ping", "payload": {} })).await.expect(202);
    while stream.next_line().await.expect("it goes on") != "event: job" {}
}
