//! Cron lines over the days on which clocks change, and what no line and no zone is.

use jiff::Zoned;
use proptest::prelude::*;

use super::*;

fn cron(line: &str) -> Cron {
    line.parse().unwrap_or_else(|why| panic!("{line} {why}"))
}

fn zone(name: &str) -> Zone {
    name.parse().unwrap_or_else(|why| panic!("{name} {why}"))
}

fn shown(zone: &Zone, at: Timestamp) -> Zoned {
    jiff::Timestamp::from_millisecond(at.millis()).expect("a time").to_zoned(zone.0.clone())
}

/// Every time that the line fires from one local time to before another, as local times.
fn times(line: &str, zone_name: &str, from: &str, to: &str) -> Vec<String> {
    let (cron, zone) = (cron(line), zone(zone_name));
    let moment = |text: &str| {
        let shown: DateTime = text.parse().expect("a local time");
        Timestamp::from_millis(
            shown.to_zoned(zone.0.clone()).expect("it exists").timestamp().as_millisecond(),
        )
    };
    let (from, to) = (moment(from), moment(to));
    let just_before = Timestamp::from_millis(from.millis() - 1);
    let first = cron.next_after(&zone, just_before);
    let found: Vec<Timestamp> = std::iter::successors(first, |last| cron.next_after(&zone, *last))
        .take_while(|at| *at < to)
        .collect();
    found.iter().map(|at| shown(&zone, *at).strftime("%d %H:%M %:z").to_string()).collect()
}

#[test]
fn a_nightly_line_fires_once_on_the_day_that_skips_its_time() {
    // Clocks go from 02:00 to 03:00.
    let spring = times("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00", "2026-03-31T00:00");
    assert_eq!(spring, ["28 02:30 +01:00", "29 03:00 +02:00", "30 02:30 +02:00"]);
    let spring = times("30 2 * * *", "America/New_York", "2026-03-07T00:00", "2026-03-10T00:00");
    assert_eq!(spring, ["07 02:30 -05:00", "08 03:00 -04:00", "09 02:30 -04:00"]);
    // By half an hour, from 02:00 to 02:30.
    let spring = times("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00", "2026-10-06T00:00");
    assert_eq!(spring, ["03 02:15 +10:30", "04 02:30 +11:00", "05 02:15 +11:00"]);
}

#[test]
fn a_nightly_line_fires_once_on_the_day_that_shows_its_time_twice() {
    let autumn = times("30 2 * * *", "Europe/Berlin", "2026-10-24T00:00", "2026-10-27T00:00");
    assert_eq!(autumn, ["24 02:30 +02:00", "25 02:30 +02:00", "26 02:30 +01:00"]);
    let autumn = times("30 1 * * *", "America/New_York", "2026-10-31T00:00", "2026-11-03T00:00");
    assert_eq!(autumn, ["31 01:30 -04:00", "01 01:30 -04:00", "02 01:30 -05:00"]);
    let autumn = times("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00", "2026-04-07T00:00");
    assert_eq!(autumn, ["04 01:45 +11:00", "05 01:45 +11:00", "06 01:45 +10:30"]);
}

#[test]
fn a_line_that_names_several_times_keeps_each_of_them() {
    let spring = times("0,30 2,14 * * *", "Europe/Berlin", "2026-03-29T00:00", "2026-03-30T00:00");
    assert_eq!(spring, ["29 03:00 +02:00", "29 14:00 +02:00", "29 14:30 +02:00"]);
    let autumn = times("30 2,14 * * *", "Europe/Berlin", "2026-10-25T00:00", "2026-10-26T00:00");
    assert_eq!(autumn, ["25 02:30 +02:00", "25 14:30 +01:00"]);
}

#[test]
fn an_hourly_line_fires_in_each_real_hour() {
    for line in ["0 * * * *", "0 0-23 * * *", "@hourly"] {
        let spring = times(line, "Europe/Berlin", "2026-03-29T01:00", "2026-03-29T05:00");
        assert_eq!(spring, ["29 01:00 +01:00", "29 03:00 +02:00", "29 04:00 +02:00"], "{line}");
        let autumn = times(line, "Europe/Berlin", "2026-10-25T01:00", "2026-10-25T04:00");
        let twice = ["25 01:00 +02:00", "25 02:00 +02:00", "25 02:00 +01:00", "25 03:00 +01:00"];
        assert_eq!(autumn, twice, "{line}");
        let spring = times(line, "America/New_York", "2026-03-08T01:00", "2026-03-08T04:00");
        assert_eq!(spring, ["08 01:00 -05:00", "08 03:00 -04:00"], "{line}");
        let autumn = times(line, "America/New_York", "2026-11-01T00:00", "2026-11-01T03:00");
        let twice = ["01 00:00 -04:00", "01 01:00 -04:00", "01 01:00 -05:00", "01 02:00 -05:00"];
        assert_eq!(autumn, twice, "{line}");
    }
}

