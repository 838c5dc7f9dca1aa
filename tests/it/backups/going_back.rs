//! Going back to a backup while the instance is served, and coming back from there.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use serde_json::{Value, json};
use steading::base::config::Config;

use super::{make, workplace};
use crate::support::{Caller, TestApp, Wire, narrow};

const PASSWORD: &str = "quiet harbour 41 lamps";

fn cheap(config: &mut Config) {
    config.identity.argon2_memory = bytesize::ByteSize::mib(1);
    config.identity.argon2_passes = 1;
}

/// An instance with an owner who has a password and owns the tenant `acme` too, and he, signed in.
async fn furnished() -> (TestApp, Caller) {
    let app = TestApp::start_with(cheap).await;
    let code = app.app.make_setup_code(&app.operator()).await.expect("a code");
    let body = json!({
        "code": code, "email": "ada@example.org", "password": PASSWORD,
        "tenant": { "slug": "acme", "name": "Acme" },
    });
    let began = app.nobody().post("/api/setup", body).await.expect(201).data();
    let ada = app.nobody().with_token(began["token"].as_str().expect("a token"));
    (app, ada)
}

/// Makes a backup and says how it is called.
async fn backed_up(app: &TestApp, ada: &Caller) -> String {
    ada.post("/api/backups", json!({})).await.expect(202);
    app.run_jobs().await;
    list(ada).await["backups"][0]["name"].as_str().expect("a name").to_owned()
}

async fn list(ada: &Caller) -> Value {
    ada.get("/api/backups").await.expect(200).data()
}

async fn open_request(ada: &Caller, title: &str) -> String {
    let made = ada.clone().in_tenant("acme").post("/api/requests", json!({ "title": title })).await;
    format!("/api/requests/{}", made.expect(201).data()["id"].as_str().expect("an id"))
}

async fn status(ada: &Caller, path: &str) -> u16 {
    ada.clone().in_tenant("acme").get(path).await.status
}

async fn acts(ada: &Caller, action: &str) -> Vec<Value> {
    let path = format!("/api/audit?action={action}");
    let found = ada.clone().in_tenant("instance").get(&path).await.expect(200).data();
    found.as_array().expect("a list").clone()
}

fn restore_path(name: &str) -> String {
    format!("/api/backups/{name}/restore")
}

async fn go_back(app: &mut TestApp, ada: &Caller, name: &str) {
    let begun = ada.post(&restore_path(name), json!({ "password": PASSWORD })).await.expect(202).data();
    assert_eq!((begun["from"].as_str(), &begun["error"]), (Some(name), &Value::Null), "{begun}");
    app.exchange().await;
}

/// Waits for a going back that comes to nothing, and says why.
async fn failure(ada: &Caller) -> String {
    loop {
        if let Some(error) = list(ada).await["goingBack"]["error"].as_str() {
            return error.to_owned();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// What lies in the data directory and is no part of what is served.
fn besides(app: &TestApp) -> Vec<String> {
    let served = ["steading.db", "telemetry.db", "keys", "backups", "steading.lock"];
    let entries = fs::read_dir(app.dir.path().join("data")).expect("the directory");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("plain"));
    names.filter(|name| !served.iter().any(|known| name.starts_with(known))).collect()
}

#[actix_web::test]
async fn what_came_after_the_backup_is_put_aside_and_comes_back_when_that_is_undone() {
    let (mut app, ada) = furnished().await;
    let before = open_request(&ada, "before").await;
    let name = backed_up(&app, &ada).await;
    let after = open_request(&ada, "after").await;
    app.clock.advance(Duration::from_secs(3_600));

    go_back(&mut app, &ada, &name).await;
    assert_eq!((status(&ada, &before).await, status(&ada, &after).await), (200, 404));
    let found = list(&ada).await;
    let aside = &found["setAside"][0];
    assert_eq!(
        (aside["restored"].as_str(), found["setAside"].as_array().map(Vec::len)),
        (Some(&*name), Some(1))
    );
    assert_eq!((&aside["at"], &found["goingBack"]), (&json!("2026-01-01T01:00:00.000Z"), &Value::Null));
    let put_aside = aside["name"].as_str().expect("a name").to_owned();

    let told = acts(&ada, "backup.restored").await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0]["actor"].as_str().is_some_and(|actor| actor.starts_with("user:")), "{told:?}");
    assert_eq!(told[0]["subject"], json!(format!("backup:{name}")));
    assert_eq!(told[0]["after"]["replaced"], json!(put_aside));
    let events = ada.clone().in_tenant("instance").get("/api/events?type=backup.restored").await;
    assert_eq!(events.expect(200).data().as_array().map(Vec::len), Some(1));
    assert!(acts(&ada, "backup.restoring_asked_for").await.is_empty(), "that came after the backup");

    go_back(&mut app, &ada, &put_aside).await;
    assert_eq!((status(&ada, &before).await, status(&ada, &after).await), (200, 200));
    assert_eq!(acts(&ada, "backup.restored").await.len(), 1);
    assert_eq!(acts(&ada, "backup.restoring_asked_for").await.len(), 1);
    let found = list(&ada).await;
    assert_eq!(found["setAside"].as_array().map(Vec::len), Some(1), "what was put aside first is used up");
    assert_eq!(found["setAside"][0]["restored"], json!(put_aside));
    assert_eq!(besides(&app).len(), 1, "{:?}", besides(&app));

    // It is said once, however often it starts.
    let app = app.restart().await;
    let ada = ada.at(&app.url);
    assert_eq!(acts(&ada, "backup.restored").await.len(), 1);
    assert_eq!(status(&ada, &after).await, 200);
}

