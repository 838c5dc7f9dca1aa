//! Every command: what it prints, in words and as JSON, and how it ends.

use std::fs;
use std::thread;

use rusqlite::Connection as Database;
use serde_json::Value;

use super::home::{Home, Server};
use super::http::Connection;

/// A home with the account ada and the tenant acme.
fn furnished() -> Home {
    let home = Home::new();
    home.furnish();
    home
}

#[test]
fn init_makes_what_is_missing_and_leaves_what_is_there() {
    let home = Home::new();
    let first = home.run(&["init", "--json"]).expect(0).json();
    assert_eq!(first["configWritten"], true);
    let file = home.path().join("steading.toml");
    fs::write(&file, "# mine\n").expect("the operator changes the file");
    let again = home.run(&["init", "--json"]).expect(0).json();
    assert_eq!(again["configWritten"], false);
    assert_eq!(fs::read_to_string(&file).expect("the file"), "# mine\n");
    assert!(home.run(&["init"]).expect(0).out.contains("as it was"));
    home.run(&["check"]).expect(0);
}

#[test]
fn the_file_that_init_writes_is_accepted() {
    let home = Home::new();
    home.run(&["init"]).expect(0);
    home.run(&["--config", "steading.toml", "account", "list"]).expect(0);
}

#[test]
fn accounts_are_made_and_listed() {
    let home = Home::new();
    let ada = home.run(&["account", "create", "--email", "ada@acme.example", "--owner"]).expect(0);
    assert!(ada.out.contains("ada@acme.example") && ada.out.contains("owns this instance"), "{ada:?}");
    let arguments = ["account", "create", "--email", "bob@acme.example", "--name", "Bob", "--json"];
    let bob = home.run(&arguments).expect(0).json();
    assert_eq!((&bob["email"], &bob["name"]), (&"bob@acme.example".into(), &"Bob".into()));
    let listed = home.run(&["account", "list"]).expect(0).out;
    assert!(listed.starts_with("EMAIL") && listed.lines().count() == 3, "{listed}");
    let listed = home.run(&["account", "list", "--json"]).expect(0).json();
    assert_eq!(listed[1], bob);
}

#[test]
fn an_account_that_exists_and_one_that_cannot_be_are_refused_in_one_line() {
    let home = furnished();
    let create = |email| home.run(&["account", "create", "--email", email]);
    create("ADA@acme.example").expect(1).line();
    assert!(create("nobody").expect(2).line().contains("email"));
    let said = home.run(&["account", "create", "--email", "nobody", "--json"]).expect(2);
    let error: Value = serde_json::from_str(said.line()).expect("JSON on one line");
    assert!(error["error"]["message"].as_str().expect("a message").contains("email"), "{error}");
}

#[test]
fn a_tenant_lives_its_whole_life() {
    let home = furnished();
    let made = home.run(&["tenant", "create", "garden", "--name", "The garden", "--host", "garden.example"]);
    assert!(made.expect(0).out.starts_with("Made garden ("));
    let shown = home.run(&["tenant", "show", "garden", "--json"]).expect(0).json();
    assert_eq!((&shown["name"], &shown["hosts"][0]), (&"The garden".into(), &"garden.example".into()));
    assert!(home.run(&["tenant", "show", "garden"]).expect(0).out.contains("garden.example"));
    home.run(&["tenant", "rename", "garden", "--slug", "orchard"]).expect(0);
    home.run(&["tenant", "show", "garden"]).expect(1).line();
    assert!(home.run(&["tenant", "suspend", "orchard"]).expect(0).out.contains("suspended"));
    assert_eq!(home.run(&["tenant", "show", "orchard", "--json"]).expect(0).json()["state"], "suspended");
    assert_eq!(home.run(&["tenant", "resume", "orchard", "--json"]).expect(0).json()["state"], "active");
    let listed = home.run(&["tenant", "list", "--json"]).expect(0).json();
    let slugs: Vec<&str> =
        listed.as_array().expect("a list").iter().filter_map(|tenant| tenant["slug"].as_str()).collect();
    assert_eq!(slugs, ["acme", "orchard"]);
    assert!(home.run(&["tenant", "list"]).expect(0).out.contains("orchard"));
}

#[test]
fn a_tenant_that_cannot_be_made_says_why_in_one_line() {
    let home = Home::new();
    assert!(home.run(&["tenant", "create", "acme"]).expect(1).line().contains("no database"));
    home.run(&["init"]).expect(0);
    assert!(home.run(&["tenant", "create", "acme"]).expect(2).line().contains("account create"));
    home.furnish();
    assert!(home.run(&["tenant", "create", "acme"]).expect(1).line().contains("exists"));
    assert!(home.run(&["tenant", "create", "No Good"]).expect(2).line().contains("slug"));
    let said = home.run(&["tenant", "create", "other", "--owner", "eve@acme.example"]).expect(1);
    assert!(said.line().contains("eve@acme.example"), "{said:?}");
    home.run(&["account", "create", "--email", "bob@acme.example"]).expect(0);
    assert!(home.run(&["tenant", "create", "other"]).expect(2).line().contains("--owner"));
}

