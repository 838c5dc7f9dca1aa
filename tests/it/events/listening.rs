//! Who listens is kept in memory: the next event knows of every change that stands, and of none that
//! was undone.

use serde_json::json;

use steading::base::db::Write;
use steading::base::{Error, Result};
use steading::kernel::events::{disable_subscription, find_handler};
use steading::kernel::{Hand, Who};

use crate::support::TestApp;

#[actix_web::test]
async fn the_next_event_goes_by_every_change() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let reached = async |event_type: &str| {
        let body = json!({ "type": event_type, "payload": { "n": 1 } });
        acme.post("/api/events", body).await.expect(202).data()["deliveries"].clone()
    };
    assert_eq!(reached("order.paid").await, json!(0));
    let new = json!({ "name": "orders", "pattern": "order.*", "target": { "job": "system.ping" } });
    acme.post("/api/subscriptions", new).await.expect(201);
    assert_eq!(reached("order.paid").await, json!(1));
    let path = acme.subscription_path("orders").await;
    acme.patch(&path, json!({ "pattern": "invoice.*" })).await.expect(200);
    assert_eq!((reached("order.paid").await, reached("invoice.made").await), (json!(0), json!(1)));
    acme.patch(&path, json!({ "filter": { "n": 2 } })).await.expect(200);
    assert_eq!(reached("invoice.made").await, json!(0));
    acme.patch(&path, json!({ "filter": null })).await.expect(200);
    acme.delete(&path).await.expect(200);
    assert_eq!(reached("invoice.made").await, json!(0));
}

#[actix_web::test]
async fn a_change_that_is_undone_is_not_gone_by() {
    let app = TestApp::start().await;
    let (tenant, acme) = app.tenant("listening-undone").await;
    let who = Who { tenant: tenant.into(), ..app.operator() };
    let disabled_and_undone = async || {
        let (by, now) = (who.clone(), app.clock.now());
        let write = move |tx: &Write<'_>| -> Result<()> {
            let notes = find_handler(tx, "test.notes")?.expect("it is there");
            disable_subscription(tx, &Hand::of_server(by.clone()), notes.id, now)?;
            Err(Error::conflict("undo it"))
        };
        app.app.kernel().db.write(&who, write).await.expect_err("it was undone");
    };
    // Once before anybody listened is known, and once after.
    disabled_and_undone().await;
    let first = acme.note("one").await;
    disabled_and_undone().await;
    let second = acme.note("two").await;
    app.run_jobs().await;
    for event in [&first, &second] {
        assert_eq!(acme.deliveries(event).await, ["delivered"]);
    }
    let notes = acme.subscription("test.notes").await;
    assert_eq!((&notes["state"], &notes["health"]["successes"]), (&json!("enabled"), &json!(2)), "{notes}");
}
