//! What is done to the audit past the server, `steading check` finds.

use std::path::Path;
use std::sync::OnceLock;

use rusqlite::Connection;
use steading::base::db::{Link, check_file};
use tempfile::TempDir;

use super::add_rows;
use crate::support::TestApp;

/// A file with six rows in the audit of the instance and three in that of `acme`.
async fn sound_file() -> &'static Path {
    static FILE: OnceLock<(TempDir, std::path::PathBuf)> = OnceLock::new();
    if FILE.get().is_none() {
        let app = TestApp::start().await;
        app.tenant("acme").await;
        app.tenant("other").await;
        add_rows(&app, "instance", 2).await;
        add_rows(&app, "acme", 3).await;
        let dir = app.stop().await;
        let path = dir.path().join("data/steading.db");
        // Another test may have been quicker; then its file is as good.
        let _ = FILE.set((dir, path));
    }
    &FILE.get().expect("it was just made").1
}

async fn problems_after(change: impl FnOnce(&Connection)) -> Vec<String> {
    let dir = TempDir::new().expect("a temporary directory");
    let copy = dir.path().join("steading.db");
    std::fs::copy(sound_file().await, &copy).expect("a copy");
    let conn = Connection::open(&copy).expect("the copy opens");
    change(&conn);
    drop(conn);
    check_file(&copy).expect("it can be looked at").problems
}

async fn problems_after_statement(statement: &str) -> Vec<String> {
    problems_after(|conn| conn.execute_batch(statement).expect("the change")).await
}

#[actix_web::test]
async fn a_sound_audit_has_no_problems() {
    assert_eq!(problems_after(|_| {}).await, Vec::<String>::new());
    assert_eq!(
        problems_after(|conn| {
            let count = |tenant: &str| -> i64 {
                let text = format!(
                    "SELECT count(*) FROM audit_all JOIN tenants ON tenants.number = tenant_id WHERE slug = '{tenant}'"
                );
                conn.query_row(&text, [], |row| row.get(0)).expect("a count")
            };
            assert_eq!((count("instance"), count("acme")), (6, 3));
        })
        .await,
        Vec::<String>::new()
    );
}

#[actix_web::test]
async fn each_thing_done_to_a_row_is_found_at_the_first_bad_row() {
    for (statement, wrong) in [
        ("UPDATE audit_all SET actor = 'user:x' WHERE tenant_id = 1 AND number = 3", "row 3 was changed"),
        ("UPDATE audit_all SET at = at + 1 WHERE tenant_id = 1 AND number = 1", "row 1 was changed"),
        ("UPDATE audit_all SET after = NULL WHERE tenant_id = 1 AND number = 2", "row 2 was changed"),
        ("UPDATE audit_all SET hash = '' WHERE tenant_id = 1 AND number = 6", "row 6 was changed"),
        (
            "UPDATE audit_all SET actor = '', action = actor || action WHERE tenant_id = 1 AND number = 4",
            "row 4 was changed",
        ),
        ("DELETE FROM audit_all WHERE tenant_id = 1 AND number = 1", "row 1 is missing"),
        ("DELETE FROM audit_all WHERE tenant_id = 1 AND number IN (3, 5)", "row 3 is missing"),
        ("DELETE FROM audit_all WHERE tenant_id = 1 AND number > 4", "the rows after 4 are missing"),
        ("DELETE FROM audit_all WHERE tenant_id = 1", "the rows after 0 are missing"),
        ("DELETE FROM audit_chains_all WHERE tenant_id = 1", "row 6 is not the one that was written last"),
        (
            "UPDATE audit_all SET number = -number WHERE tenant_id = 1 AND number IN (3, 4);
             UPDATE audit_all SET number = 7 + number WHERE tenant_id = 1 AND number < 0",
            "row 3 was changed",
        ),
        (
            "DELETE FROM audit_all WHERE tenant_id = 1 AND number = 3;
             UPDATE audit_all SET number = -number WHERE tenant_id = 1 AND number > 3;
             UPDATE audit_all SET number = -number - 1 WHERE tenant_id = 1 AND number < 0",
            "row 3 was changed",
        ),
        (
            "INSERT INTO audit_all (tenant_id, number, id, at, actor, action, subject, address, trace_id,
                                    before, after, previous_hash, hash)
             SELECT tenant_id, 7, id, at, actor, action, subject, address, trace_id, before, after, hash, hash
             FROM audit_all WHERE tenant_id = 1 AND number = 6",
            "row 7 was changed",
        ),
        (
            "UPDATE audit_chains_all SET pruned_number = 2 WHERE tenant_id = 1",
            "row 1 lies before the rows that are kept",
        ),
    ] {
        let expected = format!("The audit of the tenant instance was tampered with: {wrong}.");
        assert_eq!(problems_after_statement(statement).await, [expected], "{statement}");
    }
}

