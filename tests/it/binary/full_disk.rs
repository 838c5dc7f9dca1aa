//! The disk is full: writes are refused and say why, reads go on, and nothing acknowledged is lost.
//!
//! Where mounting is permitted the data lies on a file system of a few megabytes. Where it is not,
//! the server may write no file past a few kilobytes, which the system enforces alike.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, Signal, prlimit};
use tempfile::TempDir;

use super::home::{BINARY, Home, PATIENCE, Server};
use super::http::{Answer, Connection};

const SIZE: u64 = 6 * 1024 * 1024;

/// A disk that can be filled and freed.
enum Disk {
    Small { mount: Mount, ballast: PathBuf },
    Limited,
}

/// A file system in memory, there until this falls.
struct Mount(TempDir);

impl Mount {
    fn new() -> Option<Self> {
        let dir = TempDir::new().expect("a temporary directory");
        let size = format!("size={SIZE}");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(dir.path()).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Self(dir))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Lazily, since the server may end a moment after this.
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).output();
    }
}

impl Disk {
    fn new() -> (Self, Home) {
        match Mount::new() {
            Some(mount) => {
                let home = Home::with_data(&mount.0.path().join("data"));
                let ballast = mount.0.path().join("ballast");
                (Self::Small { mount, ballast }, home)
            }
            None => (Self::Limited, Home::new()),
        }
    }

    fn serve(&self, home: &Home) -> Server {
        let options = [("STEADING__DATABASE__MIN_FREE", "0 B")];
        match self {
            Self::Small { .. } => home.serve_with(&options),
            Self::Limited => {
                // The shell ignores the signal that comes with the limit, and so does what it becomes.
                let script = "trap '' XFSZ; exec \"$0\" serve --json --listen 127.0.0.1:0";
                let shape = home.command(&[]);
                let mut command = Command::new("/bin/sh");
                command.args(["-c", script, BINARY]).current_dir(home.path()).env_clear().envs(options);
                command.envs(shape.get_envs().filter_map(|(name, value)| Some((name, value?))));
                home.start(&mut command)
            }
        }
    }

    /// Leaves room for a few writes, or for none.
    fn fill(&self, server: &Server) {
        match self {
            Self::Small { mount, ballast } => {
                let stat = rustix::fs::statvfs(mount.0.path()).expect("its figures");
                let most = stat.f_bavail.saturating_mul(stat.f_frsize).saturating_sub(256 * 1024);
                fs::write(ballast, vec![0; usize::try_from(most).expect("a few megabytes")])
                    .expect("ballast");
            }
            Self::Limited => limit(server, Some(4096)),
        }
    }

    fn free(&self, server: &Server) {
        match self {
            Self::Small { ballast, .. } => fs::remove_file(ballast).expect("space is freed"),
            Self::Limited => limit(server, None),
        }
    }
}

/// The largest file that the server may write.
fn limit(server: &Server, size: Option<u64>) {
    let pid = Pid::from_raw(i32::try_from(server.pid()).expect("a process id"));
    prlimit(pid, Resource::Fsize, Rlimit { current: size, maximum: None }).expect("its limit is set");
}

/// Opens requests until one is refused.
fn write_until_refused(connection: &mut Connection, acknowledged: &mut Vec<String>) -> Answer {
    let title = "x".repeat(200);
    for _ in 0..100_000 {
        let answer = connection.open_request(&title);
        if answer.status != 201 {
            return answer;
        }
        acknowledged.push(answer.id());
    }
    panic!("the disk does not get full");
}

