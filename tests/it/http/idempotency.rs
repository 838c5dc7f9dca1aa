//! `Idempotency-Key`: a repeat is answered as the first was, and nothing is done again.

use std::time::Duration;

use serde_json::{Value, json};
use steading::kernel::replies::prune_once;

use crate::support::{Caller, Reply, TestApp, expect_shape};

const PATH: &str = "/api/requests";

fn keyed(caller: &Caller, key: &str) -> Caller {
    caller.clone().with_header("idempotency-key", key)
}

fn is_repeat(reply: &Reply) -> bool {
    reply.header("idempotency-replayed") == "true"
}

fn title(text: &str) -> Value {
    json!({ "title": text })
}

#[actix_web::test]
async fn a_repeat_is_answered_as_the_first_was() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let caller = keyed(&acme, "once");
    let first = caller.post(PATH, title("a")).await.expect(201);
    app.clock.advance(Duration::from_hours(24) - Duration::from_millis(1));
    let acme_later = keyed(&app.later("owner@acme.example", "acme").await, "once");
    let second = acme_later.post(PATH, title("a")).await.expect(201);
    assert!(!is_repeat(&first) && is_repeat(&second));
    assert_eq!(first.data(), second.data());
    assert_ne!(first.json()["meta"], second.json()["meta"], "the trace is its own");
    expect_shape(&second);
    assert_eq!(app.count("requests_all"), 1);
}

#[actix_web::test]
async fn without_a_key_and_with_another_everything_happens_again() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    for caller in [acme.clone(), acme.clone(), keyed(&acme, "a"), keyed(&acme, "b"), keyed(&acme, "A")] {
        assert!(!is_repeat(&caller.post(PATH, title("a")).await.expect(201)));
    }
    assert_eq!(app.count("requests_all"), 5);
}

#[actix_web::test]
async fn a_key_belongs_to_one_request() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let caller = keyed(&acme, "once");
    let opened = caller.post(PATH, title("a")).await.expect(201).data();
    let elsewhere = format!("{PATH}/{}/comments", opened["id"].as_str().expect("an id"));
    for (path, body) in [(PATH, title("b")), (PATH, title("a ")), (&elsewhere, json!({ "body": "a" }))] {
        let reply = caller.post(path, body).await.expect(409);
        expect_shape(&reply);
        assert!(reply.message().contains("Idempotency-Key"), "{}", reply.text);
    }
    assert_eq!((app.count("requests_all"), app.count("request_comments_all")), (1, 0));
    assert!(is_repeat(&caller.post(PATH, title("a")).await.expect(201)));
}

#[actix_web::test]
async fn a_key_belongs_to_one_actor_in_one_tenant() {
    let app = TestApp::start().await;
    let ((acme_itself, acme), (_, other)) = (app.tenant("acme").await, app.tenant("other").await);
    let account = app.account("ada@example.org", false).await;
    app.join(&acme_itself, &account).await;
    let second = app.nobody().with_token(&app.token(&account, None)).in_tenant("acme");
    let mut ids = Vec::new();
    for caller in [&acme, &other, &second] {
        let reply = keyed(caller, "once").post(PATH, title("a")).await.expect(201);
        assert!(!is_repeat(&reply));
        ids.push(reply.data()["id"].to_string());
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), app.count("requests_all")), (3, 3));
}

#[actix_web::test]
async fn repeats_at_the_same_time_write_once() {
    let app = TestApp::start_with(|config| config.server.workers = 2).await;
    let (_, acme) = app.tenant("acme").await;
    let caller = keyed(&acme, "once");
    let calls = (0..20).map(|_| caller.post(PATH, title("a")));
    let replies = futures_util::future::join_all(calls).await;
    let first = replies[0].json()["data"].take();
    assert!(replies.iter().all(|reply| reply.status == 201 && reply.json()["data"] == first));
    assert_eq!(replies.iter().filter(|reply| !is_repeat(reply)).count(), 1);
    assert_eq!((app.count("requests_all"), app.count("idempotent_replies_all")), (1, 1));
}

