//! What is kept of events beside themselves goes in small pieces, however much of it there is.

use steading::kernel::events::prune_once;

use crate::support::TestApp;

#[actix_web::test]
async fn minutes_of_metrics_go_in_small_pieces() {
    let app = TestApp::start().await;
    let (tenant, _) = app.tenant("acme").await;
    let number = tenant.number.get();
    let zeros = ", 0".repeat(20);
    app.run_as_engine(format!(
        "INSERT INTO event_minutes_all
         WITH RECURSIVE one (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM one WHERE n < 2200)
         SELECT {number}, n, 'order.paid', 'h'{zeros} FROM one"
    ))
    .await;
    let before = app.app.db.writer_figures().writes;
    prune_once(app.app.kernel()).await.expect("it prunes");
    let pieces = app.app.db.writer_figures().writes - before;
    // 500 at a time, and a look at each status and at the rest of both tenants.
    assert!((5..=14).contains(&pieces), "{pieces} writes");
    assert_eq!(app.ask("SELECT count(*) FROM event_minutes_all WHERE minute < 3000"), 0);
}
