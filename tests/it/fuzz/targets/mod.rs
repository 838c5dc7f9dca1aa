//! The targets: each reads what it is given, says whether it let it in, and panics when a promise is broken. The tests
//! try them for a moment, and libFuzzer (`fuzz/`) for as long as one likes.

mod requests;
mod strangers;

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value as Json;
use steading::base::config::{Destination, Dsn, Endpoint, Header, Share, Span};
use steading::base::json::{every_detail, read_value};
use steading::base::network::Network;
use steading::base::text::Text;
use steading::base::{Id, Timestamp};
use steading::http::{Cursor, Limit};
use steading::kernel::Actor;
use steading::kernel::audit::ActionPattern;
use steading::kernel::backups::BackupName;
use steading::kernel::events::{EventType, Filter, Pattern};
use steading::kernel::identity::{Email, NewPassword, Pattern as Grant};
use steading::kernel::jobs::QueueName;
use steading::kernel::jobs::schedules::{Cron, Zone};
use steading::kernel::tenants::{Host, Slug};
use steading::kernel::webhooks::Secret;

pub struct Target {
    pub name: &'static str,
    pub seeds: &'static [&'static str],
    pub words: &'static [&'static str],
    pub judge: fn(&[u8]) -> bool,
}

/// Every target there is.
pub fn all() -> impl Iterator<Item = &'static Target> {
    VALUES.iter().chain(requests::TARGETS).chain(strangers::TARGETS)
}

macro_rules! target {
    ($name:literal, $judge:expr, [$($seed:expr),+ $(,)?], [$($word:expr),* $(,)?]) => {
        Target { name: $name, seeds: &[$($seed),+], words: &[$($word),*], judge: $judge }
    };
}

use target;

/// What is one value by itself.
const VALUES: &[Target] = &[
    target!("event-type", printed::<EventType>, ["order.paid", "a.b-c.d_1"], ["order", "paid"]),
    target!("event-pattern", event_pattern, ["order.*", "order.paid", "*"], [".*", "order", "paid"]),
    target!("event-filter", event_filter, [FILTER], ["gte", "in", "exists", "customer.country", "{}", "[1]"]),
    target!(
        "cron",
        cron,
        [
            "30 2 * * 1-5|Europe/Berlin",
            "@daily|UTC",
            "0 0 29 2 *|UTC",
            "*/7 1-5,9 L 1/2 MON#2|America/New_York"
        ],
        [
            "@hourly",
            "L",
            "W",
            "#5",
            "*/",
            "0-59/61",
            "JAN",
            "SUN",
            "29 2",
            "|Asia/Kolkata",
            "|Africa/Casablanca",
            "?"
        ]
    ),
    target!("id", printed::<Id<Target>>, ["0198c1de-7f00-7000-8000-000000000000"], ["{", "urn:uuid:"]),
    target!(
        "timestamp",
        timestamp,
        ["2026-03-01T09:30:00.000Z", "2026-03-01T09:30:60+02:00[Europe/Berlin]"],
        ["-009999", "T24"]
    ),
    target!(
        "cursor",
        cursor,
        ["WyIyMDI2LTAzLTAxVDA5OjMwOjAwLjAwMFoiLCIwMTk4YzFkZS03ZjAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDAiXQ"],
        ["W10", "bnVsbA", "="]
    ),
    target!("limit", limit, ["1", "200"], ["0x1", "201"]),
    target!("span", parsed::<Span>, ["500ms", "30s", "2h 30m", "30d", "P1DT2H"], ["ns", "y", "mo", "ago"]),
    target!("size", size, ["1 MiB", "64MB", "0 B"], ["EiB", "e9", "."]),
    target!("share", parsed::<Share>, ["5%", "0.1%", "100%"], ["%"]),
    target!("network", parsed::<Network>, ["127.0.0.1", "10.0.0.0/8", "fd00::/8"], ["/129", "::ffff:", "/0"]),
    target!(
        "destination",
        printed::<Destination>,
        ["sso.lan:8443", "10.0.0.5:443", "[fd00::5]:443"],
        ["xn--", "0x7f.1", "%65"]
    ),
    target!(
        "endpoint",
        parsed::<Endpoint>,
        ["http://127.0.0.1:4318", "https://otlp.example.org/x"],
        ["@", "?", "#"]
    ),
    target!("dsn", parsed::<Dsn>, ["https://key@glitchtip.example.org/1"], ["@", ":secret", "/"]),
    target!("header", header, ["authorization=Basic YWxhZGRpbg=="], ["content-type=", "\r\nx: y"]),
    target!("email", email, ["ada@example.org"], ["@", "<", "\u{a0}"]),
    target!("slug", printed::<Slug>, ["acme", "a-1"], ["instance"]),
    target!("host", printed::<Host>, ["desk.example.org"], [":80", "xn--"]),
    target!("queue", printed::<QueueName>, ["mail", "mail-2"], ["default"]),
    target!(
        "backup-name",
        backup_name,
        ["steading-2026-03-01T02-30-00-000Z.tar"],
        [".tar", "steading-", ".unfinished-"]
    ),
    target!("permission", printed::<Grant>, ["requests:read", "*:*", "requests:*"], ["*", ":"]),
    target!("action", parsed::<ActionPattern>, ["user.signed_in", "user.*"], ["*", "."]),
    target!(
        "actor",
        printed::<Actor>,
        ["user:0198c1de-7f00-7000-8000-000000000000", "system"],
        ["key:", "job:"]
    ),
    target!(
        "webhook-secret",
        secret,
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqrTwjU"],
        ["whsec_", "=", "-_"]
    ),
    target!("text", printed::<Text<1, 20>>, ["words", "two\nlines"], ["\u{7f}", "\u{85}"]),
    target!("password", parsed::<NewPassword>, ["a rather long sentence"], ["password"]),
    target!(
        "input",
        input,
        [r#"{"title": "a", "count": 1, "deep": {"list": [1]}}"#],
        ["title", "count", "\"deep\"", "null"]
    ),
];

const FILTER: &str = r#"{"filter": {"amount": {"gte": 100, "lt": 1e3}, "customer.country": {"in": ["DE", "AT"]}, "a": null},
    "payload": {"amount": 100.0, "customer": {"country": "AT"}}}"#;

