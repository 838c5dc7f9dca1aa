//! `/readyz`, which everybody may ask, so it tells no secrets.

use std::fs;

use crate::support::{TestApp, expect_shape};

#[actix_web::test]
async fn what_is_in_the_way_is_named_without_the_place_of_the_data() {
    let app = TestApp::start().await;
    let (place, elsewhere) = (app.dir.path().join("data"), app.dir.path().join("elsewhere"));
    fs::rename(&place, &elsewhere).expect("the directory is moved away");
    let reply = app.nobody().get("/readyz").await.expect(503);
    expect_shape(&reply);
    assert!(reply.message().contains("disk"), "{}", reply.text);
    let place = place.to_str().expect("a path");
    assert!(!reply.text.contains(place), "{}", reply.text);
    let error = app.app.prove_writable().await.expect_err("there is nowhere to write");
    assert!(!error.message().contains(place), "{error}");
    fs::rename(&elsewhere, app.dir.path().join("data")).expect("the directory is moved back");
    app.nobody().get("/readyz").await.expect(200);
}
