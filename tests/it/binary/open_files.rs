//! Few open files: connections never take the last ones, and who is served already is served on.

use std::fs;
use std::net::TcpStream;
use std::process::Command;

use super::home::{BINARY, Home};
use super::http::Connection;

/// So few that a few hundred connections want more.
const ALLOWED: usize = 256;

#[test]
fn with_few_open_files_fewer_connections_are_served_and_the_rest_goes_on() {
    let home = Home::new();
    let token = home.furnish();
    let mut command = Command::new("sh");
    command.current_dir(home.path()).env_clear().env("STEADING__SERVER__DATA", home.data());
    command.env("STEADING__LOG__LEVEL", "warn").env("STEADING__SERVER__WORKERS", "2");
    // A proxy may have as many connections as there are.
    command.env("STEADING__SERVER__TRUSTED_PROXIES", "127.0.0.1");
    let script = format!("ulimit -n {ALLOWED}; exec \"$0\" serve --json --listen 127.0.0.1:0");
    let server = home.start(command.args(["-c", &script, BINARY]));
    let mut connection = Connection::open(&server, &token);
    connection.get("/api/requests").expect(200);
    let crowd: Vec<_> = (0..2 * ALLOWED)
        .map(|_| TcpStream::connect(server.address()).expect("it waits in line at least"))
        .collect();
    for number in 0..20 {
        let new = format!("{{\"title\": \"Number {number}\"}}");
        connection.post("/api/requests", &new).expect(201);
    }
    let open = fs::read_dir(format!("/proc/{}/fd", server.pid())).expect("it runs").count();
    assert!(open < ALLOWED, "{open} files are open");
    drop(crowd);
    Connection::open(&server, &token).get("/api/requests").expect(200);
    let log = server.log();
    assert_eq!(log.matches("fewer connections").count(), 1, "{log}");
    assert!(!log.contains("accepting"), "{log}");
}
