//! How the machine fares: for who looks after the instance, and for nobody else.

use serde_json::{Value, json};

use crate::support::{Caller, TestApp};

const SYSTEM: &str = "/api/system";

async fn root(app: &TestApp) -> Caller {
    app.instance_owner("root@example.org").await.1
}

#[actix_web::test]
async fn nobody_in_a_tenant_sees_the_machine() {
    let app = TestApp::start().await;
    let (root, (_, acme)) = (root(&app).await, app.tenant("acme").await);
    root.get(SYSTEM).await.expect(200);
    app.nobody().get(SYSTEM).await.expect(401);
    acme.get(SYSTEM).await.expect(403);
    acme.in_tenant("instance").get(SYSTEM).await.expect(403);
}

#[actix_web::test]
async fn a_key_for_the_figures_of_the_instance_is_enough() {
    let app = TestApp::start().await;
    let root = root(&app).await;
    let key = json!({ "name": "watch", "permissions": ["metrics:read"] });
    let made = root.clone().in_tenant("instance").post("/api/keys", key).await.expect(201).data();
    let key = app.nobody().with_token(made["token"].as_str().expect("a token"));
    key.get(SYSTEM).await.expect(200);
    key.get("/api/tenants").await.expect(403);
}

#[actix_web::test]
async fn what_is_told_of_the_machine_is_so() {
    let app = TestApp::start_with(|config| {
        config.database.synchronous = steading::base::db::Synchronous::Full;
    })
    .await;
    let root = root(&app).await;
    let data = app.dir.path().join("data");
    std::fs::write(data.join("backups/steading-old.tar"), [0; 5_000]).expect("a file");
    let size = |file: &str| std::fs::metadata(data.join(file)).expect("a file").len();
    let sizes = || [size("steading.db"), size("steading.db-wal")];
    let before = sizes();
    let told = root.get(SYSTEM).await.expect(200).data();
    let files = &told["files"];
    for (place, name) in ["databaseBytes", "walBytes"].into_iter().enumerate() {
        let between = before[place]..=sizes()[place];
        assert!(files[name].as_u64().is_some_and(|bytes| between.contains(&bytes)), "{between:?}: {told}");
    }
    assert_eq!(files["backupsBytes"], 5_000, "{told}");
    let disk = &told["disk"];
    let (free, total) = (disk["freeBytes"].as_u64(), disk["totalBytes"].as_u64());
    assert!(free > Some(0) && free <= total, "{told}");
    assert_eq!(told["version"], env!("CARGO_PKG_VERSION"));
    let flushes = &told["flushes"];
    assert!(flushes["flushes"].as_u64() > Some(0), "an account was made: {told}");
    assert!(flushes["medianMs"].as_f64() > Some(0.0), "{told}");
    assert!(flushes["slowestMs"].as_f64() >= flushes["medianMs"].as_f64(), "{told}");
    // Linux tells.
    let memory = &told["memory"];
    assert!(memory["heldBytes"].as_u64() > Some(1_000_000), "{told}");
    assert!(memory["totalBytes"].as_u64() > memory["availableBytes"].as_u64(), "{told}");
    assert!(!told.to_string().contains(app.dir.path().to_str().expect("a path")), "{told}");
}

#[actix_web::test]
async fn a_read_is_no_flush_and_where_the_system_flushes_nothing_is_told() {
    let app = TestApp::start_with(|config| {
        config.database.synchronous = steading::base::db::Synchronous::Normal;
    })
    .await;
    let told = root(&app).await.get(SYSTEM).await.expect(200).data();
    assert_eq!(told["flushes"], Value::Null);
}

#[actix_web::test]
async fn a_disk_without_room_is_told_of_in_the_words_of_readiness() {
    let app = TestApp::start().await;
    let root = root(&app).await;
    let disk = async || root.get(SYSTEM).await.expect(200).data()["disk"].clone();
    app.app.room.keep_free(0);
    let plenty = disk().await;
    assert_eq!((&plenty["standing"], &plenty["problem"]), (&json!("enough"), &Value::Null));

    app.app.room.keep_free(plenty["freeBytes"].as_u64().expect("bytes") / 2);
    let scarce = disk().await;
    assert_eq!(scarce["standing"], "scarce", "{scarce}");
    assert!(
        scarce["problem"].as_str().is_some_and(|words| words.contains("nothing more is added")),
        "{scarce}"
    );
    app.nobody().get("/readyz").await.expect(200);

    app.app.room.keep_free(u64::MAX);
    let short = disk().await;
    assert_eq!(short["standing"], "short");
    let words = "are free on the disk of the data directory, less than the 16.0 EiB to keep free";
    assert!(short["problem"].as_str().is_some_and(|problem| problem.ends_with(words)), "{short}");
    let readiness = app.nobody().get("/readyz").await.expect(503);
    assert!(readiness.text.contains(words), "{}", readiness.text);
}
