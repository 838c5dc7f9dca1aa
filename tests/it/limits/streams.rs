//! How many may follow what happens.

use steading::base::config::Config;
use steading::kernel::events::EventFeed;
use steading::kernel::jobs::{Feed, JobFilter};

use crate::support::TestApp;

fn two_and_one_each(config: &mut Config) {
    (config.limits.streams, config.limits.streams_per_tenant) = (2, 1);
}

#[actix_web::test]
async fn so_many_follow_as_the_options_say_and_the_refusal_names_the_option() {
    let app = TestApp::start_with(two_and_one_each).await;
    let mut tenants = Vec::new();
    for slug in ["acme", "umbrella", "initech"] {
        let (tenant, _) = app.tenant(slug).await;
        tenants.push(steading::kernel::Who { tenant: std::sync::Arc::new(tenant), ..app.operator() });
    }
    let kernel = app.app.kernel();
    let events = |nth: usize| EventFeed::begin(kernel, &tenants[nth], None, None).map_err(|e| e.to_string());
    let jobs =
        |nth: usize| Feed::begin(kernel, &tenants[nth], JobFilter::default()).map_err(|e| e.to_string());
    let refused = |answer: Result<(), String>| answer.expect_err("it is one too many");

    let (first_of_events, first_of_jobs) = (events(0).expect("it begins"), jobs(0).expect("it begins"));
    for refusal in [refused(events(0).map(drop)), refused(jobs(0).map(drop))] {
        assert!(refusal.contains("limits.streams_per_tenant"), "{refusal}");
    }
    let seconds = (events(1).expect("it begins"), jobs(1).expect("it begins"));
    for refusal in [refused(events(2).map(drop)), refused(jobs(2).map(drop))] {
        assert!(refusal.contains("(limits.streams)"), "{refusal}");
    }
    drop((first_of_events, first_of_jobs));
    assert!(events(2).is_ok() && jobs(2).is_ok(), "who goes makes room");
    drop(seconds);
}
