//! Events, subscriptions and dead letters at the command line.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::thread;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::home::{Home, PATIENCE, Said, Server};
use crate::support::{Elsewhere, Said as Answer};

/// A server with the tenant acme, and who speaks to it.
struct Line {
    home: Home,
    server: Server,
    token: String,
}

impl Line {
    fn open() -> Self {
        let home = Home::new();
        let token = home.furnish();
        let server = home.serve();
        Self { home, server, token }
    }

    fn words<'w>(&'w self, words: &[&'w str]) -> Vec<&'w str> {
        [words, &["--url", &self.server.url, "--token", &self.token, "--tenant", "acme"]].concat()
    }

    fn run(&self, words: &[&str]) -> Said {
        self.home.run(&self.words(words))
    }

    fn ask(&self, words: &[&str]) -> Value {
        self.run(&[words, &["--json"]].concat()).expect(0).json()
    }

    fn publish(&self, event_type: &str, payload: &str) -> String {
        let said = self.run(&["events", "publish", event_type, "--payload", payload]);
        said.expect(0).out.trim().to_owned()
    }

    /// Returns once the event's deliveries have come to that.
    fn wait_for(&self, event: &str, status: &str) -> Value {
        let end = std::time::Instant::now() + PATIENCE;
        loop {
            let shown = self.ask(&["events", "show", event]);
            if shown["status"] == status {
                return shown;
            }
            assert!(std::time::Instant::now() < end, "it never was {status}: {shown}");
        }
    }

    /// The kind `system.ping` takes a message that is text.
    fn subscribe_ping(&self) -> Value {
        let to = ["--pattern", "order.*", "--job", "system.ping", "--max-attempts", "1"];
        self.ask(&[&["subscriptions", "create", "ping"], &to[..]].concat())
    }
}

/// A command that goes on until it is told to end.
struct Tail {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Tail {
    fn begin(line: &Line, words: &[&str]) -> Self {
        let mut command = line.home.command(&line.words(&[&["events", "tail"], words].concat()));
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the binary runs");
        let (sender, lines) = mpsc::channel();
        let printed = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        thread::spawn(move || {
            // Until it ends, or nobody asks any more.
            printed.map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        Self { child, lines }
    }

    fn next(&mut self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("a line comes")
    }

    fn end(mut self, signal: Signal) -> Option<i32> {
        kill_process(Pid::from_child(&self.child), signal).expect("the process is there");
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        // It may have ended long ago.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn an_event_is_published_delivered_found_and_delivered_again() {
    let line = Line::open();
    line.subscribe_ping();
    let published = line.ask(&["events", "publish", "order.paid", "--subject", "42", "--key", "once"]);
    assert_eq!((&published["deliveries"], &published["deduplicated"]), (&json!(1), &json!(false)));
    let again = line.ask(&["events", "publish", "order.paid", "--key", "once"]);
    assert_eq!((&again["eventId"], &again["deduplicated"]), (&published["eventId"], &json!(true)));
    let id = line.publish("order.sent", "{\"message\": \"hello\"}");
    line.publish("other.thing", "{}");
    let shown = line.wait_for(&id, "delivered");
    assert_eq!(shown["deliveries"][0]["attempts"][0]["outcome"], json!("done"));
    let words = line.run(&["events", "show", &id]).expect(0).out;
    assert!(words.contains("\nping: delivered (") && words.contains("\n1        20"), "{words}");
    let found = line.ask(&["events", "list", "--type", "order.*", "--since", "1h", "--subject", "42"]);
    assert_eq!((found.as_array().map(Vec::len), &found[0]["id"]), (Some(1), &published["eventId"]));
    assert_eq!(line.ask(&["events", "list", "--until", "1h"]), json!([]), "nothing is an hour old");
    let replayed = line.ask(&["events", "replay", &id, "--handler", "ping"]);
    assert_eq!(replayed["deliveryIds"].as_array().map(Vec::len), Some(1));
    let many = ["events", "replay", "--type", "order.*", "--since", "1h"];
    let counted = line.ask(&[&many[..], &["--dry-run"]].concat());
    assert_eq!(counted, json!({ "events": 2, "jobId": null }));
    assert!(line.ask(&many)["jobId"].is_string());
    let types = line.ask(&["events", "types"]);
    assert!(types.as_array().expect("a list").iter().any(|one| one["type"] == "other.thing"), "{types}");
    assert!(line.run(&["events", "metrics"]).expect(0).out.starts_with("TYPE "));
    assert!(line.run(&["events", "replay"]).expect(2).line().contains("must name something"));
    line.run(&["events", "replay", &id, "--type", "order.*"]).expect(2);
    assert!(
        line.run(&["events", "publish", "order.paid", "--payload", "{"]).expect(2).line().contains("JSON")
    );
}

#[test]
fn a_payload_is_read_from_standard_input() {
    let line = Line::open();
    let mut command = line.home.command(&line.words(&["events", "publish", "order.paid", "--payload", "-"]));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the binary runs");
    child.stdin.take().expect("a pipe").write_all(b"{\"n\": 1}").expect("it reads");
    let said = Said::from(child.wait_with_output().expect("it ends")).expect(0);
    assert_eq!(line.ask(&["events", "show", said.out.trim()])["payload"], json!({ "n": 1 }));
}

#[test]
fn a_tail_goes_on_after_its_server_was_away_and_ends_when_told() {
    let line = Line::open();
    let before = line.publish("order.before", "{}");
    let mut tail = Tail::begin(&line, &["--pattern", "order.*", "--after", &before]);
    let mut all = Tail::begin(&line, &["--json", "--after", &before]);
    let first = line.publish("order.paid", "{\"n\": 1}");
    let (words, whole) = (tail.next(), all.next());
    assert!(words.ends_with(&format!("  {first}  order.paid  -  {{\"n\":1}}")), "{words}");
    let whole: Value = serde_json::from_str(&whole).expect("JSON on one line");
    assert_eq!((&whole["id"], &whole["payload"]), (&json!(first), &json!({ "n": 1 })));
    let Line { home, server, token } = line;
    let address = server.address().to_owned();
    assert!(server.stop().success());
    let server = home.start(
        home.command(&["serve", "--json", "--listen", &address]).env("STEADING__SERVER__WORKERS", "2"),
    );
    let line = Line { home, server, token };
    line.publish("other.thing", "{}");
    let second = line.publish("order.sent", "{}");
    assert!(tail.next().contains(&second), "nothing twice, and what does not match is left out");
    assert!(all.next().contains("other.thing") && all.next().contains(&second));
    assert_eq!(tail.end(Signal::INT), Some(0));
    assert_eq!(all.end(Signal::INT), Some(0));
}

#[test]
fn a_tail_that_the_server_refuses_fails_in_one_line() {
    let line = Line::open();
    assert!(line.run(&["events", "tail", "--pattern", "order"]).expect(2).line().contains("order.*"));
    assert!(line.run(&["events", "tail", "--after", "x"]).expect(2).line().contains("after"));
    line.home.run(&["events", "tail", "--url", &line.server.url, "--token", "x"]).expect(1).line();
    line.home.run(&["events", "tail", "--url", "http://127.0.0.1:1", "--token", "x"]).expect(1).line();
}

#[test]
fn a_subscription_lives_its_whole_life_under_its_name() {
    let line = Line::open();
    let made = line.ask(&[
        "subscriptions",
        "create",
        "orders",
        "--pattern",
        "order.*",
        "--job",
        "system.ping",
        "--ordered",
        "--filter",
        "{\"n\": 1}",
        "--timeout",
        "30",
        "--recovery",
        "probe",
    ]);
    let id = made["id"].as_str().expect("an id");
    assert_eq!((&made["ordered"], &made["filter"]), (&json!(true), &json!({ "n": 1 })));
    assert_eq!((&made["timeoutSeconds"], &made["recovery"]), (&json!(30), &json!("probe")));
    let change =
        ["subscriptions", "change", "orders", "--name", "shop", "--filter", "null", "--ordered", "false"];
    let changed = line.ask(&[&change[..], &["--max-attempts", "7", "--pattern", "order.paid"]].concat());
    assert_eq!((&changed["name"], &changed["filter"]), (&json!("shop"), &Value::Null));
    assert_eq!((&changed["ordered"], &changed["maxAttempts"]), (&json!(false), &json!(7)));
    assert_eq!((&changed["timeoutSeconds"], &changed["pattern"]), (&json!(30), &json!("order.paid")));
    assert_eq!(line.ask(&["subscriptions", "disable", "shop"])["state"], json!("disabled"));
    assert_eq!(line.ask(&["subscriptions", "enable", id])["state"], json!("enabled"));
    assert_eq!(line.ask(&["subscriptions", "show", "shop"])["id"], json!(id));
    let listed = line.run(&["subscriptions", "list"]).expect(0).out;
    assert!(listed.starts_with("NAME ") && listed.contains("job system.ping"), "{listed}");
    assert!(line.run(&["subscriptions", "show", "orders"]).expect(1).line().contains("no such"));
    assert_eq!(line.ask(&["subscriptions", "delete", "shop"]), json!({ "id": id, "deleted": true }));
    assert!(!line.run(&["subscriptions", "list"]).expect(0).out.contains("job system.ping"));
    let create = ["subscriptions", "create", "more", "--pattern", "order.*"];
    assert!(line.run(&create).expect(2).line().contains("--webhook"));
    line.run(&[&create[..], &["--job", "system.ping", "--queue", "orders"]].concat()).expect(2);
}

#[actix_web::test]
async fn webhooks_are_made_tried_and_given_a_new_secret() {
    let server = Elsewhere::http().await;
    let id = "01a1fd05-d562-74ee-9095-16f78d1760b1";
    let all = json!({ "data": [{ "id": "other", "name": "other" }, { "id": id, "name": "hook" }] });
    server.answers("/api/subscriptions?limit=200", all.to_string());
    server.answers(&format!("/api/subscriptions/{id}/test"), "{\"data\": {\"status\": 204}}");
    let rotated = json!({ "data": { "secret": "whsec_new", "previousUntil": "2026-03-02T09:30:00.000Z" } });
    server.answers(&format!("/api/subscriptions/{id}/rotate-secret"), rotated.to_string());
    let made = json!({ "data": { "id": id, "name": "hook", "secret": "whsec_first" } });
    server.says("/api/subscriptions", Answer::Answer(201, Vec::new(), made.to_string().into()));
    let url = server.url("");
    let said = tokio::task::spawn_blocking(move || {
        let home = Home::new();
        let run = |words: &[&str]| {
            let at = ["subscriptions", "--url", &url, "--token", "t"];
            home.run(&[&at, words].concat()).expect(0).out
        };
        [
            run(&["create", "hook", "--pattern", "*", "--webhook", "https://shop.example/in"]),
            run(&["test", "hook"]),
            run(&["rotate-secret", "hook"]),
        ]
    });
    let [created, tried, secret] = said.await.expect("the commands end");
    assert!(created.trim_end().ends_with("whsec_first"), "{created}");
    assert!(tried.contains("\"status\": 204"), "{tried}");
    assert_eq!(secret, "whsec_new\n");
    let asked = server.asked();
    let body: Value = serde_json::from_slice(&asked[0].body).expect("JSON");
    let expected = json!({ "webhook": "https://shop.example/in" });
    assert_eq!((&body["target"], &asked[0].header("authorization")), (&expected, &Some("Bearer t")));
}

#[test]
fn dead_letters_are_listed_replayed_corrected_and_discarded() {
    let line = Line::open();
    line.subscribe_ping();
    for _ in 0..4 {
        let id = line.publish("order.paid", "{\"message\": 5}");
        line.wait_for(&id, "dead");
    }
    let letters = line.ask(&["dead-letters", "list", "--handler", "ping"]);
    assert_eq!(letters.as_array().map(Vec::len), Some(4));
    let groups = line.ask(&["dead-letters", "groups"]);
    assert_eq!((groups.as_array().map(Vec::len), &groups[0]["letters"]), (Some(1), &json!(4)));
    let print = groups[0]["fingerprint"].as_str().expect("a fingerprint");
    assert_eq!(
        line.ask(&["dead-letters", "list", "--fingerprint", print, "--limit", "2"]).as_array().map(Vec::len),
        Some(2)
    );
    line.ask(&["subscriptions", "disable", "ping"]);
    let id = |at: usize| letters[at]["id"].as_str().expect("an id");
    let replayed = line.ask(&["dead-letters", "replay", id(0)]);
    assert!(replayed["deliveryId"].is_string() && replayed["deliveryId"] != letters[0]["id"], "{replayed}");
    assert_eq!(line.ask(&["dead-letters", "discard", id(1)])["deleted"], json!(true));
    let corrected = line.ask(&["dead-letters", "correct", id(3), "--payload", r#"{"message": "mended"}"#]);
    assert!(corrected["eventId"].is_string(), "{corrected}");
    line.run(&["dead-letters", "correct", id(3), "--payload", "{"]).expect(2);
    let rest = ["dead-letters", "discard", "--handler", "ping"];
    let counted = line.ask(&[&rest[..], &["--dry-run"]].concat());
    assert_eq!(counted, json!({ "matched": 1, "done": 0, "hasMore": false }));
    let done = line.ask(&["dead-letters", "replay", "--fingerprint", print]);
    assert_eq!(done, json!({ "matched": 1, "done": 1, "hasMore": false }));
    assert!(line.run(&rest).expect(0).out.contains("put away: 0."));
    line.run(&["dead-letters", "replay"]).expect(2);
    line.run(&["dead-letters", "discard", id(2), "--handler", "ping"]).expect(2);
}
