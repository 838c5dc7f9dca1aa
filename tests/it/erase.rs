//! Erasing a tenant in pieces: all of it goes, and nothing of anybody else.

use rusqlite::Connection;
use steading::base::Timestamp;
use steading::base::db::Db;
use tempfile::TempDir;

use crate::isolation::{add_tenant, file, number, settings};

const GOING: i64 = 2;
const STAYING: i64 = 3;

fn two_tenants() -> (TempDir, Db) {
    let dir = TempDir::new().expect("a temporary directory");
    drop(Db::open(&settings(dir.path()), Timestamp::from_millis(0)).expect("a new file"));
    let conn = Connection::open(file(dir.path())).expect("the file opens");
    add_tenant(&conn, GOING, "going");
    add_tenant(&conn, STAYING, "staying");
    drop(conn);
    let db = Db::open(&settings(dir.path()), Timestamp::from_millis(0)).expect("the store opens");
    (dir, db)
}

async fn erase(db: &Db, limit: u32) -> u64 {
    db.system().write(move |tx| tx.erase_some(number(GOING), limit)).await.expect("a piece")
}

fn count(dir: &TempDir, base: &str, tenant: i64) -> i64 {
    let conn = Connection::open(file(dir.path())).expect("the file opens");
    let text = format!("SELECT count(*) FROM {base} WHERE tenant_id = {tenant}");
    conn.query_row(&text, [], |row| row.get(0)).expect("a count")
}

fn count_all(dir: &TempDir, tenant: i64) -> i64 {
    let conn = Connection::open(file(dir.path())).expect("the file opens");
    let bases: Vec<String> = conn
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB '*_all'")
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
        .expect("the tables");
    bases.iter().map(|base| count(dir, base, tenant)).sum()
}

#[actix_web::test]
async fn every_row_of_the_tenant_goes_and_no_other() {
    let (dir, db) = two_tenants();
    let (going, staying) = (count_all(&dir, GOING), count_all(&dir, STAYING));
    let mut erased = 0;
    loop {
        match erase(&db, 500).await {
            0 => break,
            rows => erased += rows,
        }
    }
    assert_eq!((erased, count_all(&dir, GOING)), (going.unsigned_abs(), 0));
    assert_eq!(count_all(&dir, STAYING), staying);
}

#[actix_web::test]
async fn a_piece_has_at_most_as_many_rows_as_asked_for() {
    let (dir, db) = two_tenants();
    let mut left = count_all(&dir, GOING);
    while left > 0 {
        assert_eq!(erase(&db, 1).await, 1);
        left -= 1;
        assert_eq!(count_all(&dir, GOING), left);
    }
    assert_eq!(erase(&db, 1).await, 0);
}

#[actix_web::test]
async fn comments_go_before_the_requests_that_they_are_on() {
    let (dir, db) = two_tenants();
    while count(&dir, "request_comments_all", GOING) > 0 {
        assert_eq!(count(&dir, "requests_all", GOING), 4, "a request went before its comments");
        assert_ne!(erase(&db, 1).await, 0);
    }
}