#[test]
fn a_token_opens_the_api() {
    let home = furnished();
    let create = ["token", "create", "--account", "ada@acme.example", "--expires", "1h"];
    let token = home.run(&create).expect(0).out;
    let as_json = home.run(&[&create[..], &["--json"]].concat()).expect(0).json();
    assert!(as_json["claims"]["expiresAt"].is_string(), "{as_json}");
    let server = home.serve();
    for token in [token.trim(), as_json["token"].as_str().expect("a token")] {
        let greeting = Connection::open(&server, token).get("/api").expect(200).data();
        assert!(greeting["actor"].as_str().is_some_and(|actor| actor.starts_with("user:")), "{greeting}");
    }
    for wrong in [
        ["token", "create", "--account", "eve@acme.example"].as_slice(),
        &["token", "create", "--account", "ada@acme.example", "--tenant", "nowhere"],
    ] {
        home.run(wrong).expect(1).line();
    }
    let said = home.run(&["token", "create", "--account", "ada@acme.example", "--expires", "soon"]).expect(2);
    assert!(said.line().contains("30d"), "{said:?}");
}

#[test]
fn a_check_of_a_whole_file_says_so() {
    let home = furnished();
    assert!(home.run(&["check"]).expect(0).out.contains("is whole"));
    let findings = home.run(&["check", "--json"]).expect(0).json();
    assert_eq!((&findings["clean"], &findings["problems"]), (&true.into(), &serde_json::json!([])));
}

#[test]
fn a_check_of_an_older_file_says_that_it_will_be_upgraded() {
    let home = furnished();
    let file = Database::open(home.database()).expect("the file opens");
    let older = "DELETE FROM refinery_schema_history WHERE version > 1";
    file.execute_batch(older).expect("it is as if it were older");
    drop(file);
    assert!(home.run(&["check"]).expect(0).out.contains("will upgrade it"));
    let findings = home.run(&["check", "--json"]).expect(0).json();
    assert!(findings["pending"].is_string() && findings["clean"] == true, "{findings}");
}

#[test]
fn commands_that_are_given_at_once_take_turns() {
    let home = furnished();
    let codes = thread::scope(|scope| {
        let home = &home;
        let create = |nth| move || home.run(&["tenant", "create", &format!("tenant-{nth}")]);
        let running: Vec<_> = (0..6).map(|nth| scope.spawn(create(nth))).collect();
        running.into_iter().map(|command| command.join().expect("it ran")).collect::<Vec<_>>()
    });
    codes.into_iter().for_each(|said| drop(said.expect(0)));
    let tenants = home.run(&["tenant", "list", "--json"]).expect(0).json();
    assert_eq!(tenants.as_array().map(Vec::len), Some(7), "{tenants}");
}

#[test]
fn healthcheck_tells_up_from_down() {
    let home = Home::new();
    let said = home.run(&["healthcheck", "--url", "http://127.0.0.1:9"]).expect(1);
    assert!(said.line().contains("Nothing answers at http://127.0.0.1:9"), "{said:?}");
    let server = home.serve();
    assert_eq!(home.run(&["healthcheck"]).expect(0).out, "ready\n");
    let said = home.run(&["healthcheck", "--url", &server.url, "--json"]).expect(0).json();
    assert_eq!(said["ready"], true);
}

#[test]
fn the_document_is_the_one_that_the_server_serves() {
    let home = Home::new();
    let printed = home.run(&["openapi"]).expect(0).json();
    assert_eq!(printed, home.run(&["openapi", "--json"]).expect(0).json());
    assert_eq!(printed["openapi"], "3.1.0");
    let server = home.serve();
    assert_eq!(Connection::open(&server, "").get("/api/openapi.json").expect(200).json(), printed);
}

#[test]
fn completions_know_the_commands() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = home.run(&["completions", shell]).expect(0).out;
        assert!(script.contains("healthcheck") && script.contains("steading"), "{shell}: {script}");
    }
    assert_eq!(home.run(&["completions", "cmd"]).code, 2);
}

#[test]
fn wrong_usage_is_code_two() {
    let home = Home::new();
    for wrong in [&["dance"][..], &["tenant"], &["serve", "--loud"], &["account", "create"]] {
        let said = home.run(wrong).expect(2);
        assert!(said.err.contains("Usage"), "{said:?}");
    }
    assert!(home.run(&["--version"]).expect(0).out.contains(env!("CARGO_PKG_VERSION")));
    assert!(home.run(&["--help"]).expect(0).out.contains("healthcheck"));
}

/// The commands that change nothing.
const LOOKS: [&[&str]; 6] = [
    &["account", "list"],
    &["account", "list", "--json"],
    &["tenant", "list"],
    &["tenant", "show", "acme", "--json"],
    &["tenant", "show", "nowhere"],
    &["tenant", "create", "acme"],
];

#[test]
fn commands_say_the_same_with_a_server_and_without() {
    let home = furnished();
    let look = || LOOKS.map(|arguments| home.run(arguments)).map(|said| (said.code, said.out, said.err));
    let alone = look();
    let server: Server = home.serve();
    assert_eq!(look(), alone);
    assert!(server.stop().success());
    assert_eq!(look(), alone);
}
