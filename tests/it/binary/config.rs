//! The configuration as an operator gives it: what is wrong is named, and nothing starts.

use std::fs;

use super::home::{Home, Said, said};

/// Runs a command with this configuration file.
fn with_file(text: &str) -> Said {
    let home = Home::new();
    fs::write(home.path().join("mine.toml"), text).expect("a file");
    home.run(&["--config", "mine.toml", "account", "list"])
}

#[test]
fn an_unknown_option_in_the_file_is_refused_with_the_closest_one() {
    for (text, unknown, meant) in [
        ("[server]\nlissten = \"127.0.0.1:0\"", "server.lissten", "server.listen"),
        ("[servr]\nlisten = \"127.0.0.1:0\"", "servr.listen", "server.listen"),
        ("[databse]", "databse", "database."),
        ("min_free = \"1 MiB\"", "min_free", "database.min_free"),
        ("[server]\nsynchronous = \"full\"", "server.synchronous", "database.synchronous"),
    ] {
        let said = with_file(text).expect(2);
        let line = said.line();
        assert!(line.contains(&format!("no option {unknown};")) && line.contains(meant), "{line}");
    }
}

#[test]
fn a_value_that_cannot_be_is_refused_with_its_option() {
    for (text, option) in [
        ("[server]\ngrace = \"soon\"", "server.grace"),
        ("[server]\nmax_body = \"much\"", "server.max_body"),
        ("[server]\nworkers = \"two\"", "server.workers"),
        ("[server]\nworkers = -1", "server.workers"),
        ("[server]\nworkers = 100000", "server.workers"),
        ("[database]\nsynchronous = \"maybe\"", "database.synchronous"),
        ("[database]\nreaders = 0", "database.readers"),
        ("[database]\nwrite_queue = 0", "database.write_queue"),
        ("[log]\nformat = \"runes\"", "log.format"),
    ] {
        let said = with_file(text).expect(2);
        assert!(said.line().contains(option), "{said:?}");
    }
}

#[test]
fn a_file_that_is_not_toml_or_not_there_is_named() {
    assert!(with_file("[server\nlisten = 1").expect(2).line().contains("mine.toml is not TOML"));
    let said = Home::new().run(&["--config", "missing.toml", "account", "list"]).expect(2);
    assert!(said.line().contains("missing.toml"), "{said:?}");
}

#[test]
fn a_variable_of_the_environment_is_named_when_it_is_wrong() {
    let home = Home::new();
    for (name, value, hint) in [
        ("STEADING__SERVER__LISTN", "127.0.0.1:0", "server.listen"),
        ("STEADING__LISTEN", "127.0.0.1:0", "STEADING__SECTION__KEY"),
        ("STEADING__SERVER__WORKERS", "two", "STEADING__SERVER__WORKERS"),
        ("STEADING__SERVER__GRACE", "soon", "server.grace"),
        ("STEADING__LOG__LEVEL", "loud", "log.level"),
    ] {
        let said = said(home.command(&["serve"]).env(name, value));
        assert!(said.code == 2 && said.line().contains(hint), "{name}: {said:?}");
    }
}

#[test]
fn the_command_line_overrides_the_environment_and_that_the_file() {
    let home = Home::new();
    let file = home.path().join("mine.toml");
    fs::write(&file, "[server]\nlisten = \"nowhere\"").expect("a file");
    let from_file = home.run(&["--config", "mine.toml", "serve"]).expect(2);
    assert!(from_file.line().starts_with("steading: nowhere"), "{from_file:?}");

    let in_environment = |arguments: &[&str]| {
        let mut command = home.command(arguments);
        said(command.env("STEADING_CONFIG", &file).env("STEADING__SERVER__LISTEN", "elsewhere"))
    };
    let said = in_environment(&["serve"]).expect(2);
    assert!(said.line().starts_with("steading: elsewhere"), "{said:?}");
    let said = in_environment(&["serve", "--listen", "everywhere"]).expect(2);
    assert!(said.line().starts_with("steading: everywhere"), "{said:?}");
}

#[test]
fn the_address_can_come_from_the_environment() {
    let home = Home::new();
    let mut command = home.command(&["--json"]);
    let server = home.start(command.env("STEADING__SERVER__LISTEN", "127.0.0.1:0"));
    assert!(!server.url.ends_with(":7070"), "{}", server.url);
    home.run(&["healthcheck"]).expect(0);
    assert!(server.stop().success());
}

#[test]
fn the_data_directory_of_the_command_line_wins() {
    let home = Home::new();
    home.run(&["--data", "elsewhere", "init"]).expect(0);
    assert!(home.path().join("elsewhere/steading.db").is_file() && !home.database().exists());
}
