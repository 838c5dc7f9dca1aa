//! The live tail: nothing is missed by who connects again.

use serde_json::json;
use steading::base::Id;
use steading::kernel::events::{Event, EventFeed};

use crate::support::TestApp;

#[actix_web::test]
async fn who_connects_again_goes_on_after_the_last_event_that_came() {
    let app = TestApp::start().await;
    let (tenant, acme) = app.tenant("acme").await;
    let publish = async |event_type: &str| -> Id<Event> {
        let data = acme.post("/api/events", json!({ "type": event_type })).await.expect(202).data();
        data["eventId"].as_str().expect("an id").parse().expect("an id")
    };
    let first = publish("order.paid").await;
    let who = steading::kernel::Who { tenant: std::sync::Arc::new(tenant), ..app.operator() };
    let kernel = app.app.kernel();
    let pattern = "order.*".parse().ok();
    let mut fresh = EventFeed::begin(kernel, &who, pattern.clone(), None).expect("it begins");
    publish("other.thing").await;
    let second = publish("order.sent").await;
    assert_eq!(fresh.next().await.id, second, "it begins with what comes next, and hears its pattern alone");
    let mut again = EventFeed::begin(kernel, &who, pattern, Some(first)).expect("it begins");
    assert_eq!(again.next().await.id, second);
    let waiting = tokio::spawn(async move { fresh.next().await.id });
    let third = publish("order.back").await;
    assert_eq!((waiting.await.expect("it comes"), again.next().await.id), (third, third));
}

#[actix_web::test]
async fn a_wrong_place_to_go_on_from_is_refused() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    acme.get("/api/events/stream?pattern=order").await.expect(422);
    acme.get("/api/events/stream?after=x").await.expect(422);
}
