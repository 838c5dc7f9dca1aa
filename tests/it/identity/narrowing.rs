//! A narrowed token works inside its checks and nowhere else.

use std::time::Duration;

use serde_json::json;
use steading::kernel::identity::{Narrowing, narrow as narrow_to};

use crate::support::{Caller, TestApp, expect_shape, narrow};

/// The tenant `acme` with one request, its owner's token, and the path of the request.
struct Scene {
    app: TestApp,
    token: String,
    path: String,
    acme_id: String,
}

async fn scene() -> Scene {
    let app = TestApp::start().await;
    let account = app.account("ada@example.org", false).await;
    for slug in ["acme", "other"] {
        let (tenant, _) = app.tenant(slug).await;
        app.join(&tenant, &account).await;
    }
    let token = app.token(&account, None);
    let acme = app.nobody().with_token(&token).in_tenant("acme");
    let opened = acme.post("/api/requests", json!({ "title": "One" })).await.expect(201).data();
    let path = format!("/api/requests/{}", opened["id"].as_str().expect("an id"));
    let acme_id = app.app.tenants.find("acme").expect("it exists").id.to_string();
    Scene { app, token, path, acme_id }
}

impl Scene {
    fn with(&self, checks: &str) -> Caller {
        self.app.nobody().with_token(&narrow(&self.token, checks)).in_tenant("acme")
    }

    /// Whether a read of the list, of the one request, and a write are let through.
    async fn what_works(&self, caller: &Caller) -> [bool; 3] {
        let list = caller.get("/api/requests").await;
        let show = caller.get(&self.path).await;
        let open = caller.post("/api/requests", json!({ "title": "Another" })).await;
        [list, show, open].map(|reply| {
            expect_shape(&reply);
            match reply.status {
                200 | 201 => true,
                403 => {
                    assert!(reply.message().contains("was narrowed"), "{}", reply.text);
                    false
                }
                _ => panic!("{}", reply.text),
            }
        })
    }
}

#[actix_web::test]
async fn a_check_allows_what_it_names_and_nothing_else() {
    let scene = scene().await;
    let (path, id) = (scene.path.trim_start_matches("/api/"), &scene.acme_id);
    for (checks, works) in [
        ("", [true, true, true]),
        ("check if operation(\"requests:read\")", [true, true, false]),
        ("check if operation(\"requests:write\")", [false, false, true]),
        ("check if operation(\"requests:read\") or operation(\"requests:write\")", [true, true, true]),
        ("check if operation($o), $o.starts_with(\"requests:\")", [true, true, true]),
        ("check if operation($o), [\"requests:write\"].contains($o)", [false, false, true]),
        ("check if resource($r), $r.starts_with(\"requests/\")", [false, true, false]),
        (
            "check if resource($r), $r.starts_with(\"no\") || $r.starts_with(\"requests/\")",
            [false, true, false],
        ),
        ("check if resource($r), $r.starts_with(\"requests\") && $r != \"requests\"", [false, true, false]),
        ("check if resource(\"requests\")", [true, false, true]),
        (&format!("check if resource(\"{path}\")"), [false, true, false]),
        ("check if method(\"GET\")", [true, true, false]),
        ("check if method(\"POST\")", [false, false, true]),
        ("check if tenant(\"acme\")", [true, true, true]),
        (&format!("check if tenant(\"{id}\")"), [true, true, true]),
        ("check if tenant(\"other\")", [false, false, false]),
        ("check if operation(\"requests:read\"), method(\"GET\")", [true, true, false]),
        ("check if operation(\"requests:read\");\ncheck if resource(\"requests\")", [true, false, false]),
        ("check if true", [true, true, true]),
        ("check if false", [false, false, false]),
        ("check if unheard_of(\"fact\")", [false, false, false]),
        ("check if subject($s)", [true, true, true]),
        ("reject if method(\"POST\")", [true, true, false]),
        ("reject if resource($r), $r.starts_with(\"requests/\")", [true, false, true]),
        ("reject if tenant(\"other\")", [true, true, true]),
        ("reject if tenant(\"acme\")", [false, false, false]),
        ("check all method($m), $m == \"GET\"", [true, true, false]),
        ("check all tenant($t), $t == \"acme\"", [false, false, false]),
        ("check all unheard_of($x), $x == 1", [false, false, false]),
        ("check if operation($o), $o / 2 == 1", [false, false, false]),
        ("check if operation($o), $o.extern::call()", [false, false, false]),
    ] {
        assert_eq!(scene.what_works(&scene.with(checks)).await, works, "{checks}");
    }
}