fn text_of(input: &[u8]) -> Option<&str> {
    std::str::from_utf8(input).ok()
}

/// What is refused is refused with a sentence.
fn parsed<T>(input: &[u8]) -> bool
where
    T: FromStr,
    T::Err: Display,
{
    match text_of(input).map(str::parse::<T>) {
        Some(Err(refusal)) => {
            assert!(refusal.to_string().len() > 10, "a refusal says what to write");
            false
        }
        Some(Ok(_)) => true,
        None => false,
    }
}

/// What is read is written so that it is read as the same again.
fn printed<T>(input: &[u8]) -> bool
where
    T: FromStr + Display,
    T::Err: Display,
{
    let Some(Ok(value)) = text_of(input).map(str::parse::<T>) else { return false };
    let written = value.to_string();
    let again = written.parse::<T>().unwrap_or_else(|refusal| panic!("{written:?}: {refusal}"));
    assert_eq!(again.to_string(), written);
    true
}

/// By other code than the server's.
fn event_pattern(input: &[u8]) -> bool {
    let Some(Ok(pattern)) = text_of(input).map(str::parse::<Pattern>) else { return false };
    for event_type in ["order.paid", "order.paid.twice", "orders.paid", "a.b"] {
        let expected = match &*pattern {
            "*" => true,
            text => match text.strip_suffix(".*") {
                Some(above) => event_type.strip_prefix(above).is_some_and(|rest| rest.starts_with('.')),
                None => text == event_type,
            },
        };
        assert_eq!(pattern.matches(event_type), expected, "{pattern} and {event_type}");
    }
    printed::<Pattern>(input)
}

fn event_filter(input: &[u8]) -> bool {
    let Ok(Json::Object(mut both)) = serde_json::from_slice(input) else { return false };
    let payload = both.remove("payload").unwrap_or_default();
    let Some(Json::Object(source)) = both.remove("filter") else { return false };
    match Filter::parse(source) {
        Ok(filter) => {
            let again = Filter::of(&filter.stored()).expect("what is stored can be read");
            assert_eq!((again.matches(&payload), &again), (filter.matches(&payload), &filter));
            true
        }
        Err(refusal) => {
            let at = &refusal.details().first().expect("it is said where").path;
            assert!(at.starts_with("filter"), "{at}");
            false
        }
    }
}

