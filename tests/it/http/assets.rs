//! The files of the front end: only those that were built in, with the headers that keep them safe.

use crate::support::{TestApp, Wire};

#[actix_web::test]
async fn a_page_comes_with_the_headers_that_keep_it_safe() {
    let app = TestApp::start().await;
    let page = app.nobody().get("/").await.expect(200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert_eq!(page.header("cache-control"), "no-cache");
    assert_eq!(page.header("vary"), "accept-encoding");
    let policy = page.header("content-security-policy");
    for rule in ["default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'"] {
        assert!(policy.contains(rule), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(app.nobody().get("/index.html").await.expect(200).text, page.text);
}

#[actix_web::test]
async fn what_the_browser_has_is_not_sent_again() {
    let app = TestApp::start().await;
    let page = app.nobody().get("/").await.expect(200);
    let tag = page.header("etag");
    for known in [tag.to_owned(), format!("\"other\", {tag}"), format!("W/\"other\",{tag}")] {
        let reply = app.nobody().with_header("if-none-match", &known).get("/").await.expect(304);
        assert_eq!((reply.text.as_str(), reply.header("etag")), ("", tag));
        assert!(!reply.header("content-security-policy").is_empty());
    }
    for unknown in ["\"other\"", "rubbish", ""] {
        app.nobody().with_header("if-none-match", unknown).get("/").await.expect(200);
    }
}

#[actix_web::test]
async fn a_path_never_leads_out_of_the_assets() {
    let app = TestApp::start().await;
    for path in [
        "/../Cargo.toml",
        "/..%2fCargo.toml",
        "/%2e%2e/Cargo.toml",
        "/static/../Cargo.toml",
        "/./index.html",
        "/x/../index.html",
        "//index.html",
        "//etc/passwd",
        "/etc/passwd",
        "/..\\Cargo.toml",
        "/index.html%00",
        "/index.html/",
        "/index%2ehtml",
        "/Cargo.toml",
        "/data/steading.db",
        "/INDEX.HTML",
    ] {
        let mut wire = Wire::open(&app).await;
        wire.send(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n")).await;
        let reply = wire.reply().await.expect("an answer");
        assert!(matches!(reply.status, 400 | 404), "{path}: {}", reply.status);
    }
}

#[actix_web::test]
async fn an_asset_can_only_be_read() {
    let app = TestApp::start().await;
    for method in [reqwest::Method::POST, reqwest::Method::PUT, reqwest::Method::DELETE] {
        app.nobody().send(method, "/index.html", None).await.expect(404);
    }
}
