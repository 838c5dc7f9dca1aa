//! What telemetry is kept in, or told to, is broken: the service serves on, says so once, and telemetry comes back.

use std::fs::{self, OpenOptions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::home::{Home, PATIENCE, Server};
use super::http::Connection;

const FAILS: &str = "telemetry can't be written and is lost";
const IS_BACK: &str = "telemetry can be written again";

/// A server whose log has what is worth knowing, and somebody who asks it.
struct Watched {
    home: Home,
    token: String,
    server: Server,
    caller: Connection,
}

impl Watched {
    /// After something was done to the place of `telemetry.db`.
    fn start(prepare: impl FnOnce(&Path)) -> Self {
        let home = Home::new();
        let token = home.furnish();
        // The commands had some of their own.
        take_away(&home);
        prepare(&file_of(&home));
        Self::start_in(home, token, &[])
    }

    fn start_in(home: Home, token: String, options: &[(&str, &str)]) -> Self {
        let mut all = vec![("STEADING__LOG__LEVEL", "info")];
        all.extend(options);
        let server = home.serve_with(&all);
        let caller = Connection::open(&server, &token);
        Self { home, token, server, caller }
    }

    fn file(&self) -> PathBuf {
        file_of(&self.home)
    }

    /// How often the log says it.
    fn times(&self, said: &str) -> usize {
        self.server.log().matches(said).count()
    }

    /// Asks until the log says it.
    fn serves_until_it_says(&mut self, said: &str) {
        self.serves_until(said, |watched| watched.times(said) > 0);
    }

    /// Asks until what it asks is found in telemetry.
    fn serves_until_traces_are_found(&mut self) {
        self.serves_until("traces", |watched| {
            let answer = watched.caller.get("/api/traces?route=/api/requests");
            answer.status == 200 && answer.data().as_array().is_some_and(|found| !found.is_empty())
        });
    }

    fn serves_until(&mut self, what: &str, mut is_so: impl FnMut(&mut Self) -> bool) {
        let begun = Instant::now();
        while !is_so(self) {
            assert!(begun.elapsed() < PATIENCE, "no {what} in:\n{}", self.server.log());
            self.caller.open_request("It serves on").expect(201);
            self.caller.get("/readyz").expect(200);
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Serves for some batches of telemetry.
    fn serves_on(&mut self) {
        for _ in 0..10 {
            self.caller.open_request("It serves on").expect(201);
            thread::sleep(Duration::from_millis(20));
        }
    }
}

fn file_of(home: &Home) -> PathBuf {
    home.data().join("telemetry.db")
}

fn take_away(home: &Home) {
    for ending in ["", "-wal", "-shm"] {
        // Not every part is there at all times.
        let _ = fs::remove_file(home.data().join(format!("telemetry.db{ending}")));
    }
}

#[test]
fn a_file_that_is_deleted_while_running_is_said_once_and_made_anew() {
    let mut watched = Watched::start(|_| {});
    watched.serves_until_traces_are_found();
    fs::remove_file(watched.file()).expect("it is deleted");
    watched.serves_until_it_says("telemetry.db was deleted; a new one is made");
    watched.serves_until_traces_are_found();
    watched.serves_on();
    assert_eq!(watched.times("telemetry.db was deleted"), 1);
    assert_eq!(watched.times(FAILS), 0);
}

#[test]
fn a_file_that_is_rubbish_at_the_start_is_said_once_and_made_anew() {
    let mut watched =
        Watched::start(|file| fs::write(file, "rubbish ".repeat(4_096)).expect("it is written"));
    // Nobody looks at it before: who finds the damage by reading has it made anew too.
    watched.serves_until_it_says("telemetry.db could not be used as it was; a new one is made");
    watched.serves_until_traces_are_found();
    watched.serves_on();
    assert_eq!(watched.times("a new one is made"), 1);
    assert_eq!(watched.times(FAILS), 0);
}

#[test]
fn a_directory_in_its_place_at_the_start_is_said_once_and_telemetry_comes_back_without_it() {
    let mut watched = Watched::start(|file| fs::create_dir(file).expect("a directory"));
    watched.serves_until_it_says(FAILS);
    watched.serves_on();
    fs::remove_dir(watched.file()).expect("nothing was put into it");
    watched.serves_until_it_says(IS_BACK);
    watched.serves_until_traces_are_found();
    assert_eq!((watched.times(FAILS), watched.times(IS_BACK)), (1, 1));
}

#[test]
fn a_directory_in_its_place_while_running_is_said_once_and_telemetry_comes_back_without_it() {
    let mut watched = Watched::start(|_| {});
    watched.serves_until_traces_are_found();
    take_away(&watched.home);
    fs::create_dir(watched.file()).expect("a directory");
    watched.serves_until_it_says(FAILS);
    watched.serves_on();
    fs::remove_dir(watched.file()).expect("nothing was put into it");
    watched.serves_until_traces_are_found();
    assert_eq!((watched.times(FAILS), watched.times(IS_BACK)), (1, 1));
}

/// A file that nobody may write, by its mode or, where that does not hold for whoever runs the tests, by its mount.
struct ReadOnly(PathBuf, bool);

impl ReadOnly {
    fn make(file: &Path) -> Self {
        let set = |mode| fs::set_permissions(file, fs::Permissions::from_mode(mode)).expect("it is ours");
        set(0o400);
        let is_writable = || OpenOptions::new().write(true).open(file).is_ok();
        if is_writable() {
            let path = file.to_str().expect("a path");
            run("mount", &["--bind", path, path]);
            run("mount", &["-o", "remount,ro,bind", path]);
        }
        assert!(!is_writable(), "root without the right to mount can't try this");
        Self(file.to_owned(), true)
    }

    fn end(&mut self) {
        if std::mem::take(&mut self.1) {
            // It is a mount for root alone.
            let _ = Command::new("umount").arg("--lazy").arg(&self.0).output();
            let writable = fs::Permissions::from_mode(0o600);
            fs::set_permissions(&self.0, writable).expect("it is ours");
        }
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        self.end();
    }
}

fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().expect("it runs");
    assert!(output.status.success(), "{program} {arguments:?}: {output:?}");
}

#[test]
fn a_file_that_is_read_only_at_the_start_is_said_once_and_telemetry_comes_back_when_it_is_not() {
    let mut first = Watched::start(|_| {});
    first.serves_until_traces_are_found();
    let Watched { home, token, server, caller } = first;
    drop(caller);
    assert!(server.stop().success());
    let mut read_only = ReadOnly::make(&file_of(&home));
    let mut watched = Watched::start_in(home, token, &[]);
    watched.serves_until_it_says(FAILS);
    watched.serves_on();
    assert_eq!((watched.times(FAILS), watched.times(IS_BACK)), (1, 0));
    read_only.end();
    watched.serves_until_it_says(IS_BACK);
    watched.serves_until_traces_are_found();
    assert_eq!((watched.times(FAILS), watched.times(IS_BACK)), (1, 1));
}

#[test]
fn receivers_that_are_gone_are_said_once_each_and_requests_are_answered() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let gone = taken.local_addr().expect("an address");
    drop(taken);
    let home = Home::new();
    let token = home.furnish();
    let endpoint = format!("http://{gone}");
    let mut watched = Watched::start_in(home, token, &[("STEADING__TELEMETRY__OTLP_ENDPOINT", &endpoint)]);
    watched.serves_until_it_says("telemetry can't be sent; it is tried again");
    let later = Instant::now() + Duration::from_secs(3);
    watched.serves_until("time", |_| Instant::now() > later);
    let (spans, lines) = (watched.times("what=\"spans\""), watched.times("what=\"lines\""));
    assert!(spans <= 1 && lines <= 1, "{}", watched.server.log());
    watched.serves_until_traces_are_found();
}

#[test]
fn a_server_whose_receivers_hang_serves_and_stops() {
    // Connections are taken by the system, and nobody ever answers.
    let hanging: Vec<TcpListener> =
        (0..2).map(|_| TcpListener::bind("127.0.0.1:0").expect("a port")).collect();
    let at = |nth: usize| hanging[nth].local_addr().expect("an address");
    let home = Home::new();
    let token = home.furnish();
    let (endpoint, dsn) = (format!("http://{}", at(0)), format!("http://c0ffee@{}/1", at(1)));
    let options =
        [("STEADING__TELEMETRY__OTLP_ENDPOINT", &*endpoint), ("STEADING__TELEMETRY__SENTRY_DSN", &*dsn)];
    let mut watched = Watched::start_in(home, token, &options);
    watched.serves_until_traces_are_found();
    watched.serves_on();
    hanging[0].set_nonblocking(true).expect("an option");
    watched.serves_until("call to the receiver", |_| hanging[0].accept().is_ok());
    let Watched { home, token, server, .. } = watched;
    assert!(server.stop().success());
    // What it kept for itself is whole.
    let mut watched = Watched::start_in(home, token, &[]);
    let kept = watched.caller.get("/api/traces?route=/api/requests").expect(200).data();
    assert!(kept.as_array().is_some_and(|kept| !kept.is_empty()), "{kept}");
}
