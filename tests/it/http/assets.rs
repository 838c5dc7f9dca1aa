//! The files of the front end: only those that were built in, with the headers that keep them safe.

use reqwest::Method;

use crate::support::{Caller, Reply, TestApp, Wire};

/// What the page asks for: every path in quotes that is below `/assets/`.
fn assets_of(page: &Reply) -> Vec<String> {
    page.text.split('"').filter(|part| part.starts_with("/assets/")).map(str::to_owned).collect()
}

fn expect_safe(reply: &Reply) {
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    assert_eq!(reply.header("referrer-policy"), "no-referrer");
    assert_eq!(reply.header("vary"), "accept-encoding");
    let policy = reply.header("content-security-policy");
    for rule in [
        "default-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "object-src 'none'",
        "require-trusted-types-for 'script'",
    ] {
        assert!(policy.contains(rule), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
}

async fn text_of(caller: &Caller, path: &str, kind: &str) -> String {
    let reply = caller.get(path).await.expect(200);
    assert_eq!(reply.header("content-type"), kind, "{path}");
    expect_safe(&reply);
    reply.text
}

#[actix_web::test]
async fn every_page_of_the_dashboard_is_the_one_page_that_shows_them() {
    let app = TestApp::start().await;
    let nobody = app.nobody();
    let page = text_of(&nobody, "/", "text/html; charset=utf-8").await;
    for path in ["/t/acme", "/t/acme/runs/x?state=dead", "/setup", "/sign-in", "/me", "/instance/accounts"] {
        assert_eq!(text_of(&nobody, path, "text/html; charset=utf-8").await, page, "{path}");
    }
    assert_eq!(nobody.get("/").await.header("cache-control"), "no-cache");
}

#[actix_web::test]
async fn all_that_the_page_asks_for_is_there() {
    let app = TestApp::start().await;
    let nobody = app.nobody();
    let assets = assets_of(&nobody.get("/").await);
    assert!(assets.len() > 5, "{assets:?}");
    for path in &assets {
        let kind = match path.rsplit_once('.').expect("an ending").1 {
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "svg" => "image/svg+xml",
            other => panic!("an asset that ends in {other}"),
        };
        text_of(&nobody, path, kind).await;
    }
    let version = assets[0].split('/').nth(2).expect("the hash of all files");
    assert!(version.len() == 32 && version.bytes().all(|byte| byte.is_ascii_hexdigit()), "{version}");
    assert!(assets.iter().all(|path| path.contains(version)), "{assets:?}");
}

#[actix_web::test]
async fn an_asset_that_is_not_there_is_not_found_as_everything_else() {
    let app = TestApp::start().await;
    let nobody = app.nobody();
    let script = assets_of(&nobody.get("/").await).into_iter().find(|path| path.ends_with("main.js"));
    let base = script.expect("the first script").trim_end_matches("main.js").to_owned();
    for path in ["none.js", "index.html", "", "lib", "lib/", ".hidden", "main.js/", "Main.js"] {
        nobody.get(&format!("{base}{path}")).await.expect(404);
    }
    for path in ["/assets", "/assets/", "/assets/main.js", "/main.js", "/index.html", "/icon.svg", "/pages"] {
        assert_eq!(nobody.get(path).await.expect(404).code(), "NOT_FOUND", "{path}");
    }
}

#[actix_web::test]
async fn what_the_browser_has_is_not_sent_again() {
    let app = TestApp::start().await;
    let page = app.nobody().get("/").await.expect(200);
    for path in ["/", assets_of(&page)[0].as_str()] {
        let reply = app.nobody().get(path).await.expect(200);
        let tag = reply.header("etag");
        for known in [tag.to_owned(), format!("\"other\", {tag}"), format!("W/\"other\",{tag}")] {
            let reply = app.nobody().with_header("if-none-match", &known).get(path).await.expect(304);
            assert_eq!((reply.text.as_str(), reply.header("etag")), ("", tag));
            assert!(!reply.header("content-security-policy").is_empty());
        }
        for unknown in ["\"other\"", "rubbish", ""] {
            app.nobody().with_header("if-none-match", unknown).get(path).await.expect(200);
        }
    }
}

#[actix_web::test]
async fn the_head_of_an_asset_says_what_its_body_would() {
    let app = TestApp::start().await;
    let page = app.nobody().get("/").await.expect(200);
    for path in ["/", "/t/acme", assets_of(&page)[0].as_str()] {
        let whole = app.nobody().get(path).await.expect(200);
        let head = app.nobody().send(Method::HEAD, path, None).await.expect(200);
        assert_eq!(head.text, "");
        for name in ["content-type", "etag", "cache-control", "content-security-policy"] {
            assert_eq!(head.header(name), whole.header(name), "{path}: {name}");
        }
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
        "/assets/x/../../Cargo.toml",
        "/assets/x/..%2f..%2fCargo.toml",
        "/assets/x/%2e%2e/%2e%2e/Cargo.toml",
        "/assets/x//etc/passwd",
        "/assets//etc/passwd",
        "/assets/x/./main.js",
        "/assets/x/lib/../main.js",
        "/assets/x/..\\..\\Cargo.toml",
        "/assets/x/main.js%00",
        "/t/../Cargo.toml",
        "/t//acme",
        "//index.html",
        "//etc/passwd",
        "/etc/passwd",
        "/Cargo.toml",
        "/data/steading.db",
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
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        app.nobody().send(method, "/t/acme", None).await.expect(404);
    }
}
