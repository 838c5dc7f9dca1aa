//! What a worker may not say, and whose jobs it never sees.

use serde_json::json;

use super::{path_of, start};
use crate::support::narrow;

#[actix_web::test]
async fn bad_input_is_named_by_its_path() {
    let (_app, acme) = start().await;
    let many = vec!["render"; 21];
    for (body, paths) in [
        (json!({}), vec!["queues"]),
        (json!({ "queues": [] }), vec!["queues"]),
        (json!({ "queues": ["Render"] }), vec!["queues[0]"]),
        (json!({ "queues": ["render", "default"] }), vec!["queues[1]"]),
        (json!({ "queues": many }), vec!["queues"]),
        (json!({ "kinds": [""] }), vec!["kinds[0]"]),
        (json!({ "queues": ["render"], "limit": 0 }), vec!["limit"]),
        (json!({ "queues": ["render"], "limit": 101 }), vec!["limit"]),
        (json!({ "queues": ["render"], "leaseSeconds": 4 }), vec!["leaseSeconds"]),
        (json!({ "queues": ["render"], "leaseSeconds": 3_601 }), vec!["leaseSeconds"]),
        (json!({ "queues": ["render"], "waitSeconds": 31 }), vec!["waitSeconds"]),
        (json!({ "queues": ["render"], "waitSeconds": -1 }), vec!["waitSeconds"]),
        (json!({ "queues": ["render"], "hurry": true }), vec!["hurry"]),
    ] {
        let said = body.to_string();
        assert_eq!(acme.post("/api/jobs/claim", body).await.expect(422).paths(), paths, "{said}");
    }
    acme.order("render", json!({})).await;
    let job = acme.claim(json!({})).await.remove(0);
    let (path, lease) = (path_of(&job), &job["lease"]);
    let lines = vec!["line"; 201];
    for (word, body, place) in [
        ("heartbeat", json!({}), "lease"),
        ("heartbeat", json!({ "lease": "1" }), "lease"),
        ("heartbeat", json!({ "lease": lease, "progress": 101 }), "progress"),
        ("heartbeat", json!({ "lease": lease, "leaseSeconds": 4 }), "leaseSeconds"),
        ("complete", json!({ "lease": lease, "logs": lines }), "logs"),
        ("complete", json!({ "lease": lease, "result": "x".repeat(300 * 1024) }), "result"),
        ("fail", json!({ "lease": lease }), "error"),
        ("fail", json!({ "lease": lease, "error": "" }), "error"),
        ("fail", json!({ "lease": lease, "error": "e", "retryAt": "soon" }), "retryAt"),
        (
            "fail",
            json!({ "lease": lease, "error": "e", "dead": true, "retryAt": "2026-01-01T00:00:00Z" }),
            "dead",
        ),
    ] {
        assert_eq!(acme.post(&format!("{path}/{word}"), body).await.expect(422).paths(), [place], "{word}");
    }
    assert_eq!(acme.state_of(&path).await, "running", "none of it changed anything");
}

#[actix_web::test]
async fn a_tenant_serves_its_own_queues_only() {
    let (app, acme) = start().await;
    let (_, other) = app.tenant("other").await;
    let job = acme.order("render", json!({})).await;
    let claim = json!({ "queues": ["render"] });
    assert_eq!(other.post("/api/jobs/claim", claim.clone()).await.expect(422).paths(), ["queues[0]"]);
    other.post("/api/queues", json!({ "name": "render", "outside": true })).await.expect(201);
    assert_eq!(other.claim(json!({ "limit": 100 })).await.len(), 0, "a queue of the same name is another");
    let kinds = json!({ "kinds": ["video.render"] });
    assert_eq!(other.post("/api/jobs/claim", kinds).await.expect(200).data(), json!([]));

    let mine = acme.claim(json!({})).await.remove(0);
    let lease = &mine["lease"];
    for (word, body) in [
        ("heartbeat", json!({ "lease": lease })),
        ("complete", json!({ "lease": lease })),
        ("fail", json!({ "lease": lease, "error": "e" })),
    ] {
        other.post(&format!("{job}/{word}"), body).await.expect(404);
    }
    assert_eq!(acme.state_of(&job).await, "running");
}

#[actix_web::test]
async fn a_job_of_the_servers_own_workers_is_nobodys_to_end() {
    let (app, acme) = start().await;
    let job = acme.enqueue(json!({ "does": "hang", "name": "not outside" })).await;
    app.begin_jobs().await;
    for lease in 0..3 {
        acme.post(&format!("{job}/complete"), json!({ "lease": lease })).await.expect(409);
        acme.post(&format!("{job}/heartbeat"), json!({ "lease": lease })).await.expect(409);
    }
    assert_eq!(acme.state_of(&job).await, "running");
}

#[actix_web::test]
async fn a_worker_needs_no_more_than_the_permission_to_work() {
    let (app, acme) = start().await;
    acme.order("render", json!({})).await;
    let only = narrow(acme.token(), "check if operation(\"jobs:work\")");
    let worker = app.nobody().with_token(&only).in_tenant("acme");
    let job = worker.claim(json!({})).await.remove(0);
    worker.get(&path_of(&job)).await.expect(403);
    worker.post(&format!("{}/complete", path_of(&job)), json!({ "lease": job["lease"] })).await.expect(200);
    let reader = narrow(acme.token(), "check if operation(\"jobs:read\")");
    let reader = app.nobody().with_token(&reader).in_tenant("acme");
    reader.post("/api/jobs/claim", json!({ "queues": ["render"] })).await.expect(403);
}