#[actix_web::test]
async fn a_row_that_moved_to_another_tenant_is_found() {
    let problems = problems_after_statement(
        "DELETE FROM audit_chains_all WHERE tenant_id = 1;
         DELETE FROM audit_all WHERE tenant_id = 1;
         UPDATE audit_all SET tenant_id = 1;
         UPDATE audit_chains_all SET tenant_id = 1",
    )
    .await;
    assert_eq!(problems, ["The audit of the tenant instance was tampered with: row 1 was changed."]);
}

#[actix_web::test]
async fn a_row_that_was_hashed_anew_no_longer_fits_the_next() {
    let forge = |conn: &Connection, number: i64, into: i64| {
        let (id, at, subject, address, trace, after, previous) = conn
            .query_row(
                "SELECT id, at, subject, address, trace_id, after,
                        (SELECT hash FROM audit_all WHERE tenant_id = 1 AND number = ?2 - 1)
                 FROM audit_all WHERE tenant_id = 1 AND number = ?1",
                (number, into),
                |row| {
                    let text = |column: usize| row.get::<_, String>(column);
                    Ok((
                        text(0)?,
                        row.get(1)?,
                        text(2)?,
                        text(3)?,
                        text(4)?,
                        row.get::<_, Option<String>>(5)?,
                        text(6)?,
                    ))
                },
            )
            .expect("a row");
        let link = Link {
            tenant: 1,
            number: into,
            id: &id,
            at,
            actor: "user:x",
            action: "lamp.lit",
            subject: &subject,
            address: &address,
            trace_id: &trace,
            before: None,
            after: after.as_deref(),
        };
        conn.execute("DELETE FROM audit_all WHERE tenant_id = 1 AND number = ?1", [into]).expect("room");
        conn.execute(
            "INSERT INTO audit_all (tenant_id, number, id, at, actor, action, subject, address, trace_id,
                                    after, previous_hash, hash)
             VALUES (1, ?1, ?2, ?3, 'user:x', 'lamp.lit', ?4, ?5, ?6, ?7, ?8, ?9)",
            (into, &id, at, &subject, &address, &trace, &after, &previous, link.hash(&previous)),
        )
        .expect("the forged row");
    };
    for (number, into, wrong) in [
        (3, 3, "row 4 does not follow the one before it"),
        (6, 6, "row 6 is not the one that was written last"),
        (6, 7, "row 7 is not the one that was written last"),
    ] {
        let problems = problems_after(|conn| forge(conn, number, into)).await;
        let expected = format!("The audit of the tenant instance was tampered with: {wrong}.");
        assert_eq!(problems, [expected], "{number} as {into}");
    }
}

#[actix_web::test]
async fn each_tenants_first_bad_row_is_named() {
    let problems =
        problems_after_statement("UPDATE audit_all SET address = '10.0.0.1' WHERE number IN (2, 3)").await;
    assert_eq!(problems.len(), 2, "{problems:?}");
    for tenant in ["instance", "acme"] {
        let expected = format!("The audit of the tenant {tenant} was tampered with: row 2 was changed.");
        assert!(problems.contains(&expected), "{problems:?}");
    }
}

#[actix_web::test]
async fn a_tenant_that_is_being_erased_is_not_suspected() {
    let problems = problems_after_statement(
        "UPDATE tenants SET state = 'deleting' WHERE slug = 'acme';
         DELETE FROM audit_all WHERE tenant_id <> 1 AND number = 2",
    )
    .await;
    assert_eq!(problems, Vec::<String>::new());
}
