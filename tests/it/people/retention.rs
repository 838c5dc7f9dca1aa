//! Sessions are kept for a while after their end, and then deleted in pieces.

use std::time::Duration;

use serde_json::json;
use steading::kernel::identity::prune_sessions;

use super::support::{self, make_user, sign_in};
use crate::support::TestApp;

const DAY: Duration = Duration::from_hours(24);

async fn prune(app: &TestApp) -> u64 {
    prune_sessions(app.app.kernel()).await.expect("it is written")
}

#[actix_web::test]
async fn a_session_is_deleted_so_long_after_it_expired() {
    let app = support::start().await;
    let (_, acme) = app.tenant("acme").await;
    make_user(&acme, "ada@acme.example", "user").await;
    sign_in(&app, "acme", "ada@acme.example").await;
    assert_eq!(prune(&app).await, 0);
    // 30 days that it lasts, and 90 that it is kept.
    app.clock.advance(DAY * 120);
    assert_eq!(prune(&app).await, 0, "it is still kept");
    let young = sign_in(&app, "acme", "ada@acme.example").await;
    app.clock.advance(Duration::from_millis(1));
    assert_eq!(prune(&app).await, 1);
    young.get("/api/auth/session").await.expect(200);
    assert_eq!(app.count("sessions_all"), 1);
}

#[actix_web::test]
async fn an_ended_session_stays_ended_until_its_token_has_expired() {
    let app = support::start().await;
    let (_, acme) = app.tenant("acme").await;
    make_user(&acme, "ada@acme.example", "user").await;
    let ada = sign_in(&app, "acme", "ada@acme.example").await;
    ada.post("/api/auth/logout", json!({})).await.expect(200);
    app.clock.advance(DAY * 29);
    prune(&app).await;
    ada.get("/api/auth/session").await.expect(401);
    let app = app.restart().await;
    ada.at(&app.url).get("/api/auth/session").await.expect(401);
}

#[actix_web::test]
async fn many_go_in_small_pieces() {
    let app = support::start().await;
    let (tenant, acme) = app.tenant("acme").await;
    let user = support::id_of(&make_user(&acme, "ada@acme.example", "user").await);
    let number = tenant.number.get();
    app.run_as_engine(format!(
        "INSERT INTO sessions_all (tenant_id, id, user_id, address, user_agent, created_at, expires_at)
         WITH RECURSIVE one (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM one WHERE n < 1750)
         SELECT {number}, printf('00000000-0000-7000-8000-%012d', n), '{user}', '', '', 0, 1 FROM one"
    ))
    .await;
    let before = app.app.db.writer_figures().writes;
    assert_eq!(prune(&app).await, 1_750);
    let pieces = app.app.db.writer_figures().writes - before;
    // 500 at a time, one look for each other tenant, and the codes of the first run.
    assert!((4..=8).contains(&pieces), "{pieces} writes");
    assert_eq!(app.count("sessions_all"), 0);
}

#[actix_web::test]
async fn codes_of_the_first_run_that_nobody_used_go_too() {
    let app = support::start().await;
    let operator = app.operator();
    app.app.make_setup_code(&operator).await.expect("a code");
    prune(&app).await;
    assert_eq!(app.count("setup_codes"), 1, "it can still be used");
    app.clock.advance(Duration::from_hours(1));
    prune(&app).await;
    assert_eq!(app.count("setup_codes"), 0);
}
