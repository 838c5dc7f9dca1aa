//! Limits that change while the server runs.

use super::ask_until_refused;
use crate::support::TestApp;

const LIST: &str = "/api/requests";

#[actix_web::test]
async fn limits_and_trusted_proxies_change_without_a_restart() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    acme.get(LIST).await.expect(200);
    app.clock.advance(std::time::Duration::from_secs(1));
    let mut config = app.app.config.clone();
    config.limits.burst = "1s".parse().expect("a length of time");
    config.limits.user_reads = 2;
    config.limits.address_reads = 1;
    config.limits.jobs_per_day = 7;
    config.server.trusted_proxies = vec!["127.0.0.1".parse().expect("an address")];
    app.app.reload(&config);
    assert_eq!(ask_until_refused(&acme, LIST, 10).await.0, 2);
    let from = |address: &str| app.nobody().with_header("x-forwarded-for", address);
    for address in ["192.0.2.1", "192.0.2.2"] {
        from(address).get("/api").await.expect(200);
        from(address).get("/api").await.expect(429);
    }
    config.limits.rates = false;
    app.app.reload(&config);
    for _ in 0..10 {
        acme.get(LIST).await.expect(200);
    }
    let shown = acme.get("/api/limits").await.expect(200).data();
    assert_eq!(shown["jobsPerDay"]["limit"], 7);
    assert!(shown["rates"].as_array().expect("a list").iter().all(|rate| rate["perSecond"].is_null()));
}
