//! Making backups while the instance is at work.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rusqlite::Connection;
use serde_json::{Value, json};
use steading::base::data_dir::DataDir;
use steading::base::db::{Course, Db, copy_file};
use steading::kernel::backups::{Source, Step};
use tempfile::TempDir;

use super::{BEGINNING, GOES_ON, names_in, silent, verified, workplace, workplace_with};
use crate::isolation::settings;
use crate::support::{Caller, TestApp};

/// Opens requests until it is told to stop, and gives back the ids of those that were acknowledged.
async fn open_requests(caller: Caller, title: String, stop: Arc<AtomicBool>) -> BTreeSet<String> {
    let mut opened = BTreeSet::new();
    while !stop.load(Ordering::Relaxed) {
        let made = caller.post("/api/requests", json!({ "title": title })).await.expect(201).data();
        opened.insert(made["id"].as_str().expect("an id").to_owned());
    }
    opened
}

#[actix_web::test]
async fn a_backup_that_is_made_under_load_holds_every_write_from_before_it() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let (_, root) = app.instance_owner("root@example.org").await;
    let mut before = BTreeSet::new();
    for number in 0..50 {
        let made = acme.post("/api/requests", json!({ "title": format!("{number}") })).await.expect(201);
        before.insert(made.data()["id"].as_str().expect("an id").to_owned());
    }
    let stop = Arc::new(AtomicBool::new(false));
    let load: Vec<_> = (0..4)
        .map(|nth| {
            actix_web::rt::spawn(open_requests(acme.clone(), format!("load {nth}"), Arc::clone(&stop)))
        })
        .collect();
    root.post("/api/backups", json!({})).await.expect(202);
    app.run_jobs().await;
    stop.store(true, Ordering::Relaxed);
    for opened in load {
        opened.await.expect("the load goes on meanwhile");
    }
    let listed = root.get("/api/backups").await.expect(200).data();
    let name = listed["backups"][0]["name"].as_str().expect("a backup").to_owned();
    let place = workplace(app.dir.path());
    let path = place.data.backups().join(&name);
    assert_eq!(verified(&path).problems, Vec::<String>::new());
    assert_eq!(names_in(&place), [name]);

    let elsewhere = TempDir::new().expect("a temporary directory");
    let there = workplace(elsewhere.path());
    there.restore(&Source::Backup(path), false, &GOES_ON, &mut silent()).expect("it is restored");
    let conn = Connection::open(there.data.database()).expect("it opens");
    let found: BTreeSet<String> = conn
        .prepare("SELECT id FROM requests_all")
        .and_then(|mut ids| ids.query_map([], |row| row.get(0))?.collect())
        .expect("the ids");
    assert!(found.is_superset(&before), "{} of {} are there", found.len(), before.len());
    drop(conn);
    // The keys came along, so a token of the old instance is honoured by the new.
    let again = TestApp::start_live_in(elsewhere, |_| {}).await;
    let token =
        app.mint(steading::kernel::identity::Subject::Operator, None, Duration::from_hours(24 * 36_500));
    again.nobody().with_token(&token).get("/api/tenants").await.expect(200);
}

#[actix_web::test]
async fn a_backup_is_a_run_of_the_instance_and_publishes_what_came_of_it() {
    let app = TestApp::start().await;
    let (_, root) = app.instance_owner("root@example.org").await;
    let asked = root.post("/api/backups", json!({})).await.expect(202).data();
    let again = root.post("/api/backups", json!({})).await.expect(202).data();
    assert_eq!((&again["jobId"], &again["deduplicated"]), (&asked["jobId"], &json!(true)));
    app.run_jobs().await;
    let listed = root.get("/api/backups").await.expect(200).data();
    assert_eq!(listed["runs"][0]["jobId"], asked["jobId"]);
    assert_eq!((&listed["runs"][0]["state"], &listed["lastFailure"]), (&json!("done"), &Value::Null));
    assert_eq!(listed["lastSuccess"], listed["backups"][0]["madeAt"]);
    let instance = root.in_tenant("instance");
    let told = instance.get("/api/events?type=backup.created").await.expect(200).data();
    assert_eq!(told[0]["subject"], listed["backups"][0]["name"]);
}

#[actix_web::test]
async fn a_backup_that_fails_is_told_of_and_leaves_nothing() {
    let app = TestApp::start_with(|config| config.database.min_free = bytesize::ByteSize::eib(1)).await;
    let (_, root) = app.instance_owner("root@example.org").await;
    // Else nothing could be added, the wish for a backup included.
    app.app.room.keep_free(0);
    root.post("/api/backups", json!({})).await.expect(202);
    for _ in 0..3 {
        app.run_jobs().await;
        app.clock.advance(Duration::from_secs(11 * 60));
    }
    let listed = root.get("/api/backups").await.expect(200).data();
    let error = listed["lastFailure"]["error"].as_str().expect("an error");
    assert!(error.contains("too little room"), "{error}");
    assert_eq!((&listed["lastSuccess"], &listed["backups"]), (&Value::Null, &json!([])));
    let told = root.in_tenant("instance").get("/api/events?type=backup.failed").await.expect(200).data();
    assert_eq!(told.as_array().map(Vec::len), Some(3), "{told}");
    assert_eq!(names_in(&workplace(app.dir.path())), Vec::<String>::new());
}

