//! The power goes while something is restored: what is there then is the old data or the new, whole, and the other is
//! not lost.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use crate::control::{Field, Manner};
use crate::load::PASSWORD;
use crate::receiver::Receiver;
use crate::server::Place;
use crate::wire::{Address, Connection, Heard};

const MANNERS: [Manner; 3] = [Manner::Nothing, Manner::SomeOfIt, Manner::ABeginning];

/// Every so many-th flush is cut off while a server restores, which takes longer than a command.
const STRIDE: u64 = 4;

/// An instance with a backup, and a tenant that came after it. What it was is copied for each cut.
struct Model {
    dir: TempDir,
    backup: String,
    /// The owner's, from before the backup.
    token: String,
}

impl Model {
    fn new(receiver: &Receiver) -> Self {
        let dir = TempDir::new().expect("a temporary directory");
        let place = Place::new(dir.path(), receiver, &[]);
        place.said(&["init"]);
        let link = place.said(&["setup-link"]);
        let (_, code) = link.rsplit_once("code=").expect("a link");
        let server = place.start().expect("it starts");
        let mut nobody = Connection::new(&Address { at: server.address.clone(), token: String::new() });
        let first = json!({ "code": code.trim(), "email": "ada@acme.example", "password": PASSWORD });
        let began = nobody.ask("POST", "/api/setup", Some(&first), "").done().expect("she is the first");
        let token = began["token"].as_str().expect("a token").to_owned();
        drop(server);
        let made: serde_json::Value =
            serde_json::from_str(&place.said(&["backup", "create", "--json"])).expect("what was made");
        place.said(&["tenant", "create", "later"]);
        Self { backup: made["name"].as_str().expect("a name").to_owned(), token, dir }
    }

    /// The same in a directory of its own.
    fn copy(&self, receiver: &Receiver) -> (TempDir, Place) {
        let dir = TempDir::new().expect("a temporary directory");
        let place = Place::new(dir.path(), receiver, &[]);
        let from = self.dir.path().join("data");
        let copied = Command::new("cp").arg("-r").arg(&from).arg(place.data()).status();
        assert!(copied.expect("it is copied").success());
        (dir, place)
    }
}

/// Whether the tenant that came later is there, in data that is whole. Where it is not, it was put aside.
fn is_as_before(place: &Place, after: &str) -> bool {
    let checked = place.run(&["check"]);
    assert!(checked.status.success(), "{after}: {checked:?}");
    let is_there = place.said(&["tenant", "list"]).contains("later");
    let aside = folders_aside(place.data());
    assert_eq!(aside.len(), usize::from(!is_there), "{after}: {aside:?}");
    for folder in aside {
        let file = rusqlite::Connection::open(folder.join("steading.db")).expect("it opens");
        let later: i64 = file
            .query_row("SELECT count(*) FROM tenants WHERE slug = 'later'", [], |row| row.get(0))
            .expect("it is whole");
        assert_eq!(later, 1, "{after}: what came later is put aside");
        assert!(folder.join("keys").is_dir(), "{after}: with its keys");
    }
    is_there
}

fn folders_aside(data: &Path) -> Vec<std::path::PathBuf> {
    let entries =
        std::fs::read_dir(data).expect("the directory").map(|entry| entry.expect("an entry").path());
    entries
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("replaced-")))
        .collect()
}

/// How often the audit says that something was restored.
fn told(place: &Place) -> i64 {
    let file = rusqlite::Connection::open(place.database()).expect("it opens");
    let count = "SELECT count(*) FROM audit_all WHERE action = 'backup.restored'";
    file.query_row(count, [], |row| row.get(0)).expect("a count")
}

#[test]
fn a_restoring_that_the_power_cuts_off_leaves_the_old_data_or_the_new() {
    let receiver = Receiver::start();
    let model = Model::new(&receiver);
    let (mut old, mut new) = (0, 0);
    for flush in 1.. {
        let (_dir, place) = model.copy(&receiver);
        place.control.set(Field::Seed, flush);
        place.control.cut_as(MANNERS[usize::try_from(flush % 3).expect("small")]);
        place.control.set(Field::CutAtFlush, flush);
        let restored = place.run_under(&["backup", "restore", &model.backup, "--force"]);
        let has_cut = place.control.get(Field::HasCut) == 1;
        assert_eq!(restored.status.success(), !has_cut, "flush {flush}: {restored:?}");
        place.lose_memory();
        place.control.heal();
        match is_as_before(&place, &format!("a cut at flush {flush}")) {
            true => old += 1,
            false => new += 1,
        }
        assert_eq!(told(&place), i64::from(!place.said(&["tenant", "list"]).contains("later")));
        if !has_cut {
            break;
        }
    }
    println!("the old data after {old} cuts, the new after {new}");
    assert!(old > 3 && new > 3, "the old data after {old} cuts, the new after {new}");
}

#[test]
fn a_server_whose_power_is_cut_while_it_goes_back_starts_with_the_old_data_or_the_new() {
    let receiver = Receiver::start();
    let model = Model::new(&receiver);
    let (mut old, mut new) = (0, 0);
    for nth in 0.. {
        let flush = 1 + nth * STRIDE;
        let (_dir, place) = model.copy(&receiver);
        place.control.set(Field::Seed, flush);
        place.control.cut_as(MANNERS[usize::try_from(nth % 3).expect("small")]);
        let mut server = place.start().expect("it starts");
        let at = server.address.clone();
        let mut nobody = Connection::new(&Address { at: at.clone(), token: String::new() });
        let mut ada = Connection::of(&Address { at: at.clone(), token: String::new() }, &model.token);
        place.control.set(Field::CutAtFlush, flush);
        let path = format!("/api/backups/{}/restore", model.backup);
        ada.ask("POST", &path, Some(&json!({ "password": PASSWORD })), "");
        let (mut left, mut is_back) = (600, false);
        while !is_back && !server.ends_within(Duration::from_millis(100)) {
            left -= 1;
            assert!(left > 0, "flush {flush}: it neither ends nor comes back: {}", place.log());
            is_back =
                !folders_aside(place.data()).is_empty() && matches!(nobody.get("/readyz"), Heard::Done(..));
        }
        server.kill();
        let has_cut = place.control.get(Field::HasCut) == 1;
        place.lose_memory();
        place.control.heal();
        match is_as_before(&place, &format!("a cut at flush {flush}")) {
            true => old += 1,
            false => new += 1,
        }
        assert_eq!(told(&place), i64::from(!place.said(&["tenant", "list"]).contains("later")));
        if is_back && !has_cut {
            break;
        }
    }
    println!("the old data after {old} cuts, the new after {new}");
    assert!(old > 0 && new > 0, "the old data after {old} cuts, the new after {new}");
}