#[actix_web::test]
async fn a_failure_is_not_kept() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let caller = keyed(&acme, "once");
    caller.post(PATH, json!({})).await.expect(422);
    caller
        .post(PATH, json!({ "title": "a", "assignee": "0198c1de-7f00-7000-8000-000000000000" }))
        .await
        .expect(422);
    assert_eq!(app.count("idempotent_replies_all"), 0);
    assert!(!is_repeat(&caller.post(PATH, title("a")).await.expect(201)));

    let opened = acme.post(PATH, title("b")).await.expect(201).data();
    let path = format!("{PATH}/{}/transition", opened["id"].as_str().expect("an id"));
    let mover = keyed(&acme, "move");
    mover.post(&path, json!({ "to": "done" })).await.expect(409);
    acme.post(&path, json!({ "to": "in_progress" })).await.expect(200);
    mover.post(&path, json!({ "to": "done" })).await.expect(200);
    assert!(is_repeat(&mover.post(&path, json!({ "to": "done" })).await.expect(200)), "though it is done");
}

#[actix_web::test]
async fn after_a_day_a_key_is_new() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let first = keyed(&acme, "once").post(PATH, title("a")).await.expect(201).data();
    app.clock.advance(Duration::from_hours(24));
    let acme = app.later("owner@acme.example", "acme").await;
    let anew = keyed(&acme, "once").post(PATH, title("b")).await.expect(201);
    assert!(!is_repeat(&anew) && anew.data()["id"] != first["id"]);
    assert_eq!((app.count("requests_all"), app.count("idempotent_replies_all")), (2, 1));
}

#[actix_web::test]
async fn a_clock_that_goes_back_forgets_no_reply() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let caller = keyed(&acme, "once");
    caller.post(PATH, title("a")).await.expect(201);
    app.clock.turn_back(Duration::from_hours(48));
    assert!(is_repeat(&caller.post(PATH, title("a")).await.expect(201)));
    assert_eq!(prune_once(app.app.kernel()).await.expect("it prunes"), 0);
}

#[actix_web::test]
async fn a_kept_reply_outlives_a_restart() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let first = keyed(&acme, "once").post(PATH, title("a")).await.expect(201).data();
    let app = app.restart().await;
    let again = keyed(&acme.at(&app.url), "once").post(PATH, title("a")).await.expect(201);
    assert!(is_repeat(&again));
    assert_eq!(again.data(), first);
}

#[actix_web::test]
async fn pruning_takes_what_is_older_than_a_day_in_every_tenant() {
    let app = TestApp::start().await;
    let (_, root) = app.instance_owner("root@example.org").await;
    let ((_, acme), (_, other)) = (app.tenant("acme").await, app.tenant("other").await);
    keyed(&root, "old").post("/api/tenants", json!({ "slug": "third", "name": "Third" })).await.expect(201);
    for caller in [&acme, &other] {
        keyed(caller, "old").post(PATH, title("a")).await.expect(201);
    }
    app.clock.advance(Duration::from_hours(23));
    keyed(&acme, "young").post(PATH, title("a")).await.expect(201);
    assert_eq!(prune_once(app.app.kernel()).await.expect("it prunes"), 0);
    app.clock.advance(Duration::from_hours(1));
    app.clock.advance(Duration::from_millis(1));
    assert_eq!(prune_once(app.app.kernel()).await.expect("it prunes"), 3);
    assert_eq!(app.ask("SELECT count(*) FROM idempotent_replies_all WHERE key = 'young'"), 1);
    assert_eq!((app.count("idempotent_replies_all"), app.count("requests_all")), (1, 3));
}

#[actix_web::test]
async fn tenants_are_made_once_too() {
    let app = TestApp::start().await;
    let (_, root) = app.instance_owner("root@example.org").await;
    let caller = keyed(&root, "once");
    let body = json!({ "slug": "acme", "name": "Acme" });
    let first = caller.post("/api/tenants", body.clone()).await.expect(201).data();
    let second = caller.post("/api/tenants", body.clone()).await.expect(201);
    assert!(is_repeat(&second));
    assert_eq!(second.data(), first);
    root.post("/api/tenants", body).await.expect(409);
}

