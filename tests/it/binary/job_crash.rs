//! SIGKILL, again and again, while clients enqueue and workers run: every acknowledged job is done,
//! and no more of them began twice than ran at a kill.

use std::collections::BTreeSet;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use fastrand::Rng;
use rusqlite::Connection as File;

use super::home::{Home, PATIENCE, Server};
use super::http::Connection;

const SEED: u64 = 0x57EA_D10B;
const ROUNDS: usize = 20;
const CLIENTS: usize = 16;

/// Enqueues until the connection breaks, and gives back the ids that the server acknowledged.
fn client(server: &Server, token: &str, first: Sender<()>) -> JoinHandle<Vec<String>> {
    let mut connection = Connection::open(server, token);
    thread::spawn(move || {
        let mut acknowledged = Vec::new();
        while let Ok(answer) = connection.try_ping("a") {
            let data = answer.expect(202).data();
            acknowledged.push(data["jobId"].as_str().expect("an id").to_owned());
            // Only the first that comes is waited for.
            let _ = first.send(());
        }
        acknowledged
    })
}

fn ask(file: &File, question: &str) -> i64 {
    file.query_row(question, [], |row| row.get(0)).expect("the file answers")
}

/// How many attempts began more than once, because the one before was lost.
const AGAIN: &str = "SELECT ifnull(sum(lease - 1), 0) FROM jobs_all";
const RUNNING: &str = "SELECT count(*) FROM jobs_all WHERE state = 'running'";
const LEFT: &str = "SELECT count(*) FROM jobs_all WHERE state IN ('scheduled', 'ready', 'running')";
/// Attempts that are told of and did their work.
const EFFECTS: &str = "SELECT count(DISTINCT job_id) FROM job_attempts_all WHERE outcome = 'done'";

#[test]
fn every_acknowledged_job_is_done_although_the_process_is_killed() {
    println!("seed {SEED:#x}");
    let mut random = Rng::with_seed(SEED);
    let home = Home::new();
    let token = home.furnish();
    let (mut ledger, mut in_flight) = (BTreeSet::new(), 0);
    let mut server = home.serve();
    for round in 0..ROUNDS {
        let (first, has_begun) = channel();
        let clients: Vec<_> = (0..CLIENTS).map(|_| client(&server, &token, first.clone())).collect();
        has_begun.recv_timeout(PATIENCE).expect("a job is acknowledged");
        thread::sleep(Duration::from_millis(random.u64(0..400)));
        server.kill();
        let before = ledger.len();
        ledger.extend(clients.into_iter().flat_map(|client| client.join().expect("a client")));
        assert!(ledger.len() > before, "round {round} was killed in the middle of work");

        home.run(&["check"]).expect(0);
        let file = File::open(home.database()).expect("the file opens");
        let (ran, left) = (ask(&file, RUNNING), ask(&file, LEFT));
        in_flight += ran;
        drop(file);
        let started = Instant::now();
        server = home.serve();
        let recovered = started.elapsed();
        println!(
            "round {round}: {} acknowledged, {left} left of which {ran} ran, serving again after {recovered:?}",
            ledger.len() - before
        );
    }
    let file = File::open(home.database()).expect("the file opens");
    file.busy_timeout(PATIENCE).expect("an option");
    let waiting = Instant::now();
    while ask(&file, LEFT) > 0 {
        assert!(waiting.elapsed() < PATIENCE, "{} jobs do not come to an end", ask(&file, LEFT));
        thread::sleep(Duration::from_millis(20));
    }
    assert!(server.stop().success());
    home.run(&["check"]).expect(0);

    let mut select = file.prepare("SELECT id FROM jobs_all WHERE state = 'done'").expect("the jobs");
    let ids = select.query_map([], |row| row.get(0)).expect("the jobs answer");
    let done: BTreeSet<String> = ids.map(|id| id.expect("an id")).collect();
    let lost: Vec<_> = ledger.difference(&done).collect();
    assert!(lost.is_empty(), "{} acknowledged and not done: {lost:?}", lost.len());
    assert_eq!(ask(&file, EFFECTS), done.len() as i64, "each did its work");
    let again = ask(&file, AGAIN);
    assert!(again <= in_flight, "{again} attempts began again, {in_flight} were in flight");
    println!(
        "{} acknowledged, {} done, {again} attempts lost of {in_flight} in flight",
        ledger.len(),
        done.len()
    );
}
