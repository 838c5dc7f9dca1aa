//! The house around it is broken: it says so in one line, and never pretends to be well.

use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::net::TcpListener;
use std::path::Path;

use rusqlite::Connection as Database;

use super::home::{Home, Said, Server};
use super::http::Connection;

/// `serve`, when it is expected to fail at once.
fn serve_fails(home: &Home, listen: &str) -> Said {
    home.run(&["serve", "--listen", listen])
}

#[test]
fn a_second_server_on_the_same_data_says_who_holds_it() {
    let home = Home::new();
    let server = home.serve();
    for arguments in [&["serve"][..], &["check"], &["init"]] {
        let said = home.run(arguments).expect(3);
        let line = said.line();
        assert!(line.contains(&format!("Process {}", server.pid())), "{line}");
        assert!(line.contains(server.address()) && line.contains("--data"), "{line}");
    }
    Connection::open(&server, "").get("/readyz").expect(200);
}

#[test]
fn a_killed_server_holds_nothing() {
    let home = Home::new();
    home.serve().kill();
    home.run(&["check"]).expect(0);
    assert!(home.serve().stop().success());
}

#[test]
fn an_address_in_use_is_named() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let said = serve_fails(&home, &address).expect(3);
    assert!(said.line().contains(&address) && said.line().contains("in use"), "{said:?}");
}

#[test]
fn an_address_that_is_none_is_refused() {
    let said = serve_fails(&Home::new(), "everywhere").expect(2);
    assert!(said.line().contains("everywhere") && said.line().contains("--listen"), "{said:?}");
}

#[test]
fn a_data_directory_that_cannot_be_is_named() {
    let home = Home::new();
    let file = home.path().join("file");
    fs::write(&file, "not a directory").expect("a file");
    for place in [&file, &file.join("data"), Path::new("/proc/steading")] {
        let said = Home::with_data(place).run(&["serve"]).expect(1);
        assert!(said.line().contains(place.to_str().expect("a path")), "{said:?}");
        assert!(said.line().contains("--data"), "{said:?}");
    }
}

#[test]
fn a_database_that_is_a_directory_is_no_reason_to_panic() {
    let home = Home::new();
    fs::create_dir_all(home.database()).expect("a directory");
    let said = serve_fails(&home, "127.0.0.1:0").expect(1);
    assert!(said.line().contains("can't be written or read"), "{said:?}");
}

#[test]
fn a_check_of_nothing_says_where_it_looked() {
    let home = Home::new();
    let said = home.run(&["check"]).expect(1);
    assert!(said.line().contains("There is no database in"), "{said:?}");
}

/// Writes rubbish into the database file.
fn spoil(home: &Home, from: u64, bytes: usize) {
    let mut file = OpenOptions::new().write(true).open(home.database()).expect("the file opens");
    file.seek(SeekFrom::Start(from)).expect("a place in the file");
    file.write_all(&vec![0xA5; bytes]).expect("it is spoilt");
}

/// A home whose database has some hundred requests in it.
fn used_home() -> (Home, String) {
    let home = Home::new();
    let token = home.furnish();
    let server = home.serve();
    let mut connection = Connection::open(&server, &token);
    for number in 0..300 {
        connection.open_request(&format!("Number {number} {}", "x".repeat(150))).expect(201);
    }
    assert!(server.stop().success());
    (home, token)
}

#[test]
fn a_spoilt_header_is_a_damaged_file_to_every_command() {
    let (home, _) = used_home();
    spoil(&home, 0, 100);
    let said = serve_fails(&home, "127.0.0.1:0").expect(1);
    assert!(said.line().contains("damaged") && said.line().contains("backup"), "{said:?}");
    let said = home.run(&["account", "list"]).expect(1);
    assert!(said.line().contains("damaged"), "{said:?}");
    let said = home.run(&["check"]).expect(4);
    assert!(said.out.contains("can't be read as a database"), "{said:?}");
    assert_eq!(home.run(&["check", "--json"]).expect(4).json()["clean"], false);
}

