//! What `steading check` finds in a file that no server holds.

use std::fs;
use std::io::{Seek, SeekFrom, Write};

use rusqlite::Connection;
use steading::base::Timestamp;
use steading::base::db::{Db, check_file, newest_version};
use tempfile::TempDir;

use crate::isolation::{add_tenant, file, settings};

/// A file with a tenant in it, after this was done to it without any guard.
fn file_after(change: &str) -> TempDir {
    let dir = TempDir::new().expect("a temporary directory");
    drop(Db::open(&settings(dir.path()), Timestamp::from_millis(0)).expect("a new file"));
    let conn = Connection::open(file(dir.path())).expect("the file opens");
    add_tenant(&conn, 2, "acme");
    conn.pragma_update(None, "foreign_keys", false).expect("no foreign keys");
    conn.execute_batch(change).expect("the change");
    conn.pragma_update(None, "journal_mode", "DELETE").expect("one file");
    dir
}

fn problems_after(change: &str) -> Vec<String> {
    let dir = file_after(change);
    check_file(&file(dir.path())).expect("it can be looked at").problems
}

#[track_caller]
fn assert_one(problems: &[String], expected: &str) {
    assert!(problems.iter().any(|problem| problem.contains(expected)), "{problems:?}");
}

#[test]
fn a_sound_file_has_no_problems() {
    let dir = file_after("");
    let findings = check_file(&file(dir.path())).expect("it can be looked at");
    assert_eq!(findings.problems, Vec::<String>::new());
    assert_eq!(findings.schema_version, Some(newest_version()));
}

#[test]
fn code_that_somebody_put_into_a_file_is_found_and_never_run() {
    for (change, what) in [
        (
            "CREATE TRIGGER rise AFTER UPDATE ON tenants BEGIN UPDATE members_all SET role = 'owner'; END",
            "trigger rise",
        ),
        (
            "CREATE VIEW endless AS WITH RECURSIVE more(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more) SELECT * FROM more",
            "view endless",
        ),
    ] {
        assert_eq!(
            problems_after(change),
            [format!("The file holds code that this program never stores: {what}.")]
        );
        let dir = file_after(change);
        let refused =
            Db::open(&settings(dir.path()), Timestamp::from_millis(0)).err().expect("it is refused");
        assert!(refused.to_string().contains(what), "{refused}");
    }
}

#[test]
fn tables_and_indexes_that_are_not_as_they_are_made_are_found() {
    assert_one(&problems_after("CREATE TABLE more (a TEXT) STRICT"), "The table more is none");
    assert_one(&problems_after("DROP INDEX requests_by_status"), "The index requests_by_status is missing");
}

#[test]
fn a_file_of_an_older_version_is_no_problem_and_one_of_a_newer_is() {
    let dir = file_after(
        "DELETE FROM refinery_schema_history WHERE version = (SELECT max(version) FROM refinery_schema_history)",
    );
    let findings = check_file(&file(dir.path())).expect("it can be looked at");
    assert_eq!(findings.problems, Vec::<String>::new());
    assert!(findings.pending.is_some_and(|pending| pending.contains("will upgrade it")));
    let newer = "UPDATE refinery_schema_history SET version = 9999 WHERE version = 1";
    assert_one(&problems_after(newer), "run the newer binary");
}

#[test]
fn rows_of_a_tenant_that_is_gone_are_found() {
    let problems = problems_after(
        "UPDATE requests_all SET tenant_id = 77; UPDATE request_comments_all SET tenant_id = 77",
    );
    assert_one(&problems, "requests_all has rows of tenants that do not exist: 1");
    assert_one(&problems, "A row of requests_all refers to a row of tenants that does not exist");
}

#[test]
fn a_row_that_refers_to_nothing_is_found() {
    let problems = problems_after("DELETE FROM requests_all");
    assert_one(
        &problems,
        "A row of request_comments_all refers to a row of requests_all that does not exist",
    );
}

#[test]
fn a_schema_that_lets_tenants_meet_is_found() {
    let problems = problems_after("CREATE INDEX users_by_name ON users_all (name)");
    assert_one(&problems, "The index users_by_name of users_all does not begin with tenant_id.");
}

#[test]
fn a_counter_that_says_something_else_than_its_rows_is_found() {
    let problems = problems_after("INSERT INTO job_counts_all VALUES (2, 'mail', 'ready', 7)");
    assert_one(
        &problems,
        "The counter of ready jobs in the queue mail of the tenant acme says 7, and there are",
    );
}

