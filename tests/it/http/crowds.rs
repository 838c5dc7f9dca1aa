//! Crowds: connections that send nothing, or almost nothing, and those that take nothing.
//!
//! `STEADING_CROWD=10000 cargo test --test it crowds` brings more of them, as far as this process may open files: both
//! ends of each are here.

use std::env;

use rustix::process::{Resource, getrlimit};
use steading::base::config::Span;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpSocket, TcpStream};

use crate::support::TestApp;

/// Connections when no number is given, and those from each address.
const MANY: usize = 2_000;
const OF_ONE_ADDRESS: usize = 500;

/// Files that are no connections of the crowd.
const OTHER_FILES: usize = 400;

fn span(text: &str) -> Span {
    text.parse().expect("a length of time")
}

/// Connects from one of this machine's own addresses, and sends this.
async fn connect(app: &TestApp, last: u8, text: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(([127, 0, 0, last], 0).into()).expect("every such address is this machine's");
    let address = app.url.trim_start_matches("http://").parse().expect("an address");
    let stream = socket.connect(address).await.expect("it is accepted");
    // It may have been closed already.
    let _ = stream.try_write(text.as_bytes());
    stream
}

/// How many addresses send their part.
fn addresses() -> u8 {
    let wanted = env::var("STEADING_CROWD").map_or(MANY, |text| text.parse().expect("a whole number"));
    let files = getrlimit(Resource::Nofile).current.map_or(usize::MAX, |most| most as usize);
    let possible = wanted.min(files.saturating_sub(OTHER_FILES) / 2);
    u8::try_from(possible / OF_ONE_ADDRESS).unwrap_or(u8::MAX).clamp(1, 200)
}

async fn crowd(app: &TestApp, text: &str) -> Vec<TcpStream> {
    let mut crowd = Vec::new();
    for number in 0..OF_ONE_ADDRESS {
        for last in 2..2 + addresses() {
            let text = text.replace("{n}", &number.to_string());
            crowd.push(connect(app, last, &text).await);
        }
    }
    crowd
}

async fn is_closed(stream: &mut TcpStream) -> bool {
    matches!(stream.read(&mut [0; 1]).await, Ok(0) | Err(_))
}

#[actix_web::test]
async fn two_thousand_slow_connections_keep_nobody_else_waiting() {
    let app = TestApp::start_with(|config| {
        (config.server.header_timeout, config.server.keep_alive) = (span("1h"), span("1h"));
        config.server.max_connections_per_address = OF_ONE_ADDRESS;
        config.server.max_connections = usize::from(addresses()) * OF_ONE_ADDRESS + 100;
    })
    .await;
    let (_, acme) = app.tenant("acme").await;
    for text in [
        "",
        "GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: {n}",
        "POST /api/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{",
        "GET / HTTP/1.1\r\nhost: x\r\n\r\n",
    ] {
        let crowd = crowd(&app, text).await;
        acme.get("/api/requests").await.expect(200);
        let mut refused = connect(&app, 2, "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
        assert!(is_closed(&mut refused).await, "an address has no more than its part");
        acme.post("/api/requests", serde_json::json!({ "title": "Still" })).await.expect(201);
        drop(crowd);
    }
}

#[actix_web::test]
async fn a_trusted_proxy_may_have_as_many_connections_as_there_are() {
    let app = TestApp::start_with(|config| {
        config.server.max_connections_per_address = 2;
        config.server.trusted_proxies = vec!["127.0.0.3".parse().expect("an address")];
    })
    .await;
    for (last, expected) in [(2, 2), (3, 6)] {
        let mut served = 0;
        let mut kept = Vec::new();
        for _ in 0..6 {
            let mut stream = connect(&app, last, "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
            served += usize::from(!is_closed(&mut stream).await);
            kept.push(stream);
        }
        assert_eq!(served, expected, "127.0.0.{last}");
    }
}