fn cron(input: &[u8]) -> bool {
    let Some((line, zone)) = text_of(input).and_then(|text| text.rsplit_once('|')) else { return false };
    let (Ok(cron), zone) = (line.parse::<Cron>(), zone.parse().unwrap_or_else(|_| Zone::default())) else {
        return false;
    };
    assert!(!cron.description().is_empty());
    let mut moment = Timestamp::from_millis(1_774_000_000_000);
    for _ in 0..4 {
        let Some(next) = cron.next_after(&zone, moment) else { break };
        assert!(next > moment, "{cron} in {zone}: {next} is not after {moment}");
        assert_eq!(cron.last_until(&zone, next), Some(next), "{cron} in {zone}: the last of them is itself");
        let before = next - Duration::from_millis(1);
        assert!(
            cron.last_until(&zone, before).is_none_or(|last| last <= moment),
            "{cron} in {zone} skips one"
        );
        moment = next;
    }
    let again: Cron = cron.to_string().parse().expect("its own line");
    assert_eq!(again, cron);
    true
}

fn timestamp(input: &[u8]) -> bool {
    let Some(Ok(moment)) = text_of(input).map(str::parse::<Timestamp>) else { return false };
    assert_eq!(moment.to_string().parse(), Ok(moment), "{moment}");
    true
}

/// A cursor comes from anybody, and is of one list only.
fn cursor(input: &[u8]) -> bool {
    let text = Json::String(String::from_utf8_lossy(input).into_owned());
    let read = serde_json::from_value::<Cursor<(Timestamp, Id<Target>)>>(text.clone());
    let _ = serde_json::from_value::<Cursor<Id<Target>>>(text);
    read.is_ok()
}

fn limit(input: &[u8]) -> bool {
    let text = Json::String(String::from_utf8_lossy(input).into_owned());
    let Ok(limit) = serde_json::from_value::<Limit>(text) else { return false };
    assert!((1..=200).contains(&limit.get()) && limit.and_one() == limit.get() + 1);
    true
}

fn size(input: &[u8]) -> bool {
    text_of(input).is_some_and(|text| text.parse::<bytesize::ByteSize>().is_ok())
}

/// What goes into a header ends with it.
fn header(input: &[u8]) -> bool {
    let Some(Ok(header)) = text_of(input).map(str::parse::<Header>) else { return false };
    for text in [header.name.as_str(), header.value.reveal()] {
        assert!(text.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{text:?}");
    }
    true
}

fn email(input: &[u8]) -> bool {
    let Some(Ok(email)) = text_of(input).map(str::parse::<Email>) else { return false };
    let key = email.key();
    assert!(!key.contains(char::is_whitespace) && !key.contains(char::is_control), "{key:?}");
    printed::<Email>(input)
}

/// A name never leads out of its folder.
fn backup_name(input: &[u8]) -> bool {
    let Some(Ok(name)) = text_of(input).map(str::parse::<BackupName>) else { return false };
    let path = std::path::Path::new("folder").join(name.to_string());
    assert_eq!(path.parent(), Some("folder".as_ref()));
    assert!(name.to_string().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte)));
    printed::<BackupName>(input)
}

fn secret(input: &[u8]) -> bool {
    let Some(Ok(secret)) = text_of(input).map(str::parse::<Secret>) else { return false };
    let again: Secret = secret.reveal().parse().expect("its own text");
    assert_eq!(*again.reveal(), *secret.reveal());
    assert_eq!(format!("{secret:?}"), "Secret(…)");
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Order {
    title: Text<1, 5>,
    count: u32,
    deep: Option<Deep>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Deep {
    list: Vec<u8>,
}

/// What is wrong is named, however much of it there is.
fn input(input: &[u8]) -> bool {
    let Ok(value) = serde_json::from_slice::<Json>(input) else { return false };
    match read_value::<Order>("order", &value) {
        Ok(_) => true,
        Err(refusal) => {
            let details = refusal.details();
            assert!((1..=16).contains(&details.len()), "{} wrong places", details.len());
            assert!(
                details.iter().all(|detail| detail.path.starts_with("order") && !detail.message.is_empty())
            );
            let first = details[0].clone();
            assert!(!every_detail::<Order>(value, first).is_empty());
            false
        }
    }
}
