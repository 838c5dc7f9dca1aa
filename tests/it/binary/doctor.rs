//! `doctor`: what it finds, and what its exit code says.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use super::home::{Home, Said, said};

/// Asks it with these options of the environment.
fn examine(home: &Home, options: &[(&str, &str)]) -> Said {
    let mut command = home.command(&["doctor", "--json"]);
    // The disk of whoever runs the tests is no matter of theirs.
    said(command.env("STEADING__DATABASE__MIN_FREE", "1 MiB").envs(options.iter().copied()))
}

/// What it says of this, at this level.
fn found(said: &Said, about: &str, level: &str) -> Vec<String> {
    let value = said.json();
    let findings = value["findings"].as_array().expect("a list").clone();
    let fits = |finding: &&Value| finding["about"] == about && finding["level"] == level;
    findings.iter().filter(fits).map(|finding| finding["says"].as_str().expect("words").to_owned()).collect()
}

#[track_caller]
fn expect_found(said: &Said, about: &str, level: &str, words: &str) {
    let found = found(said, about, level);
    assert!(found.iter().any(|says| says.contains(words)), "{about} {level}: {found:?} in {said:?}");
}

#[track_caller]
fn shut(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("its mode is set");
}

#[test]
fn a_home_that_is_well_is_told_so_with_a_server_and_without() {
    let home = Home::new();
    home.furnish();
    let listen = [("STEADING__SERVER__LISTEN", "127.0.0.1:0")];
    let alone = examine(&home, &listen);
    expect_found(&alone, "address", "fine", "is free");
    expect_found(&alone, "files", "fine", "its owner alone");
    expect_found(&alone, "database", "fine", "which is this binary's");
    expect_found(&alone, "backup", "risky", "There is none");
    let server = home.serve_with(&[("STEADING__DATABASE__MIN_FREE", "1 MiB")]);
    let beside = examine(&home, &listen);
    expect_found(&beside, "server", "fine", &format!("Process {} is ready", server.pid()));
    assert!(found(&beside, "address", "fine").is_empty(), "the server has it: {beside:?}");
    // Where tests run, the disk may be memory; nothing else is wrong.
    for said in [alone, beside] {
        let value = said.json();
        let wrong = value["findings"].as_array().expect("a list").iter();
        let wrong: Vec<_> = wrong.filter(|finding| finding["level"] == "wrong").collect();
        assert!(
            wrong.iter().all(|finding| finding["about"] == "disk" || finding["about"] == "clock"),
            "{wrong:?}"
        );
        assert_eq!(
            (said.code, value["healthy"].as_bool()),
            if wrong.is_empty() { (0, Some(true)) } else { (4, Some(false)) }
        );
    }
}

#[test]
fn it_looks_and_changes_nothing_where_there_is_nothing() {
    let home = Home::new();
    let said = examine(&home, &[("STEADING__SERVER__LISTEN", "127.0.0.1:0")]);
    expect_found(&said, "files", "risky", "no data directory");
    assert!(!home.data().exists(), "it made something");
}

#[test]
fn keys_that_others_may_read_are_wrong() {
    let home = Home::new();
    home.furnish();
    let key = fs::read_dir(home.data().join("keys"))
        .expect("keys")
        .next()
        .expect("a key")
        .expect("an entry")
        .path();
    shut(&key, 0o644);
    let said = examine(&home, &[]);
    assert_eq!(said.code, 4);
    expect_found(&said, "files", "wrong", "signs in as anybody");
    shut(&key, 0o600);
    shut(home.data(), 0o755);
    expect_found(&examine(&home, &[]), "files", "wrong", "reads everything");
}

#[test]
fn an_address_that_is_taken_is_named_with_who_has_it() {
    let home = Home::new();
    home.furnish();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let said = examine(&home, &[("STEADING__SERVER__LISTEN", &address)]);
    assert_eq!(said.code, 4);
    expect_found(&said, "address", "wrong", &format!("by process {}", std::process::id()));
}

#[test]
fn settings_that_are_unsafe_are_risky_and_those_that_contradict_are_wrong() {
    let home = Home::new();
    home.furnish();
    for (options, level, words) in [
        (&[("STEADING__DATABASE__SYNCHRONOUS", "normal")][..], "risky", "power cut"),
        (&[("STEADING__IDENTITY__ACCOUNT_SIGNUP", "true")], "risky", "anybody who reaches the server"),
        (&[("STEADING__SERVER__LISTEN", "0.0.0.0:0")], "risky", "without TLS"),
        (
            &[
                ("STEADING__SERVER__LISTEN", "0.0.0.0:0"),
                ("STEADING__SERVER__PUBLIC_URL", "https://localhost"),
            ],
            "risky",
            "round the proxy",
        ),
        (&[("STEADING__SERVER__PUBLIC_URL", "desk.example.org")], "wrong", "no address"),
        (&[("STEADING__SERVER__TLS_CERT", "cert.pem")], "wrong", "belong together"),
        (&[("STEADING__LOG__LEVEL", "loud")], "wrong", "log.level"),
        (&[("STEADING__SERVER__WORKERS", "two")], "wrong", "STEADING__SERVER__WORKERS"),
    ] {
        let said = examine(&home, options);
        expect_found(&said, "configuration", level, words);
        if level == "wrong" {
            assert_eq!(said.code, 4, "{said:?}");
        }
    }
}

