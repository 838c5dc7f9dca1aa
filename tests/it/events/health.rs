//! Health: what disables a handler, what does not, and how it comes back.

use std::time::Duration;

use serde_json::json;
use steading::kernel::events;

use crate::support::{TestApp, take_seen};

#[actix_web::test]
async fn five_different_events_that_fail_in_a_row_disable_the_handler_and_lose_nothing() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("disable").await;
    for n in 0..4 {
        acme.note(&format!("bad {n}")).await;
    }
    app.run_jobs().await;
    assert_eq!(acme.subscription("test.notes").await["state"], json!("enabled"));
    acme.note("bad 4").await;
    app.run_jobs().await;
    let shown = acme.subscription("test.notes").await;
    assert_eq!((&shown["state"], &shown["disabledFor"]), (&json!("disabled"), &json!("failures")));
    assert_eq!(shown["health"]["failuresInARow"], json!(5));
    let told = acme.get("/api/events?type=handler.disabled").await.expect(200).data();
    assert_eq!(told[0]["payload"]["handler"], json!("test.notes"));
    let audit = acme.get("/api/audit?action=subscription.disabled").await.expect(200).data();
    assert_eq!(audit[0]["actor"], json!("system"));

    take_seen("disable");
    let held: Vec<String> =
        futures_util::future::join_all((0..3).map(|n| acme.note(["x", "y", "z"][n]))).await;
    app.clock.advance(Duration::from_hours(1));
    app.run_jobs().await;
    assert_eq!(take_seen("disable"), Vec::<String>::new(), "nothing goes out, no retry either");
    let shown = acme.get(&held[0]).await.expect(200).data();
    assert_eq!(
        (&shown["deliveries"][0]["state"], &shown["deliveries"][0]["held"]),
        (&json!("pending"), &json!(true))
    );
    assert_eq!(acme.subscription("test.notes").await["waiting"], json!(8));

    let path = acme.subscription_path("test.notes").await;
    let enabled = acme.post(&format!("{path}/enable"), json!({})).await.expect(200).data();
    assert_eq!((&enabled["state"], &enabled["health"]["failuresInARow"]), (&json!("enabled"), &json!(0)));
}

#[actix_web::test]
async fn one_bad_event_among_good_ones_never_disables_a_handler() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("poison").await;
    let poison = acme.note("bad").await;
    for n in 0..10 {
        acme.note(&format!("good {n}")).await;
        app.run_jobs().await;
        app.clock.advance(Duration::from_mins(3));
    }
    app.clock.advance(Duration::from_mins(10));
    app.run_jobs().await;
    let shown = acme.subscription("test.notes").await;
    assert_eq!((&shown["state"], &shown["health"]["successes"]), (&json!("enabled"), &json!(10)));
    assert_eq!(acme.deliveries(&poison).await, ["dead"]);
}

#[actix_web::test]
async fn attempts_of_one_bad_event_count_once() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("once").await;
    for n in 0..3 {
        acme.note(&format!("bad {n}")).await;
    }
    super::run_out(&app).await;
    let later = app.later("owner@once.example", "once").await;
    let shown = later.subscription("test.notes").await;
    assert_eq!((&shown["state"], &shown["health"]["failuresInARow"]), (&json!("enabled"), &json!(12)));
}

#[actix_web::test]
async fn what_was_held_goes_out_in_the_order_of_arrival_at_a_bounded_rate() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("held").await;
    let path = acme.subscription_path("test.notes").await;
    acme.post(&format!("{path}/disable"), json!({})).await.expect(200);
    let texts: Vec<String> = (0..100).map(|n| format!("{n:03}")).collect();
    for text in &texts {
        acme.note(text).await;
    }
    app.run_jobs().await;
    acme.post(&format!("{path}/enable"), json!({})).await.expect(200);
    app.run_jobs().await;
    let at_once = take_seen("held");
    assert!(at_once.len() < 20, "{} went out at once", at_once.len());
    let mut seen = at_once;
    for _ in 0..200 {
        app.clock.advance(Duration::from_millis(20));
        app.run_jobs().await;
        seen.extend(take_seen("held"));
    }
    assert_eq!(seen, texts);
    acme.note("after").await;
    let rate =
        app.ask("SELECT count(*) FROM job_queues_all WHERE name = 'events.test.notes' AND rate IS NULL");
    assert_eq!(rate, 1, "nothing is held back any more");
}

#[actix_web::test]
async fn a_handler_that_probes_tries_one_held_delivery_now_and_then() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("probe").await;
    let path = acme.subscription_path("test.notes").await;
    acme.patch(&path, json!({ "recovery": "probe", "maxAttempts": 1 })).await.expect(200);
    for n in 0..5 {
        acme.note(&format!("bad {n}")).await;
    }
    app.run_jobs().await;
    assert_eq!(acme.subscription("test.notes").await["state"], json!("disabled"));
    for text in ["bad a", "bad b", "good", "fine"] {
        acme.note(text).await;
    }
    take_seen("probe");
    let kernel = app.app.kernel();
    for (minutes, tried) in [(1, "bad a"), (2, "bad b")] {
        app.clock.advance(Duration::from_secs(minutes * 60 - 1));
        assert_eq!(events::probe_once(kernel).await.expect("it looks"), 0, "not before {minutes} minutes");
        app.clock.advance(Duration::from_secs(1));
        assert_eq!(events::probe_once(kernel).await.expect("it looks"), 1);
        app.run_jobs().await;
        assert_eq!(take_seen("probe"), [tried]);
        assert_eq!(acme.subscription("test.notes").await["state"], json!("disabled"));
    }
    app.clock.advance(Duration::from_mins(4));
    events::probe_once(kernel).await.expect("it looks");
    for _ in 0..10 {
        app.run_jobs().await;
        app.clock.advance(Duration::from_secs(1));
    }
    assert_eq!(take_seen("probe"), ["good", "fine"]);
    assert_eq!(acme.subscription("test.notes").await["state"], json!("enabled"));
}