#[actix_web::test]
async fn a_row_that_was_written_when_the_process_ended_is_not_written_again() {
    let (mut app, ada) = furnished().await;
    let name = backed_up(&app, &ada).await;
    ada.post(&restore_path(&name), json!({ "password": PASSWORD })).await.expect(202);
    app.exchange().await;
    let aside = list(&ada).await["setAside"][0]["name"].as_str().expect("a name").to_owned();
    // The note as it was before it was taken.
    let data = app.dir.path().join("data");
    fs::copy(data.join(aside).join("about.json"), data.join("exchanged.json")).expect("the note");
    let app = app.restart().await;
    assert_eq!(acts(&ada.at(&app.url), "backup.restored").await.len(), 1);
    assert!(!data.join("exchanged.json").exists());
}

#[actix_web::test]
async fn a_session_of_after_the_backup_has_to_begin_anew() {
    let (mut app, ada) = furnished().await;
    let name = backed_up(&app, &ada).await;
    let login = json!({ "email": "ada@example.org", "password": PASSWORD });
    let began = app.nobody().post("/api/auth/login", login.clone()).await.expect(201).data();
    let later = app.nobody().with_token(began["token"].as_str().expect("a token"));
    later.post(&restore_path(&name), json!({ "password": PASSWORD })).await.expect(202);
    app.exchange().await;
    ada.get("/api/auth/session").await.expect(200);
    app.nobody().post("/api/auth/login", login).await.expect(201);
}

#[actix_web::test]
async fn nobody_but_an_owner_who_signed_in_goes_back() {
    let (app, ada) = furnished().await;
    let name = backed_up(&app, &ada).await;
    let (path, body) = (restore_path(&name), json!({ "password": PASSWORD }));
    app.nobody().post(&path, body.clone()).await.expect(401);
    let instance = ada.clone().in_tenant("instance");
    let permissions = ["backups:restore", "backups:read"];
    instance.post("/api/roles", json!({ "name": "keeper", "permissions": permissions })).await.expect(201);
    for (role, why) in
        [("admin", "backups:restore"), ("viewer", "backups:restore"), ("keeper", "Only an owner")]
    {
        let account = app.account(&format!("{role}@example.org"), false).await;
        let member = json!({ "accountId": account.id, "role": role });
        instance.post("/api/members", member).await.expect(201);
        let somebody = app.nobody().with_token(&app.token(&account, None));
        let refused = somebody.post(&path, body.clone()).await.expect(403);
        assert!(refused.message().contains(why), "{role}: {}", refused.text);
    }
    let (_, owner) = app.tenant("other").await;
    owner.post(&path, body.clone()).await.expect(403);
    let key = json!({ "name": "all", "permissions": ["*:*"] });
    let made = instance.post("/api/keys", key).await.expect(201).data();
    let program = app.nobody().with_token(made["token"].as_str().expect("a key"));
    assert!(program.post(&path, body.clone()).await.expect(403).message().contains("Only an owner"));
    let narrowed = narrow(ada.token(), "check if operation(\"backups:write\")");
    app.nobody().with_token(&narrowed).post(&path, body.clone()).await.expect(403);
    assert_eq!(list(&ada).await["goingBack"], Value::Null);
    ada.clone().with_header("idempotency-key", "once").post(&path, body).await.expect(400);
}