#[actix_web::test]
async fn every_block_must_allow_it() {
    let scene = scene().await;
    let reads = narrow(&scene.token, "check if operation(\"requests:read\")");
    let lists = narrow(&reads, "check if resource(\"requests\")");
    let wider = narrow(&lists, "check if true");
    for (token, works) in
        [(&reads, [true, true, false]), (&lists, [true, false, false]), (&wider, [true, false, false])]
    {
        let caller = scene.app.nobody().with_token(token).in_tenant("acme");
        assert_eq!(scene.what_works(&caller).await, works);
    }
}

#[actix_web::test]
async fn a_holder_can_shorten_a_tokens_life_and_not_lengthen_it() {
    let scene = scene().await;
    let short = scene.with("check if time($t), $t < 2026-01-01T01:00:00Z");
    let long = scene.with("check if time($t), $t < 2030-01-01T00:00:00Z");
    assert_eq!(scene.what_works(&short).await, [true, true, true]);
    scene.app.clock.advance(Duration::from_mins(59));
    assert_eq!(scene.what_works(&short).await, [true, true, true]);
    scene.app.clock.advance(Duration::from_mins(1));
    assert_eq!(scene.what_works(&short).await, [false, false, false]);
    assert_eq!(scene.what_works(&long).await, [true, true, true]);
    scene.app.clock.advance(Duration::from_hours(23));
    long.get("/api/requests").await.expect(401);
}

#[actix_web::test]
async fn a_token_narrowed_to_a_tenant_is_of_no_use_in_another() {
    let scene = scene().await;
    let elsewhere = scene.app.nobody().with_token(&scene.token).in_tenant("other");
    elsewhere.get("/api/requests").await.expect(200);
    let only_acme = narrow(&scene.token, "check if tenant(\"acme\")");
    let elsewhere = scene.app.nobody().with_token(&only_acme).in_tenant("other");
    elsewhere.get("/api/requests").await.expect(403);
    scene.app.nobody().with_token(&only_acme).in_tenant("acme").get("/api/requests").await.expect(200);
}

#[actix_web::test]
async fn an_instance_owners_token_can_be_narrowed_too() {
    let app = TestApp::start().await;
    let (account, root) = app.instance_owner("root@example.org").await;
    app.tenant("acme").await;
    let reads = narrow(&app.token(&account, None), "check if operation(\"tenants:read\")");
    let reads = app.nobody().with_token(&reads);
    reads.get("/api/tenants").await.expect(200);
    reads.get("/api/accounts").await.expect(403);
    reads.delete("/api/tenants/acme").await.expect(403);
    root.get("/api/tenants/acme").await.expect(200);
}

#[actix_web::test]
async fn our_own_narrowing_makes_no_token_that_is_refused() {
    let scene = scene().await;
    let words = |count: usize, word: &str| (0..count).map(|nth| format!("{word}{nth}")).collect::<Vec<_>>();
    let mut operations = words(30, "others:");
    operations.push("requests:read".into());
    let many = Narrowing { operations, methods: words(5, "M"), ..Narrowing::default() };
    let no_method = narrow_to(&scene.token, &many).expect("it is narrowed");
    let reads = Narrowing { methods: Vec::new(), ..many.clone() };
    let reads = narrow_to(&scene.token, &reads).expect("it is narrowed");
    for (token, works) in [(no_method, [false, false, false]), (reads, [true, true, false])] {
        let caller = scene.app.nobody().with_token(&token).in_tenant("acme");
        assert_eq!(scene.what_works(&caller).await, works);
    }
    let resources = Narrowing { resources: words(5, "requests/"), ..Narrowing::default() };
    let long = Narrowing { operations: words(1_000, "others:"), ..Narrowing::default() };
    let once = Narrowing { methods: vec!["GET".into()], ..Narrowing::default() };
    let often =
        (0..4).fold(scene.token.clone(), |token, _| narrow_to(&token, &once).expect("it is narrowed"));
    for (token, narrowing, reason) in [
        (&scene.token, &resources, "more than 4 alternatives"),
        (&scene.token, &long, "larger than 4 KB"),
        (&often, &once, "more than 5 blocks"),
    ] {
        let error = narrow_to(token, narrowing).expect_err("it would be refused");
        assert!(error.message().contains(reason), "{error}");
    }
}
