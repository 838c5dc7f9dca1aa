//! The server as a whole: requests of bytes that nobody would send. It answers in its own shape or closes, never with a
//! fault of its own, and serves the next one.

use std::time::{Duration, Instant};

use fastrand::Rng;
use serde_json::Value as Json;

use super::mutate::mutate;
use super::{seed, share_of};
use crate::support::{TestApp, Wire};

/// Tries when no time is given.
const FEW: usize = 1_500;

const SEEDS: &[&str] = &[
    "GET /api/requests?limit=5&sort=-createdAt&status=open&cursor=W10 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nx-tenant-id: acme\r\n\r\n",
    "POST /api/requests HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nx-tenant-id: acme\r\ncontent-type: application/json\r\nidempotency-key: one\r\ncontent-length: 14\r\n\r\n{\"title\": \"a\"}",
    "POST /api/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nx-tenant-id: acme\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n10\r\n{\"type\": \"a.b\", \r\nd\r\n\"payload\": 1}\r\n0\r\n\r\n",
    "GET /healthz HTTP/1.1\r\nhost: x\r\ntraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\nx-forwarded-for: 192.0.2.1, 10.0.0.1:80, [::1]:5\r\n\r\n",
    "GET /api/auth/session HTTP/1.1\r\nhost: x\r\ncookie: a=b; steading_session={token}; c\r\norigin: http://x\r\nsec-fetch-site: same-origin\r\n\r\n",
    "DELETE /api/requests/0198c1de-7f00-7000-8000-000000000000 HTTP/1.1\r\nhost: acme.example:80\r\norigin: null\r\ncookie: steading_session={token}\r\n\r\n",
    "GET /api/events/0198c1de-7f00-7000-8000-000000000000 HTTP/1.1\r\nhost: x\r\nlast-event-id: 0198c1de-7f00-7000-8000-000000000000\r\nif-none-match: W/\"a\", *\r\naccept-encoding: gzip;q=0.5, br;q=nan, *;q=0\r\n\r\n",
    "GET /assets/x/main.js HTTP/1.1\r\nhost: x\r\naccept-encoding: zstd\r\n\r\n",
    "GET /api/requests HTTP/1.1\r\nhost: x\r\nx-tenant-id: acme\r\nauthorization: Bearer eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0.AAAA\r\n\r\n",
];

const WORDS: &[&str] = &[
    "\r\n",
    "\r\n\r\n",
    "content-length: 5\r\n",
    "transfer-encoding: chunked\r\n",
    "connection: close\r\n",
    "upgrade: websocket\r\n",
    "expect: 100-continue\r\n",
    "0\r\n\r\n",
    "HTTP/1.0",
    "%",
    "%ff",
    "?",
    "&",
    "=",
    "PATCH ",
    "/api/jobs/claim",
    "/api/backups/..%2f",
    "host: y\r\n",
];

#[actix_web::test]
async fn no_bytes_make_the_server_fail_or_speak_another_language() {
    let app = TestApp::start_with(|config| {
        config.limits.rates = false;
        config.server.trusted_proxies = vec!["127.0.0.1".parse().expect("an address")];
    })
    .await;
    let (_, acme) = app.tenant("acme").await;
    let pool: Vec<Vec<u8>> =
        SEEDS.iter().map(|seed| seed.replace("{token}", acme.token()).into_bytes()).collect();
    let seed = seed();
    let mut rng = Rng::with_seed(seed);
    let end = share_of(2).map(|share| Instant::now() + share);
    let (mut tries, mut answered) = (0, 0);
    while end.map_or(tries < FEW, |end| Instant::now() < end) {
        let mut input = pool[rng.usize(..pool.len())].clone();
        if tries >= pool.len() {
            mutate(&mut input, &pool, WORDS, &mut rng);
        }
        tries += 1;
        let mut wire = Wire::open(&app).await;
        wire.send(&input).await;
        wire.finish_sending().await;
        while let Some(reply) = wire.reply().await {
            let said = || format!("seed {seed}: {:?} got {reply:?}", String::from_utf8_lossy(&input));
            assert!((100..500).contains(&reply.status) || reply.status == 503, "{}", said());
            answered += usize::from(reply.status < 400);
            if reply.status >= 400 && !reply.body.is_empty() {
                let body: Json = serde_json::from_slice(&reply.body).unwrap_or_else(|_| panic!("{}", said()));
                assert!(
                    body["error"]["code"].is_string() && body["meta"]["traceId"].is_string(),
                    "{}",
                    said()
                );
            }
        }
    }
    println!("wire: {tries} tries, {answered} let in");
    assert!(answered > 0, "nothing was let in");
    tokio::time::timeout(Duration::from_secs(20), acme.get("/api/requests"))
        .await
        .expect("it goes on")
        .expect(200);
}