#[actix_web::test]
async fn a_wrong_password_begins_nothing_and_is_written_down() {
    let (app, ada) = furnished().await;
    let name = backed_up(&app, &ada).await;
    let wrong = json!({ "password": "another long sentence" });
    assert_eq!(ada.post(&restore_path(&name), wrong.clone()).await.expect(422).paths(), ["password"]);
    assert_eq!(ada.post(&restore_path(&name), json!({})).await.expect(422).paths(), ["password"]);
    assert_eq!(list(&ada).await["goingBack"], Value::Null);
    assert_eq!(acts(&ada, "backup.restoring_refused").await.len(), 1);
    for _ in 0..5 {
        ada.post(&restore_path(&name), wrong.clone()).await;
    }
    ada.post(&restore_path(&name), json!({ "password": PASSWORD })).await.expect(429);
}

#[actix_web::test]
async fn what_is_damaged_or_gone_changes_nothing() {
    let (app, ada) = furnished().await;
    let name = backed_up(&app, &ada).await;
    let after = open_request(&ada, "after").await;
    let file = app.dir.path().join("data/backups").join(&name);
    let mut bytes = fs::read(&file).expect("the backup");
    bytes[1_000] ^= 1;
    fs::write(&file, bytes).expect("the damage");
    let body = json!({ "password": PASSWORD });
    ada.post(&restore_path(&name), body.clone()).await.expect(202);
    let why = failure(&ada).await;
    assert!(why.contains("between the bytes"), "{why}");
    assert_eq!((besides(&app), status(&ada, &after).await), (Vec::new(), 200));
    for gone in ["steading-2020-01-01T00-00-00-000Z.tar", "replaced-2020-01-01T00-00-00-000Z", "keys"] {
        ada.post(&restore_path(gone), body.clone()).await.expect(404);
    }
    // Another try is not in the way of the first.
    ada.post(&restore_path(&name), body).await.expect(202);
}

#[actix_web::test]
async fn data_that_can_not_be_opened_in_the_end_gives_way_to_what_was_there() {
    let (mut app, ada) = furnished().await;
    let name = backed_up(&app, &ada).await;
    let after = open_request(&ada, "after").await;
    ada.post(&restore_path(&name), json!({ "password": PASSWORD })).await.expect(202);
    let damage =
        |prepared: &Path| fs::write(prepared.join("steading.db"), "no database").expect("the damage");
    app.exchange_after(damage).await;
    let why = failure(&ada).await;
    assert!(why.contains("damaged"), "{why}");
    assert_eq!(status(&ada, &after).await, 200);
    open_request(&ada, "and it goes on").await;
    assert_eq!(acts(&ada, "backup.restored").await, Vec::<Value>::new());
    // What could not be opened is not thrown away unseen.
    assert_eq!(besides(&app).len(), 1, "{:?}", besides(&app));
    go_back(&mut app, &ada, &name).await;
    assert_eq!(acts(&ada, "backup.restored").await.len(), 1);
}

#[actix_web::test]
async fn a_backup_of_a_newer_version_is_refused_with_a_sentence() {
    let (app, ada) = furnished().await;
    let elsewhere = tempfile::TempDir::new().expect("a temporary directory");
    let place = workplace(elsewhere.path());
    let mine = workplace(app.dir.path());
    steading::kernel::identity::Tokens::open(&place.data.keys()).expect("a first key");
    fs::copy(mine.data.database(), place.data.database()).expect("a copy");
    Connection::open(place.data.database())
        .and_then(|file| {
            file.execute_batch(
                "CREATE TABLE IF NOT EXISTS refinery_schema_history
                     (version INTEGER PRIMARY KEY, name TEXT, applied_on TEXT, checksum TEXT);
                 INSERT INTO refinery_schema_history VALUES (9000, 'later', '', '')",
            )
        })
        .expect("it is from the future");
    let (_, path) = make(&place).expect("a backup");
    let name = PathBuf::from(path.file_name().expect("a name"));
    fs::copy(&path, mine.data.backups().join(&name)).expect("it is brought here");
    let path = restore_path(name.to_str().expect("plain"));
    let refused = ada.post(&path, json!({ "password": PASSWORD })).await.expect(409);
    assert!(refused.message().contains("9000") && refused.message().contains("newer"), "{}", refused.text);
    assert_eq!(list(&ada).await["goingBack"], Value::Null);
}