#[actix_web::test]
async fn a_key_that_is_none_is_refused() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    for key in ["", &"k".repeat(256), "schlüssel"] {
        let reply = keyed(&acme, key).post(PATH, title("a")).await.expect(400);
        expect_shape(&reply);
        assert!(reply.message().contains("1 to 255"), "{}", reply.text);
    }
    assert_eq!(app.count("requests_all"), 0);
    keyed(&acme, &"k".repeat(255)).post(PATH, title("a")).await.expect(201);
    keyed(&acme, "a b/c:d'e\"f").post(PATH, title("a")).await.expect(201);
}

#[actix_web::test]
async fn what_acts_on_many_jobs_acts_once() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    for _ in 0..3 {
        acme.enqueue(json!({ "does": "die" })).await;
    }
    app.run_jobs().await;
    let caller = keyed(&acme, "once");
    let dead = json!({ "filter": { "state": "dead" } });
    let first = caller.post("/api/jobs/retry", dead.clone()).await.expect(200);
    assert_eq!(first.data(), json!({ "matched": 3, "done": 3, "hasMore": false }));
    app.run_jobs().await;
    assert_eq!(acme.states().await, "dead 3");
    let again = caller.post("/api/jobs/retry", dead.clone()).await.expect(200);
    assert_eq!((is_repeat(&again), again.data()), (true, first.data()));
    assert_eq!(acme.states().await, "dead 3", "none of them was tried again");
    caller.post("/api/jobs/delete", dead).await.expect(409);
    assert_eq!(acme.states().await, "dead 3");
}

#[actix_web::test]
async fn with_a_key_as_many_are_acted_on_as_one_write_takes() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let jobs =
        vec![json!({ "jobName": "system.ping", "payload": { "message": "a" }, "delaySeconds": 600 }); 501];
    acme.post("/api/jobs/enqueue/batch", json!({ "jobs": jobs })).await.expect(202);
    let scheduled = json!({ "filter": { "state": "scheduled" } });
    let counted = json!({ "filter": { "state": "scheduled" }, "dryRun": true });
    let counted = keyed(&acme, "counted").post("/api/jobs/delete", counted).await.expect(200).data();
    assert_eq!(counted, json!({ "matched": 501, "done": 0, "hasMore": false }));
    for (key, done, has_more) in [("first", 500, true), ("first", 500, true), ("second", 1, false)] {
        let reply = keyed(&acme, key).post("/api/jobs/delete", scheduled.clone()).await.expect(200);
        assert_eq!(reply.data(), json!({ "matched": done, "done": done, "hasMore": has_more }), "{key}");
    }
    assert_eq!(acme.states().await, "");
}

#[actix_web::test]
async fn only_a_post_is_kept() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let opened = acme.post(PATH, title("a")).await.expect(201).data();
    let path = format!("{PATH}/{}", opened["id"].as_str().expect("an id"));
    let caller = keyed(&acme, "once");
    caller.get(&path).await.expect(200);
    caller.patch(&path, title("b")).await.expect(200);
    caller.delete(&path).await.expect(200);
    caller.delete(&path).await.expect(404);
    assert_eq!(app.count("idempotent_replies_all"), 0);
}

#[actix_web::test]
async fn a_key_is_refused_where_a_repeat_would_do_it_again() {
    let app = TestApp::start().await;
    let (_, root) = app.instance_owner("root@example.org").await;
    let reply = keyed(&root, "once").post("/api/signing-keys", json!({})).await.expect(400);
    assert!(reply.message().contains("Idempotency-Key"), "{}", reply.text);
    assert_eq!(root.get("/.well-known/steading-keys.json").await.expect(200).data()[1], json!(null));
    root.post("/api/signing-keys", json!({})).await.expect(201);
}
