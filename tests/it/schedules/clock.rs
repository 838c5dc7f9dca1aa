//! Clocks that jump, and clocks that change twice a year.

use std::time::Duration;

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
    app.run_jobs().await;
    let acme = app.later("owner@acme.example", "acme").await;
    // The minute that is now is not missed.
    assert_eq!(acme.states().await, "done 102");
    let missed = app.ask("SELECT min(missed) FROM schedules_all");
    assert!(missed >= 9_900, "{missed}");
    after(&app, MINUTE).await;
    assert_eq!(acme.states().await, "done 105");
}

/// Two days before clocks change, as days of the year 2026: in spring and in autumn there.
const CHANGES: &[(&str, u32, u32)] = &[
    ("Europe/Berlin", 85, 295),
    ("America/New_York", 64, 302),
    // The other half of the globe, by half an hour.
    ("Australia/Lord_Howe", 273, 92),
];

#[actix_web::test]
async fn a_night_that_skips_its_time_has_one_run_and_so_has_one_that_shows_it_twice() {
    for (zone, spring, autumn) in CHANGES {
        for day in [spring, autumn] {
            let app = TestApp::start().await;
            app.tenant("acme").await;
            // At noon of Greenwich it is night in none of them.
            app.clock.advance(DAY * *day + 12 * HOUR);
            let acme = app.later("owner@acme.example", "acme").await;
            for (name, cron) in
                [("two", "15 2 * * *"), ("half past two", "30 2 * * *"), ("one", "45 1 * * *")]
            {
                let more = json!({ "name": name, "timezone": zone, "catchUp": { "all": 100 } });
                acme.schedule(cron, more).await;
            }
            for days in 1..=5 {
                after(&app, DAY).await;
                assert_eq!(app.count("jobs_all"), 3 * days, "{zone} {days} days after day {day}");
            }
        }
    }
}

#[actix_web::test]
async fn an_hourly_schedule_runs_each_real_hour_over_changes_of_the_clock() {
    for (zone, spring, autumn) in &CHANGES[..2] {
        for day in [spring, autumn] {
            let app = TestApp::start().await;
            app.tenant("acme").await;
            app.clock.advance(DAY * *day);
            let acme = app.later("owner@acme.example", "acme").await;
            acme.schedule("0 * * * *", json!({ "timezone": zone, "catchUp": { "all": 100 } })).await;
            // Hour by hour, and then from long after.
            for hours in 1..=80 {
                after(&app, HOUR).await;
                assert_eq!(app.count("jobs_all"), hours, "{zone} {hours} hours after day {day}");
            }
            let late = json!({ "name": "late", "timezone": zone, "catchUp": { "all": 100 } });
            app.clock.turn_back(80 * HOUR);
            app.later("owner@acme.example", "acme").await.schedule("0 * * * *", late).await;
            after(&app, 80 * HOUR).await;
            assert_eq!(app.count("jobs_all"), 160, "{zone} from long after day {day}");
        }
    }
}