#[test]
fn a_name_that_leads_nowhere_is_wrong() {
    let home = Home::new();
    home.furnish();
    let said = examine(&home, &[("STEADING__SERVER__PUBLIC_URL", "https://localhost")]);
    expect_found(&said, "name", "fine", "localhost leads to");
    let said = examine(&home, &[("STEADING__SERVER__PUBLIC_URL", "https://nobody.invalid")]);
    let told = [found(&said, "name", "wrong"), found(&said, "name", "risky")].concat();
    assert!(told.iter().any(|says| says.contains("nobody.invalid")), "{said:?}");
}

#[test]
fn a_server_that_is_not_ready_is_quoted() {
    let home = Home::new();
    home.furnish();
    let _server = home.serve_with(&[("STEADING__DATABASE__MIN_FREE", "1 EiB")]);
    let said = examine(&home, &[]);
    assert_eq!(said.code, 4);
    expect_found(&said, "server", "wrong", "disk:");
    let words = home.run(&["doctor"]).out;
    assert!(
        words.contains("WRONG") && words.contains("disk") && words.trim_end().ends_with("to think about."),
        "{words}"
    );
}

#[test]
fn the_age_of_the_last_backup_is_told() {
    let home = Home::new();
    home.furnish();
    fs::write(home.data().join("backups/before-upgrade-from-1-at-2.db"), "a copy").expect("a file");
    expect_found(&examine(&home, &[]), "backup", "risky", "There is none");
    fs::write(home.data().join("backups/monday.db"), "a backup").expect("a file");
    expect_found(&examine(&home, &[]), "backup", "fine", "less than an hour old");
}

#[test]
fn the_certificate_is_told_with_its_names_and_its_end() {
    let home = Home::new();
    home.furnish();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let (certificate, key) = (home.path().join("cert.pem"), home.path().join("key.pem"));
    fs::write(&certificate, made.cert.pem()).expect("a file");
    fs::write(&key, made.signing_key.serialize_pem()).expect("a file");
    let (certificate, key) = (certificate.to_str().expect("a path"), key.to_str().expect("a path"));
    let with_url = |url| {
        let tls = [("STEADING__SERVER__TLS_CERT", certificate), ("STEADING__SERVER__TLS_KEY", key)];
        examine(&home, &[&tls[..], &[("STEADING__SERVER__PUBLIC_URL", url)]].concat())
    };
    let said = with_url("https://localhost");
    expect_found(&said, "certificate", "fine", "It is for localhost, and so for localhost");
    expect_found(&said, "certificate", "fine", "days more, until");
    expect_found(&with_url("https://127.0.0.1"), "certificate", "wrong", "people write 127.0.0.1");
}

#[test]
fn proxies_limits_and_telemetry_are_looked_at() {
    let home = Home::new();
    home.furnish();
    let said = examine(&home, &[]);
    expect_found(&said, "proxies", "fine", "None is trusted");
    expect_found(&said, "limits", "fine", "One user or key may read");
    expect_found(&said, "telemetry", "fine", "telemetry.db takes");
    let gone = TcpListener::bind("127.0.0.1:0").expect("a port");
    let collector = format!("http://{}", gone.local_addr().expect("an address"));
    let there = examine(&home, &[("STEADING__TELEMETRY__OTLP_ENDPOINT", &collector)]);
    expect_found(&there, "telemetry", "fine", "takes connections");
    drop(gone);
    for ending in ["", "-wal", "-shm"] {
        // Not every part is there at all times.
        let _ = fs::remove_file(home.data().join(format!("telemetry.db{ending}")));
    }
    fs::create_dir(home.data().join("telemetry.db")).expect("a directory");
    let said = examine(
        &home,
        &[
            ("STEADING__TELEMETRY__OTLP_ENDPOINT", &collector),
            ("STEADING__SERVER__PUBLIC_URL", "https://localhost"),
            ("STEADING__LIMITS__RATES", "false"),
        ],
    );
    expect_found(&said, "telemetry", "risky", "does not answer");
    expect_found(&said, "telemetry", "risky", "can't be read");
    expect_found(&said, "proxies", "risky", "none is trusted");
    expect_found(&said, "limits", "risky", "passwords may be guessed");
}
