//! `tenant delete`: it asks first, and when it ends nothing of the tenant is left.

use rusqlite::Connection as Database;

use super::home::Home;
use super::http::Connection;

/// More than the eraser takes at once.
const ROWS: i64 = 20_000;

/// A home whose tenant `acme` has many requests.
fn home_with_rows() -> Home {
    let home = Home::new();
    home.furnish();
    let database = Database::open(home.database()).expect("the file opens");
    let insert = "INSERT INTO requests_all
            (tenant_id, id, title, description, status, priority, requester, created_at, updated_at)
        WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number LIMIT ?1)
        SELECT tenants.number, 'row ' || n, 'a row', '', 'open', 1, 'somebody', 0, 0
        FROM number, tenants WHERE slug = 'acme'";
    assert_eq!(database.execute(insert, [ROWS]).expect("rows"), ROWS as usize);
    home
}

fn count(home: &Home, query: &str) -> i64 {
    let database = Database::open(home.database()).expect("the file opens");
    database.query_row(query, [], |row| row.get(0)).expect("a count")
}

fn assert_nothing_is_left(home: &Home) {
    assert_eq!(count(home, "SELECT count(*) FROM requests_all"), 0);
    assert_eq!(count(home, "SELECT count(*) FROM tenants WHERE slug = 'acme'"), 0);
    assert_eq!(count(home, "SELECT count(*) FROM members_all WHERE tenant_id > 1"), 0);
}

#[test]
fn it_is_done_only_when_one_says_yes() {
    let home = home_with_rows();
    let said = home.run(&["tenant", "delete", "acme"]).expect(2);
    assert!(said.line().contains("--yes"), "{said:?}");
    assert_eq!(count(&home, "SELECT count(*) FROM requests_all"), ROWS);
    assert_eq!(home.run(&["tenant", "show", "acme", "--json"]).expect(0).json()["state"], "active");
}

#[test]
fn without_a_server_everything_is_erased_when_it_ends() {
    let home = home_with_rows();
    let said = home.run(&["tenant", "delete", "acme", "--yes"]).expect(0);
    assert_eq!(said.out, "acme is deleted with all that it had.\n");
    assert_nothing_is_left(&home);
    home.run(&["check"]).expect(0);
    home.run(&["tenant", "delete", "acme", "--yes"]).expect(1).line();
}

#[test]
fn with_a_server_everything_is_erased_when_it_ends() {
    let home = home_with_rows();
    let server = home.serve();
    let said = home.run(&["tenant", "delete", "acme", "--yes", "--json"]).expect(0);
    assert_eq!(said.json()["state"], "deleting");
    assert_nothing_is_left(&home);
    Connection::open(&server, "").get("/readyz").expect(200);
    // Its slug is free again.
    home.run(&["tenant", "create", "acme"]).expect(0);
}