#[actix_web::test]
async fn a_disabled_handler_probes_from_when_it_is_told_to_until_it_is_told_not_to() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("learns").await;
    let path = acme.subscription_path("test.notes").await;
    for n in 0..5 {
        acme.note(&format!("bad {n}")).await;
    }
    app.run_jobs().await;
    assert_eq!(acme.subscription("test.notes").await["state"], json!("disabled"));
    let kernel = app.app.kernel();
    let minute = Duration::from_mins(1);
    app.clock.advance(minute);
    assert_eq!(events::probe_once(kernel).await.expect("it looks"), 0, "somebody looks");
    acme.patch(&path, json!({ "recovery": "probe" })).await.expect(200);
    app.clock.advance(minute);
    assert_eq!(events::probe_once(kernel).await.expect("it looks"), 1);
    acme.patch(&path, json!({ "recovery": "manual" })).await.expect(200);
    take_seen("learns");
    app.clock.advance(Duration::from_hours(1));
    assert_eq!(events::probe_once(kernel).await.expect("it looks"), 0);
    app.run_jobs().await;
    assert_eq!(take_seen("learns"), Vec::<String>::new());
    assert_eq!(acme.subscription("test.notes").await["state"], json!("disabled"));
}

#[actix_web::test]
async fn the_health_of_handlers_has_rates_and_times() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("rates").await;
    for text in ["a", "b", "bad"] {
        acme.note(text).await;
    }
    app.run_jobs().await;
    events::flush_metrics(app.app.kernel()).await.expect("they are written");
    acme.note("c").await;
    app.run_jobs().await;
    let health = acme.get("/api/handlers/health").await.expect(200).data();
    let notes = health.as_array().expect("a list").iter().find(|one| one["handler"] == json!("test.notes"));
    let notes = notes.expect("it is there");
    assert_eq!((&notes["delivered"], &notes["failed"], &notes["dead"]), (&json!(3), &json!(1), &json!(0)));
    assert!(notes["p50Millis"].as_f64().is_some_and(|time| time <= 1.0), "{notes}");
    let metrics = acme.get("/api/events/metrics").await.expect(200).data();
    let published = metrics.as_array().expect("a list").iter().find(|one| one["handler"].is_null());
    assert_eq!(published.expect("it is there")["published"], json!(4));
}

/// Whole hours are read from their own rows, and what lies before and after them minute by minute.
#[actix_web::test]
async fn a_span_of_metrics_is_the_sum_of_its_minutes_wherever_it_begins_and_ends() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("spans").await;
    let mut times = Vec::new();
    for minutes in [0, 1, 58, 1, 1, 61, 119, 7] {
        app.clock.advance(Duration::from_mins(minutes));
        times.push(app.clock.now());
        acme.note(&format!("at {minutes}")).await;
        events::flush_metrics(app.app.kernel()).await.expect("they are written");
    }
    let begin = times[0] - Duration::from_mins(3);
    for (from, to) in
        [(0, 300), (0, 5), (3, 3 + 59), (4, 4 + 61), (2, 200), (64, 190), (120, 251), (290, 300)]
    {
        let (since, until) = (begin + Duration::from_mins(from), begin + Duration::from_mins(to));
        let path = format!("/api/events/metrics?since={since}&until={until}");
        let metrics = acme.get(&path).await.expect(200).data();
        let counted: i64 =
            metrics.as_array().expect("a list").iter().filter_map(|one| one["published"].as_i64()).sum();
        let minute = |at: steading::base::Timestamp| at.millis().div_euclid(60_000);
        let span = minute(since)..=minute(until);
        let there = times.iter().filter(|at| span.contains(&minute(**at))).count();
        assert_eq!(counted, there as i64, "from {since} to {until}: {metrics}");
    }
}

#[actix_web::test]
async fn the_figures_of_a_handler_lie_where_they_happened() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("course").await;
    acme.note("early").await;
    app.run_jobs().await;
    events::flush_metrics(app.app.kernel()).await.expect("they are written");
    app.clock.advance(Duration::from_hours(12));
    for text in ["late", "bad"] {
        acme.note(text).await;
    }
    app.run_jobs().await;
    let id = acme.subscription("test.notes").await["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/handlers/{id}/metrics");
    let course = acme.get(&path).await.expect(200).data();
    let course = course.as_array().expect("a list");
    let of = |name: &str| course.iter().map(|one| one[name].as_i64().expect("a number")).collect::<Vec<_>>();
    assert!(course.len() <= 48 && course.is_sorted_by_key(|one| one["at"].to_string()), "{course:?}");
    assert_eq!((of("delivered").iter().sum::<i64>(), of("failed").iter().sum::<i64>()), (2, 1));
    let places = |figures: Vec<i64>| -> Vec<usize> {
        figures.iter().enumerate().filter(|(_, figure)| **figure > 0).map(|(place, _)| place).collect()
    };
    assert_eq!(places(of("failed")), [course.len() - 1], "it failed just now");
    let early = places(of("delivered"))[0];
    assert!((course.len() - 1 - early).abs_diff(course.len() / 2) <= 1, "half a day ago: {early}");
    acme.get(&format!("{path}?since=2030-01-02T00:00:00Z&until=2030-01-01T00:00:00Z")).await.expect(422);
    let (_, globex) = app.tenant("other-course").await;
    globex.get(&path).await.expect(404);
}
