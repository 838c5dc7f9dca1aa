//! Which tenants fill the queues: for who looks after the instance, and for nobody else.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Caller, TestApp};

const QUEUES: &str = "/api/system/queues";

async fn root(app: &TestApp) -> Caller {
    app.instance_owner("root@example.org").await.1
}

async fn loads(root: &Caller) -> Value {
    root.get(QUEUES).await.expect(200).data()
}

/// Enqueues so many jobs that do this, in a queue of this name.
async fn enqueue(caller: &Caller, jobs: usize, does: &str, queue: &str) {
    for _ in 0..jobs {
        caller.enqueue_with(json!({ "does": does, "name": "load" }), json!({ "queue": queue })).await;
    }
}

/// The figures of a load, in one line.
fn line(load: &Value) -> String {
    let figure = |name: &str| load[name].as_u64().unwrap_or_else(|| panic!("{name} is not in {load}"));
    let [running, ready, scheduled, done, dead] =
        ["running", "ready", "scheduled", "done", "dead"].map(figure);
    format!("{running} run, {ready} wait, {scheduled} later, {done} done, {dead} dead")
}

/// The load of one by name.
fn of<'l>(loads: &'l Value, list: &str, key: &str, name: &str) -> &'l Value {
    let found = loads[list].as_array().and_then(|list| list.iter().find(|one| one[key] == name));
    found.unwrap_or_else(|| panic!("{name} is not in {loads}"))
}

#[actix_web::test]
async fn nobody_in_a_tenant_sees_who_else_there_is() {
    let app = TestApp::start().await;
    let (root, (_, acme), (_, beta)) = (root(&app).await, app.tenant("acme").await, app.tenant("beta").await);
    enqueue(&beta, 1, "succeed", "mail").await;
    root.get(QUEUES).await.expect(200);
    app.nobody().get(QUEUES).await.expect(401);
    for caller in [acme.clone(), acme.in_tenant("instance")] {
        let refused = caller.get(QUEUES).await.expect(403);
        assert!(!refused.text.contains("beta") && !refused.text.contains("mail"), "{}", refused.text);
    }
}

#[actix_web::test]
async fn what_waits_and_what_ended_is_counted_for_each_tenant_in_each_queue() {
    let app = TestApp::start().await;
    let (root, (_, acme), (_, beta)) = (root(&app).await, app.tenant("acme").await, app.tenant("beta").await);
    enqueue(&acme, 3, "succeed", "mail").await;
    enqueue(&acme, 1, "die", "mail").await;
    enqueue(&beta, 2, "succeed", "mail").await;
    enqueue(&beta, 1, "succeed", "reports").await;
    let told = loads(&root).await;
    assert_eq!(line(&told), "0 run, 7 wait, 0 later, 0 done, 0 dead");
    assert_eq!(line(of(&told, "tenants", "slug", "acme")), "0 run, 4 wait, 0 later, 0 done, 0 dead");
    assert_eq!(line(of(&told, "tenants", "slug", "beta")), "0 run, 3 wait, 0 later, 0 done, 0 dead");
    let names: Vec<&Value> =
        told["queues"].as_array().expect("queues").iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["mail", "reports"], "the fullest comes first");
    let mail = of(&told, "queues", "name", "mail");
    assert_eq!(line(mail), "0 run, 6 wait, 0 later, 0 done, 0 dead");
    assert_eq!(mail["tenants"][0]["slug"], "acme");
    assert_eq!(line(of(mail, "tenants", "slug", "beta")), "0 run, 2 wait, 0 later, 0 done, 0 dead");

    app.run_jobs().await;
    let told = loads(&root).await;
    assert_eq!(line(&told), "0 run, 0 wait, 0 later, 6 done, 1 dead");
    assert_eq!(line(of(&told, "tenants", "slug", "acme")), "0 run, 0 wait, 0 later, 3 done, 1 dead");
    let reports = of(&told, "queues", "name", "reports");
    assert_eq!(line(of(reports, "tenants", "slug", "beta")), "0 run, 0 wait, 0 later, 1 done, 0 dead");
}

#[actix_web::test]
async fn what_ended_is_told_of_for_an_hour() {
    let app = TestApp::start().await;
    let (root, (_, acme)) = (root(&app).await, app.tenant("acme").await);
    enqueue(&acme, 2, "succeed", "mail").await;
    app.run_jobs().await;
    app.clock.advance(Duration::from_mins(50));
    let told = loads(&root).await;
    assert_eq!(line(&told), "0 run, 0 wait, 0 later, 2 done, 0 dead");
    assert_eq!(told["endedSince"], "2026-01-01T00:00:00.000Z", "it began with the process");
    app.clock.advance(Duration::from_mins(20));
    let told = loads(&root).await;
    assert_eq!(line(&told), "0 run, 0 wait, 0 later, 0 done, 0 dead");
    assert_eq!((&told["endedSince"], &told["queues"]), (&json!("2026-01-01T00:10:00.000Z"), &json!([])));
}

#[actix_web::test]
async fn what_fails_is_tried_again_before_it_counts_as_dead() {
    let app = TestApp::start().await;
    let (root, (_, acme)) = (root(&app).await, app.tenant("acme").await);
    enqueue(&acme, 1, "fail", "mail").await;
    app.run_jobs().await;
    assert_eq!(line(&loads(&root).await), "0 run, 0 wait, 1 later, 0 done, 0 dead");
    for _ in 0..2 {
        app.clock.advance(Duration::from_mins(2));
        app.run_jobs().await;
    }
    assert_eq!(line(&loads(&root).await), "0 run, 0 wait, 0 later, 0 done, 1 dead");
}

#[actix_web::test]
async fn however_many_tenants_there_are_few_are_told_of_and_the_sum_is_of_all() {
    let app = TestApp::start().await;
    let root = root(&app).await;
    for number in 0..7 {
        let (_, caller) = app.tenant(&format!("tenant-{number}")).await;
        enqueue(&caller, number + 1, "succeed", "mail").await;
    }
    let told = loads(&root).await;
    let mail = of(&told, "queues", "name", "mail");
    let named = mail["tenants"].as_array().expect("tenants");
    assert_eq!((named.len(), &named[0]["slug"]), (5, &json!("tenant-6")));
    assert_eq!(mail["others"]["tenants"], 2);
    assert_eq!(line(&mail["others"]), "0 run, 3 wait, 0 later, 0 done, 0 dead");
    assert_eq!(line(mail), "0 run, 28 wait, 0 later, 0 done, 0 dead");
    assert_eq!(told["tenants"].as_array().map(Vec::len), Some(7));
}

#[actix_web::test]
async fn however_many_queues_a_tenant_makes_few_are_told_of() {
    let app = TestApp::start().await;
    let (root, (_, acme)) = (root(&app).await, app.tenant("acme").await);
    for number in 0..40 {
        enqueue(&acme, 1, "succeed", &format!("queue-{number}")).await;
    }
    enqueue(&acme, 1, "succeed", "queue-33").await;
    let told = loads(&root).await;
    assert_eq!(told["queues"].as_array().map(Vec::len), Some(30));
    assert_eq!(told["queues"][0]["name"], "queue-33");
    assert_eq!(line(of(&told, "tenants", "slug", "acme")), "0 run, 41 wait, 0 later, 0 done, 0 dead");
    app.run_jobs().await;
    assert_eq!(loads(&root).await["queues"].as_array().map(Vec::len), Some(30));
}