#[test]
fn where_half_an_hour_is_skipped_a_line_follows_the_clock_on_the_wall() {
    // The clock never shows 02:00 to 02:29, and 01:30 to 01:59 twice.
    let spring = times("*/30 * * * *", "Australia/Lord_Howe", "2026-10-04T01:30", "2026-10-04T03:30");
    assert_eq!(spring, ["04 01:30 +10:30", "04 02:30 +11:00", "04 03:00 +11:00"]);
    let autumn = times("*/30 * * * *", "Australia/Lord_Howe", "2026-04-05T01:00", "2026-04-05T02:30");
    assert_eq!(autumn, ["05 01:00 +11:00", "05 01:30 +11:00", "05 01:30 +10:30", "05 02:00 +10:30"]);
}

#[test]
fn looking_back_from_within_the_repeated_hour_stays_before_it() {
    let (cron, zone) = (cron("0 * * * *"), zone("America/New_York"));
    let second: Timestamp = "2026-11-01T06:00:00Z".parse().expect("a time");
    let first: Timestamp = "2026-11-01T05:00:00Z".parse().expect("a time");
    assert_eq!(cron.last_until(&zone, second), Some(second));
    assert_eq!(cron.last_until(&zone, Timestamp::from_millis(second.millis() - 1)), Some(first));
}

#[test]
fn a_day_may_begin_late() {
    // In Cairo the clock goes from midnight to one.
    let days = times("0 0 * * *", "Africa/Cairo", "2026-04-23T00:00", "2026-04-26T00:00");
    assert_eq!(days, ["23 00:00 +02:00", "24 01:00 +03:00", "25 00:00 +03:00"]);
}

#[test]
fn the_last_of_february_comes_every_fourth_year() {
    let leap = times("0 12 29 2 *", "UTC", "2026-01-01T00:00", "2036-01-01T00:00");
    assert_eq!(leap, ["29 12:00 +00:00", "29 12:00 +00:00"]);
}

#[test]
fn what_never_fires_is_refused() {
    for line in ["0 0 30 2 *", "* * 31 4,6,9,11 *", "0 0 30,31 2 *"] {
        let why = line.parse::<Cron>().expect_err(line);
        assert!(why.contains("never fires"), "{line}: {why}");
    }
}

#[test]
fn a_line_may_name_only_minutes_that_its_zone_always_skips() {
    let (line, now) = (cron("* 2 * 3 SUNL"), Timestamp::from_millis(1_767_225_600_000));
    assert_eq!(line.next_after(&zone("Europe/Berlin"), now), None);
    assert!(line.next_after(&zone("UTC"), now).is_some());
}

#[test]
fn what_is_no_line_is_refused() {
    for line in [
        "",
        " ",
        "*",
        "* * * *",
        "* * * * * *",
        "*/5 * * * * *",
        "0 0 1 1 * * 2030",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "a b c d e",
        "@reboot",
        "@every 5m",
        "5-1 * * * *",
        "*/0 * * * *",
        "-1 * * * *",
        "* * * * \u{0}",
        "🔥 * * * *",
        "99999999999999999999 * * * *",
    ] {
        assert!(line.parse::<Cron>().is_err(), "{line:?}");
    }
    assert!("1,".repeat(200).parse::<Cron>().is_err());
}

#[test]
fn a_zone_has_its_name_however_it_was_written() {
    for (name, canonical) in
        [("UTC", "UTC"), ("europe/berlin", "Europe/Berlin"), ("America/New_York", "America/New_York")]
    {
        assert_eq!(zone(name).name(), canonical);
    }
    for name in
        ["", "Mars/Olympus", "Etc/Unknown", "CEST", "+02:00", "EST5EDT,M3.2.0,M11.1.0", "../UTC", "local"]
    {
        assert!(name.parse::<Zone>().is_err(), "{name}");
    }
}