#[actix_web::test]
async fn without_room_for_it_nothing_begins_and_the_figures_are_said() {
    let app = TestApp::start_with(|config| {
        cheap(config);
        config.database.min_free = bytesize::ByteSize::eib(1);
    })
    .await;
    // The door lets them in; what restoring keeps free is what the configuration says.
    app.app.room.keep_free(0);
    let (_, root) = app.instance_owner("root@example.org").await;
    let me = root.get("/api/auth/session").await.expect(200).data()["user"]["id"].clone();
    let path = format!("/api/users/{}", me.as_str().expect("an id"));
    root.clone().in_tenant("instance").patch(&path, json!({ "password": PASSWORD })).await.expect(200);
    let (_, path) = make(&workplace(app.dir.path())).expect("a backup");
    let name = path.file_name().and_then(|name| name.to_str()).expect("plain");
    let login = json!({ "email": "root@example.org", "password": PASSWORD });
    let began = app.nobody().post("/api/auth/login", login).await.expect(201).data();
    let root = app.nobody().with_token(began["token"].as_str().expect("a token"));
    let refused = root.post(&restore_path(name), json!({ "password": PASSWORD })).await.expect(503);
    assert!(refused.message().contains("MB are free and"), "{}", refused.text);
    assert_eq!(besides(&app), Vec::<String>::new());
}

#[actix_web::test]
async fn who_asks_while_the_data_is_exchanged_is_told_to_come_again() {
    let (mut app, ada) = furnished().await;
    let name = backed_up(&app, &ada).await;
    let nobody = app.nobody();
    // A request that is under way is waited for.
    let mut slow = Wire::open(&app).await;
    let head = "POST /api/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{";
    slow.send(head).await;
    nobody.get("/readyz").await.expect(200);
    ada.post(&restore_path(&name), json!({ "password": PASSWORD })).await.expect(202);
    let asking = async {
        let refused = loop {
            let reply = nobody.get("/readyz").await;
            if reply.status != 200 {
                break reply;
            }
        };
        assert_eq!((refused.status, refused.header("retry-after")), (503, "2"));
        assert!(refused.message().contains("goes back to a backup"), "{}", refused.text);
        ada.get("/api/backups").await.expect(503);
        assert_eq!(nobody.get("/healthz").await.expect(200).data(), json!({ "status": "ok" }));
        assert!(nobody.get("/").await.expect(200).text.contains("<html"));
        slow.send("}").await;
        assert_eq!(slow.reply().await.expect("an answer").status, 422);
    };
    tokio::join!(app.exchange(), asking);
    ada.get("/api/backups").await.expect(200);
    nobody.get("/readyz").await.expect(200);
}

#[actix_web::test]
async fn nothing_else_is_done_with_backups_meanwhile() {
    let (mut app, ada) = furnished().await;
    let name = backed_up(&app, &ada).await;
    let body = json!({ "password": PASSWORD });
    ada.post(&restore_path(&name), body.clone()).await.expect(202);
    ada.post(&restore_path(&name), body).await.expect(409);
    app.exchange().await;
    assert_eq!(list(&ada).await["setAside"].as_array().map(Vec::len), Some(1));
}

#[actix_web::test]
async fn what_was_put_aside_is_deleted_by_hand_or_when_it_is_old() {
    let (mut app, ada) = furnished().await;
    let name = backed_up(&app, &ada).await;
    go_back(&mut app, &ada, &name).await;
    let aside = list(&ada).await["setAside"][0]["name"].as_str().expect("a name").to_owned();
    ada.delete(&format!("/api/backups/{aside}")).await.expect(200);
    ada.delete(&format!("/api/backups/{aside}")).await.expect(404);
    assert_eq!(besides(&app), Vec::<String>::new());
    assert_eq!(acts(&ada, "backup.deleted").await.len(), 1);

    go_back(&mut app, &ada, &name).await;
    for (days, left) in [(29, 1), (2, 0)] {
        app.clock.advance(Duration::from_hours(24 * days));
        let root = app.later("ada@example.org", "acme").await;
        let root = app.nobody().with_token(root.token());
        backed_up(&app, &root).await;
        assert_eq!(
            list(&root).await["setAside"].as_array().map(Vec::len),
            Some(left),
            "after {days} days more"
        );
    }
}
