//! Clocks that jump, and clocks that change twice a year.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{DAY, HOUR, MINUTE, after};
use crate::support::TestApp;

#[actix_web::test]
async fn a_clock_that_jumps_back_does_not_fire_again_what_fired() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let hourly = acme.schedule("@hourly", json!({})).await;
    for _ in 0..3 {
        after(&app, HOUR).await;
    }
    app.clock.turn_back(2 * HOUR + 30 * MINUTE);
    let app = app.restart().await;
    let acme = acme.at(&app.url);
    for _ in 0..5 {
        after(&app, 30 * MINUTE).await;
        assert_eq!(acme.fired(&hourly).await.len(), 3);
    }
    after(&app, HOUR).await;
    let fired = acme.fired(&hourly).await;
    assert_eq!(fired, ["01-01 01:00 done", "01-01 02:00 done", "01-01 03:00 done", "01-01 04:00 done"]);
}

#[actix_web::test]
async fn what_fired_does_not_fire_again_even_when_the_line_changes_on_a_clock_turned_back() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    let hourly = acme.schedule("0 * * * *", json!({})).await;
    for _ in 0..3 {
        after(&app, HOUR).await;
    }
    app.clock.turn_back(2 * HOUR + 30 * MINUTE);
    acme.patch(&hourly, json!({ "cron": "*/30 * * * *" })).await.expect(200);
    for _ in 0..4 {
        after(&app, 30 * MINUTE).await;
    }
    let fired = acme.fired(&hourly).await;
    let expected =
        ["01-01 01:00 done", "01-01 01:30 done", "01-01 02:00 done", "01-01 02:30 done", "01-01 03:00 done"];
    assert_eq!(fired, expected);
    assert_eq!(acme.states().await, "done 5");
}

#[actix_web::test]
async fn a_clock_that_jumps_a_year_ahead_starts_no_storm() {
    let app = TestApp::start().await;
    let (_, acme) = app.tenant("acme").await;
    for (name, catch_up) in [("skip", json!("skip")), ("once", json!("once")), ("all", json!({ "all": 100 }))]
    {
        acme.schedule("* * * * *", json!({ "name": name, "catchUp": catch_up })).await;
    }
    app.clock.advance(366 * DAY + Duration::from_secs(30));
    let began = Instant::now();
    app.run_jobs().await;
    println!("a year of minutes was caught up in {:?}", began.elapsed());
    let acme = app.later("owner@acme.example", "acme").await;
    // The minute that is now is not missed.
    assert_eq!(acme.states().await, "done 102");
    let missed = app.ask("SELECT min(missed) FROM schedules_all");
    assert!(missed >= 9_900, "{missed}");
    after(&app, MINUTE).await;
    assert_eq!(acme.states().await, "done 105");
}

#[actix_web::test]
async fn a_night_that_skips_an_hour_has_its_run_and_one_that_has_it_twice_has_one() {
    for (zone, cron, spring, autumn) in [
        ("Europe/Berlin", "30 2 * * *", "03-29 01:00", "10-25 00:30"),
        ("America/New_York", "30 2 * * *", "03-08 07:00", "11-01 07:30"),
        ("Australia/Lord_Howe", "45 1 * * *", "10-03 15:15", "04-04 14:45"),
    ] {
        let app = TestApp::start().await;
        let (_, acme) = app.tenant("acme").await;
        let nightly = acme.schedule(cron, json!({ "timezone": zone })).await;
        for _ in 0..365 {
            after(&app, DAY).await;
        }
        assert_eq!(app.count("jobs_all"), 365, "{zone}");
        let id = nightly.rsplit('/').next().expect("an id");
        for due in [spring, autumn] {
            let (day, time) = due.split_once(' ').expect("two words");
            let jobs = app.ask(&format!(
                "SELECT count(*) FROM jobs_all WHERE cause = 'schedule:{id}'
                 AND created_at / 86400000 = unixepoch('2026-{day} {time}') / 86400"
            ));
            assert!(jobs <= 1, "{zone} on {day}");
        }
    }
}

#[actix_web::test]
async fn an_hourly_schedule_runs_each_real_hour_of_the_year() {
    for zone in ["Europe/Berlin", "America/New_York"] {
        let app = TestApp::start().await;
        let (_, acme) = app.tenant("acme").await;
        acme.schedule("0 * * * *", json!({ "timezone": zone, "catchUp": { "all": 100 } })).await;
        let mut seen = 0;
        for _ in 0..(365 * 2) {
            after(&app, 12 * HOUR).await;
            seen += 12;
            assert_eq!(app.count("jobs_all"), seen, "{zone}");
        }
    }
}