fn lines() -> impl Strategy<Value = String> {
    let minute = prop_oneof!["0", "[1-5]?[0-9]", "\\*", "\\*/[1-9]", "[0-9],[3-5][0-9]", "1[0-9]-4[0-9]"];
    let hour = prop_oneof!["[0-3]", "1?[0-9]", "\\*", "\\*/[1-6]", "[0-2],1[0-9]", "[0-2]-[3-9]", "0-23"];
    let day = prop_oneof![6 => "\\*", 1 => "[1-9]", 1 => "2[0-8]", 1 => "L"];
    let month = prop_oneof![6 => "\\*", 1 => "3", 1 => "10,11", 1 => "[1-6]-9"];
    let weekday = prop_oneof![6 => "\\*", 1 => "[0-7]", 1 => "MON-FRI", 1 => "SUN#1", 1 => "SUNL"];
    (minute, hour, day, month, weekday)
        .prop_map(|(minute, hour, day, month, weekday)| format!("{minute} {hour} {day} {month} {weekday}"))
}

const ZONES: &[&str] = &[
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "America/Santiago",
    "Africa/Casablanca",
    "Pacific/Chatham",
    "Antarctica/Troll",
    "America/Havana",
];

/// A moment of the years 2024 to 2030, often close to a change of the zone's clock.
fn moment_in(zone: &Zone, hour: i64, near: bool, millis: i64) -> Timestamp {
    let any = jiff::Timestamp::from_second(1_704_067_200 + hour * 3_600).expect("a time");
    let change = zone.0.following(any).next().filter(|_| near).map(|change| change.timestamp());
    Timestamp::from_millis(change.unwrap_or(any).as_millisecond() + millis)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn runs_ascend_and_show_what_the_line_says(
        line in lines(), name in prop::sample::select(ZONES), hour in 0..52_000i64, near: bool,
        millis in -90_000_000..3_600_000i64,
    ) {
        let (cron, zone) = (cron(&line), zone(name));
        let from = moment_in(&zone, hour, near, millis);
        let runs = cron.next_runs(&zone, from, 60);
        // A line that names no minute may name none but minutes that are always skipped.
        prop_assume!(!runs.is_empty());
        prop_assert_eq!(runs.len(), 60);
        prop_assert!(runs[0] > from);
        prop_assert!(runs.is_sorted_by(|a, b| a < b));
        for at in runs {
            let local = shown(&zone, at);
            let is_skip_end = cron.is_fixed
                && zone.0.following(local.timestamp() - jiff::SignedDuration::from_secs(1)).next()
                    .is_some_and(|change| change.timestamp() == local.timestamp());
            prop_assert!(is_skip_end || cron.pattern.is_time_matching(&local.datetime()).expect("it matches or not"),
                "{} does not show {}", local, line);
        }
    }

    #[test]
    fn looking_back_finds_what_looking_ahead_found(
        line in lines(), name in prop::sample::select(ZONES), hour in 0..52_000i64, near: bool,
        millis in -90_000_000..3_600_000i64, late in 0..60_000i64,
    ) {
        let (cron, zone) = (cron(&line), zone(name));
        let from = moment_in(&zone, hour, near, millis);
        let ahead = cron.next_runs(&zone, from, 60);
        prop_assume!(!ahead.is_empty());
        let until = Timestamp::from_millis(ahead[59].millis() + late).min(
            Timestamp::from_millis(cron.next_after(&zone, ahead[59]).expect("one more").millis() - 1));
        let before = |at: &Timestamp| cron.last_until(&zone, Timestamp::from_millis(at.millis() - 1));
        let mut back: Vec<Timestamp> =
            std::iter::successors(cron.last_until(&zone, until), before).take_while(|at| *at > from).collect();
        back.reverse();
        prop_assert_eq!(back, ahead);
    }

    #[test]
    fn a_line_that_follows_real_time_fires_in_each_minute_that_it_names_and_no_other(
        line in lines(), name in prop::sample::select(ZONES), hour in 0..52_000i64, millis in -9_000_000..9_000_000i64,
    ) {
        let (cron, zone) = (cron(&line), zone(name));
        prop_assume!(!cron.is_fixed);
        let from = moment_in(&zone, hour, true, millis);
        let first_minute = from.millis().div_euclid(60_000) + 1;
        let named: Vec<Timestamp> = (first_minute..first_minute + 300)
            .map(|minute| Timestamp::from_millis(minute * 60_000))
            .filter(|at| cron.pattern.is_time_matching(&shown(&zone, *at).datetime()).expect("it matches or not"))
            .collect();
        let runs: Vec<Timestamp> = std::iter::successors(cron.next_after(&zone, from), |at| cron.next_after(&zone, *at))
            .take_while(|at| at.millis() < (first_minute + 300) * 60_000)
            .collect();
        prop_assert_eq!(runs, named);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,40}", fields in "[0-9*/,#LW?+A-Z @-]{0,30}") {
        let _ = text.parse::<Cron>();
        let _ = fields.parse::<Cron>();
        let _ = text.parse::<Zone>();
    }
}