fn tell_a_full_disk(disk: &Disk, home: &Home) {
    let token = home.furnish_with(&[("STEADING__DATABASE__MIN_FREE", "0 B")]);
    let server = disk.serve(home);
    let mut connection = Connection::open(&server, &token);
    connection.get("/readyz").expect(200);
    let mut acknowledged: Vec<String> =
        (0..50).map(|_| connection.open_request("There is room").expect(201).id()).collect();
    disk.fill(&server);

    let refused = write_until_refused(&mut connection, &mut acknowledged).expect(503);
    let why = match disk {
        Disk::Small { .. } => "The disk is full",
        Disk::Limited => "can't be written",
    };
    assert!(refused.message().contains(why), "{}", refused.text);
    let probe = connection.get("/readyz").expect(503);
    assert!(probe.text.contains(why), "{}", probe.text);
    connection.get("/healthz").expect(200);
    let some = acknowledged.last().expect("some were written before");
    connection.get(&format!("/api/requests/{some}")).expect(200);
    connection.get("/api/requests?limit=200").expect(200);

    disk.free(&server);
    // What the probe found a moment ago is good for a second.
    let end = Instant::now() + PATIENCE;
    while connection.get("/readyz").status != 200 && Instant::now() < end {
        thread::sleep(Duration::from_millis(50));
    }
    connection.get("/readyz").expect(200);
    for _ in 0..10 {
        acknowledged.push(connection.open_request("There is room again").expect(201).id());
    }
    for id in &acknowledged {
        connection.get(&format!("/api/requests/{id}")).expect(200);
    }
    server.kill();
    home.run(&["check"]).expect(0);
    let server = home.serve();
    let mut connection = Connection::open(&server, &token);
    for id in &acknowledged {
        connection.get(&format!("/api/requests/{id}")).expect(200);
    }
}

#[test]
fn a_full_disk_refuses_writes_alone_and_recovers_by_itself() {
    let (disk, home) = Disk::new();
    tell_a_full_disk(&disk, &home);
}

#[test]
fn a_file_that_may_not_grow_refuses_writes_alone_and_recovers_by_itself() {
    tell_a_full_disk(&Disk::Limited, &Home::new());
}

#[test]
fn telemetry_goes_on_by_itself_once_a_full_disk_has_space_again() {
    let (disk, home) = Disk::new();
    let token = home.furnish_with(&[("STEADING__DATABASE__MIN_FREE", "0 B")]);
    let server = disk.serve(&home);
    let mut connection = Connection::open(&server, &token);
    disk.fill(&server);
    write_until_refused(&mut connection, &mut Vec::new()).expect(503);
    // Some batches of telemetry come while there is no room for them.
    for _ in 0..10 {
        connection.get("/api/requests?limit=1").expect(200);
        thread::sleep(Duration::from_millis(50));
    }
    disk.free(&server);
    let end = Instant::now() + PATIENCE;
    let since = loop {
        let answer = connection.open_request("There is room again");
        if answer.status == 201 {
            break answer.data()["createdAt"].as_str().expect("a time").to_owned();
        }
        assert!(Instant::now() < end, "{}", answer.text);
    };
    loop {
        connection.open_request("Told of").expect(201);
        let found = connection.get(&format!("/api/traces?route=/api/requests&since={since}"));
        if found.status == 200 && found.data() != serde_json::json!([]) {
            break;
        }
        assert!(Instant::now() < end, "{}", found.text);
        thread::sleep(Duration::from_millis(50));
    }
    let log = server.log();
    // Not of each batch, though a small one may have found room between two that did not.
    assert_eq!(log.matches("telemetry can't be written and is lost").count(), 1, "{log}");
    assert!(server.stop().success());
}

/// Makes the database some megabytes larger, as years would.
fn enlarge(home: &Home) {
    let conn = rusqlite::Connection::open(home.database()).expect("the file opens");
    conn.execute_batch(
        "WITH RECURSIVE numbers(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 2000)
         INSERT INTO requests_all (tenant_id, id, title, description, status, priority, requester, created_at, updated_at)
         SELECT (SELECT number FROM tenants WHERE slug = 'acme'), printf('0198c1de-7f00-7000-8000-%012x', n), 'old',
                hex(randomblob(1000)), 'done', 1, '0198c1de-7f00-7000-8000-000000000000', 1, 1
         FROM numbers",
    )
    .expect("old requests");
}

#[test]
fn a_backup_for_which_there_is_no_room_leaves_nothing_and_the_server_serves_on() {
    let home = Home::new();
    let token = home.furnish();
    enlarge(&home);
    let disk = Disk::Limited;
    let server = disk.serve(&home);
    let mut connection = Connection::open(&server, &token);
    // Enough for the log, and too little for a copy of the database.
    limit(&server, Some(2 * 1024 * 1024));
    let said = home.run(&["backup", "create"]).expect(1);
    assert!(said.line().contains("could not make it"), "{said:?}");
    let names: Vec<_> = fs::read_dir(home.data().join("backups")).expect("the folder").collect();
    assert!(names.is_empty(), "{names:?}");
    connection.get("/readyz").expect(200);
    let id = connection.open_request("It goes on").expect(201).id();
    disk.free(&server);
    home.run(&["backup", "create"]).expect(0);
    connection.get(&format!("/api/requests/{id}")).expect(200);
    let listed = home.run(&["backup", "list", "--json"]).expect(0).json();
    let name = listed[0]["name"].as_str().expect("a backup");
    home.run(&["backup", "verify", name]).expect(0);
}

