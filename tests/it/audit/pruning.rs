//! What is older than `audit.keep` goes, and the rest still proves itself.

use std::time::Duration;

use rusqlite::Connection;
use steading::base::db::check_file;
use steading::kernel::audit::prune_once;

use super::add_rows;
use crate::support::TestApp;

const MONTH: Duration = Duration::from_hours(30 * 24);

async fn prune(app: &TestApp) -> u64 {
    prune_once(app.app.kernel()).await.expect("it prunes")
}

async fn keeping_a_month() -> TestApp {
    TestApp::start_with(|config| config.audit.keep = "30d".parse().expect("a time")).await
}

fn numbers(app: &TestApp) -> Vec<i64> {
    let file = app.file();
    let mut rows =
        file.prepare("SELECT number FROM audit_all ORDER BY tenant_id, number").expect("the audit");
    let rows = rows.query_map([], |row| row.get(0)).expect("it answers");
    rows.map(|number| number.expect("a number")).collect()
}

#[actix_web::test]
async fn old_rows_go_and_the_chain_still_holds() {
    let app = keeping_a_month().await;
    add_rows(&app, "instance", 3).await;
    app.clock.advance(MONTH / 2);
    add_rows(&app, "instance", 2).await;
    app.clock.advance(MONTH / 2);
    assert_eq!(prune(&app).await, 0, "a month old is not older than a month");
    app.clock.advance(Duration::from_millis(1));
    assert_eq!(prune(&app).await, 3);
    assert_eq!(numbers(&app), [4, 5]);
    add_rows(&app, "instance", 1).await;
    assert_eq!(numbers(&app), [4, 5, 6], "numbers go on");
    let file = app.stop().await;
    let path = file.path().join("data/steading.db");
    assert_eq!(check_file(&path).expect("it can be looked at").problems, Vec::<String>::new());

    // The oldest that is kept is as safe as any other.
    let conn = Connection::open(&path).expect("the file opens");
    conn.execute("DELETE FROM audit_all WHERE number = 4", []).expect("it goes");
    drop(conn);
    let problems = check_file(&path).expect("it can be looked at").problems;
    assert_eq!(problems, ["The audit of the tenant instance was tampered with: row 4 is missing."]);
}

#[actix_web::test]
async fn an_audit_of_which_everything_was_old_goes_on_where_it_was() {
    let app = keeping_a_month().await;
    add_rows(&app, "instance", 2).await;
    app.clock.advance(MONTH * 2);
    assert_eq!(prune(&app).await, 2);
    add_rows(&app, "instance", 1).await;
    assert_eq!(numbers(&app), [3]);
    let dir = app.stop().await;
    let findings = check_file(&dir.path().join("data/steading.db")).expect("it can be looked at");
    assert_eq!(findings.problems, Vec::<String>::new());
}

#[actix_web::test]
async fn many_rows_go_in_pieces_and_each_tenants_its_own() {
    let app = keeping_a_month().await;
    app.tenant("acme").await;
    let in_instance = app.ask("SELECT count(*) FROM audit_all WHERE tenant_id = 1");
    add_rows(&app, "acme", 1_234).await;
    app.clock.advance(MONTH * 2);
    add_rows(&app, "acme", 1).await;
    assert_eq!(prune(&app).await, 1_234 + in_instance.unsigned_abs());
    assert_eq!(numbers(&app), [1_235]);
    let dir = app.stop().await;
    let findings = check_file(&dir.path().join("data/steading.db")).expect("it can be looked at");
    assert_eq!(findings.problems, Vec::<String>::new());
}

#[actix_web::test]
async fn a_young_row_keeps_those_behind_it_when_the_clock_went_back() {
    let app = keeping_a_month().await;
    app.clock.advance(MONTH);
    add_rows(&app, "instance", 1).await;
    app.clock.turn_back(MONTH);
    add_rows(&app, "instance", 1).await;
    app.clock.advance(MONTH + MONTH / 2);
    assert_eq!(prune(&app).await, 0);
    assert_eq!(numbers(&app), [1, 2]);
}