#[test]
fn spoilt_pages_are_found_by_the_check_and_turn_the_probe_once_they_are_met() {
    let (home, token) = used_home();
    let pages = pages_of(&home, "requests_all");
    for page in &pages {
        spoil(&home, u64::from(page - 1) * 4096, 4096);
    }
    let said = home.run(&["check"]).expect(4);
    assert!(said.out.contains("has problems"), "{said:?}");

    let server = home.serve();
    let mut connection = Connection::open(&server, &token);
    connection.get("/healthz").expect(200);
    let answer = connection.get("/api/requests").expect(503);
    assert!(answer.message().contains("damaged"), "{}", answer.text);
    let probe = connection.get("/readyz").expect(503);
    assert!(probe.text.contains("damaged") && probe.text.contains("database"), "{}", probe.text);
    let answer = connection.open_request("Into the hole").expect(503);
    assert!(answer.message().contains("damaged"), "{}", answer.text);
    connection.get("/readyz").expect(503);
}

/// The pages of a table and its indexes.
fn pages_of(home: &Home, table: &str) -> Vec<u32> {
    let database = Database::open(home.database()).expect("the file opens");
    let mut statement = database
        .prepare("SELECT rootpage FROM sqlite_schema WHERE tbl_name = ?1 AND rootpage > 0")
        .expect("the schema");
    let pages = statement.query_map([table], |row| row.get::<_, u32>(0)).expect("pages");
    pages.map(|page| page.expect("a number")).collect()
}

#[test]
fn a_newer_schema_is_refused_and_left_as_it_is() {
    let home = Home::new();
    home.run(&["init"]).expect(0);
    let database = Database::open(home.database()).expect("the file opens");
    let newer = "UPDATE refinery_schema_history SET version = 9000
                 WHERE version = (SELECT max(version) FROM refinery_schema_history)";
    database.execute(newer, []).expect("it is from the future");
    drop(database);
    let said = serve_fails(&home, "127.0.0.1:0").expect(1);
    assert!(said.line().contains("9000") && said.line().contains("newer binary"), "{said:?}");
    let said = home.run(&["check"]).expect(4);
    assert!(said.out.contains("9000"), "{said:?}");
}

#[test]
fn a_database_held_by_another_program_is_a_clear_error_until_it_lets_go() {
    let home = Home::new();
    let token = home.furnish();
    let server = home.serve();
    let mut connection = Connection::open(&server, &token);
    let kept = connection.open_request("Before").expect(201).id();
    let other = Database::open(home.database()).expect("another program opens the file");
    other.execute_batch("BEGIN IMMEDIATE").expect("it holds the file");

    let answer = connection.open_request("Meanwhile").expect(503);
    assert!(answer.message().contains("Another program holds the database"), "{}", answer.text);
    connection.get(&format!("/api/requests/{kept}")).expect(200);
    let probe = connection.get("/readyz").expect(503);
    assert!(probe.text.contains("Another program holds the database"), "{}", probe.text);
    let said = home.run(&["healthcheck"]).expect(1);
    assert!(said.line().contains("Another program holds the database"), "{said:?}");

    other.execute_batch("ROLLBACK").expect("it lets go");
    connection.open_request("After").expect(201);
    connection.get("/readyz").expect(200);
    let titles = connection.get("/api/requests").expect(200).text;
    assert!(titles.contains("After") && !titles.contains("Meanwhile"), "{titles}");
}

#[test]
fn a_server_that_cannot_start_lets_go_of_the_data() {
    let home = Home::new();
    let first = home.serve();
    serve_fails(&home, first.address()).expect(3);
    drop(first);
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    serve_fails(&home, &taken.local_addr().expect("an address").to_string()).expect(3);
    let server: Server = home.serve();
    assert!(server.stop().success());
}