/// An event with a dead letter and one delivery on its way, and their group, as they must be.
const EVENT: &str = "
    INSERT INTO subscriptions_all (
        tenant_id, id, name, pattern, target, address, max_attempts, backoff, time_limit, is_ordered, recovery,
        lane, state, probes, is_catching_up, successes, failures, in_a_row, failing, made_by, created_at, updated_at
    ) VALUES (2, 's', 's', '*', 'job', 'a', 1, 'fixed', 1, 0, 'manual', 's', 'enabled', 0, 0, 0, 0, 0, '[]', 'b', 0, 0);
    INSERT INTO events_all (
        tenant_id, id, type, status, open, failing, dead, actor, trace_id, request_id, created_at, payload
    ) VALUES (2, 'e', 'a.b', 'dead', 1, 1, 1, 'a', 't', 'r', 0, '{}');
    INSERT INTO deliveries_all (
        tenant_id, id, event_id, subscription_id, state, attempts, fingerprint, created_at
    ) VALUES (2, 'd', 'e', 's', 'dead', 1, 'f', 0), (2, 'o', 'e', 's', 'failing', 1, NULL, 0);
    INSERT INTO dead_letter_groups_all VALUES (2, 'f', 's', 'no', 1, 0, 0);";

#[test]
fn an_event_that_counts_its_deliveries_wrongly_is_found() {
    assert_eq!(problems_after(EVENT), Vec::<String>::new());
    let problems = problems_after(&format!("{EVENT} UPDATE events_all SET open = 2"));
    assert_one(
        &problems,
        "The event e of the tenant acme is dead and says that of its deliveries 2 are open, 1 failing and 1 dead; \
         there are 1, 1 and 1",
    );
    let problems = problems_after(&format!("{EVENT} UPDATE events_all SET status = 'failing'"));
    assert_one(&problems, "The event e of the tenant acme is failing");
}

#[test]
fn a_group_that_counts_its_dead_letters_wrongly_is_found() {
    let problems = problems_after(&format!("{EVENT} UPDATE dead_letter_groups_all SET letters = 3"));
    assert_one(&problems, "The group f of dead letters of the tenant acme says 3, and there are 1");
    let problems = problems_after(&format!("{EVENT} DELETE FROM dead_letter_groups_all"));
    assert_one(&problems, "The group f of dead letters of the tenant acme says 0, and there are 1");
}

#[test]
fn a_schema_of_another_version_is_found() {
    let problems = problems_after("UPDATE refinery_schema_history SET version = 9999 WHERE version = 1");
    assert_one(&problems, "The schema has version 9999");
}

#[test]
fn a_file_without_a_schema_is_found() {
    let dir = TempDir::new().expect("a temporary directory");
    Connection::open(file(dir.path()))
        .and_then(|conn| conn.execute_batch("CREATE TABLE t (a)"))
        .expect("a file");
    let findings = check_file(&file(dir.path())).expect("it can be looked at");
    assert_eq!(findings.schema_version, None);
    assert_one(&findings.problems, "no schema of this program");
}

#[test]
fn a_file_that_is_no_database_is_found() {
    let dir = TempDir::new().expect("a temporary directory");
    fs::write(file(dir.path()), "a letter to a friend, ".repeat(500)).expect("a file");
    let findings = check_file(&file(dir.path())).expect("it can be looked at");
    assert_one(&findings.problems, "can't be read as a database");
}

#[test]
fn a_damaged_page_is_found() {
    let dir = file_after("");
    let page = damaged_page(&file(dir.path()));
    let mut bytes = fs::OpenOptions::new().write(true).open(file(dir.path())).expect("the file");
    bytes.seek(SeekFrom::Start(page)).expect("the page");
    bytes.write_all(&[0xff; 200]).expect("the damage");
    let findings = check_file(&file(dir.path())).expect("it can be looked at");
    assert!(!findings.problems.is_empty(), "nothing was found");
}

/// Where in the file the rows of `requests_all` lie.
fn damaged_page(path: &std::path::Path) -> u64 {
    let conn = Connection::open(path).expect("the file opens");
    let (root, size): (u32, u32) = conn
        .query_row(
            "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_schema WHERE name = 'requests_all'",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .expect("its root");
    u64::from(root - 1) * u64::from(size)
}
