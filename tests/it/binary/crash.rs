//! SIGKILL, again and again, on one data directory: what was acknowledged is still there.

use std::collections::BTreeSet;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use fastrand::Rng;

use super::home::{Home, PATIENCE, Server};
use super::http::Connection;

const SEED: u64 = 0x57EA_D146;
const ROUNDS: usize = 20;
const CLIENTS: usize = 16;

/// Opens requests until the connection breaks, and gives back the ids and titles of those that the
/// server acknowledged.
fn client(
    server: &Server,
    token: &str,
    name: String,
    first: Sender<()>,
) -> JoinHandle<Vec<(String, String)>> {
    let mut connection = Connection::open(server, token);
    thread::spawn(move || {
        let mut acknowledged = Vec::new();
        for number in 0.. {
            let title = format!("{name}, number {number}");
            match connection.try_open_request(&title) {
                Ok(answer) => acknowledged.push((answer.expect(201).id(), title)),
                Err(_) => break,
            }
            // Only the first that comes is waited for.
            let _ = first.send(());
        }
        acknowledged
    })
}

/// Every request's id and title, and that each is whole.
fn everything(server: &Server, token: &str) -> BTreeSet<(String, String)> {
    let mut connection = Connection::open(server, token);
    let (mut found, mut cursor) = (BTreeSet::new(), String::new());
    loop {
        let page = connection.get(&format!("/api/requests?limit=200&sort=oldest{cursor}")).expect(200).json();
        for request in page["data"].as_array().expect("a list") {
            let text = |field: &str| request[field].as_str().expect("a whole row").to_owned();
            assert_eq!((text("status"), text("priority")), ("open".into(), "normal".into()));
            assert!(found.insert((text("id"), text("title"))), "each is listed once");
        }
        match page["meta"]["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

#[test]
fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    println!("seed {SEED:#x}");
    let mut random = Rng::with_seed(SEED);
    let home = Home::new();
    let token = home.furnish();
    let (mut ledger, mut restarts) = (BTreeSet::new(), Vec::new());
    let mut server = home.serve();
    for round in 0..ROUNDS {
        let (first, has_begun) = channel();
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| client(&server, &token, format!("round {round}, client {number}"), first.clone()))
            .collect();
        has_begun.recv_timeout(PATIENCE).expect("a request is acknowledged");
        thread::sleep(Duration::from_millis(random.u64(0..400)));
        server.kill();
        let before = ledger.len();
        ledger.extend(clients.into_iter().flat_map(|client| client.join().expect("a client")));
        assert!(ledger.len() > before, "round {round} was killed in the middle of work");

        home.run(&["check"]).expect(0);
        let started = Instant::now();
        server = home.serve();
        restarts.push(started.elapsed());
        let found = everything(&server, &token);
        let lost: Vec<_> = ledger.difference(&found).collect();
        assert!(lost.is_empty(), "round {round}: {} acknowledged and lost: {lost:?}", lost.len());
        // What was on its way may be there without an answer: at most one for each client.
        assert!(
            found.len() - ledger.len() <= CLIENTS * (round + 1),
            "{} strangers",
            found.len() - ledger.len()
        );
    }
    let slowest = restarts.iter().max().expect("a restart");
    println!("{ROUNDS} rounds, {} acknowledged, the slowest restart {slowest:?}", ledger.len());
    assert!(server.stop().success());
}
