//! What a browser is kept from, on every route there is: being led by other pages, being framed, guessing, keeping.

use reqwest::Method;
use serde_json::json;
use steading::addons::ADDONS;
use steading::base::Id;
use steading::base::config::Config;
use steading::http::{Access, Route};

use crate::support::{Caller, Reply, TestApp};

const PASSWORD: &str = "a rather long sentence";

const REFUSAL: &str = "must be asked for by a page of this server";

fn cheap(config: &mut Config) {
    config.identity.argon2_memory = bytesize::ByteSize::kib(64);
    config.identity.argon2_passes = 1;
    config.limits.rates = false;
}

fn over_https(config: &mut Config) {
    cheap(config);
    config.server.public_url = "https://desk.example.org".into();
}

fn routes() -> impl Iterator<Item = &'static Route> {
    ADDONS.iter().flat_map(|addon| addon.routes)
}

async fn call(caller: &Caller, route: &Route) -> Reply {
    let parts = route.path.split('/');
    let id = Id::<Route>::fresh().to_string();
    let path = parts.map(|part| if part.starts_with('{') { &id } else { part }).collect::<Vec<_>>().join("/");
    let method = Method::from_bytes(route.method.as_str().as_bytes()).expect("a method");
    let body = route.method.has_body().then(|| "{\"unheardOf\": 1}".to_owned());
    caller.send(method, &path, body).await
}

/// A tenant's user who signed in with a browser: what it was told to keep.
async fn signed_in(app: &TestApp) -> Reply {
    let (_, owner) = app.tenant("acme").await;
    let new = json!({ "email": "ada@acme.example", "role": "owner", "password": PASSWORD });
    owner.post("/api/users", new).await.expect(201);
    let login = json!({ "email": "ada@acme.example", "password": PASSWORD });
    app.nobody().in_tenant("acme").post("/api/auth/login", login).await.expect(201)
}

fn cookie_of(reply: &Reply) -> String {
    reply.header("set-cookie").split(';').next().expect("a cookie").to_owned()
}

#[actix_web::test]
async fn no_route_changes_anything_for_another_page() {
    let app = TestApp::start_with(cheap).await;
    let cookie = cookie_of(&signed_in(&app).await);
    let host = app.url.clone();
    let mut walked = 0;
    for route in routes().filter(|route| route.method.as_str() != "GET") {
        let browser = || app.nobody().with_header("cookie", &cookie).in_tenant("acme");
        for lure in [
            browser().with_header("origin", "http://evil.example"),
            browser().with_header("origin", "null"),
            browser().with_header("origin", &format!("{host}.evil.example")),
            browser().with_header("origin", &host).with_header("sec-fetch-site", "cross-site"),
            browser().with_header("origin", &host).with_header("sec-fetch-site", "same-site"),
            browser().with_header("sec-fetch-site", "cross-site"),
            app.nobody().with_header("origin", "http://evil.example"),
        ] {
            let reply = call(&lure, route).await;
            assert_eq!(reply.status, 403, "{} {}: {}", route.method, route.path, reply.text);
            assert!(reply.message().contains(REFUSAL), "{} {}", route.path, reply.text);
        }
        if matches!(route.access, Access::Required(_)) {
            assert_eq!(call(&browser(), route).await.status, 403, "without an origin: {}", route.path);
        }
        walked += 1;
    }
    assert!(walked > 40, "the routes lie elsewhere");
    // The page itself may, and none of the above ended the session.
    let page = app.nobody().with_header("cookie", &cookie).in_tenant("acme");
    let page = page.with_header("origin", &host).with_header("sec-fetch-site", "same-origin");
    page.post("/api/requests", json!({ "title": "Asked for" })).await.expect(201);
    for route in routes().filter(|route| route.method.as_str() != "GET" && !route.path.contains("/auth/")) {
        let reply = call(&page, route).await;
        assert!(!reply.text.contains(REFUSAL), "{} {}: {}", route.method, route.path, reply.text);
    }
}

