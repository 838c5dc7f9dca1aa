//! SIGHUP: a changed configuration is taken over while requests go on, or not at all.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::home::{Home, PATIENCE, Server};
use super::http::Connection;

/// A server with a configuration file that a test rewrites.
struct Configured {
    home: Home,
    file: PathBuf,
    server: Server,
    token: String,
}

impl Configured {
    fn start(text: &str) -> Self {
        let home = Home::new();
        let token = home.furnish();
        let file = home.path().join("mine.toml");
        fs::write(&file, text).expect("a file");
        let mut command =
            home.command(&["--config", "mine.toml", "serve", "--json", "--listen", "127.0.0.1:0"]);
        let server = home.start(command.env_remove("STEADING__LOG__LEVEL"));
        Self { home, file, server, token }
    }

    /// Writes another configuration, and lets the server read it.
    fn change(&self, text: &str) {
        fs::write(&self.file, text).expect("the file");
        self.server.signal(Signal::HUP);
    }

    fn log(&self) -> String {
        fs::read_to_string(self.home.path().join("server.log")).expect("the log")
    }

    /// Waits until the log says something so many times.
    #[track_caller]
    fn expect_logged(&self, text: &str, times: usize) {
        let end = Instant::now() + PATIENCE;
        while self.log().matches(text).count() < times {
            assert!(Instant::now() < end, "{text:?} is not {times} times in the log:\n{}", self.log());
            thread::sleep(Duration::from_millis(5));
        }
    }
}

#[test]
fn the_log_says_more_from_the_moment_that_its_level_changes() {
    let at = Configured::start("[log]\nlevel = \"info\"\n");
    let mut connection = Connection::open(&at.server, &at.token);
    connection.get("/api/requests").expect(200);
    at.change("[log]\nlevel = \"debug\"\n");
    at.expect_logged("the configuration was read again", 1);
    assert!(at.log().contains("log.level"), "{}", at.log());
    assert!(!at.log().contains("a request trace"), "a line at debug came too early: {}", at.log());
    connection.get("/api/requests").expect(200);
    at.expect_logged("a request", 1);
}

#[test]
fn limits_hold_from_the_moment_that_they_change() {
    let at = Configured::start("");
    let mut connection = Connection::open(&at.server, &at.token);
    for _ in 0..20 {
        connection.get("/api/requests").expect(200);
    }
    at.change("[limits]\nuser_reads = 1\nburst = \"1s\"\n");
    at.expect_logged("the configuration was read again", 1);
    assert!(at.log().contains("limits.user_reads") && !at.log().contains("need a restart"), "{}", at.log());
    let refused = (0..20).filter(|_| connection.get("/api/requests").status == 429).count();
    assert!(refused > 0, "twenty in a moment are more than one a second");
}

#[test]
fn a_configuration_with_an_error_changes_nothing_of_it() {
    let at = Configured::start("[database]\nmin_free = \"0 B\"\n");
    let mut connection = Connection::open(&at.server, &at.token);
    for wrong in [
        "[database]\nmin_free = \"1 EiB\"\n[log]\nlevel = \"loud\"\n",
        "[database]\nmin_free = \"1 EiB\"\n[server]\nlissten = \"\"\n",
        "[database]\nmin_free = \"1 EiB\"\n[server]\ntls_cert = \"nowhere.pem\"\n",
        "not = [toml",
    ] {
        let before = at.log().matches("nothing was changed").count();
        at.change(wrong);
        at.expect_logged("nothing was changed", before + 1);
        connection.open_request("There is room").expect(201);
    }
    at.change("[database]\nmin_free = \"1 EiB\"\n");
    at.expect_logged("the configuration was read again", 1);
    for _ in 0..5 {
        connection.open_request("There is none now").expect(503);
    }
    let log = at.log();
    assert_eq!(log.matches("is refused until there is space").count(), 1, "{log}");
    assert!(!log.contains("a request failed"), "a line for each would fill the disk: {log}");
}

#[test]
fn what_needs_a_restart_is_named_each_time() {
    let at = Configured::start("");
    let changed =
        "[server]\nkeep_alive = \"7s\"\n[jobs]\nconcurrency = 3\n[log]\nlevel = \"warn,steading=info\"\n";
    for times in 1..=2 {
        at.change(changed);
        at.expect_logged("need a restart", times);
    }
    let log = at.log();
    let line = log.lines().find(|line| line.contains("need a restart")).expect("the line");
    assert!(line.contains("jobs.concurrency, server.keep_alive") && !line.contains("log.level"), "{line}");
    at.change("");
    at.expect_logged("the configuration was read again", 3);
    assert_eq!(at.log().matches("need a restart").count(), 2, "it is as it runs again");
}

#[test]
fn reading_again_and_again_drops_no_request() {
    let at = Configured::start("");
    let is_over = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let mut connection = Connection::open(&at.server, &at.token);
            let is_over = Arc::clone(&is_over);
            thread::spawn(move || {
                let mut made = 0;
                while !is_over.load(Ordering::Relaxed) {
                    connection.open_request("Under load").expect(201);
                    connection.get("/api/requests?limit=1").expect(200);
                    made += 1;
                }
                made
            })
        })
        .collect();
    for times in 1..=20 {
        at.change(&format!(
            "[log]\nlevel = \"{}\"\n",
            if times % 2 == 0 { "info" } else { "warn,steading=info" }
        ));
        at.expect_logged("the configuration was read again", times);
    }
    is_over.store(true, Ordering::Relaxed);
    for client in clients {
        assert!(client.join().expect("no request was dropped") > 0);
    }
}
