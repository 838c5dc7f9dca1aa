//! An upgrade by the real binary: said before it is done, and refused when there is no copy to be had.

use std::fs;

use rusqlite::Connection as Database;
use steading::base::db::newest_version;

use super::home::Home;
use super::http::Connection;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// A home whose database is of an older schema.
fn older_home(version: i32) -> Home {
    let home = Home::new();
    fs::create_dir_all(home.data()).expect("a directory");
    let mut file = Database::open(home.database()).expect("a new file");
    let target = refinery::Target::Version(version);
    embedded::migrations::runner().set_target(target).run(&mut file).expect("it is made");
    home
}

#[test]
fn it_is_said_what_will_be_done_before_it_is_done() {
    let home = older_home(4);
    let server = home.serve_with(&[("STEADING__LOG__LEVEL", "info")]);
    Connection::open(&server, "").get("/readyz").expect(200);
    let log = fs::read_to_string(home.path().join("server.log")).expect("the log");
    let before = log.lines().position(|line| line.contains("it is copied and then upgraded"));
    let line =
        log.lines().nth(before.unwrap_or_else(|| panic!("nothing was said: {log}"))).expect("the line");
    for part in
        ["from=4", &format!("to={}", newest_version()), "V5__identity_sign_in, V6__", "needed=", "backups"]
    {
        assert!(line.contains(part), "{line} does not say {part}");
    }
    assert!(!line.contains("V4__"), "{line}");
    let after = log.lines().position(|line| line.contains("the database is upgraded"));
    assert!(before < after, "{log}");
    let copies = fs::read_dir(home.data().join("backups")).expect("the folder").count();
    assert_eq!(copies, 1);
    assert!(server.stop().success());
    home.run(&["check"]).expect(0);
}

#[test]
fn without_a_place_for_the_copy_nothing_is_touched() {
    let home = older_home(4);
    fs::create_dir_all(home.data().join("keys")).expect("a directory");
    fs::write(home.data().join("backups"), "a file where the folder belongs").expect("a file");
    let before = fs::read(home.database()).expect("the file");
    let said = home.run(&["serve", "--listen", "127.0.0.1:0"]).expect(1);
    assert!(!said.err.is_empty(), "{said:?}");
    assert!(fs::read(home.database()).expect("the file") == before, "the file was changed");
}
