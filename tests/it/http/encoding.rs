//! Compression: only what is worth it, only what the client takes, and it can be undone.

use std::io::Read;

use reqwest::Method;
use serde_json::Value;

use crate::support::TestApp;

/// The coding that the server chose, and the body as it was before.
async fn fetch(app: &TestApp, path: &str, accepts: Option<&str>) -> (String, Vec<u8>) {
    let request = app.nobody().request(Method::GET, path);
    let request =
        accepts.into_iter().fold(request, |request, value| request.header("accept-encoding", value));
    let response = request.send().await.expect("an answer");
    assert_eq!(response.status().as_u16(), 200);
    assert_eq!(response.headers()["vary"], "accept-encoding");
    let coding =
        response.headers().get("content-encoding").map(|value| value.to_str().expect("plain").to_owned());
    let body = response.bytes().await.expect("a body").to_vec();
    let coding = coding.unwrap_or_default();
    let body = undo(&coding, body);
    (coding, body)
}

fn undo(coding: &str, body: Vec<u8>) -> Vec<u8> {
    let mut plain = Vec::new();
    match coding {
        "gzip" => drop(flate2::read::GzDecoder::new(&*body).read_to_end(&mut plain).expect("gzip")),
        "br" => drop(brotli::Decompressor::new(&*body, 4_096).read_to_end(&mut plain).expect("brotli")),
        "zstd" => plain = zstd::decode_all(&*body).expect("zstd"),
        _ => return body,
    }
    plain
}

#[actix_web::test]
async fn a_large_reply_is_compressed_as_the_client_prefers() {
    let app = TestApp::start().await;
    let (_, plain) = fetch(&app, "/api/openapi.json", None).await;
    assert!(plain.len() > 1_024);
    for (accepts, chosen) in [
        ("gzip", "gzip"),
        ("br", "br"),
        ("zstd", "zstd"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("GZIP", "gzip"),
        ("gzip ; q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("*", "zstd"),
        ("zstd;q=0, *", "br"),
        ("*;q=0, gzip", "gzip"),
        ("*;q=0.1, br", "br"),
        ("identity", ""),
        ("gzip;q=0", ""),
        ("deflate", ""),
        ("gzip;q=rubbish", ""),
        ("", ""),
    ] {
        let (coding, body) = fetch(&app, "/api/openapi.json", Some(accepts)).await;
        assert_eq!(coding, chosen, "{accepts}");
        assert_eq!(body, plain, "{accepts}");
    }
    serde_json::from_slice::<Value>(&plain).expect("the document is JSON");
}

#[actix_web::test]
async fn a_small_reply_is_sent_as_it_is() {
    let app = TestApp::start().await;
    for accepts in ["gzip", "br", "zstd", "*"] {
        assert_eq!(fetch(&app, "/healthz", Some(accepts)).await.0, "");
    }
}
