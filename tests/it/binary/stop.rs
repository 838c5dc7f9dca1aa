//! Told to stop, it finishes what it has begun, and nobody can hold it back.

use std::fs;
use std::thread;

use rustix::process::Signal;
use serde_json::json;

use super::home::{Home, Server};
use super::http::Connection;

/// Stops a server in the midst of requests: those that it had are answered, and it leaves in order.
fn stops_in_order(signal: Signal) {
    let home = Home::new();
    let token = home.furnish();
    let mut server = home.serve();
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let mut connection = Connection::open(&server, &token);
            thread::spawn(move || {
                let mut answers = vec![connection.open_request("A first")];
                while let Ok(answer) = connection.try_open_request("One more") {
                    answers.push(answer);
                }
                answers.into_iter().map(|answer| answer.expect(201).id()).collect::<Vec<_>>()
            })
        })
        .collect();
    let mut unfinished: Vec<_> = (0..4).map(|_| half_sent(&server, &token)).collect();
    server.signal(signal);
    for (connection, rest) in &mut unfinished {
        connection.send(rest).expect("the server still listens to it");
        connection.answer().expect("a request in flight is answered").expect(201);
    }
    drop(unfinished);
    let acknowledged: Vec<String> =
        clients.into_iter().flat_map(|client| client.join().expect("a client")).collect();
    assert_eq!(server.wait().code(), Some(0));

    let log = home.data().join("steading.db-wal");
    let length = fs::metadata(log).map_or(0, |log| log.len());
    assert_eq!(length, 0, "the write-ahead log is folded into the file");
    home.run(&["check"]).expect(0);
    let server = home.serve();
    let mut connection = Connection::open(&server, &token);
    for id in acknowledged {
        connection.get(&format!("/api/requests/{id}")).expect(200);
    }
}

/// A connection on which a request is under way, and the part of it that is still to be sent.
fn half_sent(server: &Server, token: &str) -> (Connection, String) {
    let mut connection = Connection::open(server, token);
    connection.get("/api/requests").expect(200);
    let body = json!({ "title": "On its way" }).to_string();
    let head = connection.head("POST", "/api/requests", body.len());
    connection.send(&head.replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n")).expect("a head");
    connection.answer().expect("the server has turned to the request").expect(100);
    let (now, later) = body.split_at(5);
    connection.send(now).expect("half a body");
    (connection, later.to_owned())
}

#[test]
fn sigterm_lets_it_finish_what_it_has_begun() {
    stops_in_order(Signal::TERM);
}

#[test]
fn sigint_lets_it_finish_what_it_has_begun() {
    stops_in_order(Signal::INT);
}

#[test]
fn a_client_that_hangs_cannot_hold_it_back() {
    let home = Home::new();
    let token = home.furnish();
    // Longer than the test's patience, so that only the grace can end it.
    let slow = [("STEADING__SERVER__GRACE", "1s"), ("STEADING__SERVER__BODY_TIMEOUT", "10m")];
    let mut server = home.serve_with(&slow);
    let _hanging: Vec<_> = (0..4).map(|_| half_sent(&server, &token)).collect();
    server.signal(Signal::TERM);
    assert_eq!(server.wait().code(), Some(0));
    home.run(&["check"]).expect(0);
}

#[test]
fn a_connection_that_is_only_kept_open_does_not_cost_the_grace() {
    let home = Home::new();
    let mut server =
        home.serve_with(&[("STEADING__SERVER__GRACE", "10m"), ("STEADING__SERVER__KEEP_ALIVE", "10m")]);
    let mut idle = Connection::open(&server, "");
    idle.get("/healthz").expect(200);
    server.signal(Signal::TERM);
    assert_eq!(server.wait().code(), Some(0));
}
