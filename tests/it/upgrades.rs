//! Databases that older binaries left, with something in every table: upgraded, checked and read.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use serde_json::Value;
use steading::base::db::{Db, Settings, Synchronous, check_file, newest_version};
use steading::base::{Clock, Id, Timestamp};
use steading::kernel::identity::{Claims, Subject};
use tempfile::TempDir;

use crate::support::{Caller, TestApp};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/fixtures");

/// Tables that hold rows only when something unusual is under way.
const MAY_BE_EMPTY: [&str; 1] = ["setup_codes"];

/// A database of schema 4, as its binary would have left it: the first in which a tenant had something.
const SCHEMA_4: &str = "
    INSERT INTO tenants (number, id, slug, name, state, created_at, updated_at)
    VALUES (2, '01941f29-7c00-7000-8000-000000000002', 'acme', 'Acme', 'active', 1, 1);
    INSERT INTO tenant_hosts VALUES ('acme.example', 2);
    INSERT INTO users_all VALUES
        (1, '01941f29-7c00-7000-8000-00000000000a', 'ada@example.org', 'ada@example.org', 'Ada Ämter', 'active', 1, 1),
        (2, '01941f29-7c00-7000-8000-00000000000b', 'bob@acme.example', 'bob@acme.example', 'Bob', 'active', 1, 1);
    INSERT INTO members_all VALUES
        (1, '01941f29-7c00-7000-8000-00000000000a', 'owner', 1), (2, '01941f29-7c00-7000-8000-00000000000a', 'owner', 1);
    INSERT INTO idempotent_replies_all VALUES (2, 'user:a', 'once', 'print', 201, '{}', 1);
    INSERT INTO requests_all VALUES
        (2, '01941f29-7c00-7000-8000-00000000000c', 'The printer burns', '', 'open', 3,
         '01941f29-7c00-7000-8000-00000000000a', NULL, NULL, 1, 1);
    INSERT INTO request_comments_all VALUES
        (2, '01941f29-7c00-7000-8000-00000000000d', '01941f29-7c00-7000-8000-00000000000c', 'user:a', 'I see smoke', 1);";

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// A data directory with a database that was made by a dump.
fn restored(dump: &str) -> TempDir {
    let dir = TempDir::new().expect("a temporary directory");
    fs::create_dir_all(dir.path().join("data/keys")).expect("a directory");
    let conn = Connection::open(database(dir.path())).expect("a new file");
    conn.execute_batch(dump).expect("what was dumped");
    dir
}

fn database(dir: &Path) -> PathBuf {
    dir.join("data/steading.db")
}

/// Every fixture: its schema, and its dump.
pub fn fixtures() -> Vec<(u32, String)> {
    let files = fs::read_dir(FIXTURES).expect("the fixtures").map(|entry| entry.expect("an entry").path());
    let mut fixtures: Vec<_> = files
        .filter_map(|file| {
            let name = file.file_name()?.to_str()?;
            let schema = name.strip_prefix("schema-")?.strip_suffix(".sql.zst")?.parse().expect("a number");
            let packed = fs::read(&file).expect("a fixture");
            let dump = zstd::decode_all(&*packed).expect("it is whole");
            Some((schema, String::from_utf8(dump).expect("SQL")))
        })
        .collect();
    fixtures.sort();
    assert!(!fixtures.is_empty(), "there are no fixtures in {FIXTURES}");
    fixtures
}

/// How many rows each table has.
fn counts(file: &Path) -> Vec<(String, i64)> {
    let conn = Connection::open(file).expect("it opens");
    let names: Vec<String> = conn
        .prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
        )
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
        .expect("the tables");
    let count = |name: &String| {
        conn.query_row(&format!("SELECT count(*) FROM {name}"), [], |row| row.get(0)).expect("a count")
    };
    names.iter().map(|name| (name.clone(), count(name))).collect()
}