#[test]
fn too_little_free_space_turns_the_probe_before_a_write_fails() {
    let home = Home::new();
    let server = home.serve_with(&[("STEADING__DATABASE__MIN_FREE", "1 EiB")]);
    let mut connection = Connection::open(&server, "");
    let probe = connection.get("/readyz").expect(503);
    assert_eq!(probe.json()["error"]["details"][0]["path"], "disk", "{}", probe.text);
    let said = home.run(&["healthcheck"]).expect(1);
    assert!(said.line().contains("disk") && said.line().contains("free"), "{said:?}");
}

/// A server that keeps a megabyte free, on a disk that a test makes short of space.
struct Short {
    disk: Disk,
    home: Home,
    server: Server,
    token: String,
}

impl Short {
    fn start() -> Self {
        let (disk, home) = Disk::new();
        let token = home.furnish_with(&[("STEADING__DATABASE__MIN_FREE", "1 MiB")]);
        fs::write(home.path().join("mine.toml"), KEEPING).expect("a file");
        let arguments = ["--config", "mine.toml", "serve", "--json", "--listen", "127.0.0.1:0"];
        let server = home.start(&mut home.command(&arguments));
        Self { disk, home, server, token }
    }

    /// Where nothing can be mounted the server is told to keep more than there is.
    fn fill(&self) {
        match &self.disk {
            Disk::Small { .. } => self.disk.fill(&self.server),
            Disk::Limited => self.keep("[database]\nmin_free = \"1 EiB\"\n"),
        }
    }

    fn free(&self) {
        match &self.disk {
            Disk::Small { .. } => self.disk.free(&self.server),
            Disk::Limited => self.keep(KEEPING),
        }
    }

    fn keep(&self, text: &str) {
        fs::write(self.home.path().join("mine.toml"), text).expect("the file");
        self.server.signal(Signal::HUP);
    }
}

const KEEPING: &str = "[database]\nmin_free = \"1 MiB\"\n";

/// Waits until a count has come so far.
fn await_count(count: &AtomicUsize, least: usize) {
    let end = Instant::now() + PATIENCE;
    while count.load(Ordering::Relaxed) < least {
        assert!(Instant::now() < end, "it stays at {}", count.load(Ordering::Relaxed));
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_disk_that_is_short_for_a_while_under_load_costs_nothing_that_was_acknowledged() {
    let short = Short::start();
    let (written, refused, is_over) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    let acknowledged: Vec<String> = thread::scope(|scope| {
        let work = || {
            let mut connection = Connection::open(&short.server, &short.token);
            let mut ids = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                let answer = connection.open_request("Under load");
                match answer.status {
                    201 => {
                        ids.push(answer.id());
                        written.fetch_add(1, Ordering::Relaxed);
                    }
                    503 if answer.message().contains("Nothing can be added") => {
                        refused.fetch_add(1, Ordering::Relaxed);
                    }
                    // It filled faster than it is measured.
                    503 => assert!(answer.message().contains("The disk is full"), "{}", answer.text),
                    _ => panic!("{}", answer.text),
                }
                connection.get("/api/requests?limit=1").expect(200);
            }
            ids
        };
        let clients: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        await_count(&written, 20);
        short.fill();
        await_count(&refused, 40);
        short.free();
        let so_far = written.load(Ordering::Relaxed);
        await_count(&written, so_far + 20);
        is_over.store(true, Ordering::Relaxed);
        clients.into_iter().flat_map(|client| client.join().expect("a client")).collect()
    });
    short.server.kill();
    let server = short.home.start(&mut short.home.command(&[
        "--config",
        "mine.toml",
        "serve",
        "--json",
        "--listen",
        "127.0.0.1:0",
    ]));
    let mut connection = Connection::open(&server, &short.token);
    for id in &acknowledged {
        connection.get(&format!("/api/requests/{id}")).expect(200);
    }
    assert!(server.stop().success());
    short.home.run(&["check"]).expect(0);
}