#[actix_web::test]
async fn a_token_or_a_program_is_asked_for_no_page() {
    let app = TestApp::start_with(cheap).await;
    let (_, acme) = app.tenant("acme").await;
    let title = json!({ "title": "From elsewhere" });
    let elsewhere = acme.clone().with_header("origin", "https://app.example");
    elsewhere.post("/api/requests", title.clone()).await.expect(201);
    acme.post("/api/requests", title).await.expect(201);
}

#[actix_web::test]
async fn the_cookie_is_for_this_host_alone_and_no_script_reads_it() {
    let app = TestApp::start_with(cheap).await;
    let set = signed_in(&app).await;
    let set = set.header("set-cookie");
    for rule in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Max-Age="] {
        assert!(set.contains(rule), "{set}");
    }
    assert!(!set.contains("Domain") && !set.contains("Secure"), "{set}");
}

#[actix_web::test]
async fn over_https_a_neighbour_can_not_put_a_cookie_in_its_place() {
    let app = TestApp::start_with(over_https).await;
    let reply = signed_in(&app).await;
    let set = reply.header("set-cookie");
    assert!(set.starts_with("__Host-steading_session=") && set.contains("; Path=/;"), "{set}");
    assert!(set.ends_with("; Secure") && !set.contains("Domain"), "{set}");
    let session = "/api/auth/session";
    let cookie = cookie_of(&reply);
    app.nobody().with_header("cookie", &cookie).in_tenant("acme").get(session).await.expect(200);
    let tossed = cookie.trim_start_matches("__Host-");
    app.nobody().with_header("cookie", tossed).in_tenant("acme").get(session).await.expect(401);

    let page = app.nobody().with_header("cookie", &cookie).in_tenant("acme");
    let clear = page.clone().with_header("origin", "http://desk.example.org");
    clear.send(Method::POST, "/api/auth/logout", None).await.expect(403);
    let page = page.with_header("origin", "https://desk.example.org");
    let left = page.send(Method::POST, "/api/auth/logout", None).await.expect(200);
    let set = left.header("set-cookie");
    assert!(set.starts_with("__Host-steading_session=;") && set.contains("Max-Age=0"), "{set}");
    assert!(left.header("strict-transport-security").contains("max-age="));
}

#[actix_web::test]
async fn every_reply_tells_browsers_not_to_frame_guess_tell_or_keep_it() {
    let app = TestApp::start_with(cheap).await;
    let (_, acme) = app.tenant("acme").await;
    let mut replies = vec![app.nobody().get("/").await, app.nobody().get("/nowhere").await];
    for route in routes() {
        replies.push(call(&acme, route).await);
        replies.push(call(&app.nobody(), route).await);
    }
    let page = app.nobody().with_header("origin", "http://evil.example");
    for path in ["/", "/healthz", "/api/requests", "/api/openapi.json"] {
        let preflight = page.clone().with_header("access-control-request-method", "POST");
        replies.push(preflight.send(Method::OPTIONS, path, None).await);
        replies.push(page.get(path).await);
    }
    // A file's path has the version of all files in it, so it alone may be kept; but for a build that is worked on.
    let page = app.nobody().get("/").await.text;
    let path = page.split('"').find(|word| word.starts_with("/assets/")).expect("the page asks for files");
    let file = app.nobody().get(path).await.expect(200);
    let for_good = "public, max-age=31536000, immutable";
    let file = (file, if cfg!(debug_assertions) { "no-cache" } else { for_good });
    let caching = |reply: &Reply| match reply.header("content-type").starts_with("text/html") {
        true => "no-cache",
        false => "no-store",
    };
    let of_others: Vec<_> = replies.iter().map(caching).collect();
    for (reply, caching) in replies.into_iter().zip(of_others).chain([file]) {
        let is = |name: &str, value: &str| assert_eq!(reply.header(name), value, "{name}: {}", reply.text);
        is("x-content-type-options", "nosniff");
        is("referrer-policy", "no-referrer");
        is("cross-origin-resource-policy", "same-origin");
        is("cross-origin-opener-policy", "same-origin");
        let policy = reply.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
        is("cache-control", caching);
        for name in reply.headers.keys() {
            assert!(!name.as_str().starts_with("access-control-"), "{name} lets other pages read it");
        }
        assert_eq!(reply.header("location"), "", "nobody is sent elsewhere");
    }
}
