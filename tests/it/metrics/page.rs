//! The form of the page, by the rules of the text format.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Figures, reader};
use crate::support::TestApp;

#[actix_web::test]
async fn every_figure_says_what_it_is_once_and_is_called_as_its_sort_is() {
    let app = TestApp::start().await;
    let root = reader(&app).await;
    let text = root.get("/metrics").await.expect(200).text;
    let figures = Figures::parse(&text);
    let names: BTreeSet<&String> = figures.families.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), figures.families.len(), "a figure is there twice");
    let helped: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# HELP ")?.split_once(' '))
        .map(|(name, _)| name)
        .collect();
    let typed: Vec<&str> = figures.families.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(helped, typed);
    for (name, kind) in &figures.families {
        assert!(name.starts_with("steading_") || name.starts_with("process_"), "{name}");
        assert_eq!(name.ends_with("_total"), kind == "counter", "{name} is a {kind}");
    }
    assert!(text.ends_with('\n'));
}

#[actix_web::test]
async fn buckets_add_up_to_the_count() {
    let app = TestApp::start().await;
    let root = reader(&app).await;
    root.get("/api/tenants").await.expect(200);
    let figures = Figures::read(&root).await;
    for (name, _) in figures.families.iter().filter(|(_, kind)| kind == "histogram") {
        let buckets = figures.beginning(&format!("{name}_bucket"));
        assert!(!buckets.is_empty(), "{name}");
        for (last, sum) in buckets.iter().filter(|(bucket, _)| bucket.contains("le=\"+Inf\"")) {
            let others = last.replace("le=\"+Inf\"", "").replace(",}", "}").replace("{}", "");
            assert_eq!(*sum, figures.of(&others.replace("_bucket", "_count")), "{last}");
        }
    }
}

#[actix_web::test]
async fn whatever_tenants_do_the_page_stays_small() {
    let app = TestApp::start().await;
    let root = reader(&app).await;
    let (_, acme) = app.tenant("acme").await;
    let before = root.get("/metrics").await.expect(200).text.lines().count();
    for number in 0..120 {
        acme.post("/api/queues", json!({ "name": format!("queue-{number}") })).await.expect(201);
        acme.enqueue_with(
            json!({ "does": "succeed", "name": "figures" }),
            json!({ "queue": format!("queue-{number}") }),
        )
        .await;
        acme.get(&format!("/api/no-such-thing-{number}")).await.expect(404);
        acme.get(&format!("/api/requests/{number}?x={number}")).await;
    }
    let text = root.get("/metrics").await.expect(200).text;
    assert!(text.contains("queue=\"other\""), "{text}");
    assert!(text.lines().count() < before + 200, "{}", text.lines().count());
}
