//! The dashboard for Grafana: every query names figures that there are.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{Figures, reader};
use crate::support::TestApp;

/// Everything under a key of this name.
fn all<'v>(value: &'v Value, key: &str, found: &mut Vec<&'v str>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, field)| match field.as_str() {
            Some(text) if name == key => found.push(text),
            _ => all(field, key, found),
        }),
        Value::Array(items) => items.iter().for_each(|item| all(item, key, found)),
        _ => {}
    }
}

/// The figures that a query names.
fn named_in(query: &str) -> BTreeSet<&str> {
    let words = query.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words.filter(|word| word.starts_with("steading_") || word.starts_with("process_")).collect()
}

#[actix_web::test]
async fn every_query_of_the_dashboard_names_a_figure_that_there_is() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/grafana/steading.json");
    let text = fs::read_to_string(path).expect("the dashboard");
    let dashboard: Value = serde_json::from_str(&text).expect("JSON");
    let mut queries = Vec::new();
    all(&dashboard, "expr", &mut queries);
    assert!(queries.len() > 20, "the queries lie elsewhere");
    let app = TestApp::start().await;
    let figures = Figures::read(&reader(&app).await).await;
    let mut seen = BTreeSet::new();
    for query in queries {
        let named = named_in(query);
        assert!(!named.is_empty(), "{query} names none");
        for name in named {
            let base = ["_bucket", "_sum", "_count"].iter().find_map(|ending| name.strip_suffix(ending));
            let is_known = |name: &str, sort: &str| {
                figures
                    .families
                    .iter()
                    .any(|(known, kind)| known == name && (sort.is_empty() || kind == sort))
            };
            let exists = is_known(name, "") || base.is_some_and(|base| is_known(base, "histogram"));
            assert!(exists, "{query} names {name}, which is no figure");
            seen.insert(base.unwrap_or(name).to_owned());
        }
    }
    let told: BTreeSet<String> = figures.families.iter().map(|(name, _)| name.clone()).collect();
    let unseen: Vec<&String> = told.difference(&seen).collect();
    assert!(unseen.len() < told.len() / 3, "much is counted that nobody sees: {unseen:?}");
}
