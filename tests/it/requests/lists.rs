//! The list: its filters, its sorts, and pages that give each row exactly once.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Caller, TestApp};

const PATH: &str = "/api/requests";

/// All pages of a list, one after the other.
async fn every_page(acme: &Caller, query: &str, limit: usize) -> Vec<Value> {
    let (mut rows, mut next) = (Vec::new(), String::new());
    loop {
        let page = acme.get(&format!("{PATH}?{query}&limit={limit}{next}")).await.expect(200);
        let found = page.data().as_array().expect("a list").clone();
        assert!(found.len() <= limit);
        rows.extend(found);
        assert!(rows.len() < 1_000, "the pages come to an end");
        let Some(cursor) = page.next_cursor() else { return rows };
        next = format!("&cursor={cursor}");
    }
}

fn titles(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["title"].as_str().expect("a title")).collect()
}

/// Requests of every priority, some due, some at the same moment as others.
async fn fill(app: &TestApp, acme: &Caller) {
    for index in 0..24 {
        let priority = ["low", "normal", "high", "urgent"][index % 4];
        let due = (index % 3 != 0).then(|| format!("2026-02-{:02}T00:00:00.000Z", 1 + index % 5));
        let body = json!({ "title": format!("{index:02}"), "priority": priority, "dueAt": due });
        acme.post(PATH, body).await.expect(201);
        if index % 6 == 5 {
            app.clock.advance(Duration::from_secs(1));
        }
        if index == 12 {
            app.clock.turn_back(Duration::from_hours(1));
        }
    }
}

#[actix_web::test]
async fn pages_of_every_sort_give_each_row_exactly_once_and_in_order() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    fill(&app, &acme).await;
    let text = |row: &Value, field: &str| row[field].as_str().unwrap_or("9").to_owned();
    let rank =
        |row: &Value| ["low", "normal", "high", "urgent"].iter().position(|name| row["priority"] == *name);
    for limit in [1, 5, 24, 200] {
        for sort in ["newest", "oldest", "due", "priority"] {
            let rows = every_page(&acme, &format!("sort={sort}"), limit).await;
            let distinct: BTreeSet<&str> = titles(&rows).into_iter().collect();
            assert_eq!((rows.len(), distinct.len()), (24, 24), "{sort} {limit}");
            let in_order = rows.windows(2).all(|pair| {
                let (a, b) = (&pair[0], &pair[1]);
                // Titles are numbers in the order in which the requests came.
                let came = (text(a, "title"), text(b, "title"));
                match sort {
                    "newest" => came.0 > came.1,
                    "oldest" => came.0 < came.1,
                    "due" => text(a, "dueAt") <= text(b, "dueAt"),
                    _ => rank(a) > rank(b) || (rank(a) == rank(b) && came.0 > came.1),
                }
            });
            assert!(in_order, "{sort} {limit}: {:?}", titles(&rows));
        }
    }
    let default = every_page(&acme, "", 200).await;
    assert_eq!(default, every_page(&acme, "sort=newest", 200).await);
}

#[actix_web::test]
async fn rows_of_the_same_moment_keep_the_order_in_which_they_came() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let names: Vec<String> = (0..10).map(|index| index.to_string()).collect();
    for name in &names {
        acme.post(PATH, json!({ "title": name })).await.expect(201);
    }
    assert_eq!(titles(&every_page(&acme, "sort=oldest", 3).await), names);
    let backwards: Vec<&String> = names.iter().rev().collect();
    assert_eq!(titles(&every_page(&acme, "sort=newest", 3).await), backwards);
    assert_eq!(titles(&every_page(&acme, "sort=priority", 3).await), backwards);
    assert_eq!(titles(&every_page(&acme, "sort=due", 3).await), names);
}

#[actix_web::test]
async fn a_row_that_comes_while_somebody_pages_moves_no_other() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    for title in ["a", "b", "c", "d"] {
        acme.post(PATH, json!({ "title": title })).await.expect(201);
    }
    let first = acme.get(&format!("{PATH}?limit=2")).await.expect(200);
    let next = first.next_cursor().expect("a second page");
    acme.post(PATH, json!({ "title": "e" })).await.expect(201);
    let gone = first.data()[1]["id"].as_str().expect("an id").to_owned();
    acme.delete(&format!("{PATH}/{gone}")).await.expect(200);
    let second = acme.get(&format!("{PATH}?limit=2&cursor={next}")).await.expect(200).data();
    assert_eq!(titles(second.as_array().expect("a list")), ["b", "a"]);
}

#[actix_web::test]
async fn filters_narrow_a_list_alone_and_together() {
    let app = TestApp::start().await;
    let (acme_itself, acme) = app.tenant("acme").await;
    let ada = app.account("ada@example.org", false).await;
    app.join(&acme_itself, &ada).await;
    for (title, priority, assignee, due, status) in [
        ("a", "low", true, Some("2026-02-01T00:00:00.000Z"), None),
        ("b", "high", true, None, Some("approved")),
        ("c", "high", false, Some("2026-02-02T00:00:00.000Z"), None),
        ("d", "high", true, Some("2026-02-03T00:00:00.000Z"), Some("approved")),
    ] {
        let assignee = assignee.then_some(ada.id);
        let body = json!({ "title": title, "priority": priority, "assignee": assignee, "dueAt": due });
        let opened = acme.post(PATH, body).await.expect(201).data();
        if let Some(to) = status {
            let path = format!("{PATH}/{}/transition", opened["id"].as_str().expect("an id"));
            acme.post(&path, json!({ "to": to })).await.expect(200);
        }
    }
    let ada = format!("assignee={}", ada.id);
    for (query, expected) in [
        ("status=open".to_owned(), vec!["a", "c"]),
        ("status=approved".into(), vec!["b", "d"]),
        ("status=done".into(), vec![]),
        ("priority=high".into(), vec!["b", "c", "d"]),
        ("priority=normal".into(), vec![]),
        (ada.clone(), vec!["a", "b", "d"]),
        ("assignee=0198c1de-7f00-7000-8000-000000000000".into(), vec![]),
        ("dueBefore=2026-02-02T00:00:00.000Z".into(), vec!["a"]),
        ("dueBefore=2026-02-02T00:00:00.001Z".into(), vec!["a", "c"]),
        ("dueBefore=9999-01-01T00:00:00.000Z".into(), vec!["a", "c", "d"]),
        (format!("{ada}&priority=high"), vec!["b", "d"]),
        (format!("{ada}&priority=high&status=approved&dueBefore=2027-01-01T00:00:00Z"), vec!["d"]),
    ] {
        for sort in ["oldest", "newest", "due", "priority"] {
            let rows = every_page(&acme, &format!("{query}&sort={sort}"), 1).await;
            let mut found = titles(&rows);
            found.sort_unstable();
            assert_eq!(found, expected, "{query} {sort}");
        }
    }
}
