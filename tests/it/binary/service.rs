//! The unit that `service` prints, what systemd says of it, and what a service manager hears.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::process::Command;

use rustix::process::Signal;

use super::home::{BINARY, Home, PATIENCE, said};

fn unit_of(home: &Home, arguments: &[&str]) -> String {
    let said = home.run(&[&["service", "--json"], arguments].concat()).expect(0);
    said.json()["unit"].as_str().expect("a unit").to_owned()
}

#[test]
fn the_unit_names_the_binary_the_data_and_the_user() {
    let home = Home::new();
    fs::write(home.path().join("mine.toml"), "").expect("a file");
    let unit = unit_of(&home, &["--config", "mine.toml", "--data", "/var/lib/desk", "--user", "desk"]);
    let start = format!(
        "ExecStart={BINARY} serve --config {}/mine.toml --data /var/lib/desk\n",
        home.path().canonicalize().expect("a path").display()
    );
    assert!(unit.contains(&start), "{unit}");
    for line in
        ["User=desk", "StateDirectory=desk", "Type=notify", "NoNewPrivileges=true", "ProtectSystem=strict"]
    {
        assert!(unit.lines().any(|found| found == line), "{line} is not in\n{unit}");
    }
    let unit = unit_of(&home, &["--data", "/srv/my data"]);
    assert!(
        unit.contains("--data \"/srv/my data\"\n") && unit.contains("ReadWritePaths=\"/srv/my data\"\n"),
        "{unit}"
    );
    let said = home.run(&["service", "--user", "a b; c"]).expect(2);
    assert!(said.line().contains("no name of a user"), "{said:?}");
}

#[test]
fn a_port_below_1024_takes_the_one_right_that_it_needs() {
    let home = Home::new();
    let mut command = home.command(&["service"]);
    let unit = said(command.env("STEADING__SERVER__LISTEN", "0.0.0.0:443")).expect(0).out;
    assert!(
        unit.contains(
            "CapabilityBoundingSet=CAP_NET_BIND_SERVICE\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n"
        )
    );
    assert!(home.run(&["service"]).expect(0).out.contains("CapabilityBoundingSet=\nProtectSystem"));
}

#[test]
fn there_are_three_commands_to_install_it() {
    let home = Home::new();
    let said = home.run(&["service", "--json"]).expect(0).json();
    let commands = said["install"].as_array().expect("a list").clone();
    assert_eq!(commands.len(), 3);
    for command in &commands {
        let text = command.as_str().expect("a command");
        assert_eq!(super::home::said(Command::new("sh").args(["-n", "-c", text])).code, 0, "{text}");
    }
    let words = home.run(&["service"]).expect(0).out;
    assert!(words.starts_with("# To install it:\n#   ") && words.contains("enable --now"), "{words}");
}

/// Where systemd is, it reads the unit without a complaint and finds it well shut.
#[test]
fn systemd_finds_nothing_to_complain_of() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        eprintln!("there is no systemd here, so its opinion is not asked");
        return;
    }
    let home = Home::new();
    let file = home.path().join("steading.service");
    let unit = unit_of(&home, &["--data", "/var/lib/steading", "--user", "root"]);
    fs::write(&file, &unit).expect("a file");
    let verified = said(Command::new("systemd-analyze").arg("verify").arg(&file));
    let complaints: Vec<_> = verified.err.lines().filter(|line| line.contains("steading.service")).collect();
    assert!(complaints.is_empty(), "{complaints:#?}\n{unit}");
    let judged = said(Command::new("systemd-analyze").args(["security", "--offline=true"]).arg(&file));
    let Some(line) = judged.out.lines().find(|line| line.contains("Overall exposure level")) else {
        eprintln!("this systemd does not judge units: {judged:?}");
        return;
    };
    let exposure = line.split_whitespace().filter_map(|word| word.parse::<f64>().ok()).next_back();
    assert!(exposure.is_some_and(|exposure| exposure < 3.0), "{line}");
}

#[test]
fn a_service_manager_hears_that_it_is_ready_still_turns_and_stops() {
    let home = Home::new();
    let place = home.path().join("notify");
    let manager = UnixDatagram::bind(&place).expect("a socket");
    manager.set_read_timeout(Some(PATIENCE)).expect("a time limit");
    let heard = || {
        let mut text = [0; 100];
        let count = manager.recv(&mut text).expect("the server speaks");
        String::from_utf8_lossy(&text[..count]).into_owned()
    };
    let place = place.to_str().expect("a path").to_owned();
    let mut server = home.serve_with(&[("NOTIFY_SOCKET", &place), ("WATCHDOG_USEC", "30000")]);
    assert_eq!(heard(), "READY=1");
    assert_eq!((heard(), heard()), ("WATCHDOG=1".into(), "WATCHDOG=1".into()));
    server.signal(Signal::TERM);
    while heard() != "STOPPING=1" {}
    assert_eq!(server.wait().code(), Some(0));
}
