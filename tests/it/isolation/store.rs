//! Isolation as stores meet it: through `Db`, its handles and its statement cache.

use std::fmt::Write as _;

use rusqlite::Connection;
use steading::base::db::{Db, Only, Sql, TenantNo};
use steading::base::{Result, Timestamp};
use steading::bind;
use tempfile::TempDir;

use super::world::{FOREIGN, OWN, add_tenant, file, number, settings};

static TITLES: Sql =
    Sql::new("titles", "SELECT title AS value FROM requests", "SELECT title AS value FROM requests_all");
static ALL_TITLES: Sql = Sql::new(
    "all_titles",
    "SELECT title AS value FROM requests_all",
    "/* system */\nSELECT title AS value FROM requests_all",
);
static UNMARKED: Sql = Sql::new(
    "unmarked",
    "SELECT title AS value FROM requests_all",
    "SELECT title AS value FROM requests_all",
);

/// A file in which tenant 2 and the others have rows.
fn crowded() -> (TempDir, Db) {
    let dir = TempDir::new().expect("a temporary directory");
    drop(open(&dir));
    let conn = Connection::open(file(dir.path())).expect("the file opens");
    add_tenant(&conn, OWN, "OURS");
    FOREIGN.iter().for_each(|(number, mark)| add_tenant(&conn, *number, mark));
    drop(conn);
    let db = open(&dir);
    (dir, db)
}

fn open(dir: &TempDir) -> Db {
    Db::open(&settings(dir.path()), Timestamp::from_millis(0)).expect("the store opens")
}

async fn titles_by_writer(db: &Db, tenant: i64, sql: &'static Sql) -> Result<Vec<String>> {
    db.write(&number(tenant), move |tx| tx.all::<Only<String>>(sql, bind! {})).await.map(texts)
}

async fn titles_by_system(db: &Db, sql: &'static Sql) -> Vec<String> {
    db.system()
        .write(move |tx| tx.all::<Only<String>>(sql, bind! {}))
        .await
        .map(texts)
        .expect("the kernel may")
}

fn texts(rows: Vec<Only<String>>) -> Vec<String> {
    rows.into_iter().map(|Only(text)| text).collect()
}

#[actix_web::test]
async fn each_handle_sees_the_rows_of_its_tenant_alone() {
    let (_dir, db) = crowded();
    for (tenant, mark) in FOREIGN.iter().chain(&[(OWN, "OURS")]) {
        let (read, mark) =
            (|tx: &steading::base::db::Read<'_>| tx.all::<Only<String>>(&TITLES, bind! {}), *mark);
        let here = db.read_here(&number(*tenant), read).map(texts).expect("a read here");
        let elsewhere = db.read(&number(*tenant), read).await.map(texts).expect("a read elsewhere");
        let written = titles_by_writer(&db, *tenant, &TITLES).await.expect("a write");
        for titles in [here, elsewhere, written] {
            assert_eq!(titles.len(), 4);
            assert!(titles.iter().all(|title| title.starts_with(mark)), "{titles:?} are not all of {mark}");
        }
    }
}

#[actix_web::test]
async fn a_number_that_no_tenant_has_sees_nothing() {
    let (_dir, db) = crowded();
    assert!(titles_by_writer(&db, 99, &TITLES).await.expect("a write").is_empty());
}

#[actix_web::test]
async fn a_statement_cached_for_the_kernel_is_not_served_to_a_tenant() {
    let (_dir, db) = crowded();
    assert_eq!(titles_by_system(&db, &ALL_TITLES).await.len(), 16);
    titles_by_writer(&db, OWN, &ALL_TITLES).await.expect_err("a base table");
}

/// Why the kernel's statements bear a mark: the cache knows them by their text alone.
#[actix_web::test]
async fn a_statement_without_the_mark_would_be_served_to_a_tenant() {
    let (_dir, db) = crowded();
    titles_by_system(&db, &UNMARKED).await;
    assert_eq!(titles_by_writer(&db, OWN, &UNMARKED).await.expect("it was cached").len(), 16);
}

#[actix_web::test]
async fn a_tenant_may_not_run_a_text_with_the_mark() {
    static FORGED: Sql = Sql::new("forged", "/* system */\nSELECT title AS value FROM requests_all", "");
    let (_dir, db) = crowded();
    titles_by_system(&db, &ALL_TITLES).await;
    titles_by_writer(&db, OWN, &FORGED).await.expect_err("the mark is the kernel's");
}

#[actix_web::test]
async fn a_tenant_may_not_end_the_transaction_of_the_batch() {
    static COMMIT: Sql = Sql::new("commit", "COMMIT", "");
    static MARKED: Sql = Sql::new("marked", "/* store */ COMMIT", "");
    let (_dir, db) = crowded();
    for sql in [&COMMIT, &MARKED] {
        db.write(&number(OWN), move |tx| tx.run(sql, bind! {})).await.expect_err("only the store commits");
    }
    assert_eq!(db.write_fault(), None);
}

#[actix_web::test]
async fn an_error_names_neither_tables_nor_tenants() {
    static TWICE: Sql = Sql::new("twice", "INSERT INTO members SELECT * FROM members", "");
    let (_dir, db) = crowded();
    let mut said = String::new();
    for sql in [&TWICE, &ALL_TITLES] {
        let refused = db.write(&number(OWN), move |tx| tx.run(sql, bind! {})).await.expect_err("it fails");
        let _ = write!(said, "{} ", refused.message());
    }
    assert!(!said.contains("_all") && !said.contains("tenant_id"), "{said}");
}

#[actix_web::test]
async fn the_number_of_a_deleted_tenant_is_never_given_again() {
    let (_dir, db) = crowded();
    let newest = add(&db, "newest").await;
    delete(&db, newest).await;
    let next = add(&db, "next").await;
    assert!(next > newest, "{next:?} follows {newest:?}");
}

#[actix_web::test]
async fn a_row_that_outlived_its_tenant_shows_up_nowhere() {
    let (dir, db) = crowded();
    let gone = add(&db, "gone").await;
    delete(&db, gone).await;
    let conn = Connection::open(file(dir.path())).expect("the file opens");
    conn.pragma_update(None, "foreign_keys", false).expect("no foreign keys");
    let lost = "UPDATE requests_all SET tenant_id = ?1, title = 'lost' WHERE tenant_id = 3";
    assert_eq!(conn.execute(lost, [gone.get()]).expect("rows to lose"), 4);
    let next = add(&db, "next").await;
    assert!(titles_by_writer(&db, next.get(), &TITLES).await.expect("a write").is_empty());
}

async fn add(db: &Db, slug: &'static str) -> TenantNo {
    static INSERT: Sql = Sql::new(
        "insert",
        "",
        "INSERT INTO tenants (id, slug, name, state, created_at, updated_at)
         VALUES (:slug, :slug, :slug, 'active', 0, 0) RETURNING number AS value",
    );
    let made = db.system().write(move |tx| tx.one(&INSERT, bind! { slug: slug })).await;
    made.map(|Only(number)| number).expect("a tenant")
}

async fn delete(db: &Db, tenant: TenantNo) {
    static DELETE: Sql = Sql::new("delete", "", "DELETE FROM tenants WHERE number = :number");
    db.system().write(move |tx| tx.run(&DELETE, bind! { number: tenant })).await.expect("it goes");
}