fn upgrade(dir: &Path) {
    let settings = Settings {
        file: database(dir),
        backups: dir.join("backups"),
        synchronous: Synchronous::Normal,
        readers: 1,
        read_limit: Duration::from_secs(10),
        write_limit: Duration::from_secs(10),
        write_queue: 1,
    };
    let db = Db::open(&settings, Timestamp::from_millis(1_767_225_600_000)).expect("it is upgraded");
    assert_eq!(db.upgrade().to, newest_version());
    db.close();
    let findings = check_file(&database(dir)).expect("it can be looked at");
    assert_eq!(findings.problems, Vec::<String>::new());
}

/// Reads what the tenant has, as somebody who may.
async fn read_acme(dir: &Path, title: &str) -> Value {
    let conn = Connection::open(database(dir)).expect("it opens");
    let ada: String = conn
        .query_row("SELECT id FROM users_all WHERE tenant_id = 1 AND email = 'ada@example.org'", [], |row| {
            row.get(0)
        })
        .expect("Ada");
    drop(conn);
    let running = TestApp::serve_live_in(dir).await;
    let claims = Claims {
        realm: running.app.tenants.instance().expect("the instance").id,
        subject: Subject::User(ada.parse().expect("an id")),
        token: Id::fresh(),
        tenant: None,
        is_key: false,
        expires_at: Clock::System.now() + Duration::from_mins(5),
    };
    let token = running.app.identity.mint(claims).expect("a token").token;
    let url = format!("http://{}", running.address);
    let acme = Caller::new(&url).with_token(&token).in_tenant("acme");
    let listed = acme.get("/api/requests").await.expect(200).data();
    let titles: Vec<&str> =
        listed.as_array().expect("a list").iter().filter_map(|request| request["title"].as_str()).collect();
    assert!(titles.contains(&title), "{titles:?}");
    for path in [
        "users",
        "members",
        "roles",
        "jobs",
        "queues",
        "schedules",
        "events",
        "subscriptions",
        "dead-letters",
        "audit",
        "keys",
        "issuers",
    ] {
        acme.get(&format!("/api/{path}")).await.expect(200);
    }
    acme.post("/api/requests", serde_json::json!({ "title": "New" })).await.expect(201);
    running.stop().await.expect("it stops");
    listed
}

#[test]
fn every_fixture_has_rows_in_every_table() {
    for (schema, dump) in fixtures() {
        let dir = restored(&dump);
        let empty: Vec<_> = counts(&database(dir.path()))
            .into_iter()
            .filter(|(name, rows)| *rows == 0 && !MAY_BE_EMPTY.contains(&name.as_str()))
            .collect();
        assert!(empty.is_empty(), "schema {schema}: {empty:?}");
    }
}

#[actix_web::test]
async fn what_an_older_binary_wrote_is_upgraded_whole_and_read() {
    for (_, dump) in fixtures() {
        let dir = restored(&dump);
        let before = counts(&database(dir.path()));
        upgrade(dir.path());
        let after = counts(&database(dir.path()));
        for (name, rows) in before.iter().filter(|(name, _)| name != "refinery_schema_history") {
            assert!(after.contains(&(name.clone(), *rows)), "{name} had {rows} rows: {after:?}");
        }
        read_acme(dir.path(), "The printer burns").await;
        let findings = check_file(&database(dir.path())).expect("it can be looked at");
        assert_eq!(findings.problems, Vec::<String>::new());
    }
}

#[actix_web::test]
async fn what_the_first_schema_with_something_in_it_held_is_upgraded_and_read() {
    let dir = restored("");
    let mut conn = Connection::open(database(dir.path())).expect("it opens");
    let target = refinery::Target::Version(4);
    embedded::migrations::runner().set_target(target).run(&mut conn).expect("schema 4");
    conn.execute_batch(SCHEMA_4).expect("its rows");
    drop(conn);
    upgrade(dir.path());
    let listed = read_acme(dir.path(), "The printer burns").await;
    assert_eq!(listed[0]["priority"], "urgent");
}