#[actix_web::test]
async fn old_backups_go_as_the_rules_say() {
    let app = TestApp::start_with(|config| {
        config.backup.keep_last = 2;
        (config.backup.keep_daily, config.backup.keep_weekly, config.backup.keep_monthly) = (0, 0, 0);
    })
    .await;
    let (_, root) = app.instance_owner("root@example.org").await;
    let mut made = Vec::new();
    for _ in 0..4 {
        root.post("/api/backups", json!({})).await.expect(202);
        app.run_jobs().await;
        let listed = root.get("/api/backups").await.expect(200).data();
        made.push(listed["backups"][0]["name"].as_str().expect("a name").to_owned());
        app.clock.advance(Duration::from_hours(1));
    }
    assert_eq!(names_in(&workplace(app.dir.path())), made[2..]);
}

#[actix_web::test]
async fn one_that_nobody_waits_for_any_more_stops_and_leaves_nothing() {
    let app = TestApp::start().await;
    let kernel = app.app.kernel();
    let begun = kernel.begin_backup().expect("it begins").expect("nothing else is under way");
    assert!(kernel.begin_backup().expect("it is asked").is_none(), "one at a time");
    drop(begun);
    let mut next = loop {
        match kernel.begin_backup().expect("it is asked") {
            Some(next) => break next,
            None => tokio::task::yield_now().await,
        }
    };
    while let Step::Progress(..) = next.next().await {}
    let names = names_in(&workplace(app.dir.path()));
    assert!(names.len() == 1 && names[0].starts_with("steading-"), "{names:?}");
}

#[actix_web::test]
async fn what_a_killed_process_left_half_done_goes_at_the_next_start() {
    let app = TestApp::start().await;
    let dir = app.stop().await;
    let backups = workplace(dir.path()).data.backups();
    std::fs::write(backups.join(".unfinished-steading-2026-01-01T00-00-00-000Z.tar"), "half")
        .expect("a half one");
    std::fs::create_dir(backups.join(".scratch-abc")).expect("a scratch");
    std::fs::write(backups.join("before-upgrade.db"), "kept").expect("another file");
    let app = TestApp::start_live_in(dir, |_| {}).await;
    assert_eq!(names_in(&workplace(app.dir.path())), ["before-upgrade.db"]);
}

#[actix_web::test]
async fn the_configuration_says_when() {
    let dir = TempDir::new().expect("a temporary directory");
    let next = async |dir: TempDir, line: &'static str| {
        let app = TestApp::start_live_in(dir, |config| config.backup.schedule = line.into()).await;
        let (_, root) = app.instance_owner(&format!("{}@example.org", line.len())).await;
        let next = root.get("/api/backups").await.expect(200).data()["nextAt"].clone();
        (app.stop().await, next)
    };
    let (dir, at) = next(dir, "15 4 * * *").await;
    assert!(at.as_str().is_some_and(|at| at.ends_with("T04:15:00.000Z")), "{at}");
    let (dir, at) = next(dir, "").await;
    assert_eq!(at, Value::Null);
    let (_dir, at) = next(dir, "7 * * * *").await;
    assert!(at.as_str().is_some_and(|at| at.ends_with(":07:00.000Z")), "{at}");
}

#[test]
fn a_copy_is_as_it_was_at_its_beginning_whatever_is_written_meanwhile() {
    let dir = TempDir::new().expect("a temporary directory");
    let settings = settings(dir.path());
    drop(Db::open(&settings, BEGINNING).expect("a new file"));
    let conn = Connection::open(&settings.file).expect("it opens");
    conn.execute_batch(
        "CREATE TABLE notes (text TEXT);
         WITH RECURSIVE numbers(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 8000)
         INSERT INTO notes SELECT hex(randomblob(500)) FROM numbers",
    )
    .expect("some megabytes");
    let target = dir.path().join("copy.db");
    let (mut steps, mut done_before) = (0, 0);
    let mut write = |done: u64, all: u64| {
        conn.execute("INSERT INTO notes SELECT text FROM notes LIMIT 100", []).expect("a write");
        conn.execute("UPDATE notes SET text = 'changed' WHERE rowid % 97 = ?1", [steps]).expect("a change");
        assert!(done > done_before && done <= all, "it begins anew: {done_before}, {done} of {all}");
        (steps, done_before) = (steps + 1, done);
    };
    copy_file(&settings.file, &target, &mut Course { stop: &GOES_ON, tell: &mut write }).expect("a copy");
    assert!(steps > 5, "{steps} steps");
    let copy = Connection::open(&target).expect("it opens");
    let ask = |text: &str| copy.query_row(text, [], |row| row.get::<_, i64>(0)).expect("an answer");
    assert_eq!(ask("SELECT count(*) FROM notes"), 8_000);
    assert_eq!(ask("SELECT count(*) FROM notes WHERE text = 'changed'"), 0);
    assert_eq!(ask("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"), 1);
}

#[test]
fn room_is_looked_for_before_anything_is_written() {
    let dir = TempDir::new().expect("a temporary directory");
    let place = workplace_with(dir.path(), |config| config.database.min_free = bytesize::ByteSize::eib(1));
    std::fs::write(place.data.database(), "a database").expect("a file");
    let refused = place
        .make_backup(|_, _| unreachable!("nothing is copied"), &GOES_ON, &mut silent())
        .expect_err("too little room");
    assert!(refused.message().contains("database.min_free"), "{refused}");
    assert!(DataDir::at(&dir.path().join("data")).backups().read_dir().expect("the folder").next().is_none());
}
