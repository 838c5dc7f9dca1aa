//! The power goes while an instance begins, or while its keys change: what is there then can be started.

use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use crate::control::{Field, Manner};
use crate::load::PASSWORD;
use crate::receiver::Receiver;
use crate::server::Place;
use crate::wire::{Address, Connection, Heard};

const MANNERS: [Manner; 3] = [Manner::Nothing, Manner::SomeOfIt, Manner::ABeginning];

/// An empty directory.
fn empty(receiver: &Receiver) -> (TempDir, Place) {
    let dir = TempDir::new().expect("a temporary directory");
    let place = Place::new(dir.path(), receiver, &[]);
    (dir, place)
}

#[test]
fn a_first_start_that_the_power_cuts_off_is_begun_again() {
    let receiver = Receiver::start();
    let (_dir, place) = empty(&receiver);
    drop(place.start().expect("it starts"));
    let writes = place.control.get(Field::Writes);
    for number in 0..16 {
        let (_dir, place) = empty(&receiver);
        place.control.set(Field::Seed, number);
        place.control.cut_as(MANNERS[usize::try_from(number % 3).expect("small")]);
        // All over it, and densely towards the end, where the keys are made.
        let cut = if number % 2 == 0 { 1 + writes * number / 16 } else { writes.saturating_sub(number / 2) };
        place.control.set(Field::CutAtWrite, cut);
        let begun = place.start();
        assert_eq!(begun.is_none(), place.control.get(Field::HasCut) == 1, "{}", place.log());
        drop(begun);
        place.lose_memory();
        place.control.heal();
        assert!(place.start().is_some(), "after a cut at write {cut} of {writes}: {}", place.log());
        let checked = place.run(&["check"]);
        assert!(checked.status.success(), "{checked:?}");
    }
}

#[test]
fn a_session_signed_with_a_new_key_works_after_a_power_cut() {
    for (number, manner) in (0..).zip(MANNERS) {
        let receiver = Receiver::start();
        let (_dir, place) = empty(&receiver);
        place.said(&["account", "create", "--email", "ada@acme.example", "--owner"]);
        place.said(&["tenant", "create", "acme"]);
        let words = ["token", "create", "--account", "ada@acme.example"];
        let operator = place.said(&words);
        let owner = place.said(&[&words[..], &["--tenant", "acme"]].concat());
        place.control.set(Field::Seed, number);
        let mut server = place.start().expect("it starts");
        let at = server.address.clone();
        let mut connection = Connection::new(&Address { at: at.clone(), token: operator });
        let rotated = connection.ask("POST", "/api/signing-keys", None, "");
        assert!(matches!(rotated, Heard::Done(..)), "{rotated:?}");
        let mut connection = Connection::new(&Address { at: at.clone(), token: owner });
        let bob = json!({ "email": "bob@acme.example", "password": PASSWORD });
        let made = connection.ask("POST", "/api/users", Some(&bob), "");
        assert!(matches!(made, Heard::Done(..)), "{made:?}");
        let mut stranger = Connection::new(&Address { at, token: String::new() });
        let begun = stranger.ask("POST", "/api/auth/login", Some(&bob), "").done().expect("he signs in");
        let token = begun["token"].as_str().expect("a token").to_owned();
        place.control.cut_as(manner);
        place.control.set(Field::CutAtWrite, 1);
        connection.ask("POST", "/api/requests", Some(&json!({ "title": "the last" })), "");
        assert!(server.ends_within(Duration::from_secs(10)), "the power is cut");
        place.lose_memory();
        place.control.heal();
        let server = place.start().unwrap_or_else(|| panic!("it starts again: {}", place.log()));
        let address = Address { at: server.address.clone(), token };
        let shown = Connection::new(&address).get("/api/auth/session");
        assert!(matches!(shown, Heard::Done(..)), "{shown:?}");
    }
}
